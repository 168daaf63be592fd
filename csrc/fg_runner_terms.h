/* fg_runner_terms.h -- sums of many terms on a tile of points, and of many points. */
#ifndef FG_RUNNER_TERMS_H
#define FG_RUNNER_TERMS_H
#include "fg_compiler.h"

/* As many numbers as a register holds, and as many registers as hold sums of points while all their
 * terms are added one after the other. */
#if defined(FG_GNU)
enum { WIDTH = FG_ISA_BYTES / sizeof(fg_real) };
typedef fg_real vector __attribute__((vector_size(FG_ISA_BYTES), aligned(sizeof(fg_real))));
typedef fg_real_mask mask __attribute__((vector_size(FG_ISA_BYTES)));
#define MASKED_PRODUCT(x, y) (vector)((mask)((x) * (y)) & (mask)((x) != 0))
#define LOAD(p) (*(const vector *)(p))
#define STORE(p, x) (*(vector *)(p) = (x))
#else
enum { WIDTH = 1 };
typedef fg_real vector;
#define MASKED_PRODUCT(x, y) masked_multiply(x, y)
#define LOAD(p) (*(p))
#define STORE(p, x) (*(p) = (x))
#endif

/* `wide` points, from one on; both `op` and `wide` are known where this is inlined. */
FG_ALWAYS void add_terms(int op, int wide, const fg_instr *i, const int32_t *term,
                         fg_real *const *slot, size_t from)
{
    vector acc[4 * FG_LANES / WIDTH];
    const int step = op == FG_I_SUM ? 1 : 2;
    for (int k = 0; k < wide / WIDTH; ++k) {
        acc[k] = LOAD(slot[i->a] + from + k * WIDTH);
    }
    for (const int32_t *end = term + step * i->c; term != end; term += step) {
        const fg_real *X = slot[term[0] >> 1] + from,
                      *Y = op == FG_I_SUM ? X : slot[term[1]] + from;
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

/* The sum of a few numbers: eight sums side by side, then these. */
static fg_real sum_few(const fg_real *x, size_t n)
{
    fg_real acc[8], end = -0.0;
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
