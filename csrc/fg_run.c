/* fg_run.c -- the loop over the instructions of a program. */
#include "fg_kernels.h"
#include "fg_program.h"
#include "fg_rules.h"
#include "fg_struct.h"
#include <string.h>

void fg_program_start(const fg_program *p, double *w)
{
    memset(w, 0, p->n_w * sizeof *w);
    memcpy(w, p->init, p->n_init * sizeof *w);
}

static double sum_of(const double *w, double acc, const int32_t *term, int32_t n)
{
    static const double sign[2] = {1.0, -1.0};
    for (int32_t k = 0; k < n; ++k) {
        acc += sign[term[k] & 1] * w[term[k] >> 1];
    }
    return acc;
}

static double dot_of(const double *w, double acc, const int32_t *term, int32_t n)
{
    static const double sign[2] = {1.0, -1.0};
    for (int32_t k = 0; k < n; ++k) {
        acc += sign[term[2 * k] & 1] * (w[term[2 * k] >> 1] * w[term[2 * k + 1]]);
    }
    return acc;
}

static double maskdot_of(const double *w, double acc, const int32_t *term, int32_t n)
{
    static const double sign[2] = {1.0, -1.0};
    for (int32_t k = 0; k < n; ++k) {
        acc += sign[term[2 * k] & 1] *
               fg_rule_masked_multiply(w[term[2 * k] >> 1], w[term[2 * k + 1]]);
    }
    return acc;
}

/* Rounds what a row has computed to its dtype; integers have to be ones that a double tells apart. */
static fg_status round_to(int dtype, double *x, size_t n)
{
    if (dtype == FG_D_float32) {
        for (size_t k = 0; k < n; ++k) {
            x[k] = (double)(float)x[k];
        }
    } else if (dtype > FG_D_bool) {
        const fg_dtype_row *range = fg_struct_dtype(dtype);
        const double limit = 9007199254740992.0; /* 2^53 */
        int bad = 0;
        for (size_t k = 0; k < n; ++k) {
            bad |= !(x[k] >= range->lo && x[k] <= range->hi && fabs(x[k]) <= limit);
        }
        return bad ? FG_E_RANGE : FG_OK;
    }
    return FG_OK;
}

static fg_status run_row(const int64_t *param, double *w)
{
    const int op = (int)param[0], arity = fg_op_arity(op);
    const size_t n = (size_t)param[2];
    const double *x[3] = {w, w, w};
    int stride[3] = {0, 0, 0};
    for (int k = 0; k < arity; ++k) {
        x[k] = w + param[4 + 2 * k];
        stride[k] = (int)param[5 + 2 * k];
    }
    fg_kernel_row(op, n, x, stride, w + param[1]);
    return round_to((int)param[3], w + param[1], n);
}

/* How an instruction finds the next one: by a table of labels, which costs 1.1 ns an instruction; as a
 * switch where the compiler has no such labels, which costs up to 4 (gcc 12 -O3). */
#if defined(__GNUC__)
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
fg_status fg_program_run(const fg_program *p, double *w, size_t *at)
{
    const fg_instr *i = p->instr;
    const int32_t *pool = p->pool;
    fg_status status = FG_OK;
#if defined(__GNUC__)
    static const void *const label[] = {
#define FG_OP1(name, value, dx, domx, doc) LABEL(FG_OP_##name)
#define FG_OP2(name, value, dx, dy, domx, domy, doc) LABEL(FG_OP_##name)
#define FG_OP3(name, value, dx, dy, dz, domx, domy, domz, doc) LABEL(FG_OP_##name)
#include "fg_ops.def"
        LABEL(FG_I_MOVE) LABEL(FG_I_MULADD) LABEL(FG_I_MULSUB) LABEL(FG_I_SUBMUL)
        LABEL(FG_I_MASKADD) LABEL(FG_I_MASKSUB) LABEL(FG_I_SUBMASK) LABEL(FG_I_SUM) LABEL(FG_I_DOT)
        LABEL(FG_I_MASKDOT) LABEL(FG_I_GUARD) LABEL(FG_I_ROW) LABEL(FG_I_KERNEL) LABEL(FG_I_END)
    };
    goto *label[i->op];
#else
    for (;; ++i) {
        switch (i->op) {
#endif
#define FG_OP1(name, value, dx, domx, doc) \
    CASE(FG_OP_##name)                     \
    {                                      \
        const double x = w[i->a];          \
        w[i->dst] = value;                 \
        NEXT;                              \
    }
#define FG_OP2(name, value, dx, dy, domx, domy, doc) \
    CASE(FG_OP_##name)                               \
    {                                                \
        const double x = w[i->a], y = w[i->b];       \
        w[i->dst] = value;                           \
        NEXT;                                        \
    }
#define FG_OP3(name, value, dx, dy, dz, domx, domy, domz, doc) \
    CASE(FG_OP_##name)                                         \
    {                                                          \
        const double x = w[i->a], y = w[i->b], z = w[i->c];    \
        w[i->dst] = value;                                     \
        NEXT;                                                  \
    }
#include "fg_ops.def"
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
        if ((status = run_row(p->param + i->a, w)) != FG_OK) {
            goto failed;
        }
        NEXT;
    }
    CASE(FG_I_KERNEL)
    {
        if ((status = fg_struct_run(i->c, p->param + i->a, w)) != FG_OK) {
            goto failed;
        }
        NEXT;
    }
    CASE(FG_I_END)
    return FG_OK;
#if !defined(__GNUC__)
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
