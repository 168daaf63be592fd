/* fg_runner_body.h -- running programs with one instruction set; for fg_runner_*.c only. */
#include "fg_ops.h"
#include "fg_rules.h"
#include "fg_tile.h"

#include "fg_isa_each.h"
#include "fg_runner_matmul.h"
#include "fg_runner_point.h"
#include "fg_runner_terms.h"
#include "fg_runner_tile.h"

extern const fg_runner FG_JOIN(fg__runner_, FG_ISA);
const fg_runner FG_JOIN(fg__runner_, FG_ISA) = {run, run_tile, sum_few, multiply};
