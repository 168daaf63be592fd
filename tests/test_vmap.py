"""vmap where points differ: in the path they take, in what they return, in where their axis is."""

import dataclasses
import re
from collections import OrderedDict, namedtuple

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


# ----- axes -----


@dataclasses.dataclass
class Line:
    slope: object
    start: object


Pair = namedtuple("Pair", "slope start")

# A container of an array with points and a number for all, and the two taken out again.
CONTAINERS = {
    "dict": (lambda a, b: {"slope": a, "start": b}, lambda t: (t["slope"], t["start"])),
    "ordered": (lambda a, b: OrderedDict(x=a, y=b), lambda t: (t["x"], t["y"])),
    "list": (lambda a, b: [a, b], tuple),
    "named tuple": (Pair, tuple),
    "dataclass": (Line, lambda t: (t.slope, t.start)),
    "nested": (
        lambda a, b: {"p": [Line(a, None), (b,)]},
        lambda t: (t["p"][0].slope, t["p"][1][0]),
    ),
}


@pytest.mark.parametrize("as_tensors", [False, True])
@pytest.mark.parametrize("name", CONTAINERS)
def test_axes_may_be_nested_in_any_container(name, as_tensors):
    pack, unpack = CONTAINERS[name]

    def f(t):
        slope, start = unpack(t)
        return slope[0] * 2 + slope[1] + start

    xs = np.arange(8.0).reshape(2, 4)
    mapped = fg.vmap(f, in_axes=(pack(1, None),))
    run = lambda a, b: mapped(pack(a, b))
    found = (fg.record(run) if as_tensors else run)(xs, 3.0)
    close(found, xs[0] * 2 + xs[1] + 3.0)


def test_none_stands_for_a_whole_container_that_is_shared():
    f = lambda t: t["x"] * t["w"][0] + t["w"][1]
    found = fg.vmap(f, in_axes=({"w": None, "x": 0},))({"x": XS, "w": [2.0, 1.0]})
    close(found, 2 * XS + 1)


def test_axes_of_results_hold_for_tensors_too():
    f = lambda x, y: (x * y, np.outer(x, x))
    x, y = np.arange(6.0).reshape(2, 3), np.array([2.0, 3.0, 5.0])
    results = [f(row, y) for row in x]
    run = fg.vmap(f, in_axes=[0, None], out_axes=(1, -1))
    for found in (
        run(x, y),
        run(fg.tensor(x, requires_grad=True), y),
        fg.record(run, x, y)(x, y),
    ):
        for got, own in zip(found, zip(*results)):
            close(np.asarray(fg.stop_gradient(got)), np.stack(own, axis=-1))
    for data in (x, fg.tensor(x, requires_grad=True)):
        with pytest.raises(ValueError, match="out_axes None needs results that do not depend"):
            fg.vmap(np.sin, out_axes=None)(data)


def test_axes_of_results_may_be_nested():
    f = lambda x: Line(x, {"a": x})
    found = fg.vmap(f, out_axes=Line(1, {"a": 0}))(np.ones((2, 3)))
    assert found.slope.shape == (3, 2) and found.start["a"].shape == (2, 3)


AXES = {  # options, keyword arguments, what is said
    "in_axes[0]['b'] has to be a number or array": ({"in_axes": ({"a": 0, "b": [0]},)}, {}),
    "give axes packed as the argument, or one axis": ({"in_axes": ([0, None],)}, {}),
    "out_axes has to be a dict of 1": ({"out_axes": (0,)}, {}),
    "give axes packed as the result, or one axis": ({"out_axes": (0,)}, {}),
    "in_axes[0] holds axes (int) and None, got 0.5": ({"in_axes": ({"a": 0.5, "b": None},)}, {}),
    "argument[0]['b'] has no axis of points: it is a scalar; give it in_axes None": ({}, {}),
    "keyword argument['k'] has no axis of points: it is a scalar; pass it by position and give "
    "it in_axes None": ({"in_axes": ({"a": 0, "b": None},)}, {"k": 1.0}),
}


@pytest.mark.parametrize("sentence", AXES)
def test_axes_that_do_not_fit_are_refused_with_their_names(sentence):
    options, keywords = AXES[sentence]
    if "out_axes" in options:
        options = {"in_axes": ({"a": 0, "b": None},), **options}
    with pytest.raises((TypeError, ValueError), match=re.escape(sentence)):
        fg.vmap(lambda t, k=0.0: {"y": t["a"]}, **options)({"a": XS, "b": 2.0}, **keywords)


def test_a_batch_of_a_number_says_what_it_takes():
    with pytest.raises(ValueError, match="a scalar; give an array with an entry a point"):
        fg.record(lambda x: x**2, 1.0).batch(2.0)
