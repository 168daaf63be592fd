/* fg_region.h -- rows on arrays of one size, run tile by tile.
 *
 *   for each tile of points:  streams in | instructions on slots | streams out | reductions
 *
 * A value that only the region reads exists a tile at a time, in a slot. A dense array is read and
 * written where it stands; one that is read in another order, or only in part, a tile of it is copied.
 */
#ifndef FG_REGION_H
#define FG_REGION_H
#include "fg_real.h"
#include "fg_status.h"
#include <stddef.h>
#include <stdint.h>

struct fg_program;

enum {
    FG_S_NUMBER, /* w[place] at each point */
    FG_S_DENSE,  /* w[place + k] at point k */
    FG_S_WALK,   /* strided: param[walk ..] = ndim, shape.., steps.. */
    FG_S_PART,   /* w[place + k - from] where from <= k < to, else 0: param[walk ..] = from, to */
    FG_S_WRITE,  /* w[place + k] becomes point k */
    FG_S_SUM     /* w[place + k / inner] becomes the sum over each `inner` points: param[walk] */
};

typedef struct fg_stream {
    int32_t kind, slot, place;
    int64_t walk; /* first of its parameters */
} fg_stream;

typedef struct fg_region {
    size_t n;      /* points */
    size_t points; /* of a tile */
    size_t n_slot;
    size_t first, n_instr; /* in the program's tile_instr */
    size_t stream, n_stream;
    int whole_rows; /* a sum goes over less than a tile, which must not be cut */
} fg_region;

/* Memory that a region needs beside its arrays, in numbers. */
size_t fg__region_size(const struct fg_program *p, const fg_region *r);

fg_status fg__region_run(const struct fg_program *p, const fg_region *r, fg_real *w);

#endif
