/* fg_compact.c -- mark and compact: drops what no Tensor can reach, keeps the order of the rest. */
#include "fg_mem.h"
#include "fg_tape.h"

enum { DEAD = -1 };

/* Counts holds anew, so that a count that stuck at its maximum is right again. */
static void count_holds(fg_tape *t)
{
    for (size_t i = 0; i < t->graph.n; ++i) {
        t->held[i] = 0;
    }
    for (size_t h = 0; h < t->n_handle; ++h) {
        const fg_handle *handle = &t->handle[h];
        if (handle->owner && handle->node >= 0 && t->held[handle->node] < FG_HELD_MAX) {
            ++t->held[handle->node];
        }
    }
}

/* to[i] becomes the new id of node i, or DEAD. Operands stand below their node: one pass down marks
 * them all, without a stack. Returns the number of living nodes. */
static size_t mark(const fg_tape *t, int32_t *to)
{
    const fg_graph *g = &t->graph;
    for (size_t i = 0; i < g->n; ++i) {
        to[i] = t->held[i] ? 0 : DEAD;
    }
    for (size_t i = g->n; i-- > 0;) {
        if (to[i] == DEAD) {
            continue;
        }
        int32_t count;
        const int32_t *operand = fg_graph_operands(g, i, &count);
        for (int32_t k = 0; k < count; ++k) {
            to[operand[k]] = 0;
        }
    }
    size_t living = 0;
    for (size_t i = 0; i < g->n; ++i) {
        if (to[i] != DEAD) {
            to[i] = (int32_t)living++;
        }
    }
    return living;
}

/* Moves wide record w of a living node to place *n_wide, its operands to *n_pool. */
static int32_t move_wide(fg_graph *g, int32_t w, const int32_t *to, size_t *n_wide, size_t *n_pool)
{
    fg_wide record = g->wide[w];
    const int32_t from = record.first;
    record.first = (int32_t)*n_pool;
    for (int32_t k = 0; k < record.count; ++k) {
        g->pool[(*n_pool)++] = to[g->pool[from + k]];
    }
    g->wide[*n_wide] = record;
    return (int32_t)(*n_wide)++;
}

static void move_node(fg_tape *t, size_t i, const int32_t *to, size_t *n_wide, size_t *n_pool)
{
    fg_graph *g = &t->graph;
    const size_t j = (size_t)to[i];
    const int op = g->op[i];
    int32_t a = g->arg[i][0], b = g->arg[i][1];
    if (op < FG_N_ROWS && !(t->flag[i] & FG_WIDE)) {
        a = to[a];
        b = fg_op_arity(op) > 1 ? to[b] : a;
    } else if (op == FG_ITEM) {
        a = to[a];
    } else if (t->flag[i] & FG_WIDE) {
        a = move_wide(g, a, to, n_wide, n_pool);
    }
    g->op[j] = (uint8_t)op;
    g->arg[j][0] = a;
    g->arg[j][1] = b;
    t->flag[j] = t->flag[i];
    t->held[j] = t->held[i];
    t->val[j] = t->val[i];
}

static void renumber_handles(fg_tape *t, const int32_t *to)
{
    for (size_t h = 0; h < t->n_handle; ++h) {
        fg_handle *handle = &t->handle[h];
        if (handle->owner && handle->node >= 0) {
            handle->node = to[handle->node];
        }
    }
}

static size_t move_notes(fg_tape *t, const int32_t *to, void **dead)
{
    size_t n_dead = 0, n = 0;
    for (size_t k = 0; k < t->n_note; ++k) {
        const int32_t node = to[t->note[k].node];
        if (node == DEAD) {
            dead[n_dead++] = t->note[k].payload;
        } else {
            t->note[n++] = (fg_note){node, t->note[k].payload};
        }
    }
    t->n_note = n;
    return n_dead;
}

fg_status fg_tape_compact(fg_tape *t)
{
    fg_graph *g = &t->graph;
    if (t->pins) {
        return FG_OK;
    }
    int32_t *to = fg_mem_resize(NULL, g->n, sizeof *to);
    void **dead = fg_mem_resize(NULL, g->n_wide + t->n_note, sizeof *dead);
    if (!to || !dead) {
        fg_mem_free(to);
        fg_mem_free(dead);
        return FG_E_MEMORY;
    }
    count_holds(t);
    const size_t living = mark(t, to);
    size_t n_dead = move_notes(t, to, dead), n_wide = 0, n_pool = 0;
    fg_array *dead_arrays = NULL; /* a list through ->data */
    for (size_t i = 0; i < g->n; ++i) {
        /* A freed op is as good as dead but for its value. */
        const int sheds = to[i] == DEAD || g->op[i] == FG_FREED;
        if (sheds && t->flag[i] & FG_WIDE) {
            dead[n_dead++] = g->wide[g->arg[i][0]].payload;
            t->flag[i] &= (uint8_t)~FG_WIDE;
        }
        if (to[i] != DEAD) {
            move_node(t, i, to, &n_wide, &n_pool);
            continue;
        }
        if (g->op[i] == FG_LEAF) {
            fg__tape_leaf_gone(t, g->arg[i][0]);
        }
        if (t->flag[i] & FG_ARRAY) {
            t->val[i].a->data = dead_arrays;
            dead_arrays = t->val[i].a;
        }
    }
    g->n = living;
    g->n_wide = n_wide;
    g->n_pool = n_pool;
    renumber_handles(t, to);
    fg_mem_free(to);
    while (dead_arrays) {
        fg_array *next = dead_arrays->data;
        fg__tape_release_array(t, dead_arrays);
        dead_arrays = next;
    }
    while (n_dead) {
        fg__tape_release(t, dead[--n_dead]);
    }
    fg_mem_free(dead);
    t->bytes_limit = 2 * t->bytes > FG_BYTES_MIN ? 2 * t->bytes : FG_BYTES_MIN;
    return FG_OK;
}
