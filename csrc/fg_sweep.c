/* fg_sweep.c -- one loop, one switch: adjoints of scalars, arrays and elements of arrays. */
#include "fg_sweep.h"
#include "fg_kernels.h"
#include "fg_mem.h"
#include "fg_rules.h"
#include <string.h>

void fg_sweep_init(fg_sweep *s)
{
    memset(s, 0, sizeof *s);
}

void fg_sweep_free(fg_sweep *s)
{
    fg_mem_free(s->adj);
    fg_mem_free(s->mark);
    fg_sweep_init(s);
}

fg_status fg_sweep_start(fg_sweep *s, fg_tape *t, int32_t top)
{
    const size_t need = (size_t)top + 1;
    if (need > s->cap) {
        /* No adjoint is valid and all marks are zero between sweeps: nothing to copy. */
        fg_sweep_free(s);
        const size_t cap = need < 64 ? 64 : need + need / 4;
        s->adj = fg_mem_resize(NULL, cap, sizeof *s->adj);
        s->mark = fg_mem_zeros(cap, sizeof *s->mark);
        if (!s->adj || !s->mark) {
            fg_sweep_free(s);
            return FG_E_MEMORY;
        }
        s->cap = cap;
    }
    s->tape = t;
    s->at = s->low = s->top = top;
    s->pending = 0;
    s->restricted = s->check_nan = 0;
    return FG_OK;
}

void fg_sweep_mark(fg_sweep *s, int32_t node, int mark)
{
    s->mark[node] |= (uint8_t)mark;
    s->low = node < s->low ? node : s->low;
}

void fg_sweep_restrict(fg_sweep *s, int32_t lowest)
{
    s->restricted = 1;
    for (int32_t i = lowest; i <= s->top; ++i) {
        int32_t count;
        const int32_t *operand = fg_graph_operands(&s->tape->graph, (size_t)i, &count);
        for (int32_t k = 0; k < count; ++k) {
            s->mark[i] |= s->mark[operand[k]] & FG_WANTED;
        }
    }
}

int fg_sweep_wants(const fg_sweep *s, int32_t node)
{
    return (s->restricted ? s->mark : s->tape->flag)[node] & FG_NEEDS;
}

static int is_op(int op)
{
    return op != FG_LEAF && op != FG_CONST;
}

static size_t node_bytes(const fg_array *a)
{
    return a->size * fg_dtype_size(a->dtype);
}

static inline void count_touched(fg_sweep *s, int32_t node)
{
    s->mark[node] |= FG_TOUCHED;
    s->pending += (size_t)is_op(s->tape->graph.op[node]);
    s->low = node < s->low ? node : s->low;
}

/* Gives a node its zero adjoint. FG_OK or FG_E_MEMORY. */
static fg_status touch(fg_sweep *s, int32_t node)
{
    const fg_tape *t = s->tape;
    if (s->mark[node] & FG_TOUCHED) {
        return FG_OK;
    }
    s->adj[node].s = 0.0;
    if (t->flag[node] & FG_ARRAY) {
        s->adj[node].p = fg_mem_zeros(node_bytes(t->val[node].a), 1);
        if (!s->adj[node].p) {
            return FG_E_MEMORY;
        }
    }
    count_touched(s, node);
    return FG_OK;
}

/* Adds to the adjoint of a scalar node. */
static inline void push(fg_sweep *s, int32_t node, double adjoint)
{
    if (s->mark[node] & FG_TOUCHED) {
        s->adj[node].s += adjoint;
    } else {
        s->adj[node].s = adjoint;
        count_touched(s, node);
    }
}

fg_status fg_sweep_add(fg_sweep *s, int32_t node, double number, const void *items)
{
    const fg_status status = touch(s, node);
    if (status != FG_OK) {
        return status;
    }
    if (s->tape->flag[node] & FG_ARRAY) {
        const fg_array *a = s->tape->val[node].a;
        fg_kernel_add(a->size, a->dtype, items, s->adj[node].p);
    } else {
        s->adj[node].s += number;
    }
    return FG_OK;
}

static int has_changed(const fg_tape *t, int32_t node)
{
    if (t->flag[node] & FG_ARRAY) {
        const fg_array *a = t->val[node].a;
        return a->version && *a->version != a->seen;
    }
    return t->flag[node] & FG_MODIFIED;
}

/* Fails if a wanted local gradient of node i reads a value that was changed in place since. */
static fg_status check_values(fg_sweep *s, int32_t i, const int32_t *operand, int32_t count)
{
    const fg_tape *t = s->tape;
    for (int32_t m = 0; m <= count; ++m) {
        const int32_t node = m < count ? operand[m] : i;
        if (!has_changed(t, node)) {
            continue;
        }
        for (int32_t k = 0; k < count; ++k) {
            if (fg_sweep_wants(s, operand[k]) &&
                fg_op_reads(t->graph.op[i], k, m < count ? "xyz"[m] : 'v')) {
                s->culprit = node;
                return FG_E_MODIFIED;
            }
        }
    }
    return FG_OK;
}

static fg_operand operand_of(const fg_tape *t, int32_t node)
{
    if (t->flag[node] & FG_ARRAY) {
        return (fg_operand){t->val[node].a, 0.0};
    }
    return (fg_operand){NULL, t->val[node].s};
}

static fg_status sweep_array(fg_sweep *s, int32_t i, const int32_t *operand, int32_t count)
{
    const fg_tape *t = s->tape;
    const fg_array *value = t->val[i].a;
    fg_operand in[3];
    for (int32_t k = 0; k < count; ++k) {
        in[k] = operand_of(t, operand[k]);
    }
    const fg_operand v = operand_of(t, i);
    fg_status status = check_values(s, i, operand, count);
    for (int32_t k = 0; k < count && status == FG_OK; ++k) {
        if (!fg_sweep_wants(s, operand[k])) {
            continue;
        }
        status = touch(s, operand[k]);
        if (status == FG_OK) {
            status = fg_kernel_adjoint(t->graph.op[i], k, value->size, in, &v, value->dtype,
                                       s->adj[i].p, s->adj[operand[k]].p);
        }
    }
    return status;
}

/* A row on scalars. operand [arity] */
static fg_status sweep_scalar(fg_sweep *s, int32_t i, const int32_t *operand)
{
    const fg_tape *t = s->tape;
    const double g = s->adj[i].s, v = t->val[i].s;
    const uint8_t *wanted = s->restricted ? s->mark : t->flag;
    (void)v;
#define PUSH(k, local, text)                                                \
    if (wanted[operand[k]] & FG_NEEDS) {                                    \
        push(s, operand[k], fg_rule_seed(g, local, FG_IS_CHOICE(text)));    \
    }
#define VALUE(k) t->val[operand[k]].s
    switch (t->graph.op[i]) {
#define FG_TEST1(name, value, domx, doc)
#define FG_TEST2(name, value, domx, domy, doc)
#define FG_OP1(name, value, dx, domx, doc) \
    case FG_OP_##name: {                   \
        const double x = VALUE(0);         \
        (void)x;                           \
        PUSH(0, dx, #dx)                   \
        break;                             \
    }
#define FG_OP2(name, value, dx, dy, domx, domy, doc) \
    case FG_OP_##name: {                             \
        const double x = VALUE(0), y = VALUE(1);     \
        (void)x, (void)y;                            \
        PUSH(0, dx, #dx)                             \
        PUSH(1, dy, #dy)                             \
        break;                                       \
    }
#define FG_OP3(name, value, dx, dy, dz, domx, domy, domz, doc)  \
    case FG_OP_##name: {                                        \
        const double x = VALUE(0), y = VALUE(1), z = VALUE(2);  \
        (void)x, (void)y, (void)z;                              \
        PUSH(0, dx, #dx)                                        \
        PUSH(1, dy, #dy)                                        \
        PUSH(2, dz, #dz)                                        \
        break;                                                  \
    }
#include "fg_ops.def"
    default:
        return FG_E_OPCODE;
    }
#undef PUSH
#undef VALUE
    return FG_OK;
}

static fg_status sweep_item(fg_sweep *s, int32_t i, int32_t array, int32_t index)
{
    if (!fg_sweep_wants(s, array)) {
        return FG_OK;
    }
    const fg_status status = touch(s, array);
    if (status == FG_OK) {
        ((double *)s->adj[array].p)[index] += s->adj[i].s;
    }
    return status;
}

static void sweep_pack(fg_sweep *s, int32_t i, const int32_t *operand, int32_t count)
{
    const double *g = s->adj[i].p;
    for (int32_t k = 0; k < count; ++k) {
        if (fg_sweep_wants(s, operand[k])) {
            push(s, operand[k], g[k]);
        }
    }
}

static int has_nan(const fg_sweep *s, int32_t node)
{
    if (!(s->mark[node] & FG_TOUCHED)) {
        return 0;
    }
    if (s->tape->flag[node] & FG_ARRAY) {
        const fg_array *a = s->tape->val[node].a;
        return fg_kernel_has_nan(a->size, a->dtype, s->adj[node].p);
    }
    return isnan(s->adj[node].s);
}

/* Any op but CALL. */
static fg_status sweep_node(fg_sweep *s, int32_t i)
{
    const fg_tape *t = s->tape;
    const int op = t->graph.op[i];
    int32_t count;
    const int32_t *operand = fg_graph_operands(&t->graph, (size_t)i, &count);
    fg_status status = FG_OK;
    if (op == FG_FREED) {
        return FG_E_FREED;
    } else if (op == FG_ITEM) {
        status = sweep_item(s, i, operand[0], operand[1]);
    } else if (op == FG_PACK) {
        sweep_pack(s, i, operand, count);
    } else if (t->flag[i] & FG_ARRAY) {
        status = sweep_array(s, i, operand, count);
    } else {
        status = check_values(s, i, operand, count);
        status = status == FG_OK ? sweep_scalar(s, i, operand) : status;
    }
    if (status == FG_OK && s->check_nan && !has_nan(s, i)) {
        for (int32_t k = 0; k < count && status == FG_OK; ++k) {
            status = has_nan(s, operand[k]) ? FG_E_NAN : FG_OK;
        }
    }
    return status;
}

fg_status fg_sweep_run(fg_sweep *s, int32_t *at)
{
    const fg_tape *t = s->tape;
    const fg_graph *graph = &t->graph;
    for (; s->pending; --s->at) {
        const int32_t i = *at = s->at;
        const int op = graph->op[i];
        if (!(s->mark[i] & FG_TOUCHED) || !is_op(op)) {
            continue;
        }
        const int32_t *arg = graph->arg[i];
        if (op < FG_N_ROWS && !s->check_nan &&
            !(t->flag[i] & (FG_ARRAY | FG_WIDE | FG_HOOKED | FG_MODIFIED)) &&
            !((t->flag[arg[0]] | t->flag[arg[1]]) & FG_MODIFIED)) {
            sweep_scalar(s, i, arg);
            --s->pending;
            continue;
        }
        if (t->flag[i] & FG_HOOKED && !(s->mark[i] & FG_SEEN)) {
            s->mark[i] |= FG_SEEN;
            return FG_STOP;
        }
        if (op == FG_CALL) {
            --s->pending;
            --s->at;
            return FG_STOP;
        }
        const fg_status status = sweep_node(s, i);
        if (status != FG_OK) {
            return status;
        }
        fg_sweep_done(s, i);
        --s->pending;
    }
    return FG_OK;
}

void fg_sweep_done(fg_sweep *s, int32_t node)
{
    if (s->tape->flag[node] & FG_ARRAY && !(s->mark[node] & FG_KEEP)) {
        fg_mem_free(fg_sweep_take(s, node));
    }
}

void *fg_sweep_take(fg_sweep *s, int32_t node)
{
    void *items = s->adj[node].p;
    s->adj[node].p = NULL;
    return items;
}

int32_t fg_sweep_touched(const fg_sweep *s, int32_t from)
{
    for (int32_t i = from < s->low ? s->low : from; i <= s->top; ++i) {
        if (s->mark[i] & FG_TOUCHED) {
            return i;
        }
    }
    return -1;
}

void fg_sweep_end(fg_sweep *s, int forget)
{
    fg_tape *t = s->tape;
    for (int32_t i = s->low; i <= s->top; ++i) {
        const uint8_t mark = s->mark[i];
        s->mark[i] = 0;
        if (!(mark & FG_TOUCHED)) {
            continue;
        }
        if (t->flag[i] & FG_ARRAY) {
            fg_mem_free(fg_sweep_take(s, i));
        }
        if (forget && is_op(t->graph.op[i])) {
            fg_tape_forget(t, i);
        }
    }
    s->low = 0;
    s->top = -1;
}
