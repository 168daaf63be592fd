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

#define FG_OP1(name, value, dx, domx, doc) \
    case FG_OP_##name: {                   \
        const double x = w[i->a];          \
        w[i->dst] = value;                 \
        break;                             \
    }
#define FG_OP2(name, value, dx, dy, domx, domy, doc) \
    case FG_OP_##name: {                             \
        const double x = w[i->a], y = w[i->b];       \
        w[i->dst] = value;                           \
        break;                                       \
    }
#define FG_OP3(name, value, dx, dy, dz, domx, domy, domz, doc) \
    case FG_OP_##name: {                                       \
        const double x = w[i->a], y = w[i->b], z = w[i->c];    \
        w[i->dst] = value;                                     \
        break;                                                 \
    }
#define MASKED fg_rule_masked_multiply(w[i->a], w[i->b])

fg_status fg_program_run(const fg_program *p, double *w, size_t *at)
{
    const fg_instr *i = p->instr, *end = p->instr + p->n_instr;
    const int32_t *pool = p->pool;
    fg_status status = FG_OK;
    for (; i != end; ++i) {
        switch (i->op) {
#include "fg_ops.def"
        case FG_I_MOVE:
            w[i->dst] = w[i->a];
            break;
        case FG_I_MULADD:
            w[i->dst] = w[i->a] * w[i->b] + w[i->c];
            break;
        case FG_I_MULSUB:
            w[i->dst] = w[i->a] * w[i->b] - w[i->c];
            break;
        case FG_I_SUBMUL:
            w[i->dst] = w[i->c] - w[i->a] * w[i->b];
            break;
        case FG_I_MASKADD:
            w[i->dst] = MASKED + w[i->c];
            break;
        case FG_I_MASKSUB:
            w[i->dst] = MASKED - w[i->c];
            break;
        case FG_I_SUBMASK:
            w[i->dst] = w[i->c] - MASKED;
            break;
        case FG_I_SUM:
            w[i->dst] = sum_of(w, w[i->a], pool + i->b, i->c);
            break;
        case FG_I_DOT:
            w[i->dst] = dot_of(w, w[i->a], pool + i->b, i->c);
            break;
        case FG_I_MASKDOT:
            w[i->dst] = maskdot_of(w, w[i->a], pool + i->b, i->c);
            break;
        case FG_I_GUARD:
            if (memcmp(&w[i->a], &w[i->b], sizeof *w) != 0 && w[i->a] != w[i->b]) {
                *at = (size_t)i->c;
                return FG_E_BRANCH;
            }
            break;
        default:
            status = i->op == FG_I_ROW ? run_row(p->param + i->a, w)
                                       : fg_struct_run(i->c, p->param + i->a, w);
            if (status != FG_OK) {
                *at = (size_t)(i - p->instr);
                return status;
            }
        }
    }
    return FG_OK;
}
#undef MASKED
