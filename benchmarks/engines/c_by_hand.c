/* c_by_hand -- value and gradient of two problems, written out: what a machine can do at best. */

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
