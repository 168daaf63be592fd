/* fg_planner.h -- a plan in the making; private to the fg_plan_*.c. */
#ifndef FG_PLANNER_H
#define FG_PLANNER_H
#include "fg_plan.h"
#include "fg_plan_memory.h"

/* What is known of a node. */
enum {
    FG_IS_ALIAS = 1 /* stands in the memory of its operand */,
    FG_IS_JOINED = 2 /* computed by its reader */,
    FG_IS_LIVE = 4,
    FG_IS_KEPT = 8 /* its memory is never given to another */
};

/* A term of a sum: a value, or a product that is not computed by itself. */
typedef struct fg_term {
    int32_t node;
    int negative;
} fg_term;

typedef struct fg_planner {
    const fg_func *f;
    const fg_lowering *lowering;
    fg_program *p;
    uint8_t *is;    /* [n] */
    int32_t *uses;  /* [n] how often a node is read */
    int32_t *root;  /* [n] whose memory a node's value is in */
    int32_t *reads; /* [n] of a root: reads of its memory still to come */
    int32_t *place; /* [n] or -1 */
    fg_space space;
    size_t n_term, cap_term;
    fg_term *term;
} fg_planner;

static inline const fg_type *fg__type_of(const fg_planner *q, int32_t node)
{
    return &q->f->types[q->f->type[node]];
}

/* Appends an instruction that computes a node. */
fg_status fg__plan_emit(fg_planner *q, int32_t node, int op, int32_t dst, int32_t a, int32_t b,
                        int32_t c);

/* Gives a node its own memory, unless it has some. */
fg_status fg__plan_allot(fg_planner *q, int32_t node);

/* One read of a node is over. */
void fg__plan_release(fg_planner *q, int32_t node);

/* Marks the products and sums that a sum computes along. */
void fg__plan_join_sums(fg_planner *q);

int fg__plan_is_sum(const fg_planner *q, int32_t node);

/* Plans a sum with all that is joined with it. */
fg_status fg__plan_sum(fg_planner *q, int32_t node);

#endif
