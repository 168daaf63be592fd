/* fg_runner_point.h -- the loop over the instructions of a program, on one point. */
#ifndef FG_RUNNER_POINT_H
#define FG_RUNNER_POINT_H
#include "fg_compiler.h"
#include "fg_run.h"
#include "fg_struct.h"

static fg_real sum_of(const fg_real *w, fg_real acc, const int32_t *term, int32_t n)
{
    static const fg_real sign[2] = {1, -1};
    for (int32_t k = 0; k < n; ++k) {
        acc += sign[term[k] & 1] * w[term[k] >> 1];
    }
    return acc;
}

static fg_real dot_of(const fg_real *w, fg_real acc, const int32_t *term, int32_t n)
{
    static const fg_real sign[2] = {1, -1};
    for (int32_t k = 0; k < n; ++k) {
        acc += sign[term[2 * k] & 1] * (w[term[2 * k] >> 1] * w[term[2 * k + 1]]);
    }
    return acc;
}

static fg_real maskdot_of(const fg_real *w, fg_real acc, const int32_t *term, int32_t n)
{
    static const fg_real sign[2] = {1, -1};
    for (int32_t k = 0; k < n; ++k) {
        acc += sign[term[2 * k] & 1] *
               fg_rule_masked_multiply(w[term[2 * k] >> 1], w[term[2 * k + 1]]);
    }
    return acc;
}

/* How an instruction finds the next one: by a table of labels, which costs 1.1 ns an instruction; as a
 * switch where the compiler has no such labels, which costs up to 4 (gcc 12 -O3). */
#if defined(FG_GNU)
#pragma GCC diagnostic ignored "-Wpedantic"
#define LABEL(code) [code] = &&at_##code,
#define CASE(code) at_##code:
#define NEXT                \
    do {                    \
        ++i;                \
        goto *label[i->op]; \
    } while (0)
#else
#define CASE(code) case code:
#define NEXT break
#endif

#define SET(code, value)   \
    CASE(code)             \
    {                      \
        w[i->dst] = value; \
        NEXT;              \
    }
#define MASKED fg_rule_masked_multiply(w[i->a], w[i->b])

/* clang-format off */
static fg_status run(const fg_program *p, fg_real *w, size_t *at)
{
    enum { fg_far = 1 };
    const fg_instr *i = p->instr;
    const int32_t *pool = p->pool;
    fg_status status = FG_OK;
#if defined(FG_GNU)
    static const void *const label[] = {
#define FG_OP1(name, value, dx, domx, doc) LABEL(FG_OP_##name)
#define FG_OP2(name, value, dx, dy, domx, domy, doc) LABEL(FG_OP_##name)
#define FG_OP3(name, value, dx, dy, dz, domx, domy, domz, doc) LABEL(FG_OP_##name)
#include "fg_ops.def"
        LABEL(FG_I_MOVE) LABEL(FG_I_MULADD) LABEL(FG_I_MULSUB) LABEL(FG_I_SUBMUL)
        LABEL(FG_I_MASKADD) LABEL(FG_I_MASKSUB) LABEL(FG_I_SUBMASK) LABEL(FG_I_SUM) LABEL(FG_I_DOT)
        LABEL(FG_I_MASKDOT) LABEL(FG_I_ROUND) LABEL(FG_I_GUARD) LABEL(FG_I_ROW) LABEL(FG_I_REGION) LABEL(FG_I_KERNEL) LABEL(FG_I_LOOK) LABEL(FG_I_END)
#define FG_PAIR(first, second, side, value) LABEL(FG_P_##first##_##second##side)
#include "fg_pairs.def"
    };
    goto *label[i->op];
#else
    for (;; ++i) {
        switch (i->op) {
#endif
#define FG_OP1(name, value, dx, domx, doc) \
    CASE(FG_OP_##name)                     \
    {                                      \
        const fg_real x = w[i->a];          \
        w[i->dst] = (fg_real)(value);      \
        NEXT;                              \
    }
#define FG_OP2(name, value, dx, dy, domx, domy, doc) \
    CASE(FG_OP_##name)                               \
    {                                                \
        const fg_real x = w[i->a], y = w[i->b];       \
        w[i->dst] = (fg_real)(value);                \
        NEXT;                                        \
    }
#define FG_OP3(name, value, dx, dy, dz, domx, domy, domz, doc) \
    CASE(FG_OP_##name)                                         \
    {                                                          \
        const fg_real x = w[i->a], y = w[i->b], z = w[i->c];    \
        w[i->dst] = (fg_real)(value);                          \
        NEXT;                                                  \
    }
#include "fg_ops.def"
#define FG_PAIR(first, second, side, value)                                    \
    CASE(FG_P_##first##_##second##side)                                        \
    {                                                                          \
        const fg_real x = w[i->a], y = w[i->b], z = w[i->c], u = w[i->d];       \
        (void)y, (void)z, (void)u;                                             \
        w[i->dst] = value;                                                     \
        NEXT;                                                                  \
    }
#include "fg_pairs.def"
    SET(FG_I_MOVE, w[i->a])
    SET(FG_I_MULADD, w[i->a] * w[i->b] + w[i->c])
    SET(FG_I_MULSUB, w[i->a] * w[i->b] - w[i->c])
    SET(FG_I_SUBMUL, w[i->c] - w[i->a] * w[i->b])
    SET(FG_I_MASKADD, MASKED + w[i->c])
    SET(FG_I_MASKSUB, MASKED - w[i->c])
    SET(FG_I_SUBMASK, w[i->c] - MASKED)
    SET(FG_I_SUM, sum_of(w, w[i->a], pool + i->b, i->c))
    SET(FG_I_DOT, dot_of(w, w[i->a], pool + i->b, i->c))
    SET(FG_I_MASKDOT, maskdot_of(w, w[i->a], pool + i->b, i->c))
    SET(FG_I_ROUND, (float)w[i->a])
    CASE(FG_I_GUARD)
    {
        if (memcmp(&w[i->a], &w[i->b], sizeof *w) != 0 && w[i->a] != w[i->b]) {
            *at = (size_t)i->c;
            return FG_E_BRANCH;
        }
        NEXT;
    }
    CASE(FG_I_ROW)
    {
        if ((status = fg__run_row(p->param + i->a, w)) != FG_OK) {
            goto failed;
        }
        NEXT;
    }
    CASE(FG_I_REGION)
    {
        if ((status = fg__region_run(p, &p->region[i->a], w)) != FG_OK) {
            goto failed;
        }
        NEXT;
    }
    CASE(FG_I_KERNEL)
    {
        if ((status = fg_struct_run(i->c, p->param + i->a, w, p->blas)) != FG_OK) {
            goto failed;
        }
        NEXT;
    }
    CASE(FG_I_LOOK)
    {
        if (p->look && p->look()) {
            status = FG_E_SIGNAL;
            goto failed;
        }
        NEXT;
    }
    CASE(FG_I_END)
    return FG_OK;
#if !defined(FG_GNU)
        default: return FG_E_OPCODE;
        }
    }
#endif
failed:
    *at = (size_t)(i - p->instr);
    return status;
}
/* clang-format on */
#undef MASKED

#endif
