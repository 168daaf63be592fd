/* fg_isa_lanes.h -- vectors of numbers of each width that the instruction set has; for fg_isa_body.h.
 *
 * LANES(w)                  the type of w numbers; they may stand anywhere and alias numbers
 * MULADD(w, x, y, z)        x * y + z in each lane, rounded once where there is FG_HAS_FMA
 * LANES_MOST                the largest w; the others are its halves, down to 1
 */
#ifndef FG_ISA_LANES_H
#define FG_ISA_LANES_H
#include "fg_compiler.h"
#include "fg_real.h"
#include <math.h>

#define LANES(w) LANES_OF(w)
#define LANES_OF(w) lanes_##w
#define MULADD(w, x, y, z) MULADD_OF(w, x, y, z)
#define MULADD_OF(w, x, y, z) MULADD_##w(x, y, z)

typedef fg_real lanes_1;
#if !defined(FG_HAS_FMA)
#define MULADD_1(x, y, z) ((x) * (y) + (z))
#elif defined(FG_SINGLE)
#define MULADD_1(x, y, z) fmaf(x, y, z)
#else
#define MULADD_1(x, y, z) fma(x, y, z)
#endif

#if defined(FG_HAS_AVX512)
#define VECTOR_BYTES 64
#elif defined(FG_HAS_FMA) && defined(FG_ISA_X86)
#define VECTOR_BYTES 32
#elif defined(FG_GNU)
#define VECTOR_BYTES 16
#else
#define VECTOR_BYTES 0
#endif

#define LANES_TYPE(w) \
    __attribute__((vector_size(w * sizeof(fg_real)), aligned(sizeof(fg_real)), may_alias))

#if defined(FG_SINGLE)
#if VECTOR_BYTES >= 16
typedef float lanes_2 LANES_TYPE(2); /* half a register, which no intrinsic is for */
typedef float lanes_4 LANES_TYPE(4);
#define MULADD_2(x, y, z) \
    ((lanes_2){MULADD_1((x)[0], (y)[0], (z)[0]), MULADD_1((x)[1], (y)[1], (z)[1])})
#define LANES_MOST 4
#if defined(FG_HAS_FMA) && defined(FG_ISA_X86)
#define MULADD_4(x, y, z) ((lanes_4)_mm_fmadd_ps(x, y, z))
#elif defined(FG_HAS_FMA) && defined(__aarch64__)
#include <arm_neon.h>
#define MULADD_4(x, y, z) ((lanes_4)vfmaq_f32(z, x, y))
#else
#define MULADD_4(x, y, z) ((lanes_4)((x) * (y) + (z)))
#endif
#endif
#if VECTOR_BYTES >= 32
typedef float lanes_8 LANES_TYPE(8);
#define MULADD_8(x, y, z) ((lanes_8)_mm256_fmadd_ps(x, y, z))
#undef LANES_MOST
#define LANES_MOST 8
#endif
#if VECTOR_BYTES >= 64
typedef float lanes_16 LANES_TYPE(16);
#define MULADD_16(x, y, z) ((lanes_16)_mm512_fmadd_ps(x, y, z))
#undef LANES_MOST
#define LANES_MOST 16
#endif

#else
#if VECTOR_BYTES >= 16
typedef double lanes_2 LANES_TYPE(2);
#define LANES_MOST 2
#if defined(FG_HAS_FMA) && defined(FG_ISA_X86)
#define MULADD_2(x, y, z) ((lanes_2)_mm_fmadd_pd(x, y, z))
#elif defined(FG_HAS_FMA) && defined(__aarch64__)
#include <arm_neon.h>
#define MULADD_2(x, y, z) ((lanes_2)vfmaq_f64(z, x, y))
#else
#define MULADD_2(x, y, z) ((lanes_2)((x) * (y) + (z)))
#endif
#endif
#if VECTOR_BYTES >= 32
typedef double lanes_4 LANES_TYPE(4);
#define MULADD_4(x, y, z) ((lanes_4)_mm256_fmadd_pd(x, y, z))
#undef LANES_MOST
#define LANES_MOST 4
#endif
#if VECTOR_BYTES >= 64
typedef double lanes_8 LANES_TYPE(8);
#define MULADD_8(x, y, z) ((lanes_8)_mm512_fmadd_pd(x, y, z))
#undef LANES_MOST
#define LANES_MOST 8
#endif
#endif

#if !defined(LANES_MOST)
#define LANES_MOST 1
#endif

#endif
