/* fg_runner_single_base.c -- programs of floats, for every processor that the package is built for. */
#define FG_SINGLE
#include "fg_runner_base.c"
