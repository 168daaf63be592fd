/* fg_isa_avx2.c -- for x86 processors with AVX2 and fused multiply-add. */
#include "fg_isa.h"
#if defined(FG_ISA_X86)
#include <math.h>
#include <string.h>
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC target("avx2,fma")
#endif
#define FG_ISA avx2
#define FG_ISA_WIDTH 4
#define FG_HAS_FMA
#include "fg_isa_body.h"
#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
