/* fg_isa_target.h -- from here on, the compiler may use an instruction set; for fg_isa_*.c, fg_runner_*.c.
 *
 * given   FG_ISA_LEVEL   0 baseline, 1 AVX2 and fused multiply-add, 2 the AVX-512 of servers, 3 baseline
 *                        with functions that are given
 * gives   FG_ISA         the name of the set
 *         FG_ISA_BYTES   of a register
 *         FG_HAS_FMA     defined if it has a fused multiply-add; FG_HAS_AVX512 for the AVX-512
 *         FG_HAS_GIVEN   defined if functions of mathematics are those of fg_given.h
 *
 * What is included before is compiled for the baseline. fg_isa_end.h ends it. Clang drops a whole list of
 * features for one name that it does not know, so each has its own.
 */
#include "fg_isa.h"
#include "fg_runner.h"
#include <math.h>
#include <string.h>
#if defined(FG_ISA_X86)
#include <immintrin.h>
#endif

#if FG_ISA_LEVEL == 0 || FG_ISA_LEVEL == 3
#if FG_ISA_LEVEL == 0
#define FG_ISA base
#else
#define FG_ISA numpy
#define FG_HAS_GIVEN
#endif
#define FG_ISA_BYTES 16
#if defined(__FMA__) || defined(__aarch64__)
#define FG_HAS_FMA
#endif

#elif FG_ISA_LEVEL == 1
#define FG_ISA avx2
#define FG_ISA_BYTES 32
#define FG_HAS_FMA
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC target("avx2,fma")
#endif

#else
#define FG_ISA avx512
#define FG_HAS_AVX512
#define FG_ISA_BYTES 64
#define FG_HAS_FMA
#if defined(__clang__)
#pragma clang attribute push(                                                        \
    __attribute__((target("avx2,fma,avx512f,avx512dq,avx512vl,avx512bw,avx512cd"))), \
    apply_to = function)
#else
#pragma GCC target("avx2,fma,avx512f,avx512dq,avx512vl,avx512bw,avx512cd")
#pragma GCC target("prefer-vector-width=512")
#endif
#endif

#define FG_TEXT_OF(name) #name
#define FG_TEXT(name) FG_TEXT_OF(name)
#define FG_JOIN_OF(a, b) a##b
#define FG_JOIN(a, b) FG_JOIN_OF(a, b)
