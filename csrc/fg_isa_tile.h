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

/* ---- sums of many terms ---- */

/* As many numbers as a register holds, and as many registers as hold sums of points while all their
 * terms are added one after the other. */
#if defined(__GNUC__)
enum { WIDTH = FG_ISA_WIDTH };
typedef double vector __attribute__((vector_size(FG_ISA_WIDTH * sizeof(double)), aligned(8)));
typedef int64_t mask __attribute__((vector_size(FG_ISA_WIDTH * sizeof(double))));
#define MASKED_PRODUCT(x, y) (vector)((mask)((x) * (y)) & (mask)((x) != 0.0))
#define LOAD(p) (*(const vector *)(p))
#define STORE(p, x) (*(vector *)(p) = (x))
#define INLINE static inline __attribute__((always_inline))
#else
enum { WIDTH = 1 };
typedef double vector;
#define MASKED_PRODUCT(x, y) masked_multiply(x, y)
#define LOAD(p) (*(p))
#define STORE(p, x) (*(p) = (x))
#define INLINE static inline
#endif

/* `wide` points, from one on; both `op` and `wide` are known where this is inlined. */
INLINE void add_terms(int op, int wide, const fg_instr *i, const int32_t *term, double *const *slot,
                      size_t from)
{
    vector acc[4 * FG_LANES / WIDTH];
    const int step = op == FG_I_SUM ? 1 : 2;
    for (int k = 0; k < wide / WIDTH; ++k) {
        acc[k] = LOAD(slot[i->a] + from + k * WIDTH);
    }
    for (const int32_t *end = term + step * i->c; term != end; term += step) {
        const double *X = slot[term[0] >> 1] + from, *Y = op == FG_I_SUM ? X : slot[term[1]] + from;
        const int minus = term[0] & 1;
        for (int k = 0; k < wide / WIDTH; ++k) {
            const vector x = LOAD(X + k * WIDTH), y = LOAD(Y + k * WIDTH);
            const vector v = op == FG_I_SUM ? x : op == FG_I_DOT ? x * y : MASKED_PRODUCT(x, y);
            acc[k] = minus ? acc[k] - v : acc[k] + v;
        }
    }
    for (int k = 0; k < wide / WIDTH; ++k) {
        STORE(slot[i->dst] + from + k * WIDTH, acc[k]);
    }
}

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
