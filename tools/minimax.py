"""Print the coefficients of the polynomials in csrc/fg_math*.h, and how good each of them is.

python tools/minimax.py            all of them
python tools/minimax.py exp erf    those whose name starts so

Polynomials are fitted in 60 digits by least squares at Chebyshev points, which is within a small
factor of the best. Coefficients of which the kernels need more than a double has are printed as a
sum, high + low. The error is that of the polynomial with rounded coefficients.
"""

import sys

from mpmath import mp, mpf

mp.dps = 60


def q_exp(r):  # exp(r) = 1 + r + r^2 / 2 + r^3 q(r)
    return mp.hyp1f1(1, 4, r) / 6


def r_log(z):  # log(1 + f) = 2 atanh(s), z = s * s: 2 s + s * r(z)
    s = mp.sqrt(z)
    return 2 * (mp.atanh(s) / s - 1) / z


def p_pow(z):  # 2 atanh(s) = 2 s + s z (2/3 + z (2/5 + z p(z)))
    s = mp.sqrt(z)
    return ((2 * (mp.atanh(s) / s - 1) / z - mpf(2) / 3) / z - mpf(2) / 5) / z


def s_sin(z):  # sin(r) = r + r * z * s(z), z = r * r
    r = mp.sqrt(z)
    return (mp.sin(r) / r - 1) / z


def c_cos(z):  # cos(r) = 1 - z / 2 + z * z * c(z)
    return (mp.cos(mp.sqrt(z)) - 1 + z / 2) / z**2


def p_erf(z):  # erf(x) = x + x * p(z), z = x * x
    x = mp.sqrt(z)
    return mp.erf(x) / x - 1


def e_erf(r):  # exp(r) = 1 + r * e(r)
    return mp.hyp1f1(1, 2, r)


def q_erf(t):  # erf(x) = 1 - exp(-x * x) * q(t), t = 1 / (x + 3) - 93 / 512
    x = 1 / (t + mpf(93) / 512) - 3
    return mp.exp(x**2) * mp.erfc(x)


def p_erfc(t):  # erfc(x) = exp(-x * x) * p(t) / (1 + 2 x), t = 1 / (x + 4) - 65 / 512
    x = 1 / (t + mpf(65) / 512) - 4
    return (1 + 2 * x) * mp.exp(x**2) * mp.erfc(x)


def p_atan(z):  # atan(t) = t + t z p(z), z = t * t
    t = mp.sqrt(z)
    return (mp.atan(t) / t - 1) / z


def p_asin(z):  # asin(x) = x + x z p(z), z = x * x
    x = mp.sqrt(z)
    return (mp.asin(x) / x - 1) / z


def f_erf(z):  # erf(x) = x * p(z), z = x * x
    x = mp.sqrt(z)
    return mp.erf(x) / x


def f_erfc(t):  # erfc(x) = exp(-x * x) * p(t), t = 1 / (x + 4) - 41 / 256
    x = 1 / (t + mpf(41) / 256) - 4
    return mp.exp(x**2) * mp.erfc(x)


HALF_LN2 = mp.log(2) / 2 * (1 + mpf(2) ** -10)
S_MAX = (mp.sqrt(2) - 1) / (mp.sqrt(2) + 1)
QUARTER = mp.pi / 4 * (1 + mpf(2) ** -10)

# name: function, interval, degree, coefficients that are sums
POLYNOMIALS = {
    "exp": (q_exp, -HALF_LN2, HALF_LN2, 9, 0),
    "log": (r_log, 0, S_MAX**2 * mpf("1.001"), 6, 0),
    "pow": (p_pow, 0, S_MAX**2 * mpf("1.001"), 6, 0),
    "sin": (s_sin, 0, QUARTER**2, 6, 0),
    "cos": (c_cos, 0, QUARTER**2, 5, 0),
    "atan": (p_atan, 0, mpf("0.172"), 11, 0),
    "asin": (p_asin, 0, mpf(1) / 4, 12, 0),
    "cbrt": (mp.cbrt, mpf("0.707"), mpf("1.4143"), 6, 0),
    "erf_small": (p_erf, 0, 1, 12, 0),
    "erf_exp": (e_erf, -HALF_LN2, HALF_LN2, 10, 0),
    "erf_large": (q_erf, mpf(-9) / 128, mpf(35) / 512, 14, 0),
    "erfc_small": (p_erf, 0, mpf(1) / 4, 9, 0),
    "erfc_large": (p_erfc, mpf(-49) / 512, mpf(49) / 512, 21, 1),
    # for float32
    "f_exp": (e_erf, -HALF_LN2, HALF_LN2, 7, 0),
    "f_log": (r_log, 0, S_MAX**2 * mpf("1.001"), 3, 0),
    "f_pow": (r_log, 0, S_MAX**2 * mpf("1.001"), 5, 0),
    "f_sin": (s_sin, 0, QUARTER**2, 3, 0),
    "f_cos": (c_cos, 0, QUARTER**2, 3, 0),
    "f_atan": (p_atan, 0, mpf("0.172"), 6, 0),
    "f_asin": (p_asin, 0, mpf(1) / 4, 7, 0),
    "f_erf": (f_erf, 0, mpf("15.5"), 20, 0),
    "f_erfc": (f_erfc, mpf(-47) / 512, mpf(23) / 256, 14, 0),
}


def fit(f, low, high, degree, n_sums):
    """Return the coefficients of a polynomial near f, lowest first, as lists of one or two doubles.

    A coefficient is rounded, and those above it are fitted again to what is left.
    """
    n = degree + 1
    middle, half = (mpf(low) + high) / 2, (mpf(high) - low) / 2
    points = [middle + half * mp.cos(mp.pi * (2 * k + 1) / (4 * n)) for k in range(2 * n)]
    left = mp.matrix([f(p) for p in points])
    coefficients = []
    for k in range(n):
        rows = mp.matrix([[p**j for j in range(k, n)] for p in points])
        exact = mp.lu_solve(rows.T * rows, rows.T * left)[0]
        rounded = [float(exact)]
        if k < n_sums:
            rounded.append(float(exact - rounded[0]))
        coefficients.append(rounded)
        left -= sum(map(mpf, rounded)) * rows[:, 0]
    return coefficients


def largest_error(f, low, high, coefficients):
    """Return the largest distance from f, absolute, at a few hundred points inside the interval."""
    width = mpf(high) - low
    points = [low + width * (k + mpf(1) / 2) / 400 for k in range(400)]
    return max(abs(mp.polyval(coefficients[::-1], p) - f(p)) for p in points)


def show(name):
    """Print the coefficients of one polynomial."""
    f, low, high, degree, n_sums = POLYNOMIALS[name]
    coefficients = fit(f, low, high, degree, n_sums)
    error = largest_error(f, low, high, [sum(map(mpf, c)) for c in coefficients])
    print(
        f"{name}: within {mp.nstr(error, 2)} on [{mp.nstr(mpf(low), 4)}, {mp.nstr(mpf(high), 4)}]"
    )
    for c in coefficients:
        print("   ", " + ".join(part.hex() for part in c))


if __name__ == "__main__":
    for name in POLYNOMIALS:
        if not sys.argv[1:] or name.startswith(tuple(sys.argv[1:])):
            show(name)
