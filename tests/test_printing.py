"""repr of Tensors, letter by letter as torch writes the same values (its default dtype float64)."""

import numpy as np
import pytest

import fastgrad as fg

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "tensor(1.)"),
        (1.2, "tensor(1.2000)"),
        (-0.0, "tensor(-0.)"),
        (1e8, "tensor(100000000.)"),
        (123456789.0, "tensor(1.2346e+08)"),
        (0.00012345, "tensor(0.0001)"),
        (0.00009, "tensor(9.0000e-05)"),
        (NAN, "tensor(nan)"),
        (-INF, "tensor(-inf)"),
        (3, "tensor(3)"),
        (True, "tensor(True)"),
        ([], "tensor([])"),
        ([1.0, 2.0], "tensor([1., 2.])"),
        ([1.5, 2.0], "tensor([1.5000, 2.0000])"),
        ([0.1, 100.0], "tensor([  0.1000, 100.0000])"),
        ([0.1, 100.1], "tensor([1.0000e-01, 1.0010e+02])"),
        ([1.0, 1000.0], "tensor([   1., 1000.])"),
        ([1.0, 1001.0], "tensor([1.0000e+00, 1.0010e+03])"),
        ([1e10, 1.0], "tensor([1.0000e+10, 1.0000e+00])"),
        ([1e-5, 1.0], "tensor([1.0000e-05, 1.0000e+00])"),
        ([NAN, 1.0], "tensor([nan, 1.])"),
        ([INF, 1.5], "tensor([   inf, 1.5000])"),
        ([NAN, INF], "tensor([nan, inf])"),
        ([0.0, 0.0], "tensor([0., 0.])"),
        ([1, -200], "tensor([   1, -200])"),
        ([True, False], "tensor([ True, False])"),
        ([[1.0, 2.0], [3.0, 4.25]], "tensor([[1.0000, 2.0000],\n        [3.0000, 4.2500]])"),
        ([[[1.0]], [[2.0]]], "tensor([[[1.]],\n\n        [[2.]]])"),
    ],
)
def test_values_are_written_as_torch_writes_them(value, text):
    assert repr(fg.tensor(value)) == text


def test_long_rows_are_wrapped():
    assert repr(fg.tensor([1.5] * 10)) == (
        "tensor([1.5000, 1.5000, 1.5000, 1.5000, 1.5000, 1.5000, 1.5000, 1.5000, 1.5000,\n"
        "        1.5000])"
    )
    assert repr(fg.tensor(np.arange(30.0))) == (
        "tensor([ 0.,  1.,  2.,  3.,  4.,  5.,  6.,  7.,  8.,  9., 10., 11., 12., 13.,\n"
        "        14., 15., 16., 17., 18., 19., 20., 21., 22., 23., 24., 25., 26., 27.,\n"
        "        28., 29.])"
    )


def test_of_more_than_a_thousand_elements_only_the_edges_are_shown():
    assert repr(fg.tensor(np.arange(1001.0))) == (
        "tensor([   0.,    1.,    2.,  ...,  998.,  999., 1000.])"
    )
    assert repr(fg.tensor(np.arange(2000.0).reshape(1000, 2))) == (
        "tensor([[0.0000e+00, 1.0000e+00],\n        [2.0000e+00, 3.0000e+00],\n"
        "        [4.0000e+00, 5.0000e+00],\n        ...,\n"
        "        [1.9940e+03, 1.9950e+03],\n        [1.9960e+03, 1.9970e+03],\n"
        "        [1.9980e+03, 1.9990e+03]])"
    )


def test_dtype_and_origin_follow_the_value():
    w = fg.tensor([1.0, 2.0], dtype=np.float32, requires_grad=True)
    assert repr(w) == "tensor([1., 2.], dtype=float32, requires_grad=True)"
    assert repr(w * 2) == "tensor([2., 4.], dtype=float32, grad_fn=<MulBackward>)"
    assert repr((w * 2).detach()) == "tensor([2., 4.], dtype=float32)"
    wide = fg.tensor([1.5] * 9, requires_grad=True)
    assert repr(wide).endswith("1.5000, 1.5000],\n       requires_grad=True)")


@pytest.mark.parametrize(
    ("f", "name"),
    [
        (lambda x: x + 1, "AddBackward"),
        (lambda x: x - 1, "SubBackward"),
        (lambda x: x * 2, "MulBackward"),
        (lambda x: x / 2, "DivBackward"),
        (lambda x: x**2, "PowBackward"),
        (lambda x: -x, "NegBackward"),
        (abs, "AbsBackward"),
        (fg.sqrt, "SqrtBackward"),
        (lambda x: x.sum(), "SumBackward"),
        (lambda x: x.clone(), "CloneBackward"),
        (lambda x: x[np.array([0])], "IndexBackward"),
        (lambda x: fg.stack([x, x]), "StackBackward"),
        (lambda x: fg.concatenate([x, x]), "CatBackward"),
        (lambda x: fg.where(x > 1, x, 0.0), "WhereBackward"),
    ],
)
def test_what_made_a_result_has_torchs_name(f, name):
    y = f(fg.tensor([1.0, 2.0], requires_grad=True))
    assert y.grad_fn.name() == name
    assert repr(y).endswith(f"grad_fn=<{name}>)")
