/* fg_isa_sweep.h -- the sweep's inner loop: one switch over rows on scalars; for fg_isa_body.h. */
#ifndef FG_ISA_SWEEP_H
#define FG_ISA_SWEEP_H
#include "fg_sweep_cursor.h"

/* The adjoints of a row's operands on scalars. operand [arity] */
static inline void scalar_rule(cursor *c, int32_t i, const int32_t *operand)
{
    enum { fg_far = 1 };
    const double g = c->adj[i].s, v = c->val[i].s;
    (void)v;
#define PUSH(k, local, text)                                             \
    if (c->wanted[operand[k]] & FG_NEEDS) {                              \
        push(c, operand[k], fg_rule_seed(g, local, FG_IS_CHOICE(text))); \
    }
#define VALUE(k) c->val[operand[k]].s
    switch (c->op[i]) {
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
#define FG_OP3(name, value, dx, dy, dz, domx, domy, domz, doc) \
    case FG_OP_##name: {                                       \
        const double x = VALUE(0), y = VALUE(1), z = VALUE(2); \
        (void)x, (void)y, (void)z;                             \
        PUSH(0, dx, #dx)                                       \
        PUSH(1, dy, #dy)                                       \
        PUSH(2, dz, #dz)                                       \
        break;                                                 \
    }
#include "fg_ops.def"
    default:
        break;
    }
#undef PUSH
#undef VALUE
}

/* Sweeps on as long as nodes are rows of at most two operands on scalars, nothing special about
 * them, and stops at the first that is not. `checked` is a row on scalars that is special, but
 * whose values have been checked; -1 if there is none. */
static void sweep_scalars(fg_sweep *s, int32_t checked)
{
    enum { SPECIAL = FG_ARRAY | FG_WIDE | FG_HOOKED | FG_MODIFIED };
    const fg_tape *t = s->tape;
    const uint8_t *flag = t->flag;
    const int32_t (*arg)[2] = (const int32_t (*)[2])t->graph.arg;
    const int careful = s->check_nan;
    cursor c = cursor_of(s);
    int32_t i = s->at;
    for (; c.pending; --i) {
        const int op = c.op[i];
        if (!(c.mark[i] & FG_TOUCHED) || !is_op(op)) {
            continue;
        }
        const int32_t *operand = arg[i];
        if (op >= FG_N_ROWS || careful || flag[i] & SPECIAL ||
            (flag[operand[0]] | flag[operand[1]]) & FG_MODIFIED) {
            if (i != checked) {
                break;
            }
            int32_t count;
            operand = fg_graph_operands(&t->graph, (size_t)i, &count);
        }
        scalar_rule(&c, i, operand);
        --c.pending;
    }
    s->at = i;
    cursor_back(s, &c);
}

#endif
