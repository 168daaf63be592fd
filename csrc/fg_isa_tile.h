/* fg_isa_tile.h -- instructions on a tile of points; for fg_isa_body.h.
 *
 * Value s of point k stands at slot[s][k], and there are a multiple of FG_LANES points. One dispatch
 * serves them all. A result may stand where an operand stood.
 */
#ifndef FG_ISA_TILE_H
#define FG_ISA_TILE_H

#define EACH(text, expression)                                                           \
    {                                                                                    \
        FG_EACH(lanes & ~(size_t)(FG_LANES - 1), text, const double x = X[k];            \
                const double y = Y[k]; const double z = Z[k]; (void)x, (void)y, (void)z; \
                D[k] = expression)                                                       \
        break;                                                                           \
    }
#define FG_OP1(name, value, dx, domx, doc) \
    case FG_OP_##name:                     \
        EACH(#value, value)
#define FG_OP2(name, value, dx, dy, domx, domy, doc) \
    case FG_OP_##name:                               \
        EACH(#value, value)
#define FG_OP3(name, value, dx, dy, dz, domx, domy, domz, doc) \
    case FG_OP_##name:                                         \
        EACH(#value, value)

/* d +- the terms, one after the other; sums of a few points at a time stay in registers. */
#define TERMS(step, v)                                                                \
    for (size_t from = 0; from < lanes; from += FG_LANES) {                           \
        double acc[FG_LANES];                                                         \
        memcpy(acc, slot[i->a] + from, sizeof acc);                                   \
        for (const int32_t *t = terms, *end = t + step * i->c; t != end; t += step) { \
            const double sign = t[0] & 1 ? -1.0 : 1.0;                                \
            const double *X = slot[t[0] >> 1] + from,                                 \
                         *Y = slot[t[step - 1] >> (step == 1)] + from;                \
            (void)Y;                                                                  \
            for (int k = 0; k < FG_LANES; ++k) {                                      \
                acc[k] += sign * (v);                                                 \
            }                                                                         \
        }                                                                             \
        memcpy(slot[i->dst] + from, acc, sizeof acc);                                 \
    }

static void run_terms(const fg_instr *i, const int32_t *terms, double *const *slot, size_t lanes)
{
    if (i->op == FG_I_SUM) {
        TERMS(1, X[k])
    } else if (i->op == FG_I_DOT) {
        TERMS(2, X[k] * Y[k])
    } else {
        TERMS(2, masked_multiply(X[k], Y[k]))
    }
}

static void run_tile(const fg_code *code, double *const *slot, size_t lanes, uint8_t *ok)
{
    for (const fg_instr *i = code->instr, *end = i + code->n; i != end; ++i) {
        const int terms = i->op == FG_I_SUM || i->op == FG_I_DOT || i->op == FG_I_MASKDOT;
        double *D = slot[i->dst];
        const double *X = slot[i->a], *Y = terms ? X : slot[i->b];
        const double *Z = terms || i->op == FG_I_GUARD ? X : slot[i->c];
        switch (i->op) {
#include "fg_ops.def"
        case FG_I_MOVE:
            EACH("", x)
        case FG_I_MULADD:
            EACH("", x * y + z)
        case FG_I_MULSUB:
            EACH("", x * y - z)
        case FG_I_SUBMUL:
            EACH("", z - x * y)
        case FG_I_MASKADD:
            EACH("", masked_multiply(x, y) + z)
        case FG_I_MASKSUB:
            EACH("", masked_multiply(x, y) - z)
        case FG_I_SUBMASK:
            EACH("", z - masked_multiply(x, y))
        case FG_I_ROUND:
            EACH("", (double)(float)x)
        case FG_I_GUARD:
            for (size_t k = 0; k < lanes; ++k) {
                ok[k] &= X[k] == Y[k] || !memcmp(&X[k], &Y[k], sizeof *X);
            }
            break;
        default:
            run_terms(i, code->pool + i->b, slot, lanes);
        }
    }
}
#undef EACH
#undef TERMS

/* The sum of a few numbers: eight sums side by side, then these. */
static double sum_few(const double *x, size_t n)
{
    double acc[8], end = -0.0;
    size_t k = 0;
    if (n >= 8) {
        memcpy(acc, x, sizeof acc);
        for (k = 8; k + 8 <= n; k += 8) {
            for (int j = 0; j < 8; ++j) {
                acc[j] += x[k + (size_t)j];
            }
        }
        end = ((acc[0] + acc[4]) + (acc[2] + acc[6])) + ((acc[1] + acc[5]) + (acc[3] + acc[7]));
    }
    for (; k < n; ++k) {
        end += x[k];
    }
    return end;
}

#endif
