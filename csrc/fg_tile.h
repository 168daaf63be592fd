/* fg_tile.h -- slots of a tile of points, and pointers to them.
 *
 *   memory: [ pointers to the slots | .. 64-byte aligned | slot 0 | slot 1 | .. ]   `points` each
 *
 * A pointer may be set to other memory, where a value is read or written in place.
 */
#ifndef FG_TILE_H
#define FG_TILE_H
#include <stddef.h>
#include <stdint.h>

/* Points of a tile; the core's own tests have small ones, so that few points are many tiles. */
#ifndef FG_TILE_MOST
#define FG_TILE_MOST ((size_t)512)
#endif

enum {
    FG_LANES = 16,              /* points at a time inside of kernels; tiles are multiples of it */
    FG_TILE_BYTES = 128 * 1024, /* of all slots: a part of the second cache */
    FG_TILE_LINE = 64           /* bytes to which slots are aligned */
};

typedef struct fg_tile {
    double **slot; /* [n] */
    double *base;  /* [n * points] */
    size_t points;
} fg_tile;

/* How many points so many slots are for: few slots, many points. */
static inline size_t fg__tile_points(size_t n_slot)
{
    const size_t fit = FG_TILE_BYTES / sizeof(double) / (n_slot ? n_slot : 1);
    return fit <= 2 * FG_LANES   ? 2 * FG_LANES
           : fit >= FG_TILE_MOST ? FG_TILE_MOST
                                 : fit / FG_LANES * FG_LANES;
}

/* Memory of such a tile, in doubles. */
static inline size_t fg__tile_size(size_t n_slot, size_t points)
{
    return n_slot * (points + 1) + FG_TILE_LINE / sizeof(double);
}

/* A tile in memory that begins where doubles may. */
static inline fg_tile fg__tile_at(double *memory, size_t n_slot, size_t points)
{
    const uintptr_t end = (uintptr_t)(memory + n_slot) + FG_TILE_LINE - 1;
    fg_tile t = {(double **)(void *)memory, (double *)(end - end % FG_TILE_LINE), points};
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

static inline void fg__tile_fill(const fg_tile *t, size_t slot, double number)
{
    double *to = t->base + slot * t->points;
    for (size_t k = 0; k < t->points; ++k) {
        to[k] = number;
    }
}

#endif
