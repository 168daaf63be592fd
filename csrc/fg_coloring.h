/* fg_coloring.h -- colours for the columns of a sparse matrix, so that those of one colour share no row. */
#ifndef FG_COLORING_H
#define FG_COLORING_H
#include "fg_status.h"
#include <stddef.h>
#include <stdint.h>

/* Colours columns one by one, each with the smallest colour that no column beside it has.
 *
 * row_start  [n_row + 1], column [row_start[n_row]]     the columns of each row
 * col_start  [n_col + 1], row [col_start[n_col]]        the rows of each column
 * order      [n_col]   columns in the order in which they are coloured
 * colour     [n_col]   out; 0, 1, ...
 * n_colour             out; how many there are
 * returns  FG_OK or FG_E_MEMORY; the cost is the sum of the squares of the lengths of the rows
 */
fg_status fg_color_columns(size_t n_row, size_t n_col, const int32_t *row_start,
                           const int32_t *column, const int32_t *col_start, const int32_t *row,
                           const int32_t *order, int32_t *colour, int32_t *n_colour);

#endif
