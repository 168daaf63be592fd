/* test_math.c -- the vector mathematics: special values, symmetry, order, and the same bits at any
 * width. How near the functions are is tests/accuracy.py's to say; here libm finds what is far off. */
#include "check.h"
#include "draw.h"
#include "fg_math.h"
#include "wide.h"

#define INF ((double)INFINITY)
#define NOT ((double)NAN)

static double sigmoid(double x)
{
    const double e = exp(-fabs(x));
    return (x < 0.0 ? e : 1.0) / (1.0 + e);
}

static double softplus(double x)
{
    return x > 0.0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

/* name, symmetry: 1 odd, 2 even; order: 1 rising, -1 falling; where tests look closely */
#define FUNCTIONS(F)            \
    F(exp, 0, 1, -750, 715)     \
    F(exp2, 0, 1, -1080, 1030)  \
    F(expm1, 0, 1, -45, 715)    \
    F(log, 0, 1, 0, 10)         \
    F(log2, 0, 1, 0, 10)        \
    F(log10, 0, 1, 0, 10)       \
    F(log1p, 0, 1, -1, 10)      \
    F(sin, 1, 0, -30, 30)       \
    F(cos, 2, 0, -30, 30)       \
    F(tan, 1, 0, -30, 30)       \
    F(asin, 1, 1, -1, 1)        \
    F(acos, 0, -1, -1, 1)       \
    F(atan, 1, 1, -10, 10)      \
    F(sinh, 1, 1, -715, 715)    \
    F(cosh, 2, 0, -715, 715)    \
    F(tanh, 1, 1, -25, 25)      \
    F(asinh, 1, 1, -100, 100)   \
    F(acosh, 0, 1, 1, 100)      \
    F(atanh, 1, 1, -1, 1)       \
    F(sigmoid, 0, 1, -750, 45)  \
    F(softplus, 0, 1, -750, 50) \
    F(erf, 1, 1, -7, 7)         \
    F(erfc, 0, -1, -7, 28)      \
    F(cbrt, 1, 1, -100, 100)

typedef double function(double x);
typedef void loop(size_t n, const double *x, double *to);

#define LOOP(head, prefix, name)                                      \
    head prefix##name(size_t n, const double *x, double *restrict to) \
    {                                                                 \
        for (size_t k = 0; k < n; ++k) {                              \
            to[k] = fg_math_##name(x[k]);                             \
        }                                                             \
    }
#define EACH(name, symmetry, order, low, high) \
    static double one_##name(double x)         \
    {                                          \
        return fg_math_##name(x);              \
    }                                          \
    LOOP(AVX2, avx2_, name)                    \
    LOOP(AVX512, avx512_, name)
FUNCTIONS(EACH)

static const struct {
    const char *name;
    function *f, *libm;
    loop *avx2, *avx512;
    int symmetry, order;
    double low, high;
} table[] = {
#define ROW(name, symmetry, order, low, high) \
    {#name, one_##name, name, avx2_##name, avx512_##name, symmetry, order, low, high},
    FUNCTIONS(ROW)};
enum { N_FUNCTIONS = sizeof table / sizeof *table, N_POINTS = 1031 };

/* One half in the range of row i, one over all numbers there are; angles stay within the limit. */
static double drawn(int i)
{
    double x = draw_between(table[i].low, table[i].high);
    if (draw_below(2)) {
        const uint64_t bits = draw_bits();
        memcpy(&x, &bits, sizeof x);
        const int angle = table[i].f == one_sin || table[i].f == one_cos || table[i].f == one_tan;
        x = angle && !(fabs(x) < FG_MATH_TRIG_MAX) ? draw_between(-1.0, 1.0) * FG_MATH_TRIG_MAX : x;
    }
    return x;
}

static void test_values_that_are_known(void)
{
    static const struct {
        function *f;
        double x, value;
    } cases[] = {
        {one_exp, 0.0, 1.0},
        {one_exp, -0.0, 1.0},
        {one_exp, INF, INF},
        {one_exp, -INF, 0.0},
        {one_exp, 0x1.62e42fefa39efp+9, 0x1.fffffffffff2ap+1023},
        {one_exp, 0x1.62e42fefa39f0p+9, INF},
        {one_exp, -0x1.74910d52d3051p+9, 0x1p-1074},
        {one_exp, -0x1.74910d52d3053p+9, 0.0},
        {one_expm1, INF, INF},
        {one_expm1, -INF, -1.0},
        {one_expm1, -0.0, -0.0},
        {one_expm1, 0x1p-1074, 0x1p-1074},
        {one_expm1, 0x1.62e42fefa39f0p+9, INF},
        {one_exp2, 1024.0, INF},
        {one_exp2, 1023.0, 0x1p1023},
        {one_exp2, -1074.0, 0x1p-1074},
        {one_exp2, -1075.0, 0.0},
        {one_exp2, 3.0, 8.0},
        {one_exp2, INF, INF},
        {one_exp2, -INF, 0.0},
        {one_log, 1.0, 0.0},
        {one_log, 0.0, -INF},
        {one_log, -0.0, -INF},
        {one_log, INF, INF},
        {one_log, -1.0, NOT},
        {one_log, -INF, NOT},
        {one_log2, 1.0, 0.0},
        {one_log2, 8.0, 3.0},
        {one_log2, 0x1p-1074, -1074.0},
        {one_log2, 0.0, -INF},
        {one_log2, INF, INF},
        {one_log10, 1.0, 0.0},
        {one_log10, 1000.0, 3.0},
        {one_log10, 1e22, 22.0},
        {one_log10, -1.0, NOT},
        {one_log10, INF, INF},
        {one_log1p, -0.0, -0.0},
        {one_log1p, -1.0, -INF},
        {one_log1p, -1.5, NOT},
        {one_log1p, INF, INF},
        {one_log1p, -INF, NOT},
        {one_log1p, 0x1p-1074, 0x1p-1074},
        {one_sin, -0.0, -0.0},
        {one_sin, 0x1p-1074, 0x1p-1074},
        {one_cos, 0.0, 1.0},
        {one_cos, -0.0, 1.0},
        {one_cos, 0x1p-1074, 1.0},
        {one_tan, -0.0, -0.0},
        {one_tan, 0x1p-1074, 0x1p-1074},
        {one_asin, -0.0, -0.0},
        {one_asin, 1.0, 0x1.921fb54442d18p+0},
        {one_asin, 1.0 + 0x1p-52, NOT},
        {one_acos, 1.0, 0.0},
        {one_acos, 0.0, 0x1.921fb54442d18p+0},
        {one_acos, -1.0, 0x1.921fb54442d18p+1},
        {one_acos, -INF, NOT},
        {one_atan, -0.0, -0.0},
        {one_atan, 1.0, 0x1.921fb54442d18p-1},
        {one_atan, INF, 0x1.921fb54442d18p+0},
        {one_sinh, -0.0, -0.0},
        {one_sinh, 0x1.633ce8fb9f87ep+9, INF},
        {one_sinh, -INF, -INF},
        {one_cosh, 0.0, 1.0},
        {one_cosh, 0x1.633ce8fb9f87ep+9, INF},
        {one_cosh, -INF, INF},
        {one_asinh, -0.0, -0.0},
        {one_asinh, -INF, -INF},
        {one_acosh, 1.0, 0.0},
        {one_acosh, 0.5, NOT},
        {one_acosh, INF, INF},
        {one_atanh, -0.0, -0.0},
        {one_atanh, 1.0, INF},
        {one_atanh, -1.5, NOT},
        {one_cbrt, -0.0, -0.0},
        {one_cbrt, 8.0, 2.0},
        {one_cbrt, -27.0, -3.0},
        {one_cbrt, 0x1p-1074, 0x1p-358},
        {one_cbrt, -INF, -INF},
        {one_tanh, -0.0, -0.0},
        {one_tanh, 0x1p-1074, 0x1p-1074},
        {one_tanh, INF, 1.0},
        {one_tanh, -INF, -1.0},
        {one_sigmoid, 0.0, 0.5},
        {one_sigmoid, -0.0, 0.5},
        {one_sigmoid, INF, 1.0},
        {one_sigmoid, -INF, 0.0},
        {one_softplus, INF, INF},
        {one_softplus, -INF, 0.0},
        {one_softplus, 1e300, 1e300},
        {one_softplus, 0.0, 0x1.62e42fefa39efp-1},
        {one_erf, -0.0, -0.0},
        {one_erf, INF, 1.0},
        {one_erf, -INF, -1.0},
        {one_erfc, 0.0, 1.0},
        {one_erfc, INF, 0.0},
        {one_erfc, -INF, 2.0},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; ++k) {
        CHECK_SAME(cases[k].f(cases[k].x), cases[k].value);
    }
    for (int i = 0; i < N_FUNCTIONS; ++i) {
        CHECK(isnan(table[i].f(NOT)) && isnan(table[i].f(-NOT)));
    }
}

static const double special[] = {
    0.0,  -0.0,  1.0,    -1.0, 2.0,  -2.0, 0.5,    -0.5,         1.5,       -1.5,       3.0,
    -3.0, 1e300, -1e300, INF,  -INF, NOT,  0x1p53, 0x1p53 - 1.0, 0x1p-1074, -0x1p-1074, 0x1p1023};
enum { N_SPECIAL = sizeof special / sizeof *special };

static void test_functions_of_two_bear_special_values_as_in_c(void)
{
    for (int i = 0; i < N_SPECIAL * N_SPECIAL; ++i) {
        const double x = special[i / N_SPECIAL], y = special[i % N_SPECIAL];
        const double power = pow(x, y), angle = atan2(x, y), length = hypot(x, y);
        /* small whole results exactly, the sign of zero too */
        const int exact = power == rint(power) && !(0x1p53 < fabs(power) && fabs(power) < INF);
        CHECK_NEAR(fg_math_pow(x, y), power, exact ? -1.0 : fabs(power) * 0x1p-52);
        CHECK_NEAR(fg_math_atan2(x, y), angle, angle == 0.0 ? -1.0 : fabs(angle) * 0x1p-52);
        CHECK_NEAR(fg_math_hypot(x, y), length, length * 0x1p-52);
    }
    for (int k = 1; k < 20; ++k) {
        CHECK_SAME(fg_math_pow(-k, 3.0), -(double)(k * k * k));
        CHECK_SAME(fg_math_pow((double)k * k, 0.5), (double)k);
        CHECK_SAME(fg_math_pow(k / 8.0, 2.0), k * k / 64.0);
        CHECK_SAME(fg_math_hypot(ldexp(3.0, 50 * k), ldexp(-4.0, 50 * k)), ldexp(5.0, 50 * k));
    }
}

static void test_angles_of_points_and_distances_are_near_those_of_libm(void)
{
    draw_seed(6);
    for (int k = 0; k < 20000; ++k) {
        const double x = ldexp(draw_between(-1.0, 1.0), (int)draw_below(1000) - 500);
        const double y = ldexp(draw_between(-1.0, 1.0), (int)draw_below(1000) - 500);
        const double close = x * draw_between(-3.0, 3.0);
        CHECK_NEAR(fg_math_atan2(x, y), atan2(x, y), 2.0 * fabs(atan2(x, y)) * 0x1p-52);
        CHECK_NEAR(fg_math_atan2(x, close), atan2(x, close), 2.0 * fabs(atan2(x, close)) * 0x1p-52);
        CHECK_NEAR(fg_math_hypot(x, close), hypot(x, close), hypot(x, close) * 0x1p-52);
    }
}

static void test_logaddexp_is_symmetric_and_bears_infinities(void)
{
    CHECK_SAME(fg_math_logaddexp(INF, INF), INF);
    CHECK_SAME(fg_math_logaddexp(-INF, -INF), -INF);
    CHECK_SAME(fg_math_logaddexp(INF, -INF), INF);
    CHECK_SAME(fg_math_logaddexp(-INF, 3.0), 3.0);
    CHECK_SAME(fg_math_logaddexp(3.0, NOT), NOT);
    CHECK_SAME(fg_math_logaddexp(NOT, 3.0), NOT);
    draw_seed(4);
    for (int k = 0; k < 2000; ++k) {
        const double x = draw_between(-50.0, 50.0), y = draw_between(-50.0, 50.0);
        CHECK_SAME(fg_math_logaddexp(x, y), fg_math_logaddexp(y, x));
        CHECK_SAME(fg_math_logaddexp(x, 0.0), fg_math_softplus(x));
        CHECK_NEAR(fg_math_logaddexp(x, y), fmax(x, y) + log1p(exp(-fabs(x - y))), 1e-14);
    }
}

static void test_odd_functions_are_odd_and_even_ones_even(void)
{
    draw_seed(1);
    for (int i = 0; i < N_FUNCTIONS; ++i) {
        for (int k = 0; k < N_POINTS && table[i].symmetry; ++k) {
            const double x = drawn(i), sign = table[i].symmetry == 1 ? -1.0 : 1.0;
            CHECK_SAME(table[i].f(-x), sign * table[i].f(x));
        }
    }
}

static void test_neighbours_keep_their_order(void)
{
    draw_seed(2);
    for (int i = 0; i < N_FUNCTIONS; ++i) {
        for (int k = 0; k < N_POINTS && table[i].order; ++k) {
            double x = drawn(i), v = table[i].f(x);
            for (int step = 0; step < 8 && x < INF; ++step) {
                const double next = nextafter(x, INF), after = table[i].f(next);
                CHECK(isnan(v) || (after - v) * table[i].order >= 0.0 || after == v);
                x = next, v = after;
            }
        }
    }
}

static void test_libm_is_not_far(void)
{
    draw_seed(3);
    for (int i = 0; i < N_FUNCTIONS; ++i) {
        for (int k = 0; k < N_POINTS; ++k) {
            const double x = drawn(i), v = table[i].libm(x);
            CHECK_NEAR(table[i].f(x), v, 4.0 * fabs(v) * 0x1p-52 + 0x1p-1074);
        }
    }
}

static void test_a_vector_of_any_width_holds_the_bits_of_a_scalar(void)
{
    static double x[N_POINTS], wide[N_POINTS];
    draw_seed(5);
    for (int i = 0; i < N_FUNCTIONS; ++i) {
        for (size_t k = 0; k < N_POINTS; ++k) {
            x[k] = drawn(i);
        }
        loop *const loops[] = {HAS_AVX2 ? table[i].avx2 : NULL,
                               HAS_AVX512 ? table[i].avx512 : NULL};
        for (int j = 0; j < 2; ++j) {
            for (size_t n = 1; loops[j] && n <= N_POINTS; n += n < 20 ? 1 : N_POINTS - 20) {
                loops[j](n, x, wide);
                for (size_t k = 0; k < n; ++k) {
                    CHECK_SAME(wide[k], table[i].f(x[k]));
                }
            }
        }
    }
}

/* Where x is next to a multiple of pi / 2, all digits of the result come from the third part of pi. */
static void test_multiples_of_a_right_angle_keep_their_digits(void)
{
    static const double right = 0x1.921fb54442d18p+0, rest = 0x1.1a62633145c07p-54;
    CHECK_SAME(fg_math_cos(right), rest);
    CHECK_SAME(fg_math_sin(2.0 * right), 2.0 * rest);
    CHECK_NEAR(fg_math_sin(0x1.8c2ad29fa72c8p+37), sin(0x1.8c2ad29fa72c8p+37), 0x1p-53);
    for (int k = 1; k < 40; ++k) {
        const double x = right * ldexp(1.0, k), v = sin(x);
        CHECK_NEAR(fg_math_sin(x), v, fabs(v) * 0x1p-52);
    }
}

int main(void)
{
    RUN(test_values_that_are_known);
    RUN(test_functions_of_two_bear_special_values_as_in_c);
    RUN(test_angles_of_points_and_distances_are_near_those_of_libm);
    RUN(test_logaddexp_is_symmetric_and_bears_infinities);
    RUN(test_odd_functions_are_odd_and_even_ones_even);
    RUN(test_neighbours_keep_their_order);
    RUN(test_libm_is_not_far);
    RUN(test_a_vector_of_any_width_holds_the_bits_of_a_scalar);
    RUN(test_multiples_of_a_right_angle_keep_their_digits);
    return REPORT();
}
