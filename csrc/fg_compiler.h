/* fg_compiler.h -- what compilers have beyond C11, under names of our own; private to the core.
 *
 * FG_GNU      defined for gcc and clang, on Windows too, where clang does not call itself __GNUC__: vectors,
 *             addresses of labels, atomics, assembly. Without it, or with FG_C11, the core is C11 and its
 *             baseline.
 * FG_ALWAYS   begins a function that becomes part of each caller
 * FG_APART    begins one that becomes part of none
 */
#ifndef FG_COMPILER_H
#define FG_COMPILER_H

#if (defined(__GNUC__) || defined(__clang__)) && !defined(FG_C11)
#define FG_GNU
#define FG_ALWAYS static inline __attribute__((always_inline))
#define FG_APART static __attribute__((noinline))
#elif defined(_MSC_VER)
#define FG_ALWAYS static __forceinline
#define FG_APART static __declspec(noinline)
#else
#define FG_ALWAYS static inline
#define FG_APART static
#endif

#endif
