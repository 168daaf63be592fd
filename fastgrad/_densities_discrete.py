"""Densities of one integer: a row each, the logarithm of the probability at location 0."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import _ops as ops
from ._arguments import to_float
from ._densities import Family, both, limited
from ._tensor import Tensor


class Discrete(Family):
    """A family of distributions of an integer.

    Parameters
    ----------
    name : str
        SciPy's name.
    log_probability : callable
        ``log_probability(k, *shapes)``, at location 0.
    shapes : str
        Names of the shape parameters.
    valid : callable
        ``valid(*shapes)`` says where they are parameters.
    most : callable, optional
        ``most(*shapes)`` is the greatest integer.
    least : int
        The least integer.
    doc : str
        A line that says what it is.
    """

    def __init__(
        self,
        name: str,
        log_probability: Callable[..., Any],
        shapes: str,
        valid: Callable[..., Any],
        *,
        most: Callable[..., Any] | None = None,
        least: int = 0,
        doc: str,
    ) -> None:
        super().__init__(name, shapes, {"loc": 0.0}, doc)
        self._log_probability, self._valid = log_probability, valid
        self._most, self._least = most, least

    def logpmf(self, k: Any, *args: Any, **named: Any) -> Tensor:
        """Return the logarithm of the probability.

        Parameters
        ----------
        k : array_like
            The integer; broadcast against the parameters.
        *args, **named : array_like
            The shape parameters, then ``loc=0``, as `scipy.stats` takes them.

        Returns
        -------
        Tensor
            -inf where `k` is no integer, or outside of the support; there derivatives are 0. NaN
            for parameters that are none.

        Raises
        ------
        TypeError
            If a parameter is missing, or there are too many.

        Notes
        -----
        A derivative by `k` is that of the formula, which goes smoothly through the integers.

        Examples
        --------
        >>> import fastgrad as fg
        >>> mu = fg.tensor(2.0, requires_grad=True)
        >>> fg.stats.poisson.logpmf([1, 4, 3], mu).sum().backward()
        >>> mu.grad
        tensor(1.)
        """
        *shapes, loc = self._parameters.of(args, named)
        y = to_float(k) - loc
        outside = ops.logical_or(y < self._least, y != ops.floor(y))
        if self._most is not None:
            outside = ops.logical_or(outside, y > self._most(*shapes))
        inside = ops.logical_or(ops.logical_not(outside), ops.isnan(y))
        return limited(inside, self._valid(*shapes), self._log_probability(y, *shapes))

    def pmf(self, k: Any, *args: Any, **named: Any) -> Tensor:
        """Return the probability, which takes the arguments of `logpmf`.

        Examples
        --------
        >>> import fastgrad as fg
        >>> fg.stats.bernoulli.pmf(1, 0.25)
        tensor(0.2500)
        """
        return ops.exp(self.logpmf(k, *args, **named))


def _is_probability(p):
    return both(p >= 0.0, p <= 1.0)


def _is_chance(p):
    return both(p > 0.0, p <= 1.0)


def _is_count(n):
    return both(n >= 0.0, n == ops.floor(n))


# ----- the rows -----


def _poisson(k, mu):
    return ops.xlogy(k, mu) - ops.gammaln(k + 1.0) - mu


def _choices(n, k):
    """The logarithm of the number of ways to choose k of n."""
    return -ops.log1p(n) - ops.betaln(n - k + 1.0, k + 1.0)


def _binom(k, n, p):
    return _choices(n, k) + ops.xlogy(k, p) + ops.xlog1py(n - k, -p)


def _bernoulli(k, p):
    return ops.xlogy(k, p) + ops.xlog1py(1.0 - k, -p)


def _nbinom(k, n, p):
    ways = ops.gammaln(n + k) - ops.gammaln(k + 1.0) - ops.gammaln(n)
    return ways + n * ops.log(p) + ops.xlog1py(k, -p)


def _betabinom(k, n, a, b):
    return _choices(n, k) + ops.betaln(k + a, n - k + b) - ops.betaln(a, b)


DISCRETE = [
    Discrete("poisson", _poisson, "mu", lambda mu: mu >= 0.0, doc="Poisson: mean `mu`."),
    Discrete(
        "binom",
        _binom,
        "n p",
        lambda n, p: both(_is_count(n), _is_probability(p)),
        most=lambda n, p: n,
        doc="Binomial: successes among `n` trials.",
    ),
    Discrete(
        "bernoulli",
        _bernoulli,
        "p",
        _is_probability,
        most=lambda p: 1.0,
        doc="Bernoulli: 1 with probability `p`, else 0.",
    ),
    Discrete(
        "nbinom",
        _nbinom,
        "n p",
        lambda n, p: both(n > 0.0, _is_chance(p)),
        doc="Negative binomial: failures before the `n`-th success.",
    ),
    Discrete(
        "geom",
        lambda k, p: ops.log(p) + ops.xlog1py(k - 1.0, -p),
        "p",
        _is_chance,
        least=1,
        doc="Geometric: trials up to the first success.",
    ),
    Discrete(
        "betabinom",
        _betabinom,
        "n a b",
        lambda n, a, b: both(_is_count(n), a > 0.0, b > 0.0),
        most=lambda n, a, b: n,
        doc="Binomial whose probability is a beta number.",
    ),
]
