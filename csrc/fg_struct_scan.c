/* fg_struct_scan.c -- kernels that go along one axis and make each item from the one before it. */
#include "fg_struct_loops.h"
#include <math.h>

/* The middle one of three axes is gone along: [outer, n, inner]. */

#define PLUS(y, x) ((y) + (x))
#define TIMES(y, x) ((y) * (x))
#define GREATER(y, x) ((y) != (y) || (y) >= (x) ? (y) : (x)) /* NaN, once there, stays */
#define LESSER(y, x) ((y) != (y) || (y) <= (x) ? (y) : (x))

/* log(exp(y) + exp(x)); of two that are equal, infinities too, twice the one. */
static inline fg_real logaddexp(fg_real y, fg_real x)
{
    const double high = y > x ? y : x, low = y > x ? x : y;
    if (y == x) {
        return (fg_real)(high + 0.69314718055994530942);
    }
    return y != y || x != x ? y + x : (fg_real)(high + log1p(exp(low - high)));
}

/* name_line, along one line of items; name_row, from one row of items to the next. */
#define SCAN(name, JOIN)                                                                    \
    static void name##_line(int64_t n, const fg_real *restrict x, fg_real *restrict to)     \
    {                                                                                       \
        fg_real y = x[0];                                                                   \
        to[0] = y;                                                                          \
        for (int64_t k = 1; k < n; ++k) {                                                   \
            to[k] = y = JOIN(y, x[k]);                                                      \
        }                                                                                   \
    }                                                                                       \
    static void name##_row(int64_t n, const fg_real *restrict y, const fg_real *restrict x, \
                           fg_real *restrict to)                                            \
    {                                                                                       \
        for (int64_t k = 0; k < n; ++k) {                                                   \
            to[k] = JOIN(y[k], x[k]);                                                       \
        }                                                                                   \
    }

SCAN(sum, PLUS)
SCAN(prod, TIMES)
SCAN(max, GREATER)
SCAN(min, LESSER)
SCAN(logsumexp, logaddexp)

typedef struct scan {
    void (*line)(int64_t n, const fg_real *x, fg_real *to);
    void (*row)(int64_t n, const fg_real *y, const fg_real *x, fg_real *to);
} scan;

static const scan scans[FG_N_SCANS] = {
#define FG_SCAN(name, doc) {name##_line, name##_row},
#include "fg_struct.def"
};

static void first_row(int64_t n, const fg_real *restrict x, fg_real *restrict to)
{
    for (int64_t k = 0; k < n; ++k) {
        to[k] = x[k];
    }
}

/* p = [dst, src | how, outer, n, inner] */
fg_status fg__struct_scan(const int64_t *p, fg_real *w)
{
    const scan with = scans[p[2]];
    const int64_t n = p[4], inner = p[5];
    if (fg__size(3, p + 3) == 0) {
        return FG_OK;
    }
    for (int64_t k = 0; k < p[3]; ++k) {
        fg_real *to = w + p[0] + k * n * inner;
        const fg_real *from = w + p[1] + k * n * inner;
        if (inner == 1) {
            with.line(n, from, to);
            continue;
        }
        first_row(inner, from, to);
        for (int64_t row = 1; row < n; ++row) {
            with.row(inner, to + (row - 1) * inner, from + row * inner, to + row * inner);
        }
    }
    return FG_OK;
}

/* One step of a recurrence; a factor of 0 is 0, whatever the weight. */
static inline fg_real next(fg_real y, fg_real x, fg_real weight)
{
    return y == 0 ? x : x + y * weight;
}

static void recurrence_line(int64_t n, const fg_real *restrict x, const fg_real *restrict weight,
                            fg_real *restrict to)
{
    fg_real y = x[0];
    to[0] = y;
    for (int64_t k = 1; k < n; ++k) {
        to[k] = y = next(y, x[k], weight[k]);
    }
}

static void recurrence_row(int64_t n, const fg_real *restrict y, const fg_real *restrict x,
                           const fg_real *restrict weight, fg_real *restrict to)
{
    for (int64_t k = 0; k < n; ++k) {
        to[k] = next(y[k], x[k], weight[k]);
    }
}

/* p = [dst, src, weight | outer, n, inner] */
fg_status fg__struct_recurrence(const int64_t *p, fg_real *w)
{
    const int64_t n = p[4], inner = p[5];
    if (fg__size(3, p + 3) == 0) {
        return FG_OK;
    }
    for (int64_t k = 0; k < p[3]; ++k) {
        const int64_t start = k * n * inner;
        fg_real *to = w + p[0] + start;
        const fg_real *from = w + p[1] + start, *weight = w + p[2] + start;
        if (inner == 1) {
            recurrence_line(n, from, weight, to);
            continue;
        }
        first_row(inner, from, to);
        for (int64_t row = 1; row < n; ++row) {
            recurrence_row(inner, to + (row - 1) * inner, from + row * inner, weight + row * inner,
                           to + row * inner);
        }
    }
    return FG_OK;
}
