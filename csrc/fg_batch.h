/* fg_batch.h -- many points through one program: tile by tile where all is scalars, else one by one. */
#ifndef FG_BATCH_H
#define FG_BATCH_H
#include "fg_program.h"

enum { FG_BATCH_PORTS = 4096 }; /* inputs, and outputs, that a batch may have */

/* The points, all borrowed, and how far any number of threads have come with them. */
typedef struct fg_batch {
    const fg_program *p;
    size_t n;
    /* Dense numbers, as those of the workspace: point k of input j begins at in[j] + k * in_step[j] */
    const void *const *in; /* [n_input] */
    const size_t *in_step; /* [n_input] in numbers; 0: one for all points */
    void *const *out;      /* [n_output] point after point; must not overlap what is read */
    int8_t *status;        /* [n] FG_OK, or why a point failed: its rows are not written */
    /* since fg_batch_open: */
    size_t chunk;               /* points that a thread takes at a time */
    size_t taken, done, failed; /* how many points; taken may be beyond n */
    int stopped;
} fg_batch;

/* Points that are run together; 1 if the program is not of scalars only. */
size_t fg_batch_tile(const fg_program *p);

/* Workspace for a batch, in numbers: one for each thread. It begins where a double may. */
size_t fg_batch_size(const fg_program *p);

/* Fills the constants of one that is all zeros; once is enough. */
void fg_batch_start(const fg_program *p, void *w);

/* Runs the points [from, to); returns how many failed. */
size_t fg_batch_run(const fg_batch *b, void *w, size_t from, size_t to);

/* Begins with the first point again. Chunks are for so many threads, and about a millisecond each. */
void fg_batch_open(fg_batch *b, size_t threads);

/* Takes chunks and runs them, at most so many; returns whether there may be more. Threads may do so
 * at once, each with its workspace. A row does not depend on who computes it. */
int fg_batch_work(fg_batch *b, void *w, size_t most);

/* Lets no thread take another chunk. */
void fg_batch_stop(fg_batch *b);

/* How many points have been run. */
size_t fg_batch_done(const fg_batch *b);

#endif
