/* fg_runner_base.c -- programs for every processor that the package is built for. */
#define FG_ISA_LEVEL 0
#include "fg_isa_target.h"

#include "fg_runner_body.h"

#include "fg_isa_end.h"
