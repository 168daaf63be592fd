/* fg_runner_avx2.c -- programs for x86 processors with AVX2 and fused multiply-add. */
#define FG_ISA_LEVEL 1
#include "fg_isa.h"
#if defined(FG_ISA_X86)
#include "fg_isa_target.h"

#include "fg_runner_body.h"

#include "fg_isa_end.h"
#endif
