/* random_graphs.h -- graphs drawn node by node, in which few nodes are read often. */
#ifndef RANDOM_GRAPHS_H
#define RANDOM_GRAPHS_H
#include "draw.h"
#include "funcs.h"

enum { N_SIZES = 4, FEW_NODES = 400 };
static const ptrdiff_t sizes[N_SIZES] = {0, 1, 3, 8};

/* What there is to draw from. */
typedef struct drawn {
    graph g;
    int32_t array[N_SIZES]; /* types */
    int32_t single, single3;
    int32_t scalar[FEW_NODES]; /* nodes of float64 and bool */
    int n_scalar;
    int32_t of_size[N_SIZES][FEW_NODES];
    int n_of_size[N_SIZES];
} drawn;

static inline void keep(int32_t *list, int *n, int32_t node)
{
    if (*n < FEW_NODES) {
        list[(*n)++] = node;
    }
}

/* Late ones most often, so that many are read once. */
static inline int32_t pick(const int32_t *list, int n)
{
    const size_t late = n < 6 ? (size_t)n : 6;
    return draw_below(4) ? list[(size_t)n - 1 - draw_below(late)] : list[draw_below((size_t)n)];
}

static inline int32_t pick_scalar(drawn *d)
{
    static const double numbers[] = {0.0, 1.0, -1.0, 2.0, 0.25, 3.5};
    return draw_below(10) ? pick(d->scalar, d->n_scalar) : number(&d->g.f, numbers[draw_below(6)]);
}

static inline int32_t pick_of_size(drawn *d, size_t s)
{
    return pick(d->of_size[s], d->n_of_size[s]);
}

static inline int draw_op(void)
{
    static const int often[] = {FG_OP_add,      FG_OP_add,    FG_OP_subtract,
                                FG_OP_multiply, FG_OP_square, FG_OP_masked_multiply};
    return draw_below(5) ? often[draw_below(6)] : draw_row();
}

static inline void draw_scalar_row(drawn *d)
{
    const int op = draw_op();
    const int32_t a = pick_scalar(d), b = pick_scalar(d), c = pick_scalar(d);
    const int type = fg_op_info(op)->is_test ? FG_TRUTH : FG_SCALAR;
    keep(d->scalar, &d->n_scalar, row_of(&d->g.f, op, type, a, b, c));
}

static inline void draw_array_row(drawn *d)
{
    const size_t s = draw_below(N_SIZES);
    const int op = draw_op();
    int32_t x[3];
    for (int k = 0; k < 3; ++k) {
        x[k] = draw_below(6) ? pick_of_size(d, s) : number(&d->g.f, draw_between(-1.0, 1.0));
    }
    keep(d->of_size[s], &d->n_of_size[s], row_of(&d->g.f, op, d->array[s], x[0], x[1], x[2]));
}

/* Single precision goes in by a row that rounds, and out by one that does not. */
static inline void draw_single(drawn *d)
{
    fg_func *f = &d->g.f;
    if (draw_below(2)) {
        const int32_t a = row_of(f, draw_op(), d->single, pick_scalar(d), pick_scalar(d), 0);
        keep(d->scalar, &d->n_scalar, row_of(f, FG_OP_sin, FG_SCALAR, a, a, a));
    } else {
        const int32_t x = pick_of_size(d, 2);
        const int32_t a = row_of(f, FG_OP_multiply, d->single3, x, pick_of_size(d, 2), x);
        keep(d->of_size[2], &d->n_of_size[2], row_of(f, FG_OP_exp, d->array[2], a, a, a));
    }
}

static inline void draw_element(drawn *d)
{
    const size_t s = 1 + draw_below(N_SIZES - 1);
    if (draw_below(2)) {
        const int32_t index = (int32_t)draw_below((size_t)sizes[s]);
        keep(d->scalar, &d->n_scalar,
             node_checked(fg_func_item(&d->g.f, pick_of_size(d, s), index, FG_SCALAR)));
        return;
    }
    int32_t x[8];
    for (int k = 0; k < sizes[s]; ++k) {
        x[k] = pick_scalar(d);
    }
    keep(d->of_size[s], &d->n_of_size[s],
         node_checked(fg_func_pack(&d->g.f, x, (int32_t)sizes[s], d->array[s])));
}

static inline void draw_call(drawn *d)
{
    fg_func *f = &d->g.f;
    const size_t s = draw_below(N_SIZES);
    const int64_t n = sizes[s];
    int32_t x[3] = {pick_of_size(d, s), pick_of_size(d, s), 0}, type = d->array[s];
    if (f->n_call + 2 > MOST_CALLS) {
        return;
    }
    int what = (int)draw_below(DO_SCATTER + 1), count = 1;
    int64_t at = n ? (int64_t)draw_below((size_t)n) : 0;
    switch (what) {
    case DO_PART: { /* of one size that is not larger */
        const size_t to = draw_below(s + 1);
        at = (int64_t)draw_below((size_t)(n - sizes[to] + 1));
        keep(d->of_size[to], &d->n_of_size[to], deed_of(&d->g, what, at, x, 1, d->array[to]));
        return;
    }
    case DO_SPLAT:
        x[0] = pick_scalar(d);
        break;
    case DO_LARGEST:
        if (n) {
            keep(d->scalar, &d->n_scalar, deed_of(&d->g, what, 0, x, 1, FG_SCALAR));
        }
        return;
    case DO_PUT: {
        const size_t from = draw_below(s + 1);
        x[1] = pick_of_size(d, from);
        at = (int64_t)draw_below((size_t)(n - sizes[from] + 1));
        count = 2;
        break;
    }
    case DO_ZERO:
        if (!n) {
            return;
        }
        break;
    case DO_SCATTER: {
        static const double places[3] = {2.0, 0.0, 2.0};
        if (n < 3) {
            return;
        }
        x[1] = pick_of_size(d, 2);
        x[2] = node_checked(fg_func_array(f, places, d->array[2]));
        count = 3;
        break;
    }
    }
    keep(d->of_size[s], &d->n_of_size[s], deed_of(&d->g, what, at, x, count, type));
}

/* Draws n nodes on 3 scalars and one array of each size. */
static inline void draw_graph(drawn *d, int n, int with_arrays)
{
    memset(d, 0, sizeof *d);
    graph_init(&d->g);
    fg_func *f = &d->g.f;
    d->single = node_checked(fg_func_type(f, FG_D_float32, 0, NULL));
    d->single3 = array_type(f, FG_D_float32, 3);
    for (int k = 0; k < 3; ++k) {
        keep(d->scalar, &d->n_scalar, input(f));
    }
    for (size_t s = 0; s < N_SIZES; ++s) {
        d->array[s] = array_type(f, FG_D_float64, sizes[s]);
        keep(d->of_size[s], &d->n_of_size[s], node_checked(fg_func_input(f, d->array[s])));
    }
    while (f->graph.n < (size_t)n && d->n_scalar < FEW_NODES) {
        const size_t kind = with_arrays ? draw_below(10) : 0;
        if (kind < 4) {
            draw_scalar_row(d);
        } else if (kind < 6) {
            draw_array_row(d);
        } else if (kind < 8) {
            draw_call(d);
        } else if (kind < 9) {
            draw_element(d);
        } else {
            draw_single(d);
        }
    }
}

/* Inputs for it: the three scalars, then the arrays. buffer [16] */
static inline void draw_point(double *buffer, const double **in, int specials)
{
    static const double odd[] = {0.0, -0.0, INFINITY, NAN, 1e300};
    for (int k = 0; k < 16; ++k) {
        buffer[k] = specials && !draw_below(6) ? odd[draw_below(5)] : draw_between(-2.0, 2.0);
    }
    for (int k = 0; k < 3; ++k) {
        in[k] = buffer + k;
    }
    in[3] = in[4] = buffer + 3;
    in[5] = buffer + 4;
    in[6] = buffer + 7;
}

#endif
