"""Complex values: arithmetic and functions as NumPy has them, gradients of parts, refusals."""

import cmath
import copy
import pickle

import numpy as np
import pytest

import fastgrad as fg

RNG = np.random.default_rng(3)
A = RNG.standard_normal((3, 4)) + 1j * RNG.standard_normal((3, 4))
B = RNG.standard_normal((3, 4)) + 1j * RNG.standard_normal((3, 4))
R = RNG.standard_normal((3, 4))


def value(z):
    return z.detach().numpy() if isinstance(z, (fg.Tensor, fg.ComplexTensor)) else np.asarray(z)


def tracked(a):
    parts = fg.tensor(np.real(a), requires_grad=True), fg.tensor(np.imag(a), requires_grad=True)
    return fg.ComplexTensor(*parts)


OPERATORS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "@": lambda a, b: a @ np.transpose(b) if np.ndim(b) == 2 and np.ndim(a) == 2 else a * b,
}


@pytest.mark.parametrize("operator", OPERATORS.values(), ids=OPERATORS)
def test_operators_take_complex_and_real_numbers_on_either_side(operator):
    others = [B, R, R[0], 2.0, 3, 1 - 2j, np.float64(0.5), np.complex128(1j), R.astype(np.float32)]
    for other in others:
        for a, b in ((A, other), (other, A)):
            wanted = operator(a, b)
            for make in (tracked, fg.ComplexTensor):
                got = operator(*(make(x) if x is A else x for x in (a, b)))
                np.testing.assert_allclose(value(got), wanted, rtol=1e-13)
            mixed = [make(x) if x is A else fg.tensor(np.real(x)) for x in (a, b)]
            if np.isrealobj(other):
                np.testing.assert_allclose(value(operator(*mixed)), wanted, rtol=1e-13)


def test_a_tensor_times_a_complex_number_is_complex():
    t = fg.tensor(R, requires_grad=True)
    for z in (1j * t, t * 1j, t * np.complex128(1j), np.complex128(1j) * t):
        np.testing.assert_array_equal(value(z), 1j * R)
    np.testing.assert_allclose(value(B * t + 2), B * R + 2)
    np.testing.assert_allclose(value(t / B), R / B)
    np.testing.assert_allclose(value(t @ B.T), R @ B.T)
    np.testing.assert_allclose(value(B @ fg.transpose(t)), B @ R.T)
    np.testing.assert_allclose(value(np.multiply(t, 2j)), 2j * R)
    assert (t == 1j * R).detach().numpy().sum() == 0
    s = fg.tensor(0.5, requires_grad=True)
    abs(1j * s - 2).backward()
    np.testing.assert_allclose(s.grad.item(), 0.5 / abs(0.5j - 2))


@pytest.mark.parametrize("power", [0, 1, 2, 3, -1, -2, 7, 2.5, -0.5, 1j, 0.5 + 2j])
def test_powers(power):
    np.testing.assert_allclose(value(tracked(A) ** power), A**power, rtol=1e-12)
    np.testing.assert_allclose(value(2.5 ** tracked(A)), 2.5**A, rtol=1e-12)


@pytest.mark.parametrize(
    "name",
    "absolute conjugate cos cosh exp log negative positive reciprocal sin sinh sqrt square "
    "isfinite isnan isinf".split(),
)
def test_ufuncs_give_what_numpy_gives(name):
    special = np.array([0, 1, -1, 1j, -1j, 2 - 3j, -2 + 1e-300j, 1e200 + 1e200j, -4.0])
    for z in (A, special if name not in ("cos", "cosh", "sin", "sinh", "exp", "square") else A):
        with np.errstate(all="ignore"):
            wanted = getattr(np, name)(z)
            got = value(getattr(np, name)(tracked(z)))
        finite = np.isfinite(wanted)
        np.testing.assert_allclose(got[finite], wanted[finite], rtol=1e-12)
    ours = getattr(fg, name, None)
    if ours is not None and name not in ("conjugate", "positive"):
        np.testing.assert_array_equal(value(ours(tracked(A))), value(getattr(np, name)(tracked(A))))


FUNCTIONS = {
    "sum": lambda m, a: m.sum(a, axis=1),
    "mean": lambda m, a: m.mean(a, 0, keepdims=True),
    "cumsum": lambda m, a: m.cumsum(a, axis=0),
    "concatenate": lambda m, a: m.concatenate([a, R, a * 2], axis=1),
    "stack": lambda m, a: m.stack([a, B], axis=1),
    "vstack": lambda m, a: m.vstack((R, a)),
    "append": lambda m, a: m.append(a, R, axis=0),
    "reshape": lambda m, a: m.reshape(a, (2, -1)),
    "transpose": lambda m, a: m.transpose(a),
    "moveaxis": lambda m, a: m.moveaxis(a, 0, 1),
    "expand_dims": lambda m, a: m.expand_dims(a, 1),
    "roll": lambda m, a: m.roll(a, 2, axis=1),
    "flip": lambda m, a: m.flip(a),
    "pad": lambda m, a: m.pad(a, ((0, 0), (1, 2))),
    "tile": lambda m, a: m.tile(a, 2),
    "repeat": lambda m, a: m.repeat(a, 2, axis=0),
    "take": lambda m, a: m.take(a, [2, 0], axis=1),
    "diag": lambda m, a: m.diag(a),
    "trace": lambda m, a: m.trace(a),
    "diff": lambda m, a: m.diff(a, axis=1),
    "where": lambda m, a: m.where(R > 0, a, R),
    "split": lambda m, a: m.concatenate(m.split(a, 2, axis=1)[::-1]),
    "real": lambda m, a: m.real(a),
    "imag": lambda m, a: m.imag(a),
    "angle": lambda m, a: m.angle(a, deg=True),
    "conj": lambda m, a: m.conj(a),
    "dot": lambda m, a: m.dot(a, B.T),
    "vdot": lambda m, a: m.vdot(a, B),
    "vdot of real": lambda m, a: m.vdot(R, a),
    "inner": lambda m, a: m.inner(a, R),
    "outer": lambda m, a: m.outer(a[0], B[1]),
    "tensordot": lambda m, a: m.tensordot(a, B, axes=((0, 1), (0, 1))),
    "kron": lambda m, a: m.kron(a, B),
    "convolve": lambda m, a: m.convolve(a[0], B[0]),
    "correlate": lambda m, a: m.correlate(a[0], B[0], "full"),
    "einsum": lambda m, a: m.einsum("ij,kj->ik", a, B),
    **({"trapezoid": lambda m, a: m.trapezoid(a, dx=0.5)} if hasattr(np, "trapezoid") else {}),
    "zeros_like": lambda m, a: m.zeros_like(a),
    "norm": lambda m, a: m.linalg.norm(a),
    "norm of rows": lambda m, a: m.linalg.norm(a, axis=1),
    "iscomplex": lambda m, a: m.iscomplex(a),
    "isreal": lambda m, a: m.isreal(a),
    "add.reduce": lambda m, a: m.add.reduce(a, axis=1),
    "fft": lambda m, a: m.fft.ifft(m.fft.fftshift(m.fft.fft(a)), axis=0),
    "irfft": lambda m, a: m.fft.irfft(a),
    "an index": lambda m, a: a[1:, ::-2],
    "a row": lambda m, a: list(a)[1],
    "transposed": lambda m, a: a.transpose(1, 0) * a.swapaxes(0, 1) * a.conjugate().T,
    "sums so far": lambda m, a: a.cumsum(1).dot(a.T),
    "parts and lists": lambda m, a: m.stack([a[0], [1j, 2, 3, 0], R[0]]),
    "a scalar in a list": lambda m, a: m.stack([a[0, 0], 2.0, 1j]),
    "methods": lambda m, a: (a.T.conj().ravel()[:4].reshape(2, 2).sum(0) * a.mean()).squeeze(),
}


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
def test_functions_give_what_numpy_gives_and_stay_in_the_graph(function):
    wanted = function(np, A)
    z = tracked(A)
    got = function(np, z)
    np.testing.assert_allclose(value(got), wanted, rtol=1e-12, atol=1e-14)
    assert value(got).shape == np.shape(wanted)
    np.testing.assert_allclose(
        value(function(np, fg.ComplexTensor(A))), wanted, rtol=1e-12, atol=1e-14
    )
    if value(got).dtype.kind == "b" or not np.any(wanted):
        return
    # the gradient is a difference quotient
    weights = RNG.standard_normal(np.shape(wanted)) + 1j * RNG.standard_normal(np.shape(wanted))

    def real(y):
        return (np.real(y) * np.real(weights) + np.imag(y) * np.imag(weights)).sum()

    real(got).backward()
    h = 1e-6
    for part, factor in ((z.real, 1), (z.imag, 1j)):
        slope = (real(function(np, A + h * factor * B.real)) -
                 real(function(np, A - h * factor * B.real))) / (2 * h)  # fmt: skip
        found = 0.0 if part.grad is None else np.sum(part.grad.numpy() * B.real)
        np.testing.assert_allclose(found, slope, rtol=1e-6, atol=1e-7)


def test_values_have_the_attributes_of_arrays():
    z = tracked(A)
    assert (z.shape, z.ndim, z.size, len(z), z.dtype) == ((3, 4), 2, 12, 3, np.complex128)
    assert np.shape(z) == (3, 4)
    assert np.iscomplexobj(z)
    assert not np.isrealobj(z)
    assert z.requires_grad
    assert not z.detach().requires_grad
    assert z.tolist() == A.tolist()
    assert z[1, 2].item() == A[1, 2]
    assert complex(z.detach()[1, 2]) == A[1, 2]
    assert fg.ComplexTensor(A.astype(np.complex64)).dtype == np.complex64
    assert (fg.ComplexTensor(A.astype(np.complex64)) * 2.0).dtype == np.complex64
    np.testing.assert_array_equal(np.asarray(fg.ComplexTensor(A)), A)
    assert np.allclose(fg.ComplexTensor(A), A)
    assert np.sum(fg.ComplexTensor(A)).item() == pytest.approx(A.sum())


def test_methods_give_what_the_functions_of_numpy_give():
    z = tracked(A)
    np.testing.assert_allclose(value(z.abs()), np.abs(A), rtol=1e-15)
    np.testing.assert_allclose(value(z.angle()), np.angle(A), rtol=1e-14)
    assert [bool(fg.ComplexTensor(x)) for x in (0j, 1j, -0.0, [2.0])] == [False, True, False, True]
    with pytest.raises(ValueError, match="ambiguous"):
        bool(z)


def test_parts_of_other_shapes_and_dtypes_are_broadcast_and_converted():
    z = fg.ComplexTensor(fg.tensor(R.astype(np.float32), requires_grad=True), R[0])
    assert z.dtype == np.complex128
    np.testing.assert_array_equal(value(z), R.astype(np.float32) + 1j * R[0])
    assert z.real.requires_grad


def test_a_list_of_complex_values_is_one():
    z, t = tracked(A), fg.tensor(0.5, requires_grad=True)
    got = fg.ComplexTensor([[z[0, 0], 2j], [t, 1.0]])
    np.testing.assert_array_equal(value(got), [[A[0, 0], 2j], [0.5, 1.0]])
    (got.real.sum() + got.imag.sum()).backward()
    assert t.grad.item() == z.real.grad[0, 0].item() == z.imag.grad[0, 0].item() == 1.0


def test_operators_leave_what_is_no_number_to_python():
    z = tracked(A)
    for other in (None, "x", {}):
        with pytest.raises(TypeError, match="unsupported operand"):
            z + other
        assert (z == other) is False
        assert (z != other) is True


def test_infinite_values_are_close_to_themselves_alone():
    z, inf = fg.ComplexTensor(A), fg.ComplexTensor(A * 0 + np.inf)
    assert not np.isclose(z, inf).numpy().any()
    assert np.isclose(inf, inf).numpy().all()


def test_repr_shows_the_numbers_and_how_they_were_made():
    assert repr(fg.ComplexTensor([1 + 2j])) == "complextensor([1.+2.j])"
    z = fg.tensor([1.0], requires_grad=True) * 2j
    assert repr(z) == "complextensor([0.+2.j], grad_fn=<MulBackward>)"
    assert "complex64" in repr(fg.ComplexTensor(np.complex64([1j])))


def test_elements_can_be_set():
    t = fg.tensor(np.arange(6.0), requires_grad=True)
    z = fg.fft.rfft(t)
    z[2:] = 0
    z[0] = 1 - 2j
    wanted = np.fft.rfft(np.arange(6.0))
    wanted[2:] = 0
    wanted[0] = 1 - 2j
    np.testing.assert_allclose(value(z), wanted, atol=1e-14)
    (abs(z) ** 2).sum().backward()
    turn = np.exp(-2j * np.pi * np.arange(6) / 6)
    np.testing.assert_allclose(t.grad.numpy(), 2 * np.real(np.conj(turn) * wanted[1]), atol=1e-12)


def test_values_made_of_one_share_no_memory_with_it():
    z = fg.ComplexTensor(A)
    for w in (z + 1.0, 1.0 - z, z - 1.0, z.conj(), +z, z.copy(), z * 1.0):
        w[...] = 0
    np.testing.assert_array_equal(z.numpy(), A)
    z[0][1] = 7j  # a row is a view, as NumPy's
    assert z[0, 1].item() == 7j


def test_fastgrads_functions_take_complex_values():
    z = tracked(A)
    for name in ("real", "imag", "angle", "conj", "conjugate", "abs", "exp", "matmul"):
        args = (A, A.T) if name == "matmul" else (A,)
        got = getattr(fg, name)(*(z if x is A else x for x in args))
        np.testing.assert_allclose(value(got), getattr(np, name)(*args), rtol=1e-13)
    np.testing.assert_allclose(value(fg.angle(z, deg=True)), np.angle(A, deg=True))


def test_copies_and_pickles_have_the_parts():
    z = fg.ComplexTensor(A)
    for other in (copy.copy(z), copy.deepcopy(z), pickle.loads(pickle.dumps(z))):
        np.testing.assert_array_equal(other.numpy(), A)


def test_absolute_values_and_angles_of_zero_have_the_derivative_zero():
    z = tracked(np.zeros(2, complex))
    (abs(z).sum() + np.angle(z).sum()).backward()
    assert z.real.grad.tolist() == z.imag.grad.tolist() == [0.0, 0.0]


def test_quotients_of_large_and_small_numbers_stay_in_range():
    for scale in (1e-200, 1e200):
        z = tracked(A) * scale
        np.testing.assert_allclose(value(z / (B * scale)), A / B, rtol=1e-12)


# ----- recorded, transformed -----


def test_recorded_functions_may_return_complex_values():
    prog = fg.record(lambda t: np.fft.rfft(t))
    got = prog(R)
    assert isinstance(got, np.ndarray)
    np.testing.assert_allclose(got, np.fft.rfft(R), atol=1e-14)
    single = fg.record(lambda t: {"z": np.fft.rfft(t)[0]})(R[0])["z"]
    assert isinstance(single, np.complex128)
    assert single == pytest.approx(R[0].sum())
    of_tensors = prog(fg.tensor(R, requires_grad=True))
    assert isinstance(of_tensors, fg.ComplexTensor)
    assert of_tensors.requires_grad
    batched = fg.vmap(lambda t: np.fft.rfft(t))(R)
    np.testing.assert_allclose(batched, np.fft.rfft(R), atol=1e-14)


def test_arguments_may_be_complex_values_and_have_complex_gradients():
    def loss(z):
        return (abs(z) ** 2 * R).sum()

    got = fg.grad(loss)(fg.ComplexTensor(A))
    np.testing.assert_allclose(value(got), 2 * A * R)
    value_, _ = fg.value_and_grad(loss)(fg.ComplexTensor(A))
    np.testing.assert_allclose(value_, (abs(A) ** 2 * R).sum())


def test_a_gradient_needs_a_real_loss():
    with pytest.raises((TypeError, ValueError), match=r"complex.*\.real.*abs"):
        fg.grad(lambda t: np.fft.fft(t).sum())(R[0])
    with pytest.raises((TypeError, RuntimeError), match=r"\.real"):
        tracked(A).sum().backward()


def test_decisions_on_complex_values_are_guards():
    def f(t):
        z = t * 1j
        return t * 2 if z == 2j else t

    prog = fg.record(f)
    assert prog(2.0) == 4.0
    assert prog(3.0) == 3.0


# ----- refusals -----


@pytest.mark.parametrize(
    "call",
    [
        complex,
        cmath.exp,
        float,
        int,
        lambda z: z < 1,
        lambda z: z >= z,
        lambda z: z > 1,
        lambda z: z <= z,
        lambda z: z.prod(),
        lambda z: np.isclose(z, z, equal_nan=True),
        lambda z: np.einsum(z.reshape(1), [0], []),
        np.max,
        np.sort,
        np.tan,
        lambda z: np.maximum(z, 0),
        lambda z: np.prod(z),
        lambda z: np.var(z),
        lambda z: np.add(z, 1, out=np.zeros(())),
        lambda z: np.fft.fft(z.real.reshape(1), out=np.zeros(1, complex)),
        lambda z: np.sum(z, initial=1.0),
        lambda z: fg.tanh(z),
        lambda z: fg.tensor(1.0) + fg.maximum(z, 1.0),
        lambda z: np.asarray(z),
        lambda z: np.multiply.outer(z, z),
        lambda z: np.linalg.norm(z, 1),
        lambda z: np.interp(0.5, [0.0, 1.0], z),
        hash,
    ],
)
def test_what_is_not_known_is_refused_with_a_way_out(call):
    z = tracked(np.complex128(1 + 1j))
    with pytest.raises(TypeError) as error:
        call(z)
    if call is not hash and "unexpected keyword" not in str(error.value):  # of NumPy 1 itself
        assert any(way in str(error.value) for way in (".real", "real and imaginary", "abs"))


def test_numpys_functions_that_write_do_not_lose_what_they_write():
    z = fg.ComplexTensor(A)
    for write in (
        lambda z: np.copyto(z, 0.0),
        lambda z: np.put(z, 0, 0.0),
        lambda z: np.fill_diagonal(z, 0.0),
    ):
        with pytest.raises(TypeError, match=r"into a complex value.*z\[key\]"):
            write(z)
    array = np.zeros(A.shape, complex)
    np.copyto(array, z)
    np.testing.assert_array_equal(array, A)


def test_untracked_values_go_to_numpy():
    z = fg.ComplexTensor(A)
    for got, wanted in zip(np.nonzero(z), np.nonzero(A)):
        np.testing.assert_array_equal(got, wanted)
    assert np.array_equal(np.block([[z], [z]]), np.block([[A], [A]]))
    np.testing.assert_array_equal(np.sort(z).numpy(), np.sort(A))
    np.testing.assert_array_equal(np.tan(z).numpy(), np.tan(A))
    assert isinstance(np.var(z), fg.Tensor)
