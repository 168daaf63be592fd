/* fg_runner_single_avx512.c -- programs of floats, for x86 processors with AVX-512. */
#define FG_SINGLE
#include "fg_runner_avx512.c"
