/* fg_struct_lapack.h -- sizes of results and of scratch, in items, a norm; for fg_struct_*.c only.
 *
 * A matrix of ours, by rows, is its transpose to LAPACK. An integer of LAPACK takes one item.
 */
#ifndef FG_STRUCT_LAPACK_H
#define FG_STRUCT_LAPACK_H
#include "fg_real.h"
#include <math.h>

enum { FG__LAPACK_BLOCK = 32 }; /* columns that LAPACK takes together, if it may */

static inline int64_t fg__least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static inline int64_t fg__lu_size(int64_t m, int64_t n)
{
    return m * n + m + fg__least(m, n);
}

/* The matrix by columns, the scales of reflections, work. */
static inline int64_t fg__qr_scratch(int64_t m, int64_t n, int64_t columns)
{
    return m * columns + n + FG__LAPACK_BLOCK * (columns + 1);
}

/* The matrix by columns, work, integers. */
static inline int64_t fg__eigh_work(int64_t n)
{
    return 1 + 6 * n + 2 * n * n;
}

static inline int64_t fg__eigh_scratch(int64_t n)
{
    return n * n + fg__eigh_work(n) + 3 + 5 * n;
}

static inline int64_t fg__svd_size(int64_t m, int64_t n, int64_t full)
{
    const int64_t k = fg__least(m, n);
    return full ? m * m + k + n * n : m * k + k + k * n;
}

/* The matrix by columns, U, V', work, integers. */
static inline int64_t fg__svd_work(int64_t m, int64_t n)
{
    const int64_t k = fg__least(m, n);
    return 5 * k * k + 10 * k + FG__LAPACK_BLOCK * (m + n) + 1;
}

static inline int64_t fg__svd_scratch(int64_t m, int64_t n, int64_t full)
{
    const int64_t k = fg__least(m, n);
    return m * n + fg__svd_size(m, n, full) - k + fg__svd_work(m, n) + 8 * k;
}

/* Six matrices, and pivots. */
static inline int64_t fg__expm_scratch(int64_t n)
{
    return 6 * n * n + n;
}

/* Four matrices, and pivots. */
static inline int64_t fg__sqrtm_scratch(int64_t n)
{
    return 4 * n * n + n;
}

/* The largest sum of absolute values of x less a multiple of the identity; NaN if there is one. */
static inline double fg__norm(const fg_real *x, int64_t n, double multiple)
{
    double norm = 0;
    for (int64_t j = 0; j < n; ++j) {
        double sum = 0;
        for (int64_t i = 0; i < n; ++i) sum += fabs((double)x[i * n + j] - (i == j) * multiple);
        norm = sum > norm || sum != sum ? sum : norm;
        if (norm != norm) {
            break;
        }
    }
    return norm;
}

#endif
