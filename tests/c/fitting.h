/* fitting.h -- bytes as numbers, and as steps of any kernel that fit the arrays of their op, mostly.
 *
 * Steps of numbers drawn blindly hardly ever pass the check of kernels of linear algebra and of
 * transforms. So sizes follow from those of the arrays; the bytes choose among what is possible.
 */
#ifndef FITTING_H
#define FITTING_H
#include "fg_struct.h"
#include "fg_struct_fft.h"
#include "fg_struct_lapack.h"
#include <stdint.h>

enum { MOST_PARAMS = 512 };

typedef struct bytes {
    const uint8_t *at;
    size_t n;
} bytes;

static inline uint8_t next(bytes *b)
{
    if (!b->n) {
        return 0;
    }
    --b->n;
    return *b->at++;
}

/* Mostly small numbers; the last few bytes stand for those that overflow. */
static inline int64_t odd(uint8_t byte)
{
    static const int64_t odds[8] = {-1,        -2,        INT32_MIN, INT32_MAX,
                                    INT64_MAX, INT64_MIN, 1 << 20,   255};
    return byte < 248 ? byte : odds[byte - 248];
}

/* A step: its numbers, and the items that its result and its work memory need. */
typedef struct fitted {
    size_t n;
    int64_t number[MOST_PARAMS];
    int64_t result, work;
} fitted;

static inline void put_number(fitted *x, int64_t number)
{
    x->number[x->n++] = number;
}

static inline void put_numbers(fitted *x, size_t n, const int64_t *number)
{
    for (size_t k = 0; k < n; ++k) {
        put_number(x, number[k]);
    }
}

#define PUT(x, ...)                                          \
    do {                                                     \
        const int64_t given[] = {__VA_ARGS__};               \
        put_numbers(x, sizeof given / sizeof *given, given); \
    } while (0)

/* The largest n, at most 12, for which n * n + more * n items are there; sometimes a smaller one. */
static inline int64_t side(bytes *b, int64_t items, int64_t more)
{
    int64_t n = 0;
    while (n < 12 && (n + 1) * (n + 1) + more * (n + 1) <= items) {
        ++n;
    }
    const uint8_t less = next(b);
    return less < 128 ? n : less % (n + 1);
}

/* ----- the kernels: from the items of the result and of two operands ----- */

static inline void fit_copy(bytes *b, int64_t n, fitted *x)
{
    const int64_t rows = 1 + next(b) % 3, columns = n / rows;
    switch (next(b) % 3) {
    case 0: /* backwards */
        PUT(x, 0, n ? n - 1 : 0, 1, n, 1, -1);
        break;
    case 1: /* transposed */
        PUT(x, 0, 0, 2, rows, columns, columns, 1, 1, rows);
        break;
    default:
        PUT(x, 0, 0, 1, n, 1, 1);
    }
}

static inline void fit_reduce(bytes *b, int64_t size, int64_t items, fitted *x)
{
    const int64_t n = size ? items / size : 0, how = next(b) % FG_N_REDUCTIONS;
    switch (next(b) % 3) {
    case 0: /* the last axis */
        PUT(x, how, 1, size, n, 1, n, 1);
        break;
    case 1: /* the first one */
        PUT(x, how, 1, size, 1, 1, n, size);
        break;
    default: /* all, by two axes */
        PUT(x, how, 0, 2, items / 2, 2, 2, 1);
    }
}

static inline void fit_axis(bytes *b, int64_t n, fitted *x)
{
    const int64_t outer = 1 + next(b) % 3, inner = 1 + next(b) % 3;
    PUT(x, outer, n / (outer * inner), inner);
}

static inline void fit_matmul(bytes *b, const int64_t *size, fitted *x)
{
    const int64_t m = 1 + next(b) % 4, n = size[0] / m, depth = size[1] / m;
    if (next(b) % 2) {
        PUT(x, m, depth, n, depth, 1, n, 1, 0);
    } else { /* transposed, and twice the same */
        PUT(x, m / 2, depth, n, 1, m / 2, 1, depth, 1, 2, 0, 0);
    }
}

/* The length of a transform, as factors that it has; larger ones if a byte says so. */
static inline int64_t put_factors(bytes *b, int64_t length, int64_t *factor)
{
    int64_t n = 0;
    while (length > 1) {
        int64_t r = 2 + next(b) % 15;
        while (length % r != 0) {
            r = r < FG_FFT_MOST ? r + 1 : 2;
        }
        factor[n++] = r;
        length /= r;
    }
    return n;
}

static inline void fit_fft(bytes *b, const int64_t *size, fitted *x)
{
    const int64_t kind = next(b) % FG_FFT_KINDS, outer = 1 + next(b) % 2, inner = 1 + next(b) % 2;
    const int64_t between = 1 + next(b) % 2, lanes = 1 + next(b) % 3,
                  copies = outer * inner * between;
    int64_t n = size[kind == FG_FFT_HALF ? 0 : 1] / copies / (kind == FG_FFT_COMPLEX ? 2 : 1);
    n = n < 1 ? 1 : n > 24 ? 24 : n;
    const int64_t own = kind != FG_FFT_COMPLEX && n % 2 == 0 ? n / 2 : n;
    const int64_t length = next(b) % 4 ? own : own < 9 ? 16 : 64;
    const int64_t inverse = kind == FG_FFT_COMPLEX ? next(b) % 2 : kind == FG_FFT_HALF;
    int64_t offsets_and_numbers[MOST_PARAMS] = {kind,  inverse, outer,  between, n,
                                                inner, lanes,   length, 0};
    fg__fft_step f;
    offsets_and_numbers[8] = put_factors(b, length, offsets_and_numbers + FG_FFT_NUMBERS);
    const int64_t all = fg__fft_read(offsets_and_numbers, &f);
    for (int64_t k = FG_FFT_NUMBERS + f.fft.n_factor; k < all && k < MOST_PARAMS; ++k) {
        offsets_and_numbers[k] = 0x3fe0000000000000; /* the bits of 0.5 */
    }
    put_numbers(x, (size_t)(all < MOST_PARAMS ? all : MOST_PARAMS), offsets_and_numbers);
    x->result = copies * (kind == FG_FFT_HALF ? 1 : 2) * f.n_out;
    x->work = 4 * length * lanes + 4 * FG_FFT_GAP;
}

/* One matrix or two of a kernel that gets its sizes from operand 0; a wide one if a byte says so. */
static inline void fit_factor(bytes *b, int kernel, int64_t items, fitted *x)
{
    const int64_t count = 1 + next(b) % 2, n = side(b, items / count, 0), flag = next(b) % 2;
    int64_t m = n ? items / count / n : 0, k;
    m = m > 12 ? 12 : m;
    switch (kernel) {
    case FG_K_lu:
        PUT(x, count, flag ? m : n, flag ? n : m);
        x->result = count * fg__lu_size(flag ? m : n, flag ? n : m);
        break;
    case FG_K_qr:
        k = flag ? n : m;
        PUT(x, count, m, n, k);
        x->result = count * (m * k + n * n) + fg__qr_scratch(m, n, k);
        break;
    case FG_K_svd:
        PUT(x, count, n, m, flag);
        x->result = count * fg__svd_size(n, m, flag) + fg__svd_scratch(n, m, flag);
        break;
    case FG_K_eigh:
        PUT(x, count, n);
        x->result = count * (n + n * n) + fg__eigh_scratch(n);
        break;
    default: /* cholesky, expm, sqrtm */
        PUT(x, count, n);
        x->result = count * n * n + (kernel == FG_K_expm    ? fg__expm_scratch(n)
                                     : kernel == FG_K_sqrtm ? fg__sqrtm_scratch(n)
                                                            : 0);
    }
}

static inline void fit_solve(bytes *b, int kernel, const int64_t *size, fitted *x)
{
    const int is_triangle = kernel == FG_K_solve_triangular;
    const int64_t right = size[is_triangle ? 2 : 1], matrix = size[is_triangle ? 1 : 2];
    const int64_t n = side(b, matrix, is_triangle ? 0 : 2), m = n ? right / n : 0;
    const uint8_t flags = next(b);
    PUT(x, 1, n, m, flags & 1);
    if (is_triangle) {
        PUT(x, flags >> 1 & 1, flags >> 2 & 1);
    }
    x->result = n * m;
}

/* size  [3]  items of the result and of the operands */
static inline void fit(bytes *b, int kernel, const int64_t *size, fitted *x)
{
    const int64_t n0 = size[0], n1 = size[1], n2 = size[2], n = n0 < n1 ? n0 : n1;
    x->n = 0;
    x->result = x->work = 0;
    switch (kernel) {
    case FG_K_fill:
        PUT(x, 0, n0, odd(next(b)));
        break;
    case FG_K_copy:
        fit_copy(b, n, x);
        break;
    case FG_K_cast:
        PUT(x, n, next(b) % FG_N_DTYPES);
        break;
    case FG_K_gather:
        PUT(x, n0 < n2 ? n0 : n2, n1);
        break;
    case FG_K_scatter_add:
        PUT(x, n1 < n2 ? n1 : n2, n0);
        break;
    case FG_K_scatter_set:
        PUT(x, n1 < n2 ? n1 : n2, n0, next(b) % 2);
        break;
    case FG_K_reduce:
        fit_reduce(b, n0, n1, x);
        break;
    case FG_K_scan:
        PUT(x, next(b) % FG_N_SCANS);
        fit_axis(b, n, x);
        break;
    case FG_K_recurrence:
        fit_axis(b, n < n2 ? n : n2, x);
        break;
    case FG_K_argsort:
        fit_axis(b, n, x);
        break;
    case FG_K_matmul:
        fit_matmul(b, size, x);
        break;
    case FG_K_fft:
        fit_fft(b, size, x);
        break;
    case FG_K_pack:
        PUT(x, n0 < 6 ? n0 : 6);
        for (int64_t k = 0; k < n0 && k < 6; ++k) {
            PUT(x, odd(next(b)));
        }
        break;
    case FG_K_lu_solve:
    case FG_K_solve_triangular:
        fit_solve(b, kernel, size, x);
        break;
    case FG_K_det:
    case FG_K_adjugate: {
        const int64_t rows = side(b, n1, 2);
        PUT(x, 1, rows);
        x->result = rows * rows;
        if (kernel == FG_K_det) {
            PUT(x, next(b) % 2);
            x->result = 2;
        }
        break;
    }
    default:
        fit_factor(b, kernel, n1, x);
    }
}

#endif
