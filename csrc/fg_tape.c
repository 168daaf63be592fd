/* fg_tape.c -- appending, holding and popping nodes. */
#include "fg_tape.h"
#include "fg_mem.h"
#include <assert.h>
#include <string.h>

enum { COMPACT_FROM = 4096, SHRINK_ABOVE = 1 << 20 };

void fg_tape_init(fg_tape *t, void (*release)(void *payload))
{
    memset(t, 0, sizeof *t);
    t->free_handle = -1;
    t->bytes_limit = FG_BYTES_MIN;
    t->release = release;
}

/* ---- room ---- */

static fg_status grow_nodes(fg_tape *t)
{
    const size_t want = t->graph.cap;
    size_t cap_flag = t->cap, cap_held = t->cap, cap_val = t->cap;
    fg_status status = fg__grow((void **)&t->flag, &cap_flag, want, sizeof *t->flag);
    if (status == FG_OK) {
        status = fg__grow((void **)&t->held, &cap_held, want, sizeof *t->held);
    }
    if (status == FG_OK) {
        status = fg__grow((void **)&t->val, &cap_val, want, sizeof *t->val);
    }
    if (status == FG_OK) {
        t->cap = want;
    }
    return status;
}

static fg_status grow_handles(fg_tape *t, size_t want)
{
    if (t->n_free >= want) {
        return FG_OK;
    }
    size_t cap = t->n_handle;
    const fg_status status = fg__grow((void **)&t->handle, &cap, cap + want, sizeof *t->handle);
    if (status != FG_OK) {
        return status;
    }
    for (size_t h = cap; h-- > t->n_handle;) {
        t->handle[h] = (fg_handle){NULL, t->free_handle, 0};
        t->free_handle = (int32_t)h;
    }
    t->n_free += cap - t->n_handle;
    t->n_handle = cap;
    return FG_OK;
}

static int fits(const fg_tape *t, size_t nodes, size_t wides, size_t operands)
{
    const fg_graph *g = &t->graph;
    return g->n + nodes <= t->cap && g->n_wide + wides <= g->cap_wide &&
           g->n_pool + operands <= g->cap_pool;
}

fg_status fg_tape_reserve(fg_tape *t, size_t nodes, size_t wides, size_t operands)
{
    fg_graph *g = &t->graph;
    /* A compaction that has no memory for itself is no failure: growing may still succeed. It comes
     * first, because what it releases may take up room. */
    const int full = g->n + nodes > t->cap;
    if ((t->bytes > t->bytes_limit || (full && g->n >= COMPACT_FROM)) && !t->pins) {
        fg_tape_compact(t);
    }
    /* An op may be the first to use each of its operands. */
    fg_status status = grow_handles(t, FG_HANDLES_PER_OP + operands);
    if (status != FG_OK) {
        return status;
    }
    if (!full && fits(t, nodes, wides, operands)) {
        return FG_OK;
    }
    size_t more = 0;
    /* Unless half was garbage grow, so that the next pass is far away. */
    if (g->n + nodes > (full ? t->cap / 2 : t->cap)) {
        more = t->cap >= g->n + nodes ? t->cap + 1 - g->n : nodes;
    }
    status = fg_graph_reserve(g, more, wides, operands);
    if (g->cap > t->cap) {
        const fg_status tail = grow_nodes(t);
        status = status == FG_OK ? tail : status;
    }
    return fits(t, nodes, wides, operands) ? FG_OK : status;
}

/* ---- handles ---- */

static void free_handle(fg_tape *t, int32_t h)
{
    t->handle[h] = (fg_handle){NULL, t->free_handle, 0};
    t->free_handle = h;
    ++t->n_free;
}

static void hold(fg_tape *t, int32_t node)
{
    if (node >= 0 && t->held[node] < FG_HELD_MAX) {
        ++t->held[node];
    }
}

static void unhold(fg_tape *t, int32_t node)
{
    if (node >= 0 && t->held[node] < FG_HELD_MAX) {
        --t->held[node];
    }
}

void fg__tape_release(fg_tape *t, void *payload)
{
    if (payload) {
        t->release(payload);
    }
}

void fg__tape_release_array(fg_tape *t, fg_array *a)
{
    void *owner = a->owner;
    t->bytes -= a->bytes;
    fg_mem_free(a);
    fg__tape_release(t, owner);
}

void fg__tape_leaf_gone(fg_tape *t, int32_t h)
{
    if (--t->handle[h].leaves == 0 && !t->handle[h].owner) {
        free_handle(t, h);
    }
}

/* Takes the last node, or a note of it, off the tape. A release comes last: it may change the tape. */
static void pop(fg_tape *t)
{
    fg_graph *g = &t->graph;
    const size_t i = g->n - 1;
    if (t->n_note && t->note[t->n_note - 1].node == (int32_t)i) {
        fg__tape_release(t, t->note[--t->n_note].payload);
        return;
    }
    void *payload = NULL;
    if (t->flag[i] & FG_WIDE) {
        const fg_wide *w = &g->wide[--g->n_wide];
        g->n_pool -= (size_t)w->count;
        payload = w->payload;
    }
    if (g->op[i] == FG_LEAF) {
        fg__tape_leaf_gone(t, g->arg[i][0]);
    }
    fg_array *array = t->flag[i] & FG_ARRAY ? t->val[i].a : NULL;
    --g->n;
    if (array) {
        fg__tape_release_array(t, array);
    }
    fg__tape_release(t, payload);
}

/* Gives memory back when three quarters of the room for nodes are idle. That an array could not
 * shrink is no failure: it is only larger than it says. */
static void shrink(fg_tape *t)
{
    fg_graph *g = &t->graph;
    size_t cap = t->cap;
    while (cap > SHRINK_ABOVE && g->n <= cap / 4) {
        cap /= 2;
    }
    if (cap == t->cap) {
        return;
    }
    void *block;
#define SHRINK(array)                                           \
    if ((block = fg_mem_resize(array, cap, sizeof *(array)))) { \
        (array) = block;                                        \
    }
    SHRINK(t->flag)
    SHRINK(t->held)
    SHRINK(t->val)
    SHRINK(g->op)
    SHRINK(g->arg)
#undef SHRINK
    t->cap = g->cap = cap;
}

/* How many nodes are left without the ones at the top that nobody holds and that own nothing. */
static size_t without_plain_top(const fg_tape *t)
{
    const uint8_t *held = t->held, *flag = t->flag, *op = t->graph.op;
    size_t n = t->graph.n;
    while (n && !held[n - 1] && !(flag[n - 1] & (FG_ARRAY | FG_WIDE | FG_NOTED)) &&
           op[n - 1] != FG_LEAF) {
        --n;
    }
    return n;
}

static void trim(fg_tape *t)
{
    if (t->pins || t->trimming) {
        return;
    }
    fg_graph *g = &t->graph;
    t->trimming = 1; /* a release that drops what it held comes back here: this loop goes on */
    while (g->n && !t->held[g->n - 1]) {
        g->n = without_plain_top(t);
        if (g->n && !t->held[g->n - 1]) {
            pop(t);
        }
    }
    t->trimming = 0;
    shrink(t);
}

int32_t fg_tape_hold(fg_tape *t, int32_t node, void *owner)
{
    assert(t->n_free);
    const int32_t h = t->free_handle;
    t->free_handle = t->handle[h].node;
    --t->n_free;
    t->handle[h] = (fg_handle){owner, node, 0};
    hold(t, node);
    return h;
}

void fg_tape_move(fg_tape *t, int32_t handle, int32_t node)
{
    const int32_t old = t->handle[handle].node;
    t->handle[handle].node = node;
    hold(t, node);
    unhold(t, old);
    trim(t);
}

void fg_tape_drop(fg_tape *t, int32_t handle)
{
    const int32_t node = t->handle[handle].node;
    t->handle[handle].owner = NULL;
    t->handle[handle].node = FG_NODE_NONE;
    if (t->handle[handle].leaves == 0) {
        free_handle(t, handle);
    }
    unhold(t, node);
    trim(t);
}

/* ---- appending ---- */

static int32_t append(fg_tape *t, int op, int32_t a, int32_t b, int flag, fg_cell value)
{
    assert(t->graph.n < t->cap);
    const size_t i = t->graph.n;
    t->flag[i] = (uint8_t)flag;
    t->held[i] = 0;
    t->val[i] = value;
    t->bytes += flag & FG_ARRAY ? value.a->bytes : 0;
    return fg_graph_append(&t->graph, op, a, b);
}

int32_t fg_tape_append_leaf(fg_tape *t, int32_t handle, int needs, fg_cell value, int is_array)
{
    const int flag = (needs ? FG_NEEDS : 0) | (is_array ? FG_ARRAY : 0);
    const int32_t node = append(t, FG_LEAF, handle, 0, flag, value);
    ++t->handle[handle].leaves;
    hold(t, node);
    unhold(t, t->handle[handle].node);
    t->handle[handle].node = node;
    return node;
}

int32_t fg_tape_append_freed(fg_tape *t, int32_t handle, fg_cell value, int is_array)
{
    const int32_t node = append(t, FG_FREED, 0, 0, FG_NEEDS | (is_array ? FG_ARRAY : 0), value);
    hold(t, node);
    t->handle[handle].node = node;
    return node;
}

int32_t fg_tape_append_number(fg_tape *t, double number)
{
    return append(t, FG_CONST, 0, 0, 0, (fg_cell){.s = number});
}

int32_t fg_tape_append_array(fg_tape *t, fg_array *array)
{
    return append(t, FG_CONST, 0, 0, FG_ARRAY, (fg_cell){.a = array});
}

int32_t fg_tape_append_scalar(fg_tape *t, int op, int32_t a, int32_t b)
{
    const int needs = (t->flag[a] | t->flag[b]) & FG_NEEDS;
    const double v = fg_op_value(op, t->val[a].s, t->val[b].s, 0.0);
    return append(t, op, a, b, needs, (fg_cell){.s = v});
}

static int needs_of(const fg_tape *t, const int32_t *operand, int32_t count)
{
    int needs = 0;
    for (int32_t k = 0; k < count; ++k) {
        needs |= t->flag[operand[k]];
    }
    return needs & FG_NEEDS;
}

int32_t fg_tape_append_op(fg_tape *t, int op, const int32_t *operand, fg_cell value, int is_array)
{
    const int arity = fg_op_arity(op);
    if (arity > 2) {
        return fg_tape_append_wide(t, op, NULL, operand, arity, value, is_array);
    }
    const int flag = needs_of(t, operand, arity) | (is_array ? FG_ARRAY : 0);
    return append(t, op, operand[0], arity > 1 ? operand[1] : operand[0], flag, value);
}

int32_t fg_tape_append_item(fg_tape *t, int32_t array, int32_t index, double value)
{
    return append(t, FG_ITEM, array, index, t->flag[array] & FG_NEEDS, (fg_cell){.s = value});
}

int32_t fg_tape_append_wide(fg_tape *t, int op, void *payload, const int32_t *operand,
                            int32_t count, fg_cell value, int is_array)
{
    const size_t i = t->graph.n;
    assert(i < t->cap);
    t->flag[i] = (uint8_t)(needs_of(t, operand, count) | FG_WIDE | (is_array ? FG_ARRAY : 0));
    t->held[i] = 0;
    t->val[i] = value;
    t->bytes += is_array ? value.a->bytes : 0;
    return fg_graph_append_wide(&t->graph, op, payload, operand, count);
}

/* ---- notes ---- */

/* The first note of a node or of a later one. */
static size_t find_note(const fg_tape *t, int32_t node)
{
    size_t lo = 0, hi = t->n_note;
    while (lo < hi) {
        const size_t mid = lo + (hi - lo) / 2;
        if (t->note[mid].node < node) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

fg_status fg_tape_reserve_notes(fg_tape *t, size_t n)
{
    return fg__grow((void **)&t->note, &t->cap_note, t->n_note + n, sizeof *t->note);
}

fg_status fg_tape_note(fg_tape *t, int32_t node, void *payload, int flag)
{
    const fg_status status = fg_tape_reserve_notes(t, 1);
    if (status != FG_OK) {
        return status;
    }
    const size_t k = find_note(t, node + 1);
    memmove(t->note + k + 1, t->note + k, (t->n_note - k) * sizeof *t->note);
    t->note[k] = (fg_note){node, payload};
    ++t->n_note;
    t->flag[node] |= (uint8_t)(FG_NOTED | flag);
    return FG_OK;
}

void *fg_tape_noted(const fg_tape *t, int32_t node, int32_t k)
{
    if (!(t->flag[node] & FG_NOTED)) {
        return NULL;
    }
    const size_t m = find_note(t, node) + (size_t)k;
    return m < t->n_note && t->note[m].node == node ? t->note[m].payload : NULL;
}

/* ---- letting go ---- */

void fg_tape_forget(fg_tape *t, int32_t node)
{
    t->graph.op[node] = FG_FREED;
    while (t->flag[node] & FG_NOTED) {
        const size_t k = find_note(t, node);
        void *payload = t->note[k].payload;
        --t->n_note;
        memmove(t->note + k, t->note + k + 1, (t->n_note - k) * sizeof *t->note);
        if (k == t->n_note || t->note[k].node != node) {
            t->flag[node] &= (uint8_t)~(FG_NOTED | FG_HOOKED | FG_MODIFIED);
        }
        fg__tape_release(t, payload);
    }
}

void fg_tape_pin(fg_tape *t)
{
    ++t->pins;
}

void fg_tape_unpin(fg_tape *t)
{
    if (--t->pins == 0) {
        trim(t);
    }
}

void fg_tape_free(fg_tape *t)
{
    t->pins = 0;
    /* Nodes die although they are held: what a release does must not find them. */
    for (size_t h = 0; h < t->n_handle; ++h) {
        if (t->handle[h].owner) {
            t->handle[h].node = FG_NODE_NONE;
        }
    }
    while (t->graph.n) {
        pop(t);
    }
    fg_graph_free(&t->graph);
    fg_mem_free(t->flag);
    fg_mem_free(t->held);
    fg_mem_free(t->val);
    fg_mem_free(t->handle);
    fg_mem_free(t->note);
    fg_tape_init(t, t->release);
}

size_t fg_tape_bytes(const fg_tape *t)
{
    const fg_graph *g = &t->graph;
    return g->cap * (sizeof *g->op + sizeof *g->arg) + g->cap_wide * sizeof *g->wide +
           g->cap_pool * sizeof *g->pool +
           t->cap * (sizeof *t->flag + sizeof *t->held + sizeof *t->val) +
           t->n_handle * sizeof *t->handle + t->cap_note * sizeof *t->note;
}
