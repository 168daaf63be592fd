/* fg_math.h -- mathematical functions that compilers turn into vector code. */
#ifndef FG_MATH_H
#define FG_MATH_H
#include "fg_math_arc.h"
#include "fg_math_erf.h"
#include "fg_math_exp.h"
#include "fg_math_hyperbolic.h"
#include "fg_math_log.h"
#include "fg_math_pow.h"
#include "fg_math_root.h"
#include "fg_math_trig.h"

#endif
