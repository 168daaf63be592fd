/* fg_lower.c -- scalar nodes of a tape as nodes of a graph, one pass. */
#include "fg_lower.h"
#include "fg_ops.h"

static int depends(const fg_tape *t, size_t i)
{
    return t->flag[i] & FG_NEEDS;
}

void fg_lower_reach(const fg_tape *t, uint8_t *live)
{
    for (size_t i = t->graph.n; i-- > 0;) {
        if (!live[i] || !depends(t, i)) {
            continue;
        }
        int32_t count;
        const int32_t *operand = fg_graph_operands(&t->graph, i, &count);
        for (int32_t k = 0; k < count; ++k) {
            live[operand[k]] = 1;
        }
    }
}

fg_status fg_lower_scalars(const fg_tape *t, const uint8_t *live, const uint32_t *line, fg_func *f,
                           int32_t *to, int32_t *at)
{
    const size_t n = t->graph.n;
    size_t i = (size_t)*at;
    for (; i < n; ++i) {
        if (!live[i]) {
            continue;
        }
        const int op = t->graph.op[i];
        if (t->flag[i] & FG_ARRAY) {
            break;
        }
        if (!depends(t, i)) {
            to[i] = fg_func_number(f, t->val[i].s, FG_SCALAR);
        } else if (op < FG_N_ROWS) {
            int32_t count, x[3] = {0, 0, 0};
            const int32_t *operand = fg_graph_operands(&t->graph, i, &count);
            for (int32_t k = 0; k < count; ++k) {
                x[k] = to[operand[k]];
            }
            f->here = line ? line[i] : 0;
            to[i] = fg_func_row(f, op, x, fg_op_info(op)->is_test ? FG_TRUTH : FG_SCALAR);
        } else if (op == FG_ITEM) {
            f->here = line ? line[i] : 0;
            to[i] = fg_func_item(f, to[t->graph.arg[i][0]], t->graph.arg[i][1], FG_SCALAR);
        } else {
            break;
        }
        if (to[i] < 0) {
            return (fg_status)to[i];
        }
    }
    f->here = 0;
    *at = (int32_t)i;
    return i < n ? FG_STOP : FG_OK;
}
