/* fg_math_core.h -- what the vector mathematics is built of: bits, sums of two doubles, polynomials.
 *
 * The functions of fg_math_*.h have no branch, table or call, so that a loop over them becomes vector
 * code, and use nothing but IEEE operations and explicit fma(), so that a result has the same bits in
 * a vector of any width. They want a machine with FMA: without, fma() is right but slow.
 */
#ifndef FG_MATH_CORE_H
#define FG_MATH_CORE_H
#include "fg_compiler.h"
#include <math.h>
#include <stdint.h>

#define FG_MATH FG_ALWAYS

#define FG_MATH_INF ((double)INFINITY)
#define FG_MATH_NAN ((double)NAN)
#define FG_MATH_MAGIC \
    0x1.8p52 /* x + MAGIC has the integer next to x in its low bits, if |x| < 2^51 */
#define FG_MATH_ONE ((uint64_t)1023 << 52) /* the bits of 1.0 */

/* An unevaluated sum; |lo| is at most about one ULP of hi. */
typedef struct fg_pair {
    double hi, lo;
} fg_pair;

/* What the reduction of an argument leaves: r, and n of n ln 2 or n pi/2 in some bits. */
typedef struct fg_reduced {
    fg_pair r;
    uint64_t n;
} fg_reduced;

/* Unions, for a variable whose address memcpy() takes keeps sanitizers from seeing through it. */
FG_MATH uint64_t fg_math_bits(double x)
{
    const union {
        double x;
        uint64_t bits;
    } both = {.x = x};
    return both.bits;
}

FG_MATH double fg_math_from_bits(uint64_t bits)
{
    const union {
        uint64_t bits;
        double x;
    } both = {.bits = bits};
    return both.x;
}

/* a + b exactly, if |a| >= |b| or a is 0. */
FG_MATH fg_pair fg_math_fast_sum(double a, double b)
{
    const double s = a + b;
    return (fg_pair){s, (a - s) + b};
}

/* a + b exactly. */
FG_MATH fg_pair fg_math_sum(double a, double b)
{
    const double s = a + b, b_part = s - a;
    return (fg_pair){s, (a - (s - b_part)) + (b - b_part)};
}

/* a * b exactly. */
FG_MATH fg_pair fg_math_product(double a, double b)
{
    const double p = a * b;
    return (fg_pair){p, fma(a, b, -p)};
}

/* n / d, with a relative error of some 2^-104. */
FG_MATH fg_pair fg_math_quotient(fg_pair n, fg_pair d)
{
    const double inverse = 1.0 / d.hi, q = n.hi * inverse;
    return (fg_pair){q, (fma(-q, d.hi, n.hi) + fma(-q, d.lo, n.lo)) * inverse};
}

/* Polynomials by Estrin's scheme: c0 + c1 x + ..., x2 = x^2, x4 = x^4, x8 = x^8. Its short chains of
 * dependent operations are what lets the processor work at several vectors at once. */
FG_MATH double fg_math_poly4(double x, double x2, double c0, double c1, double c2, double c3)
{
    return fma(x2, fma(x, c3, c2), fma(x, c1, c0));
}

FG_MATH double fg_math_poly8(double x, double x2, double x4, double c0, double c1, double c2,
                             double c3, double c4, double c5, double c6, double c7)
{
    return fma(x4, fg_math_poly4(x, x2, c4, c5, c6, c7), fg_math_poly4(x, x2, c0, c1, c2, c3));
}

#endif
