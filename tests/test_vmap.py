"""vmap where points differ: in the path they take, in what they return, in where their axis is."""

import numpy as np
import pytest
from program_samples import close

import fastgrad as fg

XS = np.array([1.0, -2.0, 3.0, -4.0])

# How many points are run: as arrays, as Tensors inside a recording, as eager Tensors.
WAYS = {
    "arrays": lambda f: fg.vmap(f)(XS),
    "recorded": lambda f: fg.record(fg.vmap(f))(XS),
    "eager": lambda f: fg.vmap(f)(fg.tensor(XS, requires_grad=True)),
}
each_way = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)


@each_way
def test_results_on_two_paths_are_joined_by_their_keys(way):
    def f(x):
        return {"a": x, "b": 10 * x} if x > 0 else {"b": 20 * x, "a": -x}

    found = way(f)
    close(np.asarray(fg.stop_gradient(found["a"])), [1.0, 2.0, 3.0, 4.0])
    close(np.asarray(fg.stop_gradient(found["b"])), [10.0, -40.0, 30.0, -80.0])


DIFFERENT = {
    "tuple and list": lambda x: (x, 2 * x) if x > 0 else [x, 2 * x],
    "one and two": lambda x: x if x > 0 else (x, x),
    "two and one": lambda x: (x, x) if x > 0 else x,
    "other keys": lambda x: {"a": x} if x > 0 else {"b": x},
    "shapes": lambda x: x * np.ones(2) if x > 0 else x,
    "dtypes": lambda x: x if x > 0 else x < 0,
}


@each_way
@pytest.mark.parametrize("name", DIFFERENT)
def test_results_that_differ_in_kind_from_path_to_path_are_refused(way, name):
    with pytest.raises(ValueError, match="points on different paths"):
        way(DIFFERENT[name])


@pytest.mark.parametrize("shape", [(0,), (0, 3)])
def test_no_points_of_a_function_with_branches_have_an_empty_gradient(shape):
    def f(x):
        return np.sum(x) if np.all(x > 0) else 2 * np.sum(x)

    assert fg.grad(lambda xs: fg.vmap(f)(xs).sum())(np.zeros(shape)).shape == shape
