/* draw.h -- seeded draws, the same on every machine: xorshift64*. */
#ifndef DRAW_H
#define DRAW_H
#include "fg_lent.h"
#include "fg_ops.h"
#include <stddef.h>
#include <stdint.h>

static uint64_t draw_state = 1;

static inline void draw_seed(uint64_t seed)
{
    draw_state = seed * 0x9e3779b97f4a7c15u + 1u;
}

static inline uint64_t draw_bits(void)
{
    draw_state ^= draw_state >> 12;
    draw_state ^= draw_state << 25;
    draw_state ^= draw_state >> 27;
    return draw_state * 0x2545f4914f6cdd1du;
}

/* A number in [0, n). */
static inline size_t draw_below(size_t n)
{
    return (size_t)(draw_bits() >> 16) % n;
}

static inline double draw_between(double lo, double hi)
{
    return lo + (hi - lo) * (double)(draw_bits() >> 11) * 0x1p-53;
}

/* A row that calls none of the functions that a core without SciPy lacks. */
static inline int draw_row(void)
{
    int op;
    do {
        op = (int)draw_below(FG_N_ROWS);
    } while (fg_lent_next(op, 0) < FG_N_LENT);
    return op;
}

#endif
