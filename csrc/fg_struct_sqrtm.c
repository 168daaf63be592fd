/* fg_struct_sqrtm.c -- the principal square root of matrices: Denman and Beavers' iteration in its
 * product form, scaled by determinants.
 *
 * Higham, Functions of Matrices (2008), section 6.3. All matrices here are polynomials of one, so
 * whether they are seen by rows or by columns makes no difference. An eigenvalue of m on the closed
 * negative axis stays there, so where the matrix has one the iteration cannot end.
 */
#include "fg_struct_lapack.h"
#include "fg_struct_loops.h"
#include <math.h>
#include <string.h>

/* Steps at most, and those once m is near the identity: each doubles the order of derivatives that a
 * matrix with directions beside it gets right, as each squares what is left of them. */
enum { SQRTM_STEPS = 100, SQRTM_LAST_STEPS = 3 };

/* The root x so far and m = a^-1 x^2, which goes to the identity; m factorised; 1/m and x/m. */
typedef struct iterates {
    int n;
    size_t size;
    fg_real *x, *m, *factors, *inverse, *moved;
    int *pivot;
    const fg_blas *blas;
} iterates;

/* The power -1/2n of the determinant of m, by its factors; 0 or infinite if that is not positive. */
static double scale_of(const iterates *on)
{
    double log_size = 0;
    int is_negative = 0;
    for (int k = 0; k < on->n; ++k) {
        const double on_diagonal = (double)on->factors[(int64_t)k * (on->n + 1)];
        is_negative ^= (on_diagonal < 0) ^ (on->pivot[k] != k + 1);
        log_size += log(fabs(on_diagonal));
    }
    return is_negative ? 0 : exp(-log_size / (2.0 * on->n));
}

/* Factorises m and divides by it; returns the scale. */
static double divide(const iterates *on)
{
    const fg_blas *blas = on->blas;
    int n = on->n, columns = 2 * n, info;
    memcpy(on->factors, on->m, on->size * sizeof *on->m);
    LOAN(getrf)(&n, &n, on->factors, &n, on->pivot, &info);
    const double scale = scale_of(on);
    if (scale > 0 && scale <= DBL_MAX) {
        memset(on->inverse, 0, on->size * sizeof *on->inverse);
        for (int64_t k = 0; k < n; ++k) on->inverse[k * (n + 1)] = 1;
        memcpy(on->moved, on->x, on->size * sizeof *on->x);
        LOAN(getrs)("N", &n, &columns, on->factors, &n, on->pivot, on->inverse, &n, &info);
    }
    return scale;
}

/* Whether the square of x is a but for rounding, which nearly singular m on the way can spoil. */
static int is_root_of(const iterates *on, const fg_real *a)
{
    const fg_blas *blas = on->blas;
    int n = on->n;
    fg_real one = 1, zero = 0, *rest = on->factors;
    LOAN(gemm)("N", "N", &n, &n, &n, &one, on->x, &n, on->x, &n, &zero, rest, &n);
    for (size_t k = 0; k < on->size; ++k) rest[k] -= a[k];
    const double norm = fg__norm(on->x, n, 0);
    return fg__norm(rest, n, 0) / norm <= sqrt(FG_REAL_EPSILON) * norm;
}

static fg_status square_root(const iterates *on, const fg_real *a)
{
    /* A step squares the distance of m from the identity: from here one leaves nothing of it. */
    const double near = fmax(0.1 * sqrt(FG_REAL_EPSILON), 10.0 * on->n * FG_REAL_EPSILON);
    memcpy(on->x, a, on->size * sizeof *a);
    memcpy(on->m, a, on->size * sizeof *a);
    if (!(fg__norm(a, on->n, 0) <= DBL_MAX)) {
        for (size_t k = 0; k < on->size; ++k) on->x[k] = NAN;
        return FG_OK;
    }
    int n_last = 0;
    for (int step = 0; step < SQRTM_STEPS && n_last < SQRTM_LAST_STEPS; ++step) {
        const double distance = fg__norm(on->m, on->n, 1);
        double scale = distance <= DBL_MAX ? divide(on) : 0;
        if (!(scale > 0 && scale <= DBL_MAX)) {
            return FG_E_ROOT;
        }
        if (distance < 0.01) {
            scale = 1; /* converges without, and rounds less */
        }
        for (size_t k = 0; k < on->size; ++k) {
            const double m = (double)on->m[k] * scale, inverse = (double)on->inverse[k] / scale;
            on->m[k] = (fg_real)((m * scale + inverse / scale) / 4);
            on->x[k] = (fg_real)((on->x[k] * scale + on->moved[k] / scale) / 2);
        }
        for (int64_t k = 0; k < on->n; ++k) on->m[k * (on->n + 1)] += (fg_real)0.5;
        n_last += distance <= near;
    }
    return n_last == SQRTM_LAST_STEPS && is_root_of(on, a) ? FG_OK : FG_E_ROOT;
}

/* [dst, a | count, n] */
fg_status fg__struct_sqrtm(const int64_t *p, fg_real *w, const fg_blas *blas)
{
    const int64_t count = p[2], n = p[3], size = n * n;
    fg_real *m = w + p[0] + count * size;
    iterates on = {(int)n,   (size_t)size, NULL,         m,
                   m + size, m + 2 * size, m + 3 * size, (int *)(void *)(m + 4 * size),
                   blas};
    if (!blas || !LOAN(gemm) || !LOAN(getrf) || !LOAN(getrs)) {
        return FG_E_LAPACK;
    }
    fg_status status = FG_OK;
    for (int64_t c = 0; c < count && n && status == FG_OK; ++c) {
        on.x = w + p[0] + c * size;
        status = square_root(&on, w + p[1] + c * size);
    }
    return status;
}
