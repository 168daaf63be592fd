/* step_model.h -- what structural kernels compute, item by item and as their definitions say.
 *
 * model_run finds every place by its index along each axis, and adds up in long double.
 */
#ifndef STEP_MODEL_H
#define STEP_MODEL_H
#include "steps.h"

static inline int64_t model_size(int64_t ndim, const int64_t *shape)
{
    int64_t size = 1;
    for (int64_t k = 0; k < ndim; ++k) {
        size *= shape[k];
    }
    return size;
}

/* The offset of the item number `flat`, in C order. */
static inline int64_t model_offset(int64_t flat, int64_t ndim, const int64_t *shape,
                                   const int64_t *stride)
{
    int64_t offset = 0;
    for (int64_t k = ndim - 1; k >= 0; --k) {
        offset += flat % shape[k] * stride[k];
        flat /= shape[k];
    }
    return offset;
}

static inline void model_copy(const int64_t *p, double *w)
{
    const int64_t ndim = p[4], *shape = p + 5;
    for (int64_t k = 0; k < model_size(ndim, shape); ++k) {
        w[p[0] + p[2] + model_offset(k, ndim, shape, shape + ndim)] =
            w[p[1] + p[3] + model_offset(k, ndim, shape, shape + 2 * ndim)];
    }
}

static inline int model_better(int how, double x, double best)
{
    const int is_max = how == FG_R_max || how == FG_R_argmax;
    return !isnan(best) && (isnan(x) || (is_max ? x > best : x < best));
}

/* One result of n > 0 items. */
static inline double model_of(int how, int64_t n, const double *x)
{
    long double sum = 0.0L, largest = 0.0L;
    int64_t best = 0, n_true = 0;
    for (int64_t k = 0; k < n; ++k) {
        sum += x[k];
        best = model_better(how == FG_R_logsumexp ? FG_R_max : how, x[k], x[best]) ? k : best;
        largest = fabs(x[k]) > (double)largest ? (long double)fabs(x[k]) : largest;
        n_true += x[k] != 0.0;
    }
    const long double scale = largest > 0.0L && isfinite(largest) ? largest : 1.0L;
    long double total = 0.0L;
    switch (how) {
    case FG_R_sum:
        return (double)sum;
    case FG_R_any:
        return n_true > 0;
    case FG_R_all:
        return n_true == n;
    case FG_R_norm:
        for (int64_t k = 0; k < n; ++k) total += x[k] / scale * (x[k] / scale);
        return (double)(scale * sqrtl(total));
    case FG_R_logsumexp:
        if (!isfinite(x[best])) {
            return x[best];
        }
        for (int64_t k = 0; k < n; ++k) total += expl((long double)x[k] - x[best]);
        return (double)(x[best] + logl(total));
    case FG_R_argmax:
    case FG_R_argmin:
        return (double)best;
    default:
        return x[best];
    }
}

static inline double model_of_nothing(int how)
{
    return how == FG_R_logsumexp ? -INFINITY : how == FG_R_all;
}

static inline void model_reduce(const int64_t *p, double *w)
{
    const int64_t n_kept = p[3], *kept = p + 4, n_red = kept[2 * n_kept],
                  *red = kept + 2 * n_kept + 1, n = model_size(n_red, red);
    double *items = malloc((size_t)(n + 1) * sizeof *items);
    for (int64_t k = 0; k < model_size(n_kept, kept); ++k) {
        const double *start = w + p[1] + model_offset(k, n_kept, kept, kept + n_kept);
        for (int64_t i = 0; i < n; ++i) {
            items[i] = start[model_offset(i, n_red, red, red + n_red)];
        }
        w[p[0] + k] = n ? model_of((int)p[2], n, items) : model_of_nothing((int)p[2]);
    }
    free(items);
}

static inline void model_matmul(const int64_t *p, double *w)
{
    const int64_t m = p[3], depth = p[4], n = p[5], ndim = p[10], *shape = p + 11;
    for (int64_t item = 0; item < model_size(ndim, shape) * m * n; ++item) {
        const int64_t batch = item / (m * n), i = item / n % m, j = item % n;
        const double *a = w + p[1] + model_offset(batch, ndim, shape, shape + ndim) + i * p[6];
        const double *b = w + p[2] + model_offset(batch, ndim, shape, shape + 2 * ndim) + j * p[9];
        long double sum = 0.0L;
        for (int64_t k = 0; k < depth; ++k) {
            sum += (long double)a[k * p[7]] * b[k * p[8]];
        }
        w[p[0] + item] = (double)sum;
    }
}

/* The place of an item among its line: how many come before it. */
static inline int64_t model_rank(const double *x, int64_t k, int64_t n, int64_t gap)
{
    int64_t rank = 0;
    for (int64_t j = 0; j < n; ++j) {
        const double a = x[j * gap], b = x[k * gap];
        const int same = a == b || (isnan(a) && isnan(b));
        rank += same ? j < k : a < b || (isnan(b) && !isnan(a));
    }
    return rank;
}

static inline double model_join(int how, double y, double x)
{
    if (y != y || x != x) {
        return NAN;
    }
    switch (how) {
    case FG_S_sum:
        return y + x;
    case FG_S_prod:
        return y * x;
    case FG_S_max:
        return y >= x ? y : x;
    case FG_S_min:
        return y <= x ? y : x;
    default: /* FG_S_logsumexp */
        return y == x ? y + log(2.0) : fmax(y, x) + log1p(exp(fmin(y, x) - fmax(y, x)));
    }
}

/* What goes along the middle one of three axes. */
static inline void model_along(int kernel, const int64_t *p, double *w)
{
    const int64_t *shape = p + (kernel == FG_K_argsort ? 2 : 3), n = shape[1], inner = shape[2];
    for (int64_t k = 0; k < shape[0] * n * inner; ++k) {
        const int64_t first = k / (n * inner) * n * inner + k % inner, at = k / inner % n;
        const double *x = w + p[1] + first;
        double *to = w + p[0] + k;
        if (kernel == FG_K_argsort) {
            w[p[0] + first + model_rank(x, at, n, inner) * inner] = (double)at;
        } else if (at == 0) {
            *to = *x;
        } else if (kernel == FG_K_scan) {
            *to = model_join((int)p[2], to[-inner], x[at * inner]);
        } else {
            *to = x[at * inner] + (to[-inner] == 0.0 ? 0.0 : to[-inner] * w[p[2] + k]);
        }
    }
}

static inline double model_cast(double x, int dtype)
{
    switch (dtype) {
    case FG_D_float64:
        return x;
    case FG_D_float32:
        return (double)(float)x;
    case FG_D_bool:
        return x != 0.0;
    default:
        return trunc(x) + 0.0; /* of -0.0, 0.0 */
    }
}

static inline void model_run(int kernel, const int64_t *p, double *w)
{
    double *to = w + p[0];
    switch (kernel) {
    case FG_K_fill:
        for (int64_t k = 0; k < p[2]; ++k) memcpy(&to[p[1] + k], &p[3], sizeof *to);
        break;
    case FG_K_copy:
        model_copy(p, w);
        break;
    case FG_K_cast:
        for (int64_t k = 0; k < p[2]; ++k) to[k] = model_cast(w[p[1] + k], (int)p[3]);
        break;
    case FG_K_gather:
        for (int64_t k = 0; k < p[3]; ++k) to[k] = w[p[1] + (int64_t)w[p[2] + k]];
        break;
    case FG_K_scatter_add:
        for (int64_t k = 0; k < p[3]; ++k) to[(int64_t)w[p[2] + k]] += w[p[1] + k];
        break;
    case FG_K_scatter_set:
        for (int64_t k = 0; k < p[3]; ++k) to[(int64_t)w[p[2] + k]] = w[p[1] + k * p[5]];
        break;
    case FG_K_reduce:
        model_reduce(p, w);
        break;
    case FG_K_matmul:
        model_matmul(p, w);
        break;
    case FG_K_fft:
        model_fft(p, w);
        break;
    case FG_K_pack:
        for (int64_t k = 0; k < p[1]; ++k) to[k] = w[p[2 + k]];
        break;
    default:
        model_along(kernel, p, w);
    }
}

#endif
