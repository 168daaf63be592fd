"""A drawing as SVG, written by hand: needs no other program."""

from __future__ import annotations

import itertools
from xml.sax.saxutils import escape

from ._drawing_layout import LINE, layout
from ._drawing_parts import Picture

_COLOURS = {  # of a box: inside and border
    "input": ("#e8f1fb", "#2f6db5"),
    "constant": ("#ffffff", "#999999"),
    "op": ("#f4f4f4", "#555555"),
    "result": ("#f4f4f4", "#111111"),
}
_LABEL = 0.5  # where on the last part of an arrow its label stands


def svg(picture: Picture) -> str:
    """Return the drawing as the text of an SVG file."""
    return "\n".join(_lines(picture)) + "\n"


def note(text: str) -> str:
    """Return an SVG that shows a sentence."""
    width = 16 + 7.5 * len(text)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="40">'
        f'<text x="8" y="25" font-family="Helvetica, Arial, sans-serif" font-size="14">'
        f"{escape(text)}</text></svg>\n"
    )


def _lines(picture):
    found = layout(picture)
    width, height = round(found.width), round(found.height + (LINE if picture.remark else 0))
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" role="img" font-family="Helvetica, Arial, sans-serif" font-size="13">'
    )
    yield f"<title>{escape(picture.title)}</title>"
    yield "<desc>Values on the nodes, local gradients on the arrows, gradients in red.</desc>"
    yield f'<rect width="{width}" height="{height}" fill="#ffffff"/>'
    yield '<g fill="none" stroke="#555555" stroke-width="1.2">'
    for points in found.arrows:
        yield f'<path d="{_curve(points)}"/>'
    yield '</g>\n<g fill="#555555">'
    for points in found.arrows:
        x, y = points[-1]
        yield f'<polygon points="{x:.1f},{y:.1f} {x - 9:.1f},{y - 4:.1f} {x - 9:.1f},{y + 4:.1f}"/>'
    yield '</g>\n<g stroke-width="1.5">'
    for box in picture.boxes:
        at = found.boxes[box.key]
        inside, border = _COLOURS[box.kind]
        yield (
            f'<rect x="{at.x - at.width / 2:.1f}" y="{at.y - at.height / 2:.1f}" '
            f'width="{at.width:.1f}" height="{at.height:.1f}" rx="9" fill="{inside}" '
            f'stroke="{border}"{_dashes(box.kind)}/>'
        )
    yield '</g>\n<g text-anchor="middle" fill="#111111">'
    for box in picture.boxes:
        at = found.boxes[box.key]
        for k, line in enumerate(box.lines):
            y = at.y + (k - (len(box.lines) - 1) / 2) * LINE + 4.5
            weight = ' font-weight="bold"' if box.kind == "result" and k == 0 else ""
            yield f'<text x="{at.x:.1f}" y="{y:.1f}"{weight}>{escape(line)}</text>'
    yield '</g>\n<g text-anchor="middle" fill="#444444" font-size="12">'
    yield from _labels(picture, found)
    yield '</g>\n<g text-anchor="middle" fill="#c62828" font-weight="bold">'
    for box in picture.boxes:
        at = found.boxes[box.key]
        if box.gradient:
            y = at.y - at.height / 2 - 6
            yield f'<text x="{at.x:.1f}" y="{y:.1f}">{escape(box.gradient)}</text>'
    yield "</g>"
    if picture.remark:
        yield f'<text x="8" y="{height - 8}" fill="#555555">{escape(picture.remark)}</text>'
    yield "</svg>"


def _dashes(kind):
    return ' stroke-dasharray="5 4"' if kind == "constant" else ""


def _curve(points):
    """Return a path through points that leaves and arrives horizontally, short of the arrowhead."""
    x, y = points[-1]
    points = [*points[:-1], (x - 8, y)]
    text = f"M{points[0][0]:.1f},{points[0][1]:.1f}"
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        middle = (x0 + x1) / 2
        text += f" C{middle:.1f},{y0:.1f} {middle:.1f},{y1:.1f} {x1:.1f},{y1:.1f}"
    return text


def _labels(picture, found):
    """Yield the labels, on white, each where the last part of its arrow is steepest."""
    taken: list[tuple[float, float]] = []
    for arrow, points in zip(picture.arrows, found.arrows):
        if not arrow.label:
            continue
        (x0, y0), (x1, y1) = points[-2:]
        x, y = x0 + (x1 - x0) * _LABEL, (y0 + y1) / 2 - 3
        while any(abs(x - a) < 40 and abs(y - b) < 13 for a, b in taken):
            y += 14
        taken.append((x, y))
        text = escape(arrow.label)
        where = f'x="{x:.1f}" y="{y:.1f}"'
        halo = 'stroke="#ffffff" stroke-width="4" stroke-linejoin="round"'
        yield f"<text {where} {halo}>{text}</text>"
        yield f"<text {where}>{text}</text>"
