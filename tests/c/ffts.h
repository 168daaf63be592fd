/* ffts.h -- the numbers of steps of the kernel fft, and what they compute, in long double. */
#ifndef FFTS_H
#define FFTS_H
#include "fg_struct_fft.h"
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct turned {
    long double re, im;
} turned;

/* exp(2 pi i k / n) */
static inline turned turn_of(int64_t k, int64_t n)
{
    const long double angle = 2.0L * acosl(-1.0L) * (long double)(k % n) / (long double)n;
    return (turned){cosl(angle), sinl(angle)};
}

/* The sum of n terms x[j] exp(sign 2 pi i j k / n). */
static inline turned dft_of(int64_t n, const turned *x, int64_t k, int sign)
{
    turned sum = {0.0L, 0.0L};
    for (int64_t j = 0; j < n; ++j) {
        const turned w = turn_of(j * k % n, n);
        sum.re += x[j].re * w.re - (long double)sign * x[j].im * w.im;
        sum.im += x[j].im * w.re + (long double)sign * x[j].re * w.im;
    }
    return sum;
}

static inline int64_t bits_of(long double number)
{
    const double x = (double)number;
    int64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* Adds cosines, then sines, of `step` turns. */
static inline int64_t *add_turns(int64_t *at, int64_t count, int64_t step, int64_t n)
{
    for (int64_t k = 0; k < count; ++k) {
        at[k] = bits_of(turn_of(k * step, n).re);
        at[count + k] = bits_of(turn_of(k * step, n).im);
    }
    return at + 2 * count;
}

static inline int64_t next_factor(int64_t n)
{
    if (n % 4 == 0) {
        return 4;
    }
    int64_t r = 2;
    while (n % r != 0) {
        ++r;
    }
    return r;
}

/* The numbers of a step behind its offsets: [kind, .., lanes] are those in `head`, of 7. With a
 * `length` that is not 0 there is a chirp. Returns how many there are. */
static inline int64_t fft_numbers(const int64_t *head, int64_t length, int64_t *p)
{
    const int64_t n = head[4], is_split = head[0] != FG_FFT_COMPLEX && n % 2 == 0;
    const int64_t own = is_split ? n / 2 : n;
    memcpy(p, head, 7 * sizeof *p);
    p[7] = length ? length : own;
    p[8] = 0;
    int64_t *at = p + FG_FFT_NUMBERS;
    for (int64_t left = p[7]; left > 1; left /= at[-1], ++p[8]) {
        *at++ = next_factor(left);
    }
    if (is_split) {
        at = add_turns(at, own, 1, n);
    }
    for (int64_t k = 0, m = p[7]; k < p[8]; ++k) {
        const int64_t r = p[FG_FFT_NUMBERS + k];
        m /= r;
        if (r > 5) {
            at = add_turns(at, r, 1, r);
        }
        for (int64_t j = 1; j < r; ++j) {
            at = add_turns(at, m, j, r * m);
        }
    }
    if (length) {
        turned *chirp = calloc((size_t)length, sizeof *chirp);
        for (int64_t k = 0; k < own; ++k) {
            chirp[k] = turn_of(k * k, 2 * own);
            chirp[(length - k) % length] = chirp[k];
            at[k] = bits_of(chirp[k].re);
            at[own + k] = bits_of(chirp[k].im);
        }
        at += 2 * own;
        for (int64_t k = 0; k < length; ++k) {
            const turned sum = dft_of(length, chirp, k, -1);
            at[k] = bits_of(sum.re / (long double)length);
            at[length + k] = bits_of(sum.im / (long double)length);
        }
        at += 2 * length;
        free(chirp);
    }
    return at - p;
}

static inline int64_t fft_work(const int64_t *p)
{
    return 4 * (p[7] * p[6] + FG_FFT_GAP);
}

/* What a step computes, p with its offsets: transform by transform, from the definition. */
static inline void model_fft(const int64_t *p, double *w)
{
    fg__fft_step f;
    (void)fg__fft_read(p + 3, &f);
    turned *x = malloc((size_t)f.n * sizeof *x);
    const int64_t rows = f.between, behind_in = f.n_in * f.inner, behind = f.n_out * f.inner;
    const int64_t parts_in = f.kind == FG_FFT_REAL ? 1 : 2, parts = f.kind == FG_FFT_HALF ? 1 : 2;
    for (int64_t t = 0; t < f.outer * rows * f.inner; ++t) {
        const int64_t o = t / (rows * f.inner), b = t / f.inner % rows, i = t % f.inner;
        const double *from = w + p[1] + (o * parts_in * rows + b) * behind_in + i;
        double *to = w + p[0] + (o * parts * rows + b) * behind + i;
        for (int64_t k = 0; k < f.n; ++k) {
            if (k < f.n_in) {
                x[k].re = from[k * f.inner];
                x[k].im = parts_in == 1 ? 0.0L : from[rows * behind_in + k * f.inner];
            } else {
                x[k] = (turned){x[f.n - k].re, -x[f.n - k].im};
            }
            if (f.kind == FG_FFT_HALF && (k == 0 || 2 * k == f.n)) {
                x[k].im = 0.0L;
            }
        }
        for (int64_t k = 0; k < f.n_out; ++k) {
            const turned y = dft_of(f.n, x, k, f.inverse ? 1 : -1);
            to[k * f.inner] = (double)y.re;
            if (parts == 2) {
                to[rows * behind + k * f.inner] = (double)y.im;
            }
        }
    }
    free(x);
}

#endif
