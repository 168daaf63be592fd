/* test_struct.c -- kernels of structural ops against their definitions. */
#include "step_model.h"
#include <float.h>

enum { DRAWS = 400 };

static void test_lists_name_each_code_and_end(void)
{
    for (int k = 0; k < FG_N_KERNELS; ++k) {
        CHECK(fg_struct_info(k) && fg_struct_info(k)->name[0] && fg_struct_info(k)->doc[0] == '[');
    }
    for (int k = 0; k < FG_N_REDUCTIONS; ++k) {
        CHECK(fg_struct_reduction(k) && fg_struct_reduction(k)[0]);
    }
    for (int k = 0; k < FG_N_SCANS; ++k) {
        CHECK(fg_struct_scan(k) && fg_struct_scan(k)[0]);
    }
    CHECK(!fg_struct_scan(-1) && !fg_struct_scan(FG_N_SCANS));
    CHECK(!fg_struct_info(-1) && !fg_struct_info(FG_N_KERNELS));
    CHECK(!fg_struct_reduction(-1) && !fg_struct_reduction(FG_N_REDUCTIONS));
    CHECK(!fg_struct_dtype(-1) && !fg_struct_dtype(FG_OTHER) && !fg_struct_dtype(FG_N_DTYPES));
    CHECK(!strcmp(fg_struct_info(FG_K_matmul)->name, "matmul"));
    CHECK(!strcmp(fg_struct_reduction(FG_R_argmin), "argmin"));
    CHECK(!strcmp(fg_struct_dtype(FG_D_uint64)->name, "uint64"));
    CHECK(fg_struct_run(-1, NULL, NULL, NULL) == FG_E_FORMAT);
    CHECK(fg_struct_run(FG_N_KERNELS, NULL, NULL, NULL) == FG_E_FORMAT);
}

static void test_without_lapack_a_solver_says_so(void)
{
    static const int solvers[] = {
#define FG_KERNEL(name, n_operands, doc)
#define FG_SOLVER(name, n_operands, doc) FG_K_##name,
#include "fg_struct.def"
    };
    const int64_t p[9] = {0, 0, 1, 1, 1, 1, 0, 0, 0};
    const fg_blas nothing = {0};
    double w[64] = {0.0};
    float single[64] = {0.0f};
    for (size_t k = 0; k < sizeof solvers / sizeof *solvers; ++k) {
        CHECK_COUNT(fg_struct_run(solvers[k], p, w, NULL), FG_E_LAPACK);
        CHECK_COUNT(fg_struct_run(solvers[k], p, w, &nothing), FG_E_LAPACK);
        CHECK_COUNT(fg_struct_run_single(solvers[k], p, single, NULL), FG_E_LAPACK);
        CHECK_COUNT(fg_struct_run_single(solvers[k], p, single, &nothing), FG_E_LAPACK);
    }
}

/* ----- random steps ----- */

/* Puts what is easy to get wrong into an operand: ties, zeros of both signs, infinities, NaN. */
static void spoil(step *s, int operand)
{
    static const double odd[] = {0.0, -0.0, 1.0, INFINITY, -INFINITY, NAN};
    const size_t n = s->extent[operand], how = draw_below(4);
    double *x = step_items(s, operand);
    for (size_t k = 0; k < n && how == 1; ++k) {
        x[k] = rint(x[k]);
    }
    for (size_t k = 0; n > 0 && k < n / 8 + 1 && how == 2; ++k) {
        x[draw_below(n)] = odd[draw_below(6)];
    }
    for (size_t k = 0; k < n && how == 3; ++k) {
        x[k] = odd[draw_below(draw_below(2) ? 2 : 5)];
    }
}

/* Runs a step and its model; what is not the result must be as before. */
static void compare(step *s, double apart)
{
    const size_t bytes = s->n_w * sizeof(double), n_dst = s->extent[0];
    double *before = malloc(bytes + 1), *model = malloc(bytes + 1);
    memcpy(before, s->w, bytes);
    memcpy(model, s->w, bytes);
    CHECK_COUNT(step_check(s), FG_OK);
    model_run(s->kernel, s->p, model);
    CHECK_COUNT(step_run(s), FG_OK);
    const size_t dst = (size_t)s->p[0];
    for (size_t k = 0; k < n_dst; ++k) {
        CHECK_NEAR(s->w[dst + k], model[dst + k], apart);
    }
    memcpy(before + dst, s->w + dst, n_dst * sizeof(double));
    step_forget_work(s, before);
    CHECK(memcmp(before, s->w, bytes) == 0);
    free(before);
    free(model);
}

static void compare_draws(int kernel, double apart)
{
    draw_seed((uint64_t)kernel + 10);
    for (int k = 0; k < DRAWS; ++k) {
        step s;
        draw_step(&s, kernel);
        if (kernel != FG_K_cast && kernel != FG_K_fft) { /* a sum spreads what is odd */
            for (int which = 1; which <= fg_struct_info(kernel)->n_operands; ++which) {
                if (which == 1 || kernel == FG_K_matmul || kernel == FG_K_recurrence) {
                    spoil(&s, which);
                }
            }
        }
        compare(&s, apart);
        step_free(&s);
    }
}

static void test_fill_writes_the_bits_it_is_given(void)
{
    compare_draws(FG_K_fill, 0.0);
}

static void test_copy_takes_each_item_where_the_strides_say(void)
{
    compare_draws(FG_K_copy, -1.0);
}

static void test_cast_rounds_as_the_dtype_does(void)
{
    compare_draws(FG_K_cast, -1.0);
}

static void test_gather_reads_where_the_indices_say(void)
{
    compare_draws(FG_K_gather, -1.0);
}

static void test_scatter_add_counts_repeated_indices(void)
{
    compare_draws(FG_K_scatter_add, 0.0);
}

static void test_the_last_of_repeated_indices_sets(void)
{
    compare_draws(FG_K_scatter_set, -1.0);
}

static void test_scan_joins_in_order(void)
{
    compare_draws(FG_K_scan, -1.0);
}

static void test_recurrence_weights_what_came_before(void)
{
    compare_draws(FG_K_recurrence, 0.0);
}

static void test_a_weight_beside_zero_counts_for_nothing(void)
{
    double w[] = {9, 9, 9, 0, 2, 3, NAN, INFINITY, 5};
    const int64_t p[] = {0, 3, 6, 1, 3, 1};
    CHECK(fg_struct_run(FG_K_recurrence, p, w, NULL) == FG_OK);
    CHECK(w[0] == 0 && w[1] == 2 && w[2] == 13);
}

static void test_argsort_is_stable_and_puts_nan_last(void)
{
    compare_draws(FG_K_argsort, -1.0);
}

static void test_matmul_adds_the_products_of_rows_and_columns(void)
{
    compare_draws(FG_K_matmul, 1e-12);
}

static void test_fft_adds_what_is_turned(void)
{
    compare_draws(FG_K_fft, 1e-12);
}

static void test_pack_takes_single_items_from_anywhere(void)
{
    compare_draws(FG_K_pack, -1.0);
}

static void test_each_reduction_is_that_of_the_items_over_any_axes(void)
{
    for (int how = 0; how < FG_N_REDUCTIONS; ++how) {
        draw_seed((uint64_t)how + 40);
        for (int k = 0; k < DRAWS; ++k) {
            step s;
            draw_reduce(&s, how);
            spoil(&s, 1);
            compare(&s, how == FG_R_sum || how == FG_R_norm || how == FG_R_logsumexp ? 1e-12 : 0.0);
            step_free(&s);
        }
    }
}

/* ----- rounding ----- */

/* A reduction of a matrix along its rows, or along its columns. */
static void begin_matrix(step *s, int how, int64_t rows, int64_t columns, int along_rows)
{
    const int64_t n = along_rows ? rows : columns, n_red = along_rows ? columns : rows;
    step_begin(s, FG_K_reduce, (size_t)n, (size_t)(rows * columns), 0);
    const int64_t numbers[] = {
        how, 1, n, along_rows ? columns : 1, 1, n_red, along_rows ? 1 : columns};
    step_add_all(s, 7, numbers);
}

static void test_rounding_errors_of_sums_do_not_grow_with_the_length(void)
{
    for (int along_rows = 0; along_rows < 2; ++along_rows) {
        const int64_t n = 200000, m = 5;
        step s;
        begin_matrix(&s, FG_R_sum, along_rows ? m : n, along_rows ? n : m, along_rows);
        for (int64_t k = 0; k < n * m; ++k) {
            step_items(&s, 1)[k] = 0.1;
        }
        CHECK_COUNT(step_check(&s), FG_OK);
        CHECK_COUNT(step_run(&s), FG_OK);
        for (int64_t k = 0; k < m; ++k) { /* one after the other: 4e-9 */
            CHECK_NEAR(step_items(&s, 0)[k], 20000.0, 2e-11);
        }
        step_free(&s);
    }
}

static void test_a_sum_of_negative_zeros_is_one(void)
{
    for (int along_rows = 0; along_rows < 2; ++along_rows) {
        step s;
        begin_matrix(&s, FG_R_sum, along_rows ? 6 : 300, along_rows ? 300 : 6, along_rows);
        for (int k = 0; k < 1800; ++k) {
            step_items(&s, 1)[k] = -0.0;
        }
        CHECK_COUNT(step_run(&s), FG_OK);
        for (int k = 0; k < 6; ++k) {
            CHECK_SAME(step_items(&s, 0)[k], -0.0);
        }
        step_free(&s);
    }
}

static void test_the_norm_of_what_has_no_square_is_right(void)
{
    static const double scales[] = {1e-320, 1e-200, 1e-150, 1.0, 1e150, 1e200, 1e307};
    for (int along_rows = 0; along_rows < 2; ++along_rows) {
        step s; /* each row, or column, has a scale of its own */
        begin_matrix(&s, FG_R_norm, along_rows ? 7 : 2, along_rows ? 2 : 7, along_rows);
        double *x = step_items(&s, 1);
        for (int k = 0; k < 7; ++k) {
            x[along_rows ? 2 * k : k] = 3.0 * scales[k];
            x[along_rows ? 2 * k + 1 : 7 + k] = -4.0 * scales[k];
        }
        CHECK_COUNT(step_run(&s), FG_OK);
        for (int k = 0; k < 7; ++k) {
            const double want = 5.0 * scales[k];
            CHECK_NEAR(step_items(&s, 0)[k], want, want * 1e-15 + (k ? 0.0 : 1e-322));
        }
        step_free(&s);
    }
}

static void test_logsumexp_keeps_the_small_digits_of_what_dominates(void)
{
    step s;
    begin_matrix(&s, FG_R_logsumexp, 1, 3, 1);
    const double x[] = {0.0, -40.0, -INFINITY};
    memcpy(step_items(&s, 1), x, sizeof x);
    CHECK_COUNT(step_run(&s), FG_OK);
    CHECK_NEAR(step_items(&s, 0)[0], 4.248354255291589e-18, 1e-32);
    step_free(&s);
}

static void test_large_products_are_those_of_their_blocks(void)
{
    for (int transposed = 0; transposed < 4; ++transposed) {
        step s;
        step_begin(&s, FG_K_matmul, 150 * 75, 150 * 300, 300 * 75);
        const int ta = transposed & 1, tb = transposed / 2;
        const int64_t numbers[] = {150,          300,         75,           ta ? 1 : 300,
                                   ta ? 150 : 1, tb ? 1 : 75, tb ? 300 : 1, 0};
        step_add_all(&s, 8, numbers);
        compare(&s, 1e-11);
        step_free(&s);
    }
}

/* ----- sorting ----- */

enum { N_SORTED = 2000 };

/* Makes the median of the first, the middle and the last item a bad one, again and again. */
static double killer(int k)
{
    const int half = N_SORTED / 2;
    if (k >= half) {
        return 2 * (k - half + 1);
    }
    return k % 2 == 0 ? k + 1 : half + k;
}

static double pattern(int which, int k)
{
    switch (which) {
    case 0:
        return k;
    case 1:
        return -k;
    case 2:
        return 0.0;
    case 3:
        return k < N_SORTED / 2 ? k : N_SORTED - k;
    case 4:
        return k % 7;
    case 5:
        return k % 3 ? (double)NAN : (double)(k % 2);
    case 6:
        return killer(k);
    case 7:
        return k == N_SORTED - 1 ? -1.0 : k;
    default:
        return draw_between(-1.0, 1.0);
    }
}

static void test_lines_of_any_pattern_are_sorted(void)
{
    for (int which = 0; which < 9; ++which) {
        for (int64_t inner = 1; inner < 4; inner += 2) {
            step s;
            step_begin(&s, FG_K_argsort, (size_t)(N_SORTED * inner), (size_t)(N_SORTED * inner), 0);
            const int64_t numbers[] = {1, N_SORTED, inner};
            step_add_all(&s, 3, numbers);
            for (int64_t k = 0; k < N_SORTED * inner; ++k) {
                step_items(&s, 1)[k] = pattern(which, (int)(k / inner));
            }
            compare(&s, 0.0);
            step_free(&s);
        }
    }
}

/* ----- failures ----- */

static void test_an_index_that_is_no_position_is_refused(void)
{
    static const int kernels[] = {FG_K_gather, FG_K_scatter_add, FG_K_scatter_set};
    static const double bad[] = {-1.0,     5.0,       0.5, 1e300,     -1e300,
                                 INFINITY, -INFINITY, NAN, 4.0 + 1e-9};
    for (int k = 0; k < 3; ++k) {
        for (int m = 0; m < 9; ++m) {
            step s;
            step_begin(&s, kernels[k], 5, 5, 5);
            step_add(&s, 5);
            step_add(&s, 5);
            if (kernels[k] == FG_K_scatter_set) {
                step_add(&s, 1);
            }
            const double index[] = {0.0, -0.0, 4.0, bad[m], 2.0};
            memcpy(step_items(&s, 2), index, sizeof index);
            CHECK_COUNT(step_check(&s), FG_OK);
            CHECK_COUNT(step_run(&s), FG_E_INDEX);
            step_items(&s, 2)[3] = 3.0;
            CHECK_COUNT(step_run(&s), FG_OK);
            step_free(&s);
        }
    }
}

static fg_status cast_one(double x, int dtype, double *result)
{
    double w[] = {7.0, x};
    const int64_t p[] = {0, 1, 1, dtype};
    const fg_status status = fg_struct_run(FG_K_cast, p, w, NULL);
    *result = w[0];
    return status;
}

static void test_a_cast_holds_the_ends_of_the_range_and_no_more(void)
{
    double to;
    for (int dtype = FG_D_int8; dtype < FG_N_DTYPES; ++dtype) {
        const double lo = fg_struct_dtype(dtype)->lo, hi = fg_struct_dtype(dtype)->hi;
        CHECK(cast_one(lo, dtype, &to) == FG_OK && to == lo);
        CHECK(cast_one(hi, dtype, &to) == FG_OK && to == hi);
        CHECK(cast_one(nextafter(hi, 0.0), dtype, &to) == FG_OK && to <= hi && to >= hi - 2048.0);
        const double above = hi < 0x1p53 ? hi + 1.0 : nextafter(hi, INFINITY);
        const double below = lo > -0x1p53 ? lo - 1.0 : nextafter(lo, -INFINITY);
        CHECK_COUNT(cast_one(above, dtype, &to), FG_E_RANGE);
        CHECK_COUNT(cast_one(below, dtype, &to), FG_E_RANGE);
        CHECK_COUNT(cast_one(NAN, dtype, &to), FG_E_RANGE);
        CHECK_COUNT(cast_one(INFINITY, dtype, &to), FG_E_RANGE);
        CHECK_COUNT(cast_one(-INFINITY, dtype, &to), FG_E_RANGE);
        CHECK_COUNT(cast_one(-0.75, dtype, &to), FG_OK);
        CHECK_SAME(to, 0.0);
    }
    CHECK(fg_struct_dtype(FG_D_int8)->lo == -128.0 && fg_struct_dtype(FG_D_uint16)->hi == 65535.0);
    CHECK(fg_struct_dtype(FG_D_int64)->hi == 0x1p53); /* beyond it a double skips integers */
    CHECK(fg_struct_dtype(FG_D_uint64)->hi == 0x1p53);
}

static void test_a_cast_may_be_in_place(void)
{
    for (int dtype = 0; dtype < FG_N_DTYPES; ++dtype) {
        double w[9], model[9];
        const int64_t p[] = {0, 0, 9, dtype}, apart[] = {0, 9, 9, dtype};
        for (int k = 0; k < 9 && fg_struct_dtype(dtype); ++k) {
            w[k] = 0.3 * k;
            model[k] = model_cast(w[k], dtype);
        }
        if (fg_struct_dtype(dtype)) {
            const size_t extent[] = {9, 9};
            CHECK_COUNT(fg_struct_check(FG_K_cast, 4, p, extent, 9), FG_OK);
            CHECK_COUNT(fg_struct_check(FG_K_cast, 4, apart, extent, 9), FG_E_FORMAT);
            CHECK_COUNT(fg_struct_run(FG_K_cast, p, w, NULL), FG_OK);
            CHECK(memcmp(w, model, sizeof w) == 0);
        }
    }
}

static void test_other_casts_take_any_number(void)
{
    double to;
    CHECK(cast_one(NAN, FG_D_bool, &to) == FG_OK && to == 1.0);
    CHECK(cast_one(-0.0, FG_D_bool, &to) == FG_OK && to == 0.0);
    CHECK(cast_one(0.1, FG_D_float32, &to) == FG_OK && to == (double)0.1f);
    CHECK(cast_one(1e300, FG_D_float32, &to) == FG_OK && to == INFINITY);
    CHECK(cast_one(-INFINITY, FG_D_float64, &to) == FG_OK && to == -INFINITY);
}

int main(void)
{
    RUN(test_lists_name_each_code_and_end);
    RUN(test_fill_writes_the_bits_it_is_given);
    RUN(test_without_lapack_a_solver_says_so);
    RUN(test_copy_takes_each_item_where_the_strides_say);
    RUN(test_cast_rounds_as_the_dtype_does);
    RUN(test_gather_reads_where_the_indices_say);
    RUN(test_scatter_add_counts_repeated_indices);
    RUN(test_the_last_of_repeated_indices_sets);
    RUN(test_scan_joins_in_order);
    RUN(test_recurrence_weights_what_came_before);
    RUN(test_a_weight_beside_zero_counts_for_nothing);
    RUN(test_argsort_is_stable_and_puts_nan_last);
    RUN(test_matmul_adds_the_products_of_rows_and_columns);
    RUN(test_fft_adds_what_is_turned);
    RUN(test_pack_takes_single_items_from_anywhere);
    RUN(test_each_reduction_is_that_of_the_items_over_any_axes);
    RUN(test_rounding_errors_of_sums_do_not_grow_with_the_length);
    RUN(test_a_sum_of_negative_zeros_is_one);
    RUN(test_the_norm_of_what_has_no_square_is_right);
    RUN(test_logsumexp_keeps_the_small_digits_of_what_dominates);
    RUN(test_large_products_are_those_of_their_blocks);
    RUN(test_lines_of_any_pattern_are_sorted);
    RUN(test_an_index_that_is_no_position_is_refused);
    RUN(test_a_cast_holds_the_ends_of_the_range_and_no_more);
    RUN(test_a_cast_may_be_in_place);
    RUN(test_other_casts_take_any_number);
    return REPORT();
}
