/* fg_mem.h -- every allocation of the core goes through here, so a test can make the n-th one fail. */
#ifndef FG_MEM_H
#define FG_MEM_H
#include <stddef.h>

/* n items of the given size, zeroed; NULL when there is no memory or n * size overflows. */
void *fg_mem_zeros(size_t n, size_t size);

/* Resizes to n items; NULL on failure, and then the old block is still valid. */
void *fg_mem_resize(void *block, size_t n, size_t size);

/* Accepts NULL. */
void fg_mem_free(void *block);

/* Extensions show them to Python's ctypes. */
#ifdef __GNUC__
#define FG_MEM_SEEN __attribute__((visibility("default")))
#else
#define FG_MEM_SEEN
#endif

#ifdef FG_MEM_FAULTS
/* Test builds only: the allocation after `n` successful ones fails, and all later ones if `persistent`. */
FG_MEM_SEEN void fg_mem_fail_after(long n, int persistent);
/* Allocations so far, and those of them that failed on demand. */
FG_MEM_SEEN long fg_mem_count(void);
FG_MEM_SEEN long fg_mem_failed(void);
/* Blocks allocated and not yet freed. */
FG_MEM_SEEN long fg_mem_live(void);
#endif

#endif
