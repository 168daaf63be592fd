/* rules.h -- derivatives of some rows, written by hand as steps, and passes that use them. */
#ifndef RULES_H
#define RULES_H
#include "funcs.h"

enum { X = FG_REF_X, Y = FG_REF_Y, V = FG_REF_V, G = FG_REF_G };

/* Rows that have rules here, without the test `less`, which has none. */
static const int ruled[] = {FG_OP_add,    FG_OP_subtract, FG_OP_multiply,        FG_OP_divide,
                            FG_OP_square, FG_OP_sin,      FG_OP_masked_multiply, FG_OP_select};
enum { N_RULED = sizeof ruled / sizeof *ruled };

static inline fg_status rules_by_hand(fg_rules *r)
{
    fg_rules_init(r);
    const int32_t zero = fg_rules_number(r, 0.0), two = fg_rules_number(r, 2.0);
    const int32_t one = fg_rules_number(r, 1.0);
    const int mask = FG_OP_masked_multiply;
    const struct {
        int op, k;
        int32_t count;
        fg_step step[4];
        int32_t result;
    } rules[] = {
        {FG_OP_add, 0, 0, {{0, {0}}}, G},
        {FG_OP_add, 1, 0, {{0, {0}}}, G},
        {FG_OP_subtract, 0, 0, {{0, {0}}}, G},
        {FG_OP_subtract, 1, 1, {{FG_OP_negative, {G}}}, 0},
        {FG_OP_multiply, 0, 1, {{mask, {G, Y}}}, 0},
        {FG_OP_multiply, 1, 1, {{mask, {G, X}}}, 0},
        {FG_OP_divide, 0, 2, {{FG_OP_divide, {one, Y}}, {mask, {G, 0}}}, 1},
        {FG_OP_divide, 1, 3, {{FG_OP_negative, {V}}, {FG_OP_divide, {0, Y}}, {mask, {G, 1}}}, 2},
        {FG_OP_square, 0, 2, {{FG_OP_multiply, {two, X}}, {mask, {G, 0}}}, 1},
        {FG_OP_sin, 0, 2, {{FG_OP_cos, {X}}, {mask, {G, 0}}}, 1},
        {FG_OP_cos, 0, 3, {{FG_OP_sin, {X}}, {FG_OP_negative, {0}}, {mask, {G, 1}}}, 2},
        {FG_OP_negative, 0, 1, {{FG_OP_negative, {G}}}, 0},
        {mask, 0, 1, {{mask, {G, Y}}}, 0},
        {mask,
         1,
         4,
         {{FG_OP_equal, {X, zero}}, {mask, {X, G}}, {mask, {G, X}}, {FG_OP_select, {0, 1, 2}}},
         3},
        {FG_OP_select, 1, 1, {{FG_OP_select, {X, G, zero}}}, 0},
        {FG_OP_select, 2, 1, {{FG_OP_select, {X, zero, G}}}, 0},
        {FG_OP_sqrt, 0, 2, {{FG_OP_divide, {one, V}}, {mask, {G, 0}}}, 1}, /* of 2 sqrt(x) */
    };
    fg_status status =
        zero == FG_REF_NONE || one == FG_REF_NONE || two == FG_REF_NONE ? FG_E_MEMORY : FG_OK;
    for (size_t k = 0; k < sizeof rules / sizeof *rules && status == FG_OK; ++k) {
        status = fg_rules_add(r, rules[k].op, rules[k].k, rules[k].step, rules[k].count,
                              rules[k].result);
    }
    return status;
}

/* Adjoints of wrt [n] from that of one scalar, which is 1; -1 where it does not depend on them. No
 * structural op may stand between. */
static inline fg_status reverse(fg_func *f, const fg_rules *r, int32_t output, size_t n,
                                const int32_t *wrt, int32_t *adjoint)
{
    fg_diff d;
    int32_t at = -1;
    fg_status status = fg_diff_init(&d, f, r);
    if (status != FG_OK) {
        return status;
    }
    for (size_t k = 0; k < n; ++k) {
        d.active[wrt[k]] = 1;
    }
    fg_diff_activate(&d);
    const int32_t seed = fg_func_number(f, 1.0, FG_SCALAR);
    status = seed < 0 ? (fg_status)seed : fg_diff_add(&d, output, seed);
    status = status == FG_OK ? fg_diff_reverse(&d, &at) : status;
    for (size_t k = 0; k < n; ++k) {
        adjoint[k] = d.with[wrt[k]];
    }
    fg_diff_free(&d);
    return status;
}

/* The tangent of a node from those of wrt [n]. */
static inline fg_status forward(fg_func *f, const fg_rules *r, size_t n, const int32_t *wrt,
                                const int32_t *dot, int32_t output, int32_t *tangent)
{
    fg_diff d;
    int32_t at = -1;
    fg_status status = fg_diff_init(&d, f, r);
    if (status != FG_OK) {
        return status;
    }
    for (size_t k = 0; k < n && status == FG_OK; ++k) {
        d.active[wrt[k]] = 1;
        status = fg_diff_add(&d, wrt[k], dot[k]);
    }
    fg_diff_activate(&d);
    status = status == FG_OK ? fg_diff_forward(&d, &at) : status;
    *tangent = d.with[output];
    fg_diff_free(&d);
    return status;
}

#endif
