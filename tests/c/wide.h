/* wide.h -- loops over inline functions, compiled for wider instruction sets than the tests are.
 *
 * AVX2 and AVX512 stand before a definition in the place of `static void`, HAS_AVX2 and HAS_AVX512
 * say whether it may be called. Such a loop is without sanitizers, which are in the way of vectors;
 * elsewhere than on x86 with gcc it is a loop like another.
 */
#ifndef WIDE_H
#define WIDE_H

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define WIDE(isa)                                                              \
    __attribute__((target(isa), optimize("O3,no-trapping-math,no-math-errno"), \
                   no_sanitize("address"), no_sanitize("undefined"))) static void
#define AVX2 WIDE("avx2,fma")
#define AVX512 WIDE("avx2,fma,avx512f,avx512dq,avx512vl,avx512bw")
#define HAS_AVX2 (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
#define HAS_AVX512                                                              \
    (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && \
     __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw"))
#else
#define AVX2 static void
#define AVX512 static void
#define HAS_AVX2 1
#define HAS_AVX512 1
#endif

#endif
