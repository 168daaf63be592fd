/* fg_program.h -- an immutable list of instructions over one workspace, and running it.
 *
 *   w   [ constants | inputs | temporaries and outputs ]        doubles, whatever the dtype;
 *                                                               floats, if that is all of them
 *
 *   instruction   op      dst = row(w[a], w[b], w[c])           scalars, the row's own op code
 *                 FG_P_*  dst = two of them, up to w[d]         see fg_pairs.def
 *                 FG_I_*  see below                             few, planned forms
 *
 * A program owns its arrays and never changes, so any number of threads may run one, each in its own
 * workspace. A run allocates nothing.
 */
#ifndef FG_PROGRAM_H
#define FG_PROGRAM_H
#include "fg_blas.h"
#include "fg_ops.h"
#include "fg_region.h"
#include "fg_status.h"
#include <stddef.h>
#include <stdint.h>

typedef enum fg_instr_op {
    FG_I_MOVE = FG_N_OPS, /* w[dst] = w[a] */
    FG_I_MULADD,          /* w[dst] = w[a] * w[b] + w[c], rounded twice as in the graph */
    FG_I_MULSUB,          /* w[dst] = w[a] * w[b] - w[c] */
    FG_I_SUBMUL,          /* w[dst] = w[c] - w[a] * w[b] */
    FG_I_MASKADD,         /* the same three with masked_multiply(w[a], w[b]) */
    FG_I_MASKSUB,
    FG_I_SUBMASK,
    FG_I_SUM,     /* w[dst] = w[a] +- terms pool[b .. b + c): slot << 1 | negative */
    FG_I_DOT,     /* w[dst] = w[a] +- products pool[b .. b + 2c): slot << 1 | negative, slot */
    FG_I_MASKDOT, /* the same with masked_multiply */
    FG_I_ROUND,   /* w[dst] = w[a] as a float32 holds it */
    FG_I_GUARD,   /* the run ends with FG_E_BRANCH unless w[a] == w[b]; c is its number */
    FG_I_ROW, /* a row on arrays of integers, or of nothing: param[a ..] = op, dst, n, dtype, place
                 and stride of each operand */
    FG_I_REGION, /* region a: rows on arrays of one size */
    FG_I_KERNEL, /* a structural kernel c: param[a .. a + b) as fg_struct_run takes them */
    FG_I_LOOK, /* asks the program's `look` whether to go on; there is one after each FG_LOOK_WORK */
    FG_I_END,  /* the run ends; the last instruction, which n_instr does not count */
#define FG_PAIR(first, second, side, value) FG_P_##first##_##second##side,
#include "fg_pairs.def"
    FG_I_N_OPS
} fg_instr_op;

#define FG_LOOK_WORK 2e7 /* operations from one look to the next: some 20 ms */

typedef struct fg_instr {
    int32_t op, dst, a, b, c, d;
} fg_instr;

/* Instructions on values that stand by number: in a workspace, or in the slots of a tile. */
typedef struct fg_code {
    const fg_instr *instr;
    size_t n;
    const int32_t *pool;
} fg_code;

/* Where an input is read from, or an output written to. */
typedef struct fg_port {
    int32_t place;
    int32_t type; /* of the graph */
    size_t size;
} fg_port;

typedef struct fg_program {
    size_t n_instr, cap_instr;
    fg_instr *instr;
    int32_t *node; /* [n_instr] the node of the graph that an instruction computes */
    size_t n_pool, cap_pool;
    int32_t *pool;
    size_t n_param, cap_param;
    int64_t *param;
    size_t n_region, cap_region;
    fg_region *region;
    size_t n_stream, cap_stream;
    fg_stream *stream;
    size_t n_tile_instr, cap_tile_instr;
    fg_instr *tile_instr; /* of all regions, on their slots */
    int32_t *tile_node;
    size_t scratch; /* where the slots of a region begin */
    size_t n_init;  /* constants, at the start of a workspace */
    double *init;   /* as numbers of the workspace they may be rounded */
    size_t n_w;
    size_t n_input, n_output, n_guard;
    fg_port *input, *output, *guard; /* a guard's port is what is compared */
    int scalar;                      /* all instructions are on scalars */
    int single;                      /* the numbers of a workspace are floats, not doubles */
    double work;                     /* rough number of operations of a run */
    int (*look)(void);   /* not 0: the run ends with FG_E_SIGNAL; NULL: it goes to its end */
    const fg_blas *blas; /* borrowed; NULL: own loops multiply matrices, and no solver runs */
} fg_program;

void fg_program_free(fg_program *p);
size_t fg_program_bytes(const fg_program *p);

/* Multiplications of the largest product that a BLAS library could do; 0 without such. */
double fg_program_product(const fg_program *p);

/* Whether a kernel of the program needs BLAS and LAPACK. */
int fg_program_has_solver(const fg_program *p);

/* Bytes of a number in a workspace. */
static inline size_t fg_program_item(const fg_program *p)
{
    return p->single ? sizeof(float) : sizeof(double);
}

/* Fills the constants of a workspace; once is enough, runs leave them alone.
 *
 * w   [n_w]  zeros, of which only those with a constant are touched; begins where a double may
 */
void fg_program_start(const fg_program *p, void *w);

/* Runs all instructions on a workspace whose inputs are set.
 *
 * at       the instruction that failed; after FG_E_BRANCH the number of the guard
 * returns  FG_OK, FG_E_BRANCH, FG_E_SIGNAL, or what fg_struct_run returns
 */
fg_status fg_program_run(const fg_program *p, void *w, size_t *at);

#endif
