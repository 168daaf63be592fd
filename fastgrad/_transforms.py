"""The public transforms of functions: gradients, products with Jacobians, Jacobians, Hessians."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import _structural as structural
from ._products import hvp as hvp
from ._products import jvp as jvp
from ._products import linearize as linearize
from ._products import vjp as vjp
from ._tensor import Tensor
from ._transform import Gradient, Hessian, Jacobian
from ._tree import flatten


def grad(f: Callable[..., Any], argnums: int | tuple[int, ...] = 0, has_aux: bool = False) -> Any:
    """Return a function that computes the gradient of a scalar function.

    Parameters
    ----------
    f : callable
        Of floats, arrays and containers of them, to a scalar. NumPy code runs as it is.
    argnums : int or tuple of int
        Which positional arguments to differentiate by.
    has_aux : bool
        Whether `f` returns a pair ``(value, aux)``, of which `aux` is handed through.

    Returns
    -------
    callable
        Of the arguments of `f`, to the gradient: nested and shaped like the argument, a tuple of
        them if `argnums` is one; with `has_aux` the pair ``(gradient, aux)``.

    Raises
    ------
    ValueError
        When called, if `f` does not return a scalar, or `argnums` names no argument.
    RuntimeError
        When called, if an argument in `argnums` is an array of integers.

    See Also
    --------
    value_and_grad : Also the value.
    jacobian : Of a vector function.
    record : Record `f` once, so that its gradient replays without Python.

    Notes
    -----
    Reverse mode. A plain `f` is recorded at every call.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.grad(lambda x: x**3)(2.0)
    12.0
    >>> fg.grad(fg.grad(lambda x: x**3))(2.0)
    12.0
    """
    return Gradient(f, argnums, has_aux, with_value=False)


def value_and_grad(
    f: Callable[..., Any], argnums: int | tuple[int, ...] = 0, has_aux: bool = False
) -> Any:
    """Return a function that computes the value of a scalar function and its gradient.

    Parameters
    ----------
    f : callable
        Of floats, arrays and containers of them, to a scalar.
    argnums : int or tuple of int
        Which positional arguments to differentiate by.
    has_aux : bool
        Whether `f` returns a pair ``(value, aux)``.

    Returns
    -------
    callable
        Of the arguments of `f`, to ``(value, gradient)``; with `has_aux` to
        ``((value, aux), gradient)``.

    Raises
    ------
    ValueError
        When called, if `f` does not return a scalar, or `argnums` names no argument.

    See Also
    --------
    grad : The gradient alone.

    Examples
    --------
    >>> import fastgrad as fg
    >>> import numpy as np
    >>> fg.value_and_grad(lambda x: np.sum(x**2))(np.array([1.0, 3.0]))
    (10.0, array([2., 6.]))
    """
    return Gradient(f, argnums, has_aux, with_value=True)


def jacfwd(f: Callable[..., Any], argnums: int | tuple[int, ...] = 0, has_aux: bool = False) -> Any:
    """Return a function that computes the Jacobian of a function by forward mode.

    Parameters
    ----------
    f : callable
        Of floats, arrays and containers of them, to floats, arrays and containers of them.
    argnums : int or tuple of int
        Which positional arguments to differentiate by.
    has_aux : bool
        Whether `f` returns a pair ``(result, aux)``.

    Returns
    -------
    callable
        Of the arguments of `f`, to its Jacobian: nested like the result and, in each place of that,
        like the argument; of shape ``result.shape + argument.shape``.

    See Also
    --------
    jacrev : By reverse mode.
    jacobian : By whichever is cheaper.

    Notes
    -----
    One product for each element of the arguments, all at once.

    Examples
    --------
    >>> import fastgrad as fg
    >>> import numpy as np
    >>> fg.jacfwd(lambda x: np.array([x[0] * x[1], x[1]]))(np.array([2.0, 3.0]))
    array([[3., 2.],
           [0., 1.]])
    """
    return Jacobian(f, argnums, has_aux, forward=True)


def jacrev(f: Callable[..., Any], argnums: int | tuple[int, ...] = 0, has_aux: bool = False) -> Any:
    """Return a function that computes the Jacobian of a function by reverse mode.

    Parameters
    ----------
    f, argnums, has_aux
        As for `jacfwd`.

    Returns
    -------
    callable
        As of `jacfwd`.

    Notes
    -----
    One product for each element of the result, all at once.

    Examples
    --------
    >>> import fastgrad as fg
    >>> import numpy as np
    >>> fg.jacrev(lambda x: np.sum(x**2))(np.array([2.0, 3.0]))
    array([4., 6.])
    """
    return Jacobian(f, argnums, has_aux, forward=False)


def jacobian(
    f: Callable[..., Any],
    argnums: int | tuple[int, ...] = 0,
    has_aux: bool = False,
    sparse: bool = False,
) -> Any:
    """Return a function that computes the Jacobian of a function by the cheaper mode.

    Parameters
    ----------
    f, argnums, has_aux
        As for `jacfwd`.
    sparse : bool
        Whether the result is a `scipy.sparse.csr_array`, for one array in and one out.

    Returns
    -------
    callable
        As of `jacfwd`; if `sparse`, of shape (elements of the result, elements of the argument).

    Raises
    ------
    TypeError
        When called, if `sparse` and there is more than one array in or out.

    See Also
    --------
    record : Of a recorded function the pattern is found once.

    Notes
    -----
    Forward mode if the arguments have fewer elements than the result, else reverse mode.

    Sparse, the pattern is found from the structure of the recording, so it holds for all arguments
    and may have places where the derivative is zero. Columns that share no row, or rows that share
    no column, are computed together [1]_, coloured greedily [2]_.

    References
    ----------
    .. [1] Curtis, Powell, Reid, "On the estimation of sparse Jacobian matrices", IMA Journal of
       Applied Mathematics 13 (1974).
    .. [2] Gebremedhin, Manne, Pothen, "What color is your Jacobian? Graph coloring for computing
       derivatives", SIAM Review 47 (2005).

    Examples
    --------
    >>> import fastgrad as fg
    >>> import numpy as np
    >>> fg.jacobian(np.sin)(np.array([0.0, np.pi])).round(12)
    array([[ 1.,  0.],
           [ 0., -1.]])
    >>> j = fg.jacobian(np.square, sparse=True)(np.array([1.0, 2.0, 3.0]))
    >>> j.shape, j.nnz, j.data
    ((3, 3), 3, array([2., 4., 6.]))
    """
    if sparse:
        from ._sparse import SparseJacobian

        return SparseJacobian(f, argnums, has_aux)
    return Jacobian(f, argnums, has_aux, forward=None)


def hessian(
    f: Callable[..., Any],
    argnums: int | tuple[int, ...] = 0,
    has_aux: bool = False,
    sparse: bool = False,
) -> Any:
    """Return a function that computes the matrix of second derivatives of a scalar function.

    Parameters
    ----------
    f : callable
        Of floats, arrays and containers of them, to a scalar.
    argnums : int or tuple of int
        Which positional arguments to differentiate by.
    has_aux : bool
        Whether `f` returns a pair ``(value, aux)``.
    sparse : bool
        Whether the result is a `scipy.sparse.csr_array`, by one array.

    Returns
    -------
    callable
        Of the arguments of `f`, to the Hessian: for each pair of arrays among the arguments an
        array of shape ``first.shape + second.shape``; if `sparse`, with a row and a column an
        element.

    Raises
    ------
    TypeError
        When called, if `sparse` and `argnums` names more than one array.

    See Also
    --------
    hvp : Its product with a vector, without the matrix.
    jacobian : What `sparse` means, and of the method.

    Notes
    -----
    Forward mode over reverse mode: one tangent of the gradient for each element; if `sparse`, for
    each colour.

    Examples
    --------
    >>> import fastgrad as fg
    >>> import numpy as np
    >>> fg.hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 2.0]))
    array([[4., 2.],
           [2., 0.]])
    >>> h = fg.hessian(lambda x: np.sum(np.diff(x) ** 2), sparse=True)(np.zeros(1000))
    >>> h.shape, h.nnz
    ((1000, 1000), 2998)
    """
    if sparse:
        from ._sparse import SparseHessian

        return SparseHessian(f, argnums, has_aux)
    return Hessian(f, argnums, has_aux)


def stop_gradient(x: Any) -> Any:
    """Return a value as it is, but as a constant to all derivatives.

    Parameters
    ----------
    x : float, array_like or container of them
        Any value.

    Returns
    -------
    The same value, packed as `x`.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.grad(lambda x: x * fg.stop_gradient(x))(3.0)
    3.0
    """
    leaves, packed = flatten(x)
    return packed.unflatten([_stopped(leaf) for leaf in leaves])


def _stopped(leaf):
    if not isinstance(leaf, Tensor):
        return leaf
    return structural.stop_gradient(leaf) if leaf.requires_grad else leaf
