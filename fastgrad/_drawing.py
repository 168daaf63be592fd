"""Drawing: what `draw` returns. Shows itself in notebooks and writes files."""

from __future__ import annotations

import importlib
import os
import re
import shutil
import subprocess
from pathlib import Path

from ._drawing_dot import dot
from ._drawing_parts import Picture
from ._drawing_svg import note, svg

MOST_BOXES = 300  # that a picture can show
_MOST_PIXELS = 30_000  # that a side of a .png may have
_KINDS = ".svg, .dot, .png and .pdf"


class Drawing:
    """The picture of a graph. Made by `fastgrad.draw`.

    A notebook shows it. It is complete when it is made: later changes of Tensors do not show.
    """

    def __init__(self, picture: Picture) -> None:
        self._picture = picture

    def __repr__(self) -> str:
        boxes, arrows = len(self._picture.boxes), len(self._picture.arrows)
        return f"<Drawing of {self._picture.title}: {boxes:,} nodes, {arrows:,} arrows>"

    def _repr_svg_(self) -> str:
        try:
            return self.svg()
        except ValueError as error:
            return note(str(error))

    def svg(self) -> str:
        """Return the picture as the text of an SVG file.

        Raises
        ------
        ValueError
            If there are too many nodes for a picture.
        """
        n = len(self._picture.boxes)
        if n > MOST_BOXES:
            raise ValueError(
                f"a picture of {n:,} nodes cannot be read, {MOST_BOXES} are the most: "
                "draw(..., max_nodes=100) shows the nodes nearest to the result, and "
                'save("graph.dot") writes all of them for Graphviz (sfdp) or Gephi'
            )
        return svg(self._picture)

    def dot(self) -> str:
        """Return the graph in the language of Graphviz, however large it is."""
        return dot(self._picture)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the picture.

        Parameters
        ----------
        path : str or path
            Ends in .svg, .dot, .png or .pdf. The last two need cairosvg or the program dot.

        Raises
        ------
        ValueError
            If the name ends otherwise, or there are too many nodes for a picture.
        ImportError
            If .png or .pdf is wanted and neither cairosvg nor dot is there.
        """
        path = Path(path)
        kind = path.suffix.lower()
        if kind == ".dot":
            path.write_text(self.dot(), encoding="utf-8")
        elif kind == ".svg":
            path.write_text(self.svg(), encoding="utf-8")
        elif kind in (".png", ".pdf"):
            path.write_bytes(self._converted(kind[1:]))
        else:
            raise ValueError(f"a drawing is saved as {_KINDS}, got the name {str(path)!r}")

    def _converted(self, kind):
        text = self.svg()
        try:
            cairosvg = importlib.import_module("cairosvg")
        except (ImportError, OSError):  # OSError: the package without the library cairo
            program = shutil.which("dot")
            if program is None:
                raise ImportError(
                    f".{kind} needs cairosvg (pip install cairosvg) or the program dot of "
                    "Graphviz; .svg and .dot need neither"
                ) from None
            done = subprocess.run(
                [program, f"-T{kind}"], input=self.dot().encode(), capture_output=True, check=False
            )
            if done.returncode:
                raise RuntimeError(f"dot failed: {done.stderr.decode(errors='replace')}") from None
            return done.stdout
        if kind == "pdf":
            return cairosvg.svg2pdf(bytestring=text.encode())
        sides = map(int, re.findall(r'(?:width|height)="(\d+)"', text)[:2])
        scale = min(2.0, _MOST_PIXELS / max(sides))
        return cairosvg.svg2png(bytestring=text.encode(), scale=scale)
