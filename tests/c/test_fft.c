/* test_fft.c -- the kernel fft against sums of products, in long double. */
#include "ffts.h"
#include "steps.h"

enum { MOST_NUMBERS = 20000 };

typedef struct case_of {
    int64_t head[7]; /* kind, inverse, outer, between, n, inner, lanes */
    int64_t length;  /* of the convolution with a chirp, or 0 */
} case_of;

/* The largest error of a step, in units of the largest number of the result. */
static double error_of(const case_of *c)
{
    static int64_t p[MOST_NUMBERS];
    const int64_t n_p = 3 + fft_numbers(c->head, c->length, p + 3);
    fg__fft_step f;
    CHECK_COUNT(fg__fft_read(p + 3, &f), n_p - 3);
    const int64_t many = f.outer * f.between * f.inner;
    const size_t extent[] = {
        (size_t)(many * f.n_out * (f.kind == FG_FFT_HALF ? 1 : 2)),
        (size_t)(many * f.n_in * (f.kind == FG_FFT_REAL ? 1 : 2)),
        (size_t)fft_work(p + 3),
    };
    const size_t n_w = extent[0] + extent[1] + extent[2];
    p[0] = (int64_t)extent[1]; /* the source, the result, work */
    p[1] = 0;
    p[2] = (int64_t)(extent[0] + extent[1]);
    double *w = malloc(n_w * sizeof *w), *model = malloc(n_w * sizeof *w);
    for (size_t k = 0; k < n_w; ++k) {
        w[k] = draw_between(-1.0, 1.0);
    }
    memcpy(model, w, n_w * sizeof *w);
    CHECK_COUNT(fg_struct_check(FG_K_fft, (size_t)n_p, p, extent, n_w), FG_OK);
    CHECK_COUNT(fg_struct_check(FG_K_fft, (size_t)n_p - 1, p, extent, n_w), FG_E_FORMAT);
    CHECK_COUNT(fg_struct_run(FG_K_fft, p, w, NULL), FG_OK);
    model_fft(p, model);
    CHECK(memcmp(w, model, extent[1] * sizeof *w) == 0); /* the source is as it was */
    double worst = 0.0, largest = 0.0;
    for (size_t k = extent[1]; k < extent[1] + extent[0]; ++k) {
        worst = fmax(worst, fabs(w[k] - model[k]));
        largest = fmax(largest, fabs(model[k]));
    }
    free(w);
    free(model);
    return extent[0] ? worst / fmax(largest, 1e-300) : 0.0;
}

static int64_t largest_factor(int64_t n)
{
    int64_t largest = 1;
    for (int64_t r = 2; n > 1; ++r) {
        for (; n % r == 0; n /= r) {
            largest = r;
        }
    }
    return largest;
}

static void check_all_kinds(int64_t n, int64_t outer, int64_t between, int64_t inner, int64_t lanes,
                            int64_t length)
{
    for (int how = 0; how < 4; ++how) {
        const int64_t kind = how < 2 ? FG_FFT_COMPLEX : how == 2 ? FG_FFT_REAL : FG_FFT_HALF;
        const int64_t inverse = how == 1 || how == 3;
        const int64_t own = kind != FG_FFT_COMPLEX && n % 2 == 0 ? n / 2 : n;
        const case_of c = {{kind, inverse, outer, between, n, inner, lanes}, length};
        if (largest_factor(length ? length : own) <= FG_FFT_MOST) {
            CHECK(error_of(&c) <= 1e-15 * (2.0 + log2((double)n)));
        }
    }
}

static void test_each_length_is_a_sum_of_products(void)
{
    draw_seed(1);
    for (int64_t n = 1; n <= 128; ++n) {
        check_all_kinds(n, 1, 1, 1, 1, 0);
    }
    static const int64_t more[] = {243, 256, 343, 360, 500, 512, 625, 961, 1000, 1024};
    for (size_t k = 0; k < sizeof more / sizeof *more; ++k) {
        check_all_kinds(more[k], 1, 1, 1, 1, 0);
    }
}

static void test_a_length_may_be_a_convolution_with_a_chirp(void)
{
    draw_seed(2);
    for (int64_t n = 1; n <= 40; ++n) {
        for (int64_t length = 2 * n + 1; length < 2 * n + 4; ++length) {
            check_all_kinds(n, 1, 1, 1, 1, length);
        }
    }
    check_all_kinds(257, 1, 1, 1, 1, 540);
    check_all_kinds(101, 2, 3, 1, 2, 216);
}

static void test_transforms_may_stand_in_rows_and_columns(void)
{
    static const int64_t lengths[] = {1, 2, 3, 4, 8, 12, 15, 21};
    draw_seed(3);
    for (int k = 0; k < 300; ++k) {
        const int64_t n = lengths[draw_below(8)], outer = (int64_t)draw_below(4);
        const int64_t between = (int64_t)draw_below(4), inner = (int64_t)draw_below(12);
        const int64_t lanes = 1 + (int64_t)draw_below(9);
        check_all_kinds(n, outer, between, inner, lanes, draw_below(3) ? 0 : 2 * n + 6);
    }
}

static void test_an_impulse_is_exact(void)
{
    int64_t p[600] = {32, 0, 64};
    const int64_t head[] = {FG_FFT_COMPLEX, 0, 1, 1, 16, 1, 1};
    (void)fft_numbers(head, 0, p + 3);
    double w[64 + 4 * (16 + FG_FFT_GAP)] = {1.0};
    CHECK_COUNT(fg_struct_run(FG_K_fft, p, w, NULL), FG_OK);
    for (int k = 0; k < 16; ++k) {
        CHECK_SAME(w[32 + k], 1.0);
        CHECK_NEAR(w[48 + k], 0.0, 0.0);
    }
}

static void test_numbers_that_do_not_belong_together_are_refused(void)
{
    int64_t p[600] = {32, 0, 64};
    const int64_t head[] = {FG_FFT_COMPLEX, 0, 1, 1, 16, 1, 1};
    const size_t n_p = 3 + (size_t)fft_numbers(head, 0, p + 3), n_w = 64 + 4 * (16 + FG_FFT_GAP);
    const size_t extent[] = {32, 32, n_w - 64};
    static const struct {
        int at;
        int64_t number;
    } wrong[] = {{0, 16},   {2, 16},         {2, 63},        {3, 3},         {3, -1}, {4, 2},
                 {4, -1},   {5, 2},          {5, -1},        {6, INT64_MAX}, {7, 0},  {7, -16},
                 {7, 17},   {7, INT64_MAX},  {8, 3},         {8, INT64_MIN}, {9, 0},  {9, 2},
                 {9, -1},   {9, INT64_MAX},  {10, 8},        {10, 32},       {11, 1}, {11, 3},
                 {11, -1},  {11, INT64_MAX}, {12, 2},        {12, 0},        {12, 1}, {12, -4},
                 {12, 128}, {13, 8},         {12, INT64_MIN}};
    CHECK_COUNT(fg_struct_check(FG_K_fft, n_p, p, extent, n_w), FG_OK);
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; ++k) {
        const int64_t kept = p[wrong[k].at];
        p[wrong[k].at] = wrong[k].number;
        CHECK_COUNT(fg_struct_check(FG_K_fft, n_p, p, extent, n_w), FG_E_FORMAT);
        p[wrong[k].at] = kept;
    }
}

int main(void)
{
    RUN(test_each_length_is_a_sum_of_products);
    RUN(test_a_length_may_be_a_convolution_with_a_chirp);
    RUN(test_transforms_may_stand_in_rows_and_columns);
    RUN(test_an_impulse_is_exact);
    RUN(test_numbers_that_do_not_belong_together_are_refused);
    return REPORT();
}
