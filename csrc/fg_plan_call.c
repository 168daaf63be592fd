/* fg_plan_call.c -- structural ops: their steps, checked, on the memory that they get. */
#include "fg_ops.h"
#include "fg_planner.h"

static int is_step(const fg_planner *q, const fg_lowstep *step)
{
    const fg_struct_row *row = fg_struct_info(step->kernel);
    const size_t n_param = q->lowering->n_param;
    return row && step->n_operand == row->n_operands && step->first <= n_param &&
           step->n <= n_param - step->first;
}

/* Memory that an op has while it runs. */
typedef struct work_memory {
    int32_t place;
    size_t size;
} work_memory;

static fg_status plan_step(fg_planner *q, int32_t i, const fg_lowstep *step, int32_t count,
                           const int32_t *operand, work_memory work)
{
    if (!is_step(q, step)) {
        return FG_E_FORMAT;
    }
    size_t extent[4] = {fg__type_of(q, i)->size + fg__lowered(q, i)->scratch};
    const size_t first = q->p->n_param;
    fg_status status = fg__plan_param(q, q->place[i]);
    for (int k = 0; k < step->n_operand && status == FG_OK; ++k) {
        if (step->operand[k] < FG_WORK || step->operand[k] >= count) {
            return FG_E_FORMAT;
        }
        if (step->operand[k] == FG_WORK) {
            extent[1 + k] = work.size;
            status = fg__plan_param(q, work.place);
            continue;
        }
        const int32_t node = step->operand[k] == FG_RESULT ? i : operand[step->operand[k]];
        extent[1 + k] = fg__type_of(q, node)->size;
        status = fg__plan_param(q, q->place[node]);
    }
    for (size_t k = 0; k < step->n && status == FG_OK; ++k) {
        status = fg__plan_param(q, q->lowering->param[step->first + k]);
    }
    if (status == FG_OK) {
        status = fg_struct_check(step->kernel, q->p->n_param - first, q->p->param + first, extent,
                                 q->space.end);
    }
    q->p->work += status == FG_OK ? fg__struct_work(step->kernel, q->p->param + first) : 0.0;
    return status != FG_OK ? status
                           : fg__plan_emit(q, i, FG_I_KERNEL, q->place[i], (int32_t)first,
                                           (int32_t)(q->p->n_param - first), step->kernel);
}

/* Whether the memory of operand 0, which nobody else will read, becomes that of the result. */
static int takes_over(const fg_planner *q, int32_t i, int32_t x)
{
    const int32_t root = q->root[x];
    return q->reads[root] == 1 && !(q->is[root] & FG_IS_KEPT) &&
           fg__type_of(q, root)->size == fg__type_of(q, i)->size && q->place[i] < 0;
}

static fg_status plan_copy(fg_planner *q, int32_t i, int32_t x)
{
    const int64_t param[8] = {
        q->place[i], q->place[x], 0, 0, 1, (int64_t)fg__type_of(q, i)->size, 1, 1};
    const int32_t first = (int32_t)q->p->n_param;
    fg_status status = FG_OK;
    for (int k = 0; k < 8 && status == FG_OK; ++k) {
        status = fg__plan_param(q, param[k]);
    }
    return status != FG_OK ? status
                           : fg__plan_emit(q, i, FG_I_KERNEL, q->place[i], first, 8, FG_K_copy);
}

/* Memory for a result and, behind it, for scratch of its steps. */
static fg_status allot_with_scratch(fg_planner *q, int32_t i, const fg_lowered *low)
{
    const size_t size = fg__type_of(q, i)->size;
    if (low->base != FG_BASE_FRESH || q->place[i] >= 0 || low->scratch > SIZE_MAX - size) {
        return FG_E_FORMAT;
    }
    return fg__space_take(&q->space, size + low->scratch, &q->place[i]);
}

fg_status fg__plan_call(fg_planner *q, int32_t i, int32_t count, const int32_t *operand)
{
    const fg_lowered *low = fg__lowered(q, i);
    fg_status status = FG_OK;
    if ((low->base != FG_BASE_FRESH && low->base != FG_BASE_INTO) ||
        low->first > q->lowering->n_step || low->n > q->lowering->n_step - low->first) {
        return FG_E_FORMAT;
    }
    q->p->scalar = 0;
    q->p->work += (double)fg__type_of(q, i)->size;
    if (low->scratch) {
        status = allot_with_scratch(q, i, low);
    } else if (low->base != FG_BASE_INTO) {
        status = fg__plan_allot(q, i);
    } else if (!count || fg__type_of(q, operand[0])->size != fg__type_of(q, i)->size) {
        return FG_E_FORMAT;
    } else if (takes_over(q, i, operand[0])) {
        q->place[i] = q->place[operand[0]];
        q->is[q->root[operand[0]]] |= FG_IS_KEPT; /* it is now the result's to give back */
    } else if ((status = fg__plan_allot(q, i)) == FG_OK) {
        status = plan_copy(q, i, operand[0]);
    }
    work_memory work = {0, low->work};
    if (status == FG_OK && work.size > 0) {
        status = fg__space_take(&q->space, work.size, &work.place);
    }
    for (size_t k = 0; k < low->n && status == FG_OK; ++k) {
        const fg_lowstep *step = &q->lowering->step[low->first + k];
        status = fg__plan_is_idle(q, step) ? FG_OK : plan_step(q, i, step, count, operand, work);
    }
    if (status == FG_OK) {
        fg__space_free(&q->space, work.place, work.size);
    }
    if (status == FG_OK && low->scratch) {
        fg__space_free(&q->space, q->place[i] + (int32_t)fg__type_of(q, i)->size, low->scratch);
    }
    for (int32_t k = 0; k < count; ++k) {
        fg__plan_release(q, operand[k]);
    }
    return status;
}

fg_status fg__plan_alias(fg_planner *q, int32_t i, const int32_t *operand)
{
    const fg_type *own = fg__type_of(q, i), *from = fg__type_of(q, operand[0]);
    const fg_lowered *low = q->f->graph.op[i] == FG_ITEM ? NULL : fg__lowered(q, i);
    const int64_t offset = low ? low->offset : q->f->graph.arg[i][1];
    if ((low && low->n) || offset < 0 || (size_t)offset > from->size ||
        own->size > from->size - (size_t)offset) {
        return FG_E_FORMAT;
    }
    q->place[i] = q->place[operand[0]] + (int32_t)offset;
    return FG_OK;
}
