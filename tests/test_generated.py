"""What is derived from the op table is up to date, and stubs list what the modules have."""

import ast
import importlib
import importlib.util
from pathlib import Path

import pytest

import fastgrad
from fastgrad import _functions, _numpy_shape
from fastgrad._ops import ROWS

ROOT = Path(__file__).resolve().parents[1]
GENERATOR = ROOT / "tools" / "generate.py"
STUBS = sorted(path.stem for path in Path(fastgrad.__file__).parent.glob("*.pyi"))
COMPILED = [name for name in STUBS if name not in ("_ops", "_late")]

needs_checkout = pytest.mark.skipif(not GENERATOR.is_file(), reason="the generator is not here")


def generator():
    spec = importlib.util.spec_from_file_location("generate", GENERATOR)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def stub(name):
    """Return the syntax tree of a module's stub."""
    path = Path(fastgrad.__file__).parent / f"{name}.pyi"
    return ast.parse(path.read_text("utf-8"))


def names(body):
    """Return the names that statements of a stub define, imports and type aliases aside."""
    for statement in body:
        if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
            yield statement.name
        elif isinstance(statement, ast.Assign):
            yield from (target.id for target in statement.targets)
        elif isinstance(statement, ast.AnnAssign):
            yield statement.target.id


def own(module):
    """Return the public names that a compiled module defines, not those that it imports."""
    here = (module.__name__, "fastgrad")
    found = {n: thing for n, thing in vars(module).items() if not n.startswith("_")}
    made = {n for n, thing in found.items() if getattr(thing, "__module__", None) in here}
    data = {n for n, t in found.items() if isinstance(t, int) or type(t).__module__ in here}
    return made | data


@needs_checkout
def test_the_files_derived_from_the_table_are_what_it_says():
    assert generator().outdated() == [], "run python tools/generate.py"


@needs_checkout
def test_a_changed_row_makes_the_derived_files_outdated():
    generate = generator()
    changed = [*ROWS[:-1], {**ROWS[-1], "doc": "Something else."}]
    assert generate.outdated(rows=changed) == ["fastgrad/_ops.pyi", "docs/ops.md"]


@needs_checkout
def test_a_function_that_is_added_to_a_table_makes_the_list_of_late_ones_outdated(monkeypatch):
    generate = generator()
    monkeypatch.setitem(_numpy_shape.FUNCTIONS, "another", _numpy_shape.number)
    assert generate.outdated() == ["fastgrad/_late.py", "fastgrad/_late.pyi"]


def test_the_stub_of_the_table_has_a_function_for_each_row():
    functions = {f.name: f for f in stub("_ops").body if isinstance(f, ast.FunctionDef)}
    assert list(functions) == [row["name"] for row in ROWS]
    for row in ROWS:
        assert len(functions[row["name"]].args.posonlyargs) == row["arity"]


@pytest.mark.parametrize("name", COMPILED)
def test_the_stub_of_a_compiled_module_lists_its_names_and_no_others(name):
    module = importlib.import_module(f"fastgrad.{name}")
    listed = {n for n in names(stub(name).body) if not n.startswith("_")}
    assert own(module) <= listed <= set(vars(module))


def test_the_stub_of_tensor_lists_its_methods_and_no_others():
    (tensor,) = [s for s in stub("_tensor").body if getattr(s, "name", None) == "Tensor"]
    of_cython = {"__doc__", "__new__", "__init__", "__pyx_vtable__"}
    of_cython |= {name for name in vars(fastgrad.Tensor) if name.endswith("_cython__")}
    assert set(names(tensor.body)) == set(vars(fastgrad.Tensor)) - of_cython


def test_the_functions_of_arrays_are_all_public():
    public = {n for n, f in vars(_functions).items() if callable(f) and not n.startswith("_")}
    assert set(_functions.__all__) == public
    assert public <= set(fastgrad.__all__)
