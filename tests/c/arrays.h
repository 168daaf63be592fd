/* arrays.h -- arrays in every layout that NumPy makes, and a naive reading of them. */
#ifndef ARRAYS_H
#define ARRAYS_H
#include "check.h"
#include "draw.h"
#include "fg_array.h"
#include <stdlib.h>

enum layout { DENSE, GAPS, REVERSED, TRANSPOSED, REPEATED, MISALIGNED, N_LAYOUTS };

/* Item number k in the order of the indices, found by dividing; NAN beyond the array. */
static inline double naive_item(const fg_array *a, size_t k)
{
    const char *at = a->data;
    for (int axis = a->ndim; axis-- > 0;) {
        const size_t n = (size_t)a->dim[axis];
        at += (ptrdiff_t)(k % n) * a->dim[a->ndim + axis];
        k /= n;
    }
    double x;
    float y;
    if (a->dtype == FG_F64) {
        memcpy(&x, at, sizeof x);
        return x;
    }
    memcpy(&y, at, sizeof y);
    return (double)y;
}

static inline void put(void *memory, size_t k, int dtype, double x)
{
    const float y = (float)x;
    if (dtype == FG_F64) {
        memcpy((char *)memory + k * sizeof x, &x, sizeof x);
    } else {
        memcpy((char *)memory + k * sizeof y, &y, sizeof y);
    }
}

/* An array of n items drawn from [lo, hi]; it owns its memory, see drop_array. The memory is no
 * larger than the array, so that a read outside is found. */
static inline fg_array *drawn_array(enum layout layout, int dtype, size_t n, double lo, double hi)
{
    const ptrdiff_t size = (ptrdiff_t)fg_dtype_size(dtype), half = n % 2 ? 1 : 2;
    const ptrdiff_t count = (ptrdiff_t)n;
    ptrdiff_t shape[2] = {half, count / half}, strides[2] = {size * (count / half), size};
    size_t items = n, start = 0;
    if (layout == GAPS) {
        strides[0] *= 3;
        strides[1] *= 3;
        items = n ? 3 * (n - 1) + 1 : 0;
    } else if (layout == REVERSED) {
        strides[0] *= -1;
        strides[1] *= -1;
        start = n ? n - 1 : 0;
    } else if (layout == TRANSPOSED) {
        strides[0] = size;
        strides[1] = size * half;
    } else if (layout == REPEATED) {
        strides[0] = size;
        strides[1] = 0;
    }
    const size_t shift = layout == MISALIGNED ? 1 : 0;
    char *memory = malloc(items * (size_t)size + shift + 1);
    CHECK(memory != NULL);
    for (size_t k = 0; k < items; ++k) {
        put(memory + shift, k, dtype, draw_between(lo, hi));
    }
    fg_array *a = fg_array_new(memory + shift + start * (size_t)size, dtype, 2, shape, strides);
    CHECK(a != NULL);
    a->owner = memory;
    return a;
}

static inline void drop_array(fg_array *a)
{
    if (a) {
        free(a->owner);
    }
    fg_mem_free(a);
}

#endif
