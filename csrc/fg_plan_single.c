/* fg_plan_single.c -- which programs compute in floats: where all that is needed is float32. */
#include "fg_ops.h"
#include "fg_planner.h"
#include <float.h>
#include <math.h>

/* Integers up to here are floats. */
static const double WHOLE_MOST = 16777216.0; /* 2^24 */

/* Whether a float stands for a constant: numbers of float64 are rounded to float32 where they meet
 * float32, as NumPy rounds them, but not to 0 or infinity. */
static int holds(double x, int dtype)
{
    if (dtype == FG_D_float64) {
        const double size = fabs(x);
        return !(size > 0.0 && size < FLT_MIN) && !(size > FLT_MAX && size < INFINITY);
    }
    return dtype <= FG_D_bool || fabs(x) <= WHOLE_MOST;
}

static int holds_constant(const fg_planner *q, int32_t node)
{
    const fg_func *f = q->f;
    const fg_type *type = fg__type_of(q, node);
    const int32_t *arg = f->graph.arg[node];
    const double *x = arg[1] ? f->array[arg[0]] : &f->number[arg[0]];
    for (size_t k = 0; k < type->size; ++k) {
        if (!holds(x[k], type->dtype)) {
            return 0;
        }
    }
    return 1;
}

int fg__plan_is_single(const fg_planner *q, size_t n_output, const int32_t *output)
{
    int found = 0;
    for (size_t k = 0; k < n_output; ++k) { /* which may be constants */
        if (fg__type_of(q, output[k])->dtype == FG_D_float64) {
            return 0;
        }
    }
    for (int32_t i = 0; i < (int32_t)q->f->graph.n; ++i) {
        const int dtype = fg__type_of(q, i)->dtype;
        if (!(q->is[i] & FG_IS_LIVE)) {
            continue;
        }
        if (q->f->graph.op[i] == FG_CONST ? !holds_constant(q, i)
                                          : dtype != FG_D_float32 && dtype != FG_D_bool) {
            return 0;
        }
        found |= dtype == FG_D_float32;
    }
    return found;
}

int fg__plan_is_idle(const fg_planner *q, const fg_lowstep *step)
{
    return q->p->single && step->kernel == FG_K_cast && step->n_operand == 1 &&
           step->operand[0] == -1 && step->n == 2 && step->first <= q->lowering->n_param &&
           step->n <= q->lowering->n_param - step->first &&
           q->lowering->param[step->first + 1] == FG_D_float32;
}
