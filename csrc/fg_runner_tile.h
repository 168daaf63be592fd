/* fg_runner_tile.h -- instructions on a tile of points.
 *
 * Value s of point k stands at slot[s][k], and there are a multiple of FG_LANES points. One dispatch
 * serves them all. A result may stand where an operand stood.
 */
#ifndef FG_RUNNER_TILE_H
#define FG_RUNNER_TILE_H
#include "fg_compiler.h"

/* A loop for each instruction, over a multiple of FG_LANES points: a function of its own has all the
 * registers for its pointers. */
#define LOOP(name, first, text, expression)                                                   \
    FG_APART void each_##name(size_t n, fg_real *D, const fg_real *X, const fg_real *Y,       \
                              const fg_real *Z, const fg_real *U)                             \
    {                                                                                         \
        (void)X, (void)Y, (void)Z, (void)U;                                                   \
        first FG_EACH(n & ~(size_t)(FG_LANES - 1), text, const fg_real x = X[k];              \
                      const fg_real y = Y[k]; const fg_real z = Z[k]; const fg_real u = U[k]; \
                      (void)x, (void)y, (void)z, (void)u; D[k] = (fg_real)(expression))       \
    }
#define ROW(name, text, value) LOOP(FG_OP_##name, FG_WHOLE(FG_OP_##name, n, X, Y, D), text, value)
#define FG_OP1(name, value, dx, domx, doc) ROW(name, #value, value)
#define FG_OP2(name, value, dx, dy, domx, domy, doc) ROW(name, #value, value)
#define FG_OP3(name, value, dx, dy, dz, domx, domy, domz, doc) ROW(name, #value, value)
#include "fg_ops.def"
#define FG_PAIR(first, second, side, value) LOOP(FG_P_##first##_##second##side, , "", value)
#include "fg_pairs.def"
LOOP(FG_I_MOVE, , "", x)
LOOP(FG_I_MULADD, , "", x *y + z)
LOOP(FG_I_MULSUB, , "", x *y - z)
LOOP(FG_I_SUBMUL, , "", z - x * y)
LOOP(FG_I_MASKADD, , "", masked_multiply(x, y) + z)
LOOP(FG_I_MASKSUB, , "", masked_multiply(x, y) - z)
LOOP(FG_I_SUBMASK, , "", z - masked_multiply(x, y))
LOOP(FG_I_ROUND, , "", (float)x)
#undef ROW
#undef LOOP

typedef void loop(size_t n, fg_real *D, const fg_real *X, const fg_real *Y, const fg_real *Z,
                  const fg_real *U);

static loop *const loops[FG_I_N_OPS] = {
#define LOOP(name) [name] = each_##name,
#define FG_OP1(name, value, dx, domx, doc) LOOP(FG_OP_##name)
#define FG_OP2(name, value, dx, dy, domx, domy, doc) LOOP(FG_OP_##name)
#define FG_OP3(name, value, dx, dy, dz, domx, domy, domz, doc) LOOP(FG_OP_##name)
#include "fg_ops.def"
#define FG_PAIR(first, second, side, value) LOOP(FG_P_##first##_##second##side)
#include "fg_pairs.def"
    LOOP(FG_I_MOVE) LOOP(FG_I_MULADD) LOOP(FG_I_MULSUB) LOOP(FG_I_SUBMUL) LOOP(FG_I_MASKADD)
        LOOP(FG_I_MASKSUB) LOOP(FG_I_SUBMASK) LOOP(FG_I_ROUND)};
#undef LOOP

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

static void run_tile(const fg_code *code, fg_real *const *slot, size_t lanes, uint8_t *ok)
{
    for (const fg_instr *i = code->instr, *end = i + code->n; i != end; ++i) {
        if (loops[i->op]) {
            loops[i->op](lanes, slot[i->dst], slot[i->a], slot[i->b], slot[i->c], slot[i->d]);
            continue;
        }
        const fg_real *X = slot[i->a];
        switch (i->op) {
        case FG_I_GUARD:
            for (size_t k = 0; k < lanes; ++k) {
                ok[k] &= X[k] == slot[i->b][k] || !memcmp(&X[k], &slot[i->b][k], sizeof *X);
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
#undef TERMS

#endif
