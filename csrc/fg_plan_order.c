/* fg_plan_order.c -- which rows make a region, and in which order a program runs.
 *
 * The level of a row is one more than that of what it waits for: all that is not a row of its size.
 * Rows of one size and level are a region: none waits for another region of the level. What is no row
 * runs after the regions of its level, in the order of the graph. A step that can fail stays behind the
 * guards that come before it, and guards keep their order.
 */
#include "fg_mem.h"
#include "fg_planner.h"
#include <string.h>

enum { REGION_MOST = 1000 }; /* rows of a region: their values are alive at once, at worst */

static int op_of(const fg_planner *q, int32_t node)
{
    return q->f->graph.op[node];
}

/* ---- rows and views ---- */

static int is_region_row(const fg_planner *q, int32_t i)
{
    const fg_type *type = fg__type_of(q, i);
    return op_of(q, i) < FG_N_ROWS && q->f->type[i] > FG_TRUTH && type->ndim > 0 && type->size &&
           (type->dtype == FG_D_float64 || type->dtype == FG_D_float32 || type->dtype == FG_D_bool);
}

static const fg_lowstep *step_of(const fg_planner *q, const fg_lowered *low, size_t k,
                                 const int64_t **param)
{
    const fg_lowering *l = q->lowering;
    if (low->first > l->n_step || low->n > l->n_step - low->first) {
        return NULL;
    }
    const fg_lowstep *step = &l->step[low->first + k];
    if (step->first > l->n_param || step->n > l->n_param - step->first) {
        return NULL;
    }
    *param = l->param + step->first;
    return step;
}

/* Whether so many elements of a shape with such steps stand one after the other. */
static int is_dense(int64_t ndim, const int64_t *shape, const int64_t *step, int64_t size)
{
    int64_t inner = 1;
    for (int64_t d = ndim - 1; d >= 0; --d) {
        if (step[d] != inner || shape[d] < 1 || shape[d] > size / inner) {
            return 0;
        }
        inner *= shape[d];
    }
    return inner == size;
}

/* Whether a node is operand 0 read in another order, or a part of a line of zeros. The steps are
 * checked when they are used (see add_view in fg_plan_region.c). */
static int is_view(const fg_planner *q, int32_t i)
{
    const fg_lowered *low = op_of(q, i) == FG_CALL ? fg__lowered(q, i) : NULL;
    const int64_t *p;
    if (!low || low->base != FG_BASE_FRESH || low->n < 1 || low->n > 2) {
        return 0;
    }
    const fg_lowstep *step = step_of(q, low, low->n - 1, &p);
    if (!step || step->kernel != FG_K_copy || step->operand[0] != 0 || step->n < 3 ||
        step->n != 3 + 3 * (size_t)p[2]) {
        return 0;
    }
    const int64_t ndim = p[2], *shape = p + 3, *to = shape + ndim, *from = to + ndim;
    if (low->n == 1) {
        return p[0] == 0 && is_dense(ndim, shape, to, (int64_t)fg__type_of(q, i)->size);
    }
    const fg_lowstep *zeros = step_of(q, low, 0, &p);
    return zeros && zeros->kernel == FG_K_fill && zeros->n == 3 && p[0] == 0 && p[2] == 0 &&
           p[1] == (int64_t)fg__type_of(q, i)->size && ndim == 1 && to[0] == 1 && from[0] == 1;
}

void fg__plan_find_rows(fg_planner *q)
{
    const int32_t n = (int32_t)q->f->graph.n;
    for (int32_t i = 0; i < n; ++i) {
        if (q->is[i] & FG_IS_LIVE) {
            q->is[i] |= is_region_row(q, i) ? FG_IS_ROW : is_view(q, i) ? FG_IS_VIEW : 0;
        }
    }
    for (int32_t i = 0; i < n; ++i) { /* what others read too has to be in memory */
        if (!(q->is[i] & FG_IS_LIVE) || q->is[i] & FG_IS_ROW) {
            continue;
        }
        int32_t count;
        const int32_t *operand = fg_graph_operands(&q->f->graph, (size_t)i, &count);
        for (int32_t k = 0; k < count; ++k) {
            q->is[operand[k]] &= (uint8_t)~FG_IS_VIEW;
        }
    }
}

int32_t fg__plan_total_of(const fg_planner *q, int32_t node, size_t *inner)
{
    const fg_lowered *low = op_of(q, node) == FG_CALL ? fg__lowered(q, node) : NULL;
    int32_t count;
    const int32_t *operand = fg_graph_operands(&q->f->graph, (size_t)node, &count);
    const int64_t *p;
    if (!low || low->base != FG_BASE_FRESH || low->n < 1 || low->n > 2 || count != 1 ||
        !(q->is[operand[0]] & FG_IS_ROW) || !fg__is_real(q, node) || !fg__is_real(q, operand[0])) {
        return -1;
    }
    const fg_lowstep *step = step_of(q, low, low->n - 1, &p);
    if (!step || (low->n == 2 && !fg__plan_is_idle(q, step))) {
        return -1;
    }
    step = step_of(q, low, 0, &p);
    if (!step || step->kernel != FG_K_reduce || step->operand[0] != 0 || p[0] != FG_R_sum) {
        return -1;
    }
    const int64_t size = (int64_t)fg__type_of(q, operand[0])->size;
    const int64_t own = (int64_t)fg__type_of(q, node)->size;
    if (step->n == 5 && p[1] == 0 && p[2] == 1 && p[4] == 1) { /* [how, 0, 1, n, 1] */
        *inner = (size_t)size;
        return p[3] == size && own == 1 ? operand[0] : -1;
    }
    if (step->n == 7 && p[1] == 1 && p[4] == 1 && p[6] == 1) { /* [how, 1, kept, step, 1, n, 1] */
        *inner = (size_t)p[5];
        return p[5] > 0 && p[3] == p[5] && p[2] == own && size % p[5] == 0 && size / p[5] == own
                   ? operand[0]
                   : -1;
    }
    return -1;
}

/* ---- levels ---- */

static int is_solver(int kernel)
{
    const fg_struct_row *row = fg_struct_info(kernel);
    return row && row->is_solver;
}

static int can_fail(const fg_planner *q, int32_t i)
{
    if (op_of(q, i) != FG_CALL) {
        return op_of(q, i) < FG_N_ROWS && fg__type_of(q, i)->dtype > FG_D_bool;
    }
    const fg_lowered *low = fg__lowered(q, i);
    const int64_t *p;
    for (size_t k = 0; k < low->n; ++k) {
        const fg_lowstep *step = step_of(q, low, k, &p);
        if (!step || is_solver(step->kernel) || step->kernel == FG_K_gather ||
            step->kernel == FG_K_scatter_add || step->kernel == FG_K_scatter_set ||
            step->kernel == FG_K_cast) {
            return 1;
        }
    }
    return 0;
}

/* The level at which node i can read x. */
static int32_t ready(const fg_planner *q, int32_t i, int32_t x)
{
    const int row = q->is[i] & FG_IS_ROW;
    if (row && q->is[x] & FG_IS_ROW && fg__type_of(q, x)->size == fg__type_of(q, i)->size) {
        return q->level[x];
    }
    const int given = op_of(q, x) == FG_LEAF || op_of(q, x) == FG_CONST;
    return q->level[x] + (row && !given && !(q->is[x] & FG_IS_VIEW));
}

/* A view can be read when its operand can, in a region of the next level. */
static int32_t level_of(const fg_planner *q, int32_t i, int32_t behind)
{
    int32_t count, level = can_fail(q, i) ? behind : 0;
    const int32_t *operand = fg_graph_operands(&q->f->graph, (size_t)i, &count);
    for (int32_t k = 0; k < count; ++k) {
        const int given = op_of(q, operand[k]) == FG_LEAF || op_of(q, operand[k]) == FG_CONST;
        const int32_t at =
            q->is[i] & FG_IS_VIEW ? q->level[operand[k]] + !given : ready(q, i, operand[k]);
        level = at > level ? at : level;
    }
    return level;
}

/* ---- the order ---- */

typedef struct sorter {
    fg_planner *q;
    size_t n_guard;
    const fg_guard *guard;
    int32_t *guard_level; /* [n_guard] */
    int32_t *count;       /* [2 * levels + 1] where the rows and the others of a level begin */
    int32_t *order;
    size_t levels;
} sorter;

static size_t bucket_of(const sorter *s, int32_t i)
{
    return 2 * (size_t)s->q->level[i] + !(s->q->is[i] & FG_IS_ROW);
}

/* Calls for each live node and each guard, in the order of the graph. */
static void put_all(sorter *s, int counting)
{
    fg_planner *q = s->q;
    const int32_t n = (int32_t)q->f->graph.n;
    size_t next = 0;
    for (int32_t i = 0; i < n; ++i) {
        if (q->is[i] & FG_IS_LIVE) {
            const size_t at = bucket_of(s, i);
            if (counting) {
                ++s->count[at + 1];
            } else {
                s->order[s->count[at]++] = i;
            }
        }
        for (; next < s->n_guard && s->guard[next].node == i; ++next) {
            const size_t at = 2 * (size_t)s->guard_level[next] + 1;
            if (counting) {
                ++s->count[at + 1];
            } else {
                s->order[s->count[at]++] = n + (int32_t)next;
            }
        }
    }
}

static void find_levels(sorter *s)
{
    fg_planner *q = s->q;
    int32_t behind = 0, most = 0;
    size_t next = 0;
    for (int32_t i = 0; i < (int32_t)q->f->graph.n; ++i) {
        if (!(q->is[i] & FG_IS_LIVE)) {
            continue;
        }
        q->level[i] = level_of(q, i, behind);
        most = q->level[i] > most ? q->level[i] : most;
        for (; next < s->n_guard && s->guard[next].node == i; ++next) {
            behind = q->level[i] > behind ? q->level[i] : behind;
            s->guard_level[next] = behind;
        }
    }
    s->levels = (size_t)most + 1;
}

/* Groups the rows of a level by size: those of one region one after the other. */
static void make_regions(const sorter *s, int32_t *row, size_t n, int32_t *spare, int32_t *number)
{
    const fg_planner *q = s->q;
    size_t done = 0;
    while (done < n) {
        const size_t size = fg__type_of(q, row[done])->size;
        size_t same = done, rest = 0;
        ++*number;
        for (size_t k = done; k < n; ++k) {
            const int32_t i = row[k];
            if (fg__type_of(q, i)->size == size && same - done < REGION_MOST) {
                q->region[i] = *number;
                row[same++] = i;
            } else {
                spare[rest++] = i;
            }
        }
        memcpy(row + same, spare, rest * sizeof *row);
        done = same;
    }
}

static fg_status sort(sorter *s, size_t n_order, size_t *n_found)
{
    s->count = fg_mem_zeros(2 * s->levels + 1, sizeof *s->count);
    int32_t *spare = fg_mem_resize(NULL, n_order, sizeof *spare);
    if (!s->count || !spare) {
        fg_mem_free(spare);
        return FG_E_MEMORY;
    }
    put_all(s, 1);
    for (size_t k = 0; k < 2 * s->levels; ++k) {
        s->count[k + 1] += s->count[k];
    }
    *n_found = (size_t)s->count[2 * s->levels];
    put_all(s, 0); /* after which count[k] is where bucket k ends */
    int32_t number = 0;
    for (size_t k = 0; k < 2 * s->levels; k += 2) {
        const int32_t from = k ? s->count[k - 1] : 0;
        make_regions(s, s->order + from, (size_t)(s->count[k] - from), spare, &number);
    }
    fg_mem_free(spare);
    return FG_OK;
}

fg_status fg__plan_order(fg_planner *q, size_t n_guard, const fg_guard *guard, int32_t **order,
                         size_t *n_order)
{
    const size_t n = q->f->graph.n;
    int any = 0;
    for (size_t i = 0; i < n; ++i) {
        any |= q->is[i] & FG_IS_ROW;
    }
    *order = NULL;
    if (!any) {
        return FG_OK;
    }
    sorter s = {.q = q, .n_guard = n_guard, .guard = guard};
    q->region = fg_mem_zeros(n, sizeof *q->region);
    q->level = fg_mem_zeros(n, sizeof *q->level);
    q->outside = fg_mem_zeros(n, sizeof *q->outside);
    s.guard_level = fg_mem_zeros(n_guard ? n_guard : 1, sizeof *s.guard_level);
    s.order = fg_mem_resize(NULL, n + n_guard, sizeof *s.order);
    fg_status status = FG_E_MEMORY;
    if (q->region && q->level && q->outside && s.guard_level && s.order) {
        find_levels(&s);
        status = sort(&s, n + n_guard, n_order);
    }
    fg_mem_free(s.guard_level);
    fg_mem_free(s.count);
    if (status == FG_OK) {
        *order = s.order;
    } else {
        fg_mem_free(s.order);
    }
    return status;
}
