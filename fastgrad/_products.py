"""Products with Jacobians and Hessians: of a function at a point, with given vectors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from . import _derive as derive
from . import _structural as structural
from ._paths import leaves_like
from ._recordings import Arguments, Recording
from ._roll import rolled
from ._sources import Source, source_of
from ._tensor import Tensor
from ._transform import check_scalar, split_aux
from ._tree import LEAF, Structure


def _primals(x, caller):
    if not isinstance(x, (tuple, list)):
        raise TypeError(
            f"{caller}: primals are a tuple of the positional arguments, got {type(x).__name__}; "
            "write (x,) for one argument"
        )
    return tuple(x)


def vectors(
    vector: Any, structure: Structure, specs: list[tuple[Any, tuple[int, ...]]], name: str
) -> list[Any]:
    """Return the leaves of tangents or cotangents, checked against what they belong to."""
    try:
        leaves = leaves_like(structure, vector, name)
    except ValueError as error:
        raise type(error)(f"{error}; {name} has to be packed as what it belongs to") from None
    if len(leaves) != len(specs):
        raise ValueError(f"{name} has {len(leaves)} leaves, wanted {len(specs)}")
    return [_vector(x, dtype, shape, name) for x, (dtype, shape) in zip(leaves, specs)]


def _vector(x, dtype, shape, name):
    if dtype.kind != "f":
        return None
    if not isinstance(x, Tensor):
        x = np.asarray(x)
    if x.dtype.kind not in "fiub":
        raise TypeError(f"{name} has dtype {x.dtype}; wanted numbers")
    if x.shape != shape:
        raise ValueError(
            f"{name} has shape {x.shape}, wanted {shape}: a vector has the shape of what it is "
            "multiplied into"
        )
    if x.dtype == dtype:
        return x
    return structural.astype(x, dtype=dtype) if isinstance(x, Tensor) else x.astype(dtype)


def _all_numbers(arguments):
    return tuple(range(len(arguments.each)))


def _wrt(recording):
    return [k for numbers in recording.argument_inputs for k in numbers]


def _present(leaves):
    return [x for x in leaves if x is not None]


def _with(maker, key):
    def transformed(recording: Recording) -> Recording:
        def make(r):
            return r.with_graph(maker(r.graph, _wrt(r)), r.result, f"{key}({r.name})")

        return recording.transformed((key,), make)

    return transformed


_with_vjp = _with(derive.with_vjp, "vjp")
_with_jvp = _with(derive.with_jvp, "jvp")


def _hvp_graph(graph, wrt):
    g = derive.gradient(derive.keep(graph, [0]), wrt)
    n = len(wrt)
    g = derive.with_jvp(derive.keep(g, list(range(1, 1 + n))), wrt)
    g = derive.keep(g, list(range(n, 2 * n)))
    return rolled(g) or g


_with_hvp = _with(_hvp_graph, "hvp")


def _packed(structure, n, aux, outputs):
    """Return the value, and aux after it if there is one."""
    value = structure.unflatten(outputs[:n])
    return (value,) if aux is None else (value, aux.unflatten(outputs[n:]))


def vjp(f: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """Return the value of a function and a function that multiplies by its Jacobian from the left.

    Parameters
    ----------
    f : callable
        Of floats, arrays and containers of them, to the same.
    *primals : float, array_like or container
        The arguments, all of which are differentiated by.
    has_aux : bool
        Whether `f` returns a pair ``(result, aux)``.

    Returns
    -------
    result
        ``f(*primals)``.
    vjp_fn : callable
        Of a cotangent packed and shaped like the result, to a tuple of cotangents of the primals.
    aux
        Only with `has_aux`.

    Raises
    ------
    ValueError
        If a cotangent has not the shape of the result.

    See Also
    --------
    jvp : From the right.

    Notes
    -----
    Reverse mode: a small multiple of the cost of `f`, whatever the number of primals.

    Examples
    --------
    >>> import fastgrad as fg
    >>> import numpy as np
    >>> out, pull = fg.vjp(lambda x: x**2, np.array([1.0, 2.0]))
    >>> out
    array([1., 4.])
    >>> pull(np.array([1.0, 10.0]))
    (array([ 2., 40.]),)
    """
    arguments = Arguments(primals, {})
    arguments = arguments.with_floats(_all_numbers(arguments))
    return source_of(f).replay(arguments, lambda r, args: _vjp_at(r, args, has_aux))


def _vjp_at(recording, arguments, has_aux):
    structure, n, aux, _ = split_aux("vjp", recording, has_aux)
    inputs = _kept(arguments)
    outputs = recording.outputs(inputs)
    all_specs = recording.output_types
    zeros = [np.zeros(shape, dtype) for dtype, shape in all_specs[n:]]
    product = _with_vjp(recording)

    def vjp_fn(cotangent: Any) -> tuple:
        seeds = _present(vectors(cotangent, structure, all_specs[:n], "the cotangent"))
        seeds += [z for z in zeros if z.dtype.kind == "f"]
        found = product.outputs([*inputs, *seeds])[len(recording.graph.outputs) :]
        return _like_arguments(recording, found)

    value, *rest = _packed(structure, n, aux, outputs)
    return (value, vjp_fn, *rest)


def _kept(arguments):
    """Return the inputs as they are now: what is kept for later must not change with them."""
    return [+x for x in arguments.inputs()]


def _like_arguments(recording, leaves):
    results, at = [], 0
    for structure, numbers in zip(recording.argument_structures, recording.argument_inputs):
        results.append(structure.unflatten(leaves[at : at + len(numbers)]))
        at += len(numbers)
    return tuple(results)


def _tangents(recording, tangents, caller):
    tangents = _primals(tangents, caller)
    if len(tangents) != len(recording.argument_inputs):
        raise ValueError(
            f"{caller} got {len(recording.argument_inputs)} primals and {len(tangents)} tangents; "
            "there has to be one for each"
        )
    graph, leaves = recording.graph, []
    for k, (t, structure) in enumerate(zip(tangents, recording.argument_structures)):
        specs = [graph.type_of(graph.inputs[i]) for i in recording.argument_inputs[k]]
        leaves += vectors(t, structure, specs, f"tangent {k}")
    return leaves


def jvp(f: Callable[..., Any], primals: Any, tangents: Any, has_aux: bool = False) -> Any:
    """Return the value of a function and its Jacobian times a vector.

    Parameters
    ----------
    f : callable
        Of floats, arrays and containers of them, to the same.
    primals : tuple
        The arguments, all of which are differentiated by.
    tangents : tuple
        For each argument a direction, packed and shaped like it.
    has_aux : bool
        Whether `f` returns a pair ``(result, aux)``.

    Returns
    -------
    result
        ``f(*primals)``.
    tangent
        Packed and shaped like the result.
    aux
        Only with `has_aux`.

    Raises
    ------
    ValueError
        If a tangent has not the shape of its primal.

    See Also
    --------
    vjp : From the left.

    Notes
    -----
    Forward mode.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.jvp(lambda x: x**2, (3.0,), (1.0,))
    (9.0, 6.0)
    """
    arguments = Arguments(_primals(primals, "jvp"), {})
    arguments = arguments.with_floats(_all_numbers(arguments))
    return source_of(f).replay(
        arguments, lambda r, args: _jvp_at(r, args.inputs(), tangents, has_aux, "jvp")
    )


def _jvp_at(recording, inputs, tangents, has_aux, caller):
    structure, n, aux, _ = split_aux(caller, recording, has_aux)
    dots = _tangents(recording, tangents, caller)
    found = _with_jvp(recording).outputs([*inputs, *dots])
    n_all = len(recording.graph.outputs)
    value, *rest = _packed(structure, n, aux, found[:n_all])
    return (value, structure.unflatten(found[n_all : n_all + n]), *rest)


def linearize(f: Callable[..., Any], *primals: Any) -> Any:
    """Return the value of a function and its Jacobian at a point, as a function of directions.

    Parameters
    ----------
    f : callable
        Of floats, arrays and containers of them, to the same.
    *primals : float, array_like or container
        The arguments.

    Returns
    -------
    result
        ``f(*primals)``.
    f_jvp : callable
        Of a tangent for each primal, to the tangent of the result.

    See Also
    --------
    jvp : For one direction.

    Examples
    --------
    >>> import fastgrad as fg
    >>> value, push = fg.linearize(lambda x: x**2, 3.0)
    >>> value, push(1.0), push(10.0)
    (9.0, 6.0, 60.0)
    """
    arguments = Arguments(primals, {})
    arguments = arguments.with_floats(_all_numbers(arguments))

    def at(recording, args):
        inputs = _kept(args)
        outputs = recording.outputs(inputs)

        def f_jvp(*tangents: Any) -> Any:
            return _jvp_at(recording, inputs, tangents, False, "linearize")[1]

        return recording.result.unflatten(outputs), f_jvp

    return source_of(f).replay(arguments, at)


def hvp(f: Callable[..., Any], primals: Any, tangents: Any) -> Any:
    """Return the Hessian of a scalar function times a vector.

    Parameters
    ----------
    f : callable
        Of floats, arrays and containers of them, to a scalar.
    primals : tuple
        The arguments.
    tangents : tuple
        For each argument a direction, packed and shaped like it.

    Returns
    -------
    The product, packed and shaped like the argument; a tuple of them for several arguments.

    Raises
    ------
    ValueError
        If `f` does not return a scalar, or a tangent has not the shape of its primal.

    See Also
    --------
    hessian : The whole matrix.

    Notes
    -----
    Tangent of the gradient: a small multiple of the cost of `f`, whatever the number of elements
    [1]_.

    References
    ----------
    .. [1] Pearlmutter, "Fast exact multiplication by the Hessian", Neural Computation 6 (1994).

    Examples
    --------
    >>> import fastgrad as fg
    >>> import numpy as np
    >>> fg.hvp(lambda x: (x * x * x).sum(), (np.array([1.0, 2.0]),), (np.array([1.0, 0.0]),))
    array([6., 0.])
    """
    arguments = Arguments(_primals(primals, "hvp"), {})
    arguments = arguments.with_floats(_all_numbers(arguments))
    return source_of(f).replay(arguments, lambda r, args: hvp_at(r, args, tangents))


def hvp_at(recording: Recording, arguments: Arguments, tangents: Any) -> Any:
    """Return the Hessian of a recording times a vector."""
    check_scalar("hvp", recording, len(recording.graph.outputs))
    dots = _tangents(recording, tangents, "hvp")
    found = _with_hvp(recording).outputs([*arguments.inputs(), *dots])
    results = _like_arguments(recording, found)
    return results[0] if len(results) == 1 else results


class HessianProduct(Source):
    """The product of the Hessian of a source: of its arguments, then as many vectors."""

    def __init__(self, source: Source) -> None:
        self.source = source

    def slow(self, *args: Any, **kwargs: Any) -> Any:
        """Return the product; the next call takes the short way if the arguments are plain."""
        if not args or len(args) % 2 or kwargs:
            raise TypeError(
                f"hvp takes the arguments and as many vectors, got {len(args)} values; write "
                "prog.hvp(x, v)"
            )
        n = len(args) // 2

        def use(recording: Recording, arguments: Arguments) -> Any:
            found = hvp_at(recording, arguments, args[n:])
            product = _with_hvp(recording)
            plain = n == 1 and recording.argument_structures[0] == LEAF
            if plain and product.is_planned and not product.captured:
                self.way = product.machine, None
            return found

        arguments = Arguments(args[:n], {})
        return self.source.replay(arguments.with_floats(_all_numbers(arguments)), use)
