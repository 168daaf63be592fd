"""backward and grad: seeds, checks with torch's sentences, hooks."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from typing import Any, Literal, overload

import numpy as np

from . import _structural as structural
from . import _sweep
from ._arguments import to_tensor
from ._grad_fn import op_name, torch_name
from ._gradmode import enable_grad, is_grad_enabled, no_grad
from ._source import place
from ._tensor import Tensor, later, wrap


def _seed(root, gradient):
    """Return the adjoint to start from."""
    if gradient is None:
        if root.size != 1:
            raise RuntimeError(
                "grad can be implicitly created only for scalar outputs; this one has shape "
                f"{root.shape}: reduce it (.sum()), or pass gradient= of that shape"
            )
        return wrap(np.ones(root.shape, root.dtype))
    gradient = to_tensor(gradient)
    if gradient.shape != root.shape:
        raise RuntimeError(
            f"Mismatch in shape: grad_output[0] has a shape of {gradient.shape} and output[0] has "
            f"a shape of {root.shape}; a gradient has the shape of what it is the gradient of"
        )
    return (
        gradient if gradient.dtype == root.dtype else structural.astype(gradient, dtype=root.dtype)
    )


def _listed(x):
    one = isinstance(x, (Tensor, np.ndarray, np.generic)) or not isinstance(x, Iterable)
    return [x] if one else list(x)


def _gradients(outputs, gradients):
    """Return the gradients of outputs as a list; of one Tensor, also a nested list of numbers."""
    if isinstance(outputs, Tensor) and isinstance(gradients, (list, tuple)):
        one = len(gradients) == 1 and (gradients[0] is None or isinstance(gradients[0], Tensor))
        return list(gradients) if one else [gradients]
    return _listed(gradients)


def roots_and_seeds(outputs: Any, gradients: Any) -> tuple[list[Tensor], list[Tensor]]:
    """Return checked outputs and a seed for each."""
    roots = _listed(outputs)
    if not roots or not all(isinstance(t, Tensor) for t in roots):
        raise TypeError("outputs have to be one Tensor or a sequence of Tensors, at least one")
    gradients = [None] * len(roots) if gradients is None else _gradients(outputs, gradients)
    if len(gradients) != len(roots):
        raise RuntimeError(f"got {len(roots)} tensors and {len(gradients)} gradients")
    for k, t in enumerate(roots):
        if not t.requires_grad:
            raise RuntimeError(
                f"element {k} of tensors does not require grad and does not have a grad_fn; set "
                "requires_grad=True on what it is computed from, and compute it outside no_grad"
            )
    return roots, [_seed(t, g) for t, g in zip(roots, gradients)]


def run(
    roots: list[Tensor],
    seeds: list[Tensor],
    retain_graph: bool | None,
    create_graph: bool,
    inputs: list[Tensor] | None,
) -> Any:
    """Sweep on values, or record the sweep."""
    retain = create_graph if retain_graph is None else bool(retain_graph)
    if create_graph:
        from ._higher import recorded_sweep

        return recorded_sweep(roots, seeds, retain, inputs)
    return _sweep.sweep(roots, [s.detach() for s in seeds], retain, inputs)


def _checked_inputs(inputs, caller):
    inputs = _listed(inputs)
    if not inputs:
        raise RuntimeError(
            f"`inputs` argument to `{caller}()` cannot be empty. Name a Tensor; backward() without "
            "inputs= reaches all leaves"
        )
    for t in inputs:
        if not isinstance(t, Tensor):
            raise TypeError(f"inputs have to be Tensors, got {type(t).__name__}")
        if not t.requires_grad:
            raise RuntimeError("One of the differentiated Tensors does not require grad")
    return inputs


def backward(
    tensors: Any,
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Any = None,
) -> None:
    """Add the gradients of outputs to the ``.grad`` of the leaves they depend on.

    Parameters
    ----------
    tensors : Tensor or sequence of Tensor
        Outputs.
    grad_tensors : Tensor or sequence of Tensor or None, optional
        A seed of the shape of each output; may be left out for scalars, where it is 1.
    retain_graph : bool, optional
        Keep the graph, so that it can be swept again. Default: the value of `create_graph`.
    create_graph : bool
        Record the sweep itself, so that the gradients can be differentiated.
    inputs : Tensor or sequence of Tensor, optional
        Accumulate into these only.

    Raises
    ------
    RuntimeError
        As `Tensor.backward`.

    Examples
    --------
    >>> import fastgrad as fg
    >>> w = fg.tensor([1.0, 2.0], requires_grad=True)
    >>> fg.autograd.backward([w[0] * 3, w[1] * w[1]])
    >>> w.grad
    tensor([3., 4.])
    """
    roots, seeds = roots_and_seeds(tensors, grad_tensors)
    if inputs is not None:
        inputs = list({id(t): t for t in _checked_inputs(inputs, "backward")}.values())
        gradients = run(roots, seeds, retain_graph, create_graph, inputs)
        pairs = [(t, g) for t, g in zip(inputs, gradients) if g is not None]
    elif create_graph:
        pairs = run(roots, seeds, retain_graph, True, None)
    else:
        return _sweep.backward(roots, seeds, bool(retain_graph))
    mode = enable_grad if create_graph or is_grad_enabled() else no_grad
    with mode():
        for t, g in pairs:
            # a recorded g may be the seed itself, or of two leaves: each gets its own
            _sweep.add_to_grad(t, structural.copy(g) if create_graph else g)
    return None


@overload
def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: Literal[False] | None = None,
    materialize_grads: bool = False,
) -> tuple[Tensor, ...]: ...
@overload
def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool | None = None,
    materialize_grads: bool = False,
) -> tuple[Tensor | None, ...]: ...
def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool | None = None,
    materialize_grads: bool = False,
) -> tuple[Tensor | None, ...]:
    """Return the gradients of outputs with respect to inputs; no ``.grad`` is touched.

    Parameters
    ----------
    outputs : Tensor or sequence of Tensor
        What is differentiated; several are added up, each times its seed.
    inputs : Tensor or sequence of Tensor
        With respect to what: leaves or results on the way.
    grad_outputs : Tensor or sequence of Tensor or None, optional
        A seed of the shape of each output; may be left out for scalars, where it is 1.
    retain_graph : bool, optional
        Keep the graph, so that it can be swept again. Default: the value of `create_graph`.
    create_graph : bool
        Record the sweep itself, so that the gradients can be differentiated.
    allow_unused : bool, optional
        Give None for an input that no output depends on, instead of raising. Default: the value
        of `materialize_grads`.
    materialize_grads : bool
        Give zeros for such an input.

    Returns
    -------
    tuple of Tensor
        One of the shape of each input.

    Raises
    ------
    RuntimeError
        As `Tensor.backward`, and if an input is unused.
    ValueError
        If `materialize_grads` is set and `allow_unused` is False.

    Examples
    --------
    >>> import fastgrad as fg
    >>> x = fg.tensor(3.0, requires_grad=True)
    >>> (g,) = fg.autograd.grad(x**3, x, create_graph=True)
    >>> fg.autograd.grad(g, x)
    (tensor(18.),)
    """
    if allow_unused is False and materialize_grads:
        raise ValueError(
            "Expected allow_unused to be True or not passed when materialize_grads=True, but got: "
            "allow_unused=False."
        )
    roots, seeds = roots_and_seeds(outputs, grad_outputs)
    inputs = _checked_inputs(inputs, "grad")
    gradients = run(roots, seeds, retain_graph, create_graph, inputs)
    for k, (t, g) in enumerate(zip(inputs, gradients)):
        if g is None and materialize_grads:
            gradients[k] = wrap(np.zeros(t.shape, t.dtype))
        elif g is None and not allow_unused:
            raise RuntimeError(
                "One of the differentiated Tensors appears to not have been used in the graph. Set "
                f"allow_unused=True if this is the desired behavior. It is input {k}."
            )
    return tuple(gradients)


def tensor_backward(self, gradient, retain_graph, create_graph, inputs):
    """Serve `Tensor.backward`."""
    backward([self], [gradient], retain_graph, create_graph, inputs)


# ---- hooks ----


class RemovableHandle:
    """Takes a hook away again; usable as a context manager."""

    def __init__(self, hooks: dict[Any, Any], key: int) -> None:
        self._hooks, self._key = hooks, key

    def remove(self) -> None:
        """Remove the hook; a second call does nothing."""
        self._hooks.pop(self._key, None)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *exception: object) -> None:
        self.remove()


def _next_key(hooks):
    return max(hooks, default=-1) + 1


def register_hook(self: Tensor, hook: Callable[[Tensor], Any]) -> RemovableHandle:
    """Call `hook` with the gradient of this Tensor whenever it has been computed.

    Parameters
    ----------
    hook : callable
        Takes the gradient; may return another in its place, or None. It must not change its
        argument in place.

    Returns
    -------
    RemovableHandle
        Its ``remove()`` takes the hook away.

    Raises
    ------
    RuntimeError
        If the Tensor does not require a gradient.

    Notes
    -----
    A hook lives as long as the graph does, even if the Tensor is gone. A hook that refers to its
    own Tensor keeps both alive until backward lets the graph go, or the hook is removed.

    Examples
    --------
    >>> import fastgrad as fg
    >>> x = fg.tensor(2.0, requires_grad=True)
    >>> handle = x.register_hook(lambda g: 10 * g)
    >>> (x * 3).backward()
    >>> x.grad
    tensor(30.)
    """
    if not self.requires_grad:
        raise RuntimeError(
            "cannot register a hook on a tensor that doesn't require gradient; set "
            "requires_grad=True on it or on what it is computed from"
        )
    if not callable(hook):
        raise TypeError(f"a hook has to be callable, got {type(hook).__name__}")
    hooks = _sweep.watch(self).hooks
    key = _next_key(hooks)
    handle = RemovableHandle(hooks, key)
    hooks[key] = hook  # last: what fails leaves no hook that nobody can remove
    return handle


def retain_grad(self: Tensor) -> None:
    """Keep the gradient of this non-leaf in ``.grad`` too, when backward comes by."""
    if not self.requires_grad:
        raise RuntimeError(
            "can't retain_grad on Tensor that has requires_grad=False; set requires_grad=True on "
            "what it is computed from"
        )
    if not self.is_leaf:
        _sweep.watch(self).retains = True


def retains_grad(self: Tensor) -> bool:
    """Whether this non-leaf keeps its gradient."""
    return not self.is_leaf and _sweep.retains(self)


def check_hook_result(result: Any, g: Tensor) -> Tensor:
    """Return what a hook gave, if it can stand for the gradient."""
    if not isinstance(result, Tensor):
        raise TypeError(f"a hook returned {type(result).__name__}; wanted a Tensor or None")
    if result.shape != g.shape or result.dtype != g.dtype:
        raise RuntimeError(
            f"a hook returned a gradient of shape {result.shape} and dtype {result.dtype}; wanted "
            f"{g.shape} and {g.dtype}"
        )
    return result


# ---- what went wrong, and where ----


def raise_modified(on, reader, node, changed):
    """Say which value was changed in place, by what and where, and who needed it."""
    made = op_name(on, node)
    by = "" if changed is None else f" by '{changed[0]}' at {changed[1]}:{changed[2]}"
    what = "the value of a leaf" if made in ("leaf", "constant") else f"the result of {made}"
    raise RuntimeError(
        "one of the variables needed for gradient computation has been modified by an inplace "
        f"operation: {torch_name(op_name(on, reader))} needs {what}, which was changed{by}. Write "
        "the changed value to a new name (a = a + 1), or change a copy (a = a.clone())"
    )


def remember_line(on, node):
    """Attach the user's file and line to a node, for `detect_anomaly`."""
    _sweep.add_note(on, node, place())


def raise_nan(on, node):
    """Say which op's local gradient gave NaN, and where it was recorded."""
    where = next((n for n in _sweep.notes(on, node) if isinstance(n, tuple) and len(n) == 2), None)
    at = "" if where is None else f" It was recorded at {where[0]}:{where[1]}."
    raise RuntimeError(
        f"Function '{torch_name(op_name(on, node))}' returned nan values in its 0th output.{at}"
    )


def warn_non_leaf():
    warnings.warn(
        "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad "
        "attribute won't be populated during autograd.backward(). If you indeed want the .grad "
        "field to be populated for a non-leaf Tensor, use .retain_grad() on the non-leaf Tensor.",
        UserWarning,
        stacklevel=3,
    )


later.backward = tensor_backward
later.rewatch = _sweep.rewatch
later.move_on = _sweep.move_on
later.check_hook_result = check_hook_result
later.raise_modified = raise_modified
later.remember_line = remember_line
later.raise_nan = raise_nan
later.warn_non_leaf = warn_non_leaf

METHODS: dict[str, Any] = {
    "register_hook": register_hook,
    "retain_grad": retain_grad,
    "retains_grad": property(retains_grad),
}
