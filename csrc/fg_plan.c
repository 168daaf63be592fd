/* fg_plan.c -- instructions in the order of the graph, over memory that is used again. */
#include "fg_plan.h"
#include "fg_mem.h"
#include "fg_ops.h"
#include "fg_planner.h"
#include <string.h>

/* ---- what is needed, and who reads it ---- */

static int is_alias(const fg_planner *q, int32_t i)
{
    const int op = q->f->graph.op[i];
    int32_t count;
    fg_graph_operands(&q->f->graph, (size_t)i, &count);
    return op == FG_ITEM ||
           (op == FG_CALL && count > 0 && fg__lowered(q, i)->base == FG_BASE_ALIAS);
}

static void count_reads(fg_planner *q)
{
    const fg_graph *g = &q->f->graph;
    for (int32_t i = 0; i < (int32_t)g->n; ++i) {
        q->root[i] = i;
        if (!(q->is[i] & FG_IS_LIVE)) {
            continue;
        }
        int32_t count;
        const int32_t *operand = fg_graph_operands(g, (size_t)i, &count);
        if (is_alias(q, i)) {
            q->is[i] |= FG_IS_ALIAS;
        }
        if (q->is[i] & (FG_IS_ALIAS | FG_IS_VIEW)) {
            q->root[i] = q->root[operand[0]];
        }
        for (int32_t k = 0; k < count; ++k) {
            ++q->uses[operand[k]];
            q->reads[q->root[operand[k]]] += !(q->is[i] & (FG_IS_ALIAS | FG_IS_VIEW));
        }
    }
}

/* ---- instructions ---- */

fg_status fg__plan_emit(fg_planner *q, int32_t node, int op, int32_t dst, int32_t a, int32_t b,
                        int32_t c)
{
    fg_program *p = q->p;
    fg_instr **instr = q->now ? &p->tile_instr : &p->instr;
    int32_t **from = q->now ? &p->tile_node : &p->node;
    size_t *n = q->now ? &p->n_tile_instr : &p->n_instr;
    size_t *cap = q->now ? &p->cap_tile_instr : &p->cap_instr;
    if (*n == *cap) {
        size_t same = *cap;
        fg_status status = fg__grow((void **)instr, cap, *n + 1, sizeof **instr);
        if (status == FG_OK) {
            status = fg__grow((void **)from, &same, *cap, sizeof **from);
        }
        if (status != FG_OK) {
            return status;
        }
    }
    (*from)[*n] = node;
    (*instr)[(*n)++] = (fg_instr){op, dst, a, b, c, 0};
    return FG_OK;
}

fg_status fg__plan_param(fg_planner *q, int64_t x)
{
    fg_program *p = q->p;
    const fg_status status =
        fg__grow((void **)&p->param, &p->cap_param, p->n_param + 1, sizeof *p->param);
    if (status == FG_OK) {
        p->param[p->n_param++] = x;
    }
    return status;
}

void fg__plan_release(fg_planner *q, int32_t node)
{
    const int32_t root = q->root[node];
    if (--q->reads[root] || q->is[root] & FG_IS_KEPT) {
        return;
    }
    if (!q->now) {
        fg__space_free(&q->space, q->place[root], fg__type_of(q, root)->size);
    } else if (q->region[root] == q->now && !(q->is[root] & FG_IS_HELD)) {
        fg__space_free(&q->slots, q->place[root], 1);
    }
}

fg_status fg__plan_allot(fg_planner *q, int32_t node)
{
    if (q->place[node] >= 0) {
        return FG_OK;
    }
    return q->now ? fg__space_take(&q->slots, 1, &q->place[node])
                  : fg__space_take(&q->space, fg__type_of(q, node)->size, &q->place[node]);
}

fg_status fg__plan_row(fg_planner *q, int32_t i)
{
    int32_t x[3] = {0, 0, 0}, count;
    const int32_t *operand = fg_graph_operands(&q->f->graph, (size_t)i, &count);
    for (int32_t k = 0; k < count; ++k) {
        x[k] = q->place[operand[k]];
        fg__plan_release(q, operand[k]);
    }
    const fg_status status = fg__plan_allot(q, i);
    q->p->work += 1.0;
    return status != FG_OK ? status
                           : fg__plan_emit(q, i, q->f->graph.op[i], q->place[i], x[0], x[1], x[2]);
}

static fg_status plan_array_row(fg_planner *q, int32_t i, int32_t count, const int32_t *operand)
{
    fg_status status = fg__plan_allot(q, i);
    const int32_t first = (int32_t)q->p->n_param;
    const fg_type *type = fg__type_of(q, i);
    const int64_t head[4] = {q->f->graph.op[i], q->place[i], (int64_t)type->size, type->dtype};
    for (int k = 0; k < 4 && status == FG_OK; ++k) {
        status = fg__plan_param(q, head[k]);
    }
    for (int32_t k = 0; k < count && status == FG_OK; ++k) {
        status = fg__plan_param(q, q->place[operand[k]]);
        if (status == FG_OK) {
            status = fg__plan_param(q, fg__type_of(q, operand[k])->ndim > 0 && type->ndim > 0);
        }
    }
    for (int32_t k = 0; k < count; ++k) {
        fg__plan_release(q, operand[k]);
    }
    q->p->scalar = 0;
    q->p->work += (double)type->size;
    if (status != FG_OK || !type->size) {
        return status;
    }
    return fg__plan_emit(q, i, FG_I_ROW, q->place[i], first, 0, 0);
}

static fg_status plan_pack(fg_planner *q, int32_t i, int32_t count, const int32_t *operand)
{
    fg_status status = fg__plan_allot(q, i);
    for (int32_t k = 0; k < count && status == FG_OK; ++k) {
        const int32_t from = q->place[operand[k]], to = q->place[i] + k;
        if (from != to) {
            status = fg__plan_emit(q, i, FG_I_MOVE, to, from, 0, 0);
        }
    }
    for (int32_t k = 0; k < count; ++k) {
        fg__plan_release(q, operand[k]);
    }
    return status;
}

static fg_status plan_node(fg_planner *q, int32_t i)
{
    int32_t count;
    const int32_t *operand = fg_graph_operands(&q->f->graph, (size_t)i, &count);
    const int op = q->f->graph.op[i];
    if (op == FG_LEAF || op == FG_CONST || q->is[i] & (FG_IS_JOINED | FG_IS_VIEW | FG_IS_DONE)) {
        return FG_OK;
    }
    if (q->is[i] & FG_IS_ALIAS) {
        return fg__plan_alias(q, i, operand);
    }
    if (op == FG_PACK) {
        return plan_pack(q, i, count, operand);
    }
    if (op == FG_CALL) {
        return fg__plan_call(q, i, count, operand);
    }
    if (fg__plan_is_sum(q, i)) {
        return fg__plan_sum(q, i);
    }
    return fg__is_scalar(q, i) ? fg__plan_row(q, i) : plan_array_row(q, i, count, operand);
}

/* ---- constants, inputs, outputs, guards ---- */

static fg_status plan_constants(fg_planner *q, size_t *end)
{
    const fg_func *f = q->f;
    fg_program *p = q->p;
    for (int pass = 0; pass < 2; ++pass) {
        size_t at = 0;
        for (size_t i = 0; i < f->graph.n; ++i) {
            if (!(q->is[i] & FG_IS_LIVE) || f->graph.op[i] != FG_CONST) {
                continue;
            }
            const size_t size = fg__type_of(q, (int32_t)i)->size;
            if (size > FG_NODE_MAX / 2 - at) {
                return FG_E_FULL;
            }
            q->place[i] = (int32_t)at;
            q->is[i] |= FG_IS_KEPT;
            if (pass && f->graph.arg[i][1] && size) {
                memcpy(p->init + at, f->array[f->graph.arg[i][0]], size * sizeof *p->init);
            } else if (pass && size) {
                p->init[at] = f->number[f->graph.arg[i][0]];
            }
            at += size;
        }
        if (!pass && !(p->init = fg_mem_resize(NULL, at ? at : 1, sizeof *p->init))) {
            return FG_E_MEMORY;
        }
        p->n_init = *end = at;
    }
    return FG_OK;
}

static fg_status plan_inputs(fg_planner *q, size_t *end)
{
    const fg_func *f = q->f;
    fg_program *p = q->p;
    if (!(p->input = fg_mem_zeros(f->n_input ? f->n_input : 1, sizeof *p->input))) {
        return FG_E_MEMORY;
    }
    p->n_input = f->n_input;
    for (size_t i = 0; i < f->graph.n; ++i) {
        if (f->graph.op[i] != FG_LEAF) {
            continue;
        }
        const size_t size = fg__type_of(q, (int32_t)i)->size;
        if (size > FG_NODE_MAX / 2 - *end) {
            return FG_E_FULL;
        }
        q->place[i] = (int32_t)*end;
        q->is[i] |= FG_IS_KEPT;
        p->input[f->graph.arg[i][0]] = (fg_port){(int32_t)*end, f->type[i], size};
        *end += size;
    }
    return FG_OK;
}

/* Values that go into an array which is an output are computed where they belong. */
static fg_status plan_outputs(fg_planner *q, size_t n, const int32_t *output)
{
    const fg_graph *g = &q->f->graph;
    for (size_t k = 0; k < n; ++k) {
        if (g->op[output[k]] != FG_PACK || q->place[output[k]] >= 0) {
            continue;
        }
        const fg_status status = fg__plan_allot(q, output[k]);
        if (status != FG_OK) {
            return status;
        }
        int32_t count;
        const int32_t *operand = fg_graph_operands(g, (size_t)output[k], &count);
        for (int32_t m = 0; m < count; ++m) {
            const int32_t node = operand[m];
            if (g->op[node] < FG_N_ROWS && fg__is_scalar(q, node) && q->place[node] < 0 &&
                !(q->is[node] & FG_IS_JOINED)) {
                q->place[node] = q->place[output[k]] + m;
                q->is[node] |= FG_IS_KEPT;
            }
        }
    }
    return FG_OK;
}

static fg_status plan_guard(fg_planner *q, const fg_guard *guard, size_t number)
{
    const size_t size = fg__type_of(q, guard->node)->size;
    if (size != fg__type_of(q, guard->expected)->size ||
        q->f->graph.op[guard->expected] != FG_CONST) {
        return FG_E_FORMAT;
    }
    const int32_t a = q->place[guard->node], b = q->place[guard->expected];
    q->p->guard[number] = (fg_port){a, q->f->type[guard->node], size};
    for (size_t k = 0; k < size; ++k) {
        const fg_status status = fg__plan_emit(q, guard->node, FG_I_GUARD, 0, a + (int32_t)k,
                                               b + (int32_t)k, (int32_t)number);
        if (status != FG_OK) {
            return status;
        }
    }
    fg__plan_release(q, guard->node);
    return FG_OK;
}

/* ---- the whole ---- */

/* Only beside instructions that take long: a program of scalars is over before anybody minds. */
static fg_status plan_look(fg_planner *q, int32_t node)
{
    if (q->p->scalar || q->p->work - q->looked < FG_LOOK_WORK) {
        return FG_OK;
    }
    q->looked = q->p->work;
    return fg__plan_emit(q, node, FG_I_LOOK, 0, 0, 0, 0);
}

static fg_status plan_in_order(fg_planner *q, size_t n_guard, const fg_guard *guard)
{
    const int32_t n = (int32_t)q->f->graph.n;
    size_t next = 0;
    fg_status status = FG_OK;
    for (int32_t i = 0; i < n && status == FG_OK; ++i) {
        status = q->is[i] & FG_IS_LIVE ? plan_node(q, i) : FG_OK;
        status = status == FG_OK ? plan_look(q, i) : status;
        for (; status == FG_OK && next < n_guard && guard[next].node == i; ++next) {
            status = plan_guard(q, &guard[next], next);
        }
    }
    return status == FG_OK && next < n_guard ? FG_E_FORMAT : status;
}

static fg_status plan_regions(fg_planner *q, const int32_t *order, size_t n_order, size_t n_guard,
                              const fg_guard *guard)
{
    const int32_t n = (int32_t)q->f->graph.n;
    size_t next = 0, end;
    fg_status status = FG_OK;
    for (size_t k = 0; k < n_order && status == FG_OK; k = end) {
        const int32_t i = order[k];
        end = k + 1;
        if (i >= n) {
            status = plan_guard(q, &guard[i - n], (size_t)(i - n));
            ++next;
        } else if (q->is[i] & FG_IS_ROW) {
            while (end < n_order && order[end] < n && q->region[order[end]] == q->region[i]) {
                ++end;
            }
            const fg_part part = {order + k, order + end, end - k, n_order - end};
            status = fg__plan_region(q, &part);
        } else {
            status = plan_node(q, i);
        }
        status = status == FG_OK ? plan_look(q, i < n ? i : 0) : status;
    }
    return status == FG_OK && next < n_guard ? FG_E_FORMAT : status;
}

static fg_status plan_all(fg_planner *q, size_t n_output, const int32_t *output, size_t n_guard,
                          const fg_guard *guard)
{
    fg_program *p = q->p;
    size_t end = 0, n_order = 0;
    int32_t *order = NULL;
    fg_status status = fg__plan_order(q, n_guard, guard, &order, &n_order);
    if (status != FG_OK) {
        return status;
    }
    fg__plan_join_sums(q);
    status = plan_constants(q, &end);
    if (status == FG_OK) {
        status = plan_inputs(q, &end);
    }
    fg__space_init(&q->space, end);
    if (status == FG_OK) {
        status = plan_outputs(q, n_output, output);
    }
    if (status == FG_OK) {
        status = order ? plan_regions(q, order, n_order, n_guard, guard)
                       : plan_in_order(q, n_guard, guard);
    }
    fg_mem_free(order);
    for (size_t k = 0; k < n_output && status == FG_OK; ++k) {
        p->output[k] =
            (fg_port){q->place[output[k]], q->f->type[output[k]], fg__type_of(q, output[k])->size};
    }
    p->n_w = q->space.end;
    p->scratch = p->n_w + p->n_w % 2; /* where a pointer may stand, also among floats */
    for (size_t k = 0; k < p->n_region; ++k) {
        const size_t wanted = p->scratch + fg__region_size(p, &p->region[k]);
        p->n_w = wanted > p->n_w ? wanted : p->n_w;
    }
    if (status == FG_OK && (status = fg__plan_emit(q, 0, FG_I_END, 0, 0, 0, 0)) == FG_OK) {
        --p->n_instr;
        status = p->scalar ? fg__plan_pairs_of_program(p) : FG_OK;
    }
    return status;
}

/* Marks what is needed, and counts who reads it. */
static void look_at_graph(fg_planner *q, size_t n_output, const int32_t *output, size_t n_guard,
                          const fg_guard *guard)
{
    const fg_func *f = q->f;
    for (size_t k = 0; k < n_output; ++k) {
        q->is[output[k]] = 1;
    }
    for (size_t k = 0; k < n_guard; ++k) {
        q->is[guard[k].node] = q->is[guard[k].expected] = 1;
    }
    fg_func_reach(f, q->is);
    for (size_t i = 0; i < f->graph.n; ++i) {
        q->is[i] = q->is[i] ? FG_IS_LIVE : 0;
        q->place[i] = -1;
    }
    q->p->single = fg__plan_is_single(q, n_output, output);
    fg__plan_find_rows(q);
    for (size_t k = 0; k < n_output; ++k) {
        q->is[output[k]] &= (uint8_t)~FG_IS_VIEW;
    }
    for (size_t k = 0; k < n_guard; ++k) {
        q->is[guard[k].node] &= (uint8_t)~FG_IS_VIEW;
    }
    count_reads(q);
    for (size_t k = 0; k < n_output; ++k) {
        ++q->uses[output[k]];
        q->is[output[k]] |= FG_IS_KEPT;
        q->is[q->root[output[k]]] |= FG_IS_KEPT;
    }
    for (size_t k = 0; k < n_guard; ++k) {
        ++q->uses[guard[k].node];
        ++q->reads[q->root[guard[k].node]];
    }
}

fg_status fg_plan(const fg_func *f, size_t n_output, const int32_t *output, size_t n_guard,
                  const fg_guard *guard, const fg_lowering *lowering, fg_program *p)
{
    memset(p, 0, sizeof *p);
    if (f->n_call && lowering->n_call < f->n_call) {
        return FG_E_FORMAT;
    }
    const size_t n = f->graph.n ? f->graph.n : 1;
    fg_planner q = {.f = f, .lowering = lowering, .p = p};
    p->scalar = 1;
    p->n_output = n_output;
    p->n_guard = n_guard;
    p->output = fg_mem_zeros(n_output ? n_output : 1, sizeof *p->output);
    p->guard = fg_mem_zeros(n_guard ? n_guard : 1, sizeof *p->guard);
    q.is = fg_mem_zeros(n, sizeof *q.is);
    q.uses = fg_mem_zeros(n, sizeof *q.uses);
    q.reads = fg_mem_zeros(n, sizeof *q.reads);
    q.root = fg_mem_resize(NULL, n, sizeof *q.root);
    q.place = fg_mem_resize(NULL, n, sizeof *q.place);
    fg_status status = FG_E_MEMORY;
    if (p->output && p->guard && q.is && q.uses && q.reads && q.root && q.place) {
        look_at_graph(&q, n_output, output, n_guard, guard);
        status = plan_all(&q, n_output, output, n_guard, guard);
    }
    fg__space_done(&q.space);
    fg__space_done(&q.slots);
    void *const own[] = {q.is,    q.uses,    q.reads, q.root,  q.place, q.region,
                         q.level, q.outside, q.held,  q.total, q.term};
    for (size_t k = 0; k < sizeof own / sizeof *own; ++k) {
        fg_mem_free(own[k]);
    }
    if (status != FG_OK) {
        fg_program_free(p);
    }
    return status;
}
