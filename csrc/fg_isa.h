/* fg_isa.h -- what is compiled once for each instruction set, and which one is used.
 *
 * fg_isa_body.h is compiled in fg_isa_base.c, fg_isa_avx2.c and fg_isa_avx512.c, each with its own
 * target, and fg_runner_body.h likewise; only their tables are visible. Where there is a fused multiply-add, the transcendental
 * functions are those of fg_math.h, so all such sets give the same bits, whatever the length of an
 * array; the baseline of x86 has libm's. fg_isa_numpy.c is the baseline once more, with functions that
 * are given (fg_given.h).
 */
#ifndef FG_ISA_H
#define FG_ISA_H
#include "fg_compiler.h"
#include "fg_sweep.h"

#if defined(FG_GNU) && (defined(__x86_64__) || defined(__i386__))
#define FG_ISA_X86
#endif

/* A row on dense tiles; operands that a row does not have point at some valid tile. */
typedef void fg_row_kernel(size_t n, const double *x, const double *y, const double *z,
                           const double *v, const double *g, double *out);

typedef struct fg_isa {
    const char *name;
    int level;                                             /* its number, see fg_isa_number */
    double (*value)(int op, double x, double y, double z); /* see fg_op_value */
    fg_row_kernel *const (
        *kernel)[4]; /* [row][0] the value, [row][1 + k] the adjoint of operand k */
    void (*sweep)(fg_sweep *s, int32_t checked);
} fg_isa;

enum { FG_ISA_MOST = 4 };

/* Instruction set number k: the baseline, AVX2, AVX-512, given functions; NULL if this build or this
 * processor has not got it, or if no functions are given. */
const fg_isa *fg_isa_number(int k);

/* The one of a name, or NULL. */
const fg_isa *fg_isa_named(const char *name);

/* The one that is used: that of given functions, else of the environment's FASTGRAD_ISA, else the best.
 *
 * Chosen at the first call and the same from then on. With the table of fg_given.h it is the core's only
 * static variable: the processor is the same for everyone, and whoever comes first in two threads
 * stores the same. */
const fg_isa *fg_isa_now(void);

#endif
