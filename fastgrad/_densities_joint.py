"""Densities of several numbers together: Dirichlet, multinomial, multivariate normal."""

from __future__ import annotations

import math
from typing import Any

from . import _functions as fn
from . import _ops as ops
from ._arguments import concrete, to_float
from ._densities import Frozen, both, limited
from ._numpy_matrices import diagonal
from ._tensor import Tensor
from .linalg import cholesky, solve_triangular

_MOST_ERROR = 1e-10  # of a sum that has to be 1, as SciPy allows it


class Joint:
    """A family of distributions of a vector."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"<fastgrad.stats.{self.name}>"

    def __call__(self, *args: Any, **named: Any) -> Frozen:
        """Return the family with these parameters."""
        return Frozen(self, args, named)


# ----- Dirichlet and multinomial -----


class Dirichlet(Joint):
    """Dirichlet distribution, of numbers that sum to 1."""

    def logpdf(self, x: Any, alpha: Any) -> Tensor:
        """Return the logarithm of the density.

        Parameters
        ----------
        x : array_like, shape (k, ...) or (k - 1, ...)
            Numbers along the first axis, which sum to 1; the last one may be left out.
        alpha : array_like, shape (k,)
            Concentrations, which are positive.

        Returns
        -------
        Tensor, shape (...)
            In a program -inf where `x` does not sum to 1, and NaN where `alpha` is not positive.

        Raises
        ------
        ValueError
            If an element of `alpha` is not positive, if `x` is not between 0 and 1 or does not sum
            to 1, or if the shapes do not fit.

        Examples
        --------
        >>> import fastgrad as fg
        >>> alpha = fg.tensor([2.0, 3.0, 1.5], requires_grad=True)
        >>> fg.stats.dirichlet.logpdf([0.2, 0.5, 0.3], alpha).backward()
        >>> alpha.grad
        tensor([-0.2393,  0.1770,  0.5524])
        """
        x, alpha = to_float(x), to_float(alpha)
        if alpha.ndim != 1:
            raise ValueError(
                f"Parameter vector 'a' must be one dimensional, but a.shape = {alpha.shape}."
            )
        if x.ndim == 0 or x.shape[0] not in (alpha.size, alpha.size - 1):
            raise ValueError(
                "Vector 'x' must have either the same number of entries as, or one entry fewer "
                f"than, parameter vector 'a', but alpha.shape = {alpha.shape} and "
                f"x.shape = {x.shape}."
            )
        if x.shape[0] == alpha.size - 1:
            x = fn.concatenate([x, 1.0 - fn.sum(x, 0, keepdims=True)], 0)
        positive = fn.all(alpha > 0.0)
        # where alpha is below 1 the density has a pole at 0
        column = fn.reshape(alpha, (alpha.size,) + (1,) * (x.ndim - 1))
        low = ops.logical_or(x < 0.0, both(x == 0.0, column < 1.0))
        off = ops.absolute(fn.sum(x, 0) - 1.0) > _MOST_ERROR
        outside = ops.logical_or(fn.any(ops.logical_or(low, x > 1.0), 0), off)
        if not concrete(positive):
            raise ValueError("All parameters must be greater than 0")
        if concrete(fn.any(low)):
            raise ValueError("Each entry in 'x' must be greater than zero if its alpha is below 1.")
        if concrete(fn.any(outside)):
            raise ValueError(
                "The input vector 'x' must lie within the normal simplex: numbers between 0 and 1 "
                f"that sum to 1 along the first axis. Leave out the last, and it is worked out; "
                f"the sums are {fn.sum(x, 0).tolist()}"
            )
        beta = fn.sum(ops.gammaln(alpha)) - ops.gammaln(fn.sum(alpha))
        return limited(
            ops.logical_not(outside), positive, fn.sum(ops.xlogy(column - 1.0, x), 0) - beta
        )

    def pdf(self, x: Any, alpha: Any) -> Tensor:
        """Return the density, which takes the arguments of `logpdf`."""
        return ops.exp(self.logpdf(x, alpha))


class Multinomial(Joint):
    """Multinomial distribution, of counts that sum to `n`."""

    def logpmf(self, x: Any, n: Any, p: Any) -> Tensor:
        """Return the logarithm of the probability.

        Parameters
        ----------
        x : array_like, shape (..., k)
            Counts.
        n : array_like, shape (...)
            Number of trials.
        p : array_like, shape (..., k)
            Probabilities. As in SciPy the last is 1 minus the sum of the others.

        Returns
        -------
        Tensor, shape (...)
            -inf where `x` holds no counts that sum to `n`, and NaN where `p` holds no probabilities
            or `n` is no count.

        Examples
        --------
        >>> import fastgrad as fg
        >>> p = fg.tensor([0.25, 0.75], requires_grad=True)
        >>> fg.stats.multinomial.logpmf([3, 1], 4, p).backward()
        >>> p.grad
        tensor([10.6667,  0.0000])
        """
        x, n, p = to_float(x), to_float(n), to_float(p)
        others = p[..., :-1]
        p = fn.concatenate([others, 1.0 - fn.sum(others, -1, keepdims=True)], -1)
        counts = both(x >= 0.0, x == ops.floor(x))
        inside = both(fn.all(counts, -1), fn.sum(x, -1) == n)
        valid = both(fn.all(both(p >= 0.0, p <= 1.0), -1), n >= 0.0, n == ops.floor(n))
        ways = ops.gammaln(n + 1.0) - fn.sum(ops.gammaln(x + 1.0), -1)
        return limited(inside, valid, ways + fn.sum(ops.xlogy(x, p), -1))

    def pmf(self, x: Any, n: Any, p: Any) -> Tensor:
        """Return the probability, which takes the arguments of `logpmf`."""
        return ops.exp(self.logpmf(x, n, p))


# ----- multivariate normal -----


class Covariance:
    """A covariance matrix by what is known of it, for `multivariate_normal`.

    Made by `from_cholesky`, `from_diagonal` and `from_precision`, as SciPy's class of this name.

    Examples
    --------
    >>> import fastgrad as fg
    >>> factor = fg.tensor([[1.0, 0.0], [0.5, 2.0]], requires_grad=True)
    >>> cov = fg.stats.Covariance.from_cholesky(factor)
    >>> fg.stats.multivariate_normal.logpdf([0.3, 0.4], [0.0, 0.0], cov).backward()
    >>> factor.grad
    tensor([[-0.9194,  0.0000],
            [ 0.0187, -0.4922]])
    """

    log_det: Tensor
    size: int

    def __init__(self, whiten: Any, log_det: Tensor, size: int) -> None:
        self._whiten, self.log_det, self.size = whiten, log_det, size

    def whiten(self, x: Any) -> Tensor:
        """Return vectors, along the last axis, so that their covariance is the identity."""
        return self._whiten(to_float(x))

    @staticmethod
    def from_cholesky(cholesky: Any) -> Covariance:
        """Return the matrix ``L @ L.T`` of a lower triangular L; its upper part is not read."""
        factor = to_float(cholesky)
        _check_square(factor)

        def whiten(x):
            columns = fn.transpose(fn.reshape(x, (-1, x.shape[-1])))
            solved = solve_triangular(factor, columns, lower=True)
            return fn.reshape(fn.transpose(solved), x.shape)

        return Covariance(whiten, 2.0 * _log_product(diagonal(factor)), factor.shape[0])

    @staticmethod
    def from_diagonal(diagonal: Any) -> Covariance:
        """Return the matrix with these variances and no covariances."""
        variances = to_float(diagonal)
        if variances.ndim != 1:
            raise ValueError(
                f"`diagonal` must be a one-dimensional array; got shape {variances.shape}"
            )
        return Covariance(
            lambda x: x / ops.sqrt(variances), _log_product(variances), variances.size
        )

    @staticmethod
    def from_precision(precision: Any) -> Covariance:
        """Return the inverse of a positive definite matrix."""
        matrix = to_float(precision)
        _check_square(matrix)
        factor = cholesky(matrix)
        return Covariance(
            lambda x: fn.matmul(x, factor), -2.0 * _log_product(diagonal(factor)), matrix.shape[0]
        )


def _log_product(x):
    return fn.sum(ops.log(x))


def _check_square(matrix):
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"wanted a square matrix with two axes; got shape {matrix.shape}")


class MultivariateNormal(Joint):
    """Normal distribution of vectors."""

    def logpdf(
        self, x: Any, mean: Any = None, cov: Any = 1.0, allow_singular: bool = False
    ) -> Tensor:
        """Return the logarithm of the density.

        Parameters
        ----------
        x : array_like, shape (..., d)
            Where. In one dimension the last axis may be left out.
        mean : array_like, shape (d,), optional
            By default 0.
        cov : array_like, shape (d, d), (d,) or (), or Covariance
            Covariance matrix, of which the lower triangle is read; its diagonal; or a multiple of
            the identity. By its Cholesky factor as `Covariance.from_cholesky(L)`.
        allow_singular : bool
            Has to be False: of a singular matrix there is no derivative.

        Returns
        -------
        Tensor, shape (...)

        Raises
        ------
        numpy.linalg.LinAlgError
            If `cov` is not positive definite.
        ValueError
            If the shapes do not fit, or with ``allow_singular=True``.

        Notes
        -----
        The matrix is factored by Cholesky. Its gradient stands in the lower triangle, that by the
        upper is 0, as `cov` is read there alone: make a symmetric matrix of your parameters inside
        the function.

        Examples
        --------
        >>> import fastgrad as fg
        >>> mean = fg.tensor([0.0, 1.0], requires_grad=True)
        >>> cov = [[2.0, 0.5], [0.5, 1.0]]
        >>> fg.stats.multivariate_normal.logpdf([1.0, 0.0], mean, cov).backward()
        >>> mean.grad
        tensor([ 0.8571, -1.4286])
        """
        if allow_singular:
            raise ValueError(
                "allow_singular=True: of a singular covariance the density has no derivative; "
                "project onto the directions in which there is variance"
            )
        x = to_float(x)
        mean = None if mean is None else to_float(mean)
        cov = cov if isinstance(cov, Covariance) else _covariance(cov, mean)
        if mean is not None and mean.shape not in ((), (cov.size,)):
            raise ValueError(
                f"Array 'mean' must be a vector of length {cov.size}; got shape {mean.shape}"
            )
        if cov.size == 1 and x.ndim < 2 and x.shape != (1,):
            x = fn.expand_dims(x, -1)
        if not x.ndim or x.shape[-1] != cov.size:
            raise ValueError(
                f"the last axis of x has to have length {cov.size}; got shape {x.shape}"
            )
        white = cov.whiten(x if mean is None else x - mean)
        distance = fn.sum(ops.square(white), -1)
        return -0.5 * (cov.size * math.log(2.0 * math.pi) + cov.log_det + distance)

    def pdf(self, x: Any, mean: Any = None, cov: Any = 1.0, allow_singular: bool = False) -> Tensor:
        """Return the density, which takes the arguments of `logpdf`."""
        return ops.exp(self.logpdf(x, mean, cov, allow_singular))


def _covariance(cov, mean):
    cov = to_float(cov)
    if cov.ndim == 0:
        size = 1 if mean is None else max(mean.size, 1)
        return Covariance.from_diagonal(fn.broadcast_to(cov, (size,)))
    if cov.ndim == 1:
        return Covariance.from_diagonal(cov)
    if cov.ndim > 2:
        raise ValueError(f"Array 'cov' must be at most two-dimensional, got shape {cov.shape}")
    _check_square(cov)
    return Covariance.from_cholesky(cholesky(cov))


dirichlet: Dirichlet = Dirichlet("dirichlet")
multinomial: Multinomial = Multinomial("multinomial")
multivariate_normal: MultivariateNormal = MultivariateNormal("multivariate_normal")
