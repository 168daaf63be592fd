/* tapes.h -- what tests of the tape share: counted payloads, Tensors that are only a handle. */
#ifndef TAPES_H
#define TAPES_H
#include "check.h"
#include "fastgrad.h"

/* Stands for a Python object: an owner of memory, a note, what a CALL remembers. */
typedef struct payload {
    int released;
    void (*then)(struct payload *self); /* what its release does besides, or NULL */
    fg_tape *tape;                      /* for `then` */
    int32_t handle;
} payload;

static inline void release(void *p)
{
    payload *self = p;
    ++self->released;
    if (self->then) {
        self->then(self);
    }
}

static inline int32_t node_of(const fg_tape *t, int32_t handle)
{
    return t->handle[handle].node;
}

static inline void room(fg_tape *t, size_t nodes, size_t wides, size_t operands)
{
    CHECK_COUNT(fg_tape_reserve(t, nodes, wides, operands), FG_OK);
}

/* A handle on a node; the owner is some address. */
static inline int32_t held(fg_tape *t, int32_t node)
{
    return fg_tape_hold(t, node, t);
}

static inline int32_t leaf_cell(fg_tape *t, fg_cell value, int needs, int is_array)
{
    room(t, 1, 0, 0);
    const int32_t h = held(t, FG_NODE_NONE);
    fg_tape_append_leaf(t, h, needs, value, is_array);
    return h;
}

/* The functions below take handles and return one: a LEAF, ops on scalars, structural ops. */
static inline int32_t leaf(fg_tape *t, double x)
{
    return leaf_cell(t, (fg_cell){.s = x}, 1, 0);
}

static inline int32_t constant(fg_tape *t, double x)
{
    return leaf_cell(t, (fg_cell){.s = x}, 0, 0);
}

static inline int32_t binary(fg_tape *t, int op, int32_t a, int32_t b)
{
    room(t, 1, 0, 0);
    return held(t, fg_tape_append_scalar(t, op, node_of(t, a), node_of(t, b)));
}

static inline int32_t unary(fg_tape *t, int op, int32_t a)
{
    return binary(t, op, a, a);
}

static inline int32_t wide(fg_tape *t, int op, payload *p, const int32_t *handle, int32_t count,
                           fg_cell value, int is_array)
{
    int32_t node[16];
    room(t, 1, 1, (size_t)count);
    for (int32_t k = 0; k < count; ++k) {
        node[k] = node_of(t, handle[k]);
    }
    return held(t, fg_tape_append_wide(t, op, p, node, count, value, is_array));
}

static inline int32_t call(fg_tape *t, payload *p, int32_t a, int32_t b, double value)
{
    return wide(t, FG_CALL, p, (const int32_t[]){a, b}, 2, (fg_cell){.s = value}, 0);
}

static inline int32_t item(fg_tape *t, int32_t array, int32_t index, double value)
{
    room(t, 1, 0, 0);
    return held(t, fg_tape_append_item(t, node_of(t, array), index, value));
}

/* A dense 1-D array; the owner may be NULL. */
static inline fg_cell array_of(void *data, int dtype, size_t n, payload *owner)
{
    const ptrdiff_t shape = (ptrdiff_t)n, stride = (ptrdiff_t)fg_dtype_size(dtype);
    fg_array *a = fg_array_new(data, dtype, 1, &shape, &stride);
    CHECK(a != NULL);
    a->owner = owner;
    return (fg_cell){.a = a};
}

static inline int32_t array_leaf(fg_tape *t, double *data, size_t n, payload *owner)
{
    return leaf_cell(t, array_of(data, FG_F64, n, owner), 1, 1);
}

/* A row on arrays of one size and dtype; the value is computed into out. */
static inline int32_t array_op(fg_tape *t, int op, const int32_t *handle, size_t n, int dtype,
                               void *out)
{
    fg_operand in[3];
    int32_t node[3];
    const int arity = fg_op_arity(op);
    room(t, 1, 1, 3);
    for (int k = 0; k < arity; ++k) {
        node[k] = node_of(t, handle[k]);
        in[k] = (fg_operand){NULL, t->val[node[k]].s};
        if (t->flag[node[k]] & FG_ARRAY) {
            in[k] = (fg_operand){t->val[node[k]].a, 0.0};
        }
    }
    CHECK_COUNT(fg_kernel_value(op, n, in, dtype, out), FG_OK);
    return held(t, fg_tape_append_op(t, op, node, array_of(out, dtype, n, NULL), 1));
}

/* Sweeps from one scalar, seed 1, up to the first stop. The tape stays pinned until `swept`. */
static inline fg_status sweep_from(fg_sweep *s, fg_tape *t, int32_t handle, int32_t *at)
{
    const int32_t top = node_of(t, handle);
    fg_tape_pin(t);
    CHECK_COUNT(fg_sweep_start(s, t, top), FG_OK);
    CHECK_COUNT(fg_sweep_add(s, top, 1.0, NULL), FG_OK);
    return fg_sweep_run(s, at);
}

static inline double adjoint(const fg_sweep *s, int32_t handle)
{
    const int32_t node = node_of(s->tape, handle);
    return s->mark[node] & FG_TOUCHED ? s->adj[node].s : 0.0;
}

static inline const double *adjoints(const fg_sweep *s, int32_t handle)
{
    return s->adj[node_of(s->tape, handle)].p;
}

/* Ends a sweep; no mark may be left. */
static inline void swept(fg_sweep *s, int forget)
{
    fg_tape *t = s->tape;
    fg_sweep_end(s, forget);
    for (size_t i = 0; i < s->cap; ++i) {
        CHECK_COUNT(s->mark[i], 0);
    }
    fg_tape_unpin(t);
}

#endif
