"""A drawing shows the graph, with the numbers that backward computes, and no two boxes overlap."""

import re
import sys
import types
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import given, settings
from strategies import programs
from test_random_programs import in_fastgrad

import fastgrad as fg
from fastgrad import _nodes
from fastgrad._drawing_layout import layout
from fastgrad._drawing_parts import Arrow, Box, Picture

X = np.array([0.5, 1.5, -0.8])
SVG = "{http://www.w3.org/2000/svg}"


def tutorial():
    x, y = fg.tensor(1.0), fg.tensor(2.0)
    w = fg.tensor(1.0, requires_grad=True)
    loss = (w * x - y) ** 2
    return fg.draw(loss)


def texts(svg):
    """Return the words of a picture, and those in red."""
    root = ET.fromstring(svg)
    red = [t.text for g in root.iter(SVG + "g") if g.get("fill") == "#c62828" for t in g]
    return {t.text for t in root.iter(SVG + "text")}, set(red)


def arrows(dot):
    """Return (tail, head, label) of each arrow, by the first word in the boxes."""
    name = dict(re.findall(r'^  (n\d+) \[label="([^\s"\\]+)', dot, flags=re.M))
    found = re.findall(r'^  (n\d+) -> (n\d+)(?: \[label="(.*)"\])?;', dot, flags=re.M)
    return {(name[a], name[b], label) for a, b, label in found}


# ----- what is drawn -----


def test_the_tutorial_is_drawn_with_its_numbers():
    drawing = tutorial()
    words, red = texts(drawing.svg())
    assert {"w", "v3 = w * x", "v5 = v3 - y", "loss = v5 ** 2", "= -1", "= 2"} <= words
    assert red == {f"dloss/d{name} = {g}" for name, g in
                   [("w", -2), ("v3", -2), ("v5", -2), ("loss", 1)]}  # fmt: skip
    assert arrows(drawing.dot()) == {
        ("w", "v3", "x = 1"), ("x", "v3", ""), ("v3", "v5", "1"), ("y", "v5", ""),
        ("v5", "loss", "2 * v5 = -2"),
    }  # fmt: skip


def test_a_program_is_drawn_with_formulas_and_with_arguments_with_numbers():
    prog = fg.record(lambda x, y: x * y + fg.sin(x), 1.0, 2.0)
    words, red = texts(prog.draw().svg())
    assert {"x0", "v3 = x0 * x1", "v4 = sin(x0)", "cos(x0)"} <= words and red == set()
    words, red = texts(fg.draw(prog, 0.0, 3.0).svg())
    assert {"= 3", "cos(x0) = 1", "x1 = 3", "= 0"} <= words
    assert {"dv5/dx0 = 4", "dv5/dx1 = 0", "dv5/dv3 = 1"} <= red


def test_the_gradients_of_a_program_are_those_of_its_loss():
    def f(x):
        return np.sum(np.sin(x) * x) / x[0]

    text = fg.record(f, X).draw(2 * X).dot()
    shown = re.search(r"/dx0 = \[(.*?)\]", text)[1]
    np.testing.assert_allclose([float(n) for n in shown.split(",")], fg.grad(f)(2 * X), rtol=1e-5)


def test_both_arrows_of_a_square_are_drawn():
    prog = fg.record(lambda x: x * x, 3.0)
    dot = prog.draw(3.0).dot()
    assert dot.count("->") == 2 and dot.count('[label="x0 = 3"]') == 2


def test_a_branch_is_marked_where_it_is_decided():
    prog = fg.record(lambda x: x * 2 if x > 1 else x, 3.0)
    assert "guard: True" in prog.draw().svg()
    with pytest.raises(fg.BranchChanged):
        prog.draw(0.0)


def test_functions_without_a_scalar_result_have_values_and_no_gradients():
    for f in (np.exp, lambda x: (x[0], x[1]), lambda x: np.argmax(x), lambda x: 3.0):
        prog = fg.record(f, X)
        _, red = texts(prog.draw(X).svg())
        assert red == set()


def test_of_a_recorded_function_the_path_of_the_arguments_is_drawn():
    f = fg.record(lambda x: np.sin(x) if x > 1 else np.cos(x))
    with pytest.raises(ValueError, match="0 recorded paths"):
        f.draw()
    assert "sin" in f.draw(2.0).svg() and "cos" in f.draw(0.0).svg()
    with pytest.raises(ValueError, match="2 recorded paths"):
        fg.draw(f)


def test_arrays_and_names_are_written_as_text_and_not_as_markup():
    prog = fg.record(lambda p: (p["<b>&"] * 2).sum() < 3, {"<b>&": np.arange(99.0)})
    words, _ = texts(prog.draw({"<b>&": np.arange(99.0)}).svg())
    assert "x0['<b>&']" in words and any("of shape (99,)" in word for word in words)
    assert "\"x0['<b>&']\\n" in prog.draw().dot()


def test_drawing_a_loss_leaves_no_trace():
    w = fg.tensor([1.0, 2.0], requires_grad=True)
    loss = (fg.sin(w) * w).sum()
    before = _nodes.tape().stats()
    first = fg.draw(loss).svg()
    assert fg.draw(loss).svg() == first
    assert _nodes.tape().stats() == before and w.grad is None
    loss.backward()
    with pytest.raises(RuntimeError, match="second time"):
        fg.draw(loss)


def test_a_leaf_is_a_drawing_of_one_box():
    w = fg.tensor(2.0, requires_grad=True)
    assert {"w", "= 2", "dw/dw = 1"} <= texts(fg.draw(w).svg())[0]


@pytest.mark.parametrize(
    ("thing", "error"),
    [(3.0, TypeError), (np.sin, TypeError), (fg.tensor([1.0]), RuntimeError), (None, TypeError)],
)
def test_what_has_no_graph_is_refused(thing, error):
    with pytest.raises(error, match="draw"):
        fg.draw(thing)


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="scalar loss"):
        fg.draw(fg.tensor([1.0, 2.0], requires_grad=True) * 2)
    w = fg.tensor(1.0, requires_grad=True)
    prog = fg.record(np.sin, 1.0)
    for call in (lambda: fg.draw(w * 2, max_nodes=0), lambda: prog.draw(max_nodes=0)):
        with pytest.raises(ValueError, match="max_nodes"):
            call()
    with pytest.raises(TypeError, match="after a program"):
        fg.draw(w * 2, 1.0)


# ----- large graphs -----


def chain(x, n=400):
    for _ in range(n):
        x = fg.sin(x)
    return x


@pytest.mark.parametrize("drawing", [
    lambda **o: fg.draw(chain(fg.tensor(1.0, requires_grad=True)), **o),
    lambda **o: fg.record(chain, 1.0).draw(1.0, **o),
])  # fmt: skip
def test_a_large_graph_is_written_for_graphviz_and_shown_in_part(drawing, tmp_path):
    whole = drawing()
    with pytest.raises(ValueError, match=r"401 nodes.*max_nodes.*\.dot"):
        whole.save(tmp_path / "a.svg")
    assert "401 nodes" in whole._repr_svg_()
    assert whole.dot().count("->") == 400
    part = drawing(max_nodes=20)
    assert "left out" in part.svg() and part.dot().count("->") == 19


# ----- layout -----


def disjoint(picture):
    found = layout(picture)
    boxes = list(found.boxes.values())
    for k, a in enumerate(boxes):
        assert a.x - a.width / 2 >= 0 and a.x + a.width / 2 <= found.width
        assert a.y - a.height / 2 >= 0 and a.y + a.height / 2 <= found.height
        for b in boxes[:k]:
            apart = abs(a.x - b.x) >= (a.width + b.width) / 2 - 1e-6
            assert apart or abs(a.y - b.y) >= (a.height + b.height) / 2 - 1e-6
    for arrow in picture.arrows:
        assert found.boxes[arrow.tail].x < found.boxes[arrow.head].x
    return found


@given(programs())
@settings(max_examples=40)
def test_boxes_of_a_random_program_do_not_overlap_and_arrows_go_right(program):
    prog = fg.record(lambda *xs: program.run(in_fastgrad, xs)[-1], *program.columns[0])
    drawing = prog.draw(*program.columns[0])
    disjoint(drawing._picture)
    ET.fromstring(drawing.svg())


def test_crossings_that_can_be_avoided_are():
    boxes = [Box(k, str(k), "", "", "op") for k in range(8)]
    picture = Picture("", boxes, [Arrow(k, 7 - k, "") for k in range(4)], "")
    found = disjoint(picture)
    starts = sorted(range(4), key=lambda k: found.boxes[k].y)
    ends = sorted(range(4, 8), key=lambda k: found.boxes[k].y)
    assert [7 - k for k in starts] == ends


# ----- files -----


def test_svg_and_dot_need_nothing_else(tmp_path):
    drawing = tutorial()
    drawing.save(tmp_path / "graph.svg")
    drawing.save(str(tmp_path / "graph.DOT"))
    assert (tmp_path / "graph.svg").read_text("utf-8") == drawing.svg() == drawing._repr_svg_()
    assert (tmp_path / "graph.DOT").read_text("utf-8") == drawing.dot()


def test_another_name_is_refused(tmp_path):
    for name in ("graph.jpeg", "graph"):
        with pytest.raises(ValueError, match=r"\.svg"):
            tutorial().save(tmp_path / name)


@pytest.mark.parametrize("kind", ["png", "pdf"])
def test_png_and_pdf_come_from_cairosvg(kind, tmp_path, monkeypatch):
    given = {}

    def convert(bytestring, **options):
        given.update(options, svg=bytestring)
        return b"converted"

    fake = types.SimpleNamespace(svg2png=convert, svg2pdf=convert)
    monkeypatch.setitem(sys.modules, "cairosvg", fake)
    drawing = tutorial()
    drawing.save(tmp_path / f"graph.{kind}")
    assert (tmp_path / f"graph.{kind}").read_bytes() == b"converted"
    assert given["svg"].decode() == drawing.svg()


@pytest.mark.skipif(sys.platform == "win32", reason="a script stands for the program")
def test_without_cairosvg_dot_is_asked_and_without_dot_the_error_says_what_to_install(
    tmp_path, monkeypatch
):
    monkeypatch.setitem(sys.modules, "cairosvg", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ImportError, match=r"cairosvg.*Graphviz"):
        tutorial().save(tmp_path / "graph.png")
    script = tmp_path / "dot"
    script.write_text("#!/bin/sh\necho $1\n/bin/cat\n")
    script.chmod(0o755)
    tutorial().save(tmp_path / "graph.pdf")
    assert (tmp_path / "graph.pdf").read_text() == "-Tpdf\n" + tutorial().dot()
    script.write_text("#!/bin/sh\necho no font >&2\nexit 1\n")
    with pytest.raises(RuntimeError, match="no font"):
        tutorial().save(tmp_path / "graph.pdf")
