/* fg_math_trig.h -- trigonometric functions: sin, cos, tan, for |x| up to FG_MATH_TRIG_MAX.
 *
 * x = n pi/2 + r with |r| <= pi/4, r as a pair: pi/2 is a sum of three doubles, and the product with
 * the first two is exact thanks to fma(). Beyond the limit a caller takes another sine.
 */
#ifndef FG_MATH_TRIG_H
#define FG_MATH_TRIG_H
#include "fg_math_core.h"

#define FG_MATH_TRIG_MAX 0x1p40

/* r, and n in the low bits */
FG_MATH fg_reduced fg_math_trig_reduce(double x)
{
    const double shifted = fma(x, 0x1.45f306dc9c883p-1, FG_MATH_MAGIC), n = shifted - FG_MATH_MAGIC;
    const double t = fma(-n, 0x1.921fb54442d18p+0, x); /* exact */
    const fg_pair p = fg_math_product(-n, 0x1.1a62633145c07p-54);
    /* Exact also where t is smaller than p: both are multiples of p's last bit. */
    const fg_pair s = fg_math_fast_sum(t, p.hi);
    const fg_pair r = {s.hi, fma(-n, -0x1.f1976b7ed8fbcp-110, s.lo + p.lo)};
    return (fg_reduced){r, fg_math_bits(shifted)};
}

/* sin(r) = r.hi + what is returned; r2 = r.hi^2 */
FG_MATH double fg_math_sin_tail(fg_pair r, double r2)
{
    const double r4 = r2 * r2;
    const double high =
        fma(r4, -0x1.8dc2b1ccc0babp-41, fma(r2, 0x1.60e69296b188ap-33, -0x1.ae63f904c6974p-26));
    const double s = fma(r4 * r4, high,
                         fg_math_poly4(r2, r4, -0x1.5555555555555p-3, 0x1.111111111101fp-7,
                                       -0x1.a01a019fe8dc0p-13, 0x1.71de3a10d57b7p-19));
    return fma(r2, fma(r.hi, s, -0.5 * r.lo), r.lo);
}

/* cos(r) as a pair */
FG_MATH fg_pair fg_math_cos_pair(fg_pair r, fg_pair r2)
{
    const double r4 = r2.hi * r2.hi;
    const double high = fma(r2.hi, -0x1.9072a1d999f26p-37, 0x1.1eeb56ade66b4p-29);
    const double c = fma(r4 * r4, high,
                         fg_math_poly4(r2.hi, r4, 0x1.5555555555555p-5, -0x1.6c16c16c168c8p-10,
                                       0x1.a01a019f3792cp-16, -0x1.27e4fa01e64c6p-22));
    const fg_pair s = fg_math_fast_sum(1.0, -0.5 * r2.hi);
    return (fg_pair){s.hi, fma(r4, c, fma(-r.hi, r.lo, fma(-0.5, r2.lo, s.lo)))};
}

/* The sine of r + n pi/2: the last bit of n takes the cosine instead, the bit above changes the sign. */
FG_MATH double fg_math_trig_sine(fg_pair r, uint64_t n)
{
    const fg_pair r2 = fg_math_product(r.hi, r.hi), c = fg_math_cos_pair(r, r2);
    const double sine = r.hi + fg_math_sin_tail(r, r2.hi), cosine = c.hi + c.lo;
    const double v = (n & 1) != 0 ? cosine : sine;
    return fg_math_from_bits(fg_math_bits(v) ^ ((n & 2) << 62));
}

/* Within 0.9 ULP. */
FG_MATH double fg_math_sin(double x)
{
    const fg_reduced a = fg_math_trig_reduce(x);
    const double v = fg_math_trig_sine(a.r, a.n);
    return fabs(x) < 0x1p-27 ? x : v;
}

/* Within 0.9 ULP. */
FG_MATH double fg_math_cos(double x)
{
    const fg_reduced a = fg_math_trig_reduce(x);
    return fg_math_trig_sine(a.r, a.n + 1);
}

/* sin(r) / cos(r), or -cos(r) / sin(r). Within 1 ULP. */
FG_MATH double fg_math_tan(double x)
{
    const fg_reduced a = fg_math_trig_reduce(x);
    const fg_pair r2 = fg_math_product(a.r.hi, a.r.hi), cosine = fg_math_cos_pair(a.r, r2);
    const fg_pair c = fg_math_fast_sum(cosine.hi, cosine.lo);
    const fg_pair s = fg_math_fast_sum(a.r.hi, fg_math_sin_tail(a.r, r2.hi));
    const int odd = (a.n & 1) != 0;
    const fg_pair n = {odd ? c.hi : s.hi, odd ? c.lo : s.lo};
    const fg_pair d = {odd ? -s.hi : c.hi, odd ? -s.lo : c.lo};
    const fg_pair q = fg_math_quotient(n, d);
    return fabs(x) < 0x1p-27 ? x : q.hi + q.lo;
}

#endif
