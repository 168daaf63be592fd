/* fg_kernels.h -- the table as loops over arrays. */
#ifndef FG_KERNELS_H
#define FG_KERNELS_H
#include "fg_array.h"
#include "fg_status.h"

/* An operand: an array of the op's shape, or a number when array is NULL. */
typedef struct fg_operand {
    const fg_array *array;
    double number;
} fg_operand;

/* out[k] = value of the op, dense, rounded to dtype.
 *
 * in    [arity]  operands; an array among them has `size` items
 * out   [size]   must not overlap an operand
 * returns  FG_OK, or FG_E_OPCODE if op is no row
 */
fg_status fg_kernel_value(int op, size_t size, const fg_operand *in, int dtype, void *out);

/* out[k] = value of the op at x[j][k * stride[j]]; strides are 0 or 1, out [n] overlaps no operand. */
void fg_kernel_row(int op, size_t n, const double *const *x, const int *stride, double *out);

/* adj[k] += g[k] * (local gradient number `which` of the op), both dense and of one dtype.
 *
 * in    [arity]  operands as above
 * v              the value of the op, as fg_kernel_value gave it
 * g     [size]   adjoint of the value
 * adj   [size]   adjoint of the operand; must not overlap g
 * returns  FG_OK, or FG_E_OPCODE if op is no row or has no such operand
 */
fg_status fg_kernel_adjoint(int op, int which, size_t size, const fg_operand *in,
                            const fg_operand *v, int dtype, const void *g, void *adj);

/* adj[k] += g[k], both dense. */
void fg_kernel_add(size_t size, int dtype, const void *g, void *adj);

/* Whether one of the dense items is NaN. */
int fg_kernel_has_nan(size_t size, int dtype, const void *items);

#endif
