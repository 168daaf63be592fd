"""Nested containers as flat lists of leaves, and back.

A `Structure` is the shape of a nesting: its containers in the order in which they open, between
them the numbers of leaves that follow one another. ``{"w": (x, y), "b": z}`` has the leaves x, y, z
and the structure ``(dict of "w", "b"), (tuple of 2), 2, 1``. Being flat, it is compared and hashed
without recursion.
"""

from __future__ import annotations

import dataclasses
from collections import OrderedDict, defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from ._tensor import Tensor

MAX_DEPTH = 500

# Exact types that are surely leaves; whatever is no container is one, but takes longer to find out.
_LEAVES = {float, int, bool, str, complex, np.ndarray, np.float64, np.float32, Tensor}
_all_leaves = frozenset(_LEAVES).issuperset


class _Container(NamedTuple):
    """What is known of a container beside its children."""

    type: type
    n: int  # of children
    names: Any = None  # keys or attributes; None where the children are numbered
    kinds: Any = None  # types of the keys: 1 and True are equal, but two different keys
    factory: Any = None  # of a defaultdict

    def children(self, x: Any) -> Iterable[Any]:
        """Return the children of an object of this kind, in the order of the names."""
        if self.names is None:
            return x
        if self.kinds is None:
            return [getattr(x, name) for name in self.names]
        return [x[name] for name in self.names]

    def build(self, children: list) -> Any:
        """Make a container of this kind."""
        kind = self.type
        if kind is list:
            return children
        if kind is tuple:
            return tuple(children)
        if kind is dict:
            return dict(zip(self.names, children))
        if kind is type(None):
            return None
        if hasattr(kind, "_fastgrad_build"):
            return kind._fastgrad_build(children)
        if issubclass(kind, tuple):
            return tuple.__new__(kind, children)
        if issubclass(kind, list):
            extended: Any = kind.__new__(kind)
            list.extend(extended, children)
            return extended
        made: Any = kind.__new__(kind)
        if issubclass(kind, dict):
            if issubclass(kind, defaultdict):
                made.default_factory = self.factory
            put = OrderedDict if issubclass(kind, OrderedDict) else dict
            for name, child in zip(self.names, children):
                put.__setitem__(made, name, child)
        else:  # not __init__ or __post_init__: they could compute with what is no number now
            for name, child in zip(self.names, children):
                object.__setattr__(made, name, child)
        return made

    def steps(self) -> list[str]:
        """Return how each child is written after the name of the container."""
        if self.kinds is not None:
            return [f"[{name!r}]" for name in self.names]
        names = self.names or getattr(self.type, "_fields", None)
        return [f".{x}" for x in names] if names else [f"[{i}]" for i in range(self.n)]


_NONE = _Container(type(None), 0, ())


def container_of(x):
    """Return the `_Container` of an object, or None if it is a leaf."""
    kind = type(x)
    if kind is tuple or kind is list:
        return _Container(kind, len(x))
    if x is None:
        return _NONE
    if kind is dict:
        names = tuple(x)
        return _Container(kind, len(names), names, tuple(map(type, names)))
    if hasattr(kind, "_fastgrad_build"):  # a ComplexTensor
        return _Container(kind, 2, ("real", "imag"))
    if dataclasses.is_dataclass(kind):
        names = tuple(f.name for f in dataclasses.fields(kind) if hasattr(x, f.name))
        if isinstance(x, (dict, list, tuple)):
            raise TypeError(
                f"{kind.__name__} is a dataclass and a {kind.__base__.__name__} at once; give its "
                "items and its fields as two arguments"
            )
        return _Container(kind, len(names), names)
    if not isinstance(x, (dict, list, tuple)):
        return None
    if getattr(x, "__dict__", None):
        raise TypeError(
            f"a {kind.__name__} with attributes beside its items ({', '.join(x.__dict__)}) can't "
            "be taken apart and rebuilt; use a dataclass, or pass the attributes separately"
        )
    if not isinstance(x, dict):
        return _Container(kind, len(x))
    factory = x.default_factory if isinstance(x, defaultdict) else None
    names = tuple(x)
    return _Container(kind, len(names), names, tuple(map(type, names)), factory)


class Structure:
    """The shape of a nesting of containers; equal to another of the same shape, and hashable.

    Attributes
    ----------
    tokens : tuple
        Containers in the order in which they open, and numbers of leaves in a row.
    n_leaves : int
        Number of leaves.
    """

    __slots__ = ("_hash", "n_leaves", "tokens")

    tokens: tuple[Any, ...]
    n_leaves: int

    def __init__(self, tokens: Iterable[Any]) -> None:
        self.tokens = tuple(tokens)
        self.n_leaves = sum(t for t in self.tokens if type(t) is int)
        self._hash = hash(self.tokens)

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Structure) and self.tokens == other.tokens)

    def __hash__(self) -> int:
        return self._hash

    def __reduce__(self) -> tuple[Any, ...]:
        return Structure, (self.tokens,)  # hashes differ from process to process

    def __repr__(self) -> str:
        names = [str(t) if type(t) is int else t.type.__name__ for t in self.tokens]
        return f"<structure of {self.n_leaves} leaves: {' '.join(names)}>"

    def unflatten(self, leaves: Iterable[Any]) -> Any:
        """Return the containers with these leaves, one for each leaf of the structure."""
        leaves = list(leaves)
        if len(leaves) != self.n_leaves:
            raise ValueError(f"{self.n_leaves} leaves wanted for this structure, got {len(leaves)}")
        tokens = self.tokens
        if tokens == (1,):
            return leaves[0]
        if len(tokens) == 2 and type(tokens[0]) is not int and type(tokens[1]) is int:
            return tokens[0].build(leaves)
        at = 0
        open_: list[tuple[Any, list]] = [(None, [])]  # containers whose children are still coming
        for token in tokens:
            if type(token) is int:
                open_[-1][1].extend(leaves[at : at + token])
                at += token
            else:
                open_.append((token, []))
            while len(open_) > 1 and len(open_[-1][1]) == open_[-1][0].n:
                container, children = open_.pop()
                open_[-1][1].append(container.build(children))
        return open_[0][1][0]


LEAF = Structure([1])
_FLAT: dict[tuple, Structure] = {}  # of short lists and tuples of leaves


def flatten(x: Any) -> tuple[list, Structure]:
    """Return the leaves of nested containers, and the structure that puts them together again.

    Containers are dicts (in the order of insertion), lists, tuples, named tuples, dataclasses (all
    fields that are set), their subclasses, and None, which is empty. Anything else is a leaf.

    Raises
    ------
    ValueError
        If containers are nested deeper than `MAX_DEPTH` or one contains itself.
    TypeError
        If a container cannot be rebuilt from its items.
    """
    kind = type(x)
    if kind in _LEAVES:
        return [x], LEAF
    if (kind is tuple or kind is list) and x and _all_leaves(map(type, x)):
        structure = _FLAT.get((kind, len(x)))
        if structure is None:
            structure = Structure([_Container(kind, len(x)), len(x)])
            if len(x) <= 64:
                _FLAT[kind, len(x)] = structure
        return list(x), structure
    leaves: list = []
    tokens: list = []
    stack, path, row = [iter((x,))], [], 0
    while stack:
        for item in stack[-1]:
            container = None if type(item) in _LEAVES else container_of(item)
            if container is None:
                leaves.append(item)
                row += 1
                continue
            if row:
                tokens.append(row)
            row = 0
            tokens.append(container)
            path.append(item)
            if len(path) > MAX_DEPTH:
                raise ValueError(_too_deep(path))
            stack.append(iter(container.children(item)))
            break
        else:  # a row of leaves ends with its container
            if row:
                tokens.append(row)
            row = 0
            stack.pop()
            del path[-1:]
    try:
        return leaves, Structure(tokens)
    except TypeError as error:  # all but the factory is hashable
        raise TypeError(
            f"the default_factory of a defaultdict has to be hashable: {error}"
        ) from error


def _too_deep(path):
    if len({id(x) for x in path}) < len(path):
        return "a container contains itself; only nestings that end can be taken apart"
    return f"containers are nested deeper than {MAX_DEPTH} levels; use flatter ones, or one array"
