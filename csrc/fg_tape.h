/* fg_tape.h -- a graph that also holds values, for eager Tensors.
 *
 *   Tensor --handle--> handle table --node--> node { op, arg, flag, held, value }
 *
 * Tensors hold handles, not node ids, so that nodes may move. A node lives while a Tensor holds it
 * or a living node uses it. What dies at the top of the tape is popped at once; what dies below
 * is dropped, the rest keeping its order, by a mark-and-compact pass when the arrays are full.
 *
 * Room is reserved first (which may move nodes); after that, resolving handles and appending
 * neither move nodes nor fail. The tape owns its arrays, the array descriptions and the adjoints;
 * it gives back owners of array memory, payloads and notes through `release`, always after it has
 * reached a consistent state, because a release may call the tape again.
 */
#ifndef FG_TAPE_H
#define FG_TAPE_H
#include "fg_array.h"
#include "fg_graph.h"

enum {
    FG_NEEDS = 1,    /* depends on a Tensor that requires a gradient */
    FG_ARRAY = 2,    /* the value is an fg_array, not a double */
    FG_WIDE = 4,     /* the node owns a wide record */
    FG_MODIFIED = 8, /* the scalar was changed in place since; a note may say where */
    FG_NOTED = 16,   /* there is a note about it */
    FG_HOOKED = 32   /* the sweep stops here for the caller */
};

enum { FG_NODE_NONE = -1, FG_NODE_FREED = -2 }; /* what a handle may hold instead of a node */
enum { FG_HANDLES_PER_OP = 4 };
enum { FG_HELD_MAX = 255 };             /* a count that sticks until the next compaction */
#define FG_BYTES_MIN ((size_t)32 << 20) /* array garbage that is not worth a compaction */

typedef union fg_cell {
    double s;
    fg_array *a; /* where the node has FG_ARRAY */
    void *p;     /* its adjoint: a dense buffer */
} fg_cell;

typedef struct fg_handle {
    void *owner;    /* the Tensor, borrowed; NULL once it is gone */
    int32_t node;   /* or the next free handle */
    int32_t leaves; /* LEAF nodes that name this handle */
} fg_handle;

typedef struct fg_note {
    int32_t node;
    void *payload;
} fg_note;

typedef struct fg_tape {
    fg_graph graph;
    size_t cap;    /* of the arrays below; at most graph.cap */
    uint8_t *flag; /* [cap] */
    uint8_t *held; /* [cap] Tensors that hold the node */
    fg_cell *val;  /* [cap] */
    size_t n_handle;
    fg_handle *handle; /* [n_handle] */
    int32_t free_handle;
    size_t n_free;
    size_t n_note, cap_note;
    fg_note *note;             /* sorted by node */
    size_t bytes, bytes_limit; /* of array values; over the limit the next reserve compacts */
    int pins;                  /* > 0: no node moves or dies */
    int trimming;              /* nodes are being popped */
    void (*release)(void *payload);
} fg_tape;

/* Starts an empty tape. release is called with every owner, payload and note that is let go. */
void fg_tape_init(fg_tape *t, void (*release)(void *payload));

/* Releases all; the struct itself is the caller's. */
void fg_tape_free(fg_tape *t);

/* Makes room for so many nodes, wide records and their operands, and for a handle of each
 * operand, and FG_HANDLES_PER_OP more; may compact.
 * FG_OK, FG_E_MEMORY or FG_E_FULL; on failure nothing is lost. */
fg_status fg_tape_reserve(fg_tape *t, size_t nodes, size_t wides, size_t operands);

/* Whether fg_tape_reserve(t, nodes, 0, 0) has nothing to do. */
static inline int fg_tape_has_room(const fg_tape *t, size_t nodes)
{
    return t->graph.n + nodes <= t->cap && t->n_free >= FG_HANDLES_PER_OP &&
           t->bytes <= t->bytes_limit;
}

/* A handle of `owner` on a node, or on FG_NODE_NONE. */
int32_t fg_tape_hold(fg_tape *t, int32_t node, void *owner);

/* Moves a handle to another node (or FG_NODE_NONE, FG_NODE_FREED) and lets the old one go. */
void fg_tape_move(fg_tape *t, int32_t handle, int32_t node);

/* Gives a handle back. */
void fg_tape_drop(fg_tape *t, int32_t handle);

/* Appending to reserved room; each returns the id of the new node.
 *
 * leaf    value of a Tensor; the handle is moved to the node
 * freed   value of a Tensor whose graph was let go; the handle, on no node, gets this one
 * number  a constant, array a constant array
 * scalar  a row of at most two operands (of one: twice the same), on scalars; computes the value
 * op      a row; operands that need a gradient have the size and dtype of the value
 * item    an element of a float64 array, by its flat index
 * wide    a row of three operands, FG_PACK or FG_CALL; the payload becomes the tape's
 * An array or payload passed in is the tape's from then on.
 */
int32_t fg_tape_append_leaf(fg_tape *t, int32_t handle, int needs, fg_cell value, int is_array);
int32_t fg_tape_append_freed(fg_tape *t, int32_t handle, fg_cell value, int is_array);
int32_t fg_tape_append_number(fg_tape *t, double number);
int32_t fg_tape_append_array(fg_tape *t, fg_array *array);
int32_t fg_tape_append_scalar(fg_tape *t, int op, int32_t a, int32_t b);
int32_t fg_tape_append_op(fg_tape *t, int op, const int32_t *operand, fg_cell value, int is_array);
int32_t fg_tape_append_item(fg_tape *t, int32_t array, int32_t index, double value);
int32_t fg_tape_append_wide(fg_tape *t, int op, void *payload, const int32_t *operand,
                            int32_t count, fg_cell value, int is_array);

/* Attaches a payload to a node; flag is FG_HOOKED, FG_MODIFIED or 0. FG_OK or FG_E_MEMORY. */
fg_status fg_tape_note(fg_tape *t, int32_t node, void *payload, int flag);

/* Makes room for so many more notes. FG_OK or FG_E_MEMORY. */
fg_status fg_tape_reserve_notes(fg_tape *t, size_t n);

/* Number k of the payloads attached to a node, or NULL. */
void *fg_tape_noted(const fg_tape *t, int32_t node, int32_t k);

/* Turns an op into FG_FREED, which has a value but no operands; its notes are let go. */
void fg_tape_forget(fg_tape *t, int32_t node);

/* While a tape is pinned nothing moves or dies; unpinning pops what has died at the top. */
void fg_tape_pin(fg_tape *t);
void fg_tape_unpin(fg_tape *t);

/* Drops every node that no Tensor can reach. FG_OK or FG_E_MEMORY (then nothing has changed). */
fg_status fg_tape_compact(fg_tape *t);

/* Shared with the compaction. */
void fg__tape_release(fg_tape *t, void *payload);
void fg__tape_release_array(fg_tape *t, fg_array *a);
void fg__tape_leaf_gone(fg_tape *t, int32_t h);

/* Bytes held by the arrays of the tape, not counting array values. */
size_t fg_tape_bytes(const fg_tape *t);

#endif
