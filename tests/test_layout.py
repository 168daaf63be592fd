"""Rules about the sources that a machine can check, so that nobody has to remember them."""

import inspect
import re
from pathlib import Path

import pytest

import fastgrad

ROOT = Path(__file__).resolve().parents[1]
CSRC = ROOT / "csrc"
TREES = "csrc fastgrad tests benchmarks examples docs tools .ci .github".split()
TEXT = {".c", ".h", ".def", ".py", ".pyx", ".pxd", ".pyi", ".md", ".toml", ".in", ".yml", ".cff"}
BARE = {"Makefile", "LICENSE", "run"}
GENERATED = {"_late.py", "_late.pyi", "_ops.pyi"}

needs_checkout = pytest.mark.skipif(not CSRC.is_dir(), reason="the sources are not here")


def sources():
    """Return the hand-written text files of the checkout, without what tools leave behind."""
    places = [ROOT.glob("*"), *((ROOT / tree).rglob("[!.]*") for tree in TREES)]
    return [
        path
        for place in places
        for path in sorted(place)
        if (path.suffix in TEXT or path.name in BARE)
        and path.name not in GENERATED
        and not any(part.startswith(".") for part in path.relative_to(ROOT).parts[1:])
    ]


def core():
    return sorted(CSRC.glob("*.[ch]"))


def names(paths):
    return [str(path.relative_to(ROOT)) for path in paths]


# ----- a small reader of C -----


def code(path):
    """Return C without comments, strings, directives and what only test builds see.

    A pair of parentheses with all that is in it becomes `@`, so `int f(int x);` is `int f@;`.
    """
    text = path.read_text()
    text = re.sub(r"/\*.*?\*/|//[^\n]*", " ", text, flags=re.S)
    text = re.sub(r'"(?:[^"\\\n]|\\.)*"', '""', text)
    text = re.sub(r"#ifdef FG_MEM_FAULTS\n.*?#(?:else|endif)", "#", text, flags=re.S)
    text = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", "", text, flags=re.M)
    return collapse(text, r"\([^()]*\)", "@")


def collapse(text, inner, to):
    """Replace `inner`, and what it leaves, until nothing changes."""
    while (shorter := re.sub(inner, to, text)) != text:
        text = shorter
    return text


def declared(path):
    """Return the public functions that a header declares, in order."""
    outside = code(path).replace('extern "" {', "")
    statements = collapse(outside, r"\{[^{}]*\}", ";").split(";")
    return [
        name
        for statement in statements
        if not re.match(r"\s*(typedef|static(?!\s+inline))\b", statement)
        for name in re.findall(r"\b(fg_(?!_)\w*)\s*@", statement)
    ]


def mirrored(path):
    """Return, for each header that a .pxd mirrors, the functions it lists."""
    text = re.sub(r"#[^\n]*", "", path.read_text())
    blocks = re.split(r'^cdef extern from "(\w+\.h)"[^\n]*:', text, flags=re.M)[1:]
    functions = {}
    for header, block in zip(blocks[::2], blocks[1::2], strict=True):
        found = re.findall(r"\b(fg_(?!_)\w*)\s*@", collapse(block, r"\([^()]*\)", "@"))
        functions.setdefault(header, []).extend(found)
    return functions


def mutable_statics(text):
    """Return the declarations of `static` things that are neither functions nor const."""
    starts = re.findall(r"\bstatic\b[^;{=]*", text)
    return [s for s in starts if not re.search(r"\w\s*@\s*$|\bconst\b", s)]


# ----- the checkout -----


@needs_checkout
def test_every_file_is_short_enough_to_read_whole():
    assert len(sources()) > 20
    assert names(p for p in sources() if len(p.read_text("utf-8").splitlines()) > 500) == []


@needs_checkout
def test_no_file_names_a_place_on_one_machine_or_unfinished_work():
    unwanted = re.compile(
        r"(?<![\w.~])/(?:home|root|Users|work)/\w+|\b(?:TO[D]O|FIX[M]E|XX[X])\b",
    )
    assert names(p for p in sources() if unwanted.search(p.read_text("utf-8"))) == []


@needs_checkout
def test_the_sdist_holds_every_row_and_header():
    grafted = re.findall(r"^graft (\S+)", (ROOT / "MANIFEST.in").read_text(), flags=re.M)
    inside = [path for tree in grafted for path in (ROOT / tree).rglob("*")]
    for path in [*CSRC.rglob("*.def"), *CSRC.rglob("*.h"), *(ROOT / "fastgrad").rglob("*.pxd")]:
        assert path in inside, path.name


@needs_checkout
@pytest.mark.parametrize("name", ["CITATION.cff", "CHANGELOG.md"])
def test_the_version_is_the_same_everywhere(name):
    text = (ROOT / name).read_text()
    version = (ROOT / "fastgrad" / "_version.py").read_text().split('"')[-2]
    assert re.search(rf"^(version: |## \[){re.escape(version)}\b", text, flags=re.M)


# ----- the C core -----


@needs_checkout
def test_the_core_does_not_know_python():
    assert names(p for p in core() if "Python.h" in p.read_text()) == []


@needs_checkout
def test_the_core_has_no_mutable_static():
    assert {p.name: found for p in core() if (found := mutable_statics(code(p)))} == {}


@needs_checkout
def test_only_fg_mem_allocates():
    call = re.compile(r"(?<![\w.>])(?:malloc|calloc|realloc|free|aligned_alloc)\s*@")
    assert names(p for p in core() if call.search(code(p))) == ["csrc/fg_mem.c"]


@needs_checkout
def test_the_mirror_lists_every_function_of_the_headers_in_order():
    inlined = re.compile(r"fg_(?:rules|math\w*)\.h")  # the core's own, for its loops
    headers = {p.name: declared(p) for p in CSRC.glob("fg_*.h") if not inlined.fullmatch(p.name)}
    mirror = mirrored(ROOT / "fastgrad" / "c_fastgrad.pxd")
    assert mirror == {header: functions for header, functions in headers.items() if functions}


@needs_checkout
def test_the_mirror_declares_everything_nogil():
    text = (ROOT / "fastgrad" / "c_fastgrad.pxd").read_text()
    blocks = re.findall(r'^cdef extern from "fg_\w+\.h"[^\n]*', text, flags=re.M)
    assert blocks
    assert all(block.endswith(" nogil:") for block in blocks)


@needs_checkout
def test_each_row_ends_with_a_sentence():
    text = (CSRC / "fg_ops.def").read_text()
    rows = re.findall(r"^FG_(?:OP|TEST)\d\((\w+).*?\"((?:[^\"\\]|\\.)*)\"\)$", text, re.M | re.S)
    assert len(rows) == len(re.findall(r"^FG_(?:OP|TEST)\d\(", text, flags=re.M)) > 0
    assert [name for name, doc in rows if not re.fullmatch(r"[A-Z0-9].*\.", doc)] == []


def test_the_reader_of_c_sees_what_it_looks_for(tmp_path):
    path = tmp_path / "fg_x.h"
    path.write_text(
        "/* int fg_comment(void); */\n"
        "#define FG_X(a) \\\n    static int a;\n"
        'extern "C" {\n'
        "typedef int (*fg_type)(int);\n"
        "struct s { int (*fg_member)(int); };\n"
        "int fg_one(int (*f)(int), char *restrict to);\n"
        "static inline int fg_inline(int x) { static int calls; return ++calls; }\n"
        "const char *fg_two(\n    void);\n"
        "void fg__private(void);\n"
        "static const int table[] = {1, 2};\n"
        "static int (*hook)(void);\n"
        "}\n"
    )
    assert declared(path) == ["fg_one", "fg_inline", "fg_two"]
    assert mutable_statics(code(path)) == ["static int calls", "static int @@"]


# ----- the direction of imports -----

LATE = {"_lbfgs", "_numpy", "_optimizer", "optim"}  # they use the package itself, inside functions


def layers():
    """Return {module: its line} of the list in ARCHITECTURE.md."""
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    lines = re.findall(r"^ ?(\d+)  ([\w ]+)$", text, flags=re.M)
    return {module: int(line) for line, modules in lines for module in modules.split()}


def imported(text):
    """Return the modules of the package that a Python or Cython source imports, anywhere in it."""
    text = re.sub(r"#[^\n]*", "", text)
    found = set()
    for module, names in re.findall(r"^ *from \.(\w*) c?import (\([^)]*\)|.*)", text, flags=re.M):
        found |= {module} if module else set(re.findall(r"(\w+)(?: as \w+)?", names))
    if re.search(r"^ *(?:import fastgrad\b|from fastgrad )", text, flags=re.M):
        found.add("__init__")
    return found


@needs_checkout
def test_imports_point_the_way_that_the_architecture_says():
    line = layers()
    files = [p for p in (ROOT / "fastgrad").iterdir() if p.suffix in {".py", ".pyx", ".pxd"}]
    assert {p.stem for p in files} == set(line)
    upward = {
        f"{path.name} imports {other}"
        for path in files
        for other in imported(path.read_text("utf-8")) - {path.stem}
        if line[other] >= line[path.stem] and not (other == "__init__" and path.stem in LATE)
    }
    assert upward == set()


def test_the_reader_of_imports_sees_what_it_looks_for():
    text = (
        "from . import _a, _b as b\nfrom ._c cimport (\n    x, y)\nimport numpy\n"
        "def f():\n    from ._d import z  # not ._e\n    import fastgrad as fg\n"
    )
    assert imported(text) == {"_a", "_b", "_c", "_d", "__init__"}


# ----- the package -----


@pytest.mark.parametrize("name", fastgrad.__all__)
def test_each_public_name_says_what_it_is(name):
    thing = getattr(fastgrad, name)
    doc = inspect.getdoc(thing)
    assert doc
    if inspect.isroutine(thing) or inspect.isclass(thing):
        assert doc.splitlines()[0].endswith(".")
