/* fg_tile.h -- slots of a tile of points, and pointers to them.
 *
 *   memory: [ pointers to the slots | .. 64-byte aligned | slot 0 | slot 1 | .. ]   `points` each
 *
 * A pointer may be set to other memory, where a value is read or written in place.
 */
#ifndef FG_TILE_H
#define FG_TILE_H
#include "fg_real.h"
#include <stddef.h>
#include <stdint.h>

/* Points of a tile of doubles, and twice as many of floats; the core's own tests have small ones, so that few
 * points are many tiles. */
#ifndef FG_TILE_MOST
#define FG_TILE_MOST ((size_t)512)
#endif

enum {
    FG_LANES = 16,              /* points at a time inside of kernels; tiles are multiples of it */
    FG_TILE_BYTES = 128 * 1024, /* of all slots: a part of the second cache */
    FG_TILE_LINE = 64           /* bytes to which slots are aligned */
};

typedef struct fg_tile {
    fg_real **slot; /* [n] */
    fg_real *base;  /* [n * points] */
    size_t points;
} fg_tile;

/* How many points so many slots, of numbers of `item` bytes, are for: few slots, many points. */
static inline size_t fg__tile_points(size_t n_slot, size_t item)
{
    const size_t fit = FG_TILE_BYTES / item / (n_slot ? n_slot : 1);
    const size_t most = FG_TILE_MOST * (sizeof(double) / item);
    return fit <= 2 * FG_LANES ? 2 * FG_LANES : fit >= most ? most : fit / FG_LANES * FG_LANES;
}

/* Memory of such a tile, in numbers. */
static inline size_t fg__tile_size(size_t n_slot, size_t points, size_t item)
{
    return n_slot * (points + sizeof(void *) / item) + FG_TILE_LINE / item;
}

/* A tile in memory that begins where pointers may. */
static inline fg_tile fg__tile_at(fg_real *memory, size_t n_slot, size_t points)
{
    fg_real **slot = (fg_real **)(void *)memory;
    const uintptr_t end = (uintptr_t)(slot + n_slot) + FG_TILE_LINE - 1;
    fg_tile t = {slot, (fg_real *)(end - end % FG_TILE_LINE), points};
    for (size_t s = 0; s < n_slot; ++s) {
        t.slot[s] = t.base + s * points;
    }
    return t;
}

/* As many points, filled up. */
static inline size_t fg__tile_lanes(size_t n)
{
    return (n + FG_LANES - 1) / FG_LANES * FG_LANES;
}

static inline void fg__tile_fill(const fg_tile *t, size_t slot, fg_real number)
{
    fg_real *to = t->base + slot * t->points;
    for (size_t k = 0; k < t->points; ++k) {
        to[k] = number;
    }
}

#endif
