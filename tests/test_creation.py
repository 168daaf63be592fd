"""Functions that make Tensors give what NumPy's give, and track when told to."""

import numpy as np
import pytest
from differences import check_linear, gradient

import fastgrad as fg

CALLS = [
    lambda n: n.zeros(3),
    lambda n: n.zeros((2, 0)),
    lambda n: n.zeros(()),
    lambda n: n.zeros(2, np.float32),
    lambda n: n.ones((2, 3), dtype=int),
    lambda n: n.full((2, 2), 0.5),
    lambda n: n.full(3, 7),
    lambda n: n.full(3, 7, np.float32),
    lambda n: n.full((2, 3), [1.0, 2.0, 3.0]),
    lambda n: n.arange(5),
    lambda n: n.arange(2, 5),
    lambda n: n.arange(5, 2, -1),
    lambda n: n.arange(0.0, 1.0, 0.25),
    lambda n: n.arange(3, dtype=np.float64),
    lambda n: n.linspace(0, 1, 5),
    lambda n: n.linspace(0, 1, 5, endpoint=False),
    lambda n: n.eye(3),
    lambda n: n.eye(2, 3, 1),
    lambda n: n.eye(2, dtype=np.float32),
    lambda n: n.zeros_like(np.ones((2, 3), np.float32)),
    lambda n: n.zeros_like([1, 2]),
    lambda n: n.ones_like(np.zeros(2), dtype=bool),
    lambda n: n.full_like(np.zeros(2), 3),
    lambda n: n.full_like([1, 2], 3.5),
]


@pytest.mark.parametrize("call", CALLS)
def test_a_made_tensor_equals_numpys_array(call):
    ours, wanted = call(fg), call(np)
    assert isinstance(ours, fg.Tensor)
    assert not ours.requires_grad
    np.testing.assert_array_equal(ours.numpy(), wanted, strict=True)


@pytest.mark.parametrize(
    "make",
    [
        lambda **k: fg.zeros(3, **k),
        lambda **k: fg.ones(3, **k),
        lambda **k: fg.full(3, 2.0, **k),
        lambda **k: fg.arange(3.0, **k),
        lambda **k: fg.linspace(0, 1, 3, **k),
        lambda **k: fg.eye(3, **k),
        lambda **k: fg.zeros_like([1.0, 2.0], **k),
        lambda **k: fg.ones_like([1.0, 2.0], **k),
        lambda **k: fg.full_like([1.0, 2.0], 5.0, **k),
    ],
)
def test_a_made_tensor_tracks_when_told_to_and_is_a_leaf(make):
    t = make(requires_grad=True)
    assert t.requires_grad
    assert t.is_leaf
    (g,) = fg.autograd.grad((t * 3.0).sum(), t)
    np.testing.assert_array_equal(g.numpy(), np.full(t.shape, 3.0))


def test_integers_cannot_track():
    with pytest.raises(RuntimeError, match="floating point"):
        fg.arange(3, requires_grad=True)


def test_like_a_tracked_tensor_is_not_tracked():
    x = fg.ones(3, requires_grad=True)
    assert not fg.zeros_like(x).requires_grad
    assert not fg.full_like(x, 1.0).requires_grad


def test_a_tensor_filled_with_a_tracked_value_passes_its_gradient():
    np.testing.assert_array_equal(gradient(lambda v: fg.full((2, 3), v), np.array(5.0)), 6)


@pytest.mark.parametrize("endpoint", [True, False])
def test_steps_between_tensors_are_numpys_and_pass_gradients_to_both_ends(endpoint):
    a, b = np.array([0.0, 2.0]), np.array([1.0, -2.0])
    ours = fg.linspace(fg.as_tensor(a), fg.as_tensor(b), 5, endpoint)
    np.testing.assert_allclose(ours.numpy(), np.linspace(a, b, 5, endpoint), rtol=0, atol=1e-15)
    check_linear(lambda x, y: fg.linspace(x, y, 5, endpoint), a, b)
    check_linear(lambda x: fg.linspace(x, 0.0, 4, endpoint), a)
