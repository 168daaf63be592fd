/* fg_plan.h -- graph to program: what is needed, where it stands, which instructions compute it.
 *
 * Dead nodes are dropped. Products and sums that only one sum reads are joined with it, in the order
 * of the graph, so results keep their bits. A value's memory is given to a later one when nobody
 * reads it any more. Structural ops come lowered to kernel steps by the caller.
 */
#ifndef FG_PLAN_H
#define FG_PLAN_H
#include "fg_func.h"
#include "fg_program.h"

enum { FG_RESULT = -1, FG_WORK = -2 /* memory of the op while it runs */ };

enum { FG_BASE_FRESH, FG_BASE_ALIAS, FG_BASE_INTO, FG_BASE_MISSING };

typedef struct fg_lowstep {
    int kernel, n_operand;
    int32_t operand[3]; /* by their place among the operands of the op; FG_RESULT; FG_WORK */
    size_t first, n;    /* its static parameters */
} fg_lowstep;

/* How a structural op becomes kernels. */
typedef struct fg_lowered {
    int base; /* fresh memory; operand 0's, from `offset` on; or a copy of operand 0 */
    int64_t offset;
    size_t first, n; /* its steps */
    size_t work;     /* items of FG_WORK */
    size_t scratch;  /* items behind the result, while the steps run; of fresh memory only */
} fg_lowered;

typedef struct fg_lowering {
    size_t n_call;
    const fg_lowered *call; /* [n_call] by number of the call; FG_BASE_MISSING where not needed */
    size_t n_step;
    const fg_lowstep *step;
    size_t n_param;
    const int64_t *param;
} fg_lowering;

typedef struct fg_guard {
    int32_t node, expected; /* both nodes of the graph, of one size; expected a constant */
} fg_guard;

/* Plans the outputs of a graph. Steps are not trusted: they may come from a file.
 *
 * output   [n_output]  nodes
 * guard    [n_guard]   in the order of their nodes
 * p        uninitialised; fg_program_free frees it
 * returns  FG_OK, FG_E_MEMORY, FG_E_FULL, or FG_E_FORMAT: steps that do not fit their operands,
 *          guards out of order, of another size than what they expect, or expecting no constant
 */
fg_status fg_plan(const fg_func *f, size_t n_output, const int32_t *output, size_t n_guard,
                  const fg_guard *guard, const fg_lowering *lowering, fg_program *p);

#endif
