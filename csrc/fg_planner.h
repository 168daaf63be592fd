/* fg_planner.h -- a plan in the making; private to the fg_plan*.c. */
#ifndef FG_PLANNER_H
#define FG_PLANNER_H
#include "fg_plan.h"
#include "fg_plan_memory.h"

/* What is known of a node. */
enum {
    FG_IS_ALIAS = 1 /* stands in the memory of its operand */,
    FG_IS_JOINED = 2 /* computed by its reader */,
    FG_IS_LIVE = 4,
    FG_IS_KEPT = 8 /* its memory is never given to another */,
    FG_IS_VIEW =
        16 /* operand 0 in another order, or a part of it: only regions read it, as a stream */,
    FG_IS_ROW = 32 /* a row on arrays that a region computes */,
    FG_IS_HELD =
        64 /* its slot is not given to another: it is a stream of the region being planned */,
    FG_IS_DONE = 128 /* a sum that its operand's region computes along */
};

/* A term of a sum: a value, or a product that is not computed by itself. */
typedef struct fg_term {
    int32_t node;
    int negative;
} fg_term;

/* A node with a slot and the place in the workspace that it has besides, or -1. */
typedef struct fg_held {
    int32_t node, place;
} fg_held;

typedef struct fg_planner {
    const fg_func *f;
    const fg_lowering *lowering;
    fg_program *p;
    uint8_t *is;    /* [n] */
    int32_t *uses;  /* [n] how often a node is read */
    int32_t *root;  /* [n] whose memory a node's value is in */
    int32_t *reads; /* [n] of a root: reads of its memory still to come */
    int32_t *place; /* [n] or -1; of a region that is being planned: slots */
    int32_t
        *region; /* [n] which region computes a row; 0 if none does. NULL if there is no region */
    int32_t *level; /* [n] see fg_plan_order.c; NULL likewise */
    int32_t
        *outside; /* [n] of a row: how often something outside its region reads it; NULL likewise */
    fg_space space;
    int32_t now;    /* the region that is being planned, or 0 */
    fg_space slots; /* its own */
    size_t n_total, cap_total;
    int32_t *total; /* sums of its rows that it computes along */
    size_t n_held, cap_held;
    fg_held *held; /* what it reads and writes */
    size_t n_term, cap_term;
    fg_term *term;
    double looked; /* the work of the program up to its last FG_I_LOOK */
} fg_planner;

static inline const fg_type *fg__type_of(const fg_planner *q, int32_t node)
{
    return &q->f->types[q->f->type[node]];
}

/* Scalars, which instructions of their own compute: in a program of floats those of float32. */
static inline int fg__is_scalar(const fg_planner *q, int32_t node)
{
    return q->f->type[node] <= FG_TRUTH || (q->p->single && fg__type_of(q, node)->ndim == 0);
}

/* Whether a node is of the floats that the program computes with. */
static inline int fg__is_real(const fg_planner *q, int32_t node)
{
    return fg__type_of(q, node)->dtype == (q->p->single ? FG_D_float32 : FG_D_float64);
}

static inline int32_t fg__region_of(const fg_planner *q, int32_t node)
{
    return q->region ? q->region[node] : 0;
}

/* How a structural op becomes kernels. */
static inline const fg_lowered *fg__lowered(const fg_planner *q, int32_t node)
{
    return &q->lowering->call[fg_func_call_of(q->f, node)];
}

/* Appends an instruction that computes a node, to the region that is being planned if there is one. */
fg_status fg__plan_emit(fg_planner *q, int32_t node, int op, int32_t dst, int32_t a, int32_t b,
                        int32_t c);
fg_status fg__plan_param(fg_planner *q, int64_t x);

/* Gives a node its own memory, unless it has some. */
fg_status fg__plan_allot(fg_planner *q, int32_t node);

/* One read of a node is over. */
void fg__plan_release(fg_planner *q, int32_t node);

/* Whether floats can hold all that is needed. */
int fg__plan_is_single(const fg_planner *q, size_t n_output, const int32_t *output);

/* Whether a step rounds to what the numbers of the program are anyway. */
int fg__plan_is_idle(const fg_planner *q, const fg_lowstep *step);

/* A row on scalars, or on the slots of a region. */
fg_status fg__plan_row(fg_planner *q, int32_t i);

/* A structural op. */
fg_status fg__plan_call(fg_planner *q, int32_t i, int32_t count, const int32_t *operand);

/* An alias stands inside of its operand's memory, and nothing is computed. */
fg_status fg__plan_alias(fg_planner *q, int32_t i, const int32_t *operand);

/* Marks the products and sums that a sum computes along. */
void fg__plan_join_sums(fg_planner *q);

int fg__plan_is_sum(const fg_planner *q, int32_t node);

/* Plans a sum with all that is joined with it. */
fg_status fg__plan_sum(fg_planner *q, int32_t node);

/* A part of the order: the rows of a region, and what comes after them. */
typedef struct fg_part {
    const int32_t *row, *next;
    size_t n_row, n_next;
} fg_part;

/* Marks rows that regions compute, and views that only they read; before reads are counted. */
void fg__plan_find_rows(fg_planner *q);

/* What is planned after what: nodes, the rows of a region one after the other, and guards as
 * f->graph.n + number. *order [out] is fg_mem's; NULL if all is in the order of the graph. */
fg_status fg__plan_order(fg_planner *q, size_t n_guard, const fg_guard *guard, int32_t **order,
                         size_t *n_order);

/* Plans the rows of a region, and the sums of them that are among the nodes that come next. */
fg_status fg__plan_region(fg_planner *q, const fg_part *part);

/* The row of which a node is the sum, over all of it or over its last axes, *inner items each; -1 if it
 * is no such sum. */
int32_t fg__plan_total_of(const fg_planner *q, int32_t node, size_t *inner);

/* Makes one instruction of two where it can, once all of a program of scalars, or of the last region,
 * is planned. FG_OK or FG_E_MEMORY. */
fg_status fg__plan_pairs_of_program(fg_program *p);
fg_status fg__plan_pairs_of_region(fg_program *p, fg_region *r);

#endif
