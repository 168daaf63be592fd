/* fg_graph.h -- a computational graph as flat arrays, in the order in which it was built.
 *
 *   node        0      1      2       3        4
 *   op        LEAF   CONST  multiply  LEAF   CALL        one byte
 *   arg        h,-    -,-    0,1      h,-     0,-        two int32: operands, or where they are
 *                                             |
 *   wide       [0] = {payload, first, count} <'          nodes with three operands and more
 *   pool       ... operands of node 4 ...
 *
 * A node's operands come before it: the order is a topological order, so nothing sorts or recurses.
 * The graph owns its arrays; payloads are borrowed from whoever appends them.
 */
#ifndef FG_GRAPH_H
#define FG_GRAPH_H
#include "fg_ops.h"
#include "fg_status.h"
#include <stddef.h>
#include <stdint.h>

typedef struct fg_wide {
    void *payload;
    int32_t first, count; /* operands are pool[first .. first + count) */
} fg_wide;

typedef struct fg_graph {
    size_t n, cap;
    uint8_t *op;       /* [cap] */
    int32_t (*arg)[2]; /* [cap] */
    size_t n_wide, cap_wide;
    fg_wide *wide; /* [cap_wide], in the order of their nodes */
    size_t n_pool, cap_pool;
    int32_t *pool; /* [cap_pool] */
} fg_graph;

#define FG_NODE_MAX ((size_t)INT32_MAX)

/* Makes room for so many more nodes, wide records and their operands, so that appending cannot fail.
 * Returns FG_OK, FG_E_MEMORY or FG_E_FULL; on failure the graph is as before. */
fg_status fg_graph_reserve(fg_graph *g, size_t nodes, size_t wides, size_t operands);

/* Appends a node of at most two operands (unused ones are 0) to reserved room; returns its id. */
int32_t fg_graph_append(fg_graph *g, int op, int32_t a, int32_t b);

/* Appends a node whose operands stand in the pool. operand [count] */
int32_t fg_graph_append_wide(fg_graph *g, int op, void *payload, const int32_t *operand,
                             int32_t count);

/* The operands of node i, as a pointer into the graph; *count is 0 for leaves and constants. */
static inline const int32_t *fg_graph_operands(const fg_graph *g, size_t i, int32_t *count)
{
    const int op = g->op[i];
    if (op != FG_CALL && op != FG_PACK && fg__op_operands[op] <= 2) {
        *count = fg__op_operands[op];
        return g->arg[i];
    }
    const fg_wide *w = &g->wide[g->arg[i][0]];
    *count = w->count;
    return w->count ? g->pool + w->first : g->arg[i]; /* without operands there may be no pool */
}

/* Checks every op code and that operands come before their node; *at is the first that does not.
 * Returns FG_OK, FG_E_OPCODE or FG_E_OPERAND. */
fg_status fg_graph_check(const fg_graph *g, size_t *at);

/* Frees the arrays, not the struct, and leaves an empty graph. */
void fg_graph_free(fg_graph *g);

/* Grows *block, of *cap items, to hold at least `need`, doubling. FG_OK, FG_E_MEMORY, FG_E_FULL. */
fg_status fg__grow(void **block, size_t *cap, size_t need, size_t size);

#endif
