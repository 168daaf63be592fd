/* c_by_hand -- values and gradients written out: what a machine can do at best. */
#include <math.h>
#include <string.h>

enum { BLOCK = 64 }; /* points that are together in the first cache */

/* Rosenbrock's function of n variables; g [n] becomes its gradient. */
double rosenbrock(const double *x, long n, double *g)
{
    double sum = 0.0, carried = 0.0;
    for (long i = 0; i + 1 < n; i++) {
        double bend = x[i + 1] - x[i] * x[i], slope = 1.0 - x[i];
        sum += 100.0 * bend * bend + slope * slope;
        g[i] = carried - 400.0 * x[i] * bend - 2.0 * slope;
        carried = 200.0 * bend;
    }
    g[n - 1] = carried;
    return sum;
}

/* The slopes of prey x and predators y with the rates p [4]. */
static void slopes(double x, double y, const double *p, double *k)
{
    k[0] = p[0] * x - p[1] * x * y;
    k[1] = p[3] * x * y - p[2] * y;
}

/* Adds to z_adj [2] and p_adj [4] what k_adj [2], the adjoint of the slopes at x and y, gives. */
static void slopes_adjoint(double x, double y, const double *p, const double *k_adj, double *z_adj,
                           double *p_adj)
{
    double meetings = p[3] * k_adj[1] - p[1] * k_adj[0];
    z_adj[0] += p[0] * k_adj[0] + y * meetings;
    z_adj[1] += x * meetings - p[2] * k_adj[1];
    p_adj[0] += x * k_adj[0];
    p_adj[1] -= x * y * k_adj[0];
    p_adj[2] -= y * k_adj[1];
    p_adj[3] += x * y * k_adj[1];
}

/* The four points at which a Runge-Kutta step from z evaluates, and its slopes there. */
static void stages(const double *z, double h, const double *p, double point[4][2], double k[4][2])
{
    const double ahead[4] = {0.0, 0.5 * h, 0.5 * h, h};
    for (int s = 0; s < 4; s++) {
        for (int c = 0; c < 2; c++) {
            point[s][c] = s ? z[c] + ahead[s] * k[s - 1][c] : z[c];
        }
        slopes(point[s][0], point[s][1], p, k[s]);
    }
}

/* Squared distance of n steps from data at every tenth; g [4] becomes the gradient by the rates.
 *
 * p     [4]              the rates
 * data  [n / every][2]   what is seen
 * path  [n + 1][2]       path[0] is the start; the rest is work memory
 */
double lotka_volterra(long n, long every, double h, const double *p, const double *data,
                      double *path, double *g)
{
    double point[4][2], k[4][2], sum = 0.0, adj[2] = {0.0, 0.0};
    for (long t = 0; t < n; t++) {
        double *z = path + 2 * t;
        stages(z, h, p, point, k);
        for (int c = 0; c < 2; c++) {
            z[2 + c] = z[c] + h / 6.0 * (k[0][c] + 2.0 * k[1][c] + 2.0 * k[2][c] + k[3][c]);
        }
    }
    for (int c = 0; c < 4; c++) {
        g[c] = 0.0;
    }
    for (long t = n; t > 0; t--) {
        double *z = path + 2 * (t - 1);
        double k_adj[4][2], next[2];
        for (int c = 0; c < 2 && t % every == 0; c++) {
            double error = path[2 * t + c] - data[2 * (t / every - 1) + c];
            sum += error * error;
            adj[c] += 2.0 * error;
        }
        stages(z, h, p, point, k);
        for (int c = 0; c < 2; c++) {
            next[c] = adj[c];
            k_adj[0][c] = k_adj[3][c] = h / 6.0 * adj[c];
            k_adj[1][c] = k_adj[2][c] = h / 3.0 * adj[c];
        }
        for (int s = 3; s >= 0; s--) {
            double at_point[2] = {0.0, 0.0};
            slopes_adjoint(point[s][0], point[s][1], p, k_adj[s], at_point, g);
            for (int c = 0; c < 2; c++) {
                next[c] += at_point[c];
                if (s > 0) {
                    k_adj[s - 1][c] += (s == 3 ? h : 0.5 * h) * at_point[c];
                }
            }
        }
        adj[0] = next[0];
        adj[1] = next[1];
    }
    return sum;
}

/* A mixture of k normals in d dimensions, n points; see w4_gmm.py. The gradients become those by
 * weights [k], means [k][d] and factors [k][d + d (d - 1) / 2], one after the other.
 */
double mixture(long d, long k, long n, const double *weights, const double *means,
               const double *factors, const double *points, double *g)
{
    long entries = d + d * (d - 1) / 2;
    double *by_weight = g, *by_mean = g + k, *by_factor = by_mean + k * d;
    double root[k][d][d], offset[k], by_root[k][d][d], turned[k][d][BLOCK], each[k][BLOCK];
    double x[d][BLOCK], away[d][BLOCK], pull[BLOCK], most[BLOCK], total[BLOCK], sum = 0.0;
    memset(by_root, 0, sizeof by_root);
    memset(g, 0, (size_t)(k + k * d + k * entries) * sizeof *g);
    for (long c = 0; c < k; c++) {
        const double *below = factors + c * entries + d;
        offset[c] = weights[c];
        for (long a = 0; a < d; a++) {
            offset[c] += factors[c * entries + a];
            for (long b = 0; b < a; b++) {
                root[c][a][b] = *below++;
            }
            root[c][a][a] = exp(factors[c * entries + a]);
        }
    }
    for (long start = 0; start < n; start += BLOCK) {
        long m = n - start < BLOCK ? n - start : BLOCK;
        for (long j = 0; j < BLOCK; j++) {
            for (long a = 0; a < d; a++) { /* the last point again where there are none left */
                x[a][j] = points[(start + (j < m ? j : m - 1)) * d + a];
            }
            most[j] = -INFINITY;
            total[j] = 0.0;
        }
        for (long c = 0; c < k; c++) {
            for (long j = 0; j < BLOCK; j++) {
                each[c][j] = offset[c];
            }
            for (long a = 0; a < d; a++) {
                for (long j = 0; j < BLOCK; j++) {
                    away[a][j] = x[a][j] - means[c * d + a];
                    turned[c][a][j] = root[c][a][a] * away[a][j];
                }
                for (long b = 0; b < a; b++) {
                    for (long j = 0; j < BLOCK; j++) {
                        turned[c][a][j] += root[c][a][b] * away[b][j];
                    }
                }
                for (long j = 0; j < BLOCK; j++) {
                    each[c][j] -= 0.5 * turned[c][a][j] * turned[c][a][j];
                }
            }
            for (long j = 0; j < BLOCK; j++) {
                most[j] = most[j] > each[c][j] ? most[j] : each[c][j];
            }
        }
        for (long c = 0; c < k; c++) {
            for (long j = 0; j < BLOCK; j++) {
                each[c][j] = exp(each[c][j] - most[j]);
                total[j] += each[c][j];
            }
        }
        for (long j = 0; j < m; j++) {
            sum += most[j] + log(total[j]);
        }
        for (long j = 0; j < BLOCK; j++) {
            total[j] = j < m ? 1.0 / total[j] : 0.0;
        }
        for (long c = 0; c < k; c++) {
            double share = 0.0;
            for (long j = 0; j < BLOCK; j++) {
                each[c][j] *= total[j];
                share += each[c][j];
            }
            by_weight[c] += share;
            for (long a = 0; a < d; a++) {
                double pulled = 0.0;
                for (long j = 0; j < BLOCK; j++) {
                    away[a][j] = x[a][j] - means[c * d + a];
                    pull[j] = -each[c][j] * turned[c][a][j];
                    pulled += pull[j];
                }
                for (long b = 0; b <= a; b++) {
                    double product = 0.0;
                    for (long j = 0; j < BLOCK; j++) {
                        product += pull[j] * away[b][j];
                    }
                    by_root[c][a][b] += product;
                    by_mean[c * d + b] -= pulled * root[c][a][b];
                }
            }
        }
    }
    double largest = -INFINITY, all = 0.0;
    for (long c = 0; c < k; c++) {
        largest = weights[c] > largest ? weights[c] : largest;
    }
    for (long c = 0; c < k; c++) {
        all += exp(weights[c] - largest);
    }
    for (long c = 0; c < k; c++) {
        double *by_diagonal = by_factor + c * entries, *by_below = by_diagonal + d;
        for (long a = 0; a < d; a++) {
            double diagonal = root[c][a][a];
            by_diagonal[a] = by_weight[c] + diagonal * (by_root[c][a][a] + diagonal);
            sum += 0.5 * diagonal * diagonal;
            for (long b = 0; b < a; b++) {
                *by_below++ = by_root[c][a][b] + root[c][a][b];
                sum += 0.5 * root[c][a][b] * root[c][a][b];
            }
        }
        by_weight[c] -= (double)n * exp(weights[c] - largest) / all;
    }
    return sum - (double)n * (largest + log(all));
}

/* Black and Scholes: columns [5][n] to rows [6][n], the price and the sensitivities, by the adjoint of
 * each operation, as an engine finds them.
 */
void black_scholes(const double *columns, long n, double *rows)
{
    const double half_root = 0.70710678118654752, density = 0.39894228040143268;
    const double *spots = columns, *strikes = columns + n, *rates = columns + 2 * n;
    const double *volatilities = columns + 3 * n, *times = columns + 4 * n;
#pragma GCC ivdep
    for (long i = 0; i < n; i++) {
        double spot = spots[i], strike = strikes[i], rate = rates[i], vol = volatilities[i];
        double time = times[i], root = sqrt(time), deviation = vol * root, ratio = spot / strike;
        double slope = rate + 0.5 * vol * vol, top = log(ratio) + slope * time;
        double first = top / deviation, second = first - deviation;
        double held = 0.5 * erfc(-half_root * first), exercised = 0.5 * erfc(-half_root * second);
        double discount = exp(-rate * time), discounted = strike * discount;
        double by_second = -discounted * density * exp(-0.5 * second * second);
        double by_first = spot * density * exp(-0.5 * first * first) + by_second;
        double by_top = by_first / deviation, by_deviation = -by_second - by_top * first;
        double by_ratio = by_top / ratio, by_slope = by_top * time,
               by_product = discounted * exercised;
        rows[i] = spot * held - discounted * exercised;
        rows[n + i] = held + by_ratio / strike;
        rows[2 * n + i] = -exercised * discount - by_ratio * ratio / strike;
        rows[3 * n + i] = by_product * time + by_slope;
        rows[4 * n + i] = by_deviation * root + by_slope * vol;
        rows[5 * n + i] = by_product * rate + by_top * slope + 0.5 * by_deviation * vol / root;
    }
}

/* The same by the known formulas, which need less. */
void black_scholes_closed(const double *columns, long n, double *rows)
{
    const double half_root = 0.70710678118654752, density = 0.39894228040143268;
    const double *spots = columns, *strikes = columns + n, *rates = columns + 2 * n;
    const double *volatilities = columns + 3 * n, *times = columns + 4 * n;
#pragma GCC ivdep
    for (long i = 0; i < n; i++) {
        double spot = spots[i], strike = strikes[i], rate = rates[i], vol = volatilities[i];
        double time = times[i], root = sqrt(time), deviation = vol * root;
        double first = (log(spot / strike) + (rate + 0.5 * vol * vol) * time) / deviation;
        double held = 0.5 * erfc(-half_root * first);
        double by_strike = -exp(-rate * time) * 0.5 * erfc(-half_root * (first - deviation));
        double exercised = -strike * by_strike;
        double near = spot * density * exp(-0.5 * first * first);
        rows[i] = spot * held - exercised;
        rows[n + i] = held;
        rows[2 * n + i] = by_strike;
        rows[3 * n + i] = time * exercised;
        rows[4 * n + i] = near * root;
        rows[5 * n + i] = rate * exercised + 0.5 * near * vol / root;
    }
}

/* The path of w5b_heston.py: columns [7][n] to rows [8][n], value and derivatives, block by block.
 *
 * increments  [steps][2]
 */
void heston(const double *columns, long n, long steps, double step, const double *increments,
            double strike, double kink, double payoff_kink, double *rows)
{
    double tilt[steps][BLOCK], positive[steps][BLOCK], deviation[steps][BLOCK];
    double at[7][BLOCK], variance[BLOCK], log_spot[BLOCK], rest[BLOCK], by_log[BLOCK];
    double adjoint[BLOCK], by_reversion[BLOCK], by_level[BLOCK], by_volatility[BLOCK];
    double by_first[BLOCK], by_second[BLOCK], value[BLOCK];
    enum { SPOT, VARIANCE, REVERSION, LEVEL, VOLATILITY, CORRELATION, RATE };
    for (long start = 0; start < n; start += BLOCK) {
        long m = n - start < BLOCK ? n - start : BLOCK;
        for (int c = 0; c < 7; c++) {
            for (long j = 0; j < BLOCK; j++) {
                at[c][j] = columns[c * n + start + (j < m ? j : m - 1)];
            }
        }
        for (long j = 0; j < BLOCK; j++) {
            log_spot[j] = log(at[SPOT][j]);
            rest[j] = sqrt(1.0 - at[CORRELATION][j] * at[CORRELATION][j]);
            variance[j] = at[VARIANCE][j];
            adjoint[j] = by_reversion[j] = by_level[j] = by_volatility[j] = 0.0;
            by_first[j] = by_second[j] = 0.0;
        }
        for (long t = 0; t < steps; t++) {
            double a = increments[2 * t], b = increments[2 * t + 1];
            for (long j = 0; j < BLOCK; j++) {
                double v = variance[j], root = sqrt(v * v + kink), p = 0.5 * (v + root);
                double s = sqrt(p * step), shock = at[CORRELATION][j] * a + rest[j] * b;
                tilt[t][j] = v / root;
                positive[t][j] = p;
                deviation[t][j] = s;
                log_spot[j] += (at[RATE][j] - 0.5 * p) * step + s * a;
                variance[j] = v + at[REVERSION][j] * (at[LEVEL][j] - p) * step +
                              at[VOLATILITY][j] * s * shock;
            }
        }
        for (long j = 0; j < BLOCK; j++) {
            double end = exp(log_spot[j]), above = end - strike;
            double root = sqrt(above * above + payoff_kink), discount = exp(-at[RATE][j]);
            value[j] = 0.5 * (above + root) * discount;
            by_log[j] = 0.5 * (1.0 + above / root) * end * discount;
        }
        for (long t = steps - 1; t >= 0; t--) {
            double a = increments[2 * t], b = increments[2 * t + 1];
            for (long j = 0; j < BLOCK; j++) {
                double p = positive[t][j], s = deviation[t][j], adj = adjoint[j];
                double shock = at[CORRELATION][j] * a + rest[j] * b;
                double pushed = adj * at[VOLATILITY][j];
                double by_deviation = by_log[j] * a + pushed * shock;
                double by_positive = 0.5 * step * by_deviation / s -
                                     step * (0.5 * by_log[j] + at[REVERSION][j] * adj);
                by_reversion[j] += adj * (at[LEVEL][j] - p) * step;
                by_level[j] += adj * at[REVERSION][j] * step;
                by_volatility[j] += adj * s * shock;
                by_first[j] += pushed * s * a;
                by_second[j] += pushed * s * b;
                adjoint[j] = adj + 0.5 * (1.0 + tilt[t][j]) * by_positive;
            }
        }
        for (long j = 0; j < m; j++) {
            double *row = rows + start + j;
            row[0] = value[j];
            row[n] = by_log[j] / at[SPOT][j];
            row[2 * n] = adjoint[j];
            row[3 * n] = by_reversion[j];
            row[4 * n] = by_level[j];
            row[5 * n] = by_volatility[j];
            row[6 * n] = by_first[j] - by_second[j] * at[CORRELATION][j] / rest[j];
            row[7 * n] = (double)steps * step * by_log[j] - value[j];
        }
    }
}

static double dot(const double *x, const double *y)
{
    return x[0] * y[0] + x[1] * y[1] + x[2] * y[2];
}

static void cross(const double *x, const double *y, double *z)
{
    z[0] = x[1] * y[2] - x[2] * y[1];
    z[1] = x[2] * y[0] - x[0] * y[2];
    z[2] = x[0] * y[1] - x[1] * y[0];
}

/* Bundle adjustment: parameters [n][15] and features [n][2] to Jacobians [n][2][15]; w6_bundle.py. */
void bundle(const double *parameters, const double *features, long n, double *jacobians)
{
    for (long i = 0; i < n; i++) {
        const double *p = parameters + 15 * i, *turn = p, *feature = features + 2 * i;
        double angle = sqrt(dot(turn, turn)), axis[3], x[3], side[3], seen[3];
        double cos_t = cos(angle), sin_t = sin(angle), scale = 1.0 / angle;
        for (int c = 0; c < 3; c++) {
            axis[c] = turn[c] * scale;
            x[c] = p[11 + c] - p[3 + c];
        }
        double along = dot(axis, x);
        cross(axis, x, side);
        for (int c = 0; c < 3; c++) {
            seen[c] = cos_t * x[c] + sin_t * side[c] + (1.0 - cos_t) * along * axis[c];
        }
        double focal = p[6], weight = p[14], flat[2] = {seen[0] / seen[2], seen[1] / seen[2]};
        double r = flat[0] * flat[0] + flat[1] * flat[1];
        double bend = 1.0 + p[9] * r + p[10] * r * r, slope = 2.0 * (p[9] + 2.0 * p[10] * r);
        for (int o = 0; o < 2; o++) {
            double *row = jacobians + 30 * i + 15 * o, m[3], across[3], by_axis[3];
            double by_u = weight * focal * (slope * flat[o] * flat[0] + (o == 0 ? bend : 0.0));
            double by_v = weight * focal * (slope * flat[o] * flat[1] + (o == 1 ? bend : 0.0));
            m[0] = by_u / seen[2];
            m[1] = by_v / seen[2];
            m[2] = -(m[0] * flat[0] + m[1] * flat[1]);
            /* the adjoint m of the turned point, by the point, the angle and the axis */
            double on_axis = dot(m, axis);
            double by_angle = cos_t * dot(m, side) + sin_t * (along * on_axis - dot(m, x));
            cross(m, axis, across);
            cross(x, m, by_axis);
            for (int c = 0; c < 3; c++) {
                by_axis[c] = sin_t * by_axis[c] + (1.0 - cos_t) * (on_axis * x[c] + along * m[c]);
                row[11 + c] = cos_t * m[c] + sin_t * across[c] + (1.0 - cos_t) * on_axis * axis[c];
                row[3 + c] = -row[11 + c];
            }
            double lengthwise = dot(by_axis, axis);
            for (int c = 0; c < 3; c++) {
                row[c] = by_angle * axis[c] + (by_axis[c] - lengthwise * axis[c]) * scale;
            }
            row[6] = weight * flat[o] * bend;
            row[7] = o == 0 ? weight : 0.0;
            row[8] = o == 1 ? weight : 0.0;
            row[9] = weight * focal * flat[o] * r;
            row[10] = row[9] * r;
            row[14] = flat[o] * focal * bend + p[7 + o] - feature[o];
        }
    }
}
