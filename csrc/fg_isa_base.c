/* fg_isa_base.c -- for every processor that the package is built for. */
#define FG_ISA base
#define FG_ISA_WIDTH 2
#if defined(__FMA__) || defined(__aarch64__)
#define FG_HAS_FMA
#endif
#include "fg_isa_body.h"
