/* fg_run.c -- running a program: what is the same for all instruction sets. */
#include "fg_run.h"
#include "fg_kernels.h"
#include "fg_runner.h"
#include "fg_struct.h"
#include "fg_struct_loops.h"
#include <math.h>

void fg__start(const fg_program *p, void *w)
{
    fg_real *to = w;
    for (size_t k = 0; k < p->n_init; ++k) {
        to[k] = (fg_real)p->init[k];
    }
}

fg_status fg__run(const fg_program *p, void *w, size_t *at)
{
    return fg__runner_now()->run(p, w, at);
}

fg_status fg_struct_run(int kernel, const int64_t *p, fg_real *w, const fg_blas *blas)
{
    switch (kernel) {
#define FG_PRODUCT(name, n_operands, doc) \
    case FG_K_##name:                     \
        return fg__struct_##name(p, w, blas);
#define FG_SOLVER(name, n_operands, doc) FG_PRODUCT(name, n_operands, doc)
#define FG_KERNEL(name, n_operands, doc) \
    case FG_K_##name:                    \
        return fg__struct_##name(p, w);
#include "fg_struct.def"
    default:
        return FG_E_FORMAT;
    }
}

#if !defined(FG_SINGLE)
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

fg_status fg__run_row(const int64_t *param, double *w)
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
#else
fg_status fg__run_row(const int64_t *param, float *w) /* a program of floats has none */
{
    (void)param, (void)w;
    return FG_E_OPCODE;
}
#endif
