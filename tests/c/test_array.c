/* test_array.c -- readers and the writer against a naive odometer. */
#include "arrays.h"

static const size_t sizes[] = {1, 2, 7, 255, 256, 257, 511, 512, 1000};
enum { N_SIZES = sizeof sizes / sizeof *sizes };

/* Reads all of an array, in tiles of at most `tile`. */
static void check_reading(const fg_array *a, size_t tile)
{
    fg_reader r;
    fg_reader_array(&r, a);
    for (size_t start = 0; start < a->size; start += tile) {
        const size_t n = a->size - start < tile ? a->size - start : tile;
        const double *x = fg_read(&r, n);
        for (size_t k = 0; k < n; ++k) {
            CHECK_SAME(x[k], naive_item(a, start + k));
        }
    }
}

static void test_each_layout_of_each_size_is_read_in_order(void)
{
    draw_seed(3);
    for (int layout = 0; layout < N_LAYOUTS; ++layout) {
        for (int dtype = FG_F64; dtype <= FG_F32; ++dtype) {
            for (int i = 0; i < N_SIZES; ++i) {
                fg_array *a = drawn_array((enum layout)layout, dtype, sizes[i], -1.0, 1.0);
                check_reading(a, FG_TILE);
                check_reading(a, 1);
                check_reading(a, 100);
                drop_array(a);
            }
        }
    }
}

/* A random view of up to six axes: slices with steps of either sign, transposed, broadcast. */
static fg_array *drawn_view(int dtype, char *memory, size_t items)
{
    const int ndim = (int)draw_below(7);
    const ptrdiff_t size = (ptrdiff_t)fg_dtype_size(dtype);
    ptrdiff_t shape[6], strides[6], below = 0, used = 1;
    for (int k = 0; k < ndim; ++k) {
        const ptrdiff_t n = (ptrdiff_t)(draw_below(8) ? 1 + draw_below(6) : 0);
        const ptrdiff_t step = (ptrdiff_t)draw_below(3);
        /* a step of 0 repeats; the axes before take up `used` items */
        shape[k] = n;
        strides[k] = step * used;
        if (n > 0 && used + step * used * (n - 1) <= (ptrdiff_t)items) {
            used += step * used * (n - 1);
        } else {
            shape[k] = n ? 1 : 0;
        }
        if (shape[k] > 0 && draw_below(3) == 0) {
            below += strides[k] * (shape[k] - 1);
            strides[k] = -strides[k];
        }
        strides[k] *= size;
    }
    for (int k = ndim; k-- > 1;) { /* shuffle the axes */
        const size_t other = draw_below((size_t)k + 1);
        const ptrdiff_t n = shape[k], stride = strides[k];
        shape[k] = shape[other];
        strides[k] = strides[other];
        shape[other] = n;
        strides[other] = stride;
    }
    return fg_array_new(memory + below * size, dtype, ndim, shape, strides);
}

static void test_random_views_are_read_in_order(void)
{
    enum { ITEMS = 4096 };
    long read = 0, most = 0;
    draw_seed(4);
    for (int dtype = FG_F64; dtype <= FG_F32; ++dtype) {
        char *memory = malloc(ITEMS * fg_dtype_size(dtype) + 1);
        CHECK(memory != NULL);
        for (int view = 0; view < 2000; ++view) {
            char *from = memory + view % 2; /* every second one misaligned */
            if (view < 2) {
                for (size_t k = 0; k < ITEMS; ++k) {
                    put(from, k, dtype, (double)k);
                }
            }
            fg_array *a = drawn_view(dtype, from, ITEMS - 1);
            CHECK(a != NULL);
            read += (long)a->size;
            most = (long)a->size > most ? (long)a->size : most;
            check_reading(a, 1 + draw_below(FG_TILE));
            fg_mem_free(a);
        }
        free(memory);
    }
    CHECK(read > 100000 && most > 3 * FG_TILE);
}

static void test_a_description_holds_shape_strides_size_and_bytes(void)
{
    float data[6];
    const ptrdiff_t shape[] = {2, 3}, strides[] = {12, 4};
    fg_array *a = fg_array_new(data, FG_F32, 2, shape, strides);
    CHECK(a->data == data && !a->owner && !a->version && a->ndim == 2 && a->size == 6);
    CHECK_COUNT(a->bytes, 24);
    CHECK(a->dim[0] == 2 && a->dim[1] == 3 && a->dim[2] == 12 && a->dim[3] == 4);
    fg_mem_free(a);
    a = fg_array_new(data, FG_OTHER, 2, shape, strides);
    CHECK(a->size == 6 && a->bytes == 0 && fg_dtype_size(FG_OTHER) == 0);
    fg_mem_free(a);
}

static void test_an_array_without_axes_has_one_item(void)
{
    double x = 2.5;
    fg_array *a = fg_array_new(&x, FG_F64, 0, NULL, NULL);
    CHECK_COUNT(a->size, 1);
    check_reading(a, 1);
    fg_mem_free(a);
}

static void test_an_empty_array_has_no_items_and_is_not_read(void)
{
    const ptrdiff_t shape[] = {3, 0, 2}, strides[] = {16, 8, 8};
    fg_array *a = fg_array_new(NULL, FG_F64, 3, shape, strides);
    fg_reader r;
    CHECK_COUNT(a->size, 0);
    CHECK_COUNT(a->bytes, 0);
    fg_reader_array(&r, a);
    fg_mem_free(a);
}

static void test_all_axes_that_numpy_allows_are_read(void)
{
    double x[8] = {0, 1, 2, 3, 4, 5, 6, 7};
    ptrdiff_t shape[FG_MAX_NDIM], strides[FG_MAX_NDIM];
    for (int k = 0; k < FG_MAX_NDIM; ++k) {
        shape[k] = k % 30 == 3 ? 2 : 1;
        strides[k] = k == 3 ? 8 : k == 33 ? 32 : k == 63 ? 16 : 1000000;
    }
    fg_array *a = fg_array_new(x, FG_F64, FG_MAX_NDIM, shape, strides);
    CHECK_COUNT(a->size, 8);
    check_reading(a, 3);
    fg_mem_free(a);
}

static void test_a_dense_float64_array_is_read_without_a_copy(void)
{
    double x[300];
    const ptrdiff_t shape[] = {1, 300}, strides[] = {-7, 8}; /* the stride of one item is idle */
    for (int k = 0; k < 300; ++k) {
        x[k] = k;
    }
    fg_array *a = fg_array_new(x, FG_F64, 2, shape, strides);
    fg_reader r;
    fg_reader_array(&r, a);
    CHECK(fg_read(&r, FG_TILE) == x);
    CHECK(fg_read(&r, 44) == x + FG_TILE);
    fg_mem_free(a);
    fg_reader_dense(&r, x, FG_F64);
    CHECK(fg_read(&r, 5) == x && fg_read(&r, 5) == x + 5);
}

static void test_overlapping_windows_are_not_dense(void)
{
    double x[300];
    const ptrdiff_t windows[] = {290, 10}, overlapping[] = {8, 8};
    const ptrdiff_t rows[] = {29, 10}, dense[] = {80, 8};
    for (int k = 0; k < 300; ++k) {
        x[k] = k;
    }
    fg_array *a = fg_array_new(x, FG_F64, 2, windows, overlapping);
    check_reading(a, FG_TILE);
    fg_mem_free(a);
    a = fg_array_new(x, FG_F64, 2, rows, dense);
    fg_reader r;
    fg_reader_array(&r, a);
    CHECK(fg_read(&r, FG_TILE) == x);
    fg_mem_free(a);
}

static void test_a_number_is_read_again_and_again(void)
{
    fg_reader r;
    fg_reader_number(&r, -0.0);
    for (int again = 0; again < 3; ++again) {
        const double *x = fg_read(&r, FG_TILE);
        for (int k = 0; k < FG_TILE; ++k) {
            CHECK_SAME(x[k], -0.0);
        }
    }
}

static void test_the_writer_rounds_to_the_dtype(void)
{
    const double from[] = {1.0 / 3.0, -0.0, 1e300, 1e-300, (double)NAN, -(double)INFINITY};
    double wide[6];
    float narrow[6];
    fg_write(wide, FG_F64, from, 6);
    fg_write(narrow, FG_F32, from, 6);
    for (int k = 0; k < 6; ++k) {
        CHECK_SAME(wide[k], from[k]);
    }
    CHECK_SAME((double)narrow[0], (double)(float)(1.0 / 3.0));
    CHECK_SAME((double)narrow[1], -0.0);
    CHECK_SAME((double)narrow[2], (double)INFINITY);
    CHECK_SAME((double)narrow[3], 0.0);
    CHECK_SAME((double)narrow[4], (double)NAN);
    CHECK_SAME((double)narrow[5], -(double)INFINITY);
}

static void test_without_memory_there_is_no_description(void)
{
    double x = 0.0;
    fg_mem_fail_after(0, 0);
    CHECK(fg_array_new(&x, FG_F64, 0, NULL, NULL) == NULL);
}

int main(void)
{
    RUN(test_each_layout_of_each_size_is_read_in_order);
    RUN(test_random_views_are_read_in_order);
    RUN(test_a_description_holds_shape_strides_size_and_bytes);
    RUN(test_an_array_without_axes_has_one_item);
    RUN(test_an_empty_array_has_no_items_and_is_not_read);
    RUN(test_all_axes_that_numpy_allows_are_read);
    RUN(test_a_dense_float64_array_is_read_without_a_copy);
    RUN(test_overlapping_windows_are_not_dense);
    RUN(test_a_number_is_read_again_and_again);
    RUN(test_the_writer_rounds_to_the_dtype);
    RUN(test_without_memory_there_is_no_description);
    return REPORT();
}
