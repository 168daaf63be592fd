"""Densities of one variable: a row each, the logarithm of the density at location 0 and scale 1."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

from . import _ops as ops
from ._arguments import to_float
from ._tensor import Tensor


class Parameters:
    """Names of a family's parameters, and their values in a call as SciPy takes them.

    Parameters
    ----------
    family : str
        Name for messages.
    names : sequence of str
        In the order in which they are given.
    defaults : dict
        Values of those that may be left out.
    """

    def __init__(self, family: str, names: tuple[str, ...], defaults: dict[str, float]) -> None:
        self.family, self.names, self.defaults = family, names, defaults

    def of(self, args: tuple[Any, ...], named: dict[str, Any]) -> list[Tensor]:
        """Return the values as Tensors of floats; raise TypeError as a call of a function would."""
        given = dict(zip(self.names, args))
        twice = given.keys() & named.keys()
        unknown = named.keys() - set(self.names)
        missing = [n for n in self.names if n not in {**self.defaults, **given, **named}]
        if len(args) > len(self.names) or twice or unknown or missing:
            raise TypeError(
                f"{self.family} takes the parameters {', '.join(self.names)}"
                f"{self._optional()}; got {len(args)} by position"
                f"{', and by name ' + ', '.join(named) if named else ''}"
            )
        values = {**self.defaults, **given, **named}
        return [to_float(values[n]) for n in self.names]

    def _optional(self):
        shown = [f"{name}={value}" for name, value in self.defaults.items()]
        return f" ({', '.join(shown)})" if shown else ""


def both(*conditions: Any) -> Any:
    """Return where all conditions hold."""
    return functools.reduce(ops.logical_and, conditions)


def limited(inside: Any, valid: Any, log_density: Any) -> Tensor:
    """Return -inf outside of the support and NaN for parameters that are none, as SciPy does."""
    return ops.select(valid, ops.select(inside, log_density, -math.inf), math.nan)


class Frozen:
    """A family with values for its parameters.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.stats.norm(loc=1.0, scale=2.0).logpdf(1.0)
    tensor(-1.6121)
    """

    def __init__(self, family: Any, args: tuple[Any, ...], named: dict[str, Any]) -> None:
        self._family, self._args, self._named = family, args, named

    def __getattr__(self, name: str) -> Any:
        function = getattr(self._family, name)
        return lambda x: function(x, *self._args, **self._named)


class Family:
    """What families of distributions have in common: their name, parameters and documentation."""

    density: str  # the name of the method that gives the logarithm of the density

    def __init__(self, name: str, shapes: str, defaults: dict[str, float], doc: str) -> None:
        self.name = name
        self.__doc__ = doc
        self._parameters = Parameters(name, (*shapes.split(), *defaults), defaults)

    def __repr__(self) -> str:
        return f"<fastgrad.stats.{self.name}>"

    def __call__(self, *args: Any, **named: Any) -> Frozen:
        """Return the family with these parameters."""
        self._parameters.of(args, named)
        return Frozen(self, args, named)


class Continuous(Family):
    """A family of distributions of a real number.

    Parameters
    ----------
    name : str
        SciPy's name.
    log_density : callable
        ``log_density(y, *shapes)``, at location 0 and scale 1.
    shapes : str
        Names of the shape parameters, which are positive.
    support : tuple of float
        The least and the greatest value.
    doc : str
        A line that says what it is.
    zero : bool
        Whether shape parameters may be 0 too.
    """

    def __init__(
        self,
        name: str,
        log_density: Callable[..., Any],
        shapes: str = "",
        support: tuple[float, float] = (-math.inf, math.inf),
        doc: str = "",
        zero: bool = False,
    ) -> None:
        super().__init__(name, shapes, {"loc": 0.0, "scale": 1.0}, doc)
        self._log_density, self._support, self._zero = log_density, support, zero

    def logpdf(self, x: Any, *args: Any, **named: Any) -> Tensor:
        """Return the logarithm of the density.

        Parameters
        ----------
        x : array_like
            Where; broadcast against the parameters.
        *args, **named : array_like
            The shape parameters, then ``loc=0`` and ``scale=1``, as `scipy.stats` takes them.

        Returns
        -------
        Tensor
            -inf outside of the support, where derivatives are 0; NaN for parameters that are none.

        Raises
        ------
        TypeError
            If a parameter is missing, or there are too many.

        Examples
        --------
        >>> import fastgrad as fg
        >>> a = fg.tensor(2.0, requires_grad=True)
        >>> fg.stats.gamma.logpdf([0.5, 1.5], a).sum().backward()
        >>> a.grad
        tensor(-1.1333)
        """
        *shapes, loc, scale = self._parameters.of(args, named)
        y = (to_float(x) - loc) / scale
        low, high = self._support
        outside = ops.logical_or(ops.isinf(y), ops.logical_or(y < low, y > high))
        inside = ops.logical_not(outside)  # also NaN, which stays one
        valid = both(scale > 0.0, *(s >= 0.0 if self._zero else s > 0.0 for s in shapes))
        return limited(inside, valid, self._log_density(y, *shapes) - ops.log(scale))

    def pdf(self, x: Any, *args: Any, **named: Any) -> Tensor:
        """Return the density, which takes the arguments of `logpdf`.

        Examples
        --------
        >>> import fastgrad as fg
        >>> fg.stats.norm.pdf(0.0)
        tensor(0.3989)
        """
        return ops.exp(self.logpdf(x, *args, **named))


# ----- the rows -----

_POSITIVE = (0.0, math.inf)
_ABOVE_ZERO = (math.ulp(0.0), math.inf)  # where the logarithm of the density falls to -inf at 0


def _norm(y):
    return -0.5 * ops.square(y) - 0.5 * math.log(2.0 * math.pi)


def _nothing(y):
    return y - y  # NaN for NaN


def _lognorm(y, s):
    log = ops.log(y)
    return _norm(log / s) - ops.log(s) - log


def _cauchy(y):
    return -math.log(math.pi) - 2.0 * ops.log(ops.hypot(1.0, y))


def _beta(y, a, b):
    return ops.xlogy(a - 1.0, y) + ops.xlog1py(b - 1.0, -y) - ops.betaln(a, b)


def _gamma(y, a):
    return ops.xlogy(a - 1.0, y) - y - ops.gammaln(a)


def _invgamma(y, a):
    return -(a + 1.0) * ops.log(y) - 1.0 / y - ops.gammaln(a)


def _t(y, df):
    finite = ops.select(df == math.inf, 1.0, df)
    of_df = -0.5 * ops.log(finite) - ops.betaln(0.5 * finite, 0.5)
    density = of_df - 0.5 * (finite + 1.0) * ops.log1p(ops.square(y) / finite)
    return ops.select(df == math.inf, _norm(y), density)


def _chi2(y, df):
    return ops.xlogy(0.5 * df - 1.0, y) - 0.5 * y - ops.gammaln(0.5 * df) - 0.5 * math.log(2) * df


def _f(y, dfn, dfd):
    ratio = dfn * y / dfd
    return (
        0.5 * dfn * ops.log(dfn / dfd)
        + ops.xlogy(0.5 * dfn - 1.0, y)
        - 0.5 * (dfn + dfd) * ops.log1p(ratio)
        - ops.betaln(0.5 * dfn, 0.5 * dfd)
    )


def _weibull(y, c):
    return ops.log(c) + ops.xlogy(c - 1.0, y) - ops.power(y, c)


def _invgauss(y, mu):
    distance = (y - mu) / mu
    return -0.5 * math.log(2 * math.pi) - 1.5 * ops.log(y) - ops.square(distance) / (2.0 * y)


def _vonmises(y, kappa):
    # cos(y) - 1 without loss: kappa * cos(y) and log(i0(kappa)) are large and nearly cancel
    less = -2.0 * kappa * ops.square(ops.sin(0.5 * y))
    return less - math.log(2.0 * math.pi) - ops.log(ops.i0e(kappa))


CONTINUOUS = [
    Continuous("norm", _norm, doc="Normal distribution: mean `loc`, standard deviation `scale`."),
    Continuous("lognorm", _lognorm, "s", _ABOVE_ZERO, "Of a number whose logarithm is normal."),
    Continuous("cauchy", _cauchy, doc="Cauchy distribution."),
    Continuous("beta", _beta, "a b", (0.0, 1.0), "Beta distribution."),
    Continuous("gamma", _gamma, "a", _POSITIVE, "Gamma distribution; the rate is 1 / `scale`."),
    Continuous("invgamma", _invgamma, "a", _ABOVE_ZERO, "Of the inverse of a gamma number."),
    Continuous("t", _t, "df", doc="Student's t; infinite degrees of freedom are the normal."),
    Continuous("chi2", _chi2, "df", _POSITIVE, "Chi-squared distribution."),
    Continuous("f", _f, "dfn dfd", _POSITIVE, "Fisher's F distribution."),
    Continuous("expon", lambda y: -y, "", _POSITIVE, "Exponential; the rate is 1 / `scale`."),
    Continuous("weibull_min", _weibull, "c", _POSITIVE, "Weibull distribution."),
    Continuous("uniform", _nothing, "", (0.0, 1.0), "Uniform from `loc` over `scale`."),
    Continuous("laplace", lambda y: -ops.absolute(y) - math.log(2.0), doc="Laplace distribution."),
    Continuous("logistic", lambda y: -y - 2.0 * ops.softplus(-y), doc="Logistic distribution."),
    Continuous("gumbel_r", lambda y: -y - ops.exp(-y), doc="Gumbel, of maxima."),
    Continuous(
        "pareto",
        lambda y, b: ops.log(b) - (b + 1.0) * ops.log(y),
        "b",
        (1.0, math.inf),
        "Pareto distribution.",
    ),
    Continuous("halfnorm", lambda y: _norm(y) + math.log(2.0), "", _POSITIVE, "Half normal."),
    Continuous("halfcauchy", lambda y: _cauchy(y) + math.log(2.0), "", _POSITIVE, "Half Cauchy."),
    Continuous("rayleigh", lambda y: ops.log(y) - 0.5 * y * y, "", _POSITIVE, "Rayleigh."),
    Continuous("invgauss", _invgauss, "mu", _ABOVE_ZERO, "Inverse Gaussian, or Wald."),
    Continuous("vonmises", _vonmises, "kappa", doc="Von Mises, of angles.", zero=True),
]
