/* model.h -- a tape as lists of records that never move: what the stress test compares with.
 *
 * Every node carries its number in the model, as its value or in the owner of its array, so that
 * the tape can be read back whatever it has moved.
 */
#ifndef MODEL_H
#define MODEL_H
#include "draw.h"
#include "tapes.h"

enum { MAX_NODES = 30000, MAX_HANDLES = 300, MAX_NOTES = 4000, MAX_OPERANDS = 4 };

typedef struct model_node {
    int op, flag, count, operand[MAX_OPERANDS], index; /* operands by their number */
    int handle;                                        /* of a LEAF */
    payload owner, call;
    double adj[2];
    int touched, reached, present;
} model_node;

typedef struct model_note {
    int node, forgotten;
    payload payload;
} model_note;

typedef struct model {
    fg_tape t;
    model_node node[MAX_NODES];
    int n;
    int32_t handle[MAX_HANDLES]; /* of the tape */
    int at[MAX_HANDLES];         /* the node in the model, or FG_NODE_NONE, FG_NODE_FREED */
    int n_handle;
    model_note note[MAX_NOTES];
    int n_note;
    int quiet;   /* releases do nothing else */
    long echoes; /* releases that did something else */
} model;

static double model_data[2] = {0.0}; /* memory of all arrays: values do not matter */

static inline fg_cell model_value(model *m, int number)
{
    if (m->node[number].flag & FG_ARRAY) {
        return array_of(model_data, FG_F64, 2, &m->node[number].owner);
    }
    return (fg_cell){.s = number};
}

static inline int number_at(const model *m, int32_t node)
{
    if (m->t.flag[node] & FG_ARRAY) {
        const payload *owner = m->t.val[node].a->owner;
        return (int)owner->handle;
    }
    return (int)m->t.val[node].s;
}

/* The node of the tape that a number has, by bisection: order is kept; -1 if it is gone. */
static inline int32_t find_node(const model *m, int number)
{
    int32_t lo = 0, hi = (int32_t)m->t.graph.n;
    while (lo < hi) {
        const int32_t mid = lo + (hi - lo) / 2;
        if (number_at(m, mid) < number) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo < (int32_t)m->t.graph.n && number_at(m, lo) == number ? lo : -1;
}

/* A new record; the node itself is appended by the caller. */
static inline int model_add(model *m, int op, int flag, int count, const int *operand)
{
    const int number = m->n++;
    model_node *node = &m->node[number];
    *node = (model_node){.op = op, .flag = flag, .count = count, .handle = -1};
    node->owner.handle = number;
    for (int k = 0; k < count; ++k) {
        node->operand[k] = operand[k];
        node->flag |= m->node[operand[k]].flag & FG_NEEDS;
    }
    return number;
}

static inline void model_reach(model *m)
{
    for (int i = 0; i < m->n; ++i) {
        m->node[i].reached = 0;
    }
    for (int h = 0; h < m->n_handle; ++h) {
        if (m->at[h] >= 0) {
            m->node[m->at[h]].reached = 1;
        }
    }
    for (int i = m->n; i-- > 0;) {
        for (int k = 0; k < m->node[i].count && m->node[i].reached; ++k) {
            m->node[m->node[i].operand[k]].reached = 1;
        }
    }
}

static inline void check_present(model *m, int32_t i)
{
    const fg_tape *t = &m->t;
    const int number = number_at(m, i), wide = t->flag[i] & FG_WIDE;
    model_node *node = &m->node[number];
    int32_t count;
    const int32_t *operand = fg_graph_operands(&t->graph, (size_t)i, &count);
    node->present = 1;
    CHECK(i == 0 || number > number_at(m, i - 1));
    CHECK_COUNT(t->graph.op[i], node->op);
    CHECK_COUNT(t->flag[i] & (FG_NEEDS | FG_ARRAY), node->flag);
    CHECK_COUNT(count, node->count);
    for (int k = 0; k < count && k < node->count; ++k) {
        CHECK_COUNT(number_at(m, operand[k]), node->operand[k]);
    }
    CHECK(node->op != FG_ITEM || t->graph.arg[i][1] == node->index);
    CHECK(node->op != FG_LEAF || t->graph.arg[i][0] == node->handle);
    CHECK_COUNT(node->owner.released, 0);
    CHECK_COUNT(node->call.released, node->op == FG_FREED && node->call.tape && !wide);
}

static inline void check_handles(model *m)
{
    const fg_tape *t = &m->t;
    size_t n_free = 0;
    for (int32_t h = t->free_handle; h >= 0; h = t->handle[h].node) {
        CHECK(!t->handle[h].owner && !t->handle[h].leaves);
        ++n_free;
    }
    CHECK_COUNT(n_free, t->n_free);
    for (int h = 0; h < m->n_handle; ++h) {
        const int32_t node = node_of(t, m->handle[h]);
        CHECK(t->handle[m->handle[h]].owner != NULL);
        CHECK_COUNT(node < 0 ? node : number_at(m, node), m->at[h]);
    }
}

static inline void check_notes(model *m)
{
    const fg_tape *t = &m->t;
    size_t found = 0;
    for (int k = 0; k < m->n_note; ++k) {
        model_note *note = &m->note[k];
        const int there = m->node[note->node].present && !note->forgotten;
        CHECK_COUNT(note->payload.released, !there);
        found += (size_t)there;
    }
    CHECK_COUNT(t->n_note, found);
    for (size_t k = 1; k < t->n_note; ++k) {
        CHECK(t->note[k - 1].node <= t->note[k].node);
    }
}

/* Compares everything; `exact`: nothing but what can be reached may be there. */
static inline void model_check(model *m, int exact)
{
    const fg_tape *t = &m->t;
    size_t at, bytes = 0, holds = 0;
    CHECK_COUNT(fg_graph_check(&t->graph, &at), FG_OK);
    model_reach(m);
    for (int i = 0; i < m->n; ++i) {
        m->node[i].present = 0;
    }
    for (int32_t i = 0; i < (int32_t)t->graph.n; ++i) {
        check_present(m, i);
        bytes += t->flag[i] & FG_ARRAY ? t->val[i].a->bytes : 0;
        holds += t->held[i];
    }
    for (int i = 0; i < m->n; ++i) {
        const model_node *node = &m->node[i];
        CHECK(node->present || !node->reached);
        CHECK(!exact || node->present == node->reached);
        if (!node->present) {
            CHECK_COUNT(node->owner.released, !!(node->flag & FG_ARRAY));
            CHECK_COUNT(node->call.released, node->call.tape != NULL);
        }
    }
    for (int h = 0; h < m->n_handle; ++h) {
        holds -= m->at[h] >= 0;
    }
    CHECK_COUNT(holds, 0);
    CHECK_COUNT(t->bytes, bytes);
    check_handles(m);
    check_notes(m);
}

/* ---- the reverse sweep of the model ---- */

static inline void model_push(model *m, int number, double a, double b)
{
    model_node *node = &m->node[number];
    if (node->flag & FG_NEEDS) {
        node->touched = 1;
        node->adj[0] += a;
        node->adj[1] += b;
    }
}

static inline void model_rule(model *m, const model_node *node)
{
    const double *g = node->adj;
    for (int k = 0; k < node->count; ++k) {
        /* both elements of an array; a scalar is the first */
        if (node->op == FG_ITEM) {
            model_push(m, node->operand[0], node->index ? 0.0 : g[0], node->index ? g[0] : 0.0);
        } else if (node->op == FG_PACK) {
            model_push(m, node->operand[k], g[k], 0.0);
        } else if (node->op == FG_CALL) {
            const double sum = 0.25 * (k + 1) * (node->flag & FG_ARRAY ? g[0] + g[1] : g[0]);
            const int is_array = m->node[node->operand[k]].flag & FG_ARRAY;
            model_push(m, node->operand[k], sum, is_array ? sum : 0.0);
        } else {
            const double sign = node->op == FG_OP_subtract && k ? -1.0 : 1.0;
            model_push(m, node->operand[k], sign * g[0], sign * g[1]);
        }
    }
}

/* Sweeps the model from a node, seed 1. Whether it comes upon a graph that was let go. */
static inline int model_sweep(model *m, int root)
{
    for (int i = 0; i <= root; ++i) {
        m->node[i].touched = 0;
        m->node[i].adj[0] = m->node[i].adj[1] = 0.0;
    }
    m->node[root].touched = 1;
    m->node[root].adj[0] = m->node[root].adj[1] = 1.0;
    for (int i = root; i >= 0; --i) {
        if (m->node[i].touched && m->node[i].op == FG_FREED) {
            return 1;
        }
        if (m->node[i].touched) {
            model_rule(m, &m->node[i]);
        }
    }
    return 0;
}

#endif
