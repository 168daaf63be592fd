"""Where the leaves of nested containers stand: names for messages, and the same place elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ._tree import Structure, container_of, flatten


def paths(structure: Structure, root: str | Sequence[str] = "") -> list[str]:
    """Return for each leaf how it is reached, as in ``params['w'][0]``.

    `root` names the whole, or, if it is a sequence, the children of the outermost container.
    """
    names = [root] if isinstance(root, str) else [""]
    found, pending = [], names  # names, the next one last
    for k, token in enumerate(structure.tokens):
        if type(token) is int:
            found += pending[: -token - 1 : -1]
            del pending[-token:]
        else:
            name = pending.pop()
            outer = k == 0 and not isinstance(root, str)
            pending += list(root if outer else [name + step for step in token.steps()])[::-1]
    return found


def leaves_like(
    structure: Structure, x: Any, root: str = "", none_is_missing: bool = False
) -> list:
    """Return the leaves of x, which must be nested as the structure is; dicts in any order.

    If `none_is_missing`, None may stand for a leaf and for a container of them.

    Raises
    ------
    ValueError
        If it is not; the message names the place.
    """
    if (found := flatten(x))[1] == structure:
        return found[0]
    leaves: list = []
    pending = [(root, x)]
    for token in structure.tokens:
        for _ in range(token if type(token) is int else 1):
            name, item = pending.pop()
            if item is None and none_is_missing:
                if type(token) is int:
                    leaves.append(None)
                else:
                    pending += [(name, None)] * token.n
                continue
            container = container_of(item)
            if type(token) is int and container is None:
                leaves.append(item)
                continue
            wanted = None if type(token) is int else token
            if wanted is None or container is None or not _same(wanted, container):
                raise ValueError(
                    f"{name or 'the argument'} has to be {_described(wanted)} as its counterpart "
                    f"is, got {_described(container, item)}"
                )
            pairs = zip(wanted.steps(), wanted.children(item))
            pending += [(name + step, child) for step, child in pairs][::-1]
    return leaves


def _same(a, b):
    if a.kinds is None or b.kinds is None:
        return a == b
    return a.type == b.type and dict(zip(a.names, a.kinds)) == dict(zip(b.names, b.kinds))


def _described(container, item=None):
    if container is None:
        return "a number or array" if item is None else f"a leaf ({type(item).__name__})"
    if container.type is type(None):
        return "None"
    what = container.type.__name__
    return f"a {what} of {container.n}" + (f": {list(container.names)}" if container.names else "")
