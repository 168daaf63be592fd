/* fg_math_log.h -- logarithms: log, log2, log10, log1p, softplus, logaddexp.
 *
 * x = 2^k m with m between sqrt(1/2) and sqrt(2), f = m - 1, s = f / (2 + f), and then
 * log x = k ln 2 + f - (h - s (h + r(s^2))), h = f^2 / 2. The sum k ln 2 + f is kept as a pair.
 */
#ifndef FG_MATH_LOG_H
#define FG_MATH_LOG_H
#include "fg_math_exp.h"

/* m and k */
typedef struct fg_log_split {
    double m, k;
} fg_log_split;

/* x positive; if it may be subnormal, it is tried for that. */
FG_MATH fg_log_split fg_math_log_split(double x, int may_be_subnormal)
{
    const int subnormal = may_be_subnormal && x < 0x1p-1022;
    const uint64_t bits = fg_math_bits(x * (subnormal ? 0x1p54 : 1.0));
    const uint64_t above = bits + (FG_MATH_ONE - UINT64_C(0x3fe6a09e667f3bcd)); /* sqrt(1/2) */
    const double biased = fg_math_from_bits((above >> 52) | UINT64_C(0x4330000000000000));
    const double m = fg_math_from_bits(bits - (above & UINT64_C(0xfff0000000000000)) + FG_MATH_ONE);
    return (fg_log_split){m, biased - (0x1p52 + 1023.0 + (subnormal ? 54.0 : 0.0))};
}

/* k ln 2 + log(1 + f). What is small is added up first, and to the exact h then. */
FG_MATH fg_pair fg_math_log_sum(double k, double f)
{
    const double s = f / (2.0 + f), half = 0.5 * f, z = s * s, z2 = z * z, z4 = z2 * z2;
    const double high =
        fma(z2, 0x1.2b603c353ce44p-3, fma(z, 0x1.39fdbf11a829dp-3, 0x1.7462b955b60ccp-3));
    const double r = z * fma(z4, high,
                             fg_math_poly4(z, z2, 0x1.5555555555558p-1, 0x1.99999999952c6p-2,
                                           0x1.2492492dfacb6p-2, 0x1.c71c62d66e137p-3));
    const fg_pair sum = fg_math_fast_sum(k * 0x1.62e42fefa3800p-1, f);
    const double rest = fma(-half, f, fma(k, 0x1.ef35793c76730p-45, sum.lo));
    return (fg_pair){sum.hi, fma(s, fma(half, f, r), rest)};
}

/* Within 0.9 ULP. */
FG_MATH double fg_math_log(double x)
{
    const fg_log_split a = fg_math_log_split(x, 1);
    const fg_pair sum = fg_math_log_sum(a.k, a.m - 1.0);
    const double v = x < FG_MATH_INF ? sum.hi + sum.lo : x; /* a NaN stays one */
    return x > 0.0 ? v : x == 0.0 ? -FG_MATH_INF : FG_MATH_NAN;
}

/* k (unit.hi + unit.lo) + log(m) (scale.hi + scale.lo), the logarithm to another base */
FG_MATH double fg_math_log_to_base(double x, fg_pair unit, fg_pair scale)
{
    const fg_log_split a = fg_math_log_split(x, 1);
    const fg_pair sum = fg_math_log_sum(0.0, a.m - 1.0), log_m = fg_math_fast_sum(sum.hi, sum.lo);
    const fg_pair p = fg_math_product(log_m.hi, scale.hi);
    const double lo = fma(log_m.hi, scale.lo, fma(log_m.lo, scale.hi, p.lo));
    const fg_pair all = fg_math_fast_sum(a.k * unit.hi, p.hi);
    const double result = all.hi + (all.lo + fma(a.k, unit.lo, lo));
    const double v = x < FG_MATH_INF ? result : x;
    return x > 0.0 ? v : x == 0.0 ? -FG_MATH_INF : FG_MATH_NAN;
}

/* Within 1 ULP, exact for powers of 2. */
FG_MATH double fg_math_log2(double x)
{
    const fg_pair scale = {0x1.71547652b82fep+0, 0x1.777d0ffda0d24p-56};
    return fg_math_log_to_base(x, (fg_pair){1.0, 0.0}, scale);
}

/* Within 0.9 ULP, exact for powers of 10. */
FG_MATH double fg_math_log10(double x)
{
    const fg_pair unit = {0x1.34413509f7800p-2, 0x1.fef311f12b358p-46};
    const fg_pair scale = {0x1.bcb7b1526e50ep-2, 0x1.95355baaafad3p-57};
    return fg_math_log_to_base(x, unit, scale);
}

/* log(u.hi + u.lo), u.hi positive and normal, as a pair */
FG_MATH fg_pair fg_math_log_of_pair(fg_pair u)
{
    const fg_log_split a = fg_math_log_split(u.hi, 0);
    const uint64_t power = fg_math_bits(a.m) - fg_math_bits(u.hi) + FG_MATH_ONE;
    const double lo = u.lo * (u.hi < 0x1p1000 ? fg_math_from_bits(power) : 0.0);
    const fg_pair f = fg_math_fast_sum(a.m - 1.0, lo);
    const double s = f.hi / (2.0 + f.hi); /* 1 - 2 s is nearly the derivative */
    fg_pair sum = fg_math_log_sum(a.k, f.hi);
    sum.lo += fma(-2.0 * s, f.lo, f.lo);
    return sum;
}

/* Within 0.9 ULP. */
FG_MATH double fg_math_log1p(double x)
{
    const fg_pair sum = fg_math_log_of_pair(fg_math_sum(1.0, x));
    const double v = x < FG_MATH_INF ? sum.hi + sum.lo : x, w = fabs(x) < 0x1p-54 ? x : v;
    return x > -1.0 ? w : x == -1.0 ? -FG_MATH_INF : FG_MATH_NAN;
}

/* base + log(1 + 2^n (e.hi + e.lo)), the power not above 1 and e between 1/2 and 2 */
FG_MATH double fg_math_log1p_onto(double base, fg_pair e, uint64_t n)
{
    const double power = fg_math_from_bits(FG_MATH_ONE + n);
    const fg_pair scaled = fg_math_fast_sum(e.hi * power, e.lo * power);
    const fg_pair log_u = fg_math_log_of_pair(fg_math_fast_sum(1.0, scaled.hi));
    const fg_pair sum = fg_math_sum(base, log_u.hi);
    const double derivative = fma(-0.5, scaled.hi, 1.0); /* nearly */
    return sum.hi + (sum.lo + fma(scaled.lo, derivative, log_u.lo));
}

/* log(1 + e^x) = max(x, 0) + log(1 + e^-|x|); what is far below 1 is e^x itself. Within 1 ULP. */
FG_MATH double fg_math_softplus(double x)
{
    const fg_reduced a = fg_math_exp_reduce(-fabs(x), -0.0);
    const fg_pair e = fg_math_exp_sum((fg_pair){1.0, -0.0}, a.r);
    const double sum = fg_math_log1p_onto(x > 0.0 ? x : 0.0, e, a.n);
    const double v = x < -40.0 ? fg_math_exp_scale(e.hi + e.lo, x, a.n) : sum;
    return x > 40.0 ? x : v;
}

/* log(e^x + e^y) = m + log(1 + e^-d), m the larger one, d the distance as a pair.
 * Within 1 ULP where the result is not small against m, and a quarter of one of m elsewhere. */
FG_MATH double fg_math_logaddexp(double x, double y)
{
    const double larger = x > y ? x : y, smaller = x > y ? y : x;
    const fg_pair d = fg_math_sum(smaller, -larger);
    const fg_reduced a = fg_math_exp_reduce(d.hi, d.lo);
    const fg_pair e = fg_math_exp_sum((fg_pair){1.0, -0.0}, a.r);
    const double near = fg_math_log1p_onto(larger, e, a.n);
    const double far = larger + fg_math_exp_scale(e.hi + e.lo, d.hi, a.n);
    const double v = d.hi < -40.0 ? far : near;
    return x == y ? x + 0x1.62e42fefa39efp-1 : v;
}

#endif
