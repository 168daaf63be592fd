/* fg_math_exp.h -- exponentials: exp, exp2, expm1, sigmoid.
 *
 * x = n ln 2 + r with |r| <= ln 2 / 2, then e^x = 2^n (1 + r + r^2 q(r)). The sum 1 + r is kept as a
 * pair, so that almost all of the error is that of the last addition.
 */
#ifndef FG_MATH_EXP_H
#define FG_MATH_EXP_H
#include "fg_math_core.h"

#define FG_MATH_LOG2E 0x1.71547652b82fep+0

/* x + lo = n ln 2 + r; n stands where a double has its exponent. */
FG_MATH fg_reduced fg_math_exp_reduce(double x, double lo)
{
    const double shifted = fma(x, FG_MATH_LOG2E, FG_MATH_MAGIC), n = shifted - FG_MATH_MAGIC;
    const fg_pair r = {fma(-n, 0x1.62e42fefa39efp-1, x), fma(-n, 0x1.abc9e3b39803fp-56, lo)};
    return (fg_reduced){r, fg_math_bits(shifted) << 52};
}

/* c + (e^r - 1), for |c| >= |r| or c = 0. The tail collects r^2 / 2 + r^3 q(r) and what c + r loses. */
FG_MATH fg_pair fg_math_exp_sum(fg_pair c, fg_pair r)
{
    const double x = r.hi + r.lo, x2 = x * x, x4 = x2 * x2;
    const double high = fma(x, 0x1.1f76c7cbe76dep-29, 0x1.af3f5a210276bp-26);
    const double middle = fg_math_poly4(x, x2, 0x1.a01a01a90a818p-13, 0x1.a01a01a7b9e3bp-16,
                                        0x1.71de0a1aa7911p-19, 0x1.27e4d9334af9ep-22);
    const double low = fg_math_poly4(x, x2, 0x1.5555555555556p-3, 0x1.5555555555556p-5,
                                     0x1.1111111110702p-7, 0x1.6c16c16c16098p-10);
    const double q = fma(x4, fma(x4, high, middle), low);
    const fg_pair s = fg_math_fast_sum(c.hi, r.hi);
    const double lost = s.lo + (r.lo + c.lo);
    return (fg_pair){s.hi, fma(x2 * x, q, fma(0.5, x2, lost))};
}

/* y 2^n = e^x, y not above 2. A result below the normal numbers, or above, is made of one that is
 * normal, so that the last product rounds it, or makes it infinite. */
FG_MATH double fg_math_exp_scale(double y, double x, uint64_t n)
{
    const uint64_t lift = x < -700.0 ? (uint64_t)64 << 52 : 0 - ((uint64_t)1 << 52);
    const double lifted = fg_math_from_bits(fg_math_bits(y) + (n + lift));
    const double v = lifted * (x < -700.0 ? 0x1p-64 : 2.0), w = x < -746.0 ? 0.0 : v;
    return x < 710.0 ? w : x * FG_MATH_INF; /* a NaN stays one */
}

/* e^(x + lo) */
FG_MATH double fg_math_exp_of_pair(double x, double lo)
{
    const fg_reduced a = fg_math_exp_reduce(x, lo);
    const fg_pair s = fg_math_exp_sum((fg_pair){1.0, -0.0}, a.r);
    return fg_math_exp_scale(s.hi + s.lo, x, a.n);
}

/* Within 0.8 ULP. */
FG_MATH double fg_math_exp(double x)
{
    return fg_math_exp_of_pair(x, -0.0);
}

/* 2^x = 2^n e^(f ln 2). Within 0.8 ULP, exact for whole x. */
FG_MATH double fg_math_exp2(double x)
{
    const double shifted = x + FG_MATH_MAGIC, f = x - (shifted - FG_MATH_MAGIC);
    fg_pair r = fg_math_product(f, 0x1.62e42fefa39efp-1);
    r.lo = fma(f, 0x1.abc9e3b39803fp-56, r.lo);
    const fg_pair s = fg_math_exp_sum((fg_pair){1.0, -0.0}, r);
    return fg_math_exp_scale(s.hi + s.lo, x * 0x1.62e42fefa39efp-1, fg_math_bits(shifted) << 52);
}

/* 2^-n as a number, for -1023 < n < 1023 */
FG_MATH double fg_math_exp_inverse_power(uint64_t n)
{
    return fg_math_from_bits(FG_MATH_ONE - n);
}

/* e^x - 1 = 2^n ((1 - 2^-n) + (e^r - 1)). Within 1 ULP. */
FG_MATH double fg_math_expm1(double x)
{
    const fg_reduced a = fg_math_exp_reduce(x, -0.0);
    const double power = x > 64.0 ? 0.0 : fg_math_exp_inverse_power(a.n), c = 1.0 - power;
    const fg_pair s = fg_math_exp_sum((fg_pair){c, (1.0 - c) - power}, a.r);
    const double scaled = fg_math_from_bits(fg_math_bits(s.hi + s.lo) + a.n);
    const double v = x < -40.0 ? -1.0 : scaled, w = fabs(x) < 0x1p-54 ? x : v;
    return x <= 0x1.62e42fefa39efp+9 ? w : x * FG_MATH_INF;
}

/* 1 / (1 + e^-x), for x < 0 e^x / (1 + e^x), e^-|x| as a pair. Within 0.8 ULP.
 *
 * The choices by the sign of x are
 * made of bits: of a condition that comes twice, compilers make two copies of what is between. */
FG_MATH double fg_math_sigmoid(double x)
{
    const fg_reduced a = fg_math_exp_reduce(-fabs(x), -0.0);
    const fg_pair s = fg_math_exp_sum((fg_pair){1.0, -0.0}, a.r), e = fg_math_fast_sum(s.hi, s.lo);
    const double power = fabs(x) > 700.0 ? 0.0 : fg_math_from_bits(FG_MATH_ONE + a.n);
    fg_pair d = fg_math_fast_sum(1.0, e.hi * power);
    d.lo = fma(e.lo, power, d.lo);
    const uint64_t negative = 0 - (fg_math_bits(x) >> 63);
    const fg_pair n = {
        fg_math_from_bits((fg_math_bits(e.hi) & negative) | (FG_MATH_ONE & ~negative)),
        fg_math_from_bits(fg_math_bits(e.lo) & negative)};
    const fg_pair q = fg_math_quotient(n, d);
    const double scaled_by = fg_math_from_bits(fg_math_bits(x) & negative);
    const double v = fg_math_exp_scale(q.hi + q.lo, scaled_by, a.n & negative);
    return x > 40.0 ? 1.0 : x == x ? v : x;
}

#endif
