/* fg_runner_single_avx2.c -- programs of floats, for x86 processors with AVX2 and fused multiply-add. */
#define FG_SINGLE
#include "fg_runner_avx2.c"
