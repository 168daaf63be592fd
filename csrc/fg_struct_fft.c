/* fg_struct_fft.c -- the kernel fft: transforms along an axis, of complex and of real numbers.
 *
 * A complex array is two real ones, one behind the other. A few transforms at a time, the lanes, are
 * taken out of the source into work memory, transformed and put into the result.
 *
 * Of an even number n of real ones, those with even and with odd numbers are real and imaginary parts
 * of n / 2 complex ones, whose transform holds both theirs (the split). A length with a large prime
 * factor is a convolution with a chirp, exp(i pi k^2 / length) (Bluestein 1970), by transforms of a
 * length that has none.
 */
#include "fg_struct_fft.h"
#include "fg_fft.h"
#include "fg_struct_loops.h"
#include <string.h>

/* Where a few transforms stand: lane l at `first` + l * `apart`, its items `step` apart, and imaginary
 * parts `other` behind the real ones. */
typedef struct few {
    int64_t first, lanes, apart, step, other;
} few;

/* Items of one part between memory and a block [n][lanes], every `stride`-th. */
static void take(int64_t n, int64_t stride, const few *r, const fg_real *from, fg_real *to)
{
    const int64_t lanes = r->lanes, apart = r->apart, step = r->step * stride;
    if (lanes == 1) {
        for (int64_t k = 0; k < n; ++k) to[k] = from[k * step];
    } else if (apart == 1) {
        for (int64_t k = 0; k < n; ++k, to += lanes, from += step) {
            for (int64_t l = 0; l < lanes; ++l) to[l] = from[l];
        }
    } else {
        for (int64_t k = 0; k < n; ++k, to += lanes, from += step) {
            for (int64_t l = 0; l < lanes; ++l) to[l] = from[l * apart];
        }
    }
}

static void put(int64_t n, int64_t stride, const few *r, const fg_real *from, fg_real *to)
{
    const int64_t lanes = r->lanes, apart = r->apart, step = r->step * stride;
    if (lanes == 1) {
        for (int64_t k = 0; k < n; ++k) to[k * step] = from[k];
    } else if (apart == 1) {
        for (int64_t k = 0; k < n; ++k, to += step, from += lanes) {
            for (int64_t l = 0; l < lanes; ++l) to[l] = from[l];
        }
    } else {
        for (int64_t k = 0; k < n; ++k, to += step, from += lanes) {
            for (int64_t l = 0; l < lanes; ++l) to[l * apart] = from[l];
        }
    }
}

static fg_parts exchanged(fg_parts x)
{
    return (fg_parts){x.im, x.re};
}

#if !defined(FG_SINGLE)
int64_t fg__fft_read(const int64_t *p, fg__fft_step *f)
{
    const int64_t n = p[4], length = p[7], n_factor = p[8], half = n / 2 + 1,
                  *at = p + FG_FFT_NUMBERS;
    const int is_split = p[0] != FG_FFT_COMPLEX && n % 2 == 0;
    *f = (fg__fft_step){.kind = p[0], .inverse = p[1], .outer = p[2], .between = p[3]};
    f->n = n;
    f->inner = p[5];
    f->lanes = p[6];
    f->own = is_split ? n / 2 : n;
    f->n_in = f->kind == FG_FFT_HALF ? half : n;
    f->n_out = f->kind == FG_FFT_REAL ? half : n;
    f->fft = (fg_fft){length, n_factor, at, NULL};
    at += n_factor;
    if (is_split) {
        f->split = at;
        at += 2 * f->own;
    }
    f->fft.table = at;
    for (int64_t k = 0, m = length; k < n_factor; ++k) {
        m /= f->fft.factor[k];
        at += fg__fft_entries(f->fft.factor[k], m);
    }
    if (length != f->own) {
        f->chirp = at;
        f->spectrum = at + 2 * f->own;
        at += 2 * f->own + 2 * length;
    }
    return at - p;
}
#endif

/* ----- transforms of blocks ----- */

/* x[k] times the turn of place k, forwards or backwards; the same into another block. */
static void turn(int64_t n, int64_t lanes, const int64_t *turns, fg_real sign, fg_parts x,
                 fg_parts to)
{
    for (int64_t k = 0; k < n; ++k) {
        const fg_real c = fg__fft_number(turns + k), s = sign * fg__fft_number(turns + n + k);
        for (int64_t l = k * lanes; l < (k + 1) * lanes; ++l) {
            const fg_real re = x.re[l], im = x.im[l];
            to.re[l] = re * c - im * s;
            to.im[l] = re * s + im * c;
        }
    }
}

/* The transform of x, which is a block of work; a and b are two others, and x may be b. */
static fg_parts transform(const fg__fft_step *f, int64_t lanes, fg_parts x, fg_parts a, fg_parts b)
{
    const int64_t n = f->own, length = f->fft.length;
    if (!f->chirp) {
        return fg__fft_run(&f->fft, lanes, x, a, b);
    }
    turn(n, lanes, f->chirp, -1, x, b);
    const size_t rest = (size_t)((length - n) * lanes) * sizeof(fg_real);
    memset(b.re + n * lanes, 0, rest);
    memset(b.im + n * lanes, 0, rest);
    fg_parts y = fg__fft_run(&f->fft, lanes, b, a, b);
    turn(length, lanes, f->spectrum, 1, y, y);
    const int in_a = y.re == a.re;
    y = exchanged(fg__fft_run(&f->fft, lanes, exchanged(y), in_a ? b : a, in_a ? a : b));
    turn(n, lanes, f->chirp, -1, y, y);
    return y;
}

/* ----- real numbers, an even number of them ----- */

/* From the transform Z of x[2j] + i x[2j + 1] to that of x: Y = E + w O, where E and O, those of the
 * even and of the odd items, are (Z[k] + Z*[h - k]) / 2 and (Z[k] - Z*[h - k]) / 2i. */
static void join(const fg__fft_step *f, const few *r, fg_parts z, fg_parts to)
{
    const int64_t h = f->own, step = r->step;
    const fg_real half = (fg_real)0.5;
    for (int64_t l = 0; l < r->lanes; ++l) {
        fg_real *re = to.re + l * r->apart, *im = to.im + l * r->apart;
        const fg_real a = z.re[l], b = z.im[l];
        re[0] = a + b;
        re[h * step] = a - b;
        im[0] = im[h * step] = 0;
    }
    for (int64_t k = 1; k < h; ++k) {
        const fg_real c = fg__fft_number(f->split + k), s = fg__fft_number(f->split + h + k);
        const fg_real *ar = z.re + k * r->lanes, *br = z.re + (h - k) * r->lanes;
        const fg_real *ai = z.im + k * r->lanes, *bi = z.im + (h - k) * r->lanes;
        fg_real *re = to.re + k * step, *im = to.im + k * step;
        for (int64_t l = 0; l < r->lanes; ++l) {
            const fg_real er = half * (ar[l] + br[l]), ei = half * (ai[l] - bi[l]);
            const fg_real dr = half * (ai[l] + bi[l]), di = half * (br[l] - ar[l]);
            re[l * r->apart] = er + (dr * c + di * s);
            im[l * r->apart] = ei + (di * c - dr * s);
        }
    }
}

/* The way back, times n: imaginary parts at both ends count as 0. */
static void part(const fg__fft_step *f, const few *r, const fg_real *re, const fg_real *im,
                 fg_parts to)
{
    const int64_t h = f->own, step = r->step;
    for (int64_t l = 0; l < r->lanes; ++l) {
        const fg_real a = re[l * r->apart], b = re[l * r->apart + h * step];
        to.re[l] = a + b;
        to.im[l] = a - b;
    }
    for (int64_t k = 1; k < h; ++k) {
        const fg_real c = fg__fft_number(f->split + k), s = fg__fft_number(f->split + h + k);
        const fg_real *ar = re + k * step, *br = re + (h - k) * step;
        const fg_real *ai = im + k * step, *bi = im + (h - k) * step;
        fg_real *zr = to.re + k * r->lanes, *zi = to.im + k * r->lanes;
        for (int64_t l = 0; l < r->lanes; ++l) {
            const int64_t at = l * r->apart;
            const fg_real er = ar[at] + br[at], ei = ai[at] - bi[at];
            const fg_real dr = ar[at] - br[at], di = ai[at] + bi[at];
            const fg_real gr = dr * c - di * s, gi = dr * s + di * c;
            zr[l] = er - gi;
            zi[l] = ei + gr;
        }
    }
}

/* ----- from memory to memory ----- */

static void run_complex(const fg__fft_step *f, const few *from, const few *to, fg_parts a,
                        fg_parts b, fg_real *w)
{
    const int64_t n = f->n, lanes = from->lanes;
    fg_parts x = {w + from->first, w + from->first + from->other};
    fg_parts y = {w + to->first, w + to->first + to->other};
    if (f->inverse) {
        x = exchanged(x);
        y = exchanged(y);
    }
    /* Items that stand as a block does need not be moved. */
    const int is_block = from->step == lanes && (lanes == 1 || from->apart == 1);
    if (is_block && !f->chirp && f->fft.n_factor > 0) {
        const int odd = f->fft.n_factor % 2 == 1;
        (void)fg__fft_run(&f->fft, lanes, x, odd ? y : a, odd ? a : y);
        return;
    }
    take(n, 1, from, x.re, b.re);
    take(n, 1, from, x.im, b.im);
    const fg_parts z = transform(f, lanes, b, a, b);
    put(n, 1, to, z.re, y.re);
    put(n, 1, to, z.im, y.im);
}

static void run_real(const fg__fft_step *f, const few *from, const few *to, fg_parts a, fg_parts b,
                     fg_real *w)
{
    const int64_t lanes = from->lanes;
    const fg_real *x = w + from->first;
    const fg_parts y = {w + to->first, w + to->first + to->other};
    if (f->split) {
        take(f->own, 2, from, x, b.re);
        take(f->own, 2, from, x + from->step, b.im);
        join(f, to, transform(f, lanes, b, a, b), y);
        return;
    }
    take(f->n, 1, from, x, b.re);
    memset(b.im, 0, (size_t)(f->n * lanes) * sizeof(fg_real));
    const fg_parts z = transform(f, lanes, b, a, b);
    memset(z.im, 0, (size_t)lanes * sizeof(fg_real)); /* a chirp leaves a rounding error there */
    put(f->n / 2 + 1, 1, to, z.re, y.re);
    put(f->n / 2 + 1, 1, to, z.im, y.im);
}

static void run_half(const fg__fft_step *f, const few *from, const few *to, fg_parts a, fg_parts b,
                     fg_real *w)
{
    const int64_t n = f->n, lanes = from->lanes;
    const fg_real *re = w + from->first, *im = re + from->other;
    fg_real *y = w + to->first;
    if (f->split) {
        part(f, from, re, im, b);
        const fg_parts z = exchanged(transform(f, lanes, exchanged(b), exchanged(a), exchanged(b)));
        put(f->own, 2, to, z.re, y);
        put(f->own, 2, to, z.im, y + to->step);
        return;
    }
    take(n / 2 + 1, 1, from, re, b.re);
    take(n / 2 + 1, 1, from, im, b.im);
    for (int64_t k = 1; k <= n / 2; ++k) {
        for (int64_t l = 0; l < lanes; ++l) {
            b.re[(n - k) * lanes + l] = b.re[k * lanes + l];
            b.im[(n - k) * lanes + l] = -b.im[k * lanes + l];
        }
    }
    memset(b.im, 0, (size_t)lanes * sizeof(fg_real));
    const fg_parts z = exchanged(transform(f, lanes, exchanged(b), exchanged(a), exchanged(b)));
    put(n, 1, to, z.re, y);
}

/* p = [dst, src, work | kind, inverse, outer, between, n, inner, lanes, length, n_factor, factor..,
 *      table..] */
fg_status fg__struct_fft(const int64_t *p, fg_real *w)
{
    fg__fft_step f;
    fg__fft_read(p + 3, &f);
    if (f.outer == 0 || f.between == 0 || f.inner == 0) {
        return FG_OK;
    }
    const int64_t block = f.fft.length * f.lanes + FG_FFT_GAP;
    fg_real *work = w + p[2];
    const fg_parts a = {work, work + block}, b = {work + 2 * block, work + 3 * block};
    const int64_t inner = f.inner, rows_of = inner == 1 ? f.between : inner;
    const int64_t other_in = f.kind == FG_FFT_REAL ? 0 : f.between * f.n_in * inner;
    const int64_t other_out = f.kind == FG_FFT_HALF ? 0 : f.between * f.n_out * inner;
    /* One walk over `outer`; in it the columns of each matrix, or the rows of one if it has one. */
    const int64_t matrices = inner == 1 ? 1 : f.between;
    for (int64_t o = 0; o < f.outer; ++o) {
        for (int64_t m = 0; m < matrices; ++m) {
            for (int64_t k = 0; k < rows_of; k += f.lanes) {
                const int64_t lanes = rows_of - k < f.lanes ? rows_of - k : f.lanes;
                const int64_t in = inner == 1 ? f.n_in : 1, out = inner == 1 ? f.n_out : 1;
                const few from = {p[1] + o * (f.between * f.n_in * inner + other_in) +
                                      m * f.n_in * inner + k * in,
                                  lanes, in, inner, other_in};
                const few to = {p[0] + o * (f.between * f.n_out * inner + other_out) +
                                    m * f.n_out * inner + k * out,
                                lanes, out, inner, other_out};
                if (f.kind == FG_FFT_COMPLEX) {
                    run_complex(&f, &from, &to, a, b, w);
                } else if (f.kind == FG_FFT_REAL) {
                    run_real(&f, &from, &to, a, b, w);
                } else {
                    run_half(&f, &from, &to, a, b, w);
                }
            }
        }
    }
    return FG_OK;
}
