/* fg_real.h -- the numbers that a program computes with: doubles, or floats where all is float32.
 *
 * What runs programs is compiled twice, the second time with FG_SINGLE: see fg_single.c and the
 * fg_runner_single_*.c. The functions have other names there, so that both can be in one library.
 */
#ifndef FG_REAL_H
#define FG_REAL_H
#include <float.h>
#include <stdint.h>

#if defined(FG_SINGLE)
typedef float fg_real;
typedef int32_t fg_real_mask; /* of its size */
#define FG_REAL_MIN FLT_MIN
#define FG_REAL_MAX FLT_MAX
#define FG_REAL_EPSILON FLT_EPSILON

#define fg__batch_run fg__batch_run_single
#define fg__batch_start fg__batch_start_single
#define fg__fft_run fg__fft_run_single
#define fg__product_run fg__product_run_single
#define fg__region_run fg__region_run_single
#define fg__run fg__run_single
#define fg__run_row fg__run_row_single
#define fg__runner_avx2 fg__runner_avx2_single
#define fg__runner_avx512 fg__runner_avx512_single
#define fg__runner_base fg__runner_base_single
#define fg__runner_now fg__runner_now_single
#define fg__runner_number fg__runner_number_single
#define fg__runner_numpy fg__runner_numpy_single
#define fg__start fg__start_single
#define fg__struct_adjugate fg__struct_adjugate_single
#define fg__struct_argsort fg__struct_argsort_single
#define fg__struct_cast fg__struct_cast_single
#define fg__struct_cholesky fg__struct_cholesky_single
#define fg__struct_copy fg__struct_copy_single
#define fg__struct_fft fg__struct_fft_single
#define fg__struct_det fg__struct_det_single
#define fg__struct_eigh fg__struct_eigh_single
#define fg__struct_expm fg__struct_expm_single
#define fg__struct_fill fg__struct_fill_single
#define fg__struct_gather fg__struct_gather_single
#define fg__struct_lu fg__struct_lu_single
#define fg__struct_lu_solve fg__struct_lu_solve_single
#define fg__struct_matmul fg__struct_matmul_single
#define fg__struct_pack fg__struct_pack_single
#define fg__struct_qr fg__struct_qr_single
#define fg__struct_recurrence fg__struct_recurrence_single
#define fg__struct_reduce fg__struct_reduce_single
#define fg__struct_scan fg__struct_scan_single
#define fg__struct_scatter_add fg__struct_scatter_add_single
#define fg__struct_scatter_set fg__struct_scatter_set_single
#define fg__struct_solve_triangular fg__struct_solve_triangular_single
#define fg__struct_sqrtm fg__struct_sqrtm_single
#define fg__struct_svd fg__struct_svd_single
#define fg_struct_run fg_struct_run_single
#else
typedef double fg_real;
typedef int64_t fg_real_mask;
#define FG_REAL_MIN DBL_MIN
#define FG_REAL_MAX DBL_MAX
#define FG_REAL_EPSILON DBL_EPSILON
#endif

#endif
