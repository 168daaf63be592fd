/* fg_math_arc.h -- inverse trigonometric functions: asin, acos, atan, atan2. */
#ifndef FG_MATH_ARC_H
#define FG_MATH_ARC_H
#include "fg_math_core.h"

#define FG_MATH_PI_4 0x1.921fb54442d18p-1
#define FG_MATH_PI_4_LO 0x1.1a62633145c07p-55

/* c pi/4 + t, or - t where sign has the sign bit; c = 0..4, t = t.hi + t.lo */
FG_MATH double fg_math_arc_from(double c, fg_pair t, uint64_t sign)
{
    const fg_pair base = fg_math_product(c, FG_MATH_PI_4);
    const double hi = fg_math_from_bits(fg_math_bits(t.hi) ^ sign);
    const double lo = fg_math_from_bits(fg_math_bits(t.lo) ^ sign);
    const fg_pair sum = fg_math_fast_sum(base.hi, hi);
    return sum.hi + (sum.lo + (fma(c, FG_MATH_PI_4_LO, base.lo) + lo));
}

/* The angle of the point (x, y) for 0 <= y <= x, less pi/4 where it is above pi/8: *above is 1 there. */
typedef struct fg_arc {
    fg_pair t;
    double c;
} fg_arc;

FG_MATH fg_arc fg_math_arc_of_point(double y, double x)
{
    const int above = y > 0x1.a827999fcef32p-2 * x;
    const fg_pair less = fg_math_fast_sum(-x, y), more = fg_math_fast_sum(x, y);
    const fg_pair n = {above ? less.hi : y, above ? less.lo : 0.0};
    const fg_pair d = {above ? more.hi : x, above ? more.lo : 0.0};
    const fg_pair t = fg_math_quotient(n, d);
    const double z = t.hi * t.hi, z2 = z * z, z4 = z2 * z2;
    const double low =
        fg_math_poly8(z, z2, z4, -0x1.5555555555555p-2, 0x1.9999999999814p-3, -0x1.2492492481b82p-3,
                      0x1.c71c71bc98c1fp-4, -0x1.745d1564d0663p-4, 0x1.3b137bc6d7984p-4,
                      -0x1.110d289c40f63p-4, 0x1.e17ea97ac6f7ap-5);
    const double p = fma(z4 * z4,
                         fg_math_poly4(z, z2, -0x1.abc811d27e1a5p-5, 0x1.7203e9d3c1474p-5,
                                       -0x1.148e404409ad4p-5, 0x1.fab43b3af10e7p-7),
                         low);
    const double tail = fma(t.hi * z, p, fma(-z, t.lo, t.lo));
    return (fg_arc){{t.hi, tail}, above ? 1.0 : 0.0};
}

/* Within 0.8 ULP. */
FG_MATH double fg_math_atan(double x)
{
    const double a = fabs(x);
    const int steep = a > 1.0;
    const fg_arc arc = fg_math_arc_of_point(steep ? 1.0 : a, steep ? a : 1.0);
    const uint64_t sign = steep ? (uint64_t)1 << 63 : 0;
    const double v = fg_math_arc_from(steep ? 2.0 - arc.c : arc.c, arc.t, sign);
    return copysign(a > 0x1p60 ? 2.0 * FG_MATH_PI_4 : v, x);
}

/* The angle of the point (x, y). Within 0.8 ULP. */
FG_MATH double fg_math_atan2(double y, double x)
{
    const double a = fabs(y), b = fabs(x);
    const int steep = a > b;
    const double larger = steep ? a : b, smaller = steep ? b : a;
    /* Scaled, so that neither a quotient nor its rest is lost; 0 / 0 becomes 0 / small. */
    const double scale = larger > 0x1p500 ? 0x1p-100 : 0x1p500;
    const int infinite = larger == FG_MATH_INF;
    const double n = infinite ? (smaller == FG_MATH_INF ? 1.0 : 0.0) : smaller * scale;
    const double d = infinite ? 1.0 : fma(larger, scale, 0x1p-700);
    const fg_arc arc = fg_math_arc_of_point(n, d);
    const uint64_t left = fg_math_bits(x) & ((uint64_t)1 << 63);
    const double c = steep ? 2.0 - arc.c : arc.c;
    const uint64_t sign = (steep ? (uint64_t)1 << 63 : 0) ^ left;
    const double v = fg_math_arc_from(left ? 4.0 - c : c, arc.t, sign);
    return copysign(a == a && b == b ? v : FG_MATH_NAN, y);
}

/* With z = x^2 up to 1/2: x + x z p(z). Beyond, of the complement: z = (1 - |x|) / 2, s = sqrt(z), the
 * angle between s and pi/2 is twice s + s z p(z). */
typedef struct fg_arc_sine {
    fg_pair s;
    int near_1;
} fg_arc_sine;

FG_MATH fg_arc_sine fg_math_arc_sine(double x)
{
    const double a = fabs(x);
    const int near_1 = a > 0.5;
    const double z = near_1 ? 0.5 - 0.5 * a : x * x, z2 = z * z, z4 = z2 * z2;
    const double root = sqrt(z), rest = fma(-root, root, z) / (2.0 * root + 0x1p-1000);
    const double high = fma(z4, 0x1.da43d6d1db199p-6,
                            fg_math_poly4(z, z2, 0x1.52d9116d7b69bp-7, 0x1.60d7477c0be60p-8,
                                          0x1.203bdbeaff9a8p-6, -0x1.f01477e18c949p-7));
    const double p =
        fma(z4 * z4, high,
            fg_math_poly8(z, z2, z4, 0x1.5555555555556p-3, 0x1.3333333332dd0p-4,
                          0x1.6db6db6e433f6p-5, 0x1.f1c71c1512780p-6, 0x1.6e8bb2f52b686p-6,
                          0x1.1c4d1ccd774f9p-6, 0x1.c9d1b64da4165p-7, 0x1.780dc5a9d01a6p-7));
    const double s = near_1 ? root : a;
    const fg_pair sum = {s, fma(s * z, p, near_1 ? rest : 0.0)};
    return (fg_arc_sine){sum, near_1};
}

/* Within 0.8 ULP. */
FG_MATH double fg_math_asin(double x)
{
    const fg_arc_sine arc = fg_math_arc_sine(x);
    const double k = arc.near_1 ? 2.0 : 1.0;
    const uint64_t sign = arc.near_1 ? (uint64_t)1 << 63 : 0;
    const fg_pair t = {k * arc.s.hi, k * arc.s.lo};
    return copysign(fg_math_arc_from(arc.near_1 ? 2.0 : 0.0, t, sign), x);
}

/* Within 0.8 ULP. */
FG_MATH double fg_math_acos(double x)
{
    const fg_arc_sine arc = fg_math_arc_sine(x);
    const double k = arc.near_1 ? 2.0 : 1.0, c = arc.near_1 ? (x < 0.0 ? 4.0 : 0.0) : 2.0;
    const uint64_t negative = fg_math_bits(x) & ((uint64_t)1 << 63);
    const uint64_t sign = negative ^ (arc.near_1 ? 0 : (uint64_t)1 << 63);
    const fg_pair t = {k * arc.s.hi, k * arc.s.lo};
    return fg_math_arc_from(c, t, sign);
}

#endif
