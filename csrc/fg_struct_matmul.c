/* fg_struct_matmul.c -- the kernel matmul: a stack of products, as few and as large as they can be. */
#include "fg_product.h"
#include "fg_struct_loops.h"
#include <stddef.h>

static void exchange(int64_t *a, int64_t *b)
{
    const int64_t kept = *a;
    *a = *b;
    *b = kept;
}

/* Where the places of the innermost axis share a matrix, their rows may be those of one product:
 * (m, depth) by (depth, n) as they are, and a matrix by vectors as the vectors by its transpose. */
static void fold(fg__walk *w, fg_product *x, int64_t start[2])
{
    const int k = w->ndim - 1;
    const int64_t length = w->shape[k];
    if (w->b_step[k] == 0 && (x->m == 1 || w->a_step[k] == x->m * x->a.row)) {
        x->a.row = x->m == 1 ? w->a_step[k] : x->a.row;
        x->m *= length;
        --w->ndim;
    } else if (x->n == 1 && w->a_step[k] == 0) {
        *x = (fg_product){
            length, x->depth, x->m, {NULL, w->b_step[k], x->b.row}, {NULL, x->a.column, x->a.row}};
        --w->ndim;
        exchange(&start[0], &start[1]);
        for (int axis = 0; axis < k; ++axis) {
            exchange(&w->a_step[axis], &w->b_step[axis]);
        }
    }
}

/* The product of each place of a stack, and the walk to where its operands are. The parameters, behind dst:
 * [a, b | m, depth, n, a_row, a_column, b_row, b_column, n_batch, shape.., a_strides.., b_strides..] */
static fg_product product_of(const int64_t *p, fg__walk *walk)
{
    const int64_t n_batch = p[10], *shape = p + 11;
    int64_t start[2] = {p[1], p[2]};
    fg_product x = {p[3], p[4], p[5], {NULL, p[6], p[7]}, {NULL, p[8], p[9]}};
    fg__walk_axes(walk, n_batch, shape, shape + n_batch, shape + 2 * n_batch);
    if (walk->ndim > 0) {
        fold(walk, &x, start);
    }
    fg__walk_start(walk, 0, start[0], start[1]);
    return x;
}

static int64_t size_of(const int64_t *p)
{
    return p[3] * p[5] * fg__size(p[10], p + 11);
}

#if !defined(FG_SINGLE)
double fg__struct_product(int kernel, const int64_t *p)
{
    fg__walk walk;
    if (kernel != FG_K_matmul || size_of(p) == 0 || p[4] == 0) {
        return 0.0;
    }
    const fg_product x = product_of(p, &walk);
    return fg__product_work(&x);
}
#endif

fg_status fg__struct_matmul(const int64_t *p, fg_real *w, const fg_blas *blas)
{
    const int64_t size = size_of(p);
    fg_real *to = w + p[0];
    if (size == 0 || p[4] == 0) {
        for (int64_t k = 0; k < size; ++k) to[k] = 0;
        return FG_OK;
    }
    fg__walk walk;
    fg_product x = product_of(p, &walk);
    do {
        x.a.at = w + walk.a;
        x.b.at = w + walk.b;
        fg__product_run(&x, blas, to);
        to += x.m * x.n;
    } while (fg__walk_next(&walk));
    return FG_OK;
}
