/* fg_fft.c -- the stages of a transform: a butterfly for each small factor, and one for any. */
#include "fg_fft.h"
#include <string.h>

/* A stage of factor r. Item p + k m of x, for k < r, goes into the r outputs r p .. r p + r - 1 of y:
 *
 *   y[r p + j] = w(j p) sum over k of x[p + k m] exp(-2 pi i j k / r)
 *
 * and each item is a row of `run` numbers, as many as lanes times the factors of earlier stages. */
typedef struct stage {
    int64_t m, run;
    const int64_t *table;
} stage;

/* The turns of the outputs 1 to r - 1 of place p: cosine, sine. */
static inline void turns(const stage *t, int r, int64_t p, fg_real *w)
{
    for (int j = 0; j < r - 1; ++j) {
        w[2 * j] = fg__fft_number(t->table + 2 * j * t->m + p);
        w[2 * j + 1] = fg__fft_number(t->table + (2 * j + 1) * t->m + p);
    }
}

/* y[j] = (re, im), turned. At p = 0 there is no turn, so that infinities meet no zero. */
#define PUT(j, r_, i_)                                              \
    do {                                                            \
        const fg_real re_ = (r_), im_ = (i_);                       \
        if (turned) {                                               \
            const fg_real c_ = w[2 * (j) - 2], s_ = w[2 * (j) - 1]; \
            yr[(j) * run + q] = re_ * c_ + im_ * s_;                \
            yi[(j) * run + q] = im_ * c_ - re_ * s_;                \
        } else {                                                    \
            yr[(j) * run + q] = re_;                                \
            yi[(j) * run + q] = im_;                                \
        }                                                           \
    } while (0)

#define BUTTERFLY(name)                                                             \
    static inline void name(int turned, const fg_real *w, int64_t run, int64_t far, \
                            const fg_real *restrict xr, const fg_real *restrict xi, \
                            fg_real *restrict yr, fg_real *restrict yi)

BUTTERFLY(two)
{
    for (int64_t q = 0; q < run; ++q) {
        const fg_real ar = xr[q], ai = xi[q], br = xr[q + far], bi = xi[q + far];
        yr[q] = ar + br;
        yi[q] = ai + bi;
        PUT(1, ar - br, ai - bi);
    }
}

BUTTERFLY(three)
{
    const fg_real sine = (fg_real)0.86602540378443864676; /* of pi / 3 */
    for (int64_t q = 0; q < run; ++q) {
        const fg_real ar = xr[q], ai = xi[q];
        const fg_real br = xr[q + far], bi = xi[q + far];
        const fg_real cr = xr[q + 2 * far], ci = xi[q + 2 * far];
        const fg_real tr = br + cr, ti = bi + ci;
        const fg_real ur = sine * (bi - ci), ui = sine * (cr - br);
        const fg_real vr = ar - (fg_real)0.5 * tr, vi = ai - (fg_real)0.5 * ti;
        yr[q] = ar + tr;
        yi[q] = ai + ti;
        PUT(1, vr + ur, vi + ui);
        PUT(2, vr - ur, vi - ui);
    }
}

BUTTERFLY(four)
{
    for (int64_t q = 0; q < run; ++q) {
        const fg_real ar = xr[q], ai = xi[q];
        const fg_real br = xr[q + far], bi = xi[q + far];
        const fg_real cr = xr[q + 2 * far], ci = xi[q + 2 * far];
        const fg_real dr = xr[q + 3 * far], di = xi[q + 3 * far];
        const fg_real er = ar + cr, ei = ai + ci, fr = ar - cr, fi = ai - ci;
        const fg_real gr = br + dr, gi = bi + di, hr = bi - di, hi = dr - br; /* -i (b - d) */
        yr[q] = er + gr;
        yi[q] = ei + gi;
        PUT(1, fr + hr, fi + hi);
        PUT(2, er - gr, ei - gi);
        PUT(3, fr - hr, fi - hi);
    }
}

BUTTERFLY(five)
{
    const fg_real c1 = (fg_real)0.30901699437494742410, s1 = (fg_real)0.95105651629515357212;
    const fg_real c2 = (fg_real)-0.80901699437494742410, s2 = (fg_real)0.58778525229247312917;
    for (int64_t q = 0; q < run; ++q) {
        const fg_real ar = xr[q], ai = xi[q];
        const fg_real br = xr[q + far], bi = xi[q + far];
        const fg_real cr = xr[q + 2 * far], ci = xi[q + 2 * far];
        const fg_real dr = xr[q + 3 * far], di = xi[q + 3 * far];
        const fg_real er = xr[q + 4 * far], ei = xi[q + 4 * far];
        const fg_real sr = br + er, si = bi + ei, tr = cr + dr, ti = ci + di;
        const fg_real ur = bi - ei, ui = er - br, vr = ci - di, vi = dr - cr; /* -i (b - e) .. */
        yr[q] = ar + (sr + tr);
        yi[q] = ai + (si + ti);
        const fg_real fr = ar + (c1 * sr + c2 * tr), fi = ai + (c1 * si + c2 * ti);
        const fg_real gr = ar + (c2 * sr + c1 * tr), gi = ai + (c2 * si + c1 * ti);
        const fg_real hr = s1 * ur + s2 * vr, hi = s1 * ui + s2 * vi;
        const fg_real kr = s2 * ur - s1 * vr, ki = s2 * ui - s1 * vi;
        PUT(1, fr + hr, fi + hi);
        PUT(2, gr + kr, gi + ki);
        PUT(3, gr - kr, gi - ki);
        PUT(4, fr - hr, fi - hi);
    }
}

/* All places of a stage; the numbers of a run that are known here make loops without a start. */
#define STAGE(name, r)                                                                    \
    static inline void name##_places(const stage *t, int64_t run, fg_parts x, fg_parts y) \
    {                                                                                     \
        fg_real w[2 * (r)];                                                               \
        name(0, w, run, run * t->m, x.re, x.im, y.re, y.im);                              \
        for (int64_t p = 1; p < t->m; ++p) {                                              \
            const int64_t from = p * run, to = p * run * (r);                             \
            turns(t, r, p, w);                                                            \
            name(1, w, run, run * t->m, x.re + from, x.im + from, y.re + to, y.im + to);  \
        }                                                                                 \
    }                                                                                     \
    static void name##_stage(const stage *t, fg_parts x, fg_parts y)                      \
    {                                                                                     \
        if (t->run == 1) {                                                                \
            name##_places(t, 1, x, y);                                                    \
        } else if (t->run == 4) {                                                         \
            name##_places(t, 4, x, y);                                                    \
        } else {                                                                          \
            name##_places(t, t->run, x, y);                                               \
        }                                                                                 \
    }

STAGE(two, 2)
STAGE(three, 3)
STAGE(four, 4)
STAGE(five, 5)

/* ----- any factor: sums of r products, for each pair of outputs j and r - j together ----- */

enum { WIDE = 8 };

/* x[k] + x[r - k] and x[k] - x[r - k] of up to WIDE numbers; the first row is x[0]. */
typedef struct folded {
    fg_real plus_re[FG_FFT_MOST][WIDE], plus_im[FG_FFT_MOST][WIDE];
    fg_real less_re[FG_FFT_MOST][WIDE], less_im[FG_FFT_MOST][WIDE];
} folded;

static void fold_pairs(int r, int n, int64_t far, const fg_real *xr, const fg_real *xi, folded *to)
{
    for (int q = 0; q < n; ++q) {
        to->plus_re[0][q] = xr[q];
        to->plus_im[0][q] = xi[q];
    }
    for (int k = 1; k <= r / 2; ++k) {
        const fg_real *ar = xr + k * far, *ai = xi + k * far;
        const fg_real *br = xr + (r - k) * far, *bi = xi + (r - k) * far;
        const int is_middle = 2 * k == r;
        for (int q = 0; q < n; ++q) {
            to->plus_re[k][q] = is_middle ? ar[q] : ar[q] + br[q];
            to->plus_im[k][q] = is_middle ? ai[q] : ai[q] + bi[q];
            to->less_re[k][q] = is_middle ? 0 : ar[q] - br[q];
            to->less_im[k][q] = is_middle ? 0 : ai[q] - bi[q];
        }
    }
}

/* Sum over k of plus[k] cos(2 pi j k / r) into a, of -i less[k] sin(2 pi j k / r) into b. */
static void add_up(int r, int j, const int64_t *root, const folded *x, fg_real a[2][WIDE],
                   fg_real b[2][WIDE])
{
    for (int q = 0; q < WIDE; ++q) {
        a[0][q] = x->plus_re[0][q];
        a[1][q] = x->plus_im[0][q];
        b[0][q] = b[1][q] = 0;
    }
    for (int k = 1, at = j % r; k <= r / 2; ++k, at = at + j < r ? at + j : at + j - r) {
        const fg_real c = fg__fft_number(root + at), s = fg__fft_number(root + r + at);
        for (int q = 0; q < WIDE; ++q) {
            a[0][q] += x->plus_re[k][q] * c;
            a[1][q] += x->plus_im[k][q] * c;
            b[0][q] += x->less_im[k][q] * s;
            b[1][q] -= x->less_re[k][q] * s;
        }
    }
}

static void any_stage(int r, const stage *t, fg_parts x, fg_parts y)
{
    const int64_t run = t->run, far = run * t->m, *turn = t->table + 2 * r;
    folded f;
    memset(&f, 0, sizeof f); /* lanes that are not used hold numbers */
    for (int64_t p = 0; p < t->m; ++p) {
        for (int64_t q = 0; q < run; q += WIDE) {
            const int n = run - q < WIDE ? (int)(run - q) : WIDE;
            const int64_t from = p * run + q, to = p * run * r + q;
            fold_pairs(r, n, far, x.re + from, x.im + from, &f);
            for (int j = 0; j <= r / 2; ++j) {
                fg_real a[2][WIDE], b[2][WIDE];
                add_up(r, j, t->table, &f, a, b);
                for (int side = 0; side < (j == 0 || 2 * j == r ? 1 : 2); ++side) {
                    const int out = side ? r - j : j;
                    const fg_real sign = side ? -1 : 1;
                    const int turned = p > 0 && out > 0;
                    const int64_t *at = turn + 2 * (out - 1) * t->m + p;
                    const fg_real c = turned ? fg__fft_number(at) : 1;
                    const fg_real s = turned ? fg__fft_number(at + t->m) : 0;
                    fg_real *yr = y.re + to + out * run, *yi = y.im + to + out * run;
                    for (int l = 0; l < n; ++l) {
                        const fg_real re = a[0][l] + sign * b[0][l], im = a[1][l] + sign * b[1][l];
                        yr[l] = turned ? re * c + im * s : re;
                        yi[l] = turned ? im * c - re * s : im;
                    }
                }
            }
        }
    }
}

fg_parts fg__fft_run(const fg_fft *f, int64_t lanes, fg_parts x, fg_parts a, fg_parts b)
{
    stage t = {f->length, lanes, f->table};
    for (int64_t k = 0; k < f->n_factor; ++k) {
        const int r = (int)f->factor[k];
        const fg_parts y = k % 2 ? b : a;
        t.m /= r;
        switch (r) {
        case 2:
            two_stage(&t, x, y);
            break;
        case 3:
            three_stage(&t, x, y);
            break;
        case 4:
            four_stage(&t, x, y);
            break;
        case 5:
            five_stage(&t, x, y);
            break;
        default:
            any_stage(r, &t, x, y);
        }
        t.table += fg__fft_entries(r, t.m);
        t.run *= r;
        x = y;
    }
    return x;
}
