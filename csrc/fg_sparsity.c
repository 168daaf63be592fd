/* fg_sparsity.c -- sorted sets in an arena, and the pass that hands them on from node to node. */
#include "fg_sparsity.h"
#include "fg_mem.h"
#include "fg_ops.h"
#include <stdlib.h>
#include <string.h>

enum { KNOWN = 1 << 13 };

/* ---- sets ---- */

fg_status fg_sets_init(fg_sets *s, size_t n_in, size_t limit)
{
    memset(s, 0, sizeof *s);
    if (n_in > FG_NODE_MAX - FG_SET_FIRST) {
        return FG_E_FULL;
    }
    s->n_in = (int32_t)n_in;
    s->limit = limit > n_in ? limit : n_in;
    s->known =
        fg_mem_zeros(KNOWN, sizeof *s->known); /* {0, 0, 0}: nothing and nothing is nothing */
    s->stamp = fg_mem_zeros(n_in ? n_in : 1, sizeof *s->stamp);
    fg_status status = fg__grow((void **)&s->span, &s->cap, n_in + FG_SET_FIRST, sizeof *s->span);
    if (status == FG_OK) {
        status = fg__grow((void **)&s->arena, &s->cap_arena, n_in ? n_in : 1, sizeof *s->arena);
    }
    if (!s->known || !s->stamp || status != FG_OK) {
        fg_sets_free(s);
        return status != FG_OK ? status : FG_E_MEMORY;
    }
    s->span[FG_SET_EMPTY] = (fg_span){0, 0};
    s->span[FG_SET_ALL] = (fg_span){0, s->n_in}; /* the singletons, one after the other, are all */
    for (int32_t k = 0; k < s->n_in; ++k) {
        s->arena[k] = k;
        s->span[FG_SET_FIRST + k] = (fg_span){(size_t)k, 1};
    }
    s->n = n_in + FG_SET_FIRST;
    s->n_arena = n_in;
    return FG_OK;
}

void fg_sets_free(fg_sets *s)
{
    fg_mem_free(s->span);
    fg_mem_free(s->arena);
    fg_mem_free(s->known);
    fg_mem_free(s->stamp);
    memset(s, 0, sizeof *s);
}

/* Room for a set of so many elements at the end of the arena: FG_OK, FG_STOP beyond the limit. */
static fg_status reserve(fg_sets *s, size_t count)
{
    if (s->n_arena + count > s->limit || s->n + 1 > FG_NODE_MAX) {
        return FG_STOP;
    }
    const fg_status status =
        fg__grow((void **)&s->arena, &s->cap_arena, s->n_arena + count, sizeof *s->arena);
    return status != FG_OK ? status
                           : fg__grow((void **)&s->span, &s->cap, s->n + 1, sizeof *s->span);
}

/* What stands at the end of the arena becomes a set. */
static int32_t keep(fg_sets *s, int32_t count)
{
    s->span[s->n] = (fg_span){s->n_arena, count};
    s->n_arena += (size_t)count;
    return (int32_t)s->n++;
}

/* Merges two runs; returns the length. out has room for both. */
static int32_t merge(const int32_t *a, int32_t n, const int32_t *b, int32_t m, int32_t *out)
{
    int32_t i = 0, j = 0, k = 0;
    while (i < n && j < m) {
        const int32_t x = a[i], y = b[j];
        out[k++] = x < y ? x : y;
        i += x <= y;
        j += y <= x;
    }
    if (i < n) {
        memcpy(out + k, a + i, (size_t)(n - i) * sizeof *a);
    } else if (j < m) {
        memcpy(out + k, b + j, (size_t)(m - j) * sizeof *b);
    }
    return k + (n - i) + (m - j);
}

int32_t fg_sets_unite(fg_sets *s, int32_t a, int32_t b)
{
    if (a == b || b == FG_SET_EMPTY || a == FG_SET_ALL) {
        return a;
    }
    if (a == FG_SET_EMPTY || b == FG_SET_ALL) {
        return b;
    }
    fg_union *known = &s->known[((uint32_t)a * 0x9E3779B1u ^ (uint32_t)b * 0x85EBCA6Bu) % KNOWN];
    if (known->a == a && known->b == b) {
        return known->both;
    }
    const fg_span x = s->span[a], y = s->span[b];
    const fg_status status = reserve(s, (size_t)x.count + (size_t)y.count);
    if (status != FG_OK) {
        return status == FG_STOP ? FG_SET_ALL : (int32_t)status;
    }
    const int32_t *arena = s->arena;
    const int32_t n =
        merge(arena + x.first, x.count, arena + y.first, y.count, s->arena + s->n_arena);
    const int32_t both = n == x.count   ? a
                         : n == y.count ? b
                         : n == s->n_in ? FG_SET_ALL
                                        : keep(s, n);
    *known = (fg_union){a, b, both};
    return both;
}

static int ascending(const void *a, const void *b)
{
    const int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

/* Appends to the end of the arena what of a set is not yet there; returns the new length. */
static int32_t append_new(fg_sets *s, int32_t set, int32_t n)
{
    const fg_span span = s->span[set];
    for (int32_t k = 0; k < span.count; ++k) {
        const int32_t x = s->arena[span.first + (size_t)k];
        if (s->stamp[x] != s->now) {
            s->stamp[x] = s->now;
            s->arena[s->n_arena + (size_t)n++] = x;
        }
    }
    return n;
}

int32_t fg_sets_unite_all(fg_sets *s, const int32_t *set, size_t n)
{
    int32_t last = FG_SET_EMPTY, total = 0;
    size_t different = 0;
    for (size_t k = 0; k < n; ++k) {
        if (set[k] == FG_SET_ALL) {
            return FG_SET_ALL;
        }
        different += set[k] != FG_SET_EMPTY && set[k] != last;
        last = set[k] != FG_SET_EMPTY ? set[k] : last;
    }
    if (different < 4) {
        int32_t both = FG_SET_EMPTY;
        for (size_t k = 0; k < n && both >= 0; ++k) {
            both = fg_sets_unite(s, both, set[k]);
        }
        return both;
    }
    const fg_status status = reserve(s, (size_t)s->n_in);
    if (status != FG_OK) {
        return status == FG_STOP ? FG_SET_ALL : (int32_t)status;
    }
    if (s->now == INT32_MAX) {
        memset(s->stamp, 0, (size_t)s->n_in * sizeof *s->stamp);
        s->now = 0;
    }
    s->now++;
    last = FG_SET_EMPTY;
    for (size_t k = 0; k < n && total < s->n_in; ++k) {
        total = set[k] == last ? total : append_new(s, set[k], total);
        last = set[k];
    }
    if (total == s->n_in) {
        return FG_SET_ALL;
    }
    int32_t *made = s->arena + s->n_arena;
    if (total > s->n_in / 16) { /* in their order, without sorting */
        int32_t k = 0;
        for (int32_t x = 0; x < s->n_in; ++x) {
            if (s->stamp[x] == s->now) {
                made[k++] = x;
            }
        }
    } else {
        qsort(made, (size_t)total, sizeof *made, ascending);
    }
    for (size_t k = 0; k < n; ++k) { /* one of them may be the union */
        if (s->span[set[k]].count == total) {
            return set[k];
        }
    }
    return keep(s, total);
}

fg_status fg_sets_unite_pairs(fg_sets *s, const int32_t *a, const int32_t *b, size_t n,
                              int32_t *out)
{
    for (size_t k = 0; k < n; ++k) {
        if ((out[k] = fg_sets_unite(s, a[k], b[k])) < 0) {
            return (fg_status)out[k];
        }
    }
    return FG_OK;
}

fg_status fg_sets_unite_groups(fg_sets *s, const int32_t *set, const int64_t *start, size_t n,
                               int32_t *out)
{
    for (size_t k = 0; k < n; ++k) {
        out[k] = fg_sets_unite_all(s, set + start[k], (size_t)(start[k + 1] - start[k]));
        if (out[k] < 0) {
            return (fg_status)out[k];
        }
    }
    return FG_OK;
}

void fg_sets_list(const fg_sets *s, const int32_t *set, size_t n, int64_t *end, int32_t *out)
{
    int64_t at = 0;
    for (size_t k = 0; k < n; ++k) {
        const fg_span span = s->span[set[k]];
        if (out && span.count) {
            memcpy(out + at, s->arena + span.first, (size_t)span.count * sizeof *out);
        }
        at += span.count;
        end[k] = at;
    }
}

/* ---- the pass ---- */

fg_status fg_sparsity_init(fg_sparsity *d, const fg_func *f, const uint8_t *through, size_t n_in,
                           size_t limit)
{
    memset(d, 0, sizeof *d);
    d->f = f;
    d->through = through;
    const size_t n = f->graph.n ? f->graph.n : 1;
    const fg_status status = fg_sets_init(&d->sets, n_in, limit);
    if (status != FG_OK) {
        return status;
    }
    d->place = fg_mem_resize(NULL, n, sizeof *d->place);
    if (!d->place) {
        fg_sparsity_free(d);
        return FG_E_MEMORY;
    }
    memset(d->place, 0xff, n * sizeof *d->place);
    return FG_OK;
}

void fg_sparsity_free(fg_sparsity *d)
{
    fg_sets_free(&d->sets);
    fg_mem_free(d->place);
    fg_mem_free(d->elem);
    memset(d, 0, sizeof *d);
}

static size_t size_of(const fg_sparsity *d, int32_t node)
{
    return d->f->types[d->f->type[node]].size;
}

/* Gives a node room for its elements. */
static fg_status place(fg_sparsity *d, int32_t node)
{
    const size_t size = size_of(d, node);
    const fg_status status =
        fg__grow((void **)&d->elem, &d->cap_elem, d->n_elem + (size ? size : 1), sizeof *d->elem);
    if (status == FG_OK) {
        d->place[node] = (int64_t)d->n_elem;
        d->n_elem += size;
    }
    return status;
}

fg_status fg_sparsity_set(fg_sparsity *d, int32_t node, const int32_t *set)
{
    const fg_status status = place(d, node);
    const size_t bytes = size_of(d, node) * sizeof *d->elem;
    if (status != FG_OK || !bytes) {
        return status;
    }
    if (set) {
        memcpy(d->elem + d->place[node], set, bytes);
    } else {
        memset(d->elem + d->place[node], 0, bytes); /* FG_SET_EMPTY */
    }
    return FG_OK;
}

const int32_t *fg_sparsity_get(const fg_sparsity *d, int32_t node)
{
    return d->elem + d->place[node];
}

static int is_float(const fg_func *f, int32_t node)
{
    const int dtype = f->types[f->type[node]].dtype;
    return dtype == FG_D_float64 || dtype == FG_D_float32;
}

static fg_status run_row(fg_sparsity *d, int32_t node, const int32_t *operand, int32_t count)
{
    const size_t size = size_of(d, node);
    const int through = d->through[d->f->graph.op[node]];
    fg_status status = fg_sparsity_set(d, node, NULL);
    if (status != FG_OK) {
        return status;
    }
    int32_t *out = d->elem + d->place[node];
    for (int32_t k = 0; k < count && status == FG_OK; ++k) {
        /* an operand of another size is a scalar constant */
        if (through >> k & 1 && size_of(d, operand[k]) == size) {
            status = fg_sets_unite_pairs(&d->sets, out, fg_sparsity_get(d, operand[k]), size, out);
        }
    }
    return status;
}

fg_status fg_sparsity_run(fg_sparsity *d, const uint8_t *live, int32_t *at)
{
    const fg_graph *g = &d->f->graph;
    fg_status status = FG_OK;
    for (; d->at < g->n && status == FG_OK; ++d->at) {
        const int32_t i = (int32_t)d->at;
        if (!live[i] || d->place[i] >= 0) {
            continue;
        }
        int32_t count;
        const int32_t *operand = fg_graph_operands(g, d->at, &count);
        const int op = g->op[i];
        if (op == FG_CALL && is_float(d->f, i)) {
            *at = i;
            return FG_STOP;
        }
        if (op < FG_N_ROWS && is_float(d->f, i)) {
            status = run_row(d, i, operand, count);
        } else if (op == FG_ITEM) {
            const int32_t set = fg_sparsity_get(d, operand[0])[g->arg[i][1]];
            status = fg_sparsity_set(d, i, &set);
        } else if (op == FG_PACK && (status = place(d, i)) == FG_OK) {
            for (int32_t k = 0; k < count; ++k) {
                d->elem[d->place[i] + k] = *fg_sparsity_get(d, operand[k]);
            }
        } else if (op != FG_PACK) {
            status = fg_sparsity_set(d, i, NULL);
        }
    }
    return status;
}
