/* fg_sparsity.h -- which elements of the inputs each element of each node depends on.
 *
 *   set       0        1        2     3    ...  n_in + 1   n_in + 2 ...
 *            { }   all n_in   { 0 } { 1 }  ...               unions, as they turn up
 *
 * A set is a sorted run of numbers of input elements in one arena; equal ones may have two numbers. An
 * element of a node is the number of a set, so an op that moves elements moves numbers. Only what has
 * a derivative depends on anything: a test, an integer or the sign of a number does not. The answer is
 * never too small; it is too large, set 1, where the arena would exceed its limit.
 */
#ifndef FG_SPARSITY_H
#define FG_SPARSITY_H
#include "fg_func.h"

enum { FG_SET_EMPTY = 0, FG_SET_ALL = 1, FG_SET_FIRST = 2 };

typedef struct fg_span {
    size_t first;
    int32_t count;
} fg_span;

typedef struct fg_union {
    int32_t a, b, both;
} fg_union;

typedef struct fg_sets {
    int32_t n_in;
    size_t limit; /* of the arena; beyond it unions are set 1 */
    size_t n, cap;
    fg_span *span; /* [cap] */
    size_t n_arena, cap_arena;
    int32_t *arena;  /* [cap_arena] */
    fg_union *known; /* unions seen lately, by a hash */
    int32_t *stamp;  /* [n_in] the last large union an element was in */
    int32_t now;
} fg_sets;

/* The sets of nothing, of all and of each of n_in elements. FG_OK, FG_E_MEMORY or FG_E_FULL. */
fg_status fg_sets_init(fg_sets *s, size_t n_in, size_t limit);
void fg_sets_free(fg_sets *s);

/* The number of the union of two sets, or a negative fg_status. */
int32_t fg_sets_unite(fg_sets *s, int32_t a, int32_t b);

/* The union of n sets; set [n]. Linear in their sizes, but for sorting the result. */
int32_t fg_sets_unite_all(fg_sets *s, const int32_t *set, size_t n);

/* Unions element by element; a, b, out [n]. FG_OK or a failure. */
fg_status fg_sets_unite_pairs(fg_sets *s, const int32_t *a, const int32_t *b, size_t n,
                              int32_t *out);

/* Unions of groups: out[k] of set[start[k] .. start[k + 1]). start [n + 1], out [n]. */
fg_status fg_sets_unite_groups(fg_sets *s, const int32_t *set, const int64_t *start, size_t n,
                               int32_t *out);

/* The elements of n sets one after the other; set [n], end[k] is where those of set k end. `out` has
 * room for the last end, or is NULL: then only `end` is filled. */
void fg_sets_list(const fg_sets *s, const int32_t *set, size_t n, int64_t *end, int32_t *out);

typedef struct fg_sparsity {
    const fg_func *f;       /* borrowed */
    const uint8_t *through; /* borrowed: [FG_N_ROWS], bit k: a row has a derivative by operand k */
    fg_sets sets;
    int64_t *place; /* [n] where the elements of a node stand, or -1 */
    size_t n_elem, cap_elem;
    int32_t *elem;
    size_t at;
} fg_sparsity;

/* Prepares for the nodes there are. FG_OK, FG_E_MEMORY or FG_E_FULL. */
fg_status fg_sparsity_init(fg_sparsity *d, const fg_func *f, const uint8_t *through, size_t n_in,
                           size_t limit);
void fg_sparsity_free(fg_sparsity *d);

/* Sets the elements of a node, as many as its type has; of NULL all are empty. FG_OK, FG_E_MEMORY. */
fg_status fg_sparsity_set(fg_sparsity *d, int32_t node, const int32_t *set);

/* The elements of a node that has been reached. */
const int32_t *fg_sparsity_get(const fg_sparsity *d, int32_t node);

/* Goes up through the marked nodes to a structural op that is not set, whose operands are; *at is it.
 * Inputs that are not set depend on nothing. live [n]. FG_OK (done), FG_STOP, or a failure. */
fg_status fg_sparsity_run(fg_sparsity *d, const uint8_t *live, int32_t *at);

#endif
