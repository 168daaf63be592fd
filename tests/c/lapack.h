/* lapack.h -- functions to lend that touch all that BLAS and LAPACK would, and draws of steps that do.
 *
 * What the routines are said to read or write is overwritten, item by item, so that the sanitizer
 * sees work arrays that are too short; sizes are checked against what LAPACK asks for.
 */
#ifndef LAPACK_H
#define LAPACK_H
#include "check.h"
#include "draw.h"
#include "fg_blas.h"
#include "fg_struct.h"
#include <math.h>
#include <stdlib.h>

/* Reads a number, whatever it is. */
static inline int is_there(double x)
{
    const volatile double seen = x; /* volatile: it is read although nobody asks */
    (void)seen;
    return 1;
}

static inline int largest_of(int a, int b)
{
    return a > b ? a : b;
}

/* A matrix by columns. */
static inline void touch(double *x, int rows, int columns, int lead)
{
    CHECK_COUNT(lead >= largest_of(1, rows), 1);
    for (int j = 0; j < columns; ++j) {
        for (int i = 0; i < rows; ++i) x[(ptrdiff_t)j * lead + i] += 1.0;
    }
}

static inline void touch_integers(int *x, int n)
{
    for (int k = 0; k < n; ++k) x[k] = k + 1;
}

static inline void touch_gemm(char *op_a, char *op_b, int *m, int *n, int *k, double *alpha,
                              double *a, int *lda, double *b, int *ldb, double *beta, double *c,
                              int *ldc)
{
    (void)op_a, (void)op_b, (void)alpha, (void)beta;
    CHECK_COUNT(*lda >= *m && *ldb >= *k && is_there(a[(*k - 1) * *lda + *m - 1]), 1);
    CHECK_COUNT(is_there(b[(*n - 1) * *ldb + *k - 1]), 1);
    touch(c, *m, *n, *ldc);
}

static inline void touch_trsm(char *side, char *uplo, char *op, char *diag, int *m, int *n,
                              double *alpha, double *a, int *lda, double *b, int *ldb)
{
    const int k = *side == 'L' ? *m : *n;
    (void)uplo, (void)op, (void)diag;
    CHECK_COUNT(*alpha == 1.0 && *lda >= k && is_there(a[(k - 1) * (*lda + 1)]), 1);
    touch(b, *m, *n, *ldb);
}

static inline void touch_getrf(int *m, int *n, double *a, int *lda, int *pivot, int *info)
{
    touch(a, *m, *n, *lda);
    touch_integers(pivot, *m < *n ? *m : *n);
    *info = 0;
}

static inline void touch_getrs(char *op, int *n, int *columns, double *a, int *lda, int *pivot,
                               double *b, int *ldb, int *info)
{
    (void)op;
    CHECK_COUNT(is_there(a[(*n - 1) * (*lda + 1)]) && pivot[*n - 1] > 0, 1);
    touch(b, *n, *columns, *ldb);
    *info = 0;
}

static inline void touch_potrf(char *uplo, int *n, double *a, int *lda, int *info)
{
    (void)uplo;
    touch(a, *n, *n, *lda);
    *info = 0;
}

static inline void touch_geqrf(int *m, int *n, double *a, int *lda, double *tau, double *work,
                               int *n_work, int *info)
{
    CHECK_COUNT(*n_work >= largest_of(1, *n), 1);
    touch(a, *m, *n, *lda);
    touch(tau, *m < *n ? *m : *n, 1, largest_of(1, *m));
    touch(work, *n_work, 1, *n_work);
    *info = 0;
}

static inline void touch_orgqr(int *m, int *n, int *k, double *a, int *lda, double *tau,
                               double *work, int *n_work, int *info)
{
    CHECK_COUNT(*n_work >= largest_of(1, *n) && *k <= *n && *n <= *m, 1);
    CHECK_COUNT(!*k || is_there(tau[*k - 1]), 1);
    touch(a, *m, *n, *lda);
    touch(work, *n_work, 1, *n_work);
    *info = 0;
}

static inline void touch_syevd(char *job, char *uplo, int *n, double *a, int *lda, double *values,
                               double *work, int *n_work, int *integer, int *n_integer, int *info)
{
    CHECK_COUNT(*job == 'V' && *uplo == 'L', 1);
    CHECK_COUNT(*n_work >= 1 + 6 * *n + 2 * *n * *n && *n_integer >= 3 + 5 * *n, 1);
    touch(a, *n, *n, *lda);
    touch(values, *n, 1, *n);
    touch(work, *n_work, 1, *n_work);
    touch_integers(integer, *n_integer);
    *info = 0;
}

static inline void touch_gesdd(char *job, int *m, int *n, double *a, int *lda, double *s, double *u,
                               int *ldu, double *vt, int *ldvt, double *work, int *n_work,
                               int *integer, int *info)
{
    const int k = *m < *n ? *m : *n, most = largest_of(*m, *n), all = *job == 'A';
    CHECK_COUNT(*n_work >= 4 * k * k + 7 * k && *n_work >= 4 * k * k + 6 * k + most, 1);
    CHECK_COUNT(*n_work >= 3 * k + largest_of(most, 5 * k * k + 4 * k), 1);
    touch(a, *m, *n, *lda);
    touch(s, k, 1, k);
    touch(u, *m, all ? *m : k, *ldu);
    touch(vt, all ? *n : k, *n, *ldvt);
    touch(work, *n_work, 1, *n_work);
    touch_integers(integer, 8 * k);
    *info = 0;
}

static const fg_blas touching = {.worth = HUGE_VAL,
                                 .dgemm = touch_gemm,
                                 .dtrsm = touch_trsm,
                                 .dgetrf = touch_getrf,
                                 .dgetrs = touch_getrs,
                                 .dpotrf = touch_potrf,
                                 .dgeqrf = touch_geqrf,
                                 .dorgqr = touch_orgqr,
                                 .dsyevd = touch_syevd,
                                 .dgesdd = touch_gesdd};

/* ----- steps ----- */

typedef struct matrices {
    size_t result, a, b, n_number;
    int64_t number[6];
} matrices;

/* Sizes and numbers of a step on a few small matrices; the scratch as fg_struct.def promises it. */
static inline matrices draw_matrices(int kernel)
{
    const size_t c = 1 + draw_below(3), n = 1 + draw_below(6), m = n + draw_below(4);
    const size_t lu = n * n + 2 * n, wide = draw_below(2), full = draw_below(2);
    const size_t rows = wide ? n : m, columns = wide ? m : n, flag = draw_below(2);
    matrices x = {0, 0, 0, 2, {(int64_t)c, (int64_t)n, 0, 0, 0, 0}};
    switch (kernel) {
    case FG_K_lu:
        x = (matrices){c * (rows * columns + rows + n),
                       c * rows * columns,
                       0,
                       3,
                       {(int64_t)c, (int64_t)rows, (int64_t)columns, 0, 0, 0}};
        break;
    case FG_K_lu_solve:
        x = (matrices){c * n * m,
                       c * n * m,
                       c * lu,
                       4,
                       {(int64_t)c, (int64_t)n, (int64_t)m, (int64_t)flag, 0, 0}};
        break;
    case FG_K_solve_triangular:
        x = (matrices){
            c * n * m,
            c * n * n,
            c * n * m,
            6,
            {(int64_t)c, (int64_t)n, (int64_t)m, (int64_t)flag, (int64_t)wide, (int64_t)full}};
        break;
    case FG_K_det:
        x.number[2] = (int64_t)flag;
        x.n_number = 3;
        x.result = c * (1 + flag);
        x.a = c * lu;
        break;
    case FG_K_adjugate:
        x.result = c * n * n;
        x.a = c * lu;
        break;
    case FG_K_qr:
        x = (matrices){c * (m * (full ? m : n) + n * n) + m * m + n + 32 * (m + 1),
                       c * m * n,
                       0,
                       4,
                       {(int64_t)c, (int64_t)m, (int64_t)n, (int64_t)(full ? m : n), 0, 0}};
        break;
    case FG_K_svd:
        x = (matrices){(c + 1) * (m * m + n * n + n) + m * n + 5 * n * n + 18 * n + 32 * (m + n) +
                           1,
                       c * m * n,
                       0,
                       4,
                       {(int64_t)c, (int64_t)rows, (int64_t)columns, (int64_t)full, 0, 0}};
        break;
    default: /* cholesky, eigh, expm, sqrtm */
        x.result = (c + 3) * (n + n * n) + 11 * n + 4 + 6 * n * n;
        x.a = c * n * n;
    }
    return x;
}

#endif
