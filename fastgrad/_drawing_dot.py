"""A drawing in the language of Graphviz."""

from __future__ import annotations

from ._drawing_parts import Picture

_STYLES = {
    "input": 'fillcolor="#e8f1fb", color="#2f6db5"',
    "constant": 'fillcolor="#ffffff", color="#999999", style="filled,rounded,dashed"',
    "op": 'fillcolor="#f4f4f4", color="#555555"',
    "result": 'fillcolor="#f4f4f4", color="#111111", penwidth=2',
}


def dot(picture: Picture) -> str:
    """Return the drawing as the text of a .dot file."""
    return "\n".join(_lines(picture)) + "\n"


def _lines(picture):
    number = {box.key: f"n{k}" for k, box in enumerate(picture.boxes)}
    title = "\n".join(text for text in (picture.title, picture.remark) if text)
    yield f"digraph {{\n  rankdir=LR; label={_quoted(title)}; labelloc=t;"
    yield '  node [shape=box, style="filled,rounded", fontname=Helvetica, fontsize=11];'
    yield "  edge [fontname=Helvetica, fontsize=10];"
    for box in picture.boxes:
        red = (
            f", xlabel=<<font color='#c62828'>{_html(box.gradient)}</font>>" if box.gradient else ""
        )
        label = _quoted("\n".join(box.lines))
        yield f"  {number[box.key]} [label={label}, {_STYLES[box.kind]}{red}];"
    for arrow in picture.arrows:
        label = f" [label={_quoted(arrow.label)}]" if arrow.label else ""
        yield f"  {number[arrow.tail]} -> {number[arrow.head]}{label};"
    yield "}"


def _quoted(text):
    text = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{text}"'


def _html(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
