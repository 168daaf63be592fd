/* fg_array.c -- strided arrays of any dtype as dense tiles of double. */
#include "fg_array.h"
#include "fg_mem.h"
#include <string.h>

size_t fg_dtype_size(int dtype)
{
    return dtype == FG_F64 ? sizeof(double) : dtype == FG_F32 ? sizeof(float) : 0;
}

fg_array *fg_array_new(void *data, int dtype, int ndim, const ptrdiff_t *shape,
                       const ptrdiff_t *strides)
{
    const size_t dims = 2 * (size_t)ndim;
    fg_array *a = fg_mem_zeros(1, sizeof *a + dims * sizeof *a->dim);
    if (!a) {
        return NULL;
    }
    a->data = data;
    a->dtype = dtype;
    a->ndim = ndim;
    a->size = 1;
    for (int k = 0; k < ndim; ++k) {
        a->dim[k] = shape[k];
        a->dim[ndim + k] = strides[k];
        a->size *= (size_t)shape[k];
    }
    a->bytes = a->size * fg_dtype_size(dtype);
    return a;
}

void fg_reader_array(fg_reader *r, const fg_array *a)
{
    fg_reader_dense(r, a->data, a->dtype);
    r->ndim = a->ndim;
    r->shape = a->dim;
    r->strides = a->dim + a->ndim;
    ptrdiff_t step = (ptrdiff_t)fg_dtype_size(a->dtype);
    for (int k = a->ndim; k-- > 0;) {
        r->index[k] = 0;
        if (r->shape[k] != 1 && r->strides[k] != step) {
            r->dense = 0;
        }
        step *= r->shape[k];
    }
}

void fg_reader_dense(fg_reader *r, const void *data, int dtype)
{
    r->at = data;
    r->dtype = dtype;
    r->dense = 1;
    r->constant = 0;
}

void fg_reader_number(fg_reader *r, double number)
{
    r->constant = 1;
    for (size_t k = 0; k < FG_TILE; ++k) {
        r->tile[k] = number;
    }
}

static double item(const char *at, int dtype)
{
    /* memcpy, because a NumPy array may be misaligned */
    if (dtype == FG_F64) {
        double x;
        memcpy(&x, at, sizeof x);
        return x;
    }
    float x;
    memcpy(&x, at, sizeof x);
    return x;
}

/* Steps the index over the outer axes; the last axis is walked in runs by the caller. */
static void next_row(fg_reader *r)
{
    for (int k = r->ndim - 1; k-- > 0;) {
        r->at += r->strides[k];
        if (++r->index[k] < r->shape[k]) {
            return;
        }
        r->at -= r->strides[k] * r->shape[k];
        r->index[k] = 0;
    }
}

static void gather(fg_reader *r, size_t n)
{
    const int last = r->ndim - 1;
    const ptrdiff_t stride = r->strides[last];
    for (size_t k = 0; k < n;) {
        size_t run = (size_t)(r->shape[last] - r->index[last]);
        if (run > n - k) {
            run = n - k;
        }
        for (size_t m = 0; m < run; ++m) {
            r->tile[k++] = item(r->at, r->dtype);
            r->at += stride;
        }
        r->index[last] += (ptrdiff_t)run;
        if (r->index[last] == r->shape[last]) {
            r->at -= stride * r->shape[last];
            r->index[last] = 0;
            next_row(r);
        }
    }
}

const double *fg_read(fg_reader *r, size_t n)
{
    if (r->constant) {
        return r->tile;
    }
    if (!r->dense) {
        gather(r, n);
        return r->tile;
    }
    const char *at = r->at;
    r->at += n * fg_dtype_size(r->dtype);
    if (r->dtype == FG_F64 && (uintptr_t)at % sizeof(double) == 0) {
        return (const double *)(const void *)at;
    }
    for (size_t k = 0; k < n; ++k) {
        r->tile[k] = item(at + k * fg_dtype_size(r->dtype), r->dtype);
    }
    return r->tile;
}

void fg_write(void *to, int dtype, const double *from, size_t n)
{
    if (dtype == FG_F64) {
        memcpy(to, from, n * sizeof *from);
        return;
    }
    float *out = to;
    for (size_t k = 0; k < n; ++k) {
        out[k] = (float)from[k];
    }
}
