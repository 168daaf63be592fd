/* fg_isa_each.h -- a loop over points that do not depend on each other, also where a result stands in the
 * place of an operand: the compiler's to vectorise.
 *
 * Where functions are given, a row that is one of them runs it once for all points.
 * Sine, cosine and tangent of large angles are C's: a tile that holds such an angle goes point by point.
 */
#ifndef FG_ISA_EACH_H
#define FG_ISA_EACH_H
#include "fg_compiler.h"
#include <stddef.h>

#if defined(__clang__)
#define FG_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#elif defined(FG_GNU)
#define FG_INDEPENDENT _Pragma("GCC ivdep")
#else
#define FG_INDEPENDENT
#endif

/* Whether the text of an expression has an angle in it: "sin(x)", "-sin(x)" or the like. */
#define FG_IS_ANGLE(text)                                                              \
    (!strcmp(text, "sin(x)") || !strcmp(text, "-sin(x)") || !strcmp(text, "cos(x)") || \
     !strcmp(text, "tan(x)"))

/* A row that has a loop of its own, of doubles, else what follows. Powers choose between points. */
#if defined(FG_HAS_GIVEN) && !defined(FG_SINGLE)
#define FG_WHOLE(op, n, x, y, to)                          \
    if ((op) != FG_OP_power && fg__given_now()[op].loop) { \
        fg__given_run(op, n, x, y, to);                    \
    } else
#else
#define FG_WHOLE(op, n, x, y, to)
#endif

/* `statement` for each k < n; with `fg_far`, angles may be large. */
#define FG_EACH(n, text, ...)                           \
    if (FG_IS_ANGLE(text) && fg_rule_any_far(n, X)) {   \
        enum { fg_far = 1 };                            \
        for (size_t k = 0; k < (n); ++k) {              \
            __VA_ARGS__;                                \
        }                                               \
    } else {                                            \
        enum { fg_far = 0 };                            \
        FG_INDEPENDENT for (size_t k = 0; k < (n); ++k) \
        {                                               \
            __VA_ARGS__;                                \
        }                                               \
    }

#endif
