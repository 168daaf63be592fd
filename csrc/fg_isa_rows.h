/* fg_isa_rows.h -- the table as loops over tiles, and as the value of one point; for fg_isa_body.h. */
#ifndef FG_ISA_ROWS_H
#define FG_ISA_ROWS_H
#include "fg_isa_each.h"

#define KERNEL(name, first, text, statement)                                                       \
    static void name(size_t n, const double *X, const double *Y, const double *Z, const double *V, \
                     const double *G, double *out)                                                 \
    {                                                                                              \
        (void)X, (void)Y, (void)Z, (void)V, (void)G;                                               \
        first FG_EACH(n, text, const double x = X[k]; const double y = Y[k];                       \
                      const double z = Z[k]; const double v = V[k]; const double g = G[k];         \
                      (void)x, (void)y, (void)z, (void)v, (void)g; statement)                      \
    }
#define ADJOINT(name, local, text) \
    KERNEL(name, , text, out[k] += fg_rule_seed(g, local, FG_IS_CHOICE(text)))
#define VALUE(name, value, text) \
    KERNEL(value_##name, FG_WHOLE(FG_OP_##name, n, X, Y, out), text, out[k] = value)

/* Tests have no derivative, hence no adjoint kernels. */
#define FG_TEST1(name, value, domx, doc) KERNEL(value_##name, , #value, out[k] = (value) != 0)
#define FG_TEST2(name, value, domx, domy, doc) KERNEL(value_##name, , #value, out[k] = (value) != 0)
#define FG_OP1(name, value, dx, domx, doc) \
    VALUE(name, value, #value)             \
    ADJOINT(adjoint_x_##name, dx, #dx)
#define FG_OP2(name, value, dx, dy, domx, domy, doc) \
    VALUE(name, value, #value)                       \
    ADJOINT(adjoint_x_##name, dx, #dx)               \
    ADJOINT(adjoint_y_##name, dy, #dy)
#define FG_OP3(name, value, dx, dy, dz, domx, domy, domz, doc) \
    VALUE(name, value, #value)                                 \
    ADJOINT(adjoint_x_##name, dx, #dx)                         \
    ADJOINT(adjoint_y_##name, dy, #dy)                         \
    ADJOINT(adjoint_z_##name, dz, #dz)
#include "fg_ops.def"
#undef KERNEL
#undef ADJOINT
#undef VALUE

static fg_row_kernel *const kernels[FG_N_ROWS][4] = {
#define FG_TEST1(name, value, domx, doc) {value_##name},
#define FG_TEST2(name, value, domx, domy, doc) {value_##name},
#define FG_OP1(name, value, dx, domx, doc) {value_##name, adjoint_x_##name},
#define FG_OP2(name, value, dx, dy, domx, domy, doc) \
    {value_##name, adjoint_x_##name, adjoint_y_##name},
#define FG_OP3(name, value, dx, dy, dz, domx, domy, domz, doc) \
    {value_##name, adjoint_x_##name, adjoint_y_##name, adjoint_z_##name},
#include "fg_ops.def"
};

static double value_of(int op, double x, double y, double z)
{
    enum { fg_far = 1 };
    switch (op) {
#define FG_OP1(name, value, dx, domx, doc) \
    case FG_OP_##name:                     \
        return value;
#define FG_OP2(name, value, dx, dy, domx, domy, doc) \
    case FG_OP_##name:                               \
        return value;
#define FG_OP3(name, value, dx, dy, dz, domx, domy, domz, doc) \
    case FG_OP_##name:                                         \
        return value;
#include "fg_ops.def"
    default:
        return NAN;
    }
}

#endif
