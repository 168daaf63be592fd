/* fg_diff.c -- rules, and the two passes that apply them. */
#include "fg_diff.h"
#include "fg_mem.h"
#include "fg_ops.h"
#include <string.h>

/* ---- rules ---- */

void fg_rules_init(fg_rules *r)
{
    memset(r, 0, sizeof *r);
    for (int op = 0; op < FG_N_ROWS; ++op) {
        for (int k = 0; k < 3; ++k) {
            r->rule[op][k].result = FG_REF_NONE;
        }
    }
}

void fg_rules_free(fg_rules *r)
{
    fg_mem_free(r->step);
    fg_mem_free(r->number);
    fg_rules_init(r);
}

int32_t fg_rules_number(fg_rules *r, double x)
{
    for (size_t k = 0; k < r->n_number; ++k) {
        if (!memcmp(&r->number[k], &x, sizeof x)) {
            return FG_REF_NUMBER - (int32_t)k;
        }
    }
    const fg_status status =
        fg__grow((void **)&r->number, &r->cap_number, r->n_number + 1, sizeof *r->number);
    if (status != FG_OK) {
        return FG_REF_NONE;
    }
    r->number[r->n_number] = x;
    return FG_REF_NUMBER - (int32_t)r->n_number++;
}

static int is_ref(const fg_rules *r, int32_t ref, int32_t n_step)
{
    return (ref >= 0 && ref < n_step) || (ref <= FG_REF_X && ref >= FG_REF_G) ||
           (ref <= FG_REF_NUMBER && (size_t)(FG_REF_NUMBER - ref) < r->n_number);
}

fg_status fg_rules_add(fg_rules *r, int op, int k, const fg_step *step, int32_t count,
                       int32_t result)
{
    if (op < 0 || op >= FG_N_ROWS || k < 0 || k >= fg_op_arity(op)) {
        return FG_E_OPCODE;
    }
    if (count < 0 || count > FG_RULE_STEPS || !is_ref(r, result, count)) {
        return FG_E_OPERAND;
    }
    for (int32_t s = 0; s < count; ++s) {
        const int arity = fg_op_arity(step[s].op);
        if (!arity) {
            return FG_E_OPCODE;
        }
        for (int m = 0; m < arity; ++m) {
            if (!is_ref(r, step[s].ref[m], s)) {
                return FG_E_OPERAND;
            }
        }
    }
    const fg_status status =
        fg__grow((void **)&r->step, &r->cap_step, r->n_step + (size_t)count, sizeof *r->step);
    if (status != FG_OK) {
        return status;
    }
    if (count) {
        memcpy(r->step + r->n_step, step, (size_t)count * sizeof *step);
    }
    r->rule[op][k] = (fg_rule){(int32_t)r->n_step, count, result};
    r->n_step += (size_t)count;
    return FG_OK;
}

/* The type of a row of these operands: their shape, and bool for a test. */
static int32_t type_of_step(const fg_func *f, int op, const int32_t *x, int32_t type, int32_t truth)
{
    int axes = 0;
    for (int k = 0; k < fg_op_arity(op); ++k) {
        axes |= f->types[f->type[x[k]]].ndim;
    }
    if (fg_op_info(op)->is_test) {
        return axes ? truth : FG_TRUTH;
    }
    return axes || !f->types[type].ndim ? type : FG_SCALAR;
}

/* The node of what rule k of node i makes of g, or a status; never called for a zero derivative. */
static int32_t apply_rule(fg_func *f, const fg_rules *rules, size_t i, int k, int32_t g)
{
    const fg_rule *rule = &rules->rule[f->graph.op[i]][k];
    int32_t count, made[FG_RULE_STEPS], variable[5];
    const int32_t *operand = fg_graph_operands(&f->graph, i, &count);
    for (int m = 0; m < 3; ++m) {
        variable[m] = operand[m < count ? m : 0];
    }
    variable[3] = (int32_t)i;
    variable[4] = g;
    const fg_type own = f->types[f->type[i]];
    int32_t truth = FG_TRUTH;
    if (own.ndim && (truth = fg_func_type(f, FG_D_bool, own.ndim, f->dim + own.first)) < 0) {
        return truth;
    }
    const int32_t type = f->type[i];
#define NODE(ref)                                       \
    ((ref) >= 0            ? made[ref]                  \
     : (ref) > FG_REF_NONE ? variable[FG_REF_X - (ref)] \
                           : fg_func_number(f, rules->number[FG_REF_NUMBER - (ref)], FG_SCALAR))
    for (int32_t s = 0; s < rule->count; ++s) {
        const fg_step *step = &rules->step[rule->first + s];
        int32_t x[3] = {0, 0, 0};
        for (int m = 0; m < fg_op_arity(step->op); ++m) {
            if ((x[m] = NODE(step->ref[m])) < 0) {
                return x[m];
            }
        }
        made[s] = fg_func_row(f, step->op, x, type_of_step(f, step->op, x, type, truth));
        if (made[s] < 0) {
            return made[s];
        }
    }
    return NODE(rule->result);
#undef NODE
}

/* ---- a pass ---- */

fg_status fg_diff_init(fg_diff *d, fg_func *f, const fg_rules *rules)
{
    memset(d, 0, sizeof *d);
    d->f = f;
    d->rules = rules;
    d->n = f->graph.n;
    const size_t n = d->n ? d->n : 1;
    d->with = fg_mem_resize(NULL, n, sizeof *d->with);
    d->parts = fg_mem_resize(NULL, n, sizeof *d->parts);
    d->active = fg_mem_zeros(n, 1);
    if (!d->with || !d->parts || !d->active) {
        fg_diff_free(d);
        return FG_E_MEMORY;
    }
    memset(d->with, 0xff, n * sizeof *d->with);
    memset(d->parts, 0xff, n * sizeof *d->parts);
    d->at = -1;
    return FG_OK;
}

void fg_diff_free(fg_diff *d)
{
    fg_mem_free(d->with);
    fg_mem_free(d->parts);
    fg_mem_free(d->active);
    fg_mem_free(d->part);
    memset(d, 0, sizeof *d);
}

static int is_float(const fg_func *f, size_t i)
{
    const int dtype = f->types[f->type[i]].dtype;
    return dtype == FG_D_float64 || dtype == FG_D_float32;
}

void fg_diff_activate(fg_diff *d)
{
    const fg_func *f = d->f;
    for (size_t i = 0; i < d->n; ++i) {
        int32_t count;
        const int32_t *operand = fg_graph_operands(&f->graph, i, &count);
        const int op = f->graph.op[i];
        for (int32_t k = 0; k < count && !d->active[i]; ++k) {
            d->active[i] = d->active[operand[k]] && is_float(f, i) &&
                           (op >= FG_N_ROWS || d->rules->rule[op][k].result != FG_REF_NONE);
        }
    }
}

fg_status fg_diff_add(fg_diff *d, int32_t node, int32_t adjoint)
{
    if (adjoint < 0) {
        return (fg_status)adjoint;
    }
    if (d->with[node] >= 0) {
        const int32_t x[2] = {d->with[node], adjoint};
        adjoint = fg_func_row(d->f, FG_OP_add, x, d->f->type[node]);
    }
    if (adjoint < 0) {
        return (fg_status)adjoint;
    }
    d->with[node] = adjoint;
    return FG_OK;
}

static fg_status add_part(fg_diff *d, int32_t array, int32_t index, int32_t adjoint)
{
    const fg_status status =
        fg__grow((void **)&d->part, &d->cap_part, d->n_part + 1, sizeof *d->part);
    if (status != FG_OK) {
        return status;
    }
    d->part[d->n_part] = (fg_part){index, adjoint, d->parts[array]};
    d->parts[array] = (int32_t)d->n_part++;
    return FG_OK;
}

/* The array of the element adjoints of node i, zero where there is none, joins its adjoint. */
static fg_status gather_parts(fg_diff *d, size_t i)
{
    fg_func *f = d->f;
    const int32_t type = f->type[i];
    const size_t size = f->types[type].size;
    const int32_t scalar = fg_func_type(f, f->types[type].dtype, 0, NULL);
    const int32_t zero = scalar < 0 ? scalar : fg_func_number(f, 0.0, scalar);
    int32_t *operand = fg_mem_resize(NULL, size, sizeof *operand);
    fg_status status = !operand ? FG_E_MEMORY : zero < 0 ? (fg_status)zero : FG_OK;
    for (size_t k = 0; status == FG_OK && k < size; ++k) {
        operand[k] = zero;
    }
    for (int32_t p = d->parts[i]; status == FG_OK && p >= 0; p = d->part[p].next) {
        const fg_part *part = &d->part[p];
        int32_t *sum = &operand[part->index];
        const int32_t x[2] = {part->adjoint, *sum};
        *sum = *sum == zero ? part->adjoint : fg_func_row(f, FG_OP_add, x, scalar);
        status = *sum < 0 ? (fg_status)*sum : FG_OK;
    }
    if (status == FG_OK) {
        status = fg_diff_add(d, (int32_t)i, fg_func_pack(f, operand, (int32_t)size, type));
    }
    fg_mem_free(operand);
    return status;
}

static fg_status reverse_row(fg_diff *d, size_t i, int32_t count)
{
    fg_func *f = d->f;
    for (int32_t k = 0; k < count; ++k) {
        const int32_t p = fg_graph_operands(&f->graph, i, &count)[k];
        if (!d->active[p] || d->rules->rule[f->graph.op[i]][k].result == FG_REF_NONE) {
            continue;
        }
        const fg_status status = fg_diff_add(d, p, apply_rule(f, d->rules, i, k, d->with[i]));
        if (status != FG_OK) {
            return status;
        }
    }
    return FG_OK;
}

static fg_status reverse_pack(fg_diff *d, size_t i, int32_t count)
{
    fg_func *f = d->f;
    for (int32_t k = 0; k < count; ++k) {
        const int32_t p = fg_graph_operands(&f->graph, i, &count)[k];
        if (!d->active[p]) {
            continue;
        }
        const fg_status status = fg_diff_add(d, p, fg_func_item(f, d->with[i], k, f->type[p]));
        if (status != FG_OK) {
            return status;
        }
    }
    return FG_OK;
}

fg_status fg_diff_reverse(fg_diff *d, int32_t *at)
{
    fg_func *f = d->f;
    fg_status status = FG_OK;
    size_t i = d->at < 0 ? d->n : (size_t)d->at;
    while (status == FG_OK && i-- > 0) {
        if (!d->active[i]) {
            continue;
        }
        f->here = f->line[i];
        if (d->parts[i] >= 0) {
            status = gather_parts(d, i);
        }
        if (d->with[i] < 0 || status != FG_OK) {
            continue;
        }
        int32_t count;
        fg_graph_operands(&f->graph, i, &count);
        const int op = f->graph.op[i];
        if (op < FG_N_ROWS) {
            status = reverse_row(d, i, count);
        } else if (op == FG_ITEM) {
            const int32_t array = f->graph.arg[i][0];
            status = d->active[array] ? add_part(d, array, f->graph.arg[i][1], d->with[i]) : FG_OK;
        } else if (op == FG_PACK) {
            status = reverse_pack(d, i, count);
        } else if (op == FG_CALL) {
            d->at = (int32_t)i;
            *at = d->at;
            return FG_STOP;
        }
    }
    f->here = 0;
    return status;
}

static fg_status forward_row(fg_diff *d, size_t i, int32_t count)
{
    fg_func *f = d->f;
    for (int32_t k = 0; k < count; ++k) {
        const int32_t dot = d->with[fg_graph_operands(&f->graph, i, &count)[k]];
        if (dot < 0 || d->rules->rule[f->graph.op[i]][k].result == FG_REF_NONE) {
            continue;
        }
        const fg_status status = fg_diff_add(d, (int32_t)i, apply_rule(f, d->rules, i, k, dot));
        if (status != FG_OK) {
            return status;
        }
    }
    return FG_OK;
}

static fg_status forward_pack(fg_diff *d, size_t i, int32_t count)
{
    fg_func *f = d->f;
    int32_t *dot = fg_mem_resize(NULL, (size_t)count ? (size_t)count : 1, sizeof *dot);
    int32_t scalar = fg_func_type(f, f->types[f->type[i]].dtype, 0, NULL);
    const int32_t zero = scalar < 0 ? scalar : fg_func_number(f, 0.0, scalar);
    int any = 0;
    fg_status status = !dot ? FG_E_MEMORY : zero < 0 ? (fg_status)zero : FG_OK;
    if (status == FG_OK) {
        const int32_t *operand = fg_graph_operands(&f->graph, i, &count);
        for (int32_t k = 0; k < count; ++k) {
            dot[k] = d->with[operand[k]] >= 0 ? d->with[operand[k]] : zero;
            any |= d->with[operand[k]] >= 0;
        }
        status = any ? fg_diff_add(d, (int32_t)i, fg_func_pack(f, dot, count, f->type[i])) : FG_OK;
    }
    fg_mem_free(dot);
    return status;
}

fg_status fg_diff_forward(fg_diff *d, int32_t *at)
{
    fg_func *f = d->f;
    fg_status status = FG_OK;
    for (size_t i = (size_t)(d->at + 1); status == FG_OK && i < d->n; ++i) {
        if (!d->active[i]) {
            continue;
        }
        f->here = f->line[i];
        int32_t count;
        const int32_t *operand = fg_graph_operands(&f->graph, i, &count);
        const int op = f->graph.op[i];
        if (op < FG_N_ROWS) {
            status = forward_row(d, i, count);
        } else if (op == FG_ITEM && d->with[operand[0]] >= 0) {
            const int32_t dot = d->with[operand[0]];
            status =
                fg_diff_add(d, (int32_t)i, fg_func_item(f, dot, f->graph.arg[i][1], f->type[i]));
        } else if (op == FG_PACK) {
            status = forward_pack(d, i, count);
        } else if (op == FG_CALL) {
            d->at = (int32_t)i;
            *at = d->at;
            return FG_STOP;
        }
    }
    f->here = 0;
    return status;
}
