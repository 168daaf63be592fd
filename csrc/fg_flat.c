/* fg_flat.c -- writing the streams of a graph, and reading them with every number checked. */
#include "fg_flat.h"
#include "fg_ops.h"
#include <string.h>

/* ---- writing ---- */

void fg_flat_measure(const fg_func *f, fg_flat *flat)
{
    const fg_graph *g = &f->graph;
    memset(flat, 0, sizeof *flat);
    flat->n = g->n;
    for (size_t i = 0; i < g->n; ++i) {
        int32_t count;
        fg_graph_operands(g, i, &count);
        flat->n_operand += (size_t)count;
        flat->n_item += g->op[i] == FG_ITEM;
        flat->n_count += g->op[i] == FG_CALL;
        flat->n_value += g->op[i] == FG_CONST ? f->types[f->type[i]].size : 0;
    }
}

void fg_flat_write(const fg_func *f, const fg_flat *flat)
{
    const fg_graph *g = &f->graph;
    int32_t *operand = flat->operand, *item = flat->item, *calls = flat->count;
    double *value = flat->value;
    for (size_t i = 0; i < g->n; ++i) {
        const int op = g->op[i];
        flat->op[i] = g->op[i];
        flat->type[i] = f->type[i];
        flat->line[i] = f->line[i];
        int32_t count;
        const int32_t *from = fg_graph_operands(g, i, &count);
        for (int32_t k = 0; k < count; ++k) {
            *operand++ = from[k];
        }
        if (op == FG_ITEM) {
            *item++ = g->arg[i][1];
        } else if (op == FG_CALL) {
            *calls++ = count;
        } else if (op == FG_CONST) {
            const size_t size = f->types[f->type[i]].size;
            const size_t index = (size_t)g->arg[i][0];
            if (size) {
                memcpy(value, g->arg[i][1] ? f->array[index] : &f->number[index],
                       size * sizeof *value);
            }
            value += size;
        }
    }
}

/* ---- reading ---- */

typedef struct reader {
    const fg_flat *from;
    fg_func *f;
    size_t operand, item, value, count; /* how much of each stream is used */
} reader;

static const fg_type *type_of(const fg_func *f, int32_t node)
{
    return &f->types[f->type[node]];
}

static int is_float(const fg_type *t)
{
    return t->dtype == FG_D_float64 || t->dtype == FG_D_float32;
}

static int same_shape(const fg_func *f, const fg_type *a, const fg_type *b)
{
    return a == b ||
           (a->ndim == b->ndim && (!a->ndim || !memcmp(f->dim + a->first, f->dim + b->first,
                                                       (size_t)a->ndim * sizeof *f->dim)));
}

/* The next operands of node i, or NULL if there are not so many or one does not come before it. */
static const int32_t *take(reader *r, size_t i, size_t count)
{
    if (count > r->from->n_operand - r->operand) {
        return NULL;
    }
    const int32_t *x = r->from->operand + r->operand;
    for (size_t k = 0; k < count; ++k) {
        if (x[k] < 0 || (size_t)x[k] >= i) {
            return NULL;
        }
    }
    r->operand += count;
    return x;
}

/* Whether a row may read operand k: of the result's shape and kind, or a scalar constant. */
static int fits(const fg_func *f, int op, int k, int32_t x, const fg_type *result)
{
    const fg_type *t = type_of(f, x);
    if (!t->ndim && f->graph.op[x] == FG_CONST) {
        return 1;
    }
    if (!same_shape(f, t, result)) {
        return 0;
    }
    if (fg_op_info(op)->is_test || (op == FG_OP_select && k == 0)) {
        return 1;
    }
    return is_float(result) ? !is_float(t) || t->dtype == result->dtype : !is_float(t);
}

static fg_status read_row(reader *r, size_t i, int op, const fg_type *t)
{
    const int arity = fg_op_arity(op);
    const int32_t *x = take(r, i, (size_t)arity);
    if (!x || (fg_op_info(op)->is_test && t->dtype != FG_D_bool)) {
        return FG_E_FORMAT;
    }
    for (int k = 0; k < arity; ++k) {
        if (!fits(r->f, op, k, x[k], t)) {
            return FG_E_FORMAT;
        }
    }
    if (arity > 2) {
        fg_graph_append_wide(&r->f->graph, op, NULL, x, arity);
    } else {
        fg_graph_append(&r->f->graph, op, x[0], x[arity - 1]);
    }
    return FG_OK;
}

static fg_status read_constant(reader *r, const fg_type *t)
{
    fg_func *f = r->f;
    double *value = r->from->value + r->value;
    if (t->size > r->from->n_value - r->value) {
        return FG_E_FORMAT;
    }
    r->value += t->size;
    fg_status status;
    if (t->ndim) {
        status = fg__grow((void **)&f->array, &f->cap_array, f->n_array + 1, sizeof *f->array);
        if (status == FG_OK) {
            f->array[f->n_array] = value;
            fg_graph_append(&f->graph, FG_CONST, (int32_t)f->n_array++, 1);
        }
        return status;
    }
    status = fg__grow((void **)&f->number, &f->cap_number, f->n_number + 1, sizeof *f->number);
    if (status == FG_OK) {
        f->number[f->n_number] = *value;
        fg_graph_append(&f->graph, FG_CONST, (int32_t)f->n_number++, 0);
    }
    return status;
}

static fg_status read_item(reader *r, size_t i, const fg_type *t)
{
    const int32_t *x = take(r, i, 1);
    if (!x || r->item == r->from->n_item || t->ndim || type_of(r->f, *x)->dtype != t->dtype) {
        return FG_E_FORMAT;
    }
    const int32_t index = r->from->item[r->item++];
    if (index < 0 || (size_t)index >= type_of(r->f, *x)->size) {
        return FG_E_FORMAT;
    }
    fg_graph_append(&r->f->graph, FG_ITEM, *x, index);
    return FG_OK;
}

static fg_status read_pack(reader *r, size_t i, const fg_type *t)
{
    const int32_t *x = take(r, i, t->size);
    for (size_t k = 0; x && k < t->size; ++k) {
        const fg_type *own = type_of(r->f, x[k]);
        if (own->ndim || (own->dtype != t->dtype && r->f->graph.op[x[k]] != FG_CONST)) {
            return FG_E_FORMAT;
        }
    }
    if (!x) {
        return FG_E_FORMAT;
    }
    fg_graph_append_wide(&r->f->graph, FG_PACK, NULL, x, (int32_t)t->size);
    return FG_OK;
}

static fg_status read_call(reader *r, size_t i)
{
    fg_func *f = r->f;
    if (r->count == r->from->n_count || r->from->count[r->count] < 0) {
        return FG_E_FORMAT;
    }
    const int32_t count = r->from->count[r->count++];
    const int32_t *x = take(r, i, (size_t)count);
    const fg_status status = fg__grow((void **)&f->call, &f->cap_call, f->n_call + 1, 1);
    if (!x || status != FG_OK) {
        return x ? status : FG_E_FORMAT;
    }
    fg_graph_append_wide(&f->graph, FG_CALL, (void *)(uintptr_t)f->n_call, x, count);
    f->call[f->n_call++] = FG_CALL_OPAQUE;
    return FG_OK;
}

static fg_status read_node(reader *r, size_t i)
{
    fg_func *f = r->f;
    const int op = r->from->op[i];
    const int32_t type = r->from->type[i];
    if (type < 0 || (size_t)type >= f->n_type) {
        return FG_E_FORMAT;
    }
    f->type[i] = type;
    f->line[i] = r->from->line[i];
    const fg_type *t = &f->types[type];
    switch (op) {
    case FG_LEAF:
        fg_graph_append(&f->graph, op, (int32_t)f->n_input++, 0);
        return FG_OK;
    case FG_CONST:
        return read_constant(r, t);
    case FG_ITEM:
        return read_item(r, i, t);
    case FG_PACK:
        return read_pack(r, i, t);
    case FG_CALL:
        return read_call(r, i);
    default:
        return op < FG_N_ROWS ? read_row(r, i, op, t) : FG_E_FORMAT;
    }
}

fg_status fg_flat_read(const fg_flat *flat, fg_func *f, size_t *at)
{
    reader r = {.from = flat, .f = f};
    size_t n_wide = 0;
    for (size_t i = 0; i < flat->n; ++i) {
        const int op = flat->op[i];
        n_wide += op == FG_PACK || op == FG_CALL || fg_op_arity(op) > 2;
    }
    *at = 0;
    fg_status status = fg_graph_reserve(&f->graph, flat->n, n_wide, flat->n_operand);
    if (status == FG_OK && flat->n) {
        status = fg__func_reserve(f, 0, 0);
    }
    for (size_t i = 0; i < flat->n && status == FG_OK; ++i) {
        *at = i;
        status = read_node(&r, i);
    }
    if (status != FG_OK) {
        return status;
    }
    *at = flat->n;
    return r.operand == flat->n_operand && r.item == flat->n_item && r.value == flat->n_value &&
                   r.count == flat->n_count
               ? FG_OK
               : FG_E_FORMAT;
}
