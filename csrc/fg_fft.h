/* fg_fft.h -- discrete Fourier transforms of one length, several at once.
 *
 * Real and imaginary parts are arrays of their own, [length][lanes]: item k of all transforms, which
 * are the lanes, stands together. Stockham's order of the algorithm of Cooley and Tukey (1965): each
 * stage takes a factor off the length and writes where the next one reads, so nothing is put in order
 * at the end. Nothing is computed that a table can hold: a run reads sines and cosines, and adds no
 * error of its own to them.
 *
 * The table, doubles in the memory of int64_t, has for each factor r, with m the length that is left
 * divided by r, cosines [m] and sines [m] of 2 pi j p / (r m), p < m, for each j from 1 to r - 1; and
 * before that, if r is none of 2, 3, 4, 5, cosines [r] and sines [r] of 2 pi k / r.
 */
#ifndef FG_FFT_H
#define FG_FFT_H
#include "fg_real.h"
#include <stdint.h>
#include <string.h>

enum { FG_FFT_MOST = 64 /* the largest factor */, FG_FFT_FACTORS = 40 /* how many there may be */ };

typedef struct fg_fft {
    int64_t length, n_factor;
    const int64_t *factor, *table;
} fg_fft;

typedef struct fg_parts {
    fg_real *re, *im;
} fg_parts;

/* Numbers in the table of a factor. */
static inline int64_t fg__fft_entries(int64_t r, int64_t m)
{
    return 2 * (r - 1) * m + (r > 5 ? 2 * r : 0);
}

static inline fg_real fg__fft_number(const int64_t *at)
{
    double x;
    memcpy(&x, at, sizeof x);
    return (fg_real)x;
}

/* Transforms x: sums of x[j] exp(-2 pi i j k / length). With re and im exchanged, in x and in the
 * result, the sign of i is the other one.
 *
 * x        [length][lanes]  may be b
 * a, b     [length][lanes]  work
 * returns  x, a or b, whichever holds the result: a if the number of factors is odd
 */
fg_parts fg__fft_run(const fg_fft *f, int64_t lanes, fg_parts x, fg_parts a, fg_parts b);

#endif
