"""Files of programs: written whole or not at all, read with nothing taken on trust.

The damage here comes with the right checksum, as from somebody who means it: it has to be found by
what reads the numbers, or to be harmless.
"""

import os
import random
import stat

import numpy as np
import pytest
from hostile import PROGRAMS, Pair, X, run, try_changes

import fastgrad as fg
from fastgrad import _saved
from fastgrad._encoding import Reader, Writer
from fastgrad._saved import from_bytes, opened, sealed, to_bytes

# ----- writing -----


@pytest.fixture
def kept(tmp_path):
    """An old file that another program is to replace."""
    PROGRAMS[0].save(tmp_path / "kept.fgp")
    return tmp_path / "kept.fgp"


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_save_that_fails_half_way_leaves_the_old_file_and_no_other(kept, step, monkeypatch):
    before = kept.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as m:
        m.setattr(os, step, full)
        with pytest.raises(OSError, match="No space"):
            PROGRAMS[1].save(kept)
    assert kept.read_bytes() == before
    assert list(kept.parent.iterdir()) == [kept]
    PROGRAMS[1].save(kept)
    assert kept.read_bytes() != before


@pytest.mark.skipif(os.name != "posix", reason="modes and links are those of POSIX")
def test_modes_and_links_stay(kept):
    mask = os.umask(0o022)
    os.umask(mask)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o666 & ~mask
    kept.chmod(0o640)
    link = kept.parent / "link.fgp"
    link.symlink_to(kept)
    PROGRAMS[1].save(link)
    assert link.is_symlink()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o640
    fg.load(kept)
    PROGRAMS[1].save(os.devnull)
    assert not stat.S_ISREG(os.stat(os.devnull).st_mode)


def test_the_error_names_the_file_that_was_asked_for(tmp_path):
    path = str(tmp_path / "missing" / "a.fgp")
    with pytest.raises(FileNotFoundError) as caught:
        PROGRAMS[0].save(path)
    assert caught.value.filename == path


def test_a_file_that_goes_on_and_on_is_not_read():
    if os.path.exists("/dev/zero"):
        with pytest.raises(ValueError, match="not a fastgrad program"):
            fg.load("/dev/zero")


# ----- values as bytes -----

VALUES = [
    None, True, False, ..., 0, -1, 255, -(2**63), 10**300, 1.5, -0.0, "", "a\udc80\u20ac", b"\0",
    (), (1, ("a", (None,)), 2.0), slice(None, -1, 2), np.dtype("f4"), np.dtype("?"), np.dtype("u8"),
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_values_come_back_as_they_were(value):
    out = Writer()
    out.value(value)
    reader = Reader(memoryview(out.out))
    found = reader.value()
    reader.end()
    assert type(found) is type(value) and repr(found) == repr(value)
    for n in range(len(out.out)):
        with pytest.raises(ValueError):
            Reader(memoryview(out.out)[:n]).value()


@pytest.mark.parametrize(
    "data",
    [
        b"t" + b"\xff" * 8, b"s" + b"\xff" * 7 + b"\x7f", b"i" + (2**40).to_bytes(8, "little"),
        (b"t" + (1).to_bytes(8, "little")) * 100_000, b"lNTN", b"d\3" + bytes(7) + b"O  ",
        b"x" + bytes(8), b"q", b"s\1" + bytes(7) + b"\xff", b"",
    ],
)  # fmt: skip
def test_bytes_that_are_no_value_are_refused(data):
    with pytest.raises(ValueError):
        Reader(memoryview(data)).value()


@pytest.mark.parametrize("numbers", [[], [0, 255], [256], [70_000, 1], [2**32 - 1]])
def test_blocks_come_back_as_they_were(numbers):
    out = Writer()
    out.block(np.array(numbers, np.int64))
    data = memoryview(out.out)
    assert Reader(data).block(np.int64).tolist() == numbers
    if max(numbers, default=0) > 255:
        with pytest.raises(ValueError, match="too large"):
            Reader(data).block(np.uint8)
    with pytest.raises(ValueError, match="no numbers"):
        Reader(data).block(np.float64)


# ----- files that are wrong on purpose -----


class Forger:
    """Writes programs with something changed on the way, and the right checksum."""

    def __init__(self, monkeypatch):
        self.patch = monkeypatch

    def bytes(self, prog=PROGRAMS[0], *, head=None, values=None, **streams):
        """The program, with functions applied to its head, to other values, to streams."""
        real_streams, real_value, state = _saved.to_streams, Writer.value, [head]

        def to_streams(graph):
            made, types = real_streams(graph)
            return {k: streams.get(k, np.copy)(x) for k, x in made.items()}, types

        def value(writer, x, depth=0):
            if depth == 0 and state[0]:
                x, state[0] = state[0](x), None
            elif depth == 0 and values:
                x = values(x)
            real_value(writer, x, depth)

        with self.patch.context() as m:
            m.setattr(_saved, "to_streams", to_streams)
            m.setattr(Writer, "value", value)
            return to_bytes(prog.recording, prog.key)


@pytest.fixture
def forger(monkeypatch):
    return Forger(monkeypatch)


def put(at, value):
    def change(x):
        x = x.copy()
        x[at] = value
        return x

    return change


STREAMS = {
    "an operand that comes later": {"operand": put(0, 9)},
    "an operand that is itself": {"operand": put(-1, 16)},
    "an operand that is large": {"operand": put(0, 2**31 - 1)},
    "operands that are missing": {"operand": lambda x: x[:-1]},
    "operands that nobody reads": {"operand": lambda x: np.append(x, 0)},
    "an index out of its array": {"item": put(0, 3)},
    "an index that is large": {"item": put(0, 2**31 - 1)},
    "indices that are missing": {"item": lambda x: x[:0]},
    "constants that are missing": {"value": lambda x: x[:-1]},
    "constants that nobody reads": {"value": lambda x: np.append(x, 0.0)},
    "a number of operands that is large": {"count": put(0, 2**31 - 1)},
    "types that are others'": {"type": lambda x: x[::-1].copy()},
    "a type for an input": {"type": put(0, 0)},
    "fewer types than ops": {"type": lambda x: x[:-1]},
    "no nodes": dict.fromkeys(("op", "type", "line", "operand", "item", "value", "count"),
                              lambda x: x[:0]),
}  # fmt: skip


@pytest.mark.parametrize("name", STREAMS)
def test_a_graph_that_is_none_is_refused(name, forger):
    with pytest.raises(ValueError, match="not a fastgrad program that can be used"):
        from_bytes(forger.bytes(**STREAMS[name]))


def head(k, change):
    return lambda x: (*x[:k], change(x[k]), *x[k + 1 :])


def only(old, new):
    """Change one value where it stands in tuples."""
    return lambda x: (
        tuple(only(old, new)(e) for e in x) if type(x) is tuple and x != old
        else new if type(x) is type(old) and x == old else x
    )  # fmt: skip


PAIR = ("namedtuple", Pair.__module__, "Pair", ("a", "b"))
DEEP = (*(("list", 1),) * 100_000, 1)
HEADS = {
    "no head": lambda x: None,
    "a short head": lambda x: x[:-1],
    "a name that is none": head(0, lambda _: 3),
    "an op that is unknown": head(3, lambda rows: ("sine", *rows[1:])),
    "an op that is structural": head(3, lambda rows: ("gather", *rows[1:])),
    "an op too few": head(3, lambda rows: rows[:-1]),
    "a type twice": head(4, lambda types: (*types, types[0])),
    "types in another order": head(4, lambda types: types[::-1]),
    "a dtype that is none": head(4, lambda types: ((types[0][0].name, ()), *types[1:])),
    "a huge array": head(4, lambda types: (*types[:-1], (types[-1][0], (2**31, 2**31)))),
    "a shape that overflows": head(4, lambda types: (*types[:-1], (types[-1][0], (2**32,) * 4))),
    "a negative length": head(4, lambda types: (*types[:-1], (types[-1][0], (-1,)))),
    "many axes": head(4, lambda types: (*types[:-1], (types[-1][0], (1,) * 65))),
    "no files": head(5, lambda _: ()),
    "a result without containers": head(2, lambda _: ()),
    "a result of two": head(2, lambda _: (("tuple", 2), 2)),
    "a result that goes on": head(2, lambda _: (1, 1)),
    "a result that stops": head(2, lambda _: (("tuple", 2), 1)),
    "a result that is deep": head(2, lambda _: DEEP),
    "a list of many": head(2, lambda _: (("list", 2**62), 1)),
    "a dict with a key twice": head(2, lambda _: (("dict", ("a", "a")), 2)),
    **(
        {"a key that cannot be one": head(2, lambda _: (("dict", (slice(1),)), 1))}
        if slice.__hash__ is None  # until Python 3.12
        else {}
    ),
    "a factory that runs": head(2, lambda _: (("defaultdict", ("a",), "eval"), 1)),
    "a class that is a function": head(2, lambda _: (("namedtuple", "os", "system", ()),)),
    "a class that is plain": head(2, lambda _: (("dataclass", "builtins", "object", ()),)),
    "a class that is not there": head(2, lambda _: (("dataclass", "os", "..", ()),)),
    "a field of another name": head(2, lambda _: (("namedtuple", *PAIR[1:3], ("a", "c")), 2)),
    "keywords that are no dict": head(1, lambda x: (*x[:-1], (("tuple", 0),))),
    "an argument too many": head(1, lambda x: (x[0], *x)),
    "no arguments": head(1, lambda x: x[1:]),
}  # fmt: skip


@pytest.mark.parametrize("name", HEADS)
def test_a_head_that_does_not_fit_is_refused(name, forger):
    with pytest.raises(ValueError, match="not a fastgrad program that can be used"):
        from_bytes(forger.bytes(head=HEADS[name]))


VALUES_CHANGED = {
    "a structural op that is unknown": only("assign", "take"),
    "a structural op that no program holds": only("sum", "argwhere"),
    "a structural op of other operands": only("sum", "matmul"),
    "a parameter of another name": only("keepdims", "keep"),
    "a parameter that is an operand": only("keepdims", "x"),
    "an axis that is not there": only((0,), (1,)),
    "an axis that is none": only((0,), None),
    "a shape of other numbers": only((3,), (4,)),
    "a huge shape": only((3,), (2**60,)),
    "a slice elsewhere": only(slice(1, None), slice(2, None)),
    "a slice that is no index": only(slice(1, None), "x"),
    "a slice of steps of zero": only(slice(1, None), slice(1, None, 0)),
}


@pytest.mark.parametrize("name", VALUES_CHANGED)
def test_a_structural_op_that_does_not_fit_is_refused(name, forger):
    data = forger.bytes(values=VALUES_CHANGED[name])
    assert data != to_bytes(PROGRAMS[0].recording, PROGRAMS[0].key)
    with pytest.raises(ValueError, match="not a fastgrad program that can be used"):
        from_bytes(data)


@pytest.mark.parametrize(
    ("outputs", "guards"),
    [
        ([10**6], None), ([], None), ([0, 0], None), (None, [(10**6, 2)]), (None, [(2, 0)]),
        (None, [(0, 2)]), (None, "swapped"),
    ],
)  # fmt: skip
def test_outputs_and_guards_that_do_not_fit_are_refused(outputs, guards, monkeypatch):
    graph = from_bytes(to_bytes(PROGRAMS[0].recording, PROGRAMS[0].key))[0].graph
    ((node, expected, place),) = graph.guards
    data = to_bytes(PROGRAMS[0].recording, PROGRAMS[0].key)
    recording, key = from_bytes(data)
    recording.graph.outputs[:] = outputs if outputs is not None else graph.outputs
    if guards == "swapped":
        recording.graph.guards[:] = [(expected, node, place)]
    elif guards:
        recording.graph.guards[:] = [(*pair, place) for pair in guards]
    with pytest.raises(ValueError, match="not a fastgrad program that can be used"):
        from_bytes(to_bytes(recording, key))


def test_guards_out_of_order_are_refused():
    prog = fg.record(lambda x: (x if x[0] > 0 else -x) * (1.0 if x[1] > 1 else 2.0), X)
    recording, key = from_bytes(to_bytes(prog.recording, prog.key))
    assert len(recording.graph.guards) == 2
    recording.graph.guards.reverse()
    with pytest.raises(ValueError, match="guard"):
        from_bytes(to_bytes(recording, key))


# ----- files that are wrong by chance -----


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("prog", PROGRAMS, ids=lambda p: p.__name__)
def test_bytes_changed_at_random_are_refused_or_harmless(prog):
    rng = random.Random(0)
    good = bytes(opened(to_bytes(prog.recording, prog.key)))
    loaded = 0
    for _ in range(1000):
        body = bytearray(good)
        for _ in range(rng.choice([1, 1, 2, 5])):
            at = rng.randrange(len(body))
            body[at : at + rng.choice([0, 1, 1, 1, 2])] = rng.randbytes(rng.choice([0, 1, 1, 1, 8]))
        loaded += run(sealed(bytes(body)))
    assert loaded < 400


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("prog", PROGRAMS, ids=lambda p: p.__name__)
def test_numbers_changed_at_random_are_refused_or_harmless(prog, forger):
    rng = random.Random(1)
    n = len(prog.recording.graph)

    def changed(name):
        def change(x):
            x = x.copy()
            for _ in range(rng.choice([0, 0, 1, 2]) if len(x) else 0):
                small = rng.randrange(70 if name == "op" else n + 1)
                x[rng.randrange(len(x))] = rng.choice([small, small, x[rng.randrange(len(x))]])
            return x

        return change

    loaded = 0
    for _ in range(250):
        names = rng.sample(["op", "type", "operand", "operand", "item", "value", "count"], 2)
        try:
            data = forger.bytes(prog, **{name: changed(name) for name in names})
        except IndexError:  # a type that cannot be written
            continue
        loaded += run(data)
    assert loaded > 10


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("prog", PROGRAMS, ids=lambda p: p.__name__)
def test_a_change_at_any_place_is_refused_or_harmless_in_little_time_and_memory(prog):
    """Each place at least once; `python tests/hostile.py` tries all changes."""
    tried, loaded, longest = try_changes(prog, every=13)
    assert tried > 500 and loaded < tried / 2
    assert longest < 5.0


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("prog", PROGRAMS, ids=lambda p: p.__name__)
def test_all_changes_are_refused_or_harmless(prog):
    try_changes(prog)
