/* fg_math_erf.h -- the error function and its complement. */
#ifndef FG_MATH_ERF_H
#define FG_MATH_ERF_H
#include "fg_math_exp.h"

/* x + x p(x^2) up to 1, then 1 - e^-x^2 q(t), t = 1 / (|x| + 3) less a constant; from 5.9375 on that
 * rounds to 1. The exponential, of little weight, is a plain one. Within 1 ULP. */
FG_MATH double fg_math_erf(double x)
{
    const double a = fabs(x), z = x * x, z2 = z * z, z4 = z2 * z2;
    const double z_lost = fma(x, x, -z), p_0 = fma(z_lost, -0.25, 0x1.06eba8214db69p-3);
    const double high = fma(z4, 0x1.296e609a1cbd9p-34,
                            fg_math_poly4(z, z2, 0x1.b9ee92f3c5200p-20, -0x1.5f9810fc0cc3fp-23,
                                          0x1.fc77ba102e001p-27, -0x1.4675d488fef9fp-30));
    const double middle = fma(z4, high,
                              fg_math_poly4(z, z2, 0x1.565bcd1298e84p-8, -0x1.c02db49afb8cbp-11,
                                            0x1.f9a335368c5f6p-14, -0x1.f4d3335ad34d6p-17));
    const double p = fma(z4, middle,
                         fg_math_poly4(z, z2, p_0, -0x1.812746b0379fdp-2, 0x1.ce2f21a04362dp-4,
                                       -0x1.b82ce312abefep-6));
    const double small = fma(x, p, x);

    const double shifted = fma(z, -FG_MATH_LOG2E, FG_MATH_MAGIC), n = shifted - FG_MATH_MAGIC;
    const double r = fma(-n, 0x1.62e42fefa39efp-1, -z), r2 = r * r, r4 = r2 * r2;
    const double e0 =
        fg_math_poly8(r, r2, r4, 0x1.0000000000000p+0, 0x1.0000000000005p-1, 0x1.5555555555559p-3,
                      0x1.55555555520d0p-5, 0x1.111111110f642p-7, 0x1.6c16c17f458e6p-10,
                      0x1.a01a01b00fc05p-13, 0x1.a019a65146884p-16);
    const double e1 =
        fma(r2, 0x1.af5f7d462e5b9p-26, fma(r, 0x1.28a2e77a0fa57p-22, 0x1.71ddf7e7ccd4ep-19));
    const double e_less_1 = r * fma(r4 * r4, e1, e0);
    const double power = fg_math_from_bits(FG_MATH_ONE + (fg_math_bits(shifted) << 52));

    const fg_pair u = fg_math_fast_sum(3.0, a); /* its lo is right where it matters, up to 3 */
    const double w = 1.0 / u.hi, t = w - 0.181640625, t2 = t * t, t4 = t2 * t2;
    const double q0 =
        fg_math_poly8(t, t2, t4, 0x1.aeea0eb7c16edp-3, 0x1.1f65fc3436fc8p+1, 0x1.4dc0e5f578fc7p+3,
                      0x1.336938608ff37p+5, 0x1.aee457ec42c66p+6, 0x1.9ce53359bc4c0p+7,
                      0x1.58103cba733a5p+7, -0x1.404f281c8857cp+8);
    const double q1_high =
        fma(t2, 0x1.8600278de15bep+16, fma(t, -0x1.52101b9e9ca35p+12, -0x1.40a6f3405b656p+14));
    const double q1 = fma(t4, q1_high,
                          fg_math_poly4(t, t2, -0x1.ff8b1a25f8a35p+9, 0x1.4f8cbdbb67069p+7,
                                        0x1.10b0c96c8b7a3p+12, 0x1.2973345608c07p+10));
    const double q = fma(t4 * t4, q1, q0);
    /* This is q where w is exact; its derivative by |x| is 2 |x| q - 2 / sqrt(pi). */
    const double slope = fma(2.0 * a, q, -0x1.20dd750429b6dp+0),
                 shift = fma(w, u.lo, fma(w, u.hi, -1.0)) * u.hi;
    const double near = fma(slope, shift, q) * power, off = fma(-n, 0x1.abc9e3b39803fp-56, -z_lost);
    const fg_pair rest = fg_math_fast_sum(1.0, -near);
    const double large = rest.hi + fma(-near, e_less_1 + off, rest.lo);
    return a < 1.0 ? small : copysign(a > 5.9375 ? 1.0 : large, x);
}

/* 1 - x - x p(x^2) for |x| < 1/2. Beyond, and for |x|, e^-x^2 p(t) / (1 + 2 x), t = 1 / (x + 4) less a
 * constant; it is subtracted from 2 for what is negative. Within 1 ULP. */
FG_MATH double fg_math_erfc(double x)
{
    const double a = fabs(x);
    const fg_pair square = fg_math_product(a, a);
    const fg_reduced power = fg_math_exp_reduce(-square.hi, -square.lo);
    const fg_pair s = fg_math_exp_sum((fg_pair){1.0, -0.0}, power.r),
                  e = fg_math_fast_sum(s.hi, s.lo);

    const double z = square.hi, z2 = z * z, z4 = z2 * z2;
    const double p_small =
        fma(z4 * z4, fma(z, -0x1.99d6afb37f1e6p-23, 0x1.c5b15508e3f19p-20),
            fg_math_poly8(z, z2, z4, 0x1.06eba8214db69p-3, -0x1.812746b037a1cp-2,
                          0x1.ce2f21a046603p-4, -0x1.b82ce31455d74p-6, 0x1.565bcd89f9168p-8,
                          -0x1.c02ddabc40cf8p-11, 0x1.f9aa6f77cbd52p-14, -0x1.f59f5a838a1bdp-17));
    const fg_pair one_less_x = fg_math_fast_sum(1.0, -x);
    const double small = one_less_x.hi + fma(-x, p_small, one_less_x.lo);

    /* One division for 1 / (a + 4) and 1 / (1 + 2 a). */
    const fg_pair u = fg_math_sum(4.0, a), d = fg_math_sum(1.0, 2.0 * a);
    const double inverse = 1.0 / (u.hi * d.hi), inverse_d = inverse * u.hi, w = inverse * d.hi;
    const double t = w - 0.126953125, t2 = t * t, t4 = t2 * t2, t8 = t4 * t4;
    const double p0 =
        fg_math_poly8(t, t2, t4, 0x1.1ed2af143f783p+0, 0x1.8a64f487d34c0p-1, -0x1.31bffa490a521p+5,
                      -0x1.bcddb79383f3dp+8, -0x1.9a3205aaf6a5ep+11, -0x1.20cce754dcec0p+14,
                      -0x1.416d895f965eep+16, -0x1.151c921b4c97ap+18);
    const double p1 =
        fg_math_poly8(t, t2, t4, -0x1.5159e0eb4aeebp+19, -0x1.7a0cd00bc16acp+19,
                      0x1.de0a26e1ca834p+20, 0x1.45ba68f7a24cbp+23, 0x1.6db4c271055ffp+23,
                      -0x1.a52afaecd6f9fp+25, -0x1.7832d889ad584p+27, 0x1.1743e1bcde405p+27);
    const double p2 = fma(t4, 0x1.62c37cfdcd07dp+36,
                          fg_math_poly4(t, t2, 0x1.c0ffc6ea2fb96p+30, 0x1.2db9b18331910p+29,
                                        -0x1.d1f9ad98dca13p+33, -0x1.2dbe5c0d46a8cp+33));
    fg_pair p = fg_math_fast_sum(0x1.3c34c4cdf3eadp+0, t * fma(t8, fma(t8, p2, p1), p0));
    /* This is p where w is exact, and that is off by `shift`: p is steep where a is small. */
    const double shift = fma(w, u.lo, fma(w, u.hi, -1.0)) * u.hi;
    const double slope = fma(2.0 * p.hi, a + inverse_d, -0x1.20dd750429b6dp+0 * d.hi);
    p.lo = fma(slope, shift, p.lo + 0x1.104f3f50a5bb1p-57);

    /* e p / d to twice the precision, then one rounding. */
    const fg_pair ep = fg_math_product(e.hi, p.hi);
    const double ep_lo = fma(e.hi, p.lo, fma(e.lo, p.hi, ep.lo)), v = ep.hi * inverse_d;
    const double rest = (fma(-v, d.hi, ep.hi) + fma(-v, d.lo, ep_lo)) * inverse_d;
    const double large = fg_math_exp_scale(v + rest, -square.hi, power.n);
    return a < 0.5 ? small : x < 0.0 ? 2.0 - large : large;
}

#endif
