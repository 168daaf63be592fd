/* fg_product.h -- the product of two matrices in memory. */
#ifndef FG_PRODUCT_H
#define FG_PRODUCT_H
#include "fg_blas.h"
#include "fg_real.h"
#include <stdint.h>

/* The item in row i and column j is at[i * row + j * column]. */
typedef struct fg_matrix {
    const fg_real *at;
    int64_t row, column;
} fg_matrix;

/* (m, n) = a (m, depth) times b (depth, n); no size is 0. */
typedef struct fg_product {
    int64_t m, depth, n;
    fg_matrix a, b;
} fg_product;

/* Multiplications, if BLAS may do them faster than our own loops; 0 where it cannot: matrices that
 * are thin are read or written faster than they are multiplied. */
double fg__product_work(const fg_product *x);

/* to [m * n] = the product, by rows, without BLAS if blas is NULL. */
void fg__product_run(const fg_product *x, const fg_blas *blas, fg_real *to);

#endif
