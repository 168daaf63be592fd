/* fg_mem.c -- malloc and free, with faults on demand in test builds. */
#include "fg_mem.h"
#include "fg_atomic.h"
#include <stdint.h>
#include <stdlib.h>

#ifdef FG_MEM_FAULTS
static long countdown = -1; /* the only mutable statics of the core, and only in test builds */
static int stays_broken;
static long live, count, failed;

void fg_mem_fail_after(long n, int persistent)
{
    countdown = n;
    stays_broken = persistent;
}

long fg_mem_count(void)
{
    return count;
}

long fg_mem_failed(void)
{
    return failed;
}

long fg_mem_live(void)
{
    return live;
}

static int fault(void)
{
    (void)FG_ADD(&count, 1);
    if (countdown < 0) {
        return 0;
    }
    if (countdown > 0) {
        --countdown;
        return 0;
    }
    countdown = stays_broken ? 0 : -1;
    ++failed;
    return 1;
}
#define FAULT() fault()
#define COUNT(change) ((void)FG_ADD(&live, (change)))
#else
#define FAULT() 0
#define COUNT(change) ((void)0)
#endif

void *fg_mem_zeros(size_t n, size_t size)
{
    void *block = FAULT() ? NULL : calloc(n ? n : 1, size);
    if (block) {
        COUNT(1);
    }
    return block;
}

void *fg_mem_resize(void *block, size_t n, size_t size)
{
    if (FAULT() || n > SIZE_MAX / size) {
        return NULL;
    }
    void *bigger = realloc(block, n ? n * size : 1);
    if (bigger && !block) {
        COUNT(1);
    }
    return bigger;
}

void fg_mem_free(void *block)
{
    if (block) {
        COUNT(-1);
    }
    free(block);
}
