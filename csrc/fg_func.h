/* fg_func.h -- a function as a graph: what recording yields, what transforms read and extend.
 *
 *   node     0        1        2          3      4        5
 *   op     LEAF     CONST   multiply     ITEM   PACK     CALL
 *   arg   input,-  index,k   0,1         0,i    wide      wide
 *   type    0        0        0           0      1         2     dtype and shape, interned
 *   line    .        .        7           7      8         8     a place in the source, the caller's
 *
 * A graph only grows; its order is a topological order. What is added is shared with an equal node
 * that exists (of more than some 10,000 rows with most of them), folded if its operands are
 * constants, and simplified where that changes no value: each in constant time. Numbers belong to
 * the graph; arrays and structural ops are the caller's, and the graph knows them by number.
 *
 * Operands of a row have the shape of its result, or are scalar constants.
 */
#ifndef FG_FUNC_H
#define FG_FUNC_H
#include "fg_graph.h"
#include "fg_struct.h"

enum { FG_SCALAR = 0, FG_TRUTH = 1 }; /* types that every graph has: a float64, a bool, no axes */

typedef struct fg_type {
    int dtype, ndim;
    size_t size;
    size_t first; /* the shape is dim[first .. first + ndim) */
} fg_type;

/* Nodes by what they are. */
typedef struct fg_slot {
    int32_t node; /* or -1 */
    uint32_t tag; /* of its hash, so that other nodes need not be looked at */
} fg_slot;

typedef struct fg_table {
    fg_slot *slot; /* [n] */
    size_t n;      /* a power of two, or 0 */
    size_t used;
} fg_table;

/* What C knows of a structural op: nothing, or where its elements come from. */
enum {
    FG_CALL_OPAQUE,
    FG_CALL_SPLAT /* operand 0, of one element, repeated */,
    FG_CALL_SAME /* operand 0's, in order */
};

typedef struct fg_func {
    fg_graph graph;
    size_t cap;     /* of type and line; at most graph.cap */
    int32_t *type;  /* [cap] */
    uint32_t *line; /* [cap] */
    uint32_t here;  /* the line that new nodes get */
    size_t n_number, cap_number;
    double *number; /* scalar constants: arg = {index, 0} */
    size_t n_array, cap_array;
    const double **array; /* array constants: arg = {index, 1}; dense, borrowed */
    size_t n_call, cap_call;
    uint8_t *call; /* FG_CALL_*, by number of the call */
    size_t n_type, cap_type;
    fg_type *types;
    size_t n_dim, cap_dim;
    ptrdiff_t *dim;
    size_t n_input;
    fg_table rows, numbers; /* where equal nodes are found */
} fg_func;

/* An empty graph with its two types. FG_OK or FG_E_MEMORY. */
fg_status fg_func_init(fg_func *f);

/* Frees the arrays, not the struct. */
void fg_func_free(fg_func *f);

/* Copies a graph; `to` is uninitialised. FG_OK or FG_E_MEMORY. */
fg_status fg_func_copy(const fg_func *from, fg_func *to);

/* Gives back what only growing needs; the graph may still grow. */
void fg_func_settle(fg_func *f);

/* Bytes held. */
size_t fg_func_bytes(const fg_func *f);

/* Each of the following returns the number of a type or node, or a negative fg_status. */
int32_t fg_func_type(fg_func *f, int dtype, int ndim, const ptrdiff_t *shape);
int32_t fg_func_input(fg_func *f, int32_t type);
int32_t fg_func_number(fg_func *f, double x, int32_t type); /* a scalar type */
int32_t fg_func_array(fg_func *f, const double *dense, int32_t type);

/* A row; operands beyond its arity are ignored. `type` is that of the result. */
int32_t fg_func_row(fg_func *f, int op, const int32_t *operand, int32_t type);

/* Element `index`, counted in C order, of an array; has a scalar type. */
int32_t fg_func_item(fg_func *f, int32_t array, int32_t index, int32_t type);

/* An array of scalars; count is the size of the type. */
int32_t fg_func_pack(fg_func *f, const int32_t *operand, int32_t count, int32_t type);

/* A structural op, not shared; kind is FG_CALL_*. Its number is n_call before the call. */
int32_t fg_func_call(fg_func *f, int kind, const int32_t *operand, int32_t count, int32_t type);

/* Whether a node is a scalar constant, and its value. */
int fg_func_is_number(const fg_func *f, int32_t node, double *x);

/* The number of the structural op of a CALL node. */
size_t fg_func_call_of(const fg_func *f, int32_t node);

/* Marks in live [n] what the marked nodes need, down to the inputs. */
void fg_func_reach(const fg_func *f, uint8_t *live);

/* Counts in uses [n] how often marked nodes read each. */
void fg_func_uses(const fg_func *f, const uint8_t *live, int32_t *uses);

/* Makes room for one more node with `operands` operands in the pool. FG_OK, FG_E_MEMORY, FG_E_FULL. */
fg_status fg__func_reserve(fg_func *f, size_t wides, size_t operands);

/* Appends a node to reserved room; shares it with an equal one if asked to. */
int32_t fg__func_append(fg_func *f, int op, int32_t a, int32_t b, int32_t type, int share);
int32_t fg__func_append_wide(fg_func *f, int op, const int32_t *operand, int32_t count,
                             int32_t type);

#endif
