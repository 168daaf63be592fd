/* fg_blas.h -- what a program borrows of a BLAS library, if the caller has one.
 *
 * Fortran's interface: matrices by columns, everything by pointer, integers of 32 bits. A function that
 * is NULL is not there.
 */
#ifndef FG_BLAS_H
#define FG_BLAS_H

/* c (m, n) = alpha * op(a) (m, k) times op(b) (k, n) + beta * c */
typedef void (*fg_dgemm)(char *op_a, char *op_b, int *m, int *n, int *k, double *alpha, double *a,
                         int *lda, double *b, int *ldb, double *beta, double *c, int *ldc);

typedef void (*fg_sgemm)(char *op_a, char *op_b, int *m, int *n, int *k, float *alpha, float *a,
                         int *lda, float *b, int *ldb, float *beta, float *c, int *ldc);

typedef struct fg_blas {
    fg_dgemm dgemm;
    double worth;   /* multiplications from which on a product is worth a call */
    fg_sgemm sgemm; /* for programs of floats */
} fg_blas;

#endif
