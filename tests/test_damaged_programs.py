"""Program files that are damaged or foreign: a ValueError, never a crash, never code run."""

import os
import pickle
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

import fastgrad as fg

X = np.array([0.5, 1.5, 2.5])


def loss(x):
    y = np.zeros(3)
    y[1:] = x[:-1] * 2 if x[0] > 0 else x[1:]
    return np.sum(np.sin(y) * x) + x @ x


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """The bytes of a small file, and a folder to write others into."""
    folder = tmp_path_factory.mktemp("programs")
    fg.record(loss, X).save(folder / "good.fgp")
    return (folder / "good.fgp").read_bytes(), folder


def load(saved, data):
    path = saved[1] / "damaged.fgp"
    path.write_bytes(data)
    return fg.load(path)


def test_the_file_is_good_before_it_is_damaged(saved):
    again = load(saved, saved[0])
    value, gradient = again.value_and_grad(X)
    wanted, wanted_gradient = fg.value_and_grad(loss)(X)
    assert value == wanted
    np.testing.assert_array_equal(gradient, wanted_gradient)
    with pytest.raises(fg.BranchChanged):
        again.grad(-X)
    assert load(saved, saved[0]).value_and_grad(X)[0] == value


def test_a_path_may_be_text_or_a_path(saved):
    program = fg.record(loss, X)
    for path in (saved[1] / "a.fgp", str(saved[1] / "b.fgp")):
        program.save(path)
        assert fg.load(path)(X) == program(X)


def test_the_same_program_gives_the_same_bytes(saved):
    fg.load(saved[1] / "good.fgp").save(saved[1] / "again.fgp")
    assert (saved[1] / "again.fgp").read_bytes() == saved[0]


# Each in a process of its own: what crashes is seen as a crash, with the last attempt printed.
SCRIPT = """
    import sys, faulthandler
    import numpy as np
    import fastgrad as fg
    faulthandler.enable()
    path, out, kind = sys.argv[1:]
    good = open(path, "rb").read()
    X = np.array([0.5, 1.5, 2.5])

    def damaged():
        if kind == "cut":
            yield from (good[:n] for n in range(len(good)))
        elif kind == "longer":
            yield from (good + b for b in (b"\\0", good, b"\\xff" * 1000))
        elif kind == "flipped":
            for k in range(len(good)):
                for mask in (0x01, 0x80, 0xff):
                    yield good[:k] + bytes([good[k] ^ mask]) + good[k + 1:]
        elif kind == "huge":
            sizes = (2**31 - 1, 2**32 - 1, 2**40, 2**62, 2**63 - 1, 2**63, 2**64 - 1)
            for k in range(0, len(good), 4):
                for n in sizes:
                    word = n.to_bytes(8, "little")
                    yield good[:k] + word + good[k + 8:]
                    yield good[:k] + word[:4] + good[k + 4:]
        elif kind == "zeroed":
            yield from (good[:k] + bytes(16) + good[k + 16:] for k in range(0, len(good), 4))
        elif kind == "moved":
            yield from (good[:k] + good[k + 1:] for k in range(len(good)))
            yield from (good[:k] + b"\\0" + good[k:] for k in range(len(good)))

    tried = unnoticed = 0
    for data in damaged():
        if data == good:
            continue
        tried += 1
        with open(out, "wb") as file:
            file.write(data)
        try:
            program = fg.load(out)
        except ValueError as error:
            assert len(str(error)) > 10, error
            continue
        unnoticed += 1
        print("unnoticed:", tried, flush=True)
        try:
            program.value_and_grad(X)
        except (ValueError, TypeError, RuntimeError, ArithmeticError, IndexError):
            pass
    print(tried, "tried", unnoticed, "unnoticed")
    assert tried and not unnoticed
"""


@pytest.mark.parametrize("kind", ["cut", "longer", "flipped", "huge", "zeroed", "moved"])
def test_damage_at_any_place_is_a_valueerror(saved, kind):
    """Three bits of each byte, each length, huge numbers in place of each number."""
    arguments = [str(saved[1] / "good.fgp"), str(saved[1] / f"{kind}.fgp"), kind]
    script = textwrap.dedent(SCRIPT)
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        env={**os.environ, "PYTHONPATH": str(Path(fg.__file__).parents[1])},
        cwd=saved[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-500:] + done.stderr[-2000:]


FOREIGN = {
    "empty": b"",
    "text": b"fastgrad program\nversion 1\n",
    "zip": b"PK\x03\x04" + bytes(100),
    "npy": b"\x93NUMPY\x01\x00" + bytes(200),
    "zeros": bytes(4096),
    "ones": b"\xff" * 4096,
    "random": np.random.default_rng(0).bytes(5000),
    "json": b'{"version": 1, "ops": []}',
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_file_of_another_kind_is_named_as_such(saved, name):
    with pytest.raises(ValueError, match=r"fastgrad|program"):
        load(saved, FOREIGN[name])


class RunsCode:
    def __reduce__(self):
        return (pytest.fail, ("loading has run code",))


def test_loading_never_runs_code(saved):
    for protocol in (0, 2, 4):
        with pytest.raises(ValueError, match=r"fastgrad|program"):
            load(saved, pickle.dumps(RunsCode(), protocol))


def test_a_newer_version_asks_for_a_newer_fastgrad(saved):
    """The version is the one number of the header whose change is said to be one of versions."""
    said = []
    for k in range(min(64, len(saved[0]))):
        data = saved[0][:k] + bytes([saved[0][k] + 1 & 0xFF]) + saved[0][k + 1 :]
        with pytest.raises(ValueError) as caught:
            load(saved, data)
        said.append(str(caught.value))
    newer = [s for s in said if "version" in s]
    assert newer
    assert any("newer" in s or "upgrade" in s or "update" in s for s in newer)


def test_a_file_that_is_not_there_is_an_oserror(tmp_path):
    with pytest.raises(FileNotFoundError):
        fg.load(tmp_path / "missing.fgp")
    with pytest.raises(OSError):
        fg.load(tmp_path)
    with pytest.raises(OSError):
        fg.record(loss, X).save(tmp_path / "no" / "folder.fgp")
    for nothing in (None, 3.5, X):
        with pytest.raises(TypeError):
            fg.load(nothing)


def test_a_save_that_fails_leaves_the_old_file(tmp_path):
    path = tmp_path / "kept.fgp"
    program = fg.record(loss, X)
    program.save(path)
    before = path.read_bytes()
    with pytest.raises(OSError):
        program.save(path / "below_a_file.fgp")
    assert path.read_bytes() == before


def test_pickles_hold_the_same_program_and_are_as_careful():
    program = fg.record(loss, X)
    data = pickle.dumps(program)
    again = pickle.loads(data)
    np.testing.assert_array_equal(again.grad(X), program.grad(X))
    function, arguments = program.__reduce_ex__(2)[:2]
    for k, argument in enumerate(arguments):
        if isinstance(argument, bytes) and argument:
            for damaged in (argument[:-1], argument[: len(argument) // 2], b""):
                with pytest.raises(ValueError):
                    function(*arguments[:k], damaged, *arguments[k + 1 :])
