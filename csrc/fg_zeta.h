/* fg_zeta.h -- the zeta function of Hurwitz, which rows call and cython_special has not. */
#ifndef FG_ZETA_H
#define FG_ZETA_H

/* The sum of 1 / (q + k)^x over k = 0, 1, 2 ... for x > 1; of a negative q for whole x alone. As SciPy's,
 * infinite where a term is, or x is 1, and NaN elsewhere. */
double fg__zeta(double x, double q);

#endif
