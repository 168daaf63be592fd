/* fg_plan_sum.c -- sums: the products and sums that only one sum reads become part of it.
 *
 * The terms keep the order in which the graph adds them, so the result keeps its bits.
 */
#include "fg_mem.h"
#include "fg_ops.h"
#include "fg_planner.h"

enum {
    WINDOW = 512
}; /* nodes from the first term of a sum to the last: its operands live that long */

/* ---- joining sums ---- */

static int op_of(const fg_planner *q, int32_t node)
{
    return q->f->graph.op[node];
}

/* Sums of scalars, and of rows that a region computes point by point; not those whose results are rounded. */
static int is_plain(const fg_planner *q, int32_t node)
{
    return fg__is_real(q, node) && (fg__is_scalar(q, node) || fg__region_of(q, node));
}

int fg__plan_is_sum(const fg_planner *q, int32_t node)
{
    return (op_of(q, node) == FG_OP_add || op_of(q, node) == FG_OP_subtract) && is_plain(q, node);
}

static int is_product(const fg_planner *q, int32_t node)
{
    const int op = op_of(q, node);
    return (op == FG_OP_multiply || op == FG_OP_masked_multiply || op == FG_OP_square) &&
           is_plain(q, node);
}

/* Until memory is given out, place says where the terms of a sum begin. */
static int may_join(const fg_planner *q, int32_t node, int32_t reader)
{
    const int32_t start = fg__plan_is_sum(q, node) ? q->place[node] : node;
    return q->uses[node] == 1 && !(q->is[node] & FG_IS_KEPT) && reader - start <= WINDOW &&
           fg__region_of(q, node) == fg__region_of(q, reader);
}

/* Marks what the sum i computes along: a sum as its left operand, and products. */
static void join(fg_planner *q, int32_t i)
{
    const int32_t *x = q->f->graph.arg[i];
    for (int k = 0; k < 2; ++k) {
        if (x[0] != x[1] && may_join(q, x[k], i) &&
            (is_product(q, x[k]) || (k == 0 && fg__plan_is_sum(q, x[0])))) {
            q->is[x[k]] |= FG_IS_JOINED;
            q->place[i] = k == 0 && fg__plan_is_sum(q, x[0]) ? q->place[x[0]] : q->place[i];
        }
    }
    /* b + (a + ...) is (a + ...) + b */
    if (op_of(q, i) == FG_OP_add && fg__plan_is_sum(q, x[1]) && !fg__plan_is_sum(q, x[0]) &&
        x[0] != x[1] && may_join(q, x[1], i)) {
        q->is[x[1]] |= FG_IS_JOINED;
        q->place[i] = q->place[x[1]];
    }
}

void fg__plan_join_sums(fg_planner *q)
{
    for (int32_t i = 0; i < (int32_t)q->f->graph.n; ++i) {
        if (q->is[i] & FG_IS_LIVE && fg__plan_is_sum(q, i)) {
            q->place[i] = i;
            join(q, i);
        }
    }
    for (size_t i = 0; i < q->f->graph.n; ++i) {
        q->place[i] = -1;
    }
}

/* ---- sums of many terms ---- */

static fg_status add_term(fg_planner *q, int32_t node, int negative)
{
    const fg_status status =
        fg__grow((void **)&q->term, &q->cap_term, q->n_term + 1, sizeof *q->term);
    if (status == FG_OK) {
        q->term[q->n_term++] = (fg_term){node, negative};
    }
    return status;
}

/* Lists the terms of the sum i, the first one first. */
static fg_status list_terms(fg_planner *q, int32_t i)
{
    const fg_graph *g = &q->f->graph;
    q->n_term = 0;
    fg_status status = FG_OK;
    for (;;) {
        int32_t left = g->arg[i][0], right = g->arg[i][1];
        if (fg__plan_is_sum(q, right) && q->is[right] & FG_IS_JOINED) {
            const int32_t other = left;
            left = right;
            right = other;
        }
        status = add_term(q, right, op_of(q, i) == FG_OP_subtract);
        if (status != FG_OK || !(fg__plan_is_sum(q, left) && q->is[left] & FG_IS_JOINED)) {
            status = status != FG_OK ? status : add_term(q, left, 0);
            break;
        }
        i = left;
    }
    for (size_t a = 0, b = q->n_term; a + 1 < b; ++a, --b) {
        const fg_term swap = q->term[a];
        q->term[a] = q->term[b - 1];
        q->term[b - 1] = swap;
    }
    return status;
}

/* The kind of a term: a value, or a product that is joined; a square is one. */
enum { VALUE, PRODUCT, MASKED };

static int kind_of(const fg_planner *q, const fg_term *t)
{
    return !(q->is[t->node] & FG_IS_JOINED)             ? VALUE
           : op_of(q, t->node) == FG_OP_masked_multiply ? MASKED
                                                        : PRODUCT;
}

static fg_status add_pool(fg_planner *q, int32_t x)
{
    fg_program *p = q->p;
    const fg_status status =
        fg__grow((void **)&p->pool, &p->cap_pool, p->n_pool + 1, sizeof *p->pool);
    if (status == FG_OK) {
        p->pool[p->n_pool++] = x;
    }
    return status;
}

/* w[dst] = w[acc] +- the terms [from, to), which are of one kind. */
static fg_status add_run(fg_planner *q, int32_t i, int32_t dst, int32_t acc, size_t from, size_t to)
{
    const int kind = kind_of(q, &q->term[from]);
    const int32_t (*arg)[2] = (const int32_t (*)[2])q->f->graph.arg;
    const fg_term *t = &q->term[from];
    const int masked = kind == MASKED;
    if (to - from == 1 && !kind) {
        return fg__plan_emit(q, i, t->negative ? FG_OP_subtract : FG_OP_add, dst, acc,
                             q->place[t->node], 0);
    }
    if (to - from == 1) {
        const int op = t->negative ? (masked ? FG_I_SUBMASK : FG_I_SUBMUL)
                                   : (masked ? FG_I_MASKADD : FG_I_MULADD);
        return fg__plan_emit(q, i, op, dst, q->place[arg[t->node][0]], q->place[arg[t->node][1]],
                             acc);
    }
    const int32_t first = (int32_t)q->p->n_pool;
    fg_status status = FG_OK;
    for (size_t k = from; k < to && status == FG_OK; ++k) {
        const int32_t node = q->term[k].node;
        const int32_t a = kind ? q->place[arg[node][0]] : q->place[node];
        status = add_pool(q, (int32_t)((uint32_t)a << 1) | q->term[k].negative);
        if (kind && status == FG_OK) {
            status = add_pool(q, q->place[arg[node][1]]);
        }
    }
    const int op = !kind ? FG_I_SUM : masked ? FG_I_MASKDOT : FG_I_DOT;
    return status != FG_OK ? status
                           : fg__plan_emit(q, i, op, dst, acc, first, (int32_t)(to - from));
}

static void release_terms(fg_planner *q)
{
    for (size_t k = 0; k < q->n_term; ++k) {
        const int32_t node = q->term[k].node;
        if (kind_of(q, &q->term[k])) {
            int32_t count;
            const int32_t *operand = fg_graph_operands(&q->f->graph, (size_t)node, &count);
            for (int32_t m = 0; m < count; ++m) {
                fg__plan_release(q, operand[m]);
            }
        } else {
            fg__plan_release(q, node);
        }
    }
}

/* Two terms of which the first is a product and the second a value: one instruction. */
static int is_muladd(const fg_planner *q)
{
    return q->n_term == 2 && kind_of(q, &q->term[0]) && !kind_of(q, &q->term[1]);
}

fg_status fg__plan_sum(fg_planner *q, int32_t i)
{
    const int32_t (*arg)[2] = (const int32_t (*)[2])q->f->graph.arg;
    fg_status status = list_terms(q, i);
    if (status != FG_OK) {
        return status;
    }
    q->p->work += (double)q->n_term;
    const int first = kind_of(q, &q->term[0]);
    const int32_t head = q->term[0].node;
    if (q->n_term == 2 &&
        !(first && kind_of(q, &q->term[1]))) { /* one instruction: dst may be an operand's */
        const fg_term other = q->term[1];
        const int32_t a = first ? q->place[arg[head][0]] : q->place[head];
        const int32_t b = first ? q->place[arg[head][1]] : 0;
        release_terms(q);
        if ((status = fg__plan_allot(q, i)) != FG_OK) {
            return status;
        }
        if (!is_muladd(q)) {
            return add_run(q, i, q->place[i], a, 1, 2);
        }
        const int masked = first == MASKED;
        const int op = other.negative ? (masked ? FG_I_MASKSUB : FG_I_MULSUB)
                                      : (masked ? FG_I_MASKADD : FG_I_MULADD);
        return fg__plan_emit(q, i, op, q->place[i], a, b, q->place[other.node]);
    }
    if ((status = fg__plan_allot(q, i)) != FG_OK) {
        return status;
    }
    const int32_t dst = q->place[i];
    int32_t acc = q->place[head];
    if (first) {
        acc = dst;
        const int op = first == MASKED ? FG_OP_masked_multiply : FG_OP_multiply;
        status = fg__plan_emit(q, i, op, dst, q->place[arg[head][0]], q->place[arg[head][1]], 0);
    }
    for (size_t k = 1; k < q->n_term && status == FG_OK;) {
        size_t end = k + 1;
        while (end < q->n_term && kind_of(q, &q->term[end]) == kind_of(q, &q->term[k])) {
            ++end;
        }
        status = add_run(q, i, dst, acc, k, end);
        acc = dst;
        k = end;
    }
    release_terms(q);
    return status;
}
