/* fg_struct_index.c -- kernels that choose items by their positions, and sort these. */
#include "fg_struct_loops.h"

/* The position that an index names, or -1: it must be an integer in [0, size). */
static inline int64_t position(double index, int64_t size)
{
    if (!(index >= 0.0 && index < 0x1p62)) {
        return -1;
    }
    const int64_t at = (int64_t)index;
    return at < size && (double)at == index ? at : -1;
}

static fg_status gather(int64_t n, int64_t size, const fg_real *restrict source,
                        const fg_real *restrict index, fg_real *restrict to)
{
    for (int64_t k = 0; k < n; ++k) {
        const int64_t at = position(index[k], size);
        if (at < 0) {
            return FG_E_INDEX;
        }
        to[k] = source[at];
    }
    return FG_OK;
}

static fg_status scatter_add(int64_t n, int64_t size, const fg_real *restrict source,
                             const fg_real *restrict index, fg_real *restrict to)
{
    for (int64_t k = 0; k < n; ++k) {
        const int64_t at = position(index[k], size);
        if (at < 0) {
            return FG_E_INDEX;
        }
        to[at] += source[k];
    }
    return FG_OK;
}

static fg_status scatter_set(int64_t n, int64_t size, int64_t step, const fg_real *restrict source,
                             const fg_real *restrict index, fg_real *restrict to)
{
    for (int64_t k = 0; k < n; ++k) {
        const int64_t at = position(index[k], size);
        if (at < 0) {
            return FG_E_INDEX;
        }
        to[at] = source[k * step];
    }
    return FG_OK;
}

/* p = [dst, src, idx | n, src_size] */
fg_status fg__struct_gather(const int64_t *p, fg_real *w)
{
    return gather(p[3], p[4], w + p[1], w + p[2], w + p[0]);
}

/* p = [dst, src, idx | n, dst_size] */
fg_status fg__struct_scatter_add(const int64_t *p, fg_real *w)
{
    return scatter_add(p[3], p[4], w + p[1], w + p[2], w + p[0]);
}

/* p = [dst, src, idx | n, dst_size, src_step] */
fg_status fg__struct_scatter_set(const int64_t *p, fg_real *w)
{
    return scatter_set(p[3], p[4], p[5], w + p[1], w + p[2], w + p[0]);
}

/* ----- sorting -----
 *
 * Positions are sorted, not items, and no two positions are equal: where items are, the lower
 * position comes first. So any method is stable, and one that needs no memory will do: quicksort,
 * the larger part waiting on a stack, heapsort where parts stay large, insertion where small.
 */
enum { SMALL_PART = 16, STACK_PARTS = 64 };

/* A line to sort: its items and the positions, both `step` apart. */
typedef struct line {
    const fg_real *item;
    fg_real *position;
    int64_t step;
} line;

static inline fg_real item_at(const line *l, fg_real position)
{
    return l->item[(int64_t)position * l->step];
}

/* Whether the item x at position i comes before y at j. */
static inline int comes_before(fg_real x, fg_real i, fg_real y, fg_real j)
{
    if (x < y) {
        return 1;
    }
    if (x > y) {
        return 0;
    }
    const int x_nan = x != x, y_nan = y != y;
    return x_nan == y_nan ? i < j : y_nan;
}

static inline int in_order(const line *l, fg_real i, fg_real j)
{
    return comes_before(item_at(l, i), i, item_at(l, j), j);
}

static inline void swap(const line *l, int64_t a, int64_t b)
{
    const fg_real kept = l->position[a * l->step];
    l->position[a * l->step] = l->position[b * l->step];
    l->position[b * l->step] = kept;
}

static void insertion_sort(const line *l, int64_t lo, int64_t hi)
{
    fg_real *at = l->position;
    const int64_t step = l->step;
    for (int64_t k = lo + 1; k < hi; ++k) {
        const fg_real i = at[k * step], x = item_at(l, i);
        int64_t hole = k;
        while (hole > lo) {
            const fg_real j = at[(hole - 1) * step];
            if (!comes_before(x, i, item_at(l, j), j)) {
                break;
            }
            at[hole-- * step] = j;
        }
        at[hole * step] = i;
    }
}

/* Lets the root of a heap of positions lo .. lo + n sink to its place. */
static void sift(const line *l, int64_t lo, int64_t root, int64_t n)
{
    fg_real *at = l->position + lo * l->step;
    const int64_t step = l->step;
    for (int64_t child; (child = 2 * root + 1) < n; root = child) {
        if (child + 1 < n && in_order(l, at[child * step], at[(child + 1) * step])) {
            ++child;
        }
        if (!in_order(l, at[root * step], at[child * step])) {
            return;
        }
        swap(l, lo + root, lo + child);
    }
}

static void heap_sort(const line *l, int64_t lo, int64_t hi)
{
    const int64_t n = hi - lo;
    for (int64_t root = n / 2; root-- > 0;) {
        sift(l, lo, root, n);
    }
    for (int64_t last = n - 1; last > 0; --last) {
        swap(l, lo, lo + last);
        sift(l, lo, 0, last);
    }
}

/* Splits lo .. hi around the median of three: returns its place, what comes before it is below. */
static int64_t partition(const line *l, int64_t lo, int64_t hi)
{
    fg_real *at = l->position;
    const int64_t step = l->step, middle = lo + (hi - lo) / 2, last = hi - 1;
    if (in_order(l, at[middle * step], at[lo * step])) {
        swap(l, middle, lo);
    }
    if (in_order(l, at[last * step], at[middle * step])) {
        swap(l, last, middle);
        if (in_order(l, at[middle * step], at[lo * step])) {
            swap(l, middle, lo);
        }
    }
    swap(l, middle, lo + 1); /* now lo is below the median, last above it: both loops end */
    const fg_real pivot = at[(lo + 1) * step], x = item_at(l, pivot);
    int64_t i = lo + 1, j = last;
    for (;;) {
        do {
            ++i;
        } while (comes_before(item_at(l, at[i * step]), at[i * step], x, pivot));
        do {
            --j;
        } while (comes_before(x, pivot, item_at(l, at[j * step]), at[j * step]));
        if (i >= j) {
            break;
        }
        swap(l, i, j);
    }
    swap(l, lo + 1, j);
    return j;
}

static int is_sorted(const line *l, int64_t n)
{
    for (int64_t k = 1; k < n; ++k) {
        if (!in_order(l, (fg_real)(k - 1), (fg_real)k)) {
            return 0;
        }
    }
    return 1;
}

static void sort_line(const line *l, int64_t n)
{
    struct {
        int64_t lo, hi;
        int splits; /* how many more are allowed before the heap takes over */
    } stack[STACK_PARTS];
    for (int64_t k = 0; k < n; ++k) {
        l->position[k * l->step] = (fg_real)k;
    }
    if (is_sorted(l, n)) {
        return;
    }
    int64_t lo = 0, hi = n;
    int splits = 2, waiting = 0;
    for (int64_t m = n; m > 1; m /= 2) {
        splits += 2;
    }
    for (;;) {
        while (hi - lo > SMALL_PART && splits > 0) {
            const int64_t middle = partition(l, lo, hi);
            const int low_waits = middle - lo > hi - middle - 1;
            --splits;
            stack[waiting].lo = low_waits ? lo : middle + 1;
            stack[waiting].hi = low_waits ? middle : hi;
            stack[waiting++].splits = splits;
            lo = low_waits ? middle + 1 : lo;
            hi = low_waits ? hi : middle;
        }
        if (hi - lo > SMALL_PART) {
            heap_sort(l, lo, hi);
        } else {
            insertion_sort(l, lo, hi);
        }
        if (waiting == 0) {
            return;
        }
        lo = stack[--waiting].lo;
        hi = stack[waiting].hi;
        splits = stack[waiting].splits;
    }
}

/* p = [dst, src | outer, n, inner] */
fg_status fg__struct_argsort(const int64_t *p, fg_real *w)
{
    const int64_t n = p[3], inner = p[4];
    if (fg__size(3, p + 2) == 0) {
        return FG_OK;
    }
    for (int64_t k = 0; k < p[2]; ++k) {
        for (int64_t m = 0; m < inner; ++m) {
            const int64_t start = k * n * inner + m;
            const line l = {w + p[1] + start, w + p[0] + start, inner};
            sort_line(&l, n);
        }
    }
    return FG_OK;
}
