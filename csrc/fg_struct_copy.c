/* fg_struct_copy.c -- kernels that move numbers: fill, copy, cast, pack. */
#include "fg_struct_loops.h"
#include <math.h>
#include <string.h>

/* p = [dst | start, n, bits] */
fg_status fg__struct_fill(const int64_t *p, fg_real *w)
{
    fg_real *to = w + p[0] + p[1];
    double number;
    memcpy(&number, &p[3], sizeof number);
    for (int64_t k = 0; k < p[2]; ++k) {
        to[k] = (fg_real)number;
    }
    return FG_OK;
}

/* p = [dst | n, slot_0, .., slot_n-1] */
fg_status fg__struct_pack(const int64_t *p, fg_real *w)
{
    for (int64_t k = 0; k < p[1]; ++k) {
        w[p[0] + k] = w[p[2 + k]];
    }
    return FG_OK;
}

/* ----- strided copies ----- */

static void copy_row(int64_t n, const fg_real *restrict from, int64_t from_step,
                     fg_real *restrict to, int64_t to_step)
{
    if (to_step == 1 && from_step == 1) {
        for (int64_t k = 0; k < n; ++k) to[k] = from[k];
    } else if (to_step == 1 && from_step == 0) {
        const fg_real number = *from;
        for (int64_t k = 0; k < n; ++k) to[k] = number;
    } else if (to_step == 1) {
        for (int64_t k = 0; k < n; ++k) to[k] = from[k * from_step];
    } else {
        for (int64_t k = 0; k < n; ++k) to[k * to_step] = from[k * from_step];
    }
}

/* Two axes, the second the inner one of the result, the first that along which the source is dense:
 * four rows at a time, so that each line of memory that is fetched is used up. */
static void copy_crossed(const int64_t n[2], const fg_real *restrict from,
                         const int64_t from_step[2], fg_real *restrict to, const int64_t to_step[2])
{
    const int64_t f0 = from_step[0], f1 = from_step[1], t0 = to_step[0], t1 = to_step[1];
    int64_t i = 0;
    for (; i + 4 <= n[0]; i += 4, from += 4 * f0, to += 4 * t0) {
        for (int64_t k = 0; k < n[1]; ++k) {
            const fg_real *f = from + k * f1;
            fg_real *t = to + k * t1;
            const fg_real a = f[0], b = f[f0], c = f[2 * f0], d = f[3 * f0];
            t[0] = a;
            t[t0] = b;
            t[2 * t0] = c;
            t[3 * t0] = d;
        }
    }
    for (; i < n[0]; ++i, from += f0, to += t0) {
        copy_row(n[1], from, f1, to, t1);
    }
}

/* Brings the axis k inward to the place `to`; those between move outward. */
static void move_axis(fg__walk *w, int k, int to)
{
    const int64_t n = w->shape[k], a = w->a_step[k], b = w->b_step[k];
    for (; k < to; ++k) {
        w->shape[k] = w->shape[k + 1];
        w->a_step[k] = w->a_step[k + 1];
        w->b_step[k] = w->b_step[k + 1];
    }
    w->shape[k] = n;
    w->a_step[k] = a;
    w->b_step[k] = b;
}

/* p = [dst, src | dst_start, src_start, ndim, shape.., dst_strides.., src_strides..] */
fg_status fg__struct_copy(const int64_t *p, fg_real *w)
{
    const int64_t ndim = p[4], *shape = p + 5, *to_step = shape + ndim, *from_step = to_step + ndim;
    if (fg__size(ndim, shape) == 0) {
        return FG_OK;
    }
    fg__walk walk; /* a: the result, b: the source */
    fg__walk_axes(&walk, ndim, shape, to_step, from_step);
    fg__walk_start(&walk, 2, p[0] + p[2], p[1] + p[3]);
    /* The axis along which the source is dense crosses the inner one of the result, if it is
     * another; the order in which the axes are gone through changes no item. */
    const int inner = walk.ndim - 1;
    int dense = inner;
    for (int k = 0; k < walk.ndim; ++k) {
        if (walk.b_step[k] == 1) {
            dense = k;
        }
    }
    if (dense != inner) {
        move_axis(&walk, dense, inner - 1);
    }
    const int64_t *n = walk.shape + inner - 1;
    const int64_t *a_step = walk.a_step + inner - 1, *b_step = walk.b_step + inner - 1;
    const int crossed = dense != inner || n[1] < 8;
    do {
        fg_real *to = w + walk.a;
        const fg_real *from = w + walk.b;
        if (crossed) {
            copy_crossed(n, from, b_step, to, a_step);
            continue;
        }
        for (int64_t k = 0; k < n[0]; ++k) {
            copy_row(n[1], from + k * b_step[0], b_step[1], to + k * a_step[0], a_step[1]);
        }
    } while (fg__walk_next(&walk));
    return FG_OK;
}

/* ----- casts, which may be in place ----- */

static void cast_float64(int64_t n, const fg_real *from, fg_real *to)
{
    for (int64_t k = 0; k < n; ++k) {
        to[k] = from[k];
    }
}

static void cast_float32(int64_t n, const fg_real *from, fg_real *to)
{
    for (int64_t k = 0; k < n; ++k) {
        to[k] = (float)from[k];
    }
}

static void cast_bool(int64_t n, const fg_real *from, fg_real *to)
{
    for (int64_t k = 0; k < n; ++k) {
        to[k] = from[k] != 0;
    }
}

/* From 2^52 on a double is an integer; below it, the way through int64_t gives no -0.0. */
static fg_status cast_integer(int64_t n, double lo, double hi, const fg_real *from, fg_real *to)
{
    for (int64_t k = 0; k < n; ++k) {
        const double x = from[k];
        const double whole = fabs(x) < 0x1p52 ? (double)(int64_t)x : x;
        if (!(whole >= lo && whole <= hi)) {
            return FG_E_RANGE;
        }
        to[k] = (fg_real)whole;
    }
    return FG_OK;
}

/* p = [dst, src | n, dtype] */
fg_status fg__struct_cast(const int64_t *p, fg_real *w)
{
    const fg_real *from = w + p[1];
    fg_real *to = w + p[0];
    const fg_dtype_row *dtype = fg_struct_dtype((int)p[3]);
    switch (p[3]) {
    case FG_D_float64:
        cast_float64(p[2], from, to);
        return FG_OK;
    case FG_D_float32:
        cast_float32(p[2], from, to);
        return FG_OK;
    case FG_D_bool:
        cast_bool(p[2], from, to);
        return FG_OK;
    default:
        return cast_integer(p[2], dtype->lo, dtype->hi, from, to);
    }
}
