/* fg_atomic.h -- numbers and pointers that threads share, one at a time; for the core and its binding.
 *
 * Nothing is ordered around FG_LOAD, FG_STORE and FG_ADD: who waits for another thread has the caller's
 * means for it. What was written before FG_SHOW is seen by who has seen its number with FG_LOOK.
 */
#ifndef FG_ATOMIC_H
#define FG_ATOMIC_H
#include "fg_compiler.h"
#include <stddef.h>

#if defined(FG_C11) /* to see that it compiles; for one thread */
#define FG_LOAD(x) (*(x))
#define FG_STORE(x, to) (*(x) = (to))
#define FG_ADD(x, more) ((*(x) += (more)) - (more))
#define FG_LOOK(x) (*(x))
#define FG_SHOW(x, to) (*(x) = (to))
#elif !defined(FG_GNU)
#include <intrin.h>
#define FG_LOAD(x) (*(x))
#define FG_STORE(x, to) (*(x) = (to))
#define FG_LOOK(x) \
    (*(volatile const char *)(x)) /* of a char; cl orders what is volatile so on x86-64 */
#define FG_SHOW(x, to) (*(volatile char *)(x) = (to))
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
#define FG_LOOK(x) __atomic_load_n(x, __ATOMIC_ACQUIRE)
#define FG_SHOW(x, to) __atomic_store_n(x, to, __ATOMIC_RELEASE)
#endif

#endif
