/* fg_graph.c -- appending to flat arrays, and checking them. */
#include "fg_graph.h"
#include "fg_mem.h"
#include <string.h>

fg_status fg__grow(void **block, size_t *cap, size_t need, size_t size)
{
    if (need <= *cap) {
        return FG_OK;
    }
    if (need > FG_NODE_MAX) {
        return FG_E_FULL;
    }
    size_t bigger = *cap < 32 ? 64 : 2 * *cap;
    if (bigger < need) {
        bigger = need;
    } else if (bigger > FG_NODE_MAX) {
        bigger = FG_NODE_MAX; /* room for more would let ids overflow */
    }
    void *moved = fg_mem_resize(*block, bigger, size);
    if (!moved) {
        return FG_E_MEMORY;
    }
    *block = moved;
    *cap = bigger;
    return FG_OK;
}

fg_status fg_graph_reserve(fg_graph *g, size_t nodes, size_t wides, size_t operands)
{
    /* op and arg share cap, which is raised only when both have grown. */
    size_t cap_op = g->cap, cap_arg = g->cap;
    fg_status status = fg__grow((void **)&g->op, &cap_op, g->n + nodes, sizeof *g->op);
    if (status == FG_OK) {
        status = fg__grow((void **)&g->arg, &cap_arg, g->n + nodes, sizeof *g->arg);
    }
    if (status == FG_OK) {
        g->cap = cap_op;
        status = fg__grow((void **)&g->wide, &g->cap_wide, g->n_wide + wides, sizeof *g->wide);
    }
    if (status == FG_OK) {
        status = fg__grow((void **)&g->pool, &g->cap_pool, g->n_pool + operands, sizeof *g->pool);
    }
    return status;
}

int32_t fg_graph_append(fg_graph *g, int op, int32_t a, int32_t b)
{
    const size_t i = g->n++;
    g->op[i] = (uint8_t)op;
    g->arg[i][0] = a;
    g->arg[i][1] = b;
    return (int32_t)i;
}

int32_t fg_graph_append_wide(fg_graph *g, int op, void *payload, const int32_t *operand,
                             int32_t count)
{
    const size_t w = g->n_wide++;
    g->wide[w] = (fg_wide){payload, (int32_t)g->n_pool, count};
    for (int32_t k = 0; k < count; ++k) {
        g->pool[g->n_pool++] = operand[k];
    }
    return fg_graph_append(g, op, (int32_t)w, 0);
}

fg_status fg_graph_check(const fg_graph *g, size_t *at)
{
    for (size_t i = 0; i < g->n; ++i) {
        *at = i;
        const int op = g->op[i];
        if (op >= FG_N_OPS) {
            return FG_E_OPCODE;
        }
        if (op == FG_CALL || op == FG_PACK || fg_op_arity(op) > 2) {
            const int32_t w = g->arg[i][0];
            if (w < 0 || (size_t)w >= g->n_wide || g->wide[w].first < 0 || g->wide[w].count < 0 ||
                (size_t)g->wide[w].first + (size_t)g->wide[w].count > g->n_pool) {
                return FG_E_OPERAND;
            }
        }
        int32_t count;
        const int32_t *operand = fg_graph_operands(g, i, &count);
        for (int32_t k = 0; k < count; ++k) {
            if (operand[k] < 0 || (size_t)operand[k] >= i) {
                return FG_E_OPERAND;
            }
        }
    }
    *at = g->n;
    return FG_OK;
}

void fg_graph_free(fg_graph *g)
{
    fg_mem_free(g->op);
    fg_mem_free(g->arg);
    fg_mem_free(g->wide);
    fg_mem_free(g->pool);
    memset(g, 0, sizeof *g);
}
