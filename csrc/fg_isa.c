/* fg_isa.c -- which instruction sets this processor has; the value of a row at one point. */
#include "fg_isa.h"
#include "fg_atomic.h"
#include "fg_given.h"
#include "fg_ops.h"
#include <stdlib.h>
#include <string.h>

extern const fg_isa fg__isa_base, fg__isa_avx2, fg__isa_avx512, fg__isa_numpy;

enum { AVX2 = 1, AVX512 = 2, GIVEN = 3 };

#if defined(FG_ISA_X86)
#include <cpuid.h>

/* The registers that the operating system saves when it changes threads. */
static unsigned saved_registers(void)
{
    unsigned low, high;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

static int has(int k)
{
    unsigned a, b, c, d;
    if (k != AVX2 && k != AVX512) {
        return k == 0 || fg__given_now();
    }
    enum { FMA = 1u << 12, XSAVE = 1u << 27, YMM = 6, ZMM = 0xe6, HAS_AVX2 = 1u << 5 };
    /* F, DQ, CD, BW, VL */
    const unsigned avx512 = 1u << 16 | 1u << 17 | 1u << 28 | 1u << 30 | 1u << 31;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & FMA) || !(c & XSAVE)) {
        return 0;
    }
    const unsigned saved = saved_registers();
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(b & HAS_AVX2) || (saved & YMM) != YMM) {
        return 0;
    }
    return k == AVX2 || ((b & avx512) == avx512 && (saved & ZMM) == ZMM);
}
#else
static int has(int k)
{
    return k == 0 || (k == GIVEN && fg__given_now());
}
#endif

const fg_isa *fg_isa_number(int k)
{
    static const fg_isa *const sets[FG_ISA_MOST] = {
        [0] = &fg__isa_base,
#if defined(FG_ISA_X86)
        [AVX2] = &fg__isa_avx2,
        [AVX512] = &fg__isa_avx512,
#endif
        [GIVEN] = &fg__isa_numpy,
    };
    return k >= 0 && k < FG_ISA_MOST && has(k) ? sets[k] : NULL;
}

const fg_isa *fg_isa_named(const char *name)
{
    for (int k = 0; name && k < FG_ISA_MOST; ++k) {
        const fg_isa *set = fg_isa_number(k);
        if (set && !strcmp(set->name, name)) {
            return set;
        }
    }
    return NULL;
}

static const fg_isa *choose(void)
{
    const fg_isa *given = fg_isa_number(GIVEN);
    const fg_isa *found = given ? given : fg_isa_named(getenv("FASTGRAD_ISA"));
    for (int k = FG_ISA_MOST - 1; !found; --k) {
        found = fg_isa_number(k);
    }
    return found;
}

const fg_isa *fg_isa_now(void)
{
    static const fg_isa *chosen;
    const fg_isa *set = FG_LOAD(&chosen);
    if (!set) {
        set = choose();
        FG_STORE(&chosen, set);
    }
    return set;
}

/* Here and not beside the table of rows: who reads only that need not be linked to kernels. */
double fg_op_value(int op, double x, double y, double z)
{
    return fg_isa_now()->value(op, x, y, z);
}
