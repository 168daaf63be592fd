/* fg_lower.h -- from a tape, on which a function was recorded, to the graph of the function. */
#ifndef FG_LOWER_H
#define FG_LOWER_H
#include "fg_func.h"
#include "fg_tape.h"

/* Marks in live [n] what the marked nodes need; a node that does not depend on an input needs nothing. */
void fg_lower_reach(const fg_tape *t, uint8_t *live);

/* Adds the live scalar nodes from *at on to the graph, up to one that is the caller's to add: an
 * array, a leaf, a structural op.
 *
 * line   [n] or NULL   the line of a node of the tape
 * to     [n]           to[i] becomes the node of the graph for node i
 * at                   in: where to go on; out: the node that stopped it, or n at the end
 * returns  FG_OK (done), FG_STOP, or a failure
 */
fg_status fg_lower_scalars(const fg_tape *t, const uint8_t *live, const uint32_t *line, fg_func *f,
                           int32_t *to, int32_t *at);

#endif
