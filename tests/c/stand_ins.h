/* stand_ins.h -- functions for a core that nobody lends any: smooth, and another one for each name. */
#ifndef STAND_INS_H
#define STAND_INS_H
#include "fg_lent.h"
#include <math.h>

#define FG_LENT1(name)                                             \
    static inline double stand_in_##name(double x, int zero)       \
    {                                                              \
        return zero ? (double)NAN : sin(x + 0.1 * FG_LENT_##name); \
    }
#define FG_LENT2(name)                                                       \
    static inline double stand_in_##name(double x, double y, int zero)       \
    {                                                                        \
        return zero ? (double)NAN : sin(x + 2.0 * y + 0.1 * FG_LENT_##name); \
    }
#define FG_LENT3(name)                                                                 \
    static inline double stand_in_##name(double x, double y, double z, int zero)       \
    {                                                                                  \
        return zero ? (double)NAN : sin(x + 2.0 * y - 3.0 * z + 0.1 * FG_LENT_##name); \
    }
#include "fg_lent.def"

static const fg_lent stand_ins = {{
#define FG_LENT1(name) (fg_function) stand_in_##name,
#define FG_LENT2(name) (fg_function) stand_in_##name,
#define FG_LENT3(name) (fg_function) stand_in_##name,
#include "fg_lent.def"
}};

#endif
