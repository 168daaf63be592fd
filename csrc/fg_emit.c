/* fg_emit.c -- adding to a function graph: constants fold, trivial algebra goes, equal nodes are shared.
 *
 * Every step is constant time and keeps the value to the bit, but for the sign of a zero in x + 0 and
 * in masked products, and where c (d x) becomes (c d) x with d x beyond the normal numbers.
 */
#include "fg_func.h"
#include "fg_ops.h"
#include <math.h>

/* A row about to be added. */
typedef struct emission {
    fg_func *f;
    int32_t *x; /* [3] operands, which may be exchanged */
    int is_number[3];
    double number[3];
    int32_t type;
    int *op;
} emission;

static int has_type(const emission *e, int k)
{
    return e->f->type[e->x[k]] == e->type;
}

static int is(const emission *e, int k, double number)
{
    return e->is_number[k] && e->number[k] == number;
}

/* Operand k of the operand k0, if that is an application of `op`; or -1. */
static int32_t under(const emission *e, int k0, int op)
{
    const int32_t node = e->x[k0];
    return e->f->graph.op[node] == op ? e->f->graph.arg[node][0] : -1;
}

/* x + (-y) is x - y, and so on: exact. */
static void without_negative(emission *e)
{
    const int32_t y = under(e, 1, FG_OP_negative);
    if (y >= 0 && e->f->type[y] == e->f->type[e->x[1]]) {
        e->x[1] = y;
        *e->op = *e->op == FG_OP_add ? FG_OP_subtract : FG_OP_add;
        return;
    }
    const int32_t x = under(e, 0, FG_OP_negative);
    if (*e->op == FG_OP_add && x >= 0 && e->f->type[x] == e->f->type[e->x[0]]) {
        e->x[0] = e->x[1];
        e->x[1] = x;
        *e->op = FG_OP_subtract;
    }
}

enum { NONE = INT32_MIN }; /* no node and no status */

/* Whether x is a power of two, by which a product is exact. */
static int is_power_of_two(double x)
{
    int exponent;
    return fabs(frexp(x, &exponent)) == 0.5;
}

/* c (d x) is (c d) x if d is a power of two: exact unless d x leaves the normal numbers, where the
 * shorter form is the better one. (-x) y is -(x y): exact. The node, or NONE. */
static int32_t product(emission *e)
{
    fg_func *f = e->f;
    for (int k = 0; k < 2; ++k) {
        const int32_t inner = e->x[1 - k];
        double d;
        if (e->is_number[k] && f->graph.op[inner] == FG_OP_multiply && f->type[inner] == e->type &&
            fg_func_is_number(f, f->graph.arg[inner][0], &d) && is_power_of_two(d) &&
            isnormal(e->number[k] * d)) {
            const int32_t c = fg_func_number(f, e->number[k] * d, f->type[e->x[k]]);
            const int32_t both[2] = {c, f->graph.arg[inner][1]};
            return c < 0 ? c : fg_func_row(f, FG_OP_multiply, both, e->type);
        }
    }
    for (int k = 0; k < 2; ++k) {
        const int32_t x = under(e, k, FG_OP_negative);
        if (x >= 0 && f->type[x] == f->type[e->x[k]]) {
            int32_t both[2] = {e->x[0], e->x[1]};
            both[k] = x;
            const int32_t positive = fg_func_row(f, *e->op, both, e->type);
            return positive < 0 ? positive : fg_func_row(f, FG_OP_negative, &positive, e->type);
        }
    }
    return NONE;
}

/* The node that the row is without a new one, or NONE; may turn the row into a simpler one. */
static int32_t simpler(emission *e)
{
    const int32_t *x = e->x;
    switch (*e->op) {
    case FG_OP_add:
        if (is(e, 0, 0.0) && has_type(e, 1)) {
            return x[1];
        }
        /* fall through */
    case FG_OP_subtract:
        if (is(e, 1, 0.0) && has_type(e, 0)) {
            return x[0];
        }
        without_negative(e);
        return NONE;
    case FG_OP_masked_multiply:
        if (is(e, 0, 0.0)) { /* a number is a scalar; an array of zeros is left to the row */
            return e->f->types[e->type].ndim ? NONE : fg_func_number(e->f, 0.0, e->type);
        }
        if (!(e->is_number[0] || (e->is_number[1] && isfinite(e->number[1])))) {
            return product(e);
        }
        *e->op = FG_OP_multiply; /* no zero to mask, or nothing to mask it against */
        /* fall through */
    case FG_OP_multiply:
        if (is(e, 0, 1.0) && has_type(e, 1)) {
            return x[1];
        }
        return is(e, 1, 1.0) && has_type(e, 0) ? x[0] : product(e);
    case FG_OP_divide:
        return is(e, 1, 1.0) && has_type(e, 0) ? x[0] : NONE;
    case FG_OP_negative: {
        const int32_t inner = under(e, 0, FG_OP_negative);
        return inner >= 0 && e->f->type[inner] == e->type ? inner : NONE;
    }
    case FG_OP_power:
        if (is(e, 1, 1.0) && has_type(e, 0)) {
            return x[0];
        }
        if (is(e, 1, 2.0)) {
            *e->op = FG_OP_square;
        }
        return NONE;
    case FG_OP_select:
        if (e->is_number[0] && has_type(e, e->number[0] != 0.0 ? 1 : 2)) {
            return e->number[0] != 0.0 ? x[1] : x[2];
        }
        return x[1] == x[2] && has_type(e, 1) ? x[1] : NONE;
    case FG_OP_logical_and:
    case FG_OP_logical_or:
        for (int k = 0; k < 2; ++k) {
            if (e->is_number[k] && (e->number[k] != 0.0) == (*e->op == FG_OP_logical_and) &&
                has_type(e, 1 - k)) {
                return x[1 - k];
            }
        }
        return NONE;
    default:
        return NONE;
    }
}

/* Whether a dtype holds a value that a row has computed, which is rounded to it. */
static int holds(int dtype, double *v)
{
    if (dtype == FG_D_float32) {
        *v = (double)(float)*v;
    }
    const fg_dtype_row *range = fg_struct_dtype(dtype);
    return dtype <= FG_D_bool ||
           (*v >= range->lo && *v <= range->hi && fabs(*v) <= 9007199254740992.0 /* 2^53 */);
}

/* The number that fills the array of a node, or the node itself. */
static int32_t without_splat(const fg_func *f, int32_t node)
{
    int32_t from = node, count;
    double number;
    while (f->graph.op[from] == FG_CALL && f->call[fg_func_call_of(f, from)] != FG_CALL_OPAQUE) {
        from = fg_graph_operands(&f->graph, (size_t)from, &count)[0];
    }
    return fg_func_is_number(f, from, &number) ? from : node;
}

/* Reads arrays filled with a number as the number, if an operand is left that has the shape. */
static void without_splats(const fg_func *f, int32_t *x, int arity)
{
    int32_t number[3];
    int shaped = 0;
    for (int k = 0; k < arity; ++k) {
        number[k] = without_splat(f, x[k]);
        shaped |= f->types[f->type[number[k]]].ndim > 0;
    }
    for (int k = 0; shaped && k < arity; ++k) {
        x[k] = number[k];
    }
}

int32_t fg_func_row(fg_func *f, int op, const int32_t *operand, int32_t type)
{
    const int arity = fg_op_arity(op);
    int32_t x[3] = {operand[0], arity > 1 ? operand[1] : operand[0], arity > 2 ? operand[2] : -1};
    if (f->types[type].ndim) {
        without_splats(f, x, arity);
    }
    emission e = {.f = f, .x = x, .type = type, .op = &op};
    int numbers = 0;
    for (int k = 0; k < arity; ++k) {
        e.is_number[k] = fg_func_is_number(f, x[k], &e.number[k]);
        numbers += e.is_number[k];
    }
    if (numbers == arity && !f->types[type].ndim) {
        double v = fg_op_value(op, e.number[0], e.number[1], e.number[2]);
        if (holds(f->types[type].dtype, &v)) { /* else the program says so when it runs */
            return fg_func_number(f, v, type);
        }
    }
    const int32_t known = simpler(&e);
    if (known != NONE) {
        return known;
    }
    if (fg_op_arity(op) > 2) {
        return fg__func_append_wide(f, op, x, 3, type);
    }
    if (fg_op_arity(op) == 1) {
        x[1] = x[0];
    }
    /* x * y and y * x are one node; a number stands first */
    if (op == FG_OP_multiply && !e.is_number[0] && (e.is_number[1] || x[0] > x[1])) {
        const int32_t later = x[0];
        x[0] = x[1];
        x[1] = later;
    }
    const fg_status status = fg__func_reserve(f, 0, 0);
    return status != FG_OK ? (int32_t)status : fg__func_append(f, op, x[0], x[1], type, 1);
}

int32_t fg_func_item(fg_func *f, int32_t array, int32_t index, int32_t type)
{
    const fg_graph *g = &f->graph;
    /* What only hands on elements is looked through. */
    for (;;) {
        const int op = g->op[array];
        if (op == FG_PACK) {
            int32_t count;
            return fg_graph_operands(g, (size_t)array, &count)[index];
        }
        if (op == FG_CONST) {
            return fg_func_number(f,
                                  g->arg[array][1] ? f->array[g->arg[array][0]][index]
                                                   : f->number[g->arg[array][0]],
                                  type);
        }
        if (op != FG_CALL || f->call[fg_func_call_of(f, array)] == FG_CALL_OPAQUE) {
            break;
        }
        int32_t count;
        const int32_t from = fg_graph_operands(g, (size_t)array, &count)[0];
        if (f->call[fg_func_call_of(f, array)] == FG_CALL_SPLAT) {
            index = 0;
        }
        if (f->type[from] == type) { /* a scalar is its own element */
            return from;
        }
        array = from;
    }
    const fg_status status = fg__func_reserve(f, 0, 0);
    return status != FG_OK ? (int32_t)status : fg__func_append(f, FG_ITEM, array, index, type, 1);
}

int32_t fg_func_pack(fg_func *f, const int32_t *operand, int32_t count, int32_t type)
{
    return fg__func_append_wide(f, FG_PACK, operand, count, type);
}
