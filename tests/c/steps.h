/* steps.h -- draws steps of structural kernels, with workspaces to run them in.
 *
 * A workspace is one block of exactly n_w items, so that the sanitizer sees an access beyond it;
 * the arrays of a step stand in it in any order, with gaps that nothing may touch.
 */
#ifndef STEPS_H
#define STEPS_H
#include "check.h"
#include "draw.h"
#include "ffts.h"
#include "fg_array.h"
#include "fg_struct.h"
#include "lapack.h"
#include <stdlib.h>

enum { STEP_MAX = 512, STEP_ARRAYS = 3 };

typedef struct step {
    int kernel;
    size_t n_p, extent[STEP_ARRAYS], n_w;
    int64_t p[STEP_MAX];
    double *w; /* owned */
} step;

static inline void step_add(step *s, int64_t number)
{
    s->p[s->n_p++] = number;
}

static inline void step_add_all(step *s, int64_t n, const int64_t *numbers)
{
    for (int64_t k = 0; k < n; ++k) {
        step_add(s, numbers[k]);
    }
}

/* Begins a step: how many items the result and the operands have. */
static inline void step_begin(step *s, int kernel, size_t dst, size_t a, size_t b)
{
    const size_t sizes[] = {dst, a, b};
    const int n = 1 + fg_struct_info(kernel)->n_operands, first = (int)draw_below((size_t)n);
    s->kernel = kernel;
    s->n_p = 0;
    s->n_w = draw_below(4);
    for (int k = 0; k < n; ++k) {
        const int which = (first + k) % n;
        s->extent[which] = sizes[which];
        s->p[which] = (int64_t)s->n_w;
        s->n_w += sizes[which] + draw_below(4);
        ++s->n_p;
    }
    s->w = malloc((s->n_w ? s->n_w : 1) * sizeof(double));
    for (size_t k = 0; k < s->n_w; ++k) {
        s->w[k] = draw_between(-3.0, 3.0);
    }
}

static inline void step_free(step *s)
{
    free(s->w);
}

static inline double *step_items(const step *s, int which)
{
    return s->w + s->p[which];
}

/* The parameters are a block of their own too: nothing behind them may be read. */
static inline fg_status step_check(const step *s)
{
    int64_t *p = malloc((s->n_p ? s->n_p : 1) * sizeof *p);
    memcpy(p, s->p, s->n_p * sizeof *p);
    const fg_status status = fg_struct_check(s->kernel, s->n_p, p, s->extent, s->n_w);
    free(p);
    return status;
}

static inline fg_status step_run(step *s)
{
    return fg_struct_run(s->kernel, s->p, s->w, &touching);
}

/* Copies work memory, which a step may change, into what the workspace was before. */
static inline void step_forget_work(const step *s, double *before)
{
    if (s->kernel == FG_K_fft) {
        memcpy(before + s->p[2], s->w + s->p[2], s->extent[2] * sizeof(double));
    }
}

/* ----- shapes and strides ----- */

typedef struct layout {
    int64_t ndim, shape[4], step[4], start, extent;
} layout;

static inline int64_t draw_length(void)
{
    static const int64_t lengths[] = {1, 1, 2, 3, 4, 5, 7, 9, 17, 40};
    return draw_below(25) == 0 ? 0 : lengths[draw_below(10)];
}

static inline int64_t layout_size(const layout *l)
{
    int64_t size = 1;
    for (int64_t k = 0; k < l->ndim; ++k) {
        size *= l->shape[k];
    }
    return size;
}

static inline void draw_shape(layout *l, int64_t ndim, int64_t most)
{
    l->ndim = ndim;
    do {
        for (int64_t k = 0; k < ndim; ++k) {
            l->shape[k] = draw_length();
        }
    } while (layout_size(l) > most);
}

/* Gives the shape some strides: axes in any order, with gaps, backwards if they may be, and
 * repeated if they may be. No two items share a place otherwise. */
static inline void draw_strides(layout *l, int backwards, int repeats)
{
    int64_t order[4] = {0, 1, 2, 3}, at = 1;
    const int shuffled = draw_below(2) == 0;
    for (int64_t k = l->ndim - 1; k > 0 && shuffled; --k) {
        const size_t other = draw_below((size_t)k + 1);
        const int64_t kept = order[k];
        order[k] = order[other];
        order[other] = kept;
    }
    l->start = (int64_t)draw_below(3);
    for (int64_t k = l->ndim - 1; k >= 0; --k) {
        const int64_t axis = order[k], n = l->shape[axis];
        at *= draw_below(4) == 0 ? 2 : 1;
        l->step[axis] = repeats && draw_below(6) == 0 ? 0 : at;
        if (n > 0 && l->step[axis] != 0) {
            at *= n;
        }
        if (n > 0 && backwards && draw_below(4) == 0) {
            l->step[axis] = -l->step[axis];
            l->start -= l->step[axis] * (n - 1);
        }
    }
    l->extent = l->start + at;
}

/* ----- steps of each kernel ----- */

static inline void draw_copy(step *s)
{
    layout to, from;
    draw_shape(&to, (int64_t)draw_below(5), 3000);
    from = to;
    draw_strides(&to, 1, 0);
    draw_strides(&from, 1, 1);
    step_begin(s, FG_K_copy, (size_t)to.extent, (size_t)from.extent, 0);
    step_add(s, to.start);
    step_add(s, from.start);
    step_add(s, to.ndim);
    step_add_all(s, to.ndim, to.shape);
    step_add_all(s, to.ndim, to.step);
    step_add_all(s, to.ndim, from.step);
}

static inline int needs_an_item(int how)
{
    return how == FG_R_max || how == FG_R_min || how == FG_R_argmax || how == FG_R_argmin;
}

/* The axes up to `cut` of one layout are kept, or the others; the kept ones may come last. */
static inline void draw_reduce(step *s, int how)
{
    layout all, part[2] = {{0}, {0}}; /* kept, reduced */
    do {
        draw_shape(&all, (int64_t)draw_below(5), 3000);
    } while (needs_an_item(how) && layout_size(&all) == 0);
    draw_strides(&all, 0, draw_below(2) == 0);
    for (int64_t k = 0; k < all.ndim; ++k) {
        layout *l = &part[draw_below(2)];
        l->shape[l->ndim] = all.shape[k];
        l->step[l->ndim++] = all.step[k];
    }
    step_begin(s, FG_K_reduce, (size_t)layout_size(&part[0]), (size_t)all.extent, 0);
    step_add(s, how);
    for (int k = 0; k < 2; ++k) {
        step_add(s, part[k].ndim);
        step_add_all(s, part[k].ndim, part[k].shape);
        step_add_all(s, part[k].ndim, part[k].step);
    }
}

static inline int64_t draw_side(void)
{
    static const int64_t sides[] = {1, 2, 3, 4, 5, 8, 13, 33, 70, 140};
    return draw_below(20) == 0 ? 0 : sides[draw_below(draw_below(4) == 0 ? 10 : 7)];
}

/* A matrix of any layout; between its items there may be others. */
static inline void draw_matrix(layout *l, int64_t rows, int64_t columns)
{
    l->ndim = 2;
    l->shape[0] = rows;
    l->shape[1] = columns;
    if (draw_below(3) == 0) {
        draw_strides(l, 0, 1);
        return;
    }
    const int transposed = (int)draw_below(2);
    const int64_t gap = draw_below(3) == 0;
    l->step[transposed] = l->shape[1 - transposed] + gap;
    l->step[1 - transposed] = 1;
    l->extent = l->shape[transposed] * l->step[transposed];
}

static inline void draw_matmul(step *s)
{
    const int64_t m = draw_side(), depth = draw_side(), n = draw_side();
    layout batch, stack[2], matrix[2];
    draw_shape(&batch, (int64_t)draw_below(3), 20);
    draw_matrix(&matrix[0], m, depth);
    draw_matrix(&matrix[1], depth, n);
    size_t extent[2];
    for (int k = 0; k < 2; ++k) {
        stack[k] = batch;
        draw_strides(&stack[k], 0, 1);
        for (int64_t axis = 0; axis < batch.ndim; ++axis) {
            stack[k].step[axis] *= draw_below(2) && m * n * depth > 0 ? matrix[k].extent : 1;
        }
        extent[k] = (size_t)(stack[k].extent * (matrix[k].extent + 1));
    }
    step_begin(s, FG_K_matmul, (size_t)(layout_size(&batch) * m * n), extent[0], extent[1]);
    step_add(s, m);
    step_add(s, depth);
    step_add(s, n);
    for (int k = 0; k < 2; ++k) {
        step_add_all(s, 2, matrix[k].step);
    }
    step_add(s, batch.ndim);
    step_add_all(s, batch.ndim, batch.shape);
    step_add_all(s, batch.ndim, stack[0].step);
    step_add_all(s, batch.ndim, stack[1].step);
}

/* gather, scatter_add, scatter_set: the indices are good. */
static inline void draw_indexing(step *s, int kernel)
{
    const size_t size = 1 + draw_below(50), n = draw_below(80);
    const int gathers = kernel == FG_K_gather;
    const int64_t one = draw_below(3) == 0 && n > 0; /* scatter_set of one item again and again */
    const size_t sources = kernel == FG_K_scatter_set && one ? 1 : n;
    step_begin(s, kernel, gathers ? n : size, gathers ? size : sources, n);
    step_add(s, (int64_t)n);
    step_add(s, (int64_t)size);
    if (kernel == FG_K_scatter_set) {
        step_add(s, !one);
    }
    for (size_t k = 0; k < n; ++k) {
        step_items(s, 2)[k] = (double)draw_below(size);
    }
}

static inline void draw_along(step *s, int kernel)
{
    layout l;
    draw_shape(&l, 3, 3000);
    const size_t size = (size_t)layout_size(&l);
    step_begin(s, kernel, size, size, kernel == FG_K_recurrence ? size : 0);
    if (kernel == FG_K_scan) {
        step_add(s, (int64_t)draw_below(FG_N_SCANS));
    }
    step_add_all(s, 3, l.shape);
}

static inline void draw_cast(step *s, int dtype)
{
    const size_t n = draw_below(100);
    step_begin(s, FG_K_cast, n, n, 0);
    step_add(s, (int64_t)n);
    step_add(s, dtype);
    for (size_t k = 0; k < n; ++k) {
        step_items(s, 1)[k] = fabs(step_items(s, 1)[k]) * 30.0;
    }
}

static inline int draw_dtype(void)
{
    int dtype;
    do {
        dtype = (int)draw_below(FG_N_DTYPES);
    } while (!fg_struct_dtype(dtype));
    return dtype;
}

static inline void draw_fill(step *s)
{
    const size_t n = draw_below(100), start = draw_below(5);
    step_begin(s, FG_K_fill, start + n, 0, 0);
    step_add(s, (int64_t)start);
    step_add(s, (int64_t)n);
    step_add(s, (int64_t)draw_bits());
}

static inline void draw_pack(step *s)
{
    const size_t n = draw_below(100);
    step_begin(s, FG_K_pack, n, 0, 0);
    step_add(s, (int64_t)n);
    for (size_t k = 0; k < n; ++k) {
        step_add(s, (int64_t)draw_below(s->n_w));
    }
}

static inline void draw_fft(step *s)
{
    static const int64_t lengths[] = {1, 2, 3, 4, 6, 7, 8, 12, 15};
    const int64_t kind = (int64_t)draw_below(FG_FFT_KINDS), n = lengths[draw_below(9)];
    const int64_t head[] = {kind,
                            kind == FG_FFT_COMPLEX ? (int64_t)draw_below(2) : kind == FG_FFT_HALF,
                            (int64_t)draw_below(3),
                            (int64_t)draw_below(4),
                            n,
                            (int64_t)draw_below(5),
                            1 + (int64_t)draw_below(4)};
    int64_t numbers[STEP_MAX];
    const int64_t n_p = fft_numbers(head, draw_below(3) ? 0 : 2 * n + 2, numbers);
    const int64_t many = head[2] * head[3] * head[5], half = n / 2 + 1;
    const int64_t dst = many * (kind == FG_FFT_HALF ? n : kind == FG_FFT_REAL ? 2 * half : 2 * n);
    const int64_t src = many * (kind == FG_FFT_HALF ? 2 * half : kind == FG_FFT_REAL ? n : 2 * n);
    step_begin(s, FG_K_fft, (size_t)dst, (size_t)src, (size_t)fft_work(numbers));
    step_add_all(s, n_p, numbers);
}

static inline void draw_solver(step *s, int kernel)
{
    const matrices x = draw_matrices(kernel);
    step_begin(s, kernel, x.result, x.a, x.b);
    step_add_all(s, (int64_t)x.n_number, x.number);
}

static inline void draw_step(step *s, int kernel)
{
    switch (kernel) {
    case FG_K_fft:
        draw_fft(s);
        break;
    case FG_K_fill:
        draw_fill(s);
        break;
    case FG_K_copy:
        draw_copy(s);
        break;
    case FG_K_cast:
        draw_cast(s, draw_dtype());
        break;
    case FG_K_reduce:
        draw_reduce(s, (int)draw_below(FG_N_REDUCTIONS));
        break;
    case FG_K_scan:
    case FG_K_recurrence:
    case FG_K_argsort:
        draw_along(s, kernel);
        break;
    case FG_K_matmul:
        draw_matmul(s);
        break;
    case FG_K_pack:
        draw_pack(s);
        break;
    case FG_K_gather:
    case FG_K_scatter_add:
    case FG_K_scatter_set:
        draw_indexing(s, kernel);
        break;
    default:
        draw_solver(s, kernel);
    }
}

#endif
