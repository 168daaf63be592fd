/* fg_isa_body.h -- rows and the sweep for one instruction set; for fg_isa_*.c only. */
#include "fg_ops.h"
#include "fg_rules.h"

#include "fg_isa_rows.h"
#include "fg_isa_sweep.h"

extern const fg_isa FG_JOIN(fg__isa_, FG_ISA);
const fg_isa FG_JOIN(fg__isa_, FG_ISA) = {FG_TEXT(FG_ISA), FG_ISA_LEVEL, value_of, kernels,
                                          sweep_scalars};
