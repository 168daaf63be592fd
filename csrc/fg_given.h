/* fg_given.h -- loops that compute rows in the place of the core's own, so that results have their bits.
 *
 * Whoever has a copy of the core may give it a table before anything runs; it is the same from then on.
 * The instruction set fg_isa_numpy.c calls its loops, which look as those of NumPy's ufuncs do.
 */
#ifndef FG_GIVEN_H
#define FG_GIVEN_H
#include <stddef.h>

/* at      the operands, then the result; n points; step between them in bytes, for each of `at` */
typedef void (*fg_loop)(char **at, const ptrdiff_t *n, const ptrdiff_t *step, void *data);

typedef struct fg_given {
    fg_loop loop; /* NULL: the core's own */
    void *data;
} fg_given;

/* all   [FG_N_ROWS] by op; stays the caller's, and unchanged. All that fg_rules.h asks for has a loop. */
void fg_given_set(const fg_given *all);

/* The table, or NULL. */
const fg_given *fg__given_now(void);

/* to[k] = row `op` at x[k], y[k], which has a loop; a row of one operand reads no y. */
void fg__given_run(int op, size_t n, const double *x, const double *y, double *to);

static inline double fg__given_value(int op, double x, double y)
{
    double to;
    fg__given_run(op, 1, &x, &y, &to);
    return to;
}

#endif
