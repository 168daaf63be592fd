/* test_struct_check.c -- what fg_struct_check lets pass may run, and stays in its arrays. */
#include "steps.h"

static fg_status check(int kernel, size_t n_p, const int64_t *p, size_t dst, size_t a, size_t b,
                       size_t n_w)
{
    const size_t extent[] = {dst, a, b};
    return fg_struct_check(kernel, n_p, p, extent, n_w);
}

#define N(array) (sizeof(array) / sizeof *(array))
#define PASSES(kernel, dst, a, b, n_w, ...)                                  \
    do {                                                                     \
        const int64_t p_[] = {__VA_ARGS__};                                  \
        CHECK_COUNT(check(FG_K_##kernel, N(p_), p_, dst, a, b, n_w), FG_OK); \
    } while (0)
#define FAILS(kernel, dst, a, b, n_w, ...)                                         \
    do {                                                                           \
        const int64_t p_[] = {__VA_ARGS__};                                        \
        CHECK_COUNT(check(FG_K_##kernel, N(p_), p_, dst, a, b, n_w), FG_E_FORMAT); \
    } while (0)

static void test_what_is_no_kernel_is_refused(void)
{
    const int64_t p[] = {0, 0, 0, 0};
    CHECK_COUNT(check(-1, 4, p, 0, 0, 0, 0), FG_E_FORMAT);
    CHECK_COUNT(check(FG_N_KERNELS, 4, p, 0, 0, 0, 0), FG_E_FORMAT);
    for (int kernel = 0; kernel < FG_N_KERNELS; ++kernel) {
        CHECK_COUNT(check(kernel, 0, NULL, 0, 0, 0, 0), FG_E_FORMAT);
    }
}

static void test_a_step_needs_all_of_its_numbers_and_no_more(void)
{
    draw_seed(1);
    for (int kernel = 0; kernel < FG_N_KERNELS; ++kernel) {
        for (int k = 0; k < 50; ++k) {
            step s;
            draw_step(&s, kernel);
            const size_t n_p = s.n_p;
            CHECK_COUNT(step_check(&s), FG_OK);
            for (s.n_p = 0; s.n_p < n_p + 5; ++s.n_p) {
                s.p[s.n_p > n_p ? s.n_p - 1 : n_p] = 1;
                if (s.n_p != n_p) {
                    CHECK_COUNT(step_check(&s), FG_E_FORMAT);
                }
            }
            step_free(&s);
        }
    }
}

static void test_arrays_must_lie_in_the_workspace(void)
{
    PASSES(cast, 2, 2, 0, 4, 0, 2, 2, 0);
    FAILS(cast, 2, 2, 0, 3, 0, 2, 2, 0);
    FAILS(cast, 2, 2, 0, 4, -1, 2, 2, 0);
    FAILS(cast, 2, 2, 0, 4, 0, 3, 2, 0);
    FAILS(cast, 2, 2, 0, 4, 0, INT64_MAX, 2, 0);
    FAILS(cast, 2, 2, 0, 4, INT64_MIN, 2, 2, 0);
    FAILS(cast, 5, 2, 0, 4, 0, 2, 2, 0);
    FAILS(cast, SIZE_MAX, 2, 0, 4, 1, 2, 2, 0);
    FAILS(cast, SIZE_MAX, SIZE_MAX, 0, SIZE_MAX, 0, 2, 2, 0);
    FAILS(cast, 1, 2, 0, 4, 0, 2, 2, 0);
    FAILS(cast, 2, 1, 0, 4, 0, 2, 2, 0);
    FAILS(cast, 2, 2, 0, 4, 0, 2, -1, 0);
    FAILS(cast, 2, 2, 0, 4, 0, 2, INT64_MIN, 0);
    PASSES(cast, 0, 0, 0, 0, 0, 0, 0, 0);
}

static void test_results_must_not_overlap_what_is_read(void)
{
    FAILS(cast, 2, 2, 0, 4, 0, 1, 2, 0);
    PASSES(cast, 2, 2, 0, 4, 0, 0, 2, 0); /* but a cast in place */
    FAILS(scan, 2, 2, 0, 4, 0, 0, 0, 1, 2, 1);
    PASSES(cast, 2, 2, 0, 4, 2, 0, 2, 0);
    FAILS(gather, 2, 2, 2, 6, 2, 0, 3, 2, 2);
    FAILS(scatter_add, 2, 2, 2, 6, 2, 0, 1, 2, 2);
    PASSES(scatter_add, 2, 2, 2, 6, 2, 0, 0, 2, 2); /* what is only read may */
    /* The one copy touches the even items, the other the first two: spans decide. */
    FAILS(copy, 8, 8, 0, 8, 0, 0, 0, 1, 1, 2, 2, 2);
    PASSES(copy, 8, 8, 0, 8, 0, 0, 0, 2, 1, 2, 1, 1);
}

static void test_codes_must_be_of_their_lists(void)
{
    FAILS(cast, 2, 2, 0, 4, 0, 2, 2, -1);
    FAILS(cast, 2, 2, 0, 4, 0, 2, 2, INT64_MIN);
    FAILS(cast, 2, 2, 0, 4, 0, 2, 2, FG_OTHER);
    FAILS(cast, 2, 2, 0, 4, 0, 2, 2, FG_N_DTYPES);
    FAILS(cast, 2, 2, 0, 4, 0, 2, 2, ((int64_t)1 << 32) + FG_D_int8);
    PASSES(reduce, 1, 2, 0, 4, 0, 2, FG_R_sum, 0, 1, 2, 1);
    FAILS(reduce, 1, 2, 0, 4, 0, 2, -1, 0, 1, 2, 1);
    FAILS(reduce, 1, 2, 0, 4, 0, 2, FG_N_REDUCTIONS, 0, 1, 2, 1);
    FAILS(reduce, 1, 2, 0, 4, 0, 2, (int64_t)1 << 32, 0, 1, 2, 1);
    PASSES(scatter_set, 2, 2, 2, 6, 0, 2, 4, 2, 2, 1);
    FAILS(scatter_set, 2, 2, 2, 6, 0, 2, 4, 2, 2, 2);
    FAILS(scatter_set, 2, 2, 2, 6, 0, 2, 4, 2, 2, -1);
    FAILS(scatter_set, 2, 0, 2, 6, 0, 2, 4, 2, 2, 0);
    PASSES(scatter_set, 2, 0, 0, 6, 0, 2, 4, 0, 2, 0);
    PASSES(scan, 2, 2, 0, 4, 0, 2, FG_N_SCANS - 1, 1, 2, 1);
    FAILS(scan, 2, 2, 0, 4, 0, 2, FG_N_SCANS, 1, 2, 1);
    FAILS(scan, 2, 2, 0, 4, 0, 2, -1, 1, 2, 1);
    PASSES(recurrence, 2, 2, 2, 6, 0, 2, 4, 1, 2, 1);
    FAILS(recurrence, 2, 2, 1, 6, 0, 2, 4, 1, 2, 1);
}

static void test_the_largest_of_nothing_is_refused(void)
{
    for (int how = 0; how < FG_N_REDUCTIONS; ++how) {
        const int64_t p[] = {0, 1, how, 1, 1, 0, 1, 0, 1}, none[] = {0, 1, how, 1, 0, 0, 1, 0, 1};
        CHECK_COUNT(check(FG_K_reduce, 9, p, 1, 0, 0, 1), needs_an_item(how) ? FG_E_FORMAT : FG_OK);
        CHECK_COUNT(check(FG_K_reduce, 9, none, 0, 0, 0, 1), FG_OK); /* not even one of it */
    }
}

static void test_strides_must_stay_inside(void)
{
    PASSES(copy, 3, 5, 0, 8, 0, 3, 0, 0, 1, 3, 1, 2);
    FAILS(copy, 3, 4, 0, 8, 0, 3, 0, 0, 1, 3, 1, 2);
    PASSES(copy, 3, 5, 0, 8, 0, 3, 2, 4, 1, 3, -1, -2);
    FAILS(copy, 3, 5, 0, 8, 0, 3, 1, 4, 1, 3, -1, -2);
    FAILS(copy, 3, 5, 0, 8, 0, 3, 2, 3, 1, 3, -1, -2);
    PASSES(copy, 3, 1, 0, 8, 0, 3, 0, 0, 1, 3, 1, 0);
    FAILS(copy, 3, 5, 0, 8, 0, 3, 0, 0, 1, 3, 1, INT64_MAX);
    FAILS(copy, 3, 5, 0, 8, 0, 3, 0, 0, 1, 3, 1, INT64_MIN);
    FAILS(copy, 3, 5, 0, 8, 0, 3, 0, INT64_MAX, 1, 3, 1, 1);
    FAILS(copy, 3, 5, 0, 8, 0, 3, 0, INT64_MIN, 1, 3, 1, -1);
    FAILS(copy, 3, 5, 0, 8, 0, 3, 0, 0, 1, INT64_MAX, 1, 0);
    FAILS(copy, 3, 5, 0, 8, 0, 3, 0, 0, 1, -3, 1, 1);
    PASSES(copy, 3, 5, 0, 8, 0, 3, 0, 0, 2, 3, 1, 1, INT64_MIN, 1, INT64_MAX);  /* one item */
    PASSES(copy, 3, 5, 0, 8, 0, 3, -9, 0, 2, 0, INT64_MAX, 1, INT64_MIN, 1, 9); /* none */
    FAILS(copy, 3, 5, 0, 8, 0, 3, 0, 0, 2, INT64_MAX, 2, 1, 0, 0, 0);
    FAILS(copy, 3, 5, 0, 8, 0, 3, 0, 0, 1, 3, 0, 1); /* all into one */
    FAILS(reduce, 1, 2, 0, 4, 0, 2, FG_R_sum, 0, 1, 2, -1);
    FAILS(reduce, 1, 2, 0, 4, 0, 2, FG_R_sum, 0, 1, 2, 2);
    FAILS(matmul, 2, 1, 1, 9, 0, 2, 3, 1, 1, 1, 1, 1, 1, 1, 1, 2, 1, 0);
    PASSES(matmul, 2, 2, 1, 9, 0, 2, 4, 1, 1, 1, 1, 1, 1, 1, 1, 2, 1, 0);
    FAILS(matmul, 2, 2, 1, 9, 0, 2, 4, 1, 1, 1, 1, 1, 1, 1, 1, 2, INT64_MAX, 0);
    PASSES(matmul, 6, 6, 4, 99, 0, 9, 20, 3, 2, 2, 2, 1, 2, 1, 0); /* rows and columns */
    FAILS(matmul, 6, 5, 4, 99, 0, 9, 20, 3, 2, 2, 2, 1, 2, 1, 0);
    FAILS(matmul, 6, 6, 3, 99, 0, 9, 20, 3, 2, 2, 2, 1, 2, 1, 0);
    FAILS(matmul, 5, 6, 4, 99, 0, 9, 20, 3, 2, 2, 2, 1, 2, 1, 0);
    PASSES(matmul, 6, 2, 1, 99, 0, 9, 20, 3, 2, 2, 0, 1, 0, 0, 0); /* one row, one item, repeated */
    FAILS(matmul, 6, 6, 4, 99, 0, 9, 20, 3, 2, 2, -2, 1, 2, 1, 0);
    FAILS(matmul, 6, 6, 4, 99, 0, 9, 20, 3, 2, 2, 2, INT64_MAX, 2, 1, 0);
    PASSES(matmul, 6, 0, 0, 99, 0, 9, 20, 3, 0, 2, 9, 9, 9, 9, 0); /* reads nothing */
    FAILS(matmul, 6, 9, 9, 99, 0, 9, 20, 3, -1, 2, 1, 1, 1, 1, 0);
}

static void test_sizes_whose_product_overflows_are_refused(void)
{
    const int64_t big = (int64_t)1 << 32;
    FAILS(scan, 0, 0, 0, 0, 0, 0, 0, big, big, 1);
    FAILS(scan, 0, 0, 0, 0, 0, 0, 0, big, INT64_MAX, big);
    PASSES(scan, 0, 0, 0, 0, 0, 0, 0, big, 0, big);
    FAILS(scan, 0, 0, 0, 0, 0, 0, 0, big, 0, -1);
    FAILS(argsort, 1, 1, 0, 2, 0, 1, -1, -1, 1);
    FAILS(matmul, 0, 0, 0, 0, 0, 0, 0, big, big, big, 0, 0, 0, 0, 0);
    PASSES(matmul, 0, 0, 0, 0, 0, 0, 0, 0, big, 0, 0, 0, 0, 0, 0);
    FAILS(matmul, 0, 0, 0, 0, 0, 0, 0, 1, 0, big, 0, 0, 0, 0, 1, big, 0, 0);
    FAILS(fill, 3, 0, 0, 3, 0, INT64_MAX, INT64_MAX, 0);
    FAILS(fill, 3, 0, 0, 3, 0, 1, 3, 0);
    FAILS(fill, 3, 0, 0, 3, 0, -1, 2, 0);
    FAILS(reduce, 1, 1, 0, 2, 0, 1, FG_R_sum, 0, 2, big, big, 0, 0);
    FAILS(reduce, 1, 1, 0, 2, 0, 1, FG_R_sum, 0, 1, big * 1000, 0); /* days of work */
}

static void test_too_many_axes_are_refused(void)
{
    int64_t p[5 + 3 * 65] = {0, 1, 0, 0, 64}, q[5 + 2 * 65] = {0, 1, FG_R_sum, 0, 64};
    int64_t r[11 + 3 * 65] = {0, 1, 2, 1, 1, 1, 1, 1, 1, 1, 64};
    for (size_t k = 5; k < N(p); ++k) p[k] = 1;
    for (size_t k = 5; k < N(q); ++k) q[k] = 1;
    for (size_t k = 11; k < N(r); ++k) r[k] = 1;
    CHECK_COUNT(check(FG_K_copy, 5 + 3 * 64, p, 1, 1, 0, 2), FG_OK);
    CHECK_COUNT(check(FG_K_reduce, 5 + 2 * 64, q, 1, 1, 0, 2), FG_OK);
    CHECK_COUNT(check(FG_K_matmul, 11 + 3 * 64, r, 1, 1, 1, 3), FG_OK);
    p[4] = q[4] = r[10] = 65;
    CHECK_COUNT(check(FG_K_copy, 5 + 3 * 65, p, 1, 1, 0, 2), FG_E_FORMAT);
    CHECK_COUNT(check(FG_K_reduce, 5 + 2 * 65, q, 1, 1, 0, 2), FG_E_FORMAT);
    CHECK_COUNT(check(FG_K_matmul, 11 + 3 * 65, r, 1, 1, 1, 3), FG_E_FORMAT);
    p[4] = q[4] = r[10] = INT64_MAX;
    CHECK_COUNT(check(FG_K_copy, 5 + 3 * 65, p, 1, 1, 0, 2), FG_E_FORMAT);
    CHECK_COUNT(check(FG_K_reduce, 5 + 2 * 65, q, 1, 1, 0, 2), FG_E_FORMAT);
    CHECK_COUNT(check(FG_K_matmul, 11 + 3 * 65, r, 1, 1, 1, 3), FG_E_FORMAT);
    q[3] = INT64_MIN;
    CHECK_COUNT(check(FG_K_reduce, 5 + 2 * 65, q, 1, 1, 0, 2), FG_E_FORMAT);
}

static void test_slots_must_lie_in_the_workspace(void)
{
    PASSES(pack, 2, 0, 0, 4, 0, 2, 3, 0);
    FAILS(pack, 2, 0, 0, 4, 0, 2, 4, 0);
    FAILS(pack, 2, 0, 0, 4, 0, 2, 0, -1);
    FAILS(pack, 2, 0, 0, 4, 0, 2, INT64_MIN, 1);
    FAILS(pack, 1, 0, 0, 4, 0, 2, 0, 1);
    FAILS(pack, 2, 0, 0, 4, 0, -1);
}

/* ----- what passes may run ----- */

static int64_t odd_number(int64_t near)
{
    switch (draw_below(6)) {
    case 0:
        return (int64_t)((uint64_t)near + 1u);
    case 1:
        return (int64_t)((uint64_t)near - 1u);
    case 2:
        return (int64_t)(0u - (uint64_t)near);
    case 3:
        return (int64_t)draw_below(9) - 2;
    case 4:
        return (int64_t)(draw_bits() >> draw_below(64));
    default:
        near = (int64_t)draw_below(3);
        return draw_below(2) ? INT64_MAX - near : INT64_MIN + near;
    }
}

/* Work may be long although memory is small: items with steps of 0 are read again and again. */
static int is_long(const step *s)
{
    return fg__struct_work(s->kernel, s->p) > 1e7;
}

/* A run may change the result and nothing else; the sanitizer watches the ends of the workspace. */
static void check_run_of(step *s)
{
    const size_t bytes = s->n_w * sizeof(double), dst = (size_t)s->p[0];
    double *before = malloc(bytes + 1);
    memcpy(before, s->w, bytes);
    (void)step_run(s);
    memcpy(before + dst, s->w + dst, s->extent[0] * sizeof(double));
    step_forget_work(s, before);
    CHECK(memcmp(before, s->w, bytes) == 0);
    free(before);
}

static void test_what_passes_stays_inside_whatever_its_numbers_are(void)
{
    long n_passed = 0, n_failed = 0;
    draw_seed(7);
    for (int k = 0; k < 60000; ++k) {
        step s;
        draw_step(&s, k % FG_N_KERNELS);
        for (size_t changes = 1 + draw_below(3); changes > 0; --changes) {
            int64_t *number = &s.p[draw_below(s.n_p)];
            *number = odd_number(*number);
        }
        const fg_status status = step_check(&s);
        CHECK(status == FG_OK || status == FG_E_FORMAT);
        ++*(status == FG_OK ? &n_passed : &n_failed);
        if (status == FG_OK && !is_long(&s)) {
            check_run_of(&s);
        }
        step_free(&s);
    }
    CHECK(n_passed > 3000 && n_failed > 3000);
}

static void test_numbers_out_of_nowhere_never_pass_wrongly(void)
{
    draw_seed(8);
    for (int k = 0; k < 60000; ++k) {
        step s;
        draw_step(&s, k % FG_N_KERNELS);
        for (size_t m = (size_t)fg_struct_info(s.kernel)->n_operands + 1; m < s.n_p; ++m) {
            s.p[m] = draw_below(3) ? (int64_t)draw_below(5) - 1 : odd_number(s.p[m]);
        }
        if (step_check(&s) == FG_OK && !is_long(&s)) {
            check_run_of(&s);
        }
        step_free(&s);
    }
}

int main(void)
{
    RUN(test_what_is_no_kernel_is_refused);
    RUN(test_a_step_needs_all_of_its_numbers_and_no_more);
    RUN(test_arrays_must_lie_in_the_workspace);
    RUN(test_results_must_not_overlap_what_is_read);
    RUN(test_codes_must_be_of_their_lists);
    RUN(test_the_largest_of_nothing_is_refused);
    RUN(test_strides_must_stay_inside);
    RUN(test_sizes_whose_product_overflows_are_refused);
    RUN(test_too_many_axes_are_refused);
    RUN(test_slots_must_lie_in_the_workspace);
    RUN(test_what_passes_stays_inside_whatever_its_numbers_are);
    RUN(test_numbers_out_of_nowhere_never_pass_wrongly);
    return REPORT();
}
