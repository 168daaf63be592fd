/* fg_mathf.h -- mathematical functions in float32 that compilers turn into vector code.
 *
 * All is computed in double, where a short polynomial is enough and nothing overflows, and rounded
 * once: all results are within 0.501 ULP, which is the correctly rounded number but for one in some
 * ten thousand. Like those in double, results have the same bits in vectors of any width.
 */
#ifndef FG_MATHF_H
#define FG_MATHF_H
#include "fg_math_arc.h"
#include "fg_math_log.h"
#include "fg_math_trig.h"

#define FG_MATHF_LN2 0x1.62e42fefa39efp-1

/* ----- exponentials ----- */

/* e^x = power (1 + rest), for |x| up to 700 */
typedef struct fg_mathf_exponential {
    double power, rest;
} fg_mathf_exponential;

FG_MATH fg_mathf_exponential fg_mathf_exp_of(double n_shifted, double r)
{
    const double r2 = r * r, r4 = r2 * r2;
    const double rest =
        r * fg_math_poly8(r, r2, r4, 0x1.fffffffff60b5p-1, 0x1.fffffffff70abp-2,
                          0x1.5555557eb09bfp-3, 0x1.5555557458159p-5, 0x1.1110a5b4c1f52p-7,
                          0x1.6c164d7ec0e58p-10, 0x1.a17ea857504fcp-13, 0x1.a15af2256d1b7p-16);
    return (fg_mathf_exponential){fg_math_from_bits(FG_MATH_ONE + (fg_math_bits(n_shifted) << 52)),
                                  rest};
}

FG_MATH fg_mathf_exponential fg_mathf_exponential_of(double x)
{
    const double shifted = fma(x, FG_MATH_LOG2E, FG_MATH_MAGIC), n = shifted - FG_MATH_MAGIC;
    return fg_mathf_exp_of(shifted, fma(-n, FG_MATHF_LN2, x));
}

FG_MATH double fg_mathf_exp_in_double(double x)
{
    const fg_mathf_exponential e = fg_mathf_exponential_of(x);
    return fma(e.power, e.rest, e.power);
}

FG_MATH double fg_mathf_expm1_in_double(double x)
{
    const fg_mathf_exponential e = fg_mathf_exponential_of(x);
    return fma(e.power, e.rest, e.power - 1.0);
}

/* e^x, of v that is right from -104 to 89 */
FG_MATH float fg_mathf_exp_ends(float x, float v)
{
    return x > 89.0f ? INFINITY : x < -104.0f ? 0.0f : v;
}

FG_MATH float fg_mathf_exp(float x)
{
    return fg_mathf_exp_ends(x, (float)fg_mathf_exp_in_double(x));
}

FG_MATH float fg_mathf_exp2(float x)
{
    const double shifted = x + FG_MATH_MAGIC, n = shifted - FG_MATH_MAGIC;
    const fg_mathf_exponential e = fg_mathf_exp_of(shifted, (x - n) * FG_MATHF_LN2);
    const float v = (float)fma(e.power, e.rest, e.power);
    return x > 128.0f ? INFINITY : x < -151.0f ? 0.0f : v;
}

FG_MATH float fg_mathf_expm1(float x)
{
    const float v = (float)fg_mathf_expm1_in_double(x);
    const float w = x > 89.0f ? INFINITY : x < -30.0f ? -1.0f : v;
    return fabsf(x) < 0x1p-30f ? x : w;
}

FG_MATH float fg_mathf_sigmoid(float x)
{
    const float v = (float)(1.0 / (1.0 + fg_mathf_exp_in_double(-(double)x)));
    return x > 100.0f ? 1.0f : x < -104.0f ? 0.0f : v;
}

FG_MATH float fg_mathf_tanh(float x)
{
    const double e = fg_mathf_expm1_in_double(2.0 * fabs((double)x));
    return copysignf(fabsf(x) > 10.0f ? 1.0f : (float)(e / (e + 2.0)), x);
}

FG_MATH float fg_mathf_sinh(float x)
{
    const double e = fg_mathf_expm1_in_double(fabs((double)x));
    const float v = (float)(0.5 * (e + e / (e + 1.0)));
    return copysignf(fabsf(x) > 90.0f ? INFINITY : v, x);
}

FG_MATH float fg_mathf_cosh(float x)
{
    const double e = fg_mathf_exp_in_double(fabs((double)x));
    const float v = (float)(0.5 * (e + 1.0 / e));
    return fabsf(x) > 90.0f ? INFINITY : v;
}

/* ----- logarithms ----- */

/* log(1 + f) for 1 + f between sqrt(1/2) and sqrt(2) */
FG_MATH double fg_mathf_log_near_1(double f)
{
    const double s = f / (2.0 + f), z = s * s;
    return fma(s * z,
               fg_math_poly4(z, z * z, 0x1.5555554b98ee7p-1, 0x1.9999ebe8e8a3ep-2,
                             0x1.245c0c792e2f8p-2, 0x1.ddd995aea4d52p-3),
               2.0 * s);
}

FG_MATH double fg_mathf_log1p_in_double(double x)
{
    const fg_log_split a = fg_math_log_split(1.0 + x, 0);
    return fma(a.k, FG_MATHF_LN2, fg_mathf_log_near_1(fabs(x) >= 0.25 ? a.m - 1.0 : x));
}

/* A logarithm, of v that is right for positive finite x */
FG_MATH float fg_mathf_log_ends(float x, float v)
{
    return x > 0.0f ? (x < INFINITY ? v : x) : x == 0.0f ? -INFINITY : NAN;
}

FG_MATH float fg_mathf_log(float x)
{
    const fg_log_split a = fg_math_log_split(x, 0);
    return fg_mathf_log_ends(x, (float)fma(a.k, FG_MATHF_LN2, fg_mathf_log_near_1(a.m - 1.0)));
}

FG_MATH float fg_mathf_log2(float x)
{
    const fg_log_split a = fg_math_log_split(x, 0);
    return fg_mathf_log_ends(x, (float)fma(fg_mathf_log_near_1(a.m - 1.0), FG_MATH_LOG2E, a.k));
}

FG_MATH float fg_mathf_log10(float x)
{
    const fg_log_split a = fg_math_log_split(x, 0);
    const double log_m = fg_mathf_log_near_1(a.m - 1.0) * 0x1.bcb7b1526e50ep-2;
    return fg_mathf_log_ends(x, (float)fma(a.k, 0x1.34413509f79ffp-2, log_m));
}

FG_MATH float fg_mathf_log1p(float x)
{
    const float v = (float)fg_mathf_log1p_in_double(x), w = x < INFINITY ? v : x;
    return x > -1.0f ? (x == 0.0f ? x : w) : x == -1.0f ? -INFINITY : NAN;
}

FG_MATH float fg_mathf_softplus(float x)
{
    const double e = fg_mathf_exp_in_double(-fabs((double)x));
    const float v = (float)((x > 0.0f ? x : 0.0f) + fg_mathf_log1p_in_double(e));
    return x > 104.0f ? x : x < -104.0f ? 0.0f : v;
}

FG_MATH float fg_mathf_logaddexp(float x, float y)
{
    const double larger = x > y ? x : y, smaller = x > y ? y : x, d = smaller - larger;
    const double rest = fg_mathf_log1p_in_double(fg_mathf_exp_in_double(d));
    const float v = (float)(larger + (d < -200.0 ? 0.0 : rest));
    return x == y ? (float)(x + FG_MATHF_LN2) : v;
}

FG_MATH float fg_mathf_asinh(float x)
{
    const double a = fabs((double)x), square = a * a;
    const double v = fg_mathf_log1p_in_double(a + square / (1.0 + sqrt(square + 1.0)));
    return copysignf(fabsf(x) < INFINITY ? (float)v : fabsf(x), x);
}

FG_MATH float fg_mathf_acosh(float x)
{
    const double t = x - 1.0;
    const float v = (float)fg_mathf_log1p_in_double(t + sqrt(t * (t + 2.0)));
    return x < 1.0f ? NAN : x < INFINITY ? v : x;
}

FG_MATH float fg_mathf_atanh(float x)
{
    const double a = fabs((double)x);
    const float v = (float)(0.5 * fg_mathf_log1p_in_double(2.0 * a / (1.0 - a)));
    const float w = fabsf(x) < 1.0f ? v : fabsf(x) == 1.0f ? INFINITY : NAN;
    return copysignf(w, x);
}

/* ----- powers and roots ----- */

FG_MATH float fg_mathf_pow(float x, float y)
{
    const float a = fabsf(x);
    const fg_log_split split = fg_math_log_split(a, 0);
    const double f = split.m - 1.0, s = f / (2.0 + f), z = s * s, z2 = z * z;
    const double high = fma(z, 0x1.5474c87812d14p-3, 0x1.738221316424cp-3);
    const double r = fma(z2 * z2, high,
                         fg_math_poly4(z, z2, 0x1.55555555553b3p-1, 0x1.9999999b8b56cp-2,
                                       0x1.249246255f7f0p-2, 0x1.c71fd15531e46p-3));
    const double log_a = fma(split.k, FG_MATHF_LN2, fma(s * z, r, 2.0 * s));
    const double all = y * (a == 0.0f ? -FG_MATH_INF : a < INFINITY ? log_a : (double)a);
    const float v = (float)fg_mathf_exp_in_double(all);
    const float power = all > 89.0 ? INFINITY : all < -104.0 ? 0.0f : v;

    const int whole = rintf(y) == y, odd = whole && rintf(0.5f * y) != 0.5f * y;
    const float size = a == 1.0f && y == y ? 1.0f : power;
    const float w = x < 0.0f && a < INFINITY && !whole ? NAN : odd ? copysignf(size, x) : size;
    return x == 1.0f || y == 0.0f ? 1.0f : w;
}

FG_MATH float fg_mathf_cbrt(float x)
{
    const fg_log_split s = fg_math_log_split(fabs((double)x), 0);
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
    const double m = s.m * (j > 0.0 ? 2.0 : j < 0.0 ? 0.5 : 1.0), cube = y * y * y;
    const double root = y - y * ((cube - m) / fma(2.0, cube, m));
    const double power = fg_math_from_bits(FG_MATH_ONE + (fg_math_bits(shifted) << 52));
    return fabsf(x) > 0.0f && fabsf(x) < INFINITY ? copysignf((float)(root * power), x) : x;
}

FG_MATH float fg_mathf_hypot(float x, float y)
{
    const float v = (float)sqrt(fma((double)x, x, (double)y * y));
    return fabsf(x) == INFINITY || fabsf(y) == INFINITY ? INFINITY : v;
}

/* ----- trigonometric functions, for |x| up to FG_MATH_TRIG_MAX ----- */

/* sin and cos of r, where x = n pi/2 + r; n in the low bits */
typedef struct fg_mathf_angle {
    double sine, cosine;
    uint64_t n;
} fg_mathf_angle;

FG_MATH fg_mathf_angle fg_mathf_angle_of(double x)
{
    const double shifted = fma(x, 0x1.45f306dc9c883p-1, FG_MATH_MAGIC), n = shifted - FG_MATH_MAGIC;
    const double r = fma(-n, 0x1.1a62633145c07p-54, fma(-n, 0x1.921fb54442d18p+0, x));
    const double z = r * r, z2 = z * z;
    const double s = fg_math_poly4(z, z2, -0x1.555555545c5aap-3, 0x1.11110deaee6e0p-7,
                                   -0x1.a013a1b911931p-13, 0x1.6dbc1c2a3934fp-19);
    const double c = fg_math_poly4(z, z2, 0x1.55555555023c0p-5, -0x1.6c16bf5205eccp-10,
                                   0x1.a015c08910b72p-16, -0x1.25230264040e7p-22);
    const double cosine = fma(z2, c, fma(-0.5, z, 1.0));
    return (fg_mathf_angle){fma(r * z, s, r), cosine, fg_math_bits(shifted)};
}

FG_MATH double fg_mathf_sine_in_quadrant(fg_mathf_angle a, uint64_t n)
{
    const double v = (n & 1) != 0 ? a.cosine : a.sine;
    return fg_math_from_bits(fg_math_bits(v) ^ ((n & 2) << 62));
}

FG_MATH float fg_mathf_sin(float x)
{
    const fg_mathf_angle a = fg_mathf_angle_of(x);
    const float v = (float)fg_mathf_sine_in_quadrant(a, a.n);
    return x == 0.0f ? x : v;
}

FG_MATH float fg_mathf_cos(float x)
{
    const fg_mathf_angle a = fg_mathf_angle_of(x);
    return (float)fg_mathf_sine_in_quadrant(a, a.n + 1);
}

FG_MATH float fg_mathf_tan(float x)
{
    const fg_mathf_angle a = fg_mathf_angle_of(x);
    const int odd = (a.n & 1) != 0;
    const float v = (float)((odd ? -a.cosine : a.sine) / (odd ? a.sine : a.cosine));
    return x == 0.0f ? x : v;
}

/* ----- their inverses ----- */

/* The angle of the point (x, y) for 0 <= y <= x */
FG_MATH double fg_mathf_angle_of_point(double y, double x)
{
    const int above = y > 0x1.a827999fcef32p-2 * x;
    const double t = (above ? y - x : y) / (above ? y + x : x), z = t * t, z2 = z * z;
    const double high =
        fma(z2, -0x1.4b3e6d85f01ddp-5, fma(z, 0x1.2446ff2b15d7ep-4, -0x1.71d4e463a78f6p-4));
    const double p = fma(z2 * z2, high,
                         fg_math_poly4(z, z2, -0x1.5555555503a39p-2, 0x1.99999829d41d8p-3,
                                       -0x1.2491c176d3980p-3, 0x1.c6f6aaf970748p-4));
    return (above ? FG_MATH_PI_4 : 0.0) + fma(t * z, p, t);
}

FG_MATH float fg_mathf_atan(float x)
{
    const double a = fabs((double)x);
    const int steep = a > 1.0;
    const double angle = fg_mathf_angle_of_point(steep ? 1.0 : a, steep ? a : 1.0);
    return copysignf((float)(steep ? 2.0 * FG_MATH_PI_4 - angle : angle), x);
}

FG_MATH float fg_mathf_atan2(float y, float x)
{
    const double a = fabs((double)y), b = fabs((double)x);
    const int steep = a > b;
    const double larger = steep ? a : b, smaller = steep ? b : a;
    const int infinite = larger == FG_MATH_INF;
    const double n = infinite ? (smaller == FG_MATH_INF ? 1.0 : 0.0) : smaller;
    const double angle = fg_mathf_angle_of_point(n, infinite ? 1.0 : larger + 0x1p-300);
    const double right = steep ? 2.0 * FG_MATH_PI_4 - angle : angle;
    const double v = fg_math_bits(x) >> 63 ? 4.0 * FG_MATH_PI_4 - right : right;
    return copysignf(a == a && b == b ? (float)v : NAN, y);
}

/* asin(|x|) up to 1/2; beyond, what it lacks of pi/2 */
FG_MATH double fg_mathf_arc_sine(double a)
{
    const int near_1 = a > 0.5;
    const double z = near_1 ? 0.5 - 0.5 * a : a * a, z2 = z * z, s = near_1 ? 2.0 * sqrt(z) : a;
    return fma(s * z,
               fg_math_poly8(z, z2, z2 * z2, 0x1.55555554e7875p-3, 0x1.333334e3b68a8p-4,
                             0x1.6db5c516548e3p-5, 0x1.f20aee00ac931p-6, 0x1.6a87091317707p-6,
                             0x1.3cd90fc65668ep-6, 0x1.5e7a0446f7effp-8, 0x1.e1ee1fb7de1abp-6),
               s);
}

FG_MATH float fg_mathf_asin(float x)
{
    const double a = fabs((double)x), arc = fg_mathf_arc_sine(a);
    return copysignf((float)(a > 0.5 ? 2.0 * FG_MATH_PI_4 - arc : arc), x);
}

FG_MATH float fg_mathf_acos(float x)
{
    const double a = fabs((double)x), arc = fg_mathf_arc_sine(a);
    const double of_a = a > 0.5 ? arc : 2.0 * FG_MATH_PI_4 - arc;
    return (float)(x < 0.0f ? 4.0 * FG_MATH_PI_4 - of_a : of_a);
}

/* ----- the error function ----- */

FG_MATH float fg_mathf_erf(float x)
{
    const double z = (double)x * x, z2 = z * z, z4 = z2 * z2, z8 = z4 * z4;
    const double p0 =
        fg_math_poly8(z, z2, z4, 0x1.20dd750426225p+0, -0x1.812746acf9965p-2, 0x1.ce2f2122fd756p-4,
                      -0x1.b82cdb8ade151p-6, 0x1.565b8f81de3c8p-8, -0x1.c02b49d3b7e69p-11,
                      0x1.f992e50260bcap-14, -0x1.f484a60afb742p-17);
    const double p1 =
        fg_math_poly8(z, z2, z4, 0x1.b8d443fba8a03p-20, -0x1.5c9249acf35d4p-23,
                      0x1.f0b8a8a7491ffp-27, -0x1.3dec67d7cfe7dp-30, 0x1.69aa1aa81c800p-34,
                      -0x1.6713045cf76a5p-38, 0x1.2fb675097f58bp-42, -0x1.a8fd142dcd708p-47);
    const double p2 = fma(z4, 0x1.0dff6663d6656p-76,
                          fg_math_poly4(z, z2, 0x1.da9fc99ddd8fep-52, -0x1.93ce611cb03fdp-57,
                                        0x1.e8e4cd6583ec8p-63, -0x1.7591eb8070cf1p-69));
    const float v = (float)(x * fma(z8, fma(z8, p2, p1), p0));
    return fabsf(x) > 3.9375f ? copysignf(1.0f, x) : v;
}

FG_MATH float fg_mathf_erfc(float x)
{
    const double a = fabs((double)x), t = 1.0 / (a + 4.0) - 0.16015625, t2 = t * t, t4 = t2 * t2;
    const double high =
        fma(t2, 0x1.f31745c1908d0p+21, fma(t, 0x1.5d00c1d705080p+22, 0x1.8e1b18dd39fccp+18));
    const double p1 = fma(t4, high,
                          fg_math_poly4(t, t2, 0x1.7295cfb81ad99p+16, 0x1.3d5c4b785dfcdp+15,
                                        -0x1.71a3cdbc28b9ap+18, -0x1.eb199deef0759p+19));
    const double p =
        fma(t4 * t4, p1,
            fg_math_poly8(t, t2, t4, 0x1.da5fc83f01170p-3, 0x1.bb85d37772a13p+1,
                          0x1.b4c6be0763c46p+4, 0x1.6a6d390352e22p+7, 0x1.f9701ef8cb0e8p+9,
                          0x1.24b2ad796b62cp+12, 0x1.124e9d7d97a6bp+14, 0x1.894f826c1a02bp+15));
    const double v = p * fg_mathf_exp_in_double(-a * a), w = a > 11.0 ? 0.0 : v;
    return (float)(x < 0.0f ? 2.0 - w : w);
}

#endif
