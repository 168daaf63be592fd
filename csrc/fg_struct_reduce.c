/* fg_struct_reduce.c -- the kernel reduce: a number of many, for each place of the kept axes.
 *
 * A pass joins terms made of items. It goes through memory in one of two ways:
 *
 *   run     one result at a time: its items are `step` apart, as over the last axis
 *   rows    up to LANES results at a time: a row of items, one for each of them, joins the row of
 *           results, as over the first axis
 *
 * Either way blocks of at most ITEMS items or ROWS rows are joined with those of equal weight, as
 * carries in a binary counter are, so the rounding errors of sums grow with the logarithm of n.
 */
#include "fg_struct_loops.h"
#include <math.h>

enum { LANES = 64, ROWS = 32, ITEMS = 128 };
enum { CARRIES = FG__LOG_MOST + 1 }; /* a carry beyond the last takes more items than may be */

typedef struct pass {
    fg_real none; /* joins with anything and changes nothing */
    fg_real (*run)(const fg_real *x, int64_t n, int64_t step, fg_real c);
    void (*rows)(int64_t lanes, const fg_real *x, int64_t lane_step, int64_t n, int64_t step,
                 const fg_real *c, fg_real *to);
    void (*join)(int64_t lanes, const fg_real *a, fg_real *to);
} pass;

/* Joins. With one comparison the compiler makes a mask of it; with one more for NaN, branches. */
#define ADD(a, b) ((a) + (b))
#define LARGER(a, b) ((b) > (a) ? (b) : (a))
#define SMALLER(a, b) ((b) < (a) ? (b) : (a))

/* The passes. A term is made of an item x and of a number c that each result has. Eight chains of
 * joins keep the processor busy; four rows share one store. */
#define PASS(name, none, JOIN, term)                                                           \
    static inline fg_real name##_term(fg_real x, fg_real c)                                    \
    {                                                                                          \
        (void)c;                                                                               \
        return term;                                                                           \
    }                                                                                          \
    static inline fg_real name##_stepped(const fg_real *x, int64_t n, int64_t step, fg_real c) \
    {                                                                                          \
        fg_real r[8], end = none;                                                              \
        int64_t k = 0;                                                                         \
        if (n >= 8) {                                                                          \
            for (int j = 0; j < 8; ++j) r[j] = none;                                           \
            for (; k + 8 <= n; k += 8) {                                                       \
                for (int j = 0; j < 8; ++j) {                                                  \
                    const fg_real t = name##_term(x[(k + j) * step], c);                       \
                    r[j] = JOIN(r[j], t);                                                      \
                }                                                                              \
            }                                                                                  \
            for (int j = 0; j < 4; ++j) r[j] = JOIN(r[j], r[j + 4]);                           \
            for (int j = 0; j < 2; ++j) r[j] = JOIN(r[j], r[j + 2]);                           \
            end = JOIN(r[0], r[1]);                                                            \
        }                                                                                      \
        for (; k < n; ++k) {                                                                   \
            const fg_real t = name##_term(x[k * step], c);                                     \
            end = JOIN(end, t);                                                                \
        }                                                                                      \
        return end;                                                                            \
    }                                                                                          \
    static fg_real name##_run(const fg_real *x, int64_t n, int64_t step, fg_real c)            \
    {                                                                                          \
        return step == 1 ? name##_stepped(x, n, 1, c) : name##_stepped(x, n, step, c);         \
    }                                                                                          \
    static inline void name##_spread(int64_t lanes, const fg_real *x, int64_t lane_step,       \
                                     int64_t n, int64_t step, const fg_real *c,                \
                                     fg_real *restrict to)                                     \
    {                                                                                          \
        for (; n >= 4; n -= 4, x += 4 * step) {                                                \
            for (int64_t j = 0; j < lanes; ++j) {                                              \
                const fg_real *y = x + j * lane_step;                                          \
                const fg_real t0 = name##_term(y[0], c[j]), t1 = name##_term(y[step], c[j]);   \
                const fg_real t2 = name##_term(y[2 * step], c[j]);                             \
                const fg_real t3 = name##_term(y[3 * step], c[j]);                             \
                const fg_real one = JOIN(t0, t1), two = JOIN(t2, t3), both = JOIN(one, two);   \
                to[j] = JOIN(to[j], both);                                                     \
            }                                                                                  \
        }                                                                                      \
        for (; n > 0; --n, x += step) {                                                        \
            for (int64_t j = 0; j < lanes; ++j) {                                              \
                const fg_real t = name##_term(x[j * lane_step], c[j]);                         \
                to[j] = JOIN(to[j], t);                                                        \
            }                                                                                  \
        }                                                                                      \
    }                                                                                          \
    static void name##_rows(int64_t lanes, const fg_real *x, int64_t lane_step, int64_t n,     \
                            int64_t step, const fg_real *c, fg_real *to)                       \
    {                                                                                          \
        if (lane_step == 1) {                                                                  \
            name##_spread(lanes, x, 1, n, step, c, to);                                        \
        } else {                                                                               \
            name##_spread(lanes, x, lane_step, n, step, c, to);                                \
        }                                                                                      \
    }                                                                                          \
    static void name##_join(int64_t lanes, const fg_real *a, fg_real *restrict to)             \
    {                                                                                          \
        for (int64_t j = 0; j < lanes; ++j) to[j] = JOIN(a[j], to[j]);                         \
    }                                                                                          \
    static const pass name = {none, name##_run, name##_rows, name##_join};

PASS(sum, -0.0, ADD, x)
PASS(squares, -0.0, ADD, x *x)
PASS(scaled_squares, -0.0, ADD, (x / c) * (x / c))
PASS(max, -INFINITY, LARGER, x) /* of what is not NaN */
PASS(min, INFINITY, SMALLER, x)
PASS(largest, 0.0, LARGER, (fg_real)fabs(x))
PASS(nans, 0.0, ADD, x != x)
PASS(any, 0.0, LARGER, x != 0)
PASS(all, 1.0, SMALLER, x != 0)
PASS(ties, 0.0, ADD, x == c)
PASS(exponentials, 0.0, ADD,
     x == c ? 0 : (fg_real)exp(x - c)) /* of all but the largest, which is c */

/* For the passes whose terms are of x alone. */
static const fg_real no_c[LANES];

/* What is reduced: `red` walks from the first result of a tile over the reduced axes. */
typedef struct tile {
    fg__walk *red; /* a: the source */
    const fg_real *w;
    int64_t start;     /* offset of the first item of the first result */
    int64_t lanes;     /* results */
    int64_t lane_step; /* from one result to the next, in the source */
} tile;

/* out[0], the only result. */
static void pass_run(const pass *with, const tile *t, const fg_real *c, fg_real *out)
{
    fg__walk *red = t->red;
    const int inner = red->ndim - 1;
    const int64_t n = red->shape[inner], step = red->a_step[inner];
    if (red->last == 0 && n <= ITEMS) {
        *out = with->run(t->w + t->start, n, step, *c);
        return;
    }
    fg_real level[CARRIES];
    uint64_t count = 0;
    red->a = t->start;
    do {
        for (int64_t k = 0; k < n; k += ITEMS) {
            const fg_real *x = t->w + red->a + k * step;
            fg_real block = with->run(x, n - k < ITEMS ? n - k : ITEMS, step, *c);
            int at = 0;
            for (uint64_t carry = count++; carry & 1; carry >>= 1) {
                with->join(1, &level[at++], &block);
            }
            level[at] = block;
        }
    } while (fg__walk_next(red));
    fg_real all_of_it = with->none;
    for (int at = 0; count; ++at, count >>= 1) {
        if (count & 1) {
            with->join(1, &level[at], &all_of_it);
        }
    }
    *out = all_of_it;
}

/* out [lanes] */
static void pass_rows(const pass *with, const tile *t, const fg_real *c, fg_real *out)
{
    fg__walk *red = t->red;
    const int inner = red->ndim - 1;
    const int64_t n = red->shape[inner], step = red->a_step[inner], lanes = t->lanes;
    fg_real level[CARRIES][LANES];
    uint64_t count = 0;
    red->a = t->start;
    do {
        for (int64_t k = 0; k < n; k += ROWS) {
            for (int64_t j = 0; j < lanes; ++j) out[j] = with->none;
            with->rows(lanes, t->w + red->a + k * step, t->lane_step, n - k < ROWS ? n - k : ROWS,
                       step, c, out);
            int at = 0;
            for (uint64_t carry = count++; carry & 1; carry >>= 1) {
                with->join(lanes, level[at++], out);
            }
            for (int64_t j = 0; j < lanes; ++j) level[at][j] = out[j];
        }
    } while (fg__walk_next(red));
    for (int64_t j = 0; j < lanes; ++j) out[j] = with->none;
    for (int at = 0; count; ++at, count >>= 1) {
        if (count & 1) {
            with->join(lanes, level[at], out);
        }
    }
}

static void pass_tile(const pass *with, const tile *t, const fg_real *c, fg_real *out)
{
    if (t->lanes == 1) {
        pass_run(with, t, c, out);
    } else {
        pass_rows(with, t, c, out);
    }
}

/* ----- results of more than one pass ----- */

/* The largest or smallest item, or NaN if there is one. The sum is NaN then, and seldom otherwise:
 * where infinities of both signs meet. */
static void extreme_tile(const pass *with, const tile *t, fg_real *out)
{
    fg_real number[LANES];
    int is_good = 1;
    pass_tile(with, t, no_c, out);
    pass_tile(&sum, t, no_c, number);
    for (int64_t j = 0; j < t->lanes; ++j) is_good &= number[j] == number[j];
    if (is_good) {
        return;
    }
    pass_tile(&nans, t, no_c, number);
    for (int64_t j = 0; j < t->lanes; ++j) {
        if (number[j] > 0) {
            out[j] = NAN;
        }
    }
}

/* sqrt(sum(x * x)); scaled where the squares leave the range of numbers. */
static void norm_tile(const tile *t, fg_real *out)
{
    const fg_real least = (fg_real)sqrt(FG_REAL_MIN / FG_REAL_EPSILON);
    fg_real scale[LANES], scaled[LANES];
    int is_good = 1;
    pass_tile(&squares, t, no_c, out);
    for (int64_t j = 0; j < t->lanes; ++j) {
        out[j] = (fg_real)sqrt(out[j]);
        is_good &= out[j] > least && out[j] <= FG_REAL_MAX;
    }
    if (is_good) {
        return;
    }
    pass_tile(&largest, t, no_c, scale);
    for (int64_t j = 0; j < t->lanes; ++j) {
        scale[j] = scale[j] > 0 && scale[j] <= FG_REAL_MAX ? scale[j] : 1;
    }
    pass_tile(&scaled_squares, t, scale, scaled);
    for (int64_t j = 0; j < t->lanes; ++j) {
        if (out[j] <= least || out[j] > FG_REAL_MAX) {
            out[j] = (fg_real)(scale[j] * sqrt(scaled[j]));
        }
    }
}

/* max + log(sum(exp(x - max))), where the terms at the maximum are counted, not added: so the
 * logarithm is one of 1 + (something small), and its small digits are kept. NaN is in the rest. */
static void logsumexp_tile(const tile *t, fg_real *out)
{
    fg_real count[LANES], rest[LANES];
    pass_tile(&max, t, no_c, out);
    pass_tile(&ties, t, out, count);
    pass_tile(&exponentials, t, out, rest);
    for (int64_t j = 0; j < t->lanes; ++j) {
        out[j] = (fg_real)(out[j] + (log(count[j]) + log1p((double)rest[j] / count[j])));
    }
}

static inline int is_there(fg_real x, fg_real top)
{
    return (x == top) | ((x != x) & (top != top));
}

/* Where the first item is that equals the result, or is NaN as it is. */
static void argument_tile(const pass *with, const tile *t, fg_real *out)
{
    fg__walk *red = t->red;
    const int inner = red->ndim - 1;
    const int64_t n = red->shape[inner], step = red->a_step[inner];
    fg_real top[LANES];
    int64_t passed = 0, missing = t->lanes;
    extreme_tile(with, t, top);
    for (int64_t j = 0; j < t->lanes; ++j) out[j] = -1;
    red->a = t->start;
    do {
        for (int64_t k = 0; k < n && missing > 0; ++k) {
            const fg_real *x = t->w + red->a + k * step;
            for (int64_t j = 0; j < t->lanes; ++j) {
                if (is_there(x[j * t->lane_step], top[j]) && out[j] < 0) {
                    out[j] = (fg_real)(passed + k);
                    --missing;
                }
            }
        }
        passed += n;
    } while (fg__walk_next(red)); /* to its end, so that it is back at the start */
}

static void reduce_tile(int how, const tile *t, fg_real *out)
{
    switch (how) {
    case FG_R_sum:
        pass_tile(&sum, t, no_c, out);
        break;
    case FG_R_max:
        extreme_tile(&max, t, out);
        break;
    case FG_R_min:
        extreme_tile(&min, t, out);
        break;
    case FG_R_any:
        pass_tile(&any, t, no_c, out);
        break;
    case FG_R_all:
        pass_tile(&all, t, no_c, out);
        break;
    case FG_R_norm:
        norm_tile(t, out);
        break;
    case FG_R_logsumexp:
        logsumexp_tile(t, out);
        break;
    case FG_R_argmax:
        argument_tile(&max, t, out);
        break;
    default: /* FG_R_argmin; the step was checked */
        argument_tile(&min, t, out);
    }
}

/* ----- the kernel ----- */

static void fill_all(int64_t n, fg_real number, fg_real *to)
{
    for (int64_t k = 0; k < n; ++k) {
        to[k] = number;
    }
}

/* Whether results are made in rows: where neighbours are nearer to each other in memory than items
 * of one result are, or where these are so few that a loop over them is hardly worth its start. */
static int in_rows(const fg__walk *kept, const fg__walk *red)
{
    const int k = kept->ndim - 1, r = red->ndim - 1;
    const int64_t near = kept->b_step[k] < 0 ? -kept->b_step[k] : kept->b_step[k];
    const int64_t far = red->a_step[r] < 0 ? -red->a_step[r] : red->a_step[r];
    return kept->shape[k] >= 4 && (near < far || red->shape[r] < 8);
}

/* p = [dst, src | how, n_kept, kept_shape.., kept_strides.., n_red, red_shape.., red_strides..] */
fg_status fg__struct_reduce(const int64_t *p, fg_real *w)
{
    const int how = (int)p[2];
    const int64_t n_kept = p[3], *kept_shape = p + 4, *kept_step = kept_shape + n_kept;
    const int64_t n_red = kept_step[n_kept], *red_shape = kept_step + n_kept + 1;
    const int64_t *red_step = red_shape + n_red, size = fg__size(n_kept, kept_shape);
    fg_real *dst = w + p[0];
    if (size == 0) {
        return FG_OK;
    }
    if (fg__size(n_red, red_shape) == 0) {
        fill_all(size, how == FG_R_all ? 1 : how == FG_R_logsumexp ? -INFINITY : 0, dst);
        return FG_OK;
    }
    fg__walk kept, red;
    fg__walk_axes(&kept, n_kept, kept_shape, kept_step, kept_step);
    fg__walk_start(&kept, 1, 0, p[1]);
    fg__walk_axes(&red, n_red, red_shape, red_step, red_step);
    fg__walk_start(&red, 1, 0, 0);
    const int inner = kept.ndim - 1;
    const int64_t n = kept.shape[inner], step = kept.b_step[inner];
    const int64_t most = in_rows(&kept, &red) ? LANES : 1;
    do {
        for (int64_t k = 0; k < n; k += most) {
            const int64_t lanes = n - k < most ? n - k : most;
            const tile t = {&red, w, kept.b + k * step, lanes, step};
            reduce_tile(how, &t, dst);
            dst += lanes;
        }
    } while (fg__walk_next(&kept));
    return FG_OK;
}
