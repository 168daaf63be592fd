"""Numbers stay what they are until somebody decides otherwise, and old files can be read."""

import pickle

import golden
import golden_programs
import numpy as np
import pytest
from golden import FOLDER, TABLES, Line, difference, differences, is_fused, kept
from golden_programs import LENT

import fastgrad as fg
from fastgrad import _saved
from fastgrad._tree import flatten

# ----- bits -----


@pytest.mark.parametrize("table", TABLES)
def test_numbers_have_the_bits_that_are_written_down(table):
    found = differences(table)
    assert not found, "\n".join([f"tests/golden/{table}.txt:", *found, golden.WHAT_TO_DO])


def test_the_files_say_of_each_line_whose_the_numbers_are():
    for table in TABLES:
        for (name, _), line in kept(table).items():
            assert (line.kind == "lent") == golden.is_lent(table, name) == (not line.digests)
            assert Line.read(str(line)) == line
    kinds = [line.kind for line in kept("rows").values()]
    assert kinds.count("exact") > 60 and kinds.count("fused") > 50  # the claim of docs/adr/0028


EXP = Line("exp", "value", "fused", ["a1", "b1"], 100, [1.5, 2.0])


def test_a_change_is_told_with_its_size():
    one_up = EXP._replace(digests=["a2", "b1"], ulps=103, shown=[1.5 + 2.0**-52, 2.0])
    text = difference("rows", one_up, EXP, True)
    change = "1.5000000000000002, was 1.5 (1 ULP); all float64 together +3 ULP"
    assert text == f"exp value, float64: {change}"
    assert difference("rows", EXP, EXP, True) is None
    special = EXP._replace(digests=["a1", "b2"])
    assert "value, its special values: all float64" in difference("rows", special, EXP, True)


def test_what_is_not_ours_to_the_bit_is_compared_to_a_tolerance():
    near = EXP._replace(digests=["a2", "b2"], shown=[1.5 + 1e-15, 2.0])
    far = EXP._replace(digests=["a2", "b2"], shown=[1.5 + 1e-9, 2.0])
    assert difference("rows", near, EXP, False) is None
    assert "to 1e-12" in difference("rows", far, EXP, False)
    lent = EXP._replace(kind="lent")
    assert difference("rows", near, lent, True) is None
    assert difference("rows", far, lent, True) is not None
    assert difference("rows", near, EXP._replace(kind="exact"), False) is not None


def test_not_a_number_has_one_digest_and_zero_two():
    nan = np.array([np.nan, -np.nan])
    assert golden.digest([nan]) == golden.digest([nan[::-1]])
    assert golden.digest([np.array([0.0])]) != golden.digest([np.array([-0.0])])


# ----- files -----

SAVED = sorted(golden_programs.FOLDER.glob("*/*.fgp"), key=str)
NAMES = [f"{path.parent.name}/{path.stem}" for path in SAVED]


def calls(path):
    """Positional arguments, keywords and result of a saved program."""
    return pickle.loads((path.parent / "calls.pickle").read_bytes())[path.stem]


def check(got, wanted, lent):
    """The same containers, dtypes and shapes; ours the same bits, the rest nearly so."""
    (leaves, structure), (expected, expected_structure) = flatten(got), flatten(wanted)
    assert structure == expected_structure
    for x, y in zip(map(np.asarray, leaves), map(np.asarray, expected), strict=True):
        assert (x.dtype, x.shape) == (y.dtype, y.shape)
        if is_fused() and not lent:
            np.testing.assert_array_equal(x, y)
            continue
        rtol = 1e-10 if y.dtype == np.float64 else 1e-5
        np.testing.assert_allclose(x, y, rtol=rtol, atol=rtol * np.max(np.abs(y), initial=0.0))


def test_there_are_samples_of_the_present_version():
    """If there are none, the version is new: ``python tests/golden_programs.py`` saves them."""
    assert (golden_programs.FOLDER / str(_saved.VERSION)).is_dir()
    assert len(SAVED) >= 6


@pytest.mark.parametrize("path", SAVED, ids=NAMES)
def test_programs_of_every_version_are_loaded_and_give_their_bits(path):
    args, kwargs, wanted = calls(path)
    got = fg.load(path)(*args, **kwargs)
    if path.stem not in ("rows", "single", "structural"):
        check(got, wanted, False)
        return
    assert got.keys() == wanted.keys()
    for name in wanted:  # signs of vectors are LAPACK's choice
        signless = name in ("qr", "eigh", "svd")
        a, b = (np.abs(x[name]) if signless else x[name] for x in (got, wanted))
        check(a, b, name in LENT)


@pytest.mark.parametrize("path", SAVED, ids=NAMES)
def test_programs_of_the_present_version_are_saved_as_they_were(path, tmp_path):
    if path.parent.name != str(_saved.VERSION):
        pytest.skip("of an older version")
    fg.load(path).save(tmp_path / "again.fgp")
    assert (tmp_path / "again.fgp").read_bytes() == path.read_bytes()


@pytest.mark.parametrize("folder", sorted({path.parent for path in SAVED}), ids=lambda f: f.name)
def test_pickles_of_every_version_can_be_read(folder):
    made = pickle.loads((folder / "programs.pickle").read_bytes())
    for name, prog in made.items():
        args, kwargs, wanted = calls(folder / f"{name}.fgp")
        check(prog(*args, **kwargs), wanted, False)
    *tensors, tracked = pickle.loads((folder / "tensors.pickle").read_bytes())
    assert [str(t.dtype) for t in tensors] == ["float64", "float32", "bool", "int64"]
    assert tensors[0].tolist() == [0.5, 1.5, -0.8]
    assert tracked.requires_grad and tracked.item() == 2.5


def test_the_files_are_small():
    assert sum(path.stat().st_size for path in FOLDER.glob("*.txt")) < 100_000
