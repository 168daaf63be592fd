/* fg_run_lanes.c -- a program of scalars on several points at once.
 *
 * Value s of point k stands at w[s * lanes + k]: one dispatch serves all points, and the loop over
 * them is the compiler's to vectorise. A result may stand where an operand stood, at the same index.
 */
#include "fg_program.h"
#include "fg_rules.h"
#include <string.h>

#if defined(__clang__)
#define INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#elif defined(__GNUC__)
#define INDEPENDENT _Pragma("GCC ivdep")
#else
#define INDEPENDENT
#endif

void fg_program_start_lanes(const fg_program *p, double *w, size_t lanes)
{
    memset(w, 0, p->n_w * lanes * sizeof *w);
    for (size_t s = 0; s < p->n_init; ++s) {
        for (size_t k = 0; k < lanes; ++k) {
            w[s * lanes + k] = p->init[s];
        }
    }
}

/* One instruction: x, y, z stand for the operands of point k. */
#define EACH(expression)                               \
    {                                                  \
        INDEPENDENT                                    \
        for (size_t k = 0; k < lanes; ++k) {           \
            const double x = X[k], y = Y[k], z = Z[k]; \
            (void)x, (void)y, (void)z;                 \
            D[k] = expression;                         \
        }                                              \
        break;                                         \
    }
#define FG_OP1(name, value, dx, domx, doc) \
    case FG_OP_##name:                     \
        EACH(value)
#define FG_OP2(name, value, dx, dy, domx, domy, doc) \
    case FG_OP_##name:                               \
        EACH(value)
#define FG_OP3(name, value, dx, dy, dz, domx, domy, domz, doc) \
    case FG_OP_##name:                                         \
        EACH(value)

/* d +- the terms, one after the other; the result is written when all are read. */
static void run_terms(const fg_instr *i, const int32_t *pool, double *w, size_t lanes)
{
    const int step = i->op == FG_I_SUM ? 1 : 2;
    for (size_t k = 0; k < lanes; ++k) {
        double acc = w[(size_t)i->a * lanes + k];
        for (int32_t m = 0; m < i->c; ++m) {
            const int32_t *term = pool + i->b + step * m;
            double v = w[(size_t)(term[0] >> 1) * lanes + k];
            if (i->op != FG_I_SUM) {
                const double y = w[(size_t)term[1] * lanes + k];
                v = i->op == FG_I_DOT ? v * y : fg_rule_masked_multiply(v, y);
            }
            acc = term[0] & 1 ? acc - v : acc + v;
        }
        w[(size_t)i->dst * lanes + k] = acc;
    }
}

void fg_program_run_lanes(const fg_program *p, double *w, size_t lanes, uint8_t *ok)
{
    memset(ok, 1, lanes);
    for (const fg_instr *i = p->instr, *end = i + p->n_instr; i != end; ++i) {
        const int terms = i->op == FG_I_SUM || i->op == FG_I_DOT || i->op == FG_I_MASKDOT;
        double *D = w + (size_t)i->dst * lanes;
        const double *X = w + (size_t)i->a * lanes, *Y = terms ? X : w + (size_t)i->b * lanes;
        const double *Z = terms || i->op == FG_I_GUARD ? X : w + (size_t)i->c * lanes;
        switch (i->op) {
#include "fg_ops.def"
        case FG_I_MOVE:
            EACH(x)
        case FG_I_MULADD:
            EACH(x * y + z)
        case FG_I_MULSUB:
            EACH(x * y - z)
        case FG_I_SUBMUL:
            EACH(z - x * y)
        case FG_I_MASKADD:
            EACH(masked_multiply(x, y) + z)
        case FG_I_MASKSUB:
            EACH(masked_multiply(x, y) - z)
        case FG_I_SUBMASK:
            EACH(z - masked_multiply(x, y))
        case FG_I_GUARD:
            for (size_t k = 0; k < lanes; ++k) {
                ok[k] &= X[k] == Y[k] || !memcmp(&X[k], &Y[k], sizeof *X);
            }
            break;
        default:
            run_terms(i, p->pool, w, lanes);
        }
    }
}
