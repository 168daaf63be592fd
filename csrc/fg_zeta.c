/* fg_zeta.c -- the zeta function of Hurwitz: some terms of its sum, and Euler and Maclaurin's formula for
 * the others. */
#include "fg_zeta.h"
#include <math.h>

/* B_2k / (2k)! for k = 1, 2 ... */
static const double bernoulli[] = {
    1.0 / 12,
    -1.0 / 720,
    1.0 / 30240,
    -1.0 / 1209600,
    1.0 / 47900160,
    -691.0 / 1307674368000,
    1.0 / 74724249600,
    -3617.0 / 10670622842880000,
    43867.0 / 5109094217170944000,
    -174611.0 / 802857662698291200000.0,
    77683.0 / 14101100039391805440000.0,
    -236364091.0 / 1693824136731743669452800000.0,
};

enum { N_BERNOULLI = sizeof bernoulli / sizeof *bernoulli, N_TERMS = 10 };

/* Of q that is not far below 0. Where the rest begins, (q + k)^x is large enough for the formula, or the
 * rest is nothing beside the first term. */
static double positive(double x, double q)
{
    double sum = 0.0;
    for (int k = 0; k < N_TERMS || q < N_TERMS; ++k, q += 1.0) {
        sum += pow(q, -x);
    }
    const double power = pow(q, -x);
    if (power == 0.0) {
        return sum;
    }
    double rest = power * (q / (x - 1.0) + 0.5), factor = power * x / q;
    for (int k = 0; k < N_BERNOULLI; ++k) {
        rest += factor * bernoulli[k];
        factor *= (x + 2 * k + 1) / q * ((x + 2 * k + 2) / q);
    }
    return sum + rest;
}

double fg__zeta(double x, double q)
{
    enum { FEW = 20 };
    if (x == 1.0) {
        return INFINITY;
    }
    if (!(x > 1.0) || q != q) {
        return NAN;
    }
    if (q > 0.0) {
        return isinf(x) || isinf(q) ? pow(q, -x) : positive(x, q);
    }
    if (q == floor(q)) {
        return INFINITY;
    }
    if (x != floor(x) || isinf(x)) {
        return NAN;
    }
    if (q > -FEW) {
        return positive(x, q);
    }
    /* Terms on either side of 0: those of r + k above, and below it those of 1 - r + k up to -q. */
    const double r = q - floor(q), below = positive(x, 1.0 - r) - positive(x, 1.0 - q);
    return positive(x, r) + (fmod(x, 2.0) == 0.0 ? below : -below);
}
