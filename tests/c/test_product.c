/* test_product.c -- products by BLAS and by our own loops: the same numbers, whoever is asked. */
#include "fg_isa.h"
#include "fg_product.h"
#include "fg_runner.h"
#include "step_model.h"

enum { DRAWS = 400 };

/* ----- a BLAS that notes how it is called ----- */

static int calls, bad_calls;

static const double *item(char op, const double *x, int lead, int row, int column)
{
    return op == 'N' ? x + row + (ptrdiff_t)column * lead : x + column + (ptrdiff_t)row * lead;
}

static void noting_dgemm(char *op_a, char *op_b, int *m, int *n, int *k, double *alpha, double *a,
                         int *lda, double *b, int *ldb, double *beta, double *c, int *ldc)
{
    ++calls;
    bad_calls += *alpha != 1.0 || *beta != 0.0 || *ldc < *m || *m < 1 || *n < 1 || *k < 1;
    bad_calls += *lda < (*op_a == 'N' ? *m : *k) || *ldb < (*op_b == 'N' ? *k : *n);
    for (int i = 0; i < *m; ++i) {
        for (int j = 0; j < *n; ++j) {
            long double sum = 0.0L;
            for (int p = 0; p < *k; ++p) {
                sum += (long double)*item(*op_a, a, *lda, i, p) * *item(*op_b, b, *ldb, p, j);
            }
            c[i + (ptrdiff_t)j * *ldc] = (double)sum;
        }
    }
}

static const fg_blas noting = {.dgemm = noting_dgemm}; /* worth it for the smallest product */

/* Runs a step with this BLAS into memory that holds NaN; returns how often it was called. */
static int run_noting(step *s)
{
    calls = bad_calls = 0;
    for (size_t k = 0; k < s->extent[0]; ++k) step_items(s, 0)[k] = NAN;
    CHECK_COUNT(step_check(s), FG_OK);
    CHECK_COUNT(fg_struct_run(FG_K_matmul, s->p, s->w, &noting), FG_OK);
    CHECK_COUNT(bad_calls, 0);
    return calls;
}

static void test_products_by_blas_are_those_of_the_model(void)
{
    int called = 0;
    draw_seed(70);
    for (int k = 0; k < DRAWS; ++k) {
        step s;
        draw_matmul(&s);
        double *model = malloc(s.n_w * sizeof *model + 1);
        memcpy(model, s.w, s.n_w * sizeof *model);
        called += run_noting(&s);
        model_run(FG_K_matmul, s.p, model);
        for (size_t i = 0; i < s.extent[0]; ++i) {
            CHECK_NEAR(step_items(&s, 0)[i], model[(size_t)s.p[0] + i], 1e-11);
        }
        free(model);
        step_free(&s);
    }
    CHECK(called > DRAWS / 2);
}

/* ----- as few and as large as can be ----- */

/* The product of stacks of so many dense matrices, or of one for all; how often BLAS was called. */
static int stack(int64_t n_batch, int64_t m, int64_t depth, int64_t n, int one_a, int one_b)
{
    const int64_t n_a = one_a ? 1 : n_batch, n_b = one_b ? 1 : n_batch;
    const int64_t numbers[] = {
        m, depth, n, depth, 1, n, 1, 1, n_batch, one_a ? 0 : m * depth, one_b ? 0 : depth * n};
    step s;
    step_begin(&s, FG_K_matmul, (size_t)(n_batch * m * n), (size_t)(n_a * m * depth),
               (size_t)(n_b * depth * n));
    step_add_all(&s, 11, numbers);
    const int called = run_noting(&s);
    CHECK_NEAR(fg__struct_work(FG_K_matmul, s.p), (double)(n_batch * m * depth * n), 0.0);
    step_free(&s);
    return called;
}

static void test_a_stack_by_one_matrix_is_one_product(void)
{
    CHECK_COUNT(stack(5, 6, 7, 8, 0, 1), 1);
    CHECK_COUNT(stack(5, 1, 7, 8, 0, 1), 1);
    CHECK_COUNT(stack(5, 6, 7, 1, 1, 0), 1); /* one matrix by many vectors */
    CHECK_COUNT(stack(5, 6, 7, 8, 0, 0), 5);
    CHECK_COUNT(stack(5, 6, 7, 8, 1, 0), 5);
}

static void test_the_largest_product_says_whether_blas_is_worth_it(void)
{
    const int64_t folded[] = {0, 0, 0, 6, 7, 8, 7, 1, 8, 1, 1, 5, 42, 0};
    const int64_t least[] = {0, 0, 0, 4, 4, 4, 4, 1, 4, 1, 0};
    const int64_t none[] = {0, 0, 0, 6, 0, 8, 7, 1, 8, 1, 0};
    CHECK_NEAR(fg__struct_product(FG_K_matmul, folded), 5 * 6 * 7 * 8, 0.0);
    CHECK_NEAR(fg__struct_product(FG_K_matmul, least), 64.0, 0.0);
    for (int side = 3; side < 6; ++side) { /* a thin one */
        int64_t thin[] = {0, 0, 0, 700, 700, 700, 700, 1, 700, 1, 0};
        thin[side] = 3;
        CHECK_NEAR(fg__struct_product(FG_K_matmul, thin), 0.0, 0.0);
    }
    CHECK_NEAR(fg__struct_product(FG_K_matmul, none), 0.0, 0.0);
    CHECK_NEAR(fg__struct_product(FG_K_pack, none), 0.0, 0.0);
}

static void test_blas_is_left_alone_where_it_is_not_worth_it(void)
{
    double x[64], to[64];
    for (int k = 0; k < 64; ++k) x[k] = k;
    const fg_matrix dense = {x, 8, 1}, gaps = {x, 8, 2}, repeated = {x, 1, 1};
    const fg_product whole = {8, 8, 8, dense, dense}, strided = {8, 4, 4, gaps, dense};
    const fg_product overlapping = {8, 8, 8, repeated, dense};
    const fg_blas from_512 = {.worth = 512.0, .dgemm = noting_dgemm},
                  from_513 = {.worth = 513.0, .dgemm = noting_dgemm};
    calls = 0;
    fg__product_run(&whole, NULL, to);
    fg__product_run(&whole, &from_513, to);
    fg__product_run(&strided, &noting, to);
    fg__product_run(&overlapping, &noting, to);
    CHECK_COUNT(calls, 0);
    fg__product_run(&whole, &from_512, to);
    CHECK_COUNT(calls, 1);
}

/* ----- our own loops ----- */

typedef struct operands {
    fg_product x;
    double *a, *b, *to; /* owned */
} operands;

/* Dense matrices by rows or by columns, with numbers that round. */
static operands draw_operands(void)
{
    operands o = {.x = {1 + (int64_t)draw_below(40),
                        1 + (int64_t)draw_below(300),
                        1 + (int64_t)draw_below(40),
                        {NULL, 0, 0},
                        {NULL, 0, 0}}};
    fg_product *x = &o.x;
    const int by_columns = (int)draw_below(4);
    x->a.row = by_columns & 1 ? 1 : x->depth;
    x->a.column = by_columns & 1 ? x->m : 1;
    x->b.row = by_columns & 2 ? 1 : x->n;
    x->b.column = by_columns & 2 ? x->depth : 1;
    const size_t n_a = (size_t)(x->m * x->depth), n_b = (size_t)(x->depth * x->n);
    o.a = malloc((n_a + 1) * sizeof(double));
    o.b = malloc((n_b + 1) * sizeof(double));
    o.to = malloc((size_t)(x->m * x->n + 1) * sizeof(double));
    for (size_t k = 0; k < n_a; ++k) o.a[k] = draw_between(-3.0, 3.0);
    for (size_t k = 0; k < n_b; ++k) o.b[k] = draw_between(-3.0, 3.0);
    x->a.at = o.a;
    x->b.at = o.b;
    return o;
}

static void free_operands(operands *o)
{
    free(o->a);
    free(o->b);
    free(o->to);
}

static void test_instruction_sets_with_a_fused_multiply_add_give_the_same_bits(void)
{
    const fg_isa *avx2 = fg_isa_number(1), *avx512 = fg_isa_number(2);
    draw_seed(71);
    for (int k = 0; k < DRAWS && avx2; ++k) {
        operands o = draw_operands();
        const size_t n = (size_t)(o.x.m * o.x.n);
        double *to = malloc(n * sizeof *to);
        fg__runner_number(1)->multiply(&o.x, o.to);
        if (avx512) {
            fg__runner_number(2)->multiply(&o.x, to);
            CHECK(!memcmp(to, o.to, n * sizeof *to));
        }
        fg__runner_number(0)->multiply(&o.x, to);
        for (size_t i = 0; i < n; ++i) CHECK_NEAR(to[i], o.to[i], 1e-11);
        free(to);
        free_operands(&o);
    }
}

static void test_bits_do_not_depend_on_where_matrices_stand(void)
{
    draw_seed(72);
    for (int k = 0; k < DRAWS; ++k) {
        operands o = draw_operands();
        const size_t n = (size_t)(o.x.m * o.x.n);
        const size_t n_a = (size_t)(o.x.m * o.x.depth), n_b = (size_t)(o.x.depth * o.x.n);
        double *moved = malloc(n * sizeof *moved);
        fg__product_run(&o.x, NULL, moved);
        memmove(o.a + 1, o.a, n_a * sizeof(double));
        memmove(o.b + 1, o.b, n_b * sizeof(double));
        ++o.x.a.at;
        ++o.x.b.at;
        fg__product_run(&o.x, NULL, o.to + 1);
        CHECK(!memcmp(moved, o.to + 1, n * sizeof *moved));
        free(moved);
        free_operands(&o);
    }
}

int main(void)
{
    RUN(test_products_by_blas_are_those_of_the_model);
    RUN(test_a_stack_by_one_matrix_is_one_product);
    RUN(test_the_largest_product_says_whether_blas_is_worth_it);
    RUN(test_blas_is_left_alone_where_it_is_not_worth_it);
    RUN(test_instruction_sets_with_a_fused_multiply_add_give_the_same_bits);
    RUN(test_bits_do_not_depend_on_where_matrices_stand);
    return REPORT();
}
