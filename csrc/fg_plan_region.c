/* fg_plan_region.c -- a region: streams in and out, and its rows as a program of scalars on slots.
 *
 * While a region is planned, places are slots: the instructions of one point are those of a tile.
 * What others read gets its memory before, and what only the region has read is given back after.
 */
#include "fg_mem.h"
#include "fg_ops.h"
#include "fg_planner.h"
#include "fg_tile.h"
#include <string.h>

enum {
    BLOCK = 128,    /* points of which a long sum makes one number, see fg_region.c */
    UNIT_MOST = 512 /* points of whole rows that a tile can be asked to hold */
};

static int is_member(const fg_planner *q, int32_t node)
{
    return q->is[node] & FG_IS_ROW && q->region[node] == q->now;
}

static fg_status add_stream(fg_planner *q, int kind, int32_t slot, int32_t place, size_t walk)
{
    fg_program *p = q->p;
    const fg_status status =
        fg__grow((void **)&p->stream, &p->cap_stream, p->n_stream + 1, sizeof *p->stream);
    if (status == FG_OK) {
        p->stream[p->n_stream++] = (fg_stream){kind, slot, place, (int64_t)walk};
    }
    return status;
}

/* Gives a node a slot until the region is planned; *slot [out]. */
static fg_status hold(fg_planner *q, int32_t node, int32_t *slot)
{
    fg_status status = fg__grow((void **)&q->held, &q->cap_held, q->n_held + 1, sizeof *q->held);
    if (status == FG_OK && (status = fg__space_take(&q->slots, 1, slot)) == FG_OK) {
        q->held[q->n_held++] = (fg_held){node, q->place[node]};
        q->is[node] |= FG_IS_HELD;
        q->place[node] = *slot;
    }
    return status;
}

/* ---- in ---- */

static fg_status add_params(fg_planner *q, size_t n, const int64_t *x)
{
    fg_status status = FG_OK;
    for (size_t k = 0; k < n && status == FG_OK; ++k) {
        status = fg__plan_param(q, x[k]);
    }
    return status;
}

/* Where a node stands in the workspace, also while it has a slot. */
static int32_t home_of(const fg_planner *q, int32_t node)
{
    for (size_t k = 0; q->is[node] & FG_IS_HELD && k < q->n_held; ++k) {
        if (q->held[k].node == node) {
            return q->held[k].place;
        }
    }
    return q->place[node];
}

/* A view as a stream. Its copy step is checked as if it were run, into memory behind the workspace. */
static fg_status add_view(fg_planner *q, int32_t i, int32_t slot)
{
    int32_t count;
    const int32_t *operand = fg_graph_operands(&q->f->graph, (size_t)i, &count);
    const fg_lowered *low = fg__lowered(q, i);
    const fg_lowstep *step = &q->lowering->step[low->first + low->n - 1];
    const int64_t *given = q->lowering->param + step->first;
    const int64_t ndim = given[2], *shape = given + 3, *from = shape + 2 * ndim;
    const size_t extent[2] = {fg__type_of(q, i)->size, fg__type_of(q, operand[0])->size};
    const int32_t place = home_of(q, operand[0]);
    const size_t first = q->p->n_param;
    const int64_t head[2] = {(int64_t)q->space.end, place};
    fg_status status = add_params(q, 2, head);
    status = status != FG_OK ? status : add_params(q, step->n, given);
    status = status != FG_OK
                 ? status
                 : fg_struct_check(FG_K_copy, q->p->n_param - first, q->p->param + first, extent,
                                   q->space.end + extent[0]);
    q->p->n_param = first;
    const int32_t start = place + (int32_t)given[1];
    if (status != FG_OK) {
        return status;
    }
    if (low->n == 2) {
        const int64_t part[2] = {given[0], given[0] + shape[0]};
        status = add_params(q, 2, part);
        return status != FG_OK ? status : add_stream(q, FG_S_PART, slot, start, first);
    }
    if (ndim == 0) {
        return add_stream(q, FG_S_NUMBER, slot, start, 0);
    }
    status = fg__plan_param(q, ndim);
    status = status != FG_OK ? status : add_params(q, (size_t)ndim, shape);
    status = status != FG_OK ? status : add_params(q, (size_t)ndim, from);
    return status != FG_OK ? status : add_stream(q, FG_S_WALK, slot, start, first);
}

/* Streams for what a row reads from outside. */
static fg_status read_in(fg_planner *q, int32_t i)
{
    int32_t count, slot;
    const int32_t *operand = fg_graph_operands(&q->f->graph, (size_t)i, &count);
    fg_status status = FG_OK;
    for (int32_t k = 0; k < count && status == FG_OK; ++k) {
        const int32_t node = operand[k], place = q->place[node];
        if (is_member(q, node) || q->is[node] & FG_IS_HELD) {
            continue;
        }
        status = hold(q, node, &slot);
        if (status != FG_OK) {
            return status;
        }
        status = q->is[node] & FG_IS_VIEW     ? add_view(q, node, slot)
                 : fg__type_of(q, node)->ndim ? add_stream(q, FG_S_DENSE, slot, place, 0)
                                              : add_stream(q, FG_S_NUMBER, slot, place, 0);
    }
    return status;
}

/* ---- sums ---- */

static size_t common_multiple(size_t a, size_t b)
{
    size_t x = a, y = b;
    while (y) {
        const size_t rest = x % y;
        x = y;
        y = rest;
    }
    return a / x * b;
}

/* Takes the totals of rows of this region among the nodes that come next, on the same level, as long
 * as a tile of *unit points holds whole rows; gives them their memory. */
static fg_status take_totals(fg_planner *q, const fg_part *part, size_t *unit)
{
    const int32_t n_node = (int32_t)q->f->graph.n, level = q->level[part->row[0]];
    const size_t n = fg__type_of(q, part->row[0])->size;
    fg_status status = FG_OK;
    for (size_t k = 0; k < part->n_next && status == FG_OK; ++k) {
        const int32_t i = part->next[k];
        if (i >= n_node) { /* a guard */
            continue;
        }
        if (q->level[i] != level) {
            break;
        }
        size_t inner;
        const int32_t row = fg__plan_total_of(q, i, &inner);
        if (row < 0 || !is_member(q, row) || q->place[i] >= 0) {
            continue;
        }
        const size_t wanted = common_multiple(*unit, inner == n ? BLOCK : inner);
        if (inner != n && wanted > UNIT_MOST) {
            continue;
        }
        *unit = wanted;
        q->is[i] |= FG_IS_DONE;
        --q->outside[row];
        status = fg__space_take(&q->space, fg__type_of(q, i)->size, &q->place[i]);
        if (status == FG_OK && (status = fg__grow((void **)&q->total, &q->cap_total, q->n_total + 1,
                                                  sizeof *q->total)) == FG_OK) {
            q->total[q->n_total++] = i;
        }
    }
    return status;
}

/* Streams for the totals; what they sum keeps its slot. */
static fg_status sum_out(fg_planner *q, size_t n, int *whole_rows)
{
    fg_status status = FG_OK;
    for (size_t k = 0; k < q->n_total && status == FG_OK; ++k) {
        size_t inner;
        const int32_t i = q->total[k], row = fg__plan_total_of(q, i, &inner);
        int32_t slot;
        status = q->is[row] & FG_IS_HELD ? FG_OK : hold(q, row, &slot);
        const size_t walk = q->p->n_param;
        status = status != FG_OK ? status : fg__plan_param(q, (int64_t)inner);
        status =
            status != FG_OK ? status : add_stream(q, FG_S_SUM, q->place[row], q->place[i], walk);
        *whole_rows |= inner != n;
        --q->reads[q->root[row]];
    }
    return status;
}

/* ---- out ---- */

static void count_outside(fg_planner *q, const fg_part *part)
{
    for (size_t k = 0; k < part->n_row; ++k) {
        q->outside[part->row[k]] += q->uses[part->row[k]];
    }
    for (size_t k = 0; k < part->n_row; ++k) {
        int32_t count;
        const int32_t *operand = fg_graph_operands(&q->f->graph, (size_t)part->row[k], &count);
        for (int32_t m = 0; m < count; ++m) {
            q->outside[operand[m]] -= is_member(q, operand[m]);
        }
    }
}

/* Rows that somebody outside reads are written to memory. */
static fg_status write_out(fg_planner *q, const fg_part *part)
{
    fg_status status = FG_OK;
    for (size_t k = 0; k < part->n_row && status == FG_OK; ++k) {
        const int32_t i = part->row[k];
        int32_t slot;
        if (q->outside[i] > 0) {
            status = fg__space_take(&q->space, fg__type_of(q, i)->size, &q->place[i]);
            const int32_t place = q->place[i];
            status = status != FG_OK ? status : hold(q, i, &slot);
            status = status != FG_OK ? status : add_stream(q, FG_S_WRITE, slot, place, 0);
        }
    }
    return status;
}

/* Places are places again; what nobody will read is given back. */
static void let_go(fg_planner *q)
{
    q->now = 0;
    for (size_t k = 0; k < q->n_held; ++k) {
        const fg_held *h = &q->held[k];
        q->place[h->node] = h->place;
        q->is[h->node] &= (uint8_t)~FG_IS_HELD;
    }
    for (size_t k = 0; k < q->n_held; ++k) {
        const int32_t root = q->root[q->held[k].node];
        if (q->place[root] >= 0 && q->reads[root] == 0 && !(q->is[root] & FG_IS_KEPT)) {
            fg__space_free(&q->space, q->place[root], fg__type_of(q, root)->size);
            q->is[root] |= FG_IS_KEPT; /* once */
        }
    }
    q->n_held = q->n_total = 0;
    fg__space_done(&q->slots);
}

/* ---- the region ---- */

static fg_status plan_rows(fg_planner *q, const fg_part *part)
{
    fg_status status = FG_OK;
    for (size_t k = 0; k < part->n_row && status == FG_OK; ++k) {
        status = read_in(q, part->row[k]);
    }
    for (size_t k = 0; k < part->n_row && status == FG_OK; ++k) {
        const int32_t i = part->row[k];
        if (q->is[i] & FG_IS_JOINED) {
            continue;
        }
        status = fg__plan_is_sum(q, i) ? fg__plan_sum(q, i) : fg__plan_row(q, i);
        if (status == FG_OK && fg__type_of(q, i)->dtype == FG_D_float32 && !q->p->single) {
            status = fg__plan_emit(q, i, FG_I_ROUND, q->place[i], q->place[i], 0, 0);
        }
    }
    return status;
}

/* Few slots, many points; whole rows, and no more points than there are. */
static size_t points_of(size_t n, size_t n_slot, size_t item, size_t unit)
{
    const size_t fit = fg__tile_points(n_slot, item), most = fg__tile_lanes(n);
    const size_t points = fit <= unit ? unit : fit / unit * unit;
    return points < most ? points : most;
}

fg_status fg__plan_region(fg_planner *q, const fg_part *part)
{
    fg_program *p = q->p;
    const int32_t head = part->row[0];
    const size_t n = fg__type_of(q, head)->size;
    const double before = p->work;
    size_t unit = FG_LANES;
    fg_region r = {.n = n, .first = p->n_tile_instr, .stream = p->n_stream};
    q->now = q->region[head];
    fg__space_init(&q->slots, 0);
    count_outside(q, part);
    fg_status status = take_totals(q, part, &unit);
    status = status != FG_OK ? status : write_out(q, part);
    status = status != FG_OK ? status : sum_out(q, n, &r.whole_rows);
    status = status != FG_OK ? status : plan_rows(q, part);
    r.n_slot = q->slots.end;
    let_go(q);
    r.n_instr = p->n_tile_instr - r.first;
    r.n_stream = p->n_stream - r.stream;
    status = status != FG_OK ? status : fg__plan_pairs_of_region(p, &r);
    r.points = points_of(n, r.n_slot, fg_program_item(p), unit);
    p->scalar = 0;
    p->work = before + (p->work - before) * (double)n;
    if (status == FG_OK) {
        status = fg__grow((void **)&p->region, &p->cap_region, p->n_region + 1, sizeof *p->region);
    }
    if (status != FG_OK) {
        return status;
    }
    p->region[p->n_region++] = r;
    return fg__plan_emit(q, head, FG_I_REGION, 0, (int32_t)p->n_region - 1, 0, 0);
}
