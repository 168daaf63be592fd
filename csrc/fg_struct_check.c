/* fg_struct_check.c -- whether a step stays where it may: nothing about it is trusted.
 *
 * For each kernel there is a function that says which items of the result and of the operands it
 * touches, as spans relative to their offsets. One function then compares spans with extents, the
 * workspace and each other. Numbers may be any int64_t: each product and sum is watched.
 */
#include "fg_array.h"
#include "fg_struct.h"
#include "fg_struct_fft.h"
#include "fg_struct_lapack.h"
#include "fg_struct_loops.h"

/* The items from lo up to hi, without hi; none if they are equal. */
typedef struct span {
    int64_t lo, hi;
} span;

/* The numbers of a step, behind the offsets. */
typedef struct numbers {
    size_t n;
    const int64_t *at;
} numbers;

/* Whether the numbers are those of a kernel; if so, the spans of its result and operands. */
typedef int spans_of(numbers p, span *of);

enum { MAX_ARRAYS = 3 }; /* a result and two operands, or one and work memory */

static int add(int64_t a, int64_t b, int64_t *sum)
{
    if (b > 0 ? a > INT64_MAX - b : a < INT64_MIN - b) {
        return 0;
    }
    *sum = a + b;
    return 1;
}

/* A product of which the first factor is not negative. */
static int multiply(int64_t n, int64_t b, int64_t *product)
{
    if (n > 0 && (b > INT64_MAX / n || b < INT64_MIN / n)) {
        return 0;
    }
    *product = n * b;
    return 1;
}

/* Number of items of a shape. */
static int count(int64_t ndim, const int64_t *shape, int64_t *size)
{
    int is_empty = 0;
    *size = 1;
    for (int64_t k = 0; k < ndim; ++k) {
        if (shape[k] < 0) {
            return 0;
        }
        is_empty |= shape[k] == 0;
    }
    for (int64_t k = 0; k < ndim && !is_empty; ++k) {
        if (!multiply(shape[k], *size, size)) {
            return 0;
        }
    }
    *size = is_empty ? 0 : *size;
    return 1;
}

/* Extends a span of items by axes along which it is repeated, none of them empty. */
static int widen(span *s, int64_t ndim, const int64_t *shape, const int64_t *step)
{
    for (int64_t k = 0; k < ndim; ++k) {
        int64_t reach, *end = step[k] < 0 ? &s->lo : &s->hi;
        if (shape[k] > 1 && (!multiply(shape[k] - 1, step[k], &reach) || !add(*end, reach, end))) {
            return 0;
        }
    }
    return 1;
}

static int is_ndim(int64_t n)
{
    return n >= 0 && n <= FG_MAX_NDIM;
}

/* ----- the kernels ----- */

static int spans_fill(numbers p, span *of)
{
    of[0].lo = p.n == 3 ? p.at[0] : -1;
    return of[0].lo >= 0 && p.at[1] >= 0 && add(of[0].lo, p.at[1], &of[0].hi);
}

static int spans_copy(numbers p, span *of)
{
    if (p.n < 3 || !is_ndim(p.at[2]) || p.n != 3 + 3 * (size_t)p.at[2]) {
        return 0;
    }
    const int64_t ndim = p.at[2], *shape = p.at + 3;
    int64_t size;
    if (!count(ndim, shape, &size)) {
        return 0;
    }
    if (size == 0) {
        return 1;
    }
    for (int k = 0; k < 2; ++k) {
        const span first = {p.at[k], p.at[k]};
        of[k] = first;
        if (!widen(&of[k], ndim, shape, shape + (k + 1) * ndim) || !add(of[k].hi, 1, &of[k].hi)) {
            return 0;
        }
    }
    /* No item is written twice, or not often: so the work is bounded. */
    return of[0].lo >= 0 && size <= of[0].hi - of[0].lo;
}

static int spans_cast(numbers p, span *of)
{
    if (p.n != 2 || p.at[0] < 0 || p.at[1] < 0 || p.at[1] >= FG_N_DTYPES ||
        !fg_struct_dtype((int)p.at[1])) {
        return 0;
    }
    of[0].hi = of[1].hi = p.at[0];
    return 1;
}

static int spans_gather(numbers p, span *of)
{
    if (p.n != 2 || p.at[0] < 0 || p.at[1] < 0) {
        return 0;
    }
    of[0].hi = of[2].hi = p.at[0];
    of[1].hi = p.at[1];
    return 1;
}

static int spans_scatter_add(numbers p, span *of)
{
    if (p.n != 2 || p.at[0] < 0 || p.at[1] < 0) {
        return 0;
    }
    of[1].hi = of[2].hi = p.at[0];
    of[0].hi = p.at[1];
    return 1;
}

static int spans_scatter_set(numbers p, span *of)
{
    if (p.n != 3 || p.at[0] < 0 || p.at[1] < 0 || p.at[2] < 0 || p.at[2] > 1) {
        return 0;
    }
    of[0].hi = p.at[1];
    of[1].hi = p.at[2] || p.at[0] == 0 ? p.at[0] : 1;
    of[2].hi = p.at[0];
    return 1;
}

static int spans_reduce(numbers p, span *of)
{
    if (p.n < 3 || p.at[0] < 0 || p.at[0] >= FG_N_REDUCTIONS || !is_ndim(p.at[1])) {
        return 0;
    }
    const int64_t n_kept = p.at[1], *kept = p.at + 2;
    if (p.n < 3 + 2 * (size_t)n_kept || !is_ndim(kept[2 * n_kept])) {
        return 0;
    }
    const int64_t n_red = kept[2 * n_kept], *red = kept + 2 * n_kept + 1;
    int64_t results, items, work;
    if (p.n != 3 + 2 * (size_t)(n_kept + n_red) || !count(n_kept, kept, &results) ||
        !count(n_red, red, &items) || !multiply(items, results, &work) ||
        work > (int64_t)1 << FG__LOG_MOST) {
        return 0;
    }
    of[0].hi = results;
    if (results > 0 && items == 0) {
        const int64_t how = p.at[0];
        return how != FG_R_max && how != FG_R_min && how != FG_R_argmax && how != FG_R_argmin;
    }
    if (results == 0) {
        return 1;
    }
    return widen(&of[1], n_kept, kept, kept + n_kept) && widen(&of[1], n_red, red, red + n_red) &&
           add(of[1].hi, 1, &of[1].hi);
}

static int spans_argsort(numbers p, span *of)
{
    if (p.n != 3 || !count(3, p.at, &of[0].hi)) {
        return 0;
    }
    of[1] = of[0];
    return 1;
}

static int spans_recurrence(numbers p, span *of)
{
    if (!spans_argsort(p, of)) {
        return 0;
    }
    of[2] = of[0];
    return 1;
}

static int spans_scan(numbers p, span *of)
{
    const numbers shape = {p.n - 1, p.at + 1};
    return p.n == 4 && p.at[0] >= 0 && p.at[0] < FG_N_SCANS && spans_argsort(shape, of);
}

static int spans_matmul(numbers p, span *of)
{
    if (p.n < 8 || !is_ndim(p.at[7]) || p.n != 8 + 3 * (size_t)p.at[7]) {
        return 0;
    }
    const int64_t m = p.at[0], depth = p.at[1], n = p.at[2], n_batch = p.at[7], *batch = p.at + 8;
    const int64_t result[] = {m, n}, a[] = {m, depth}, b[] = {depth, n};
    int64_t copies;
    if (depth < 0 || !count(2, result, &of[0].hi) || !count(n_batch, batch, &copies) ||
        !multiply(copies, of[0].hi, &of[0].hi)) {
        return 0;
    }
    if (of[0].hi == 0 || depth == 0) {
        return 1;
    }
    of[1].hi = of[2].hi = 1;
    return widen(&of[1], 2, a, p.at + 3) && widen(&of[2], 2, b, p.at + 5) &&
           widen(&of[1], n_batch, batch, batch + n_batch) &&
           widen(&of[2], n_batch, batch, batch + 2 * n_batch);
}

static int is_fft(numbers p)
{
    if (p.n < FG_FFT_NUMBERS || p.at[0] < 0 || p.at[0] >= FG_FFT_KINDS) {
        return 0;
    }
    const int64_t n = p.at[4], lanes = p.at[6], length = p.at[7], n_factor = p.at[8];
    const int64_t inverse = p.at[0] == FG_FFT_HALF ? 1 : p.at[0] == FG_FFT_REAL ? 0 : p.at[1] & 1;
    const int64_t own = p.at[0] != FG_FFT_COMPLEX && n % 2 == 0 ? n / 2 : n;
    /* A table has at least as many numbers as the length; so nothing below overflows. */
    if (p.at[1] != inverse || n < 1 || lanes < 1 || length < own || length > (int64_t)p.n ||
        (length != own && length < 2 * own - 1) || n_factor < 0 || n_factor > FG_FFT_FACTORS ||
        (size_t)n_factor > p.n - FG_FFT_NUMBERS) {
        return 0;
    }
    int64_t left = length;
    for (int64_t k = 0; k < n_factor; ++k) {
        const int64_t r = p.at[FG_FFT_NUMBERS + k];
        if (r < 2 || r > FG_FFT_MOST || left % r != 0) {
            return 0;
        }
        left /= r;
    }
    fg__fft_step f;
    return left == 1 && fg__fft_read(p.at, &f) == (int64_t)p.n;
}

static int spans_fft(numbers p, span *of)
{
    if (!is_fft(p)) {
        return 0;
    }
    fg__fft_step f;
    fg__fft_read(p.at, &f);
    const int64_t from[] = {f.outer, f.kind == FG_FFT_REAL ? 1 : 2, f.between, f.n_in, f.inner};
    const int64_t to[] = {f.outer, f.kind == FG_FFT_HALF ? 1 : 2, f.between, f.n_out, f.inner};
    return count(5, to, &of[0].hi) && count(5, from, &of[1].hi) &&
           multiply(4 * f.fft.length, f.lanes, &of[2].hi) &&
           add(of[2].hi, 4 * (int64_t)FG_FFT_GAP, &of[2].hi);
}

/* ----- matrices that lie dense: [count, sizes .. -----

   Their sizes fit into the integers of LAPACK, and so do those of its scratch. */

enum { LONGEST = 1 << 14 };

static int is_length(int64_t n)
{
    return n >= 0 && n <= LONGEST;
}

static int is_flag(int64_t x)
{
    return x == 0 || x == 1;
}

/* `count` times so many items, and then `more`. Not of nothing: so the work is bounded. */
static int results(int64_t count, int64_t each, int64_t more, span *s)
{
    return count >= 0 && each > 0 && multiply(count, each, &s->hi) && add(s->hi, more, &s->hi);
}

static int operands(int64_t count, int64_t each, span *s)
{
    return multiply(count, each, &s->hi);
}

static int spans_lu(numbers p, span *of)
{
    if (p.n != 3 || !is_length(p.at[1]) || !is_length(p.at[2])) {
        return 0;
    }
    const int64_t count = p.at[0], m = p.at[1], n = p.at[2];
    return results(count, fg__lu_size(m, n), 0, &of[0]) && operands(count, m * n, &of[1]);
}

static int spans_lu_solve(numbers p, span *of)
{
    if (p.n != 4 || !is_length(p.at[1]) || p.at[2] < 0 || p.at[2] > INT32_MAX / 2 ||
        !is_flag(p.at[3])) {
        return 0;
    }
    const int64_t count = p.at[0], n = p.at[1], m = p.at[2];
    return results(count, n * m, 0, &of[0]) && operands(count, n * m, &of[1]) &&
           operands(count, fg__lu_size(n, n), &of[2]);
}

static int spans_solve_triangular(numbers p, span *of)
{
    if (p.n != 6 || !is_length(p.at[1]) || p.at[2] < 0 || p.at[2] > INT32_MAX / 2 ||
        !is_flag(p.at[3]) || !is_flag(p.at[4]) || !is_flag(p.at[5])) {
        return 0;
    }
    const int64_t count = p.at[0], n = p.at[1], m = p.at[2];
    return results(count, n * m, 0, &of[0]) && operands(count, n * n, &of[1]) &&
           operands(count, n * m, &of[2]);
}

static int spans_cholesky(numbers p, span *of)
{
    return p.n == 2 && is_length(p.at[1]) && results(p.at[0], p.at[1] * p.at[1], 0, &of[0]) &&
           operands(p.at[0], p.at[1] * p.at[1], &of[1]);
}

static int spans_det(numbers p, span *of)
{
    return p.n == 3 && is_length(p.at[1]) && is_flag(p.at[2]) &&
           results(p.at[0], 1 + p.at[2], 0, &of[0]) &&
           operands(p.at[0], fg__lu_size(p.at[1], p.at[1]), &of[1]);
}

static int spans_adjugate(numbers p, span *of)
{
    return p.n == 2 && is_length(p.at[1]) && results(p.at[0], p.at[1] * p.at[1], 0, &of[0]) &&
           operands(p.at[0], fg__lu_size(p.at[1], p.at[1]), &of[1]);
}

static int spans_qr(numbers p, span *of)
{
    if (p.n != 4 || !is_length(p.at[1]) || !is_length(p.at[2]) || p.at[1] < p.at[2] ||
        p.at[3] < p.at[2] || p.at[3] > p.at[1]) {
        return 0;
    }
    const int64_t count = p.at[0], m = p.at[1], n = p.at[2], columns = p.at[3];
    return results(count, m * columns + n * n, fg__qr_scratch(m, n, columns), &of[0]) &&
           operands(count, m * n, &of[1]);
}

static int spans_eigh(numbers p, span *of)
{
    if (p.n != 2 || !is_length(p.at[1])) {
        return 0;
    }
    const int64_t count = p.at[0], n = p.at[1];
    return results(count, n + n * n, fg__eigh_scratch(n), &of[0]) && operands(count, n * n, &of[1]);
}

static int spans_svd(numbers p, span *of)
{
    if (p.n != 4 || !is_length(p.at[1]) || !is_length(p.at[2]) || !is_flag(p.at[3])) {
        return 0;
    }
    const int64_t count = p.at[0], m = p.at[1], n = p.at[2], full = p.at[3];
    return results(count, fg__svd_size(m, n, full), fg__svd_scratch(m, n, full), &of[0]) &&
           operands(count, m * n, &of[1]);
}

/* One matrix from one, with scratch of that size. */
static int spans_of_square(numbers p, int64_t (*scratch)(int64_t n), span *of)
{
    if (p.n != 2 || !is_length(p.at[1])) {
        return 0;
    }
    return results(p.at[0], p.at[1] * p.at[1], scratch(p.at[1]), &of[0]) &&
           operands(p.at[0], p.at[1] * p.at[1], &of[1]);
}

static int spans_expm(numbers p, span *of)
{
    return spans_of_square(p, fg__expm_scratch, of);
}

static int spans_sqrtm(numbers p, span *of)
{
    return spans_of_square(p, fg__sqrtm_scratch, of);
}

static int spans_pack(numbers p, span *of)
{
    if (p.n < 1 || p.at[0] < 0 || p.at[0] != (int64_t)(p.n - 1)) {
        return 0;
    }
    of[0].hi = p.at[0];
    return 1;
}

/* ----- spans against extents, the workspace, and each other ----- */

static int is_inside(int64_t offset, span s, size_t extent, size_t n_w)
{
    return extent <= n_w && offset >= 0 && (uint64_t)offset <= n_w - extent && s.lo >= 0 &&
           (uint64_t)s.hi <= extent;
}

static int overlap(int64_t offset, span s, int64_t other_offset, span other)
{
    return s.lo < s.hi && other.lo < other.hi && offset + s.lo < other_offset + other.hi &&
           other_offset + other.lo < offset + s.hi;
}

static int are_slots(int64_t n, const int64_t *slot, size_t n_w)
{
    for (int64_t k = 0; k < n; ++k) {
        if (slot[k] < 0 || (uint64_t)slot[k] >= n_w) {
            return 0;
        }
    }
    return 1;
}

fg_status fg_struct_check(int kernel, size_t n_p, const int64_t *p, const size_t *extent,
                          size_t n_w)
{
    static spans_of *const spans[FG_N_KERNELS] = {
#define FG_KERNEL(name, n_operands, doc) spans_##name,
#include "fg_struct.def"
    };
    const fg_struct_row *row = fg_struct_info(kernel);
    span of[MAX_ARRAYS] = {{0, 0}};
    if (!row || n_p < 1 + (size_t)row->n_operands || (uint64_t)n_w > INT64_MAX / sizeof(double)) {
        return FG_E_FORMAT;
    }
    const int n_arrays = 1 + row->n_operands;
    const numbers own = {n_p - (size_t)n_arrays, p + n_arrays};
    if (!spans[kernel](own, of)) {
        return FG_E_FORMAT;
    }
    for (int k = 0; k < n_arrays; ++k) {
        if (!is_inside(p[k], of[k], extent[k], n_w)) {
            return FG_E_FORMAT;
        }
    }
    for (int k = 1; k < n_arrays; ++k) {
        if (overlap(p[0], of[0], p[k], of[k]) && !(kernel == FG_K_cast && p[0] == p[k])) {
            return FG_E_FORMAT;
        }
    }
    if (kernel == FG_K_fft && overlap(p[1], of[1], p[2], of[2])) { /* work is written, too */
        return FG_E_FORMAT;
    }
    if (kernel == FG_K_pack && !are_slots(own.at[0], own.at + 1, n_w)) {
        return FG_E_FORMAT;
    }
    return FG_OK;
}
