/* fg_array.h -- an array value: a strided view of memory that somebody else owns.
 *
 * Kernels see neither strides nor dtypes: a reader hands them dense tiles of double, a dense
 * float64 array without a copy, and a writer rounds them back.
 */
#ifndef FG_ARRAY_H
#define FG_ARRAY_H
#include <stddef.h>
#include <stdint.h>

enum { FG_F64, FG_F32, FG_OTHER }; /* FG_OTHER: carried along for structural ops, never read here */
enum { FG_MAX_NDIM = 64 };         /* NumPy's own limit */
enum { FG_TILE = 256 };            /* points at a time: five operands of it fit in L1 cache */

typedef struct fg_array {
    void *data;              /* borrowed from owner */
    void *owner;             /* opaque; who created the array says how it is released */
    const uint32_t *version; /* how often the memory was changed in place; lives as long as owner */
    uint32_t seen;           /* what *version was when the value was recorded */
    int dtype;
    int ndim;
    size_t size;
    size_t bytes;    /* what the value keeps alive, for the accounts of the tape */
    ptrdiff_t dim[]; /* [2 * ndim]: the shape, then the strides in bytes */
} fg_array;

/* A copy of the description (not of the memory); shape, strides [ndim]. NULL when out of memory. */
fg_array *fg_array_new(void *data, int dtype, int ndim, const ptrdiff_t *shape,
                       const ptrdiff_t *strides);

/* Bytes of one item, or 0 for FG_OTHER. */
size_t fg_dtype_size(int dtype);

/* Reads an array, or one number again and again, from its first item to its last. */
typedef struct fg_reader {
    const char *at;
    int dtype, ndim, dense, constant;
    const ptrdiff_t *shape, *strides;
    ptrdiff_t index[FG_MAX_NDIM];
    double tile[FG_TILE];
} fg_reader;

void fg_reader_array(fg_reader *r, const fg_array *a);
void fg_reader_dense(fg_reader *r, const void *data, int dtype);
void fg_reader_number(fg_reader *r, double number);

/* The next n <= FG_TILE items; valid until the next call. Reading past the end is the caller's bug. */
const double *fg_read(fg_reader *r, size_t n);

/* Rounds n doubles to the dtype and stores them densely. */
void fg_write(void *to, int dtype, const double *from, size_t n);

#endif
