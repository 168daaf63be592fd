/* fg_math_pow.h -- x to the power of y: e^(y log x), with log x to 65 bits. */
#ifndef FG_MATH_POW_H
#define FG_MATH_POW_H
#include "fg_math_log.h"

/* log x, x positive and finite, as a pair with a relative error of some 2^-65. With s = f / (2 + f),
 * log(1 + f) = 2 s + s z (2/3 + z (2/5 + z p(z))), z = s^2: the first terms are pairs. */
FG_MATH fg_pair fg_math_log_pair(double x)
{
    const fg_log_split a = fg_math_log_split(x, 1);
    const double f = a.m - 1.0;
    const fg_pair s = fg_math_quotient((fg_pair){f, 0.0}, fg_math_fast_sum(2.0, f));
    fg_pair z = fg_math_product(s.hi, s.hi);
    z.lo = fma(2.0 * s.hi, s.lo, z.lo);

    const double z2 = z.hi * z.hi, z4 = z2 * z2;
    const double high =
        fma(z2, 0x1.d9d8ce165f559p-4, fma(z.hi, 0x1.e01e2061468f2p-4, 0x1.1115a76aa3f82p-3));
    const double p = fma(z4, high,
                         fg_math_poly4(z.hi, z2, 0x1.2492492492497p-2, 0x1.c71c71c715154p-3,
                                       0x1.745d175545745p-3, 0x1.3b13a506dfba5p-3));
    fg_pair b = fg_math_product(z.hi, fma(z.hi, p, 0x1.999999999999ap-2));
    b.lo = fma(z.lo, 0x1.999999999999ap-2, b.lo);
    const fg_pair c = fg_math_fast_sum(0x1.5555555555555p-1, b.hi);
    const double c_lo = c.lo + (b.lo + 0x1.5555555555555p-55);
    const fg_pair zc = fg_math_product(z.hi, c.hi);
    const double zc_lo = fma(z.hi, c_lo, fma(z.lo, c.hi, zc.lo));
    const fg_pair szc = fg_math_product(s.hi, zc.hi);
    const double szc_lo = fma(s.hi, zc_lo, fma(s.lo, zc.hi, szc.lo));

    const fg_pair sum = fg_math_fast_sum(a.k * 0x1.62e42fefa3800p-1, 2.0 * s.hi);
    const fg_pair all = fg_math_fast_sum(sum.hi, szc.hi);
    const double lost = all.lo + (sum.lo + fma(2.0, s.lo, fma(a.k, 0x1.ef35793c76730p-45, szc_lo)));
    return fg_math_fast_sum(all.hi, lost);
}

/* Within 1 ULP. As C has it: pow(x, 0) = pow(1, y) = 1 for any x and y, a negative x only has powers
 * with a whole exponent, and those with an odd one are negative. */
FG_MATH double fg_math_pow(double x, double y)
{
    const double a = fabs(x);
    const fg_pair log_a = fg_math_log_pair(a);
    const double hi = a == 0.0 ? -FG_MATH_INF : a < FG_MATH_INF ? log_a.hi : a;
    const fg_pair product = fg_math_product(y, hi);
    const double power = fg_math_exp_of_pair(product.hi, fma(y, log_a.lo, product.lo));

    const int whole = rint(y) == y, odd = whole && rint(0.5 * y) != 0.5 * y;
    const uint64_t sign = odd ? fg_math_bits(x) & ((uint64_t)1 << 63) : 0;
    const double size = a == 1.0 && y == y ? 1.0 : power;
    const double v = fg_math_from_bits(fg_math_bits(size) ^ sign);
    const double w = x < 0.0 && a < FG_MATH_INF && !whole ? FG_MATH_NAN : v;
    return x == 1.0 || y == 0.0 ? 1.0 : w;
}

#endif
