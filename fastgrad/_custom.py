"""custom_vjp and custom_jvp: functions that bring their own derivative."""

from __future__ import annotations

import functools
import inspect
import types
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from ._custom_calls import call
from ._custom_packing import Arguments, is_tracked
from ._custom_trace import trace_jvp, trace_vjp
from ._transform import numbers_of, positions
from ._tree import flatten


class _CustomFunction(ABC):
    """A function with a rule. It is called as the function is."""

    _how = ""  # what a rule is given by
    _rule: tuple[Callable[..., Any], ...] = ()  # the functions that it consists of
    __wrapped__: Callable[..., Any]
    __name__: str
    __qualname__: str

    def __init__(self, f: Callable[..., Any], nondiff_argnums: int | tuple[int, ...] = ()) -> None:
        if not callable(f):
            raise TypeError(
                f"{type(self).__name__} takes a function, got {type(f).__name__}; use it as a "
                f"decorator: @fastgrad.{type(self).__name__}"
            )
        functools.update_wrapper(self, f, updated=())
        if not hasattr(f, "__name__"):
            self.__name__ = type(f).__name__
        caller = f"{type(self).__name__} of {self.__name__}"
        if not isinstance(nondiff_argnums, (tuple, list)) or nondiff_argnums:
            self._nondiff = numbers_of(nondiff_argnums, caller)
        else:
            self._nondiff = ()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if kwargs:
            args = self._by_position(args, kwargs)
        if not is_tracked(flatten(args)[0]):
            return self.__wrapped__(*args)
        arguments = self._arguments(args)
        if not self._rule:
            raise TypeError(
                f"{self.__name__} has no rule yet: give it one with {self.__name__}.{self._how} "
                "before it is differentiated or recorded"
            )
        return call(self, arguments, self._trace)

    @abstractmethod
    def _trace(self, arguments, rule, captured):
        """Trace the rule of the function, and set the graph of `rule`."""

    def _by_position(self, args, kwargs):
        try:
            bound = inspect.signature(self.__wrapped__).bind(*args, **kwargs)
        except ValueError as error:
            raise TypeError(f"{self.__name__} takes its arguments by position: {error}") from None
        bound.apply_defaults()
        if bound.kwargs:
            raise TypeError(
                f"{self.__name__} has arguments that can be given by keyword only, "
                f"{', '.join(bound.kwargs)}; a function with a rule takes all by position"
            )
        return bound.args

    def _arguments(self, args):
        apart = positions(self._nondiff, len(args), self.__name__) if self._nondiff else ()
        within = [k for k in range(len(args)) if k not in apart]
        leaves, structure = flatten(tuple(args[k] for k in within))

        def merge(given):
            merged = list(args)
            for k, x in zip(within, given):
                merged[k] = x
            return tuple(merged)

        others = tuple(args[k] for k in apart)
        return Arguments(leaves, structure, merge, others, [f"argument {k}" for k in within])

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else types.MethodType(self, instance)

    def __reduce__(self) -> str:
        return self.__qualname__  # as a function is pickled: by where it stands

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.__name__}>"


class custom_vjp(_CustomFunction):
    """Give a function a reverse rule of its own.

    Parameters
    ----------
    f : callable
        Of floats, arrays and containers of them, to the same.
    nondiff_argnums : int or tuple of int
        Positional arguments that the rule does not differentiate by, such as functions. `fwd` takes
        them in their places, `bwd` before its other arguments.

    Returns
    -------
    custom_vjp
        A callable like `f`, with the method `defvjp`; it can serve as a decorator.

    See Also
    --------
    custom_jvp : A forward rule.
    fastgrad.testing.check_grads : Checks a rule against differences.

    Notes
    -----
    The interface is that of JAX [1]_. Every transform uses the rule: reverse mode as it is, forward
    mode its transpose, which is exact because `bwd` is linear in the cotangent. Derivatives of
    higher order are those of `fwd` and `bwd` themselves. Where a function is recorded or Tensors
    are tracked, `fwd` stands for `f`. Both are recorded before there is a cotangent, so `bwd`
    cannot branch on one.

    A value that is differentiated has to be an argument: for others that `f` uses the rule gives no
    derivative, and asking for it raises TypeError.

    References
    ----------
    .. [1] Bradbury et al., JAX, "Custom derivative rules for JAX-transformable Python functions".

    Examples
    --------
    >>> import fastgrad as fg
    >>> import numpy as np
    >>> @fg.custom_vjp
    ... def log1pexp(x):
    ...     return np.log(1.0 + np.exp(x))
    >>> def fwd(x):
    ...     return log1pexp(x), x
    >>> def bwd(x, g):
    ...     return (g * (1.0 - 1.0 / (1.0 + np.exp(x))),)
    >>> log1pexp.defvjp(fwd, bwd)
    >>> fg.grad(log1pexp)(100.0)
    1.0
    """

    _how = "defvjp(fwd, bwd)"

    def defvjp(self, fwd: Callable[..., Any], bwd: Callable[..., Any]) -> None:
        """Set the rule.

        Parameters
        ----------
        fwd : callable
            Of the arguments of `f`, to ``(result, residuals)``: what `bwd` needs, any container.
        bwd : callable
            ``bwd(residuals, cotangent)`` returns a tuple of the cotangents of the arguments, packed
            and shaped as they are; None stands for zeros.
        """
        for function, what in ((fwd, "fwd"), (bwd, "bwd")):
            if not callable(function):
                raise TypeError(f"{what} has to be a function, got {type(function).__name__}")
        self._rule = fwd, bwd

    def _trace(self, arguments, rule, captured):
        return trace_vjp(*self._rule, arguments, rule, captured)


class custom_jvp(_CustomFunction):
    """Give a function a forward rule of its own.

    Parameters
    ----------
    f : callable
        Of floats, arrays and containers of them, to the same.
    nondiff_argnums : int or tuple of int
        Positional arguments that the rule does not differentiate by, such as functions; the rule
        takes them before its other arguments.

    Returns
    -------
    custom_jvp
        A callable like `f`, with the method `defjvp`; it can serve as a decorator.

    See Also
    --------
    custom_vjp : A reverse rule.
    fastgrad.testing.check_grads : Checks a rule against differences.

    Notes
    -----
    The interface is that of JAX [1]_. Every transform uses the rule: forward mode as it is, reverse
    mode its transpose, which is exact because the rule is linear in the tangents. Where a function
    is recorded or Tensors are tracked, the result of the rule stands for that of `f`. The rule
    cannot branch on a tangent.

    A value that is differentiated has to be an argument: for others that `f` uses the rule gives no
    derivative, and asking for it raises TypeError.

    References
    ----------
    .. [1] Bradbury et al., JAX, "Custom derivative rules for JAX-transformable Python functions".

    Examples
    --------
    >>> import fastgrad as fg
    >>> import numpy as np
    >>> @fg.custom_jvp
    ... def safe_sqrt(x):
    ...     return np.sqrt(x)
    >>> @safe_sqrt.defjvp
    ... def rule(primals, tangents):
    ...     root = safe_sqrt(primals[0])
    ...     return root, tangents[0] / (2.0 * np.maximum(root, 1e-3))
    >>> fg.grad(safe_sqrt)(0.0)
    500.0
    """

    _how = "defjvp(rule)"

    def defjvp(self, rule: Callable[..., Any]) -> Callable[..., Any]:
        """Set the rule, and return it, so that it can be used as a decorator.

        Parameters
        ----------
        rule : callable
            ``rule(primals, tangents)`` takes two tuples, of the arguments and of their tangents,
            and returns ``(result, tangent of the result)``; None stands for a tangent of zeros.
        """
        if not callable(rule):
            raise TypeError(f"the rule has to be a function, got {type(rule).__name__}")
        self._rule = (rule,)
        return rule

    def _trace(self, arguments, rule, captured):
        return trace_jvp(*self._rule, arguments, rule, captured)
