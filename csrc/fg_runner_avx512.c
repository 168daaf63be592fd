/* fg_runner_avx512.c -- programs for x86 processors with the AVX-512 of servers. */
#define FG_ISA_LEVEL 2
#include "fg_isa.h"
#if defined(FG_ISA_X86)
#include "fg_isa_target.h"

#include "fg_runner_body.h"

#include "fg_isa_end.h"
#endif
