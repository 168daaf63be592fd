"""What recorded functions tell about themselves: listing, guards, sizes, where a NaN comes from."""

from __future__ import annotations

import operator
from typing import Any

from ._drawing import Drawing
from ._drawing_program import picture_of_recording
from ._listing import Guard, guards, listing, one_line
from ._named import input_names
from ._recordings import Arguments
from ._sources import Source
from ._stats import stats
from ._why_nan import NotFinite, why_nan

MOST_NODES = 10_000  # of a drawing, for .dot


class Described(Source):
    """A source that can say what it has recorded."""

    __name__: str

    def __str__(self) -> str:
        texts = [listing(key, recording) for key, recording in self.known()]
        return "\n\n".join(texts) or f"{self.__name__}: nothing is recorded before the first call"

    def __repr__(self) -> str:
        lines = [one_line(key, recording) for key, recording in self.known()]
        kind = type(self).__name__
        if len(lines) == 1:
            return f"<{kind} {lines[0]}>"
        return f"<{kind} {self.__name__}: {len(lines)} paths recorded>"

    @property
    def guards(self) -> tuple[Guard, ...]:
        """The recorded branches, in the order in which a replay checks them.

        Each has the attributes ``file``, ``line``, ``predicate``, a text, and ``expected``, the
        value while the function was recorded. With several recorded paths those of all.

        Examples
        --------
        >>> import fastgrad as fg
        >>> def f(x):
        ...     return x * x if x > 1 else -x
        >>> (guard,) = fg.record(f, 3.0).guards
        >>> guard.predicate, guard.expected, guard.line
        ('x0 > 1', True, 2)
        """
        return tuple(guard for key, recording in self.known() for guard in guards(key, recording))

    def stats(self) -> dict[str, Any]:
        """Return sizes and times.

        Returns
        -------
        dict
            ``nodes``, ``guards``, ``inputs``, ``outputs``: of the recorded function.
            ``record_seconds``, ``transform_seconds``, ``plan_seconds``: what recording,
            differentiating and planning took. ``instructions``, ``slots`` (numbers that a run works
            on), ``constants``, ``bytes``, ``bytes_per_node``: of the planned programs. ``scalar``:
            whether they have scalar instructions only. ``single``: whether they compute in float32,
            which takes that all of them is float32. ``regions``: of each group of operations on
            arrays that runs tile by tile, a dict of ``points``, ``tile`` (points of a tile),
            ``slots``, ``instructions``, ``streams`` (arrays that it reads or writes). ``blas``:
            whether a product is left to BLAS. ``batch_tile``: how many points a batch runs at once,
            1 for one by one, 0 if there was no batch yet. ``instruction_set``: its name.

        Notes
        -----
        Times and sizes of planned programs count all that has been derived so far: they grow when a
        gradient is first asked for. The program of the value is planned if it is not yet.

        Examples
        --------
        >>> import fastgrad as fg
        >>> prog = fg.record(lambda x, y: x * y + 1, 2.0, 3.0)
        >>> prog.stats()["nodes"], prog.stats()["inputs"]
        (5, 2)
        """
        return stats([recording for _, recording in self.known()])

    def why_nan(self, *args: Any, **kwargs: Any) -> NotFinite | None:
        """Find the operation that makes the value or the gradient NaN or infinite.

        Parameters
        ----------
        *args, **kwargs
            Arguments of the function.

        Returns
        -------
        NotFinite or None
            None if the value and its derivatives by the first argument are finite. Else what is
            printed: the first operation that made a NaN or an infinity of finite operands, their
            values, file and line. The attributes say the same: ``where`` ('value' or 'gradient'),
            ``op``, ``file``, ``line``, ``formula``, ``operands``, ``result``.

        Raises
        ------
        BranchChanged
            If the arguments take another branch than a Program has recorded.

        Notes
        -----
        Only what the result depends on is blamed: not a branch of ``where`` that is not taken.

        Examples
        --------
        >>> import fastgrad as fg
        >>> def f(x):
        ...     y = x - 1
        ...     return fg.sqrt(y) * 2
        >>> prog = fg.record(f, 2.0)
        >>> print(prog.why_nan(2.0))
        None
        >>> found = prog.why_nan(0.5)
        >>> found.op, found.where, found.line, found.operands
        ('sqrt', 'value', 3, {'v2': -0.5})
        >>> found = prog.why_nan(1.0)
        >>> found.op, found.where, found.line
        ('sqrt', 'gradient', 3)
        """
        return self.replay(
            Arguments(args, kwargs), lambda r, a: why_nan(r, a, input_names(a.key()))
        )

    def draw(self, *args: Any, max_nodes: int = MOST_NODES, **kwargs: Any) -> Drawing:
        """Draw the recorded graph.

        Parameters
        ----------
        *args, **kwargs
            Arguments of the function: with them values, local gradients and gradients are drawn,
            without them formulas.
        max_nodes : int
            Of a larger graph draw this many nodes: those nearest to the result.

        Returns
        -------
        Drawing
            A notebook shows it; ``save("graph.svg")`` writes it, also as .dot, .png or .pdf.

        Examples
        --------
        >>> import fastgrad as fg
        >>> prog = fg.record(lambda x, y: x * y + fg.sin(x), 1.0, 2.0)
        >>> prog.draw(1.0, 2.0)
        <Drawing of <lambda>: 5 nodes, 5 arrows>
        >>> print(prog.draw().dot())  # doctest: +ELLIPSIS
        digraph {
        ...
        """
        if operator.index(max_nodes) < 1:
            raise ValueError(f"max_nodes is {max_nodes}; at least 1 node, the result, is drawn")
        if args or kwargs:
            return self.replay(
                Arguments(args, kwargs),
                lambda r, a: Drawing(picture_of_recording(a.key(), r, a, max_nodes)),
            )
        known = self.known()
        if len(known) != 1:
            raise ValueError(
                f"{self.__name__} has {len(known)} recorded paths: give arguments to draw the one "
                "that they take"
            )
        return Drawing(picture_of_recording(*known[0], None, max_nodes))
