/* fg_product.c -- large products go to BLAS, the others to our own loops. */
#include "fg_product.h"
#include "fg_runner.h"
#include <limits.h>
#include <stddef.h>

#if !defined(FG_SINGLE)
double fg__product_work(const fg_product *x)
{
    enum { THIN = 4 };
    const int is_thin = x->m < THIN || x->n < THIN || x->depth < THIN;
    return is_thin ? 0.0 : (double)x->m * (double)x->n * (double)x->depth;
}
#endif

/* What BLAS calls a matrix: its rows, or the columns, lie dense, `lead` apart. */
typedef struct operand {
    char op;
    int lead;
    fg_real *at;
} operand;

/* Whether a matrix of so many rows and columns is one for BLAS, which sees it transposed. */
static int is_operand(const fg_matrix *x, int64_t rows, int64_t columns, operand *to)
{
    to->at = (fg_real *)x->at; /* BLAS only reads it */
    if (x->column == 1 && x->row >= columns && x->row <= INT_MAX) {
        to->op = 'N';
        to->lead = (int)x->row;
        return 1;
    }
    if (x->row == 1 && x->column >= rows && x->column <= INT_MAX) {
        to->op = 'T';
        to->lead = (int)x->column;
        return 1;
    }
    return 0;
}

/* Rows of ours are columns of Fortran's, so it multiplies the transposes: b' times a'. */
static int run_by_blas(const fg_product *x, const fg_blas *blas, fg_real *to)
{
    operand a, b;
    if (x->m > INT_MAX || x->n > INT_MAX || x->depth > INT_MAX ||
        !is_operand(&x->a, x->m, x->depth, &a) || !is_operand(&x->b, x->depth, x->n, &b)) {
        return 0;
    }
    int m = (int)x->m, depth = (int)x->depth, n = (int)x->n;
    fg_real one = 1, zero = 0; /* so `to` is not read */
    LOAN(gemm)(&b.op, &a.op, &n, &m, &depth, &one, b.at, &b.lead, a.at, &a.lead, &zero, to, &n);
    return 1;
}

void fg__product_run(const fg_product *x, const fg_blas *blas, fg_real *to)
{
    if (!blas || !LOAN(gemm) || fg__product_work(x) < blas->worth || !run_by_blas(x, blas, to)) {
        fg__runner_now()->multiply(x, to);
    }
}
