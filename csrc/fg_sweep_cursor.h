/* fg_sweep_cursor.h -- adding to the adjoint of a scalar; private to the sweep. */
#ifndef FG_SWEEP_CURSOR_H
#define FG_SWEEP_CURSOR_H
#include "fg_sweep.h"

static inline int is_op(int op)
{
    return op != FG_LEAF && op != FG_CONST;
}

/* What the inner loop works on, in local variables: a store to a byte of mark may alias anything
 * that is reached through a pointer, and would make the compiler load all of it again. */
typedef struct cursor {
    fg_cell *adj;
    uint8_t *mark;
    const uint8_t *op, *wanted;
    const fg_cell *val;
    size_t pending;
    int32_t low;
} cursor;

static inline cursor cursor_of(const fg_sweep *s)
{
    const fg_tape *t = s->tape;
    return (cursor){s->adj, s->mark,    t->graph.op, s->restricted ? s->mark : t->flag,
                    t->val, s->pending, s->low};
}

static inline void cursor_back(fg_sweep *s, const cursor *c)
{
    s->pending = c->pending;
    s->low = c->low;
}

/* Adds to the adjoint of a scalar node. */
static inline void push(cursor *c, int32_t node, double adjoint)
{
    if (c->mark[node] & FG_TOUCHED) {
        c->adj[node].s += adjoint;
        return;
    }
    const int op = is_op(c->op[node]);
    c->adj[node].s = adjoint;
    c->mark[node] |= op ? FG_TOUCHED : FG_TOUCHED | FG_BOTTOM;
    c->pending += (size_t)op;
    c->low = node < c->low ? node : c->low;
}

#endif
