/* fg_math_root.h -- cbrt and hypot. */
#ifndef FG_MATH_ROOT_H
#define FG_MATH_ROOT_H
#include "fg_math_log.h"

/* |x| = m 2^(3 q + j), j = -1, 0, 1: a guess of the root to 22 bits, then one step of Halley's, with
 * the distance of the cube to twice the precision. Within 0.6 ULP, exact for cubes. */
FG_MATH double fg_math_cbrt(double x)
{
    const double a = fabs(x);
    const fg_log_split s = fg_math_log_split(a, 1);
    const double shifted = fma(s.k, 1.0 / 3.0, FG_MATH_MAGIC);
    const double j = fma(-3.0, shifted - FG_MATH_MAGIC, s.k), m2 = s.m * s.m, m4 = m2 * m2;
    const double high =
        fma(m2, -0x1.421d17e3ca433p-6, fma(s.m, 0x1.359762a393153p-3, -0x1.01756bd273b23p-1));
    const double guess = fma(m4, high,
                             fg_math_poly4(s.m, m2, 0x1.98caa02bb84f1p-2, 0x1.3121e1a8a74dep+0,
                                           -0x1.2c9f6f64cadc2p+0, 0x1.e8b642544159ap-1));
    const double y = guess * (j > 0.0   ? 0x1.428a2f98d728bp+0
                              : j < 0.0 ? 0x1.965fea53d6e3dp-1
                                        : 1.0);
    const double m = s.m * (j > 0.0 ? 2.0 : j < 0.0 ? 0.5 : 1.0);

    const fg_pair square = fg_math_product(y, y), cube = fg_math_product(square.hi, y);
    const double off = (cube.hi - m) + fma(square.lo, y, cube.lo);
    const double root = y - y * (off / fma(2.0, cube.hi, m));
    const double v = fg_math_from_bits(fg_math_bits(root) + (fg_math_bits(shifted) << 52));
    return a > 0.0 && a < FG_MATH_INF ? copysign(v, x) : x;
}

/* sqrt(x^2 + y^2) from squares as pairs, scaled to be far from the ends. Within 0.8 ULP. */
FG_MATH double fg_math_hypot(double x, double y)
{
    const double a = fabs(x), b = fabs(y), larger = a > b ? a : b;
    const double scale = larger > 0x1p500 ? 0x1p-600 : larger < 0x1p-400 ? 0x1p600 : 1.0;
    const double back = larger > 0x1p500 ? 0x1p600 : larger < 0x1p-400 ? 0x1p-600 : 1.0;
    const fg_pair a2 = fg_math_product(a * scale, a * scale),
                  b2 = fg_math_product(b * scale, b * scale);
    const fg_pair sum = fg_math_sum(a2.hi, b2.hi);
    const double root = sqrt(sum.hi), lo = sum.lo + (a2.lo + b2.lo);
    const double v = (root + (fma(-root, root, sum.hi) + lo) / (2.0 * root + 0x1p-1000)) * back;
    return a == FG_MATH_INF || b == FG_MATH_INF ? FG_MATH_INF : v;
}

#endif
