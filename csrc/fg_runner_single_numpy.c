/* fg_runner_single_numpy.c -- programs of floats, with functions that are given. */
#define FG_SINGLE
#include "fg_runner_numpy.c"
