/* test_pairs_single.c -- the same in floats. */
#define FG_SINGLE
#include "test_pairs.c"
