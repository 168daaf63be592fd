/* fg_atomic.h -- numbers and pointers that threads share, one at a time; private to the core.
 *
 * Nothing is ordered around them: who waits for another thread has the caller's means for it.
 */
#ifndef FG_ATOMIC_H
#define FG_ATOMIC_H
#include "fg_compiler.h"
#include <stddef.h>

#if defined(FG_C11) /* to see that it compiles; for one thread */
#define FG_LOAD(x) (*(x))
#define FG_STORE(x, to) (*(x) = (to))
#define FG_ADD(x, more) ((*(x) += (more)) - (more))
#elif !defined(FG_GNU)
#include <intrin.h>
#define FG_LOAD(x) (*(x))
#define FG_STORE(x, to) (*(x) = (to))
#if defined(_WIN64)
#define FG_ADD(x, more) \
    ((size_t)_InterlockedExchangeAdd64((volatile long long *)(x), (long long)(more)))
#else
#define FG_ADD(x, more) ((size_t)_InterlockedExchangeAdd((volatile long *)(x), (long)(more)))
#endif
#else
#define FG_LOAD(x) __atomic_load_n(x, __ATOMIC_RELAXED)
#define FG_STORE(x, to) __atomic_store_n(x, to, __ATOMIC_RELAXED)
#define FG_ADD(x, more) __atomic_fetch_add(x, more, __ATOMIC_RELAXED) /* what it was before */
#endif

#endif
