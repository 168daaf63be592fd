/* fg_isa_avx512.c -- for x86 processors with the AVX-512 of servers. */
#include "fg_isa.h"
#if defined(FG_ISA_X86)
#include <math.h>
#include <string.h>
#if defined(__clang__) /* which drops a whole list for one name that it does not know */
#pragma clang attribute push(                                                        \
    __attribute__((target("avx2,fma,avx512f,avx512dq,avx512vl,avx512bw,avx512cd"))), \
    apply_to = function)
#else
#pragma GCC target("avx2,fma,avx512f,avx512dq,avx512vl,avx512bw,avx512cd")
#pragma GCC target("prefer-vector-width=512")
#endif
#define FG_ISA avx512
#define FG_ISA_WIDTH 8
#define FG_HAS_FMA
#include "fg_isa_body.h"
#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
