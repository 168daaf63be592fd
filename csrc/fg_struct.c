/* fg_struct.c -- the lists of fg_struct.def as data. */
#include "fg_struct.h"
#include "fg_struct_loops.h"
#include <math.h>

static const fg_struct_row kernels[FG_N_KERNELS] = {
#define FG_KERNEL(name, n_operands, doc) {#name, doc, n_operands, 0},
#define FG_SOLVER(name, n_operands, doc) {#name, doc, n_operands, 1},
#include "fg_struct.def"
};

static const char *const reductions[FG_N_REDUCTIONS] = {
#define FG_REDUCTION(name, doc) #name,
#include "fg_struct.def"
};

static const char *const scans[FG_N_SCANS] = {
#define FG_SCAN(name, doc) #name,
#include "fg_struct.def"
};

static const fg_dtype_row dtypes[FG_N_DTYPES] = {
#define FG_DTYPE(name, code, lo, hi) [code] = {#name, lo, hi},
#include "fg_struct.def"
};

_Static_assert((int)FG_D_float64 == (int)FG_F64 && (int)FG_D_float32 == (int)FG_F32,
               "one dtype, one code");

const fg_struct_row *fg_struct_info(int kernel)
{
    return kernel >= 0 && kernel < FG_N_KERNELS ? &kernels[kernel] : NULL;
}

const char *fg_struct_reduction(int how)
{
    return how >= 0 && how < FG_N_REDUCTIONS ? reductions[how] : NULL;
}

const char *fg_struct_scan(int how)
{
    return how >= 0 && how < FG_N_SCANS ? scans[how] : NULL;
}

const fg_dtype_row *fg_struct_dtype(int dtype)
{
    return dtype >= 0 && dtype < FG_N_DTYPES && dtypes[dtype].name ? &dtypes[dtype] : NULL;
}

double fg__struct_work(int kernel, const int64_t *p)
{
    switch (kernel) {
    case FG_K_matmul: /* [dst, a, b | m, depth, n, four steps, n_batch, shape .. */
        return (double)p[3] * (double)p[4] * (double)p[5] * (double)fg__size(p[10], p + 11);
    case FG_K_fft: /* [dst, src, work | kind, inverse, outer, between, n, inner, lanes, length .. */
        return 8.0 * (double)p[5] * (double)p[6] * (double)p[8] * (double)p[10];
    case FG_K_reduce: /* [dst, src | how, n_kept, shape.., strides.., n_red, shape .. */
        return (double)fg__size(p[3], p + 4) * (double)fg__size(p[4 + 2 * p[3]], p + 5 + 2 * p[3]);
    case FG_K_lu: /* [dst, a | count, m, n */
    case FG_K_qr:
    case FG_K_svd:
        return 4.0 * (double)p[2] * (double)p[3] * (double)p[4] *
               (double)(p[3] < p[4] ? p[3] : p[4]);
    case FG_K_lu_solve: /* [dst, b, lu | count, n, m */
    case FG_K_solve_triangular:
        return (double)p[3] * (double)p[4] * (double)p[4] * (double)p[5];
    case FG_K_cholesky: /* [dst, a | count, n */
    case FG_K_adjugate:
        return (double)p[2] * pow((double)p[3], 3.0);
    case FG_K_eigh:
    case FG_K_expm:
        return 10.0 * (double)p[2] * pow((double)p[3], 3.0);
    case FG_K_sqrtm:
        return 50.0 * (double)p[2] * pow((double)p[3], 3.0);
    default:
        return 0.0;
    }
}
