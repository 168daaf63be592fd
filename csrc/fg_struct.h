/* fg_struct.h -- kernels of structural ops: what a program does with whole arrays.
 *
 * A program keeps every number in one workspace `fg_real *w`: integers and truth values too, and
 * every array dense in C order. A step is a kernel and its parameters p, which are all int64_t:
 *
 *   p:  [ result | operand .. operand | numbers of the kernel, as its row in fg_struct.def says ]
 *         offsets in w, in items        shapes, strides and starts in items; strides of any sign
 *
 * fg_struct_check looks at a step once, however it came; fg_struct_run then trusts it. Neither
 * allocates. A result must not overlap what the step reads, except the items that pack gathers and
 * a cast in place.
 */
#ifndef FG_STRUCT_H
#define FG_STRUCT_H
#include "fg_blas.h"
#include "fg_real.h"
#include "fg_status.h"
#include <stddef.h>
#include <stdint.h>

typedef enum fg_struct_kernel {
#define FG_KERNEL(name, n_operands, doc) FG_K_##name,
#include "fg_struct.def"
    FG_N_KERNELS
} fg_struct_kernel;

typedef enum fg_reduction {
#define FG_REDUCTION(name, doc) FG_R_##name,
#include "fg_struct.def"
    FG_N_REDUCTIONS
} fg_reduction;

typedef enum fg_scan {
#define FG_SCAN(name, doc) FG_S_##name,
#include "fg_struct.def"
    FG_N_SCANS
} fg_scan;

typedef enum fg_dtype {
#define FG_DTYPE(name, code, lo, hi) FG_D_##name = code,
#include "fg_struct.def"
    FG_N_DTYPES
} fg_dtype;

/* One row of each list. Strings are static. */
typedef struct fg_struct_row {
    const char *name;
    const char *doc;
    int n_operands;
    int is_solver; /* it needs BLAS and LAPACK, and may fail */
} fg_struct_row;

typedef struct fg_dtype_row {
    const char *name;
    double lo, hi; /* the least and the largest double that an integer dtype holds */
} fg_dtype_row;

/* The row of a code, the name of a reduction or a scan; NULL if the code is none. */
const fg_struct_row *fg_struct_info(int kernel);
const char *fg_struct_reduction(int how);
const char *fg_struct_scan(int how);
const fg_dtype_row *fg_struct_dtype(int dtype);

/* Whether a step reads and writes only where it may; p may hold anything.
 *
 * p        [n_p]
 * extent   [1 + n_operands]  sizes of the result and of the operands, in items
 * n_w      size of the workspace, in items
 * returns  FG_OK, or FG_E_FORMAT: not a kernel, not its number of parameters, sizes that are
 *          negative or overflow, an access outside of the extents or of the workspace, a result
 *          that overlaps an operand, the largest of no items
 */
fg_status fg_struct_check(int kernel, size_t n_p, const int64_t *p, const size_t *extent,
                          size_t n_w);

/* Rough number of operations of a step that was checked, beyond one for each item of its result. */
double fg__struct_work(int kernel, const int64_t *p);

/* The fg__product_work of each of the products that a step does; 0 if it does none. */
double fg__struct_product(int kernel, const int64_t *p);

/* Runs a step that was checked.
 *
 * blas     may be NULL
 * returns  FG_OK, FG_E_INDEX (gather, scatter), FG_E_RANGE (cast); of solvers FG_E_SINGULAR,
 *          FG_E_POSITIVE, FG_E_CONVERGE, FG_E_ROOT, or FG_E_LAPACK if a function is not lent;
 *          FG_E_FORMAT if not a kernel
 */
fg_status fg_struct_run(int kernel, const int64_t *p, fg_real *w, const fg_blas *blas);

/* The same in floats. */
fg_status fg_struct_run_single(int kernel, const int64_t *p, float *w, const fg_blas *blas);

#endif
