"""The public names: those that are imported when first used are as good as the others."""

import inspect
import pickle

import numpy as np
import pytest
from new_process import python

import fastgrad as fg
from fastgrad._late import PLACES
from fastgrad._numpy_table import public

FUNCTIONS = [name for name in fg.__all__ if callable(getattr(fg, name))]
WITHOUT_EXAMPLE = set("apply_along_axis apply_over_axes geomspace logspace piecewise".split())
CLASSES = {"BranchChanged", "Program", "Tensor"}  # whose methods and makers have examples


def test_each_function_of_numpys_that_is_served_is_public():
    for name, function in public().items():
        assert name in fg.__all__, name
        if name in PLACES:
            assert getattr(fg, name) is function, name
    assert set(PLACES) <= set(dir(fg))
    assert len(set(fg.__all__)) == len(fg.__all__)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_is_one_of_the_package(name):
    function = getattr(fg, name)
    assert pickle.loads(pickle.dumps(function)) is function
    assert function.__module__ == "fastgrad" or name in ("Tensor", "explain")
    assert not function.__name__.endswith("_") or name == "ix_"


@pytest.mark.parametrize("name", sorted(set(FUNCTIONS) - CLASSES - WITHOUT_EXAMPLE))
def test_a_function_has_an_example_that_runs(name):  # test_docs.py runs it
    assert ">>> " in inspect.getdoc(getattr(fg, name))


def test_numpys_other_names_are_the_same_functions():
    assert fg.concat is fg.concatenate
    assert fg.permute_dims is fg.transpose
    assert fg.pow is fg.power
    assert fg.acos is fg.arccos
    assert fg.abs is fg.absolute
    assert fg.around is fg.round
    assert fg.tile.__name__ == "tile"
    np.testing.assert_array_equal(fg.tile([1.0, 2.0], 2), [1.0, 2.0, 1.0, 2.0])


def test_a_name_that_nobody_has_is_no_attribute():
    with pytest.raises(AttributeError, match="no_such_name"):
        fg.no_such_name


def test_what_is_imported_late_is_imported_when_it_is_used():
    code = (
        "import sys, fastgrad; before = 'fastgrad._numpy_shape' in sys.modules; fastgrad.tile; "
        "sys.exit(before or 'fastgrad._numpy_shape' not in sys.modules)"
    )
    assert python("-c", code).returncode == 0
