"""Saved, loaded and pickled programs give the bits of the recorded ones, of whatever they are."""

import copy
import dataclasses
import enum
import os
import pickle
import subprocess
import sys
import textwrap
import time
from collections import OrderedDict, defaultdict, namedtuple
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from program_samples import energy
from structural_samples import SAMPLES, called, unpack

import fastgrad as fg
from fastgrad import _structural as structural
from fastgrad._graph import Graph
from fastgrad._machine import Machine
from fastgrad._ops import ROWS
from fastgrad._recording import Structural
from fastgrad._recordings import Arguments, Recording
from fastgrad._saved import from_bytes, to_bytes
from fastgrad._tree import flatten

X = np.array([0.5, 1.5, -0.8])
V = np.array([1.0, -2.0, 0.5])
ROOT = Path(fg.__file__).parents[1]


class Point(NamedTuple):
    """A named tuple."""

    x: float
    y: np.ndarray


@dataclasses.dataclass
class Weights:
    """A dataclass."""

    w: np.ndarray
    b: float = 0.0


class Color(enum.Enum):
    RED = 1


class Rows(list):
    """A list of another class."""


def bent(x):
    return (x * x).sum() if x[0] > 0 else -x.sum()


@fg.record
def decorated(x):
    return x * 2.0


def same(got, wanted):
    """The same containers of the same types with the same bits."""
    a, structure = flatten(got)
    b, wanted_structure = flatten(wanted)
    assert structure == wanted_structure
    for x, y in zip(a, b, strict=True):
        assert type(x) is type(y)
        assert np.asarray(x).dtype == np.asarray(y).dtype
        assert np.asarray(x).tobytes() == np.asarray(y).tobytes()


def saved(prog, folder, **options):
    """The program from a file, which is the same file when it is saved again."""
    prog.save(folder / "a.fgp")
    other = fg.load(folder / "a.fgp", **options)
    other.save(folder / "b.fgp")
    assert (folder / "b.fgp").read_bytes() == (folder / "a.fgp").read_bytes()
    return other


def copies(prog, folder):
    return [saved(prog, folder), pickle.loads(pickle.dumps(prog))]


# ----- what goes through a file -----

CALLS = {
    "numbers": (lambda x, y: x * y + 2.5, (1.5, np.float32(2.0)), {}),
    "arrays of each dtype": (
        lambda *xs: [x.sum() for x in xs] + [xs[0] * 2, xs[1], xs[2]],
        tuple(np.arange(6).reshape(2, 3).astype(t) for t in "f8 f4 i8 i1 u1 i4 ?".split()), {}),
    "no arguments": (lambda: np.array([1.0, 2.0]), (), {}),
    "empty arrays": (lambda x: (x * 2, x.sum()), (np.zeros((0, 3)),), {}),
    "dicts": (lambda p: {"s": p["w"] * p[2], True: p["w"].sum()}, ({"w": X, 2: 3.0, "n": None},),
              {}),
    "keys": (lambda p: {k: x * 2 for k, x in p.items()},
             ({1: X, "1": 1.0, (1, ("a", None)): 2.0, b"b": X, None: 3.0, 2.5: 1.0},), {}),
    "nested": (lambda a, b: ((a[0] * b[0][0],), [b[1]], []), ([X, 2.0], ((1.0, 2.0), X)), {}),
    "leaves beside containers": (lambda a, b, c, d: a * b[0] + c * d, (1.0, [2.0], 3.0, 4.0), {}),
    "ordered": (lambda p: OrderedDict(p), (OrderedDict(b=1.0, a=X),), {}),
    "default": (lambda p: p, (defaultdict(list, a=X),), {}),
    "named tuple": (lambda p: Point(p.x * 2, p.y * p.x), (Point(2.0, X),), {}),
    "dataclass": (lambda p: Weights(p.w * p.b), (Weights(X, 2.0),), {}),
    "containers in containers": (lambda ps: {"p": [Point(p.b, p.w) for p in ps]},
                                 ((Weights(X, 2.0), Weights(V, 1.0)),), {}),
    "static": (lambda x, n, s, flag, raw: x**n if s == "a" and flag and raw else x,
               (X, 3, "a", True, b"\x00\xff"), {}),
    "large static numbers": (lambda x, n, m: x * float(n + m), (X, 10**40, -(10**40) + 7), {}),
    "keywords": (lambda x, *, scale=1.0, n=2, w=None: x * scale**n + w["w"], (X,),
                 {"scale": 2.0, "n": 3, "w": {"w": X}}),
    "a text that is no text": (lambda x, s: x * len(s), (2.0, "\udcff\u20ac"), {}),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_arguments_and_results_of_every_kind_go_through_files_and_pickles(name, tmp_path):
    f, args, kwargs = CALLS[name]
    prog = fg.record(f, *args, **kwargs) if args or kwargs else made_of(f)
    for other in copies(prog, tmp_path):
        same(other(*args, **kwargs), prog(*args, **kwargs))
        assert other.key == prog.key and hash(other.key) == hash(prog.key)
        assert other.__name__ == prog.__name__
        with pytest.raises(TypeError):
            other(*args, 1.0, **kwargs)


def made_of(f):
    """A Program of a function without arguments, which `record` takes for a lazy one."""
    from fastgrad._programs import Program
    from fastgrad._recordings import record_call

    arguments = Arguments((), {})
    return Program(record_call(f, arguments), arguments.key())


def test_derivatives_of_every_order_have_the_same_bits(tmp_path):
    prog = fg.record(energy, X)
    for other in copies(prog, tmp_path):
        for x in (X, V):
            same(other.value_and_grad(x), prog.value_and_grad(x))
            same(other.hessian(x), prog.hessian(x))
            same(fg.grad(lambda y, p=other: p.hessian(y).sum())(x),
                 fg.grad(lambda y: prog.hessian(y).sum())(x))  # fmt: skip
        same(other.batch(np.array([X, V])), prog.batch(np.array([X, V])))


def test_several_arguments_are_told_apart(tmp_path):
    f = lambda a, n, p: (a * p["w"]).sum() * n + p["b"]
    args = X, 2, {"b": 1.0, "w": V}
    prog = fg.record(f, *args)
    for other in copies(prog, tmp_path):
        for argnums in (0, 2, (2, 0)):
            same(fg.grad(other, argnums)(*args), fg.grad(prog, argnums)(*args))
        for wrong in ((X, 3, args[2]), (X, 2.0, args[2]), (X, 2, {"w": V, "b": 1.0})):
            with pytest.raises(TypeError):
                other(*wrong)


def test_guards_keep_their_places(tmp_path):
    prog = fg.record(bent, X)
    for other in copies(prog, tmp_path):
        with pytest.raises(fg.BranchChanged) as caught:
            other(-X)
        assert (caught.value.file, caught.value.line) == (
            __file__,
            bent.__code__.co_firstlineno + 1,
        )
        same(other(2 * X), prog(2 * X))


def test_numbers_keep_their_bits(tmp_path):
    odd = np.array([0x7FF8000000000123, 0x8000000000000000, 1], np.uint64).view(np.float64)
    prog = fg.record(lambda x: (odd, odd[0] + 0 * x, x * 5e-324), 2.0)
    for other in copies(prog, tmp_path):
        same(other(1.0), prog(1.0))
        assert other(1.0)[0].view(np.uint64).tolist() == odd.view(np.uint64).tolist()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["name"])
def test_every_row_goes_through_a_file(row):
    f = getattr(fg, row["name"]) if row["name"] != "clip" else lambda x, y, z: fg.clip(x, y, z)
    numbers = [sum(d) / 2 + 0.25 for d in row["domains"]] if "domains" in row else [0.5, 0.25, 2.0]
    numbers = numbers[: row["arity"]]
    for args in (tuple(numbers), tuple(np.full((2, 3), x, np.float32) for x in numbers)):
        prog = fg.record(f, *args)
        same(pickle.loads(pickle.dumps(prog))(*args), prog(*args))


def recording_of(sample):
    """A recording and key of one structural op."""
    op, xs, params, _ = unpack(sample)
    graph = Graph()
    inputs = [graph.add_input(x.dtype, x.shape) for x in xs]
    graph.outputs = [op(*inputs, **params).node]
    arguments = Arguments(tuple(x.copy() for x in xs), {})
    return Recording(
        graph, flatten(0.0)[1], arguments.input_numbers(), [s for s, _ in arguments.each],
        len(xs), [], "one",
    ), arguments  # fmt: skip


def test_every_structural_op_goes_through_a_file():
    kinds = set()
    for sample in SAMPLES:
        recording, arguments = recording_of(sample)
        other, key = from_bytes(to_bytes(recording, arguments.key()))
        assert key == arguments.key(), called(sample)
        assert [(op, repr(p)) for op, p in other.graph.calls] == [
            (op, repr(p)) for op, p in recording.graph.calls
        ]
        kinds |= {op.name for op, _ in recording.graph.calls}
        for made in (other, recording):
            assert made.machine.inputs == recording.machine.inputs
        same(other(arguments.inputs()), recording(arguments.inputs()))
    wanted = {op.name for op in vars(structural).values() if isinstance(op, Structural)}
    assert wanted - kinds == {"argwhere", "copy"}  # which no graph holds


def test_a_graph_keeps_its_numbering_and_what_is_shared():
    prog = fg.record(lambda x: fg.where(x > 0, np.sin(x), x).sum() + x.reshape(3, 1)[2, 0], X)
    graph, other = prog.recording.graph, from_bytes(to_bytes(prog.recording, prog.key))[0].graph
    assert [other.look(k) for k in range(len(other))] == [graph.look(k) for k in range(len(graph))]
    nodes = range(len(graph))
    assert [other.type_of(k) for k in nodes] == [graph.type_of(k) for k in nodes]
    assert [other.place(k) for k in nodes] == [graph.place(k) for k in nodes]
    n = len(other)
    x = other.var(other.inputs[0])
    assert structural.reshape(x, shape=(3, 1)).node < n  # it is found, not added
    assert fg.sin(x).node < n and len(other) == n


def test_a_long_program_is_read_in_no_time(tmp_path):
    """A microsecond a node at most: no Python for a node."""

    def chain(x):
        for _ in range(30_000):
            x = np.sin(x) * 0.5 + x
        return x

    prog = fg.record(chain, 0.5)
    prog.save(tmp_path / "long.fgp")
    start = time.perf_counter()
    other = fg.load(tmp_path / "long.fgp")
    seconds = time.perf_counter() - start
    assert len(other.recording.graph) >= 90_000
    assert seconds < 0.5
    same(other.value_and_grad(0.25), prog.value_and_grad(0.25))


# ----- what a file does not hold -----


@pytest.mark.parametrize("value", [Fraction(1, 3), Color.RED, np.int64(3), 1j, frozenset([1]), len])
def test_other_static_values_are_refused_by_files_and_kept_by_pickles(value, tmp_path):
    prog = fg.record(lambda x, s: x * 2.0, X, value)
    with pytest.raises(TypeError, match=r"static.*pickle"):
        prog.save(tmp_path / "a.fgp")
    assert not list(tmp_path.iterdir())
    same(pickle.loads(pickle.dumps(prog))(V, value), prog(V, value))


@pytest.mark.parametrize(
    "packed", [Rows([X, 1.0]), defaultdict(Fraction, a=X), {Color.RED: X}, {np.int64(1): X}]
)
def test_other_containers_are_refused_by_files_and_kept_by_pickles(packed, tmp_path):
    for prog in (fg.record(lambda p: 1.0, packed), fg.record(lambda x: packed, 1.0)):
        with pytest.raises(TypeError, match="cannot be saved"):
            prog.save(tmp_path / "a.fgp")
        assert pickle.loads(pickle.dumps(prog)).recording.result == prog.recording.result


def test_too_long_numbers_and_too_deep_keys_are_refused(tmp_path):
    deep = ()
    for _ in range(100):
        deep = (deep,)
    for prog in (fg.record(lambda x, n: x, X, 10**4000), fg.record(lambda p: p, {deep: 1.0})):
        with pytest.raises(ValueError, match=r"int|nested"):
            prog.save(tmp_path / "a.fgp")


def test_functions_that_bring_their_derivative_are_refused_by_name(tmp_path):
    @fg.custom_vjp
    def mine(x):
        return x * x

    mine.defvjp(lambda x: (x * x, x), lambda x, g: (3.0 * g * x,))
    prog = fg.record(lambda x: mine(x).sum(), X)
    with pytest.raises(TypeError, match="custom mine"):
        prog.save(tmp_path / "a.fgp")


# ----- classes -----


def test_a_class_that_cannot_be_found_is_given_by_name(tmp_path):
    local = namedtuple("local", "a b")
    prog = fg.record(lambda p: local(p.a, p.b * 2), local(1.0, X))
    prog.save(tmp_path / "a.fgp")
    name = f"{local.__module__}.{local.__qualname__}"
    with pytest.raises(ValueError, match=r"local.*types="):
        fg.load(tmp_path / "a.fgp")
    for types in ({name: local}, {"local": local}):
        same(saved(prog, tmp_path, types=types)(local(2.0, V)), prog(local(2.0, V)))
    for wrong in (namedtuple("local", "a c"), namedtuple("local", "a"), Weights, tuple, 3):
        with pytest.raises(ValueError, match=r"local|field"):
            fg.load(tmp_path / "a.fgp", types={"local": wrong})


def test_loading_makes_no_object_of_a_class(tmp_path):
    calls = []

    @dataclasses.dataclass
    class Noisy:
        a: float

        def __new__(cls, *args):
            calls.append("new")
            return object.__new__(cls)

        def __post_init__(self):
            calls.append("init")

    fg.record(lambda p: p.a, Noisy(1.0)).save(tmp_path / "a.fgp")
    calls.clear()
    other = fg.load(tmp_path / "a.fgp", types={"Noisy": Noisy})
    assert not calls
    assert other(Noisy(2.0)) == 2.0


def test_loading_imports_nothing(tmp_path):
    (tmp_path / "trap.py").write_text(
        "import collections\nTrap = collections.namedtuple('Trap', 'a b')\nprint('imported')\n"
    )
    script = """
        import sys, fastgrad as fg
        if sys.argv[1] == "save":
            from trap import Trap
            fg.record(lambda p: p.a * p.b, Trap(1.0, 2.0)).save("a.fgp")
        else:
            try:
                fg.load("a.fgp")
            except ValueError as error:
                print(error)
            import trap
            print(fg.load("a.fgp")(trap.Trap(2.0, 3.0)))
    """
    said = []
    for what in ("save", "load"):
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(script), what],
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(tmp_path)])},
            cwd=tmp_path, capture_output=True, text=True, check=True,
        )  # fmt: skip
        said.append(done.stdout.splitlines())
    refusal, imported, value = said[1]
    assert "trap.Trap" in refusal and "import its module" in refusal
    assert (imported, value) == ("imported", "6.0")


# ----- pickles and copies -----


def test_a_copy_of_a_program_is_the_program():
    prog = fg.record(energy, X)
    for f in (prog, decorated):
        assert copy.copy(f) is f and copy.deepcopy([f])[0] is f


def test_a_pickle_keeps_the_function_that_records_other_branches():
    other = pickle.loads(pickle.dumps(fg.record(bent, X, branches="record")))
    assert other(X) == X @ X and other(-X) == X.sum()


def test_a_recorded_function_is_pickled_by_the_name_of_the_function():
    assert pickle.loads(pickle.dumps(decorated)) is decorated
    other = pickle.loads(pickle.dumps(fg.record(energy)))
    same(other(X), float(energy(X)))
    with pytest.raises((pickle.PicklingError, AttributeError), match="lambda"):
        pickle.dumps(fg.record(lambda x: x))


def test_a_pickle_is_no_file_and_a_file_no_pickle():
    prog = fg.record(energy, X)
    function, (data, elsewhere, _) = prog.__reduce__()
    with pytest.raises(ValueError, match="pickle"):
        from_bytes(data)
    with pytest.raises(ValueError, match="pickle"):
        function(to_bytes(prog.recording, prog.key), elsewhere)


def test_a_program_runs_in_another_process(tmp_path):
    prog = fg.record(energy, X)
    (tmp_path / "p.pickle").write_bytes(pickle.dumps(prog))
    script = """if True:
        import pickle, numpy
        p = pickle.load(open('p.pickle', 'rb'))
        print(p.grad(numpy.array([0.5, 1.5, -0.8])).tobytes().hex())
    """
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.stdout.strip() == prog.grad(X).tobytes().hex()


def test_a_machine_of_a_loaded_graph_is_planned_as_the_recorded_one(tmp_path):
    prog = fg.record(lambda x: np.tanh(x @ x) + (x[::-1] * x).cumsum()[1], X)
    graph = saved(prog, tmp_path).recording.graph
    machine = Machine(graph, graph.outputs, graph.guards)
    assert machine.stats() == prog.recording.machine.stats()


def test_a_path_may_be_bytes(tmp_path):
    path = os.fsencode(tmp_path / "square.fgp")
    fg.record(lambda x: x * x, 3.0).save(path)
    assert fg.load(path)(4.0) == 16.0


def test_a_program_with_complex_results_cannot_be_saved(tmp_path):
    program = fg.record(lambda x: np.fft.rfft(x), np.arange(4.0))
    with pytest.raises(TypeError, match=r"cannot hold .* complex values.*z\.real"):
        program.save(tmp_path / "program.fg")
