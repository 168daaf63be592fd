/* fg_sweep.c -- one loop, one switch: adjoints of scalars, arrays and elements of arrays. */
#include "fg_sweep.h"
#include "fg_isa.h"
#include "fg_kernels.h"
#include "fg_mem.h"
#include "fg_sweep_cursor.h"
#include <math.h>
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
    s->pending = s->work = 0;
    s->restricted = s->check_nan = 0;
    s->floor = -1;
    return FG_OK;
}

void fg_sweep_mark(fg_sweep *s, int32_t node, int mark)
{
    s->mark[node] |= (uint8_t)mark;
    s->low = node < s->low ? node : s->low;
}

void fg_sweep_restrict(fg_sweep *s, int32_t lowest)
{
    const uint8_t *op = s->tape->graph.op;
    /* A freed op may have depended on any op below it and on any LEAF: also on one that stands above
     * it, for an older value of the same Tensor. Better an error than a part of the gradient. */
    const uint8_t *freed = memchr(op, FG_FREED, (size_t)lowest);
    const int32_t first = freed ? (int32_t)(freed - op) : lowest;
    int leaves = 0;
    s->restricted = 1;
    s->low = first < s->low ? first : s->low;
    for (int32_t i = first; i <= s->top; ++i) {
        if (op[i] == FG_FREED) {
            s->mark[i] |= FG_WANTED;
            continue;
        }
        leaves |= op[i] == FG_LEAF && s->mark[i] & FG_WANTED;
        int32_t count;
        const int32_t *operand = fg_graph_operands(&s->tape->graph, (size_t)i, &count);
        for (int32_t k = 0; k < count; ++k) {
            s->mark[i] |= s->mark[operand[k]] & FG_WANTED;
        }
    }
    s->floor = leaves ? -1 : lowest;
}

int fg_sweep_wants(const fg_sweep *s, int32_t node)
{
    return (s->restricted ? s->mark : s->tape->flag)[node] & FG_NEEDS;
}

static size_t node_bytes(const fg_array *a)
{
    return a->size * fg_dtype_size(a->dtype);
}

/* Gives a node its zero adjoint. FG_OK or FG_E_MEMORY. */
static fg_status touch(fg_sweep *s, int32_t node)
{
    const fg_tape *t = s->tape;
    if (s->mark[node] & FG_TOUCHED) {
        return FG_OK;
    }
    void *zeros = NULL;
    if (t->flag[node] & FG_ARRAY) {
        zeros = fg_mem_zeros(node_bytes(t->val[node].a), 1);
        if (!zeros) {
            return FG_E_MEMORY;
        }
    }
    cursor c = cursor_of(s);
    push(&c, node, 0.0);
    cursor_back(s, &c);
    if (zeros) {
        s->adj[node].p = zeros;
    }
    return FG_OK;
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
    s->work += value->size * (size_t)count;
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
    cursor c = cursor_of(s);
    for (int32_t k = 0; k < count; ++k) {
        if (c.wanted[operand[k]] & FG_NEEDS) {
            push(&c, operand[k], g[k]);
        }
    }
    cursor_back(s, &c);
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

static int any_nan(const fg_sweep *s, int32_t i, const int32_t *operand, int32_t count)
{
    int found = has_nan(s, i);
    for (int32_t k = 0; k < count && !found; ++k) {
        found = has_nan(s, operand[k]);
    }
    return found;
}

/* Any op but CALL, and what comes with it. */
static fg_status sweep_node(fg_sweep *s, int32_t i)
{
    const fg_tape *t = s->tape;
    const int op = t->graph.op[i];
    int32_t count;
    const int32_t *operand = fg_graph_operands(&t->graph, (size_t)i, &count);
    const int clean = s->check_nan && !any_nan(s, i, operand, count);
    fg_status status = FG_OK;
    if (op < FG_N_ROWS && !(t->flag[i] & FG_ARRAY)) {
        status = check_values(s, i, operand, count);
        if (status == FG_OK) {
            fg_isa_now()->sweep(s, i);
        }
    } else {
        if (op == FG_FREED) {
            status = i == s->floor ? FG_OK : FG_E_FREED;
        } else if (op == FG_ITEM) {
            status = sweep_item(s, i, operand[0], operand[1]);
        } else if (op == FG_PACK) {
            sweep_pack(s, i, operand, count);
        } else {
            status = sweep_array(s, i, operand, count);
        }
        --s->pending;
        --s->at;
    }
    if (status == FG_OK && clean && any_nan(s, i, operand, count)) {
        status = FG_E_NAN;
    }
    fg_sweep_done(s, i);
    return status;
}

enum { LOOK_WORK = 10000000 }; /* elements from one FG_LOOK to the next: some 20 ms */

fg_status fg_sweep_run(fg_sweep *s, int32_t *at)
{
    const fg_tape *t = s->tape;
    for (;;) {
        fg_isa_now()->sweep(s, -1);
        if (!s->pending) {
            return FG_OK;
        }
        const int32_t i = *at = s->at;
        if (t->flag[i] & FG_HOOKED && !(s->mark[i] & FG_SEEN)) {
            s->mark[i] |= FG_SEEN;
            return FG_STOP;
        }
        if (t->graph.op[i] == FG_CALL) {
            --s->pending;
            --s->at;
            return FG_STOP;
        }
        const fg_status status = sweep_node(s, i);
        if (status != FG_OK) {
            return status;
        }
        if (s->work > LOOK_WORK) {
            s->work = 0;
            return FG_LOOK;
        }
    }
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

int32_t fg_sweep_leaf(const fg_sweep *s, int32_t from)
{
    const uint64_t bottoms = UINT64_C(0x0101010101010101) * FG_BOTTOM;
    int32_t i = from < s->low ? s->low : from;
    while (i <= s->top) {
        uint64_t eight; /* marks at once: leaves are few */
        if (s->top - i >= 8) {
            memcpy(&eight, s->mark + i, sizeof eight);
            if (!(eight & bottoms)) {
                i += 8;
                continue;
            }
        }
        if (s->mark[i] & FG_BOTTOM && s->tape->graph.op[i] == FG_LEAF) {
            return i;
        }
        ++i;
    }
    return -1;
}

void fg_sweep_end(fg_sweep *s, int forget)
{
    fg_tape *t = s->tape;
    uint8_t *mark = s->mark, *op = t->graph.op;
    const uint8_t *flag = t->flag;
    const int32_t low = s->low;
    for (int32_t i = s->top; i >= low; --i) { /* downwards: the last note is taken off at once */
        const int touched = mark[i] & FG_TOUCHED, freed = forget && !(mark[i] & FG_BOTTOM);
        mark[i] = 0;
        if (!touched) {
            continue;
        }
        if (flag[i] & FG_ARRAY) {
            fg_mem_free(fg_sweep_take(s, i));
        }
        if (freed && flag[i] & FG_NOTED) {
            fg_tape_forget(t, i); /* may record, which may move the arrays */
            op = t->graph.op;
            flag = t->flag;
        } else if (freed) {
            op[i] = FG_FREED;
        }
    }
    s->low = 0;
    s->top = -1;
}
