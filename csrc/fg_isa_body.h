/* fg_isa_body.h -- all that is compiled for each instruction set; for fg_isa_*.c only.
 *
 * FG_ISA         the name of the set
 * FG_ISA_WIDTH   doubles that a register holds
 * FG_HAS_FMA     defined if it has a fused multiply-add
 */
#include "fg_isa.h"
#include "fg_ops.h"
#include "fg_rules.h"
#include "fg_tile.h"
#include <string.h>

#include "fg_isa_rows.h"
#include "fg_isa_run.h"
#include "fg_isa_sweep.h"
#include "fg_isa_tile.h"

#define TABLE_OF(set) fg__isa_##set
#define TABLE(set) TABLE_OF(set)
#define TEXT_OF(set) #set
#define TEXT(set) TEXT_OF(set)

extern const fg_isa TABLE(FG_ISA);
const fg_isa TABLE(FG_ISA) = {TEXT(FG_ISA), value_of, kernels,      run,
                              run_tile,     sum_few,  sweep_scalars};
