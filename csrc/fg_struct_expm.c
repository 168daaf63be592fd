/* fg_struct_expm.c -- the exponential of matrices: Pade approximants, scaling and squaring.
 *
 * Higham, SIAM J. Matrix Anal. Appl. 26 (2005). All matrices here are polynomials of one, so whether
 * they are seen by rows or by columns makes no difference.
 */
#include "fg_struct_lapack.h"
#include "fg_struct_loops.h"
#include <math.h>
#include <string.h>

/* A degree, the norm up to which it is right to rounding of a double, and its coefficients. */
typedef struct pade {
    int degree;
    double norm, b[14];
} pade;

static const pade approximants[] = {
    {3, 1.495585217958292e-2, {120, 60, 12, 1}},
    {5, 2.539398330063230e-1, {30240, 15120, 3360, 420, 30, 1}},
    {7, 9.504178996162932e-1, {17297280, 8648640, 1995840, 277200, 25200, 1512, 56, 1}},
    {13,
     5.371920351148152,
     {64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800, 129060195264000,
      10559470521600, 670442572800, 33522128640, 1323241920, 40840800, 960960, 16380, 182, 1}},
};

/* The matrix and its powers 2, 4 and 6; three more to work with. */
typedef struct workplace {
    int n;
    size_t size;
    fg_real *x, *power[3], *u, *v, *result;
    int *pivot;
    const fg_blas *blas;
} workplace;

static void multiply(const workplace *on, const fg_real *a, const fg_real *b, fg_real *to)
{
    const fg_blas *blas = on->blas;
    int n = on->n;
    fg_real one = 1, zero = 0;
    LOAN(gemm)("N", "N", &n, &n, &n, &one, (fg_real *)a, &n, (fg_real *)b, &n, &zero, to, &n);
}

/* to += b[0] I + b[2] x^2 + b[4] x^4 + b[6] x^6 */
static void add_even(const workplace *on, const double *b, fg_real *to)
{
    for (int64_t k = 0; k < on->n; ++k) to[k * (on->n + 1)] += (fg_real)b[0];
    for (int power = 0; power < 3; ++power) {
        const fg_real c = (fg_real)b[2 + 2 * power], *from = on->power[power];
        for (size_t k = 0; k < on->size && c != 0; ++k) to[k] += c * from[k];
    }
}

/* to = the terms of a parity: b[0] I + b[2] x^2 + .. + b[12] x^12 */
static void even(const workplace *on, const double *b, int is_long, fg_real *to)
{
    const double high[] = {0, 0, b[8], 0, b[10], 0, is_long ? b[12] : 0};
    memset(to, 0, on->size * sizeof *to);
    if (is_long) {
        memset(on->result, 0, on->size * sizeof *to);
        add_even(on, high, on->result);
        multiply(on, on->power[2], on->result, to);
    }
    add_even(on, b, to);
}

static void exponential(const workplace *on, const fg_real *a)
{
    const fg_blas *blas = on->blas;
    const double norm = fg__norm(a, on->n, 0);
    int n = on->n, squarings = 0, info,
        last = (int)(sizeof approximants / sizeof *approximants) - 1;
    if (!(norm <= DBL_MAX)) {
        for (size_t k = 0; k < on->size; ++k) on->result[k] = NAN;
        return;
    }
    const pade *chosen = approximants;
    while (chosen < approximants + last && norm > chosen->norm) ++chosen;
    if (norm > chosen->norm) {
        (void)frexp(norm / chosen->norm, &squarings);
    }
    for (size_t k = 0; k < on->size; ++k) on->x[k] = (fg_real)ldexp((double)a[k], -squarings);
    const double *b = chosen->b;
    multiply(on, on->x, on->x, on->power[0]);
    if (chosen->degree > 3) {
        multiply(on, on->power[0], on->power[0], on->power[1]);
    }
    if (chosen->degree > 5) {
        multiply(on, on->power[0], on->power[1], on->power[2]);
    }
    even(on, b + 1, chosen->degree > 7, on->v);
    multiply(on, on->x, on->v, on->u);
    even(on, b, chosen->degree > 7, on->v);
    for (size_t k = 0; k < on->size; ++k) {
        on->x[k] = on->v[k] - on->u[k];
        on->result[k] = 2 * on->u[k];
    }
    LOAN(getrf)(&n, &n, on->x, &n, on->pivot, &info);
    LOAN(getrs)("N", &n, &n, on->x, &n, on->pivot, on->result, &n, &info);
    for (int64_t k = 0; k < n; ++k) on->result[k * (n + 1)] += 1;
    for (; squarings > 0; --squarings) {
        multiply(on, on->result, on->result, on->u);
        memcpy(on->result, on->u, on->size * sizeof *on->u);
    }
}

/* [dst, a | count, n] */
fg_status fg__struct_expm(const int64_t *p, fg_real *w, const fg_blas *blas)
{
    const int64_t count = p[2], n = p[3], size = n * n;
    fg_real *x = w + p[0] + count * size;
    workplace on = {(int)n,       (size_t)size, x,    {x + size, x + 2 * size, x + 3 * size},
                    x + 4 * size, x + 5 * size, NULL, (int *)(void *)(x + 6 * size),
                    blas};
    if (!blas || !LOAN(gemm) || !LOAN(getrf) || !LOAN(getrs)) {
        return FG_E_LAPACK;
    }
    for (int64_t c = 0; c < count && n; ++c) {
        on.result = w + p[0] + c * size;
        exponential(&on, w + p[1] + c * size);
    }
    return FG_OK;
}
