/* fg_math_hyperbolic.h -- sinh, cosh, tanh and their inverses. */
#ifndef FG_MATH_HYPERBOLIC_H
#define FG_MATH_HYPERBOLIC_H
#include "fg_math_log.h"

/* (e^x - 1) / 2^n for x >= 0 that was reduced to a, power = 2^-n */
FG_MATH fg_pair fg_math_expm1_part(fg_reduced a, double power)
{
    const double c = 1.0 - power;
    const fg_pair s = fg_math_exp_sum((fg_pair){c, (1.0 - c) - power}, a.r);
    return fg_math_fast_sum(s.hi, s.lo);
}

/* With E = e^|x| - 1, (E + E / (E + 1)) / 2; all is divided by 2^n first. Within 0.9 ULP. */
FG_MATH double fg_math_sinh(double x)
{
    const fg_reduced a = fg_math_exp_reduce(fabs(x), -0.0);
    const double power = fabs(x) > 64.0 ? 0.0 : fg_math_exp_inverse_power(a.n);
    const fg_pair e = fg_math_expm1_part(a, power);
    fg_pair d = fg_math_sum(e.hi, power);
    d.lo += e.lo;
    const fg_pair q = fg_math_quotient(e, d), sum = fg_math_fast_sum(e.hi, power * q.hi);
    const double y = 0.5 * (sum.hi + fma(power, q.lo, sum.lo + e.lo));
    const double scaled = fg_math_from_bits(fg_math_bits(y) + a.n);
    const double v = fabs(x) <= 0x1.633ce8fb9f87dp+9 ? scaled : fabs(x) * FG_MATH_INF;
    return fabs(x) < 0x1p-27 ? x : copysign(v, x);
}

/* (e^|x| + e^-|x|) / 2, divided by 2^n first. Within 0.9 ULP. */
FG_MATH double fg_math_cosh(double x)
{
    const fg_reduced a = fg_math_exp_reduce(fabs(x), -0.0);
    const double power = fabs(x) > 64.0 ? 0.0 : fg_math_exp_inverse_power(a.n);
    const fg_pair s = fg_math_exp_sum((fg_pair){1.0, -0.0}, a.r), e = fg_math_fast_sum(s.hi, s.lo);
    const fg_pair sum = fg_math_fast_sum(e.hi, power * power / e.hi);
    const double y = 0.5 * (sum.hi + (sum.lo + e.lo));
    const double scaled = fg_math_from_bits(fg_math_bits(y) + a.n);
    return fabs(x) <= 0x1.633ce8fb9f87dp+9 ? scaled : fabs(x) * FG_MATH_INF;
}

/* With E = e^2|x| - 1, E / (E + 2), both divided by 2^n. Within 0.9 ULP. */
FG_MATH double fg_math_tanh(double x)
{
    const fg_reduced a = fg_math_exp_reduce(2.0 * fabs(x), -0.0);
    const double power = fg_math_exp_inverse_power(a.n);
    const fg_pair e = fg_math_expm1_part(a, power);
    fg_pair d = fg_math_sum(e.hi, 2.0 * power);
    d.lo += e.lo;
    const fg_pair q = fg_math_quotient(e, d);
    return copysign(fabs(x) > 22.0 ? 1.0 : q.hi + q.lo, x);
}

/* sqrt(w.hi + w.lo); 0 for 0 */
FG_MATH fg_pair fg_math_sqrt_of_pair(fg_pair w)
{
    const double root = sqrt(w.hi);
    return (fg_pair){root, (fma(-root, root, w.hi) + w.lo) / (2.0 * root + 0x1p-1000)};
}

/* log(u.hi + u.lo), or log(2 x) where x is so large that this is what counts */
FG_MATH double fg_math_log_or_log_twice(fg_pair u, double x)
{
    const int large = x > 0x1p30;
    const fg_pair l = fg_math_log_of_pair((fg_pair){large ? x : u.hi, large ? 0.0 : u.lo});
    const fg_pair sum = fg_math_sum(large ? 0x1.62e42fefa39efp-1 : 0.0, l.hi);
    return sum.hi + (sum.lo + l.lo);
}

/* log(|x| + sqrt(x^2 + 1)). Within 1 ULP. */
FG_MATH double fg_math_asinh(double x)
{
    const double a = fabs(x);
    const fg_pair square = fg_math_product(a, a);
    fg_pair w = fg_math_sum(1.0, square.hi);
    w.lo += square.lo;
    const fg_pair root = fg_math_sqrt_of_pair(w);
    fg_pair u = fg_math_fast_sum(root.hi, a);
    u.lo += root.lo;
    const double v = fg_math_log_or_log_twice(u, a),
                 w0 = a < 0x1p-16 ? fma(a * a * a, -1.0 / 6.0, a) : v;
    return copysign(a < FG_MATH_INF ? w0 : a, x);
}

/* log(x + sqrt(x^2 - 1)). Within 1 ULP. */
FG_MATH double fg_math_acosh(double x)
{
    const fg_pair square = fg_math_product(x, x);
    fg_pair w = fg_math_fast_sum(square.hi, -1.0);
    w = fg_math_fast_sum(w.hi, w.lo + square.lo);
    const fg_pair root = fg_math_sqrt_of_pair(w);
    fg_pair u = fg_math_fast_sum(x, root.hi);
    u.lo += root.lo;
    const double v = fg_math_log_or_log_twice(u, x);
    return x < FG_MATH_INF ? (x < 1.0 ? FG_MATH_NAN : v) : x;
}

/* log((1 + |x|) / (1 - |x|)) / 2. Within 1 ULP. */
FG_MATH double fg_math_atanh(double x)
{
    const double a = fabs(x);
    const fg_pair q = fg_math_quotient(fg_math_fast_sum(1.0, a), fg_math_fast_sum(1.0, -a));
    const fg_pair l = fg_math_log_of_pair(fg_math_fast_sum(q.hi, q.lo));
    const double v = a < 0x1p-20 ? fma(a * a * a, 1.0 / 3.0, a) : 0.5 * (l.hi + l.lo);
    return copysign(a < 1.0 ? v : a == 1.0 ? FG_MATH_INF : FG_MATH_NAN, x);
}

#endif
