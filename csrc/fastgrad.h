/* fastgrad.h -- the C core: graphs of operations as flat arrays, their values and adjoints.
 *
 * Conventions. fg_module_verb names a public function, fg__verb one shared between files of the
 * core only. Arguments: the object, sizes, const inputs, outputs. A call that can fail returns an
 * fg_status, negative on failure; on failure outputs are unspecified and nothing leaks. A pointer
 * is owned (freed by the fg_x_free that matches) or borrowed, and a struct says which. The core
 * knows no Python, prints nothing, and has no mutable global state: two tapes never meet.
 */
#ifndef FASTGRAD_H
#define FASTGRAD_H

#include "fg_array.h"
#include "fg_batch.h"
#include "fg_blas.h"
#include "fg_coloring.h"
#include "fg_diff.h"
#include "fg_flat.h"
#include "fg_func.h"
#include "fg_graph.h"
#include "fg_kernels.h"
#include "fg_lower.h"
#include "fg_mail.h"
#include "fg_mem.h"
#include "fg_ops.h"
#include "fg_plan.h"
#include "fg_product.h"
#include "fg_program.h"
#include "fg_sparsity.h"
#include "fg_status.h"
#include "fg_struct.h"
#include "fg_sweep.h"
#include "fg_tape.h"

#endif
