/* fg_struct_loops.h -- walks over strided axes, and names of kernels; for fg_struct_*.c only. */
#ifndef FG_STRUCT_LOOPS_H
#define FG_STRUCT_LOOPS_H
#include "fg_array.h"
#include "fg_struct.h"

/* The kernels, as fg_struct_run calls them. */
#define FG_PRODUCT(name, n_operands, doc) \
    fg_status fg__struct_##name(const int64_t *p, fg_real *w, const fg_blas *blas);
#define FG_SOLVER(name, n_operands, doc) FG_PRODUCT(name, n_operands, doc)
#define FG_KERNEL(name, n_operands, doc) fg_status fg__struct_##name(const int64_t *p, fg_real *w);
#include "fg_struct.def"

/* A reduction goes through 2^40 items at most, more than memory holds: with steps of 0 it could
 * be asked for any number of them. */
enum { FG__LOG_MOST = 40 };

/* Where two arrays of one shape stand while all their items, or rows, are gone through. */
typedef struct fg__walk {
    int64_t a, b;   /* offsets now */
    int ndim, last; /* axes; the first `last` are walked, the kernel loops over the rest */
    int64_t shape[FG_MAX_NDIM], a_step[FG_MAX_NDIM], b_step[FG_MAX_NDIM], index[FG_MAX_NDIM];
} fg__walk;

/* Number of items of a shape, which was checked; no axis at all makes one. */
static inline int64_t fg__size(int64_t ndim, const int64_t *shape)
{
    int64_t size = 1;
    for (int64_t k = 0; k < ndim; ++k) {
        if (shape[k] == 0) {
            return 0;
        }
    }
    for (int64_t k = 0; k < ndim; ++k) {
        size *= shape[k];
    }
    return size;
}

/* One more axis, inside of the others: nothing if it has one item, and part of the axis around it
 * if it goes on where the last item of that ended. */
static inline void fg__walk_add(fg__walk *w, int64_t n, int64_t a_step, int64_t b_step)
{
    if (n == 1) {
        return;
    }
    int k = w->ndim - 1;
    if (k >= 0 && w->a_step[k] == n * a_step && w->b_step[k] == n * b_step) {
        n *= w->shape[k];
    } else {
        k = w->ndim++;
    }
    w->shape[k] = n;
    w->a_step[k] = a_step;
    w->b_step[k] = b_step;
    w->index[k] = 0;
}

static inline void fg__walk_axes(fg__walk *w, int64_t ndim, const int64_t *shape,
                                 const int64_t *a_step, const int64_t *b_step)
{
    w->ndim = 0;
    for (int64_t k = 0; k < ndim; ++k) {
        fg__walk_add(w, shape[k], a_step[k], b_step[k]);
    }
}

/* Begins a walk that leaves the `inner` innermost axes to the kernel; there are so many then, the
 * ones that are missing of one item each. */
static inline void fg__walk_start(fg__walk *w, int inner, int64_t a, int64_t b)
{
    w->a = a;
    w->b = b;
    if (w->ndim < inner) {
        const int more = inner - w->ndim;
        for (int k = inner - 1; k >= 0; --k) {
            w->shape[k] = k < more ? 1 : w->shape[k - more];
            w->a_step[k] = k < more ? 0 : w->a_step[k - more];
            w->b_step[k] = k < more ? 0 : w->b_step[k - more];
        }
        w->ndim = inner;
    }
    w->last = w->ndim - inner;
}

/* Goes to the next place; 0 when there is none, and the walk is back at its start. */
static inline int fg__walk_next(fg__walk *w)
{
    for (int k = w->last - 1; k >= 0; --k) {
        w->a += w->a_step[k];
        w->b += w->b_step[k];
        if (++w->index[k] < w->shape[k]) {
            return 1;
        }
        w->a -= w->a_step[k] * w->shape[k];
        w->b -= w->b_step[k] * w->shape[k];
        w->index[k] = 0;
    }
    return 0;
}

#endif
