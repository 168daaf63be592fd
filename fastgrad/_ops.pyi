"""The functions of the op table. Written by tools/generate.py: do not edit."""

from typing import TypeAlias, TypedDict

from numpy.typing import ArrayLike

from ._tensor import Tensor

_Operand: TypeAlias = Tensor | ArrayLike

class _Row(TypedDict):
    name: str
    value: str
    doc: str
    partials: tuple[str, ...]
    domains: tuple[tuple[float, float], ...]
    arity: int
    is_test: bool
    is_lent: bool

ROWS: list[_Row]
CODES: dict[str, int]

def add(x: _Operand, y: _Operand, /) -> Tensor:
    """Sum."""

def subtract(x: _Operand, y: _Operand, /) -> Tensor:
    """Difference."""

def multiply(x: _Operand, y: _Operand, /) -> Tensor:
    """Product."""

def divide(x: _Operand, y: _Operand, /) -> Tensor:
    """Quotient."""

def power(x: _Operand, y: _Operand, /) -> Tensor:
    """First operand to the power of the second."""

def negative(x: _Operand, /) -> Tensor:
    """Numerical negative."""

def absolute(x: _Operand, /) -> Tensor:
    """Absolute value; the derivative at 0 is 0."""

def sign(x: _Operand, /) -> Tensor:
    """Sign: -1, 0 or 1."""

def square(x: _Operand, /) -> Tensor:
    """Square."""

def sqrt(x: _Operand, /) -> Tensor:
    """Non-negative square root; the derivative at 0 is infinite."""

def cbrt(x: _Operand, /) -> Tensor:
    """Cube root; the derivative at 0 is infinite."""

def reciprocal(x: _Operand, /) -> Tensor:
    """Reciprocal."""

def fmod(x: _Operand, y: _Operand, /) -> Tensor:
    """Remainder of the division truncated towards zero; it has the sign of the dividend."""

def remainder(x: _Operand, y: _Operand, /) -> Tensor:
    """Remainder of the floored division; it has the sign of the divisor."""

def floor_divide(x: _Operand, y: _Operand, /) -> Tensor:
    """Floor of the quotient."""

def masked_multiply(x: _Operand, y: _Operand, /) -> Tensor:
    """Product in which a zero first operand gives 0, also against infinity and NaN: an adjoint times a local gradient."""

def exp(x: _Operand, /) -> Tensor:
    """Exponential."""

def exp2(x: _Operand, /) -> Tensor:
    """2 to the power of the operand."""

def expm1(x: _Operand, /) -> Tensor:
    """Exponential minus 1, accurate near 0."""

def log(x: _Operand, /) -> Tensor:
    """Natural logarithm."""

def log2(x: _Operand, /) -> Tensor:
    """Logarithm to base 2."""

def log10(x: _Operand, /) -> Tensor:
    """Logarithm to base 10."""

def log1p(x: _Operand, /) -> Tensor:
    """Natural logarithm of 1 plus the operand, accurate near 0."""

def logaddexp(x: _Operand, y: _Operand, /) -> Tensor:
    """Logarithm of the sum of the exponentials."""

def xlogy(x: _Operand, y: _Operand, /) -> Tensor:
    """First operand times the logarithm of the second; 0 where the first is 0."""

def xlog1py(x: _Operand, y: _Operand, /) -> Tensor:
    """First operand times the logarithm of 1 plus the second; 0 where the first is 0."""

def sin(x: _Operand, /) -> Tensor:
    """Sine of an angle in radians."""

def cos(x: _Operand, /) -> Tensor:
    """Cosine of an angle in radians."""

def tan(x: _Operand, /) -> Tensor:
    """Tangent of an angle in radians."""

def arcsin(x: _Operand, /) -> Tensor:
    """Inverse sine, in radians."""

def arccos(x: _Operand, /) -> Tensor:
    """Inverse cosine, in radians."""

def arctan(x: _Operand, /) -> Tensor:
    """Inverse tangent, in radians."""

def arctan2(x: _Operand, y: _Operand, /) -> Tensor:
    """Angle of the point (second operand, first operand), in radians; the gradient at the origin is 0."""

def hypot(x: _Operand, y: _Operand, /) -> Tensor:
    """Square root of the sum of squares; the gradient at the origin is 0."""

def sinh(x: _Operand, /) -> Tensor:
    """Hyperbolic sine."""

def cosh(x: _Operand, /) -> Tensor:
    """Hyperbolic cosine."""

def tanh(x: _Operand, /) -> Tensor:
    """Hyperbolic tangent."""

def arcsinh(x: _Operand, /) -> Tensor:
    """Inverse hyperbolic sine."""

def arccosh(x: _Operand, /) -> Tensor:
    """Inverse hyperbolic cosine."""

def arctanh(x: _Operand, /) -> Tensor:
    """Inverse hyperbolic tangent."""

def maximum(x: _Operand, y: _Operand, /) -> Tensor:
    """Larger operand, NaN if either is; a tie shares the gradient evenly."""

def minimum(x: _Operand, y: _Operand, /) -> Tensor:
    """Smaller operand, NaN if either is; a tie shares the gradient evenly."""

def clip(x: _Operand, y: _Operand, z: _Operand, /) -> Tensor:
    """First operand limited to the interval from the second to the third; at an edge the derivative is 1."""

def select(x: _Operand, y: _Operand, z: _Operand, /) -> Tensor:
    """Second operand where the first is not zero, third where it is; the branch not taken gets no gradient."""

def floor(x: _Operand, /) -> Tensor:
    """Largest integer not above the operand."""

def ceil(x: _Operand, /) -> Tensor:
    """Smallest integer not below the operand."""

def rint(x: _Operand, /) -> Tensor:
    """Nearest integer, ties to even."""

def trunc(x: _Operand, /) -> Tensor:
    """Integer part, towards zero."""

def sigmoid(x: _Operand, /) -> Tensor:
    """Logistic function, 1 / (1 + exp(-x))."""

def softplus(x: _Operand, /) -> Tensor:
    """Smooth ramp, log(1 + exp(x))."""

def relu(x: _Operand, /) -> Tensor:
    """Ramp: the operand, or 0 where it is negative; the derivative at 0 is 0."""

def erf(x: _Operand, /) -> Tensor:
    """Error function."""

def erfc(x: _Operand, /) -> Tensor:
    """Complementary error function, 1 - erf(x)."""

def gamma(x: _Operand, /) -> Tensor:
    """Gamma function."""

def gammaln(x: _Operand, /) -> Tensor:
    """Logarithm of the absolute value of the gamma function."""

def loggamma(x: _Operand, /) -> Tensor:
    """Logarithm of the gamma function, NaN below 0."""

def rgamma(x: _Operand, /) -> Tensor:
    """1 over the gamma function, 0 at its poles."""

def digamma(x: _Operand, /) -> Tensor:
    """Derivative of the logarithm of the gamma function."""

def polygamma(x: _Operand, y: _Operand, /) -> Tensor:
    """Derivative of digamma, of an order that is a whole number, at the second operand."""

def zeta(x: _Operand, y: _Operand, /) -> Tensor:
    """Zeta function of Hurwitz."""

def zetac(x: _Operand, /) -> Tensor:
    """Zeta function of Riemann, minus 1."""

def beta(x: _Operand, y: _Operand, /) -> Tensor:
    """Beta function."""

def betaln(x: _Operand, y: _Operand, /) -> Tensor:
    """Logarithm of the absolute value of the beta function."""

def binom(x: _Operand, y: _Operand, /) -> Tensor:
    """Binomial coefficient."""

def poch(x: _Operand, y: _Operand, /) -> Tensor:
    """Pochhammer symbol, gamma(x + y) / gamma(x)."""

def gammainc(x: _Operand, y: _Operand, /) -> Tensor:
    """Regularized lower incomplete gamma function, of a parameter and a limit."""

def gammaincc(x: _Operand, y: _Operand, /) -> Tensor:
    """Regularized upper incomplete gamma function, of a parameter and a limit."""

def gammaincinv(x: _Operand, y: _Operand, /) -> Tensor:
    """Inverse of gammainc by its limit."""

def gammainccinv(x: _Operand, y: _Operand, /) -> Tensor:
    """Inverse of gammaincc by its limit."""

def betainc(x: _Operand, y: _Operand, z: _Operand, /) -> Tensor:
    """Regularized incomplete beta function, of two parameters and a limit."""

def betaincc(x: _Operand, y: _Operand, z: _Operand, /) -> Tensor:
    """Complement of the regularized incomplete beta function."""

def betaincinv(x: _Operand, y: _Operand, z: _Operand, /) -> Tensor:
    """Inverse of betainc by its limit."""

def betainccinv(x: _Operand, y: _Operand, z: _Operand, /) -> Tensor:
    """Inverse of betaincc by its limit."""

def erfinv(x: _Operand, /) -> Tensor:
    """Inverse of the error function."""

def erfcinv(x: _Operand, /) -> Tensor:
    """Inverse of the complementary error function."""

def erfcx(x: _Operand, /) -> Tensor:
    """Scaled complementary error function, exp(x * x) * erfc(x)."""

def erfi(x: _Operand, /) -> Tensor:
    """Imaginary error function, -1j * erf(1j * x)."""

def dawsn(x: _Operand, /) -> Tensor:
    """Dawson's integral."""

def ndtr(x: _Operand, /) -> Tensor:
    """Cumulative distribution of the standard normal distribution."""

def log_ndtr(x: _Operand, /) -> Tensor:
    """Logarithm of the cumulative distribution of the standard normal distribution."""

def ndtri(x: _Operand, /) -> Tensor:
    """Inverse of ndtr."""

def ndtri_exp(x: _Operand, /) -> Tensor:
    """Inverse of log_ndtr."""

def owens_t(x: _Operand, y: _Operand, /) -> Tensor:
    """Owen's T function."""

def stdtr(x: _Operand, y: _Operand, /) -> Tensor:
    """Cumulative distribution of Student's t distribution, of degrees of freedom and a limit."""

def stdtrit(x: _Operand, y: _Operand, /) -> Tensor:
    """Inverse of stdtr by its limit."""

def i0(x: _Operand, /) -> Tensor:
    """Modified Bessel function of the first kind, of order 0."""

def i0e(x: _Operand, /) -> Tensor:
    """The function i0, times exp(-abs(x))."""

def i1(x: _Operand, /) -> Tensor:
    """Modified Bessel function of the first kind, of order 1."""

def i1e(x: _Operand, /) -> Tensor:
    """The function i1, times exp(-abs(x))."""

def iv(x: _Operand, y: _Operand, /) -> Tensor:
    """Modified Bessel function of the first kind, of real order."""

def ive(x: _Operand, y: _Operand, /) -> Tensor:
    """The function iv, times exp(-abs(y))."""

def k0(x: _Operand, /) -> Tensor:
    """Modified Bessel function of the second kind, of order 0."""

def k0e(x: _Operand, /) -> Tensor:
    """The function k0, times exp(x)."""

def k1(x: _Operand, /) -> Tensor:
    """Modified Bessel function of the second kind, of order 1."""

def k1e(x: _Operand, /) -> Tensor:
    """The function k1, times exp(x)."""

def kv(x: _Operand, y: _Operand, /) -> Tensor:
    """Modified Bessel function of the second kind, of real order."""

def kve(x: _Operand, y: _Operand, /) -> Tensor:
    """The function kv, times exp(y)."""

def j0(x: _Operand, /) -> Tensor:
    """Bessel function of the first kind, of order 0."""

def j1(x: _Operand, /) -> Tensor:
    """Bessel function of the first kind, of order 1."""

def jv(x: _Operand, y: _Operand, /) -> Tensor:
    """Bessel function of the first kind, of real order."""

def jve(x: _Operand, y: _Operand, /) -> Tensor:
    """The function jv, which is scaled for complex numbers alone."""

def y0(x: _Operand, /) -> Tensor:
    """Bessel function of the second kind, of order 0."""

def y1(x: _Operand, /) -> Tensor:
    """Bessel function of the second kind, of order 1."""

def yv(x: _Operand, y: _Operand, /) -> Tensor:
    """Bessel function of the second kind, of real order."""

def yve(x: _Operand, y: _Operand, /) -> Tensor:
    """The function yv, which is scaled for complex numbers alone."""

def expi(x: _Operand, /) -> Tensor:
    """Exponential integral, of exp(t) / t up to the operand."""

def exp1(x: _Operand, /) -> Tensor:
    """Exponential integral, of exp(-t) / t from the operand on."""

def expn(x: _Operand, y: _Operand, /) -> Tensor:
    """Generalized exponential integral; the order is cut to a whole number."""

def spence(x: _Operand, /) -> Tensor:
    """Spence's function, the dilogarithm of 1 minus the operand."""

def ellipk(x: _Operand, /) -> Tensor:
    """Complete elliptic integral of the first kind, of a parameter."""

def ellipkm1(x: _Operand, /) -> Tensor:
    """The function ellipk of 1 minus the operand."""

def ellipe(x: _Operand, /) -> Tensor:
    """Complete elliptic integral of the second kind, of a parameter."""

def cosm1(x: _Operand, /) -> Tensor:
    """Cosine minus 1, accurate near 0."""

def powm1(x: _Operand, y: _Operand, /) -> Tensor:
    """First operand to the power of the second, minus 1, accurate near 0."""

def wrightomega(x: _Operand, /) -> Tensor:
    """Wright's omega function, the v of v + log(v) = x."""

def less(x: _Operand, y: _Operand, /) -> Tensor:
    """Whether the first operand is less than the second."""

def less_equal(x: _Operand, y: _Operand, /) -> Tensor:
    """Whether the first operand is at most the second."""

def greater(x: _Operand, y: _Operand, /) -> Tensor:
    """Whether the first operand is greater than the second."""

def greater_equal(x: _Operand, y: _Operand, /) -> Tensor:
    """Whether the first operand is at least the second."""

def equal(x: _Operand, y: _Operand, /) -> Tensor:
    """Whether the operands are equal."""

def not_equal(x: _Operand, y: _Operand, /) -> Tensor:
    """Whether the operands differ."""

def logical_and(x: _Operand, y: _Operand, /) -> Tensor:
    """Whether both operands are not zero."""

def logical_or(x: _Operand, y: _Operand, /) -> Tensor:
    """Whether at least one operand is not zero."""

def logical_not(x: _Operand, /) -> Tensor:
    """Whether the operand is zero."""

def isfinite(x: _Operand, /) -> Tensor:
    """Whether the operand is neither infinite nor NaN."""

def isinf(x: _Operand, /) -> Tensor:
    """Whether the operand is infinite."""

def isnan(x: _Operand, /) -> Tensor:
    """Whether the operand is NaN."""

__all__ = [
    "add",
    "subtract",
    "multiply",
    "divide",
    "power",
    "negative",
    "absolute",
    "sign",
    "square",
    "sqrt",
    "cbrt",
    "reciprocal",
    "fmod",
    "remainder",
    "floor_divide",
    "masked_multiply",
    "exp",
    "exp2",
    "expm1",
    "log",
    "log2",
    "log10",
    "log1p",
    "logaddexp",
    "xlogy",
    "xlog1py",
    "sin",
    "cos",
    "tan",
    "arcsin",
    "arccos",
    "arctan",
    "arctan2",
    "hypot",
    "sinh",
    "cosh",
    "tanh",
    "arcsinh",
    "arccosh",
    "arctanh",
    "maximum",
    "minimum",
    "clip",
    "select",
    "floor",
    "ceil",
    "rint",
    "trunc",
    "sigmoid",
    "softplus",
    "relu",
    "erf",
    "erfc",
    "gamma",
    "gammaln",
    "loggamma",
    "rgamma",
    "digamma",
    "polygamma",
    "zeta",
    "zetac",
    "beta",
    "betaln",
    "binom",
    "poch",
    "gammainc",
    "gammaincc",
    "gammaincinv",
    "gammainccinv",
    "betainc",
    "betaincc",
    "betaincinv",
    "betainccinv",
    "erfinv",
    "erfcinv",
    "erfcx",
    "erfi",
    "dawsn",
    "ndtr",
    "log_ndtr",
    "ndtri",
    "ndtri_exp",
    "owens_t",
    "stdtr",
    "stdtrit",
    "i0",
    "i0e",
    "i1",
    "i1e",
    "iv",
    "ive",
    "k0",
    "k0e",
    "k1",
    "k1e",
    "kv",
    "kve",
    "j0",
    "j1",
    "jv",
    "jve",
    "y0",
    "y1",
    "yv",
    "yve",
    "expi",
    "exp1",
    "expn",
    "spence",
    "ellipk",
    "ellipkm1",
    "ellipe",
    "cosm1",
    "powm1",
    "wrightomega",
    "less",
    "less_equal",
    "greater",
    "greater_equal",
    "equal",
    "not_equal",
    "logical_and",
    "logical_or",
    "logical_not",
    "isfinite",
    "isinf",
    "isnan",
]
