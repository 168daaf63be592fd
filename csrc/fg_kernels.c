/* fg_kernels.c -- value and adjoint of each row, tile by tile. */
#include "fg_kernels.h"
#include "fg_isa.h"
#include "fg_ops.h"
#include <math.h>

static void reader_init(fg_reader *r, const fg_operand *in)
{
    if (in->array) {
        fg_reader_array(r, in->array);
    } else {
        fg_reader_number(r, in->number);
    }
}

static size_t tile_size(size_t size, size_t start)
{
    return size - start < FG_TILE ? size - start : FG_TILE;
}

static void read_operands(fg_reader *reader, int arity, size_t n, const double **x)
{
    x[0] = x[1] = x[2] = fg_read(&reader[0], n);
    for (int k = 1; k < arity; ++k) {
        x[k] = fg_read(&reader[k], n);
    }
}

fg_status fg_kernel_value(int op, size_t size, const fg_operand *in, int dtype, void *out)
{
    const int arity = fg_op_arity(op);
    if (!arity) {
        return FG_E_OPCODE;
    }
    fg_reader reader[3];
    const double *x[3];
    double result[FG_TILE];
    fg_row_kernel *run = fg_isa_now()->kernel[op][0];
    for (int k = 0; k < arity; ++k) {
        reader_init(&reader[k], &in[k]);
    }
    const size_t item = fg_dtype_size(dtype);
    for (size_t start = 0; start < size; start += FG_TILE) {
        const size_t n = tile_size(size, start);
        read_operands(reader, arity, n, x);
        if (dtype == FG_F64) {
            run(n, x[0], x[1], x[2], x[0], x[0], (double *)out + start);
        } else {
            run(n, x[0], x[1], x[2], x[0], x[0], result);
            fg_write((char *)out + start * item, dtype, result, n);
        }
    }
    return FG_OK;
}

void fg_kernel_row(int op, size_t n, const double *const *x, const int *stride, double *out)
{
    double tile[3][FG_TILE];
    const double *at[3];
    const int arity = fg_op_arity(op);
    fg_row_kernel *run = fg_isa_now()->kernel[op][0];
    for (int j = 0; j < 3; ++j) {
        at[j] = j < arity ? x[j] : x[0];
        if (j < arity && !stride[j]) {
            for (size_t k = 0; k < FG_TILE && k < n; ++k) {
                tile[j][k] = x[j][0];
            }
            at[j] = tile[j];
        } else if (j >= arity) {
            at[j] = at[0];
        }
    }
    for (size_t start = 0; start < n; start += FG_TILE) {
        const size_t m = tile_size(n, start);
        run(m, at[0], at[1], at[2], at[0], at[0], out + start);
        for (int j = 0; j < 3; ++j) {
            at[j] = j < arity && stride[j] ? at[j] + m : at[j];
        }
        for (int j = arity; j < 3; ++j) {
            at[j] = at[0];
        }
    }
}

fg_status fg_kernel_adjoint(int op, int which, size_t size, const fg_operand *in,
                            const fg_operand *v, int dtype, const void *g, void *adj)
{
    const int arity = fg_op_arity(op);
    if (which < 0 || which >= arity) {
        return FG_E_OPCODE;
    }
    fg_row_kernel *run = fg_isa_now()->kernel[op][1 + which];
    if (!run) {
        return FG_OK;
    }
    fg_reader reader[3], value_reader, seed, sum;
    const double *x[3];
    for (int k = 0; k < arity; ++k) {
        reader_init(&reader[k], &in[k]);
    }
    reader_init(&value_reader, v);
    fg_reader_dense(&seed, g, dtype);
    fg_reader_dense(&sum, adj, dtype);
    const size_t item = fg_dtype_size(dtype);
    for (size_t start = 0; start < size; start += FG_TILE) {
        const size_t n = tile_size(size, start);
        read_operands(reader, arity, n, x);
        const double *v_tile = fg_read(&value_reader, n), *g_tile = fg_read(&seed, n);
        if (dtype == FG_F64) {
            run(n, x[0], x[1], x[2], v_tile, g_tile, (double *)adj + start);
        } else {
            fg_read(&sum, n);
            run(n, x[0], x[1], x[2], v_tile, g_tile, sum.tile);
            fg_write((char *)adj + start * item, dtype, sum.tile, n);
        }
    }
    return FG_OK;
}

void fg_kernel_add(size_t size, int dtype, const void *g, void *adj)
{
    if (dtype == FG_F64) {
        const double *from = g;
        double *to = adj;
        for (size_t k = 0; k < size; ++k) {
            to[k] += from[k];
        }
    } else {
        const float *from = g;
        float *to = adj;
        for (size_t k = 0; k < size; ++k) {
            to[k] += from[k];
        }
    }
}

int fg_kernel_has_nan(size_t size, int dtype, const void *items)
{
    fg_reader r;
    fg_reader_dense(&r, items, dtype);
    for (size_t start = 0; start < size; start += FG_TILE) {
        const size_t n = tile_size(size, start);
        const double *x = fg_read(&r, n);
        for (size_t k = 0; k < n; ++k) {
            if (isnan(x[k])) {
                return 1;
            }
        }
    }
    return 0;
}
