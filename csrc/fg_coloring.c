/* fg_coloring.c -- greedy colouring at distance two. */
#include "fg_coloring.h"
#include "fg_mem.h"
#include <string.h>

fg_status fg_color_columns(size_t n_row, size_t n_col, const int32_t *row_start,
                           const int32_t *column, const int32_t *col_start, const int32_t *row,
                           const int32_t *order, int32_t *colour, int32_t *n_colour)
{
    (void)n_row;
    int32_t *taken =
        fg_mem_resize(NULL, n_col + 1, sizeof *taken); /* by whom a colour was seen last */
    if (!taken) {
        return FG_E_MEMORY;
    }
    memset(taken, 0xff, (n_col + 1) * sizeof *taken);
    memset(colour, 0xff, n_col * sizeof *colour);
    *n_colour = 0;
    for (size_t at = 0; at < n_col; ++at) {
        const int32_t j = order[at];
        for (int32_t p = col_start[j]; p < col_start[j + 1]; ++p) {
            for (int32_t q = row_start[row[p]]; q < row_start[row[p] + 1]; ++q) {
                const int32_t beside = colour[column[q]];
                if (beside >= 0) {
                    taken[beside] = j;
                }
            }
        }
        int32_t free = 0;
        while (taken[free] == j) {
            ++free;
        }
        colour[j] = free;
        *n_colour = free >= *n_colour ? free + 1 : *n_colour;
    }
    fg_mem_free(taken);
    return FG_OK;
}
