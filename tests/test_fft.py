"""Fourier transforms: laws that hold of them, programs, dispatch from NumPy and SciPy, refusals."""

import numpy as np
import pytest
import scipy.fft
from hypothesis import given, settings
from hypothesis import strategies as st

import fastgrad as fg
import fastgrad.numpy as fnp
import fastgrad.scipy.fft as sfft
from fastgrad import _structural as structural
from fastgrad._fft_tables import factors_of, plan, smooth_length, turns


def numbers(n, seed=0):
    return np.random.default_rng(seed).standard_normal(n)


# ----- laws -----

lengths = st.integers(1, 150)


@settings(max_examples=60, deadline=None)
@given(lengths, st.integers(0, 99))
def test_the_energy_of_a_signal_is_that_of_its_spectrum(n, seed):
    x = fg.tensor(numbers(n, seed), requires_grad=True)
    energy = (abs(fg.fft.fft(x, norm="ortho")) ** 2).sum()
    np.testing.assert_allclose(energy.item(), np.sum(numbers(n, seed) ** 2), rtol=1e-12)
    energy.backward()
    np.testing.assert_allclose(x.grad.numpy(), 2 * x.detach().numpy(), atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(lengths, st.integers(-3, 160))
def test_a_shift_turns_the_spectrum(n, shift):
    x = fg.tensor(numbers(n), requires_grad=True)
    turned = fg.fft.fft(x) * np.exp(-2j * np.pi * shift * np.fft.fftfreq(n))
    moved = fg.fft.ifft(turned)
    np.testing.assert_allclose(moved.detach().real.numpy(), np.roll(numbers(n), shift), atol=1e-11)
    weights = numbers(n, 1)
    (moved.real * weights).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), np.roll(weights, -shift), atol=1e-11)


@settings(max_examples=40, deadline=None)
@given(lengths, st.booleans())
def test_the_transposed_transform_is_the_gradient(n, inverse):
    z, w = numbers((2, n), 1), numbers((2, n), 2)
    there = structural.fft(z, pair=0, axis=1, inverse=inverse)
    back = structural.fft(w, pair=0, axis=1, inverse=not inverse)
    np.testing.assert_allclose((there * w).sum().item(), (back * z).sum().item(), rtol=1e-9)


@settings(max_examples=40, deadline=None)
@given(lengths)
def test_half_of_a_spectrum_gives_the_signal_back(n):
    x = fg.tensor(numbers(n), requires_grad=True)
    y = fg.fft.irfft(fg.fft.rfft(x), n)
    np.testing.assert_allclose(y.detach().numpy(), numbers(n), atol=1e-13)
    (y * numbers(n, 1)).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), numbers(n, 1), atol=1e-13)


def test_convolution_is_a_product_of_spectra():
    a, b = numbers(7, 1), numbers(5, 2)

    def loss(a, b):
        return fg.sum(fg.fft.irfft(fg.fft.rfft(a, 11) * fg.fft.rfft(b, 11), 11) ** 2)

    def direct(a, b):
        return fg.sum(np.convolve(a, b) ** 2)

    for got, wanted in zip(fg.grad(loss, (0, 1))(a, b), fg.grad(direct, (0, 1))(a, b)):
        np.testing.assert_allclose(got, wanted, rtol=1e-12)


def test_imaginary_parts_that_irfft_ignores_have_no_gradient():
    for n, last in ((8, 4), (7, 3)):
        im = fg.tensor(numbers(n // 2 + 1), requires_grad=True)
        y = fg.fft.irfft(fg.ComplexTensor(numbers(n // 2 + 1, 1), im), n)
        (y**2).sum().backward()
        assert im.grad[0].item() == 0.0
        assert (im.grad[last].item() == 0.0) == (n % 2 == 0)


# ----- programs -----


@pytest.mark.parametrize("n", [1, 2, 3, 16, 30, 49, 97, 194, 1009, 2018, 3000])
def test_programs_give_what_numpy_gives(n):
    rows, columns = numbers((3, n), 1), numbers((n, 7), 2)
    for x, axis in ((rows, 1), (columns, 0), (rows[0], 0)):
        both = fg.record(lambda t, a=axis: (fg.fft.fft(t, axis=a), fg.fft.rfft(t, axis=a)), x)
        full, half = both(x)
        for got, wanted in ((full, np.fft.fft(x, axis=axis)), (half, np.fft.rfft(x, axis=axis))):
            assert got.dtype == np.complex128
            assert np.linalg.norm(got - wanted) <= 1e-15 * np.log2(n + 2) * np.linalg.norm(wanted)
        back = fg.record(lambda t, a=axis: fg.fft.irfft(fg.fft.rfft(t, axis=a), n, a), x)
        np.testing.assert_allclose(back(x), x, atol=1e-14)


def test_programs_of_floats_stay_floats():
    x = numbers((5, 12)).astype(np.float32)
    prog = fg.record(
        lambda t: fg.fft.irfft(fg.fft.rfft(t) * fg.fft.rfftfreq(12).astype(np.float32)), x
    )
    got = prog(x)
    assert got.dtype == np.float32
    wanted = np.fft.irfft(np.fft.rfft(x) * np.fft.rfftfreq(12))
    np.testing.assert_allclose(got, wanted, atol=1e-6)


def test_batches_of_transforms_are_transforms_of_batches():
    points = numbers((6, 20))

    def loss(x):
        return (abs(fg.fft.rfft(x)) ** 2 * fg.fft.rfftfreq(20)).sum()

    got = fg.vmap(fg.grad(loss))(points)
    for k, x in enumerate(points):
        np.testing.assert_allclose(got[k], fg.grad(loss)(x), rtol=1e-12)


def test_the_hessian_of_a_power_spectrum_is_right():
    w = np.array([1.0, 2.0, 0.5, 3.0])

    def loss(x):
        return (w * abs(fg.fft.rfft(x)) ** 2).sum()

    x, n = numbers(6), 6
    turn = np.exp(-2j * np.pi * np.outer(np.arange(4), np.arange(n)) / n)
    wanted = 2 * np.real(np.conj(turn).T @ np.diag(w) @ turn)
    np.testing.assert_allclose(fg.hessian(loss)(x), wanted, atol=1e-12)
    np.testing.assert_allclose(fg.hvp(loss, (x,), (x,)), wanted @ x, atol=1e-12)


def test_the_jacobian_of_a_transform_is_its_matrix():
    x = numbers(5)
    got = fg.jacobian(lambda x: fg.fft.fft(x).imag)(x)
    angle = -2 * np.pi * np.outer(np.arange(5), np.arange(5)) / 5
    np.testing.assert_allclose(got, np.sin(angle), atol=1e-14)
    np.testing.assert_allclose(fg.jacfwd(lambda x: fg.fft.fft(x).imag)(x), got, atol=1e-14)


def test_a_saved_program_transforms_as_before(tmp_path):
    x = numbers(34)
    prog = fg.record(lambda x: (abs(fg.fft.rfft(x)) ** 2).sum(), x)
    prog.save(tmp_path / "p.fg")
    assert fg.load(tmp_path / "p.fg")(x) == prog(x)


def test_checkpoint_takes_transforms():
    x = fg.tensor(numbers(9), requires_grad=True)
    fg.checkpoint(lambda x: (abs(fg.fft.fft(x)) ** 4).sum())(x).backward()
    y = fg.tensor(numbers(9), requires_grad=True)
    (abs(fg.fft.fft(y)) ** 4).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), y.grad.numpy())


# ----- tables -----


def test_turns_are_right_to_rounding():
    mpmath = pytest.importorskip("mpmath")
    for n in (1, 3, 7, 12, 1000, 1009):
        k = np.arange(0, 3 * n, max(1, n // 50))
        for got, f in zip(turns(k, n), (mpmath.cospi, mpmath.sinpi)):
            with mpmath.workprec(80):
                exact = [float(f(mpmath.mpf(2 * int(j)) / n)) for j in k]
            np.testing.assert_allclose(got, exact, rtol=0, atol=1.2e-16)


def test_factors_multiply_to_the_length_and_large_ones_have_none():
    for n in range(1, 2000):
        found = factors_of(n)
        assert found is None or np.prod(found, dtype=int) == n
        assert max(plan(n, False).factors, default=1) < 50
    assert factors_of(53) is None
    for n in range(1, 300):
        least = min(m for m in range(n, 2 * n + 1) if max(factors_of(m) or (99 * (m > 1),)) <= 5)
        assert smooth_length(n) == least


# ----- NumPy and SciPy -----


def test_numpys_functions_dispatch_and_record():
    x = fg.tensor(numbers(8), requires_grad=True)
    y = np.fft.rfft(x)
    assert isinstance(y, fg.ComplexTensor)
    assert isinstance(np.fft.fftshift(y), fg.ComplexTensor)
    assert isinstance(np.fft.irfft(y), fg.Tensor)
    assert isinstance(np.fft.fft(fg.tensor(numbers(8))), np.ndarray)  # nothing is tracked
    assert isinstance(fnp.fft.fft(numbers(8)), fg.ComplexTensor)


def test_lists_of_tensors_are_transformed():
    x = numbers(4)
    got = fg.grad(lambda x: (abs(np.fft.fft([x[0], x[1], x[2], x[3]])) ** 2).sum())(x)
    np.testing.assert_allclose(got, 8 * x)


def test_scipys_functions_are_recorded():
    x = numbers(8)
    got = fg.grad(
        lambda x: (abs(scipy.fft.rfft(x, workers=1)) ** 2).sum() + scipy.fft.dct(x).sum()
    )(x)
    wanted = fg.grad(lambda x: (abs(fg.fft.rfft(x)) ** 2).sum() + fg.fft.dct(x).sum())(x)
    np.testing.assert_allclose(got, wanted)
    assert isinstance(scipy.fft.rfft(x), np.ndarray)
    of_arrays = fg.record(lambda t: t * scipy.fft.dct(x), x)  # the data is left to SciPy
    np.testing.assert_array_equal(of_arrays(x), x * scipy.fft.dct(x))
    with pytest.raises(TypeError, match=r"fastgrad\.fft"):
        fg.grad(lambda x: scipy.fft.fht(x, 0.1, 0.0).sum())(x)


def test_scipys_functions_refuse_what_is_tracked_outside_of_recordings():
    x = fg.tensor(numbers(8), requires_grad=True)
    with pytest.raises((TypeError, RuntimeError), match=r"fastgrad\.scipy\.fft"):
        scipy.fft.rfft(x)
    assert isinstance(sfft.rfft(x), fg.ComplexTensor)
    assert isinstance(sfft.rfft(numbers(8)), np.ndarray)


def test_frequencies_may_depend_on_a_tracked_spacing():
    d = fg.tensor(0.5, requires_grad=True)
    fg.fft.fftfreq(4, d)[1].backward()
    assert d.grad.item() == -1.0
    np.testing.assert_array_equal(fg.fft.fftfreq(7, 0.3).numpy(), np.fft.fftfreq(7, 0.3))
    np.testing.assert_array_equal(fg.fft.rfftfreq(7, 0.3).numpy(), np.fft.rfftfreq(7, 0.3))


# ----- bad input -----


@pytest.mark.parametrize("name", ["fft", "ifft", "rfft", "irfft", "hfft", "ihfft"])
def test_no_point_raises_as_numpy(name):
    for call in (lambda f: f(np.zeros(0)), lambda f: f(np.ones(3), 0), lambda f: f(np.ones(3), -2)):
        with pytest.raises(ValueError) as wanted:
            call(getattr(np.fft, name))
        with pytest.raises(ValueError) as got:
            call(getattr(fg.fft, name))
        assert str(wanted.value).split(".")[0] in str(got.value)


def test_wrong_arguments_raise_as_numpy():
    x = np.ones((2, 3))
    for call in (
        lambda m: m.fft(x, axis=2),
        lambda m: m.fft(x, norm="both"),
        lambda m: m.fftn(x, (2, 3), (0,)),
        lambda m: m.rfft(x * 1j),
        lambda m: m.fft(x, 2.5),
        lambda m: m.fft(1.0),
        lambda m: m.fftn(x, axes=(5,)),
    ):
        with pytest.raises(Exception) as wanted:
            call(np.fft)
        is_warned = wanted.type is np.exceptions.ComplexWarning  # by an older NumPy
        with pytest.raises(TypeError if is_warned else wanted.type):
            call(fg.fft)


def test_infinities_and_nans_pass():
    for x in ([np.inf, 1.0, 2.0], [1.0, np.nan], [0.0, np.inf, np.nan, 1.0]):
        got = fg.record(lambda t: fg.fft.fft(t), np.ones(len(x)))(np.array(x))
        with np.errstate(all="ignore"):
            wanted = np.fft.fft(x)
        np.testing.assert_array_equal(np.isfinite(got), np.isfinite(wanted))


def test_parameters_from_a_file_are_checked():
    z = fg.tensor(np.ones((2, 4)), requires_grad=True)
    for op, params in (
        (structural.fft, {"pair": 1, "axis": 0, "inverse": False}),
        (structural.fft, {"pair": 0, "axis": 1, "inverse": 1}),
        (structural.fft, {"pair": 0, "axis": 2, "inverse": True}),
        (structural.irfft, {"pair": 0, "axis": 1, "n": 5}),
        (structural.irfft, {"pair": 0, "axis": 1, "n": 6.0}),
        (structural.rfft, {"pair": 2, "axis": 2}),
    ):
        with pytest.raises((TypeError, ValueError, IndexError)):
            op.infer(z, **params)
    with pytest.raises(ValueError):
        structural.fft.infer(fg.tensor(np.ones((3, 4))), pair=0, axis=1, inverse=True)
    with pytest.raises(TypeError):
        structural.fft.infer(fg.tensor(np.ones((2, 4), int)), pair=0, axis=1, inverse=True)
