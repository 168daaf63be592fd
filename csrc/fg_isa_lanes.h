/* fg_isa_lanes.h -- vectors of doubles of each width that the instruction set has; for fg_isa_body.h.
 *
 * LANES(w)                  the type of w doubles; they may stand anywhere and alias doubles
 * MULADD(w, x, y, z)        x * y + z in each lane, rounded once where there is FG_HAS_FMA
 * LANES_MOST                the largest w; the others are its halves, down to 1
 */
#ifndef FG_ISA_LANES_H
#define FG_ISA_LANES_H
#include <math.h>

#if defined(_MSC_VER) && !defined(__clang__)
#define FG_ALWAYS static __forceinline
#else
#define FG_ALWAYS static inline __attribute__((always_inline))
#endif

#define LANES(w) LANES_OF(w)
#define LANES_OF(w) lanes_##w
#define MULADD(w, x, y, z) MULADD_OF(w, x, y, z)
#define MULADD_OF(w, x, y, z) MULADD_##w(x, y, z)

typedef double lanes_1;
#if defined(FG_HAS_FMA)
#define MULADD_1(x, y, z) fma(x, y, z)
#else
#define MULADD_1(x, y, z) ((x) * (y) + (z))
#endif

#if defined(__GNUC__)
typedef double lanes_2 __attribute__((vector_size(16), aligned(8), may_alias));
#if defined(FG_HAS_FMA) && defined(FG_ISA_X86)
typedef double lanes_4 __attribute__((vector_size(32), aligned(8), may_alias));
#define MULADD_2(x, y, z) ((lanes_2)_mm_fmadd_pd(x, y, z))
#define MULADD_4(x, y, z) ((lanes_4)_mm256_fmadd_pd(x, y, z))
#if defined(FG_HAS_AVX512)
typedef double lanes_8 __attribute__((vector_size(64), aligned(8), may_alias));
#define MULADD_8(x, y, z) ((lanes_8)_mm512_fmadd_pd(x, y, z))
#define LANES_MOST 8
#else
#define LANES_MOST 4
#endif
#elif defined(FG_HAS_FMA) && defined(__aarch64__)
#include <arm_neon.h>
#define MULADD_2(x, y, z) ((lanes_2)vfmaq_f64(z, x, y))
#define LANES_MOST 2
#else
#define MULADD_2(x, y, z) ((lanes_2)((x) * (y) + (z)))
#define LANES_MOST 2
#endif
#else
#define LANES_MOST 1
#endif

#endif
