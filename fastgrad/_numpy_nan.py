"""NumPy's reductions that leave NaN out, of Tensors: a NaN has no gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _functions as fn
from . import _ops as ops
from ._arguments import concrete, to_tensor
from ._choosing import masked
from ._tensor import Tensor


def numbers_of(a: Any, where: Any = True) -> tuple[Tensor, Tensor]:
    """Return an array, and where it is a number that is to be looked at."""
    x = to_tensor(a)
    mask = ops.logical_not(ops.isnan(x))
    return x, masked(mask, where, False)[0]


def nansum(
    a: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False, initial: Any = 0,
    where: Any = True,
) -> Tensor:  # fmt: skip
    """Sum the elements of an array over axes, NaN as 0.

    Parameters
    ----------
    a, axis, dtype, keepdims, initial, where
        As for `sum`.

    Returns
    -------
    Tensor
        The sum.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.nansum([1.0, float("nan"), 2.0])
    tensor(3.)
    """
    x, mask = numbers_of(a, where)
    return fn.sum(x, axis, dtype, keepdims=keepdims, initial=initial, where=mask)


def nanprod(
    a: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False, initial: Any = 1,
    where: Any = True,
) -> Tensor:  # fmt: skip
    """Multiply the elements of an array over axes, NaN as 1.

    Parameters
    ----------
    a, axis, dtype, keepdims, initial, where
        As for `prod`.

    Returns
    -------
    Tensor
        The product.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.nanprod([3.0, float("nan"), 2.0])
    tensor(6.)
    """
    x, mask = numbers_of(a, where)
    return fn.prod(x, axis, dtype, keepdims=keepdims, initial=initial, where=mask)


def _check_inexact(a, dtype):
    if dtype is not None and to_tensor(a).dtype.kind == "f" and np.dtype(dtype).kind != "f":
        raise TypeError(f"If a is inexact, then dtype must be inexact; got dtype {dtype}")


def nanmean(
    a: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False, *, where: Any = True
) -> Tensor:
    """Average the elements of an array over axes, but for NaN.

    Parameters
    ----------
    a, axis, dtype, keepdims, where
        As for `mean`.

    Returns
    -------
    Tensor
        The mean; NaN where all elements are.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.nanmean([1.0, float("nan"), 2.0])
    tensor(1.5000)
    """
    _check_inexact(a, dtype)
    x, mask = numbers_of(a, where)
    return fn.mean(x, axis, dtype, keepdims=keepdims, where=mask)


def _moment(function, a, axis, dtype, ddof, keepdims, where, mean, correction):
    _check_inexact(a, dtype)
    x, mask = numbers_of(a, where)
    result = function(
        x, axis, dtype, ddof=ddof, correction=correction, keepdims=keepdims, where=mask, mean=mean
    )
    if x.dtype.kind != "f":
        return result
    counted = fn.sum(fn.astype(mask, result.dtype), axis, keepdims=keepdims)
    return ops.select(counted > (ddof if correction is None else correction), result, np.nan)


def nanvar(
    a: Any, axis: Any = None, dtype: Any = None, ddof: float = 0, keepdims: bool = False, *,
    where: Any = True, mean: Any = None, correction: float | None = None,
) -> Tensor:  # fmt: skip
    """Return the variance of the elements of an array over axes, but for NaN.

    Parameters
    ----------
    a, axis, dtype, ddof, keepdims, where, mean, correction
        As for `var`.

    Returns
    -------
    Tensor
        The variance; NaN where there are not more numbers than `ddof`.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.nanvar([1.0, float("nan"), 3.0])
    tensor(1.)
    """
    return _moment(fn.var, a, axis, dtype, ddof, keepdims, where, mean, correction)


def nanstd(
    a: Any, axis: Any = None, dtype: Any = None, ddof: float = 0, keepdims: bool = False, *,
    where: Any = True, mean: Any = None, correction: float | None = None,
) -> Tensor:  # fmt: skip
    """Return the standard deviation of the elements of an array over axes, but for NaN.

    Parameters
    ----------
    a, axis, dtype, ddof, keepdims, where, mean, correction
        As for `std`.

    Returns
    -------
    Tensor
        The standard deviation; NaN where there are not more numbers than `ddof`.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.nanstd([1.0, float("nan"), 3.0])
    tensor(1.)
    """
    return _moment(fn.std, a, axis, dtype, ddof, keepdims, where, mean, correction)


def _extremum(reduce, least, a, axis, keepdims, initial, where):
    x, mask = numbers_of(a, where)
    if x.dtype.kind != "f" or (initial is None and where is not True):
        return reduce(x, axis, keepdims=keepdims, initial=initial, where=where)
    found = reduce(fn.where(mask, x, least), axis, keepdims=keepdims, initial=initial)
    if initial is not None:
        return found
    return ops.select(fn.any(mask, axis, keepdims=keepdims), found, np.nan)


def nanmax(
    a: Any, axis: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True
) -> Tensor:
    """Return the largest element of an array over axes, but for NaN.

    Parameters
    ----------
    a, axis, keepdims, initial, where
        As for `max`.

    Returns
    -------
    Tensor
        The maximum; NaN where all elements are, without `initial`. Elements that tie for it share
        its gradient evenly.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.nanmax([1.0, float("nan"), 2.0])
    tensor(2.)
    """
    return _extremum(fn.max, -np.inf, a, axis, keepdims, initial, where)


def nanmin(
    a: Any, axis: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True
) -> Tensor:
    """Return the smallest element of an array over axes, but for NaN.

    Parameters
    ----------
    a, axis, keepdims, initial, where
        As for `min`.

    Returns
    -------
    Tensor
        The minimum; NaN where all elements are, without `initial`. Elements that tie for it share
        its gradient evenly.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.nanmin([1.0, float("nan"), 2.0])
    tensor(1.)
    """
    return _extremum(fn.min, np.inf, a, axis, keepdims, initial, where)


def _place(function, least, a, axis, keepdims):
    x, mask = numbers_of(a)
    if x.dtype.kind == "f" and x.size and concrete(fn.any(ops.logical_not(fn.any(mask, axis)))):
        raise ValueError("All-NaN slice encountered; leave such slices out, or fill them, before")
    filled = fn.where(mask, x, least) if x.dtype.kind == "f" else x
    return function(filled, axis, keepdims=keepdims)


def nanargmax(a: Any, axis: int | None = None, *, keepdims: bool = False) -> Tensor:
    """Return the index of the largest element of an array, but for NaN.

    Parameters
    ----------
    a, axis, keepdims
        As for `argmax`.

    Returns
    -------
    Tensor of int
        The index. It has no gradient.

    Raises
    ------
    ValueError
        If all elements are NaN.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.nanargmax([1.0, float("nan"), 2.0])
    tensor(2)
    """
    return _place(fn.argmax, -np.inf, a, axis, keepdims)


def nanargmin(a: Any, axis: int | None = None, *, keepdims: bool = False) -> Tensor:
    """Return the index of the smallest element of an array, but for NaN.

    Parameters
    ----------
    a, axis, keepdims
        As for `argmin`.

    Returns
    -------
    Tensor of int
        The index. It has no gradient.

    Raises
    ------
    ValueError
        If all elements are NaN.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.nanargmin([1.0, float("nan"), 2.0])
    tensor(0)
    """
    return _place(fn.argmin, np.inf, a, axis, keepdims)


def nancumsum(a: Any, axis: int | None = None, dtype: Any = None) -> Tensor:
    """Sum the elements of an array up to each one, NaN as 0.

    Parameters
    ----------
    a, axis, dtype
        As for `cumsum`.

    Returns
    -------
    Tensor
        The partial sums.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.nancumsum([1.0, float("nan"), 2.0])
    tensor([1., 1., 3.])
    """
    x, mask = numbers_of(a)
    return fn.cumsum(fn.where(mask, x, 0), axis, dtype)


def nancumprod(a: Any, axis: int | None = None, dtype: Any = None) -> Tensor:
    """Multiply the elements of an array up to each one, NaN as 1.

    Parameters
    ----------
    a, axis, dtype
        As for `cumprod`.

    Returns
    -------
    Tensor
        The partial products, whose derivatives are exact also at zeros.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.nancumprod([2.0, float("nan"), 3.0])
    tensor([2., 2., 6.])
    """
    x, mask = numbers_of(a)
    return fn.cumprod(fn.where(mask, x, 1), axis, dtype)


FUNCTIONS = {
    "nansum": nansum,
    "nanprod": nanprod,
    "nanmean": nanmean,
    "nanvar": nanvar,
    "nanstd": nanstd,
    "nanmax": nanmax,
    "nanmin": nanmin,
    "nanargmax": nanargmax,
    "nanargmin": nanargmin,
    "nancumsum": nancumsum,
    "nancumprod": nancumprod,
}
