/* fg_sweep.h -- the numeric reverse sweep: the chain rule, from the seeds down the tape.
 *
 *   start   seeds        run .... STOP at a node that the caller must see (CALL, hooks) .... run
 *   read the adjoints    end, which forgets the nodes that were swept or keeps them
 *
 * A sweep visits touched nodes only and stops when no touched op is left, so its cost is that of
 * the graph, whatever else the tape holds. It changes nothing outside itself before its end: an
 * error on the way leaves the tape as it was. Several sweeps may be under way on one tape (a hook
 * may call backward). The tape must be pinned between start and end. The sweep owns its arrays and
 * the adjoint buffers in them.
 */
#ifndef FG_SWEEP_H
#define FG_SWEEP_H
#include "fg_tape.h"

enum {
    FG_WANTED = FG_NEEDS, /* with `restricted`: adjoints are passed to marked nodes only */
    FG_TOUCHED = 2,       /* has an adjoint */
    FG_KEEP = 4,          /* its adjoint stays until the end */
    FG_SEEN = 8,          /* its hooks have run */
    FG_BOTTOM = 16        /* touched, and no op */
};

typedef struct fg_sweep {
    fg_tape *tape; /* borrowed */
    size_t cap;
    fg_cell *adj;   /* [cap] valid where touched */
    uint8_t *mark;  /* [cap] zero between sweeps */
    int32_t at;     /* the node under the sweep */
    int32_t low;    /* lowest touched node */
    int32_t top;    /* highest touched or marked node */
    int32_t floor;  /* an input with no other before it, which may be a freed op; or -1 */
    size_t pending; /* touched ops not yet swept */
    size_t work;    /* elements of arrays that were swept since the last FG_LOOK */
    int restricted, check_nan;
    int32_t culprit; /* after FG_E_MODIFIED: the node whose value has changed */
} fg_sweep;

void fg_sweep_init(fg_sweep *s);
void fg_sweep_free(fg_sweep *s);

/* Prepares for nodes up to top. FG_OK or FG_E_MEMORY. */
fg_status fg_sweep_start(fg_sweep *s, fg_tape *t, int32_t top);

/* Restricts the sweep to nodes that depend on the marked ones; call after fg_sweep_mark. */
void fg_sweep_mark(fg_sweep *s, int32_t node, int mark);
void fg_sweep_restrict(fg_sweep *s, int32_t lowest);

/* Adds to the adjoint of a node: a number, or dense items of its dtype. FG_OK or FG_E_MEMORY. */
fg_status fg_sweep_add(fg_sweep *s, int32_t node, double number, const void *items);

/* Whether an adjoint is passed on to a node. */
int fg_sweep_wants(const fg_sweep *s, int32_t node);

/* Sweeps on; *at is the node it stopped or failed at. FG_LOOK comes now and then among arrays: the caller
 * may let the user interrupt, and goes on.
 * FG_OK (done), FG_STOP, FG_LOOK, FG_E_FREED, FG_E_MODIFIED, FG_E_NAN or FG_E_MEMORY. */
fg_status fg_sweep_run(fg_sweep *s, int32_t *at);

/* After FG_STOP at a CALL whose rule has run: its adjoint is no longer needed. */
void fg_sweep_done(fg_sweep *s, int32_t node);

/* Takes the adjoint buffer of an array node out of the sweep; the caller frees it. */
void *fg_sweep_take(fg_sweep *s, int32_t node);

/* The first LEAF from `from` on that was touched, or -1. */
int32_t fg_sweep_leaf(const fg_sweep *s, int32_t from);

/* Ends the sweep; forgets the ops that were touched if asked to. */
void fg_sweep_end(fg_sweep *s, int forget);

#endif
