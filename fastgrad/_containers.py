"""Structures as plain values, and back: containers by kind, classes by name.

A class is found among modules that are imported already, or given by the caller: nothing is
imported, and no class is called.
"""

from __future__ import annotations

import dataclasses
import sys
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any

from ._encoding import of_type
from ._tree import MAX_DEPTH, Structure, _Container

_SEQUENCES = {"list": list, "tuple": tuple}
_MAPPINGS = {"dict": dict, "OrderedDict": OrderedDict}
_FACTORIES = {"list": list, "dict": dict, "set": set, "tuple": tuple, "float": float, "int": int,
              "str": str, "bool": bool}  # fmt: skip
_NAMES = {kind: name for name, kind in {**_SEQUENCES, **_MAPPINGS, **_FACTORIES}.items()}


def is_named_tuple(kind: type) -> bool:
    """Return whether a class is one of named tuples."""
    return issubclass(kind, tuple) and isinstance(getattr(kind, "_fields", None), tuple)


def _fields(kind):
    return tuple(f.name for f in dataclasses.fields(kind))


# ----- to values -----


def container_values(c: _Container) -> tuple:
    """Return a container as values for a file."""
    kind = c.type
    if kind is type(None):
        return ("None",)
    if kind in _SEQUENCES.values():
        return _NAMES[kind], c.n
    if kind in _MAPPINGS.values():
        return _NAMES[kind], _keys(c)
    if kind is defaultdict:
        if c.factory is not None and c.factory not in _FACTORIES.values():
            raise TypeError(
                f"a file cannot hold the default_factory {c.factory!r:.60} of a defaultdict; use a "
                "dict, or pickle the program"
            )
        return "defaultdict", _keys(c), None if c.factory is None else _NAMES[c.factory]
    if hasattr(kind, "_fastgrad_build"):
        raise TypeError(
            "a file cannot hold a program whose arguments or results are complex values; let it "
            "take or return z.real and z.imag"
        )
    name = kind.__module__, kind.__qualname__
    if is_named_tuple(kind):
        return "namedtuple", *name, kind._fields  # type: ignore[attr-defined]
    if dataclasses.is_dataclass(kind):
        return "dataclass", *name, tuple(c.names)
    raise TypeError(
        f"a file cannot hold a {'.'.join(name)}: containers are dict, list, tuple, OrderedDict, "
        "defaultdict, named tuples and dataclasses; or pickle the program"
    )


def _keys(c):
    for key in c.names:
        if type(key) not in (str, int, float, bool, bytes, tuple, type(None)):
            raise TypeError(
                f"a file cannot hold the key {key!r:.60} of a dict: it is a {type(key).__name__}; "
                "use str or int, or pickle the program"
            )
    return c.names


# ----- from values -----


def structure_of(values: Any, types: Mapping[str, type] | None = None) -> Structure:
    """Return the structure of values of a file.

    Parameters
    ----------
    values : object
        Whatever the file has.
    types : mapping, optional
        Classes by name.

    Raises
    ------
    ValueError
        If the values are not of a structure, or a class is not found.
    """
    tokens: list[Any] = []
    missing = [1]  # children that the open containers still lack
    after_leaves = False
    for value in of_type(values, tuple):
        if not missing:
            raise ValueError("a structure goes on after its end")
        if type(value) is int:
            if after_leaves or not 0 < value <= missing[-1]:
                raise ValueError(f"{value} leaves in a container that lacks {missing[-1]}")
            tokens.append(value)
            missing[-1] -= value
            after_leaves = True
        else:
            token = container_of_values(value, types)
            tokens.append(token)
            missing[-1] -= 1
            missing.append(token.n)
            after_leaves = False
        if len(missing) > MAX_DEPTH + 1:
            raise ValueError(f"containers are nested deeper than {MAX_DEPTH} levels")
        if missing[-1] < 0:
            raise ValueError("a container has more children than it may")
        while missing and missing[-1] == 0:
            missing.pop()
            after_leaves = False
    if missing:
        raise ValueError("a structure ends before its containers do")
    return Structure(tokens)


def container_of_values(value: Any, types: Mapping[str, type] | None = None) -> _Container:
    """Return a container of values of a file."""
    if type(value) is _Container:  # a pickled program keeps them as they are
        return value
    kind, *rest = of_type(value, tuple)
    if kind == "None" and not rest:
        return _Container(type(None), 0, ())
    if kind in _SEQUENCES and len(rest) == 1 and of_type(rest[0], int) >= 0:
        return _Container(_SEQUENCES[kind], rest[0])
    if kind in _MAPPINGS and len(rest) == 1:
        return _mapping(_MAPPINGS[kind], rest[0])
    if kind == "defaultdict" and len(rest) == 2:
        factory = None if rest[1] is None else _FACTORIES[of_type(rest[1], str)]
        return _mapping(defaultdict, rest[0], factory)
    if kind in ("namedtuple", "dataclass") and len(rest) == 3:
        module, qualname, names = rest
        found = find_class(of_type(module, str), of_type(qualname, str), kind, types)
        return _with_fields(found, kind, of_type(names, tuple))
    raise ValueError("a container is of no known kind")


def _mapping(kind, names, factory=None):
    if len(set(of_type(names, tuple))) != len(names):
        raise ValueError("a dict has a key twice")
    return _Container(kind, len(names), names, tuple(map(type, names)), factory)


def _with_fields(found, kind, names):
    if kind == "namedtuple":
        if names != found._fields:
            raise ValueError(f"{found.__qualname__} has the fields {found._fields}, wanted {names}")
        return _Container(found, len(names))
    if names != tuple(name for name in _fields(found) if name in names):
        raise ValueError(f"{found.__qualname__} has the fields {_fields(found)}, wanted {names}")
    return _Container(found, len(names), names)


# ----- classes by name -----


def find_class(
    module: str, qualname: str, kind: str, types: Mapping[str, type] | None = None
) -> type:
    """Return a class of named tuples or a dataclass by its name.

    Parameters
    ----------
    module, qualname : str
        Its name.
    kind : {'namedtuple', 'dataclass'}
        What it has to be.
    types : mapping, optional
        Classes by name, with the module or without it; looked at first.

    Raises
    ------
    ValueError
        If there is no such class.
    """
    name = f"{module}.{qualname}"
    found = None
    for key in (name, qualname, qualname.rpartition(".")[2]):
        if types is not None and key in types:
            found = types[key]
            break
    else:
        found = _among_modules(module, qualname.split("."))
    is_kind = is_named_tuple if kind == "namedtuple" else _is_plain_dataclass
    if not isinstance(found, type) or not is_kind(found):
        raise ValueError(
            f"the program packs its arguments or results in a {kind} {name}, which is not among "
            "the modules that are imported: import its module first, or name the class in "
            f"fastgrad.load(path, types={{{name!r}: ...}})"
        )
    return found


def _is_plain_dataclass(kind):
    return dataclasses.is_dataclass(kind) and not issubclass(kind, (dict, list, tuple))


def _among_modules(module: str, path: Iterable[str]) -> Any:
    """Return what has this name, looked up where no code of a module can run."""
    found = sys.modules.get(module)
    if not issubclass(type(found), ModuleType):
        return None
    names = object.__getattribute__(found, "__dict__")
    for part in path:
        found = names.get(part)
        if not issubclass(type(found), type):
            return None
        names = type.__getattribute__(found, "__dict__")
    return found
