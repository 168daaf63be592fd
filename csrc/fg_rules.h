/* fg_rules.h -- the functions that the table's expressions call and C does not have.
 *
 * Include it after <math.h> and only where fg_ops.def is expanded: some names (select, remainder)
 * are C library functions with another meaning, so they are function-like macros here.
 */
#ifndef FG_RULES_H
#define FG_RULES_H
#include "fg_lent.h"
#include "fg_real.h"
#include "fg_zeta.h"
#include <math.h>
#include <stddef.h>

/* Where multiplications and additions are fused, the functions of fg_math.h stand for those of C, or in
 * float those of fg_mathf.h; a compiler makes loops of vectors of them. Angles that these do not reduce are
 * C's again: where they may come, `fg_far` is 1. Functions that are given stand for either. */
#if defined(FG_HAS_GIVEN)
#include "fg_given.h"

#define FG_GIVEN(op, x, y) fg__given_value(op, x, y)
#define exp(x) FG_GIVEN(FG_OP_exp, x, 0.0)
#define exp2(x) FG_GIVEN(FG_OP_exp2, x, 0.0)
#define expm1(x) FG_GIVEN(FG_OP_expm1, x, 0.0)
#define log(x) FG_GIVEN(FG_OP_log, x, 0.0)
#define log2(x) FG_GIVEN(FG_OP_log2, x, 0.0)
#define log10(x) FG_GIVEN(FG_OP_log10, x, 0.0)
#define log1p(x) FG_GIVEN(FG_OP_log1p, x, 0.0)
#define sin(x) FG_GIVEN(FG_OP_sin, x, 0.0)
#define cos(x) FG_GIVEN(FG_OP_cos, x, 0.0)
#define tan(x) FG_GIVEN(FG_OP_tan, x, 0.0)
#define asin(x) FG_GIVEN(FG_OP_arcsin, x, 0.0)
#define acos(x) FG_GIVEN(FG_OP_arccos, x, 0.0)
#define atan(x) FG_GIVEN(FG_OP_arctan, x, 0.0)
#define sinh(x) FG_GIVEN(FG_OP_sinh, x, 0.0)
#define cosh(x) FG_GIVEN(FG_OP_cosh, x, 0.0)
#define tanh(x) FG_GIVEN(FG_OP_tanh, x, 0.0)
#define asinh(x) FG_GIVEN(FG_OP_arcsinh, x, 0.0)
#define acosh(x) FG_GIVEN(FG_OP_arccosh, x, 0.0)
#define atanh(x) FG_GIVEN(FG_OP_arctanh, x, 0.0)
#define cbrt(x) FG_GIVEN(FG_OP_cbrt, x, 0.0)
#define atan2(y, x) FG_GIVEN(FG_OP_arctan2, y, x)
#define hypot(x, y) FG_GIVEN(FG_OP_hypot, x, y)
#define logaddexp(x, y) FG_GIVEN(FG_OP_logaddexp, x, y)
#define FG_POW(x, y) FG_GIVEN(FG_OP_power, x, y)
#define sigmoid(x) fg_rule_sigmoid(x)
#define softplus(x) fg_rule_softplus(x)
#elif defined(FG_HAS_FMA)
#define FG_OWN_MATH
#if defined(FG_SINGLE)
#include "fg_mathf.h"
#define FG_VECTOR(name) fg_mathf_##name
#else
#include "fg_math.h"
#define FG_VECTOR(name) fg_math_##name
#endif

#define FG_ANGLE(name)                                                                        \
    static inline fg_real fg_rule_##name(fg_real x, int far)                                  \
    {                                                                                         \
        return far && !(fabs(x) <= FG_MATH_TRIG_MAX) ? (fg_real)name(x) : FG_VECTOR(name)(x); \
    }
FG_ANGLE(sin)
FG_ANGLE(cos)
FG_ANGLE(tan)
#undef FG_ANGLE

#define exp(x) FG_VECTOR(exp)(x)
#define exp2(x) FG_VECTOR(exp2)(x)
#define expm1(x) FG_VECTOR(expm1)(x)
#define log(x) FG_VECTOR(log)(x)
#define log2(x) FG_VECTOR(log2)(x)
#define log10(x) FG_VECTOR(log10)(x)
#define log1p(x) FG_VECTOR(log1p)(x)
#define asin(x) FG_VECTOR(asin)(x)
#define acos(x) FG_VECTOR(acos)(x)
#define atan(x) FG_VECTOR(atan)(x)
#define atan2(y, x) FG_VECTOR(atan2)(y, x)
#define hypot(x, y) FG_VECTOR(hypot)(x, y)
#define cbrt(x) FG_VECTOR(cbrt)(x)
#define sinh(x) FG_VECTOR(sinh)(x)
#define cosh(x) FG_VECTOR(cosh)(x)
#define tanh(x) FG_VECTOR(tanh)(x)
#define asinh(x) FG_VECTOR(asinh)(x)
#define acosh(x) FG_VECTOR(acosh)(x)
#define atanh(x) FG_VECTOR(atanh)(x)
#define erf(x) FG_VECTOR(erf)(x)
#define erfc(x) FG_VECTOR(erfc)(x)
#define sin(x) fg_rule_sin(x, fg_far)
#define cos(x) fg_rule_cos(x, fg_far)
#define tan(x) fg_rule_tan(x, fg_far)
#define FG_POW(x, y) FG_VECTOR(pow)(x, y)
#define sigmoid(x) FG_VECTOR(sigmoid)(x)
#define softplus(x) FG_VECTOR(softplus)(x)
#define logaddexp(x, y) FG_VECTOR(logaddexp)(x, y)
#else
#define FG_POW(x, y) pow(x, y)
#define sigmoid(x) fg_rule_sigmoid(x)
#define softplus(x) fg_rule_softplus(x)
#define logaddexp(x, y) fg_rule_logaddexp(x, y)
#endif

/* Whether there is an angle that has to be C's. */
static inline int fg_rule_any_far(size_t n, const fg_real *x)
{
    int far = 0;
#if defined(FG_OWN_MATH)
    for (size_t k = 0; k < n; ++k) {
        far |= fabs(x[k]) > FG_MATH_TRIG_MAX;
    }
#else
    (void)n, (void)x;
#endif
    return far;
}

static inline fg_real fg_rule_select(fg_real c, fg_real a, fg_real b)
{
    return c != 0 ? a : b;
}

static inline fg_real fg_rule_sign(fg_real x)
{
    return x > 0 ? 1 : x < 0 ? -1 : x == 0 ? 0 : x;
}

/* Squares are what most powers are, and their derivatives are first powers; both are exact here. */
static inline fg_real fg_rule_pow(fg_real x, fg_real y)
{
    return y == 2 ? x * x : y == 1 ? x : (fg_real)FG_POW(x, y);
}

/* NaN wins, as in NumPy; a tie gives the first operand. */
static inline fg_real fg_rule_maximum(fg_real x, fg_real y)
{
    return x >= y || x != x ? x : y;
}

static inline fg_real fg_rule_minimum(fg_real x, fg_real y)
{
    return x <= y || x != x ? x : y;
}

static inline fg_real fg_rule_remainder(fg_real x, fg_real y)
{
    const double r = fmod(x, y);
    if (r == 0.0) {
        return (fg_real)copysign(0.0, y);
    }
    return (fg_real)((r < 0.0) != (y < 0) ? r + y : r);
}

/* The quotient is formed from the exact remainder, so that it never rounds up to the next integer. */
static inline fg_real fg_rule_floor_divide(fg_real x, fg_real y)
{
    if (y == 0) {
        return x / y;
    }
    const double r = fmod(x, y);
    double q = (x - r) / y;
    if (r != 0.0 && (r < 0.0) != (y < 0)) {
        q -= 1.0;
    }
    const double whole = floor(q);
    return (fg_real)(q == 0.0 ? copysign(0.0, x / y) : q - whole > 0.5 ? whole + 1.0 : whole);
}

static inline fg_real fg_rule_masked_multiply(fg_real x, fg_real y)
{
    return x == 0 ? 0 : x * y;
}

static inline fg_real fg_rule_xlogy(fg_real x, fg_real y)
{
    return x == 0 && !isnan(y) ? 0 : (fg_real)(x * log(y));
}

static inline fg_real fg_rule_xlog1py(fg_real x, fg_real y)
{
    return x == 0 && !isnan(y) ? 0 : (fg_real)(x * log1p(y));
}

/* Functions that are lent, by their names. Of these C has functions too, some of another meaning. */
#define gamma(x) fg_rule_gamma(x)
#define j0(x) fg_rule_j0(x)
#define j1(x) fg_rule_j1(x)
#define y0(x) fg_rule_y0(x)
#define y1(x) fg_rule_y1(x)
#define FG_LENT1(name)                  \
    static inline double name(double x) \
    {                                   \
        return fg__lent_##name(x);      \
    }
#define FG_LENT2(name)                            \
    static inline double name(double x, double y) \
    {                                             \
        return fg__lent_##name(x, y);             \
    }
#define FG_LENT3(name)                                      \
    static inline double name(double x, double y, double z) \
    {                                                       \
        return fg__lent_##name(x, y, z);                    \
    }
#include "fg_lent.def"

/* Of a whole order. */
static inline double fg_rule_polygamma(double order, double x)
{
    const double sign = fmod(order, 2.0) == 0.0 ? -1.0 : fmod(order, 2.0) == 1.0 ? 1.0 : NAN;
    return order == 0.0 ? psi(x) : sign * gamma(order + 1.0) * fg__zeta(order + 1.0, x);
}

static inline fg_real fg_rule_ndtr(fg_real x)
{
    return (fg_real)(0.5 * erfc((fg_real)(-0.7071067811865476 * x)));
}

#if !defined(FG_OWN_MATH)
static inline fg_real fg_rule_logaddexp(fg_real x, fg_real y)
{
    if (x == y) {
        return (fg_real)(x + 0.6931471805599453);
    }
    return (fg_real)(fg_rule_maximum(x, y) + log1p(exp(-fabs(x - y))));
}

static inline fg_real fg_rule_softplus(fg_real x)
{
    return (fg_real)(fg_rule_maximum(x, 0) + log1p(exp(-fabs(x))));
}

static inline fg_real fg_rule_sigmoid(fg_real x)
{
    const double e = exp(-fabs(x));
    return (fg_real)((x < 0 ? e : 1.0) / (1.0 + e));
}
#endif

/* What an adjoint g adds to an operand through a local gradient. A zero adjoint adds nothing, so
 * that 0 * inf makes no NaN; where a local gradient is a choice, so does the branch not taken. */
static inline double fg_rule_seed(double g, double local, int is_choice)
{
    return g == 0.0 || (is_choice && local == 0.0) ? 0.0 : g * local;
}

/* Whether the text of a local gradient is a select(...), or the number 0.0, which takes no branch at
 * all; the compiler folds it. */
#define FG_IS_CHOICE(text)                                                             \
    ((sizeof(text) > 7 && (text)[0] == 's' && (text)[1] == 'e' && (text)[2] == 'l') || \
     (sizeof(text) == 4 && (text)[0] == '0' && (text)[1] == '.' && (text)[2] == '0'))

/* Those of float, where C has them beside those of double. */
#if defined(FG_SINGLE)
#define ceil(x) ceilf(x)
#define fabs(x) fabsf(x)
#define floor(x) floorf(x)
#define fmod(x, y) fmodf(x, y)
#define rint(x) rintf(x)
#define sqrt(x) sqrtf(x)
#define trunc(x) truncf(x)
#endif

#define select(c, a, b) fg_rule_select(c, a, b)
#define sign(x) fg_rule_sign(x)
#define pow(x, y) fg_rule_pow(x, y)
#define maximum(x, y) fg_rule_maximum(x, y)
#define minimum(x, y) fg_rule_minimum(x, y)
#define remainder(x, y) fg_rule_remainder(x, y)
#define floor_divide(x, y) fg_rule_floor_divide(x, y)
#define masked_multiply(x, y) fg_rule_masked_multiply(x, y)
#define xlogy(x, y) fg_rule_xlogy(x, y)
#define xlog1py(x, y) fg_rule_xlog1py(x, y)
#define ndtr(x) fg_rule_ndtr(x)
#define polygamma(x, y) fg_rule_polygamma(x, y)
#define zeta(x, y) fg__zeta(x, y)
#define logical_and(x, y) ((x) != 0 && (y) != 0)
#define logical_or(x, y) ((x) != 0 || (y) != 0)
#define logical_not(x) ((x) == 0)

#endif
