/* test_mathf.c -- the vector mathematics in float32: rounded right, and the same bits at any width. */
#include "check.h"
#include "draw.h"
#include "fg_mathf.h"
#include "wide.h"

static double sigmoid(double x)
{
    return 1.0 / (1.0 + exp(-x));
}

static double softplus(double x)
{
    return x > 0.0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

static double logaddexp(double x, double y)
{
    return x == y ? x + 0x1.62e42fefa39efp-1 : fmax(x, y) + log1p(exp(-fabs(x - y)));
}

/* name, whether it is odd, where tests look closely */
#define FUNCTIONS(F)         \
    F(exp, 0, -106, 90)      \
    F(exp2, 0, -152, 129)    \
    F(expm1, 0, -20, 90)     \
    F(log, 0, 0, 10)         \
    F(log2, 0, 0, 10)        \
    F(log10, 0, 0, 10)       \
    F(log1p, 0, -1, 10)      \
    F(sin, 1, -30, 30)       \
    F(cos, 0, -30, 30)       \
    F(tan, 1, -30, 30)       \
    F(asin, 1, -1, 1)        \
    F(acos, 0, -1, 1)        \
    F(atan, 1, -10, 10)      \
    F(sinh, 1, -90, 90)      \
    F(cosh, 0, -90, 90)      \
    F(tanh, 1, -12, 12)      \
    F(asinh, 1, -100, 100)   \
    F(acosh, 0, 1, 100)      \
    F(atanh, 1, -1, 1)       \
    F(sigmoid, 0, -106, 30)  \
    F(softplus, 0, -106, 50) \
    F(erf, 1, -5, 5)         \
    F(erfc, 0, -5, 11)       \
    F(cbrt, 1, -100, 100)
#define FUNCTIONS_OF_TWO(F) F(pow) F(atan2) F(hypot) F(logaddexp)

#define LOOP(head, prefix, name)                                    \
    head prefix##name(size_t n, const float *x, float *restrict to) \
    {                                                               \
        for (size_t k = 0; k < n; ++k) {                            \
            to[k] = fg_mathf_##name(x[k]);                          \
        }                                                           \
    }
#define EACH(name, odd, low, high)   \
    static float one_##name(float x) \
    {                                \
        return fg_mathf_##name(x);   \
    }                                \
    LOOP(AVX2, avx2_, name)          \
    LOOP(AVX512, avx512_, name)
FUNCTIONS(EACH)

typedef void loop(size_t n, const float *x, float *to);
static const struct {
    float (*f)(float x);
    double (*libm)(double x);
    loop *avx2, *avx512;
    int odd;
    double low, high;
} table[] = {
#define ROW(name, odd, low, high) {one_##name, name, avx2_##name, avx512_##name, odd, low, high},
    FUNCTIONS(ROW)};

#define ONE(name)                             \
    static float one_##name(float x, float y) \
    {                                         \
        return fg_mathf_##name(x, y);         \
    }
FUNCTIONS_OF_TWO(ONE)
static const struct {
    float (*f)(float x, float y);
    double (*libm)(double x, double y);
} table_of_two[] = {
#define ROW_OF_TWO(name) {one_##name, name},
    FUNCTIONS_OF_TWO(ROW_OF_TWO)};

enum {
    N_FUNCTIONS = sizeof table / sizeof *table,
    N_FUNCTIONS_OF_TWO = sizeof table_of_two / sizeof *table_of_two,
    N_POINTS = 2063
};

static const float special[] = {
    0.0f,      -0.0f,      1.0f,     -1.0f,    0.5f,       -0.5f,          2.0f,   -2.0f,
    3.0f,      -3.0f,      1.5f,     -1.5f,    8.0f,       0x1p24f,        1e-30f, -1e-30f,
    0x1p-149f, -0x1p-149f, 0x1p127f, -0x1p99f, INFINITY,   -INFINITY,      NAN,    0x1p23f,
    128.0f,    -149.0f,    -151.0f,  1000.0f,  88.722839f, 88.7228469848f, 0x1p39f};
enum { N_SPECIAL = sizeof special / sizeof *special };

/* One half in the range of row i, one over all numbers there are; angles stay within the limit. */
static float drawn(int i, int k)
{
    float x = k < N_SPECIAL ? special[k] : (float)draw_between(table[i].low, table[i].high);
    if (k >= N_SPECIAL && draw_below(2)) {
        const uint32_t bits = (uint32_t)draw_bits();
        memcpy(&x, &bits, sizeof x);
    }
    const int angle = table[i].f == one_sin || table[i].f == one_cos || table[i].f == one_tan;
    return angle && fabsf(x) > (float)FG_MATH_TRIG_MAX ? 1.0f : x;
}

/* Whether v is a, rounded, but for a hundredth of an ULP; zeros have the sign of a's. */
static int rounds(float v, double a)
{
    const float nearest = (float)a;
    if (isnan(a) || nearest == v) {
        return isnan(a) ? isnan(v) : v != 0.0f || signbit(v) == signbit(nearest);
    }
    const double ulp = fabs((double)v - nearest);
    return fabs(v - a) <= 0.51 * ulp && ulp <= fmax(fabs(a) * 0x1p-22, 0x1p-149);
}

static void test_results_are_those_of_libm_in_double_rounded(void)
{
    draw_seed(1);
    for (int i = 0; i < N_FUNCTIONS; ++i) {
        for (int k = 0; k < N_POINTS; ++k) {
            const float x = drawn(i, k), v = table[i].f(x);
            const double want = table[i].libm(x);
            CHECK_SAME(rounds(v, want) ? want : v, want);
            CHECK(!table[i].odd || isnan(v) || -v == table[i].f(-x));
        }
    }
}

static void test_so_are_those_of_functions_of_two(void)
{
    draw_seed(2);
    for (int i = 0; i < N_FUNCTIONS_OF_TWO; ++i) {
        for (int k = 0; k < 3 * N_POINTS; ++k) {
            const int both = k < N_SPECIAL * N_SPECIAL;
            const float x = both ? special[k / N_SPECIAL] : (float)draw_between(-3.0, 9.0);
            const float y = both ? special[k % N_SPECIAL] : (float)draw_between(-9.0, 9.0);
            const float v = table_of_two[i].f(x, y);
            const double want = table_of_two[i].libm(x, y);
            CHECK_SAME(rounds(v, want) ? want : v, want);
        }
    }
}

static void test_a_vector_of_any_width_holds_the_bits_of_a_scalar(void)
{
    static float x[N_POINTS], wide[N_POINTS];
    draw_seed(3);
    for (int i = 0; i < N_FUNCTIONS; ++i) {
        for (int k = 0; k < N_POINTS; ++k) {
            x[k] = drawn(i, k);
        }
        loop *const loops[] = {HAS_AVX2 ? table[i].avx2 : NULL,
                               HAS_AVX512 ? table[i].avx512 : NULL};
        for (int j = 0; j < 2; ++j) {
            for (size_t n = 1; loops[j] && n <= N_POINTS; n += n < 40 ? 1 : N_POINTS - 40) {
                loops[j](n, x, wide);
                for (size_t k = 0; k < n; ++k) {
                    CHECK_SAME(wide[k], table[i].f(x[k]));
                }
            }
        }
    }
}

int main(void)
{
    RUN(test_results_are_those_of_libm_in_double_rounded);
    RUN(test_so_are_those_of_functions_of_two);
    RUN(test_a_vector_of_any_width_holds_the_bits_of_a_scalar);
    return REPORT();
}
