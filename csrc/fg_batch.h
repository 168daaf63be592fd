/* fg_batch.h -- many points through one program: tile by tile where all is scalars, else one by one. */
#ifndef FG_BATCH_H
#define FG_BATCH_H
#include "fg_program.h"

enum { FG_BATCH_PORTS = 4096 }; /* inputs, and outputs, that a batch may have */

/* Points that are run together; 1 if the program is not of scalars only. */
size_t fg_batch_tile(const fg_program *p);

/* Workspace for a batch, in doubles. */
size_t fg_batch_size(const fg_program *p);

/* Fills its constants; once is enough. */
void fg_batch_start(const fg_program *p, double *w);

/* Runs the points [from, to).
 *
 * in      [n_input]   point k of input j begins at in[j] + k * in_step[j]; a step of 0 shares it
 * out     [n_output]  likewise, one after the other; rows of points that fail are not written;
 *                     must not overlap what is read
 * status  [to]        FG_OK or why a point failed
 */
void fg_batch_run(const fg_program *p, double *w, size_t from, size_t to, const double *const *in,
                  const size_t *in_step, double *const *out, int8_t *status);

#endif
