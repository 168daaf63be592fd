/* fg_single.c -- running programs of floats: what runs those of doubles, compiled once more. */
#define FG_SINGLE
#include "fg_batch.c"
#include "fg_fft.c"
#include "fg_product.c"
#include "fg_region.c"
#include "fg_run.c"
#include "fg_runner.c"
#include "fg_struct_copy.c"
#include "fg_struct_fft.c"
#include "fg_struct_index.c"
#include "fg_struct_matmul.c"
#include "fg_struct_reduce.c"
#include "fg_struct_scan.c"
