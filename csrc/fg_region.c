/* fg_region.c -- tiles of a region: what comes in, what goes out, and sums. */
#include "fg_region.h"
#include "fg_array.h"
#include "fg_program.h"
#include "fg_runner.h"
#include "fg_tile.h"
#include <string.h>

enum {
    BLOCK =
        128, /* points whose sum is one number; tiles of a region with a long sum hold whole ones */
    LEVELS = 42 /* sums of sums, of 2^41 blocks at most */
};

/* A sum that goes over all tiles: sums of as many blocks each as a binary counter has ones. Doubles also
 * where the numbers are floats: there are few of them. */
typedef struct long_sum {
    uint64_t count;
    double level[LEVELS];
} long_sum;

static int is_long(const fg_program *p, const fg_region *r, const fg_stream *s)
{
    return s->kind == FG_S_SUM && (size_t)p->param[s->walk] == r->n;
}

#if !defined(FG_SINGLE)
size_t fg__region_size(const fg_program *p, const fg_region *r)
{
    size_t sums = 0;
    for (size_t k = 0; k < r->n_stream; ++k) {
        sums += (size_t)is_long(p, r, &p->stream[r->stream + k]);
    }
    const size_t item = fg_program_item(p);
    return fg__tile_size(r->n_slot, r->points, item) + sums * (sizeof(long_sum) / item);
}
#endif

/* ---- in ---- */

/* Where a walk stands. */
typedef struct walker {
    int last; /* the inner axis */
    const int64_t *shape, *step;
    int64_t index[FG_MAX_NDIM];
    const fg_real *x;
} walker;

static void walk_to(walker *w, const int64_t *walk, const fg_real *x, size_t start)
{
    const int ndim = (int)walk[0];
    int64_t rest = (int64_t)start;
    w->last = ndim - 1;
    w->shape = walk + 1;
    w->step = w->shape + ndim;
    w->x = x;
    for (int d = ndim - 1; d >= 0; --d) {
        w->index[d] = rest % w->shape[d];
        rest /= w->shape[d];
        w->x += w->index[d] * w->step[d];
    }
}

/* Goes to the first point of the next line of the axis `d`. */
static void walk_on(walker *w, int d)
{
    for (int a = w->last; a >= d; --a) {
        w->x -= w->index[a] * w->step[a];
        w->index[a] = 0;
    }
    while (--d >= 0) {
        w->x += w->step[d];
        if (++w->index[d] < w->shape[d]) {
            break;
        }
        w->x -= w->shape[d] * w->step[d];
        w->index[d] = 0;
    }
}

/* n points of a line that is repeated, from the one where x stands. */
static void copy_line(size_t n, const fg_real *x, size_t at, size_t line, fg_real *to)
{
    const size_t first = n < line ? n : line, left = line - at;
    memcpy(to, x, (first < left ? first : left) * sizeof *to);
    if (first > left) {
        memcpy(to + left, x - at, (first - left) * sizeof *to);
    }
    for (size_t done = first; done < n; done *= 2) {
        memcpy(to + done, to, (n - done < done ? n - done : done) * sizeof *to);
    }
}

/* Points [start, start + n) of a strided array. */
static void walk_in(const int64_t *walk, const fg_real *x, size_t start, size_t n, fg_real *to)
{
    walker w;
    walk_to(&w, walk, x, start);
    const int last = w.last;
    const int64_t by = w.step[last];
    const int repeats = last > 0 && by == 1 && w.step[last - 1] == 0;
    while (n) {
        size_t run = (size_t)(w.shape[last] - w.index[last]);
        if (repeats) {
            run += (size_t)((w.shape[last - 1] - w.index[last - 1] - 1) * w.shape[last]);
        }
        run = run < n ? run : n;
        if (repeats) {
            copy_line(run, w.x, (size_t)w.index[last], (size_t)w.shape[last], to);
        } else if (by == 0) {
            for (size_t k = 0; k < run; ++k) to[k] = *w.x;
        } else if (by == 1) {
            for (size_t k = 0; k < run; ++k) to[k] = w.x[k];
        } else {
            for (size_t k = 0; k < run; ++k) to[k] = w.x[(int64_t)k * by];
        }
        to += run;
        n -= run;
        walk_on(&w, repeats ? last - 1 : last);
    }
}

/* Where such points lie dense in memory, or NULL. */
static const fg_real *walk_in_place(const int64_t *walk, const fg_real *x, size_t start, size_t n)
{
    walker w;
    const int64_t last = walk[0] - 1;
    if (walk[1 + last] < (int64_t)n || walk[1 + walk[0] + last] != 1) {
        return NULL;
    }
    walk_to(&w, walk, x, start);
    return w.shape[last] - w.index[last] < (int64_t)n ? NULL : w.x;
}

static void part_in(const int64_t *part, const fg_real *x, size_t start, size_t n, fg_real *to)
{
    const size_t from = (size_t)part[0], end = (size_t)part[1];
    for (size_t k = start; k < start + n && k < from; ++k) {
        to[k - start] = 0;
    }
    const size_t a = start > from ? start : from, b = start + n < end ? start + n : end;
    if (a < b) {
        memcpy(to + (a - start), x + (a - from), (b - a) * sizeof *to);
    }
    for (size_t k = start > end ? start : end; k < start + n; ++k) {
        to[k - start] = 0;
    }
}

/* ---- sums ---- */

static void add_blocks(long_sum *sum, const fg_real *x, size_t n)
{
    for (size_t k = 0; k < n; k += BLOCK) {
        double block = fg__runner_now()->sum(x + k, n - k < BLOCK ? n - k : BLOCK);
        int at = 0;
        for (uint64_t carry = sum->count++; carry & 1; carry >>= 1) {
            block = sum->level[at++] + block;
        }
        sum->level[at] = block;
    }
}

static fg_real total(const long_sum *sum)
{
    uint64_t count = sum->count;
    double all = -0.0;
    for (int at = 0; count; ++at, count >>= 1) {
        if (count & 1) {
            all = sum->level[at] + all;
        }
    }
    return (fg_real)all;
}

/* ---- tiles ---- */

static void stream_in(const fg_program *p, const fg_tile *t, const fg_stream *s, fg_real *w,
                      size_t start, size_t n)
{
    fg_real *to = t->base + (size_t)s->slot * t->points;
    fg_real *at = w + s->place;
    const int in_place = n % FG_LANES == 0;
    switch (s->kind) {
    case FG_S_DENSE:
    case FG_S_WRITE:
        t->slot[s->slot] = in_place ? at + start : to;
        if (!in_place && s->kind == FG_S_DENSE) {
            memcpy(to, at + start, n * sizeof *to);
        }
        break;
    case FG_S_WALK: {
        const int64_t *walk = p->param + s->walk;
        const fg_real *dense = in_place ? walk_in_place(walk, at, start, n) : NULL;
        t->slot[s->slot] = dense ? (fg_real *)dense : to; /* which no instruction writes */
        if (!dense) {
            walk_in(walk, at, start, n, to);
        }
        break;
    }
    case FG_S_PART: {
        const int64_t *part = p->param + s->walk;
        const int inside = (size_t)part[0] <= start && start + n <= (size_t)part[1];
        t->slot[s->slot] = in_place && inside ? at + (start - (size_t)part[0]) : to;
        if (!in_place || !inside) {
            part_in(part, at, start, n, to);
        }
        break;
    }
    default:
        break;
    }
}

/* The first `again` points of the tile have been summed before. */
static void stream_out(const fg_program *p, const fg_region *r, const fg_tile *t,
                       const fg_stream *s, fg_real *w, size_t start, size_t n, size_t again,
                       long_sum **sum)
{
    const fg_real *x = t->slot[s->slot];
    fg_real *to = w + s->place;
    if (s->kind == FG_S_WRITE && n % FG_LANES) {
        memcpy(to + start, x, n * sizeof *to);
    } else if (is_long(p, r, s)) {
        add_blocks((*sum)++, x + again, n - again);
    } else if (s->kind == FG_S_SUM) {
        const size_t inner = (size_t)p->param[s->walk];
        for (size_t k = 0; k < n; k += inner) {
            to[(start + k) / inner] = fg__runner_now()->sum(x + k, inner);
        }
    }
}

fg_status fg__region_run(const fg_program *p, const fg_region *r, fg_real *w)
{
    const fg_runner *runner = fg__runner_now();
    fg_real *memory = w + p->scratch;
    const fg_tile t = fg__tile_at(memory, r->n_slot, r->points);
    long_sum *sums = (long_sum *)(void *)(memory + fg__tile_size(r->n_slot, r->points, sizeof *w));
    const fg_stream *stream = p->stream + r->stream, *end = stream + r->n_stream;
    const fg_code code = {p->tile_instr + r->first, r->n_instr, p->pool};
    const size_t often = (size_t)(FG_LOOK_WORK / (double)(r->n_instr + 1));
    size_t looked = 0;
    long_sum *sum = sums;
    for (const fg_stream *s = stream; s != end; ++s) {
        if (s->kind == FG_S_NUMBER) {
            fg__tile_fill(&t, (size_t)s->slot, w[s->place]);
        } else if (is_long(p, r, s)) {
            (sum++)->count = 0;
        }
    }
    for (size_t start = 0, n; start < r->n; start += n) {
        size_t again = 0;
        if (start - looked > often) {
            looked = start;
            if (p->look && p->look()) {
                return FG_E_SIGNAL;
            }
        }
        n = r->n - start < r->points ? r->n - start : r->points;
        if (n > FG_LANES && !r->whole_rows) {
            n -= n % FG_LANES;
        } else if (n < FG_LANES && start && !r->whole_rows) {
            again =
                FG_LANES - n; /* some points again, to the same bits, so that nothing is copied */
            start -= again;
            n = FG_LANES;
        }
        for (const fg_stream *s = stream; s != end; ++s) {
            stream_in(p, &t, s, w, start, n);
        }
        runner->tile(&code, t.slot, fg__tile_lanes(n), NULL);
        sum = sums;
        for (const fg_stream *s = stream; s != end; ++s) {
            stream_out(p, r, &t, s, w, start, n, again, &sum);
        }
    }
    sum = sums;
    for (const fg_stream *s = stream; s != end; ++s) {
        if (is_long(p, r, s)) {
            w[s->place] = total(sum++);
        }
    }
    return FG_OK;
}
