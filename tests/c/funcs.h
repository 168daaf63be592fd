/* funcs.h -- what tests of graphs and programs share: building nodes, structural ops of their own,
 * and an interpreter that goes through a graph node by node. */
#ifndef FUNCS_H
#define FUNCS_H
#include "check.h"
#include "fastgrad.h"
#include <stdlib.h>

/* Structural ops of the tests; `at` is a place among the elements of operand 0, or of the result. */
enum {
    DO_PART,    /* alias: operand 0 from `at` on */
    DO_REVERSE, /* fresh */
    DO_SPLAT,   /* fresh: a scalar, repeated */
    DO_LARGEST, /* fresh: a scalar */
    DO_ROUND,   /* fresh: a copy, then a cast of the result to float32 in place */
    DO_PUT,     /* into: operand 1 replaces what stands from `at` on */
    DO_ZERO,    /* into: the element `at` becomes 0 */
    DO_SCATTER  /* into: adds operand 1 at the places that operand 2 holds */
};

enum { MOST_CALLS = 256 };

typedef struct deed {
    int what;
    int64_t at;
} deed;

typedef struct graph {
    fg_func f;
    deed call[MOST_CALLS]; /* by number of the call */
} graph;

static inline void graph_init(graph *g)
{
    CHECK_COUNT(fg_func_init(&g->f), FG_OK);
}

static inline void graph_free(graph *g)
{
    fg_func_free(&g->f);
}

/* ----- nodes; float64 scalars where no type is given ----- */

static inline int32_t node_checked(int32_t node)
{
    CHECK(node >= 0);
    return node;
}

static inline int32_t array_type(fg_func *f, int dtype, ptrdiff_t n)
{
    return node_checked(fg_func_type(f, dtype, 1, &n));
}

static inline int32_t input(fg_func *f)
{
    return node_checked(fg_func_input(f, FG_SCALAR));
}

static inline int32_t number(fg_func *f, double x)
{
    return node_checked(fg_func_number(f, x, FG_SCALAR));
}

static inline int32_t row_of(fg_func *f, int op, int32_t type, int32_t a, int32_t b, int32_t c)
{
    const int32_t x[3] = {a, b, c};
    return node_checked(fg_func_row(f, op, x, type));
}

static inline int32_t row(fg_func *f, int op, int32_t a, int32_t b)
{
    return row_of(f, op, fg_op_info(op)->is_test ? FG_TRUTH : FG_SCALAR, a, b, a);
}

static inline int32_t deed_of(graph *g, int what, int64_t at, const int32_t *operand, int32_t count,
                              int32_t type)
{
    const int kind = what == DO_SPLAT ? FG_CALL_SPLAT : FG_CALL_OPAQUE;
    g->call[g->f.n_call] = (deed){what, at};
    return node_checked(fg_func_call(&g->f, kind, operand, count, type));
}

static inline size_t size_of(const fg_func *f, int32_t node)
{
    return f->types[f->type[node]].size;
}

/* ----- the interpreter ----- */

static inline void do_call(const graph *g, int32_t i, const int32_t *operand, double *const *value)
{
    const deed *d = &g->call[fg_func_call_of(&g->f, i)];
    const size_t n = size_of(&g->f, i);
    const double *x = value[operand[0]];
    const size_t m = size_of(&g->f, operand[0]);
    double *to = value[i];
    for (size_t k = 0; k < n; ++k) {
        switch (d->what) {
        case DO_PART:
            to[k] = x[(size_t)d->at + k];
            break;
        case DO_REVERSE:
            to[k] = x[n - 1 - k];
            break;
        case DO_SPLAT:
            to[k] = x[0];
            break;
        case DO_ROUND:
            to[k] = (double)(float)x[k];
            break;
        case DO_LARGEST:
            to[k] = -INFINITY;
            break;
        default:
            to[k] = x[k];
        }
    }
    for (size_t k = 0; d->what == DO_LARGEST && k < m; ++k) {
        to[0] = isnan(x[k]) || x[k] > to[0] ? x[k] : to[0];
    }
    if (d->what == DO_ZERO) {
        to[d->at] = 0.0;
    }
    for (size_t k = 0; d->what == DO_PUT && k < size_of(&g->f, operand[1]); ++k) {
        to[(size_t)d->at + k] = value[operand[1]][k];
    }
    for (size_t k = 0; d->what == DO_SCATTER && k < size_of(&g->f, operand[1]); ++k) {
        to[(size_t)value[operand[2]][k]] += value[operand[1]][k];
    }
}

static inline double rounded_to(int dtype, double v)
{
    return dtype == FG_D_float32 ? (double)(float)v : v;
}

/* The values of all nodes, in memory that values_free gives back. input [n_input] */
static inline double **values_of(const graph *g, const double *const *in)
{
    const fg_func *f = &g->f;
    double **value = calloc(f->graph.n + 1, sizeof *value);
    for (size_t i = 0; i < f->graph.n; ++i) {
        const int op = f->graph.op[i];
        const size_t n = size_of(f, (int32_t)i);
        const int32_t *arg = f->graph.arg[i];
        int32_t count;
        const int32_t *operand = fg_graph_operands(&f->graph, i, &count);
        double *to = value[i] = calloc(n + 1, sizeof *to);
        for (size_t k = 0; k < n && op < FG_N_ROWS; ++k) {
            double x[3] = {0.0, 0.0, 0.0};
            for (int32_t m = 0; m < count; ++m) {
                const int is_scalar = f->types[f->type[operand[m]]].ndim == 0;
                x[m] = value[operand[m]][is_scalar ? 0 : k];
            }
            to[k] = rounded_to(f->types[f->type[i]].dtype, fg_op_value(op, x[0], x[1], x[2]));
        }
        for (size_t k = 0; k < n && op == FG_LEAF; ++k) {
            to[k] = in[arg[0]][k];
        }
        for (size_t k = 0; k < n && op == FG_CONST; ++k) {
            to[k] = arg[1] ? f->array[arg[0]][k] : f->number[arg[0]];
        }
        for (size_t k = 0; k < n && op == FG_PACK; ++k) {
            to[k] = value[operand[k]][0];
        }
        if (op == FG_ITEM) {
            to[0] = value[arg[0]][arg[1]];
        } else if (op == FG_CALL) {
            do_call(g, (int32_t)i, operand, value);
        }
    }
    return value;
}

static inline void values_free(const graph *g, double **value)
{
    for (size_t i = 0; i < g->f.graph.n; ++i) {
        free(value[i]);
    }
    free(value);
}

/* The value of one scalar node at a point. x [n_input] */
static inline double value_at(const graph *g, int32_t node, const double *x)
{
    const double *in[32];
    for (size_t k = 0; k < g->f.n_input && k < 32; ++k) {
        in[k] = x + k;
    }
    double **value = values_of(g, in);
    const double v = value[node][0];
    values_free(g, value);
    return v;
}

/* ----- lowering and running ----- */

typedef struct lowered {
    fg_lowering c;
    fg_lowered call[MOST_CALLS];
    fg_lowstep step[2 * MOST_CALLS];
    int64_t param[16 * MOST_CALLS];
} lowered;

static inline void add_step(lowered *to, int kernel, int n_operand, const int32_t *operand,
                            size_t n, const int64_t *param)
{
    fg_lowstep *s = &to->step[to->c.n_step++];
    *s = (fg_lowstep){kernel, n_operand, {0, 0, 0}, to->c.n_param, n};
    memcpy(s->operand, operand, (size_t)n_operand * sizeof *operand);
    memcpy(to->param + to->c.n_param, param, n * sizeof *param);
    to->c.n_param += n;
}

static inline void lower_call(const graph *g, int32_t i, lowered *to)
{
    static const int32_t first[] = {0, 1, 2}, second[] = {1, 2}, result[] = {-1};
    const size_t number_of = fg_func_call_of(&g->f, i);
    const deed *d = &g->call[number_of];
    int32_t count;
    const int32_t *x = fg_graph_operands(&g->f.graph, (size_t)i, &count);
    const int64_t n = (int64_t)size_of(&g->f, i), m = (int64_t)size_of(&g->f, x[0]);
    const int64_t more = count > 1 ? (int64_t)size_of(&g->f, x[1]) : 0;
    fg_lowered *low = &to->call[number_of];
    *low = (fg_lowered){.base = FG_BASE_FRESH, .first = to->c.n_step};
    switch (d->what) {
    case DO_PART:
        low->base = FG_BASE_ALIAS;
        low->offset = d->at;
        break;
    case DO_REVERSE:
        add_step(to, FG_K_copy, 1, first, 6, (const int64_t[]){0, n ? n - 1 : 0, 1, n, 1, -1});
        break;
    case DO_SPLAT:
        add_step(to, FG_K_copy, 1, first, 6, (const int64_t[]){0, 0, 1, n, 1, 0});
        break;
    case DO_LARGEST:
        add_step(to, FG_K_reduce, 1, first, 5, (const int64_t[]){FG_R_max, 0, 1, m, 1});
        break;
    case DO_ROUND:
        add_step(to, FG_K_copy, 1, first, 6, (const int64_t[]){0, 0, 1, n, 1, 1});
        add_step(to, FG_K_cast, 1, result, 2, (const int64_t[]){n, FG_D_float32});
        break;
    case DO_PUT:
        low->base = FG_BASE_INTO;
        add_step(to, FG_K_copy, 1, second, 6, (const int64_t[]){d->at, 0, 1, more, 1, 1});
        break;
    case DO_ZERO:
        low->base = FG_BASE_INTO;
        add_step(to, FG_K_fill, 0, first, 3, (const int64_t[]){d->at, 1, 0});
        break;
    case DO_SCATTER:
        low->base = FG_BASE_INTO;
        add_step(to, FG_K_scatter_add, 2, second, 2, (const int64_t[]){more, n});
        break;
    }
    low->n = to->c.n_step - low->first;
}

/* How the structural ops of a graph become kernels. */
static inline void lower(const graph *g, lowered *to)
{
    memset(&to->c, 0, sizeof to->c);
    to->c.call = to->call;
    to->c.step = to->step;
    to->c.param = to->param;
    to->c.n_call = g->f.n_call;
    for (size_t i = 0; i < g->f.graph.n; ++i) {
        if (g->f.graph.op[i] == FG_CALL) {
            lower_call(g, (int32_t)i, to);
        }
    }
}

static inline fg_status plan(const graph *g, size_t n_output, const int32_t *output, size_t n_guard,
                             const fg_guard *guard, fg_program *p)
{
    static lowered low;
    lower(g, &low);
    return fg_plan(&g->f, n_output, output, n_guard, guard, &low.c, p);
}

/* A workspace for batches, with its constants; free() it. */
static inline double *batch_workspace(const fg_program *p)
{
    double *w = calloc(fg_batch_size(p) + 1, sizeof *w);
    fg_batch_start(p, w);
    return w;
}

/* A workspace with its constants and inputs; free() it. */
static inline double *workspace(const fg_program *p, const double *const *in)
{
    double *w = calloc(p->n_w + 1, sizeof *w);
    fg_program_start(p, w);
    for (size_t j = 0; j < p->n_input; ++j) {
        memcpy(w + p->input[j].place, in[j], p->input[j].size * sizeof *w);
    }
    return w;
}

/* Runs a planned program and compares each output with the interpreter's value, to the bit but for
 * which NaN it is; twice, for a workspace is used again. */
static inline void check_program(const graph *g, size_t n_output, const int32_t *output,
                                 const double *const *in)
{
    fg_program p;
    CHECK_COUNT(plan(g, n_output, output, 0, NULL, &p), FG_OK);
    double **value = values_of(g, in), *w = workspace(&p, in);
    for (int again = 0; again < 2; ++again) {
        size_t at;
        CHECK_COUNT(fg_program_run(&p, w, &at), FG_OK);
        for (size_t k = 0; k < n_output; ++k) {
            CHECK_COUNT(p.output[k].size, size_of(&g->f, output[k]));
            CHECK_COUNT(p.output[k].type, g->f.type[output[k]]);
            for (size_t j = 0; j < p.output[k].size; ++j) {
                CHECK_SAME(w[(size_t)p.output[k].place + j], value[output[k]][j]);
            }
        }
    }
    free(w);
    values_free(g, value);
    fg_program_free(&p);
}

#endif
