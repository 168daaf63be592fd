/* fg_runner_tile.h -- instructions on a tile of points.
 *
 * Value s of point k stands at slot[s][k], and there are a multiple of FG_LANES points. One dispatch
 * serves them all. A result may stand where an operand stood.
 */
#ifndef FG_RUNNER_TILE_H
#define FG_RUNNER_TILE_H

#define EACH(text, expression)                                                           \
    {                                                                                    \
        FG_EACH(lanes & ~(size_t)(FG_LANES - 1), text, const double x = X[k];            \
                const double y = Y[k]; const double z = Z[k]; (void)x, (void)y, (void)z; \
                D[k] = expression)                                                       \
        break;                                                                           \
    }
#define FG_OP1(name, value, dx, domx, doc) \
    case FG_OP_##name:                     \
        FG_WHOLE(FG_OP_##name, lanes, X, Y, D) EACH(#value, value) break;
#define FG_OP2(name, value, dx, dy, domx, domy, doc) \
    case FG_OP_##name:                               \
        FG_WHOLE(FG_OP_##name, lanes, X, Y, D) EACH(#value, value) break;
#define FG_OP3(name, value, dx, dy, dz, domx, domy, domz, doc) \
    case FG_OP_##name:                                         \
        FG_WHOLE(FG_OP_##name, lanes, X, Y, D) EACH(#value, value) break;

#define TERMS(op)                                                          \
    {                                                                      \
        size_t from = 0;                                                   \
        for (; from + 4 * FG_LANES <= lanes; from += 4 * FG_LANES) {       \
            add_terms(op, 4 * FG_LANES, i, code->pool + i->b, slot, from); \
        }                                                                  \
        for (; from < lanes; from += FG_LANES) {                           \
            add_terms(op, FG_LANES, i, code->pool + i->b, slot, from);     \
        }                                                                  \
        break;                                                             \
    }

static void run_tile(const fg_code *code, double *const *slot, size_t lanes, uint8_t *ok)
{
    for (const fg_instr *i = code->instr, *end = i + code->n; i != end; ++i) {
        const int terms = i->op >= FG_I_SUM && i->op <= FG_I_MASKDOT;
        double *D = slot[i->dst];
        const double *X = slot[i->a], *Y = terms ? X : slot[i->b];
        const double *Z = terms || i->op == FG_I_GUARD ? X : slot[i->c];
        switch (i->op) {
#include "fg_ops.def"
#define FG_PAIR(first, second, side, value)                                           \
    case FG_P_##first##_##second##side: {                                             \
        const double *U = slot[i->d];                                                 \
        FG_INDEPENDENT for (size_t k = 0; k < (lanes & ~(size_t)(FG_LANES - 1)); ++k) \
        {                                                                             \
            const double x = X[k], y = Y[k], z = Z[k], u = U[k];                      \
            (void)y, (void)z, (void)u;                                                \
            D[k] = value;                                                             \
        }                                                                             \
        break;                                                                        \
    }
#include "fg_pairs.def"
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
        case FG_I_SUM:
            TERMS(FG_I_SUM)
        case FG_I_DOT:
            TERMS(FG_I_DOT)
        case FG_I_MASKDOT:
            TERMS(FG_I_MASKDOT)
        default:
            break;
        }
    }
}
#undef EACH
#undef TERMS

#endif
