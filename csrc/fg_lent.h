/* fg_lent.h -- functions of fg_lent.def that somebody lends the core: rows compute with them.
 *
 * Whoever has a copy of the core gives it a table before anything runs; it is the same from then on. Its
 * entries may be filled later, each once, before a row that calls the function runs or is folded. A
 * function that is not there gives NaN.
 */
#ifndef FG_LENT_H
#define FG_LENT_H

typedef enum fg_lent_number {
#define FG_LENT1(name) FG_LENT_##name,
#define FG_LENT2(name) FG_LENT_##name,
#define FG_LENT3(name) FG_LENT_##name,
#include "fg_lent.def"
    FG_N_LENT
} fg_lent_number;

/* Of any signature: Cython's, as double f(double, int), (double, double, int) or three and an int, which
 * is 0. */
typedef void (*fg_function)(void);

typedef struct fg_lent {
    fg_function at[FG_N_LENT];
} fg_lent;

/* The name of a function, and how many numbers it takes; NULL and 0 if there is none of this number. */
const char *fg_lent_name(int k);
int fg_lent_arity(int k);

/* The first function from number k on that the text of a row calls, in its value or in a local gradient;
 * FG_N_LENT if there is none. */
int fg_lent_next(int op, int k);

/* The table stays the caller's. */
void fg_lent_set(const fg_lent *all);

#define FG_LENT1(name) double fg__lent_##name(double x);
#define FG_LENT2(name) double fg__lent_##name(double x, double y);
#define FG_LENT3(name) double fg__lent_##name(double x, double y, double z);
#include "fg_lent.def"

#endif
