"""Containers come apart and together again; arguments are sorted into recorded and static."""

import copy
import functools
import pickle
from collections import Counter, OrderedDict, defaultdict, namedtuple
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fastgrad as fg
from fastgrad._paths import leaves_like, paths
from fastgrad._signature import differentiable, is_recorded, signature
from fastgrad._tree import MAX_DEPTH, flatten

Point = namedtuple("Point", "x y")


@dataclass
class Layer:
    w: Any
    b: Any = None
    shape: Any = field(init=False, default=0)
    cache: Any = field(init=False)

    def __post_init__(self):
        self.shape = np.shape(self.w)


@dataclass(frozen=True, slots=True)
class Frozen:
    a: Any
    b: Any = 2.0


class Params(dict):
    """A dict of another name."""


class Pair(tuple):
    """A tuple of another name; its constructor takes two arguments."""

    __slots__ = ()

    def __new__(cls, a, b):
        return super().__new__(cls, (a, b))


class Stack(list):
    """A list of another name."""


class Colour(Enum):
    RED = 1


def same(a, b):
    """Whether two trees have containers of the same types and the very same leaves."""
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        keys = [(k, type(k)) for k in a] == [(k, type(k)) for k in b]
        return keys and all(same(a[k], b[k]) for k in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, Frozen):
        return same((a.a, a.b), (b.a, b.b))
    return a is b


LEAVES = st.one_of(st.floats(), st.integers(), st.booleans(), st.text(max_size=2),
                   st.builds(np.zeros, st.integers(0, 3)))  # fmt: skip
KEYS = st.one_of(st.text(max_size=2), st.integers(0, 2), st.booleans(), st.sampled_from([0.0, 1.0]))


def nested(children):
    keyed = st.dictionaries(KEYS, children, max_size=3)
    row = st.lists(children, max_size=4)
    return st.one_of(
        row, row.map(tuple), row.map(Stack), keyed, keyed.map(OrderedDict), keyed.map(Params),
        keyed.map(lambda d: defaultdict(list, d)), st.builds(Point, children, children),
        st.builds(Pair, children, children), st.builds(Frozen, children, children),
    )  # fmt: skip


TREES = st.recursive(LEAVES | st.none(), nested, max_leaves=20)


# ----- apart and together -----


@given(TREES)
def test_unflatten_gives_back_the_same_containers_around_the_same_leaves(tree):
    leaves, structure = flatten(tree)
    assert structure.n_leaves == len(leaves)
    assert same(structure.unflatten(leaves), tree)


@given(TREES, TREES)
def test_structures_are_equal_just_when_containers_are(a, b):
    (leaves, one), (others, two) = flatten(a), flatten(b)
    stars = ["*"] * len(leaves), ["*"] * len(others)
    assert (one == two) == (
        len(leaves) == len(others) and same(one.unflatten(stars[0]), two.unflatten(stars[1]))
    )
    if one == two:
        assert hash(one) == hash(two)
    assert one == flatten(a)[1] and hash(one) == hash(flatten(a)[1])


@given(TREES)
def test_a_path_leads_to_its_leaf(tree):
    leaves, structure = flatten(tree)
    found = paths(structure, "tree")
    assert len(found) == len(leaves)
    for path, leaf in zip(found, leaves, strict=True):
        assert eval(path, {"tree": tree}) is leaf


@given(TREES)
def test_a_structure_survives_pickling_and_copying(tree):
    leaves, structure = flatten(tree)
    for other in (pickle.loads(pickle.dumps(structure)), copy.deepcopy(structure)):
        assert other == structure and hash(other) == hash(structure)
        assert same(other.unflatten(leaves), tree)


@given(TREES)
def test_leaves_like_finds_the_leaves_of_an_equal_nesting(tree):
    leaves, structure = flatten(tree)
    again = leaves_like(structure, structure.unflatten(leaves))
    assert all(a is b for a, b in zip(again, leaves, strict=True))


def test_a_wrong_number_of_leaves_is_refused():
    structure = flatten((1.0, [2.0]))[1]
    with pytest.raises(ValueError, match="2 leaves wanted for this structure, got 3"):
        structure.unflatten([1.0, 2.0, 3.0])


def test_keys_keep_their_order_and_type():
    assert list(flatten({"b": 1.0, "a": 2.0})[0]) == [1.0, 2.0]
    assert flatten({"b": 1.0, "a": 2.0})[1] != flatten({"a": 1.0, "b": 2.0})[1]
    structures = [flatten({key: 0.5})[1] for key in (1, True, 1.0, "1")]
    assert len(set(structures)) == 4


def test_containers_of_different_types_differ():
    trees = [[0.5, 0.5], (0.5, 0.5), Point(0.5, 0.5), Pair(0.5, 0.5), Stack([0.5, 0.5]),
             {0: 0.5, 1: 0.5}, Frozen(0.5, 0.5), [0.5, [0.5]], [[0.5, 0.5]], [0.5, 0.5, None],
             [0.5, 0.5, ()], [0.5, 0.5, []], [0.5, 0.5, {}]]  # fmt: skip
    assert len({flatten(tree)[1] for tree in trees}) == len(trees)


def test_none_and_empty_containers_have_no_leaves():
    for tree in (None, (), [], {}, [None, (), {"a": []}]):
        leaves, structure = flatten(tree)
        assert leaves == []
        assert structure.unflatten([]) == tree


def test_a_dataclass_is_rebuilt_from_its_fields_without_running_its_code():
    layer = Layer(np.ones((2, 3)), 1.0)
    layer.shape = "kept"
    leaves, structure = flatten(layer)
    assert paths(structure, "layer") == ["layer.w", "layer.b", "layer.shape"]  # cache is not set
    again = structure.unflatten(leaves)
    assert type(again) is Layer and again.w is layer.w and again.shape == "kept"
    assert not hasattr(again, "cache")
    layer.cache = 5.0
    assert flatten(layer)[1] != structure


def test_subclasses_of_dict_keep_what_they_are():
    counts = flatten(defaultdict(list, a=1.0))
    again = counts[1].unflatten([2.0])
    assert again == {"a": 2.0} and again["missing"] == []
    order = flatten(OrderedDict(b=1.0, a=2.0))
    again = order[1].unflatten(order[0])
    again.move_to_end("b")
    assert type(again) is OrderedDict and list(again) == ["a", "b"]
    assert type(flatten(Counter("aab"))[1].unflatten([5, 6])) is Counter


def test_what_cannot_be_rebuilt_is_refused():
    params = Params(a=1.0)
    params.scale = 2.0
    with pytest.raises(TypeError, match=r"Params with attributes beside its items \(scale\)"):
        flatten(params)

    @dataclass
    class Both(list):
        a: float

    with pytest.raises(TypeError, match="a dataclass and a list at once"):
        flatten([Both(1.0)])

    class Loose:
        __hash__ = None

        def __call__(self):
            return 0

    with pytest.raises(TypeError, match="default_factory of a defaultdict has to be hashable"):
        flatten(defaultdict(Loose(), a=1.0))


def test_arrays_strings_enums_and_classes_are_leaves():
    things = [np.zeros(3), fg.tensor([1.0]), "text", b"text", Colour.RED, Layer, {1, 2}, range(3),
              np.float64(1), functools.partial(max, 1)]  # fmt: skip
    for thing in things:
        leaves, structure = flatten(thing)
        assert leaves[0] is thing and structure == flatten(1.0)[1]


# ----- depth -----


def wrapped(depth):
    tree = 1.0
    for k in range(depth):
        tree = {"k": tree} if k % 2 else [tree]
    return tree


def test_the_deepest_nesting_allowed_comes_apart_is_compared_named_and_put_together():
    leaves, structure = flatten(wrapped(MAX_DEPTH))
    assert structure == flatten(wrapped(MAX_DEPTH))[1]
    assert hash(structure) == hash(pickle.loads(pickle.dumps(structure)))
    assert "1 leaves" in repr(structure)
    assert len(paths(structure)[0]) > MAX_DEPTH
    assert flatten(structure.unflatten(leaves))[1] == structure


def test_deeper_nesting_is_refused_and_does_not_recurse():
    for depth in (MAX_DEPTH + 1, 100_000):
        with pytest.raises(ValueError, match="nested deeper than 500 levels"):
            flatten(wrapped(depth))


def test_a_container_that_contains_itself_is_refused():
    ring = [1.0]
    ring += [ring, ring]
    mixed = {"a": 1.0}
    mixed["b"] = (2.0, [mixed])
    for tree in (ring, mixed, (1.0, ring)):
        with pytest.raises(ValueError, match="a container contains itself"):
            flatten(tree)


def test_one_container_in_two_places_is_two_containers():
    shared = [1.0]
    assert flatten([shared, shared])[0] == [1.0, 1.0]


# ----- names -----


def test_paths_are_written_as_in_python():
    tree = {"w": [1.0, (2.0, 3.0)], "p": Point(4.0, None), 3: Frozen(5.0)}
    assert paths(flatten(tree)[1], "params") == [
        "params['w'][0]", "params['w'][1][0]", "params['w'][1][1]", "params['p'].x",
        "params[3].a", "params[3].b",
    ]  # fmt: skip


def test_arguments_can_be_named_one_by_one():
    structure = flatten(({"w": 1.0}, 2.0, [3.0]))[1]
    assert paths(structure, ["params", "x", "rest"]) == ["params['w']", "x", "rest[0]"]
    assert paths(flatten(1.0)[1], "x") == ["x"]
    assert paths(flatten(1.0)[1]) == [""]


def test_leaves_like_takes_dicts_in_any_order():
    structure = flatten({"a": [1.0, 2.0], "b": 3.0})[1]
    assert leaves_like(structure, {"b": 3, "a": [1, 2]}) == [1, 2, 3]


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"a": [1.0], "b": 3.0}, r"v\['a'\] has to be a list of 2 .*got a list of 1"),
        ({"a": (1.0, 2.0), "b": 3.0}, r"v\['a'\] has to be a list of 2 .*got a tuple of 2"),
        ({"a": [1.0, 2.0], "c": 3.0}, r"v has to be a dict of 2: \['a', 'b'\].*\['a', 'c'\]"),
        ({"a": [1.0, [2.0]], "b": 3.0}, r"v\['a'\]\[1\] has to be a number or array .*got a list"),
        ({"a": 1.0, "b": 3.0}, r"v\['a'\] has to be a list of 2 .*got a leaf \(float\)"),
        ({"a": [1.0, 2.0], "b": None}, r"v\['b'\] has to be a number or array .*got None"),
        (np.zeros(3), r"v has to be a dict of 2.*got a leaf \(ndarray\)"),
        ({"a": [1.0, True], 2: 3.0}, r"v has to be a dict"),
    ],
)
def test_leaves_like_names_the_place_that_differs(other, message):
    with pytest.raises(ValueError, match=message):
        leaves_like(flatten({"a": [1.0, 2.0], "b": 3.0})[1], other, "v")


# ----- recorded and static -----


class Celsius(float):
    pass


class Table(np.ndarray):
    pass


RECORDED = [1.0, Celsius(2), np.float64(1), np.float32(1), np.zeros(3), np.zeros((), int),
            np.zeros(2, bool), fg.tensor(1.0), fg.tensor([1, 2]),
            np.zeros(2).view(Table)]  # fmt: skip
STATIC = [1, True, "text", None, np.int64(1), np.True_, Colour.RED, max, Layer, b"x", range(3)]


@pytest.mark.parametrize("leaf", RECORDED, ids=lambda x: type(x).__name__)
def test_floats_and_arrays_are_recorded(leaf):
    assert is_recorded(leaf)


@pytest.mark.parametrize("leaf", STATIC, ids=lambda x: type(x).__name__)
def test_everything_else_is_static(leaf):
    assert not is_recorded(leaf)


def test_a_signature_has_shape_and_dtype_but_no_value_of_what_is_recorded():
    a, b = np.zeros((2, 3)), np.ones((2, 3))
    assert signature([a, 1.0]) == signature([b, 2.0])
    assert signature([a]) == signature([fg.tensor(b)]) == signature([b.astype(">f8")])
    assert signature([1.0]) == signature([np.array(2.0)]) == signature([np.float64(3.0)])
    different = [a, a.T, a.astype(np.float32), a.astype(int), a.astype(bool), a[0], 1.0,
                 np.float32(1)]  # fmt: skip
    assert len({signature([x]) for x in different}) == len(different)


def test_a_signature_tells_equal_static_values_of_different_types_apart():
    leaves = [1, True, 1.0, np.int64(1), "1", b"1", None, 0, False, "", max, min]
    assert len({signature([x]) for x in leaves}) == len(leaves)
    assert signature([1, "a"]) == signature([1, "a"]) != signature(["a", 1])


def test_an_unhashable_static_leaf_is_refused_by_its_name():
    leaves, structure = flatten(({"rows": {1, 2}}, 1.0))
    with pytest.raises(TypeError, match=r"data\['rows'\] is a set: .*closure or a default arg"):
        signature(leaves, structure, ["data", "x"])
    with pytest.raises(TypeError, match="argument 1 is a set"):
        signature([1.0, {1}])


REFUSED = [
    (np.array([None]), "can't make a Tensor of dtype object"),
    (np.array(["a"]), "convert the data to numbers"),
    (np.zeros(2, complex), "take real and imaginary part as two real arrays"),
    (np.zeros(2, np.float16), "astype"),
    (np.float16(1), "astype"),
    (np.zeros(2, [("a", float)]), "convert the data to numbers"),
    (np.zeros(2, "M8[s]"), "convert the data to numbers"),
    (np.ma.masked_array([1.0], [True]), "masked array, whose mask would be lost"),
]


@pytest.mark.parametrize("check", [signature, differentiable])
@pytest.mark.parametrize(("leaf", "message"), REFUSED, ids=lambda x: str(x)[:20])
def test_arrays_that_are_no_tensors_are_refused_by_their_name(check, leaf, message):
    leaves, structure = flatten([1.0, leaf])
    with pytest.raises(TypeError, match=r"p\[1\].*" + message):
        check(leaves, structure, "p")


# ----- what a gradient is taken by -----


def test_integers_of_python_become_floats():
    x, t = np.zeros(3), fg.tensor([1.0])
    found = differentiable([1, 2.0, x, t, np.float32(1)])
    assert found[:2] == [1.0, 2.0] and type(found[0]) is float
    assert found[2] is x and found[3] is t and type(found[4]) is np.float32


@pytest.mark.parametrize(
    "leaf", [np.arange(3), np.array([True]), fg.tensor([1, 2]), np.int32(1), np.True_], ids=str
)
def test_arrays_of_integers_are_refused_with_the_sentence_of_torch(leaf):
    wanted = r"Only Tensors of floating point and complex dtype can require gradients; p\['n'\]"
    with pytest.raises(RuntimeError, match=wanted):
        differentiable(*flatten({"n": leaf}), "p")


@pytest.mark.parametrize("leaf", [True, "relu", 1j, max, Colour.RED, range(3)], ids=str)
def test_static_leaves_are_refused_by_their_name(leaf):
    with pytest.raises(TypeError, match=r"p\['n'\] is .*which has no gradient"):
        differentiable(*flatten({"n": leaf}), "p")


def test_an_integer_beyond_floats_is_refused_by_its_name():
    with pytest.raises(OverflowError, match="argument 0 does not fit into a float"):
        differentiable([10**400])
