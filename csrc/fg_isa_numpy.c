/* fg_isa_numpy.c -- rows for every processor, with the functions of mathematics that are given. */
#define FG_ISA_LEVEL 3
#include "fg_isa_target.h"

#include "fg_isa_body.h"

#include "fg_isa_end.h"
