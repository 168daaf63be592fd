/* fg_flat.h -- a function graph as streams of numbers, one after the other as its nodes use them.
 *
 *   node       0       1       2         3       4            5
 *   op       LEAF    CONST   multiply   ITEM    PACK         CALL       one for each node, and so
 *   type       2       0       ...                                      are type and line
 *   operand                    0 1       0      3 3          4 0        all operands in a row
 *   item                                 7                              the index of each ITEM
 *   value            2.5                                                the numbers of each CONST
 *   count                                                    2          operands of each CALL
 *
 * How many operands and values a node takes from its stream follows from its op and its type. So a
 * graph can be written to a file and read back; fg_flat_read takes nothing on trust.
 */
#ifndef FG_FLAT_H
#define FG_FLAT_H
#include "fg_func.h"

/* The streams are the caller's. */
typedef struct fg_flat {
    size_t n, n_operand, n_item, n_value, n_count;
    uint8_t *op;      /* [n] */
    int32_t *type;    /* [n] */
    uint32_t *line;   /* [n] */
    int32_t *operand; /* [n_operand] */
    int32_t *item;    /* [n_item] */
    double *value;    /* [n_value] arrays dense, in C order */
    int32_t *count;   /* [n_count] */
} fg_flat;

/* Sets the lengths of the streams of a graph. */
void fg_flat_measure(const fg_func *f, fg_flat *flat);

/* Fills the streams, which have these lengths. */
void fg_flat_write(const fg_func *f, const fg_flat *flat);

/* Adds the nodes of the streams, as they are, to a graph that has their types and no nodes.
 *
 * Array constants are borrowed: they stay in flat->value. Of a CALL only its operands are known: the
 * caller has to find out whether its type is that of its result, and to set its kind.
 *
 * at       the first node that does not fit
 * returns  FG_OK, FG_E_MEMORY, FG_E_FULL, or FG_E_FORMAT: no op code, no type of the graph, operands
 *          that do not come before their node or have not the shape that the op asks for, an index
 *          outside of its array, streams that are too short or too long
 */
fg_status fg_flat_read(const fg_flat *flat, fg_func *f, size_t *at);

#endif
