"""Samples of Fourier transforms, and of what is computed between them and a real number."""

import numpy as np
from sampling import S

_rng = np.random.default_rng(7)


def _array(*shape):
    return _rng.uniform(-1.0, 1.0, shape)


def _parts(z):
    return [np.real(z), np.imag(z)]


def _power(z):
    return np.abs(z) ** 2


def _phase(z):
    return np.angle(z + 3.0)


def _polar(z):
    return [np.abs(np.exp(z)), np.real(np.sqrt(z + 2.0)), np.imag(np.log(z + (2.0 + 0.5j)))]


def _rational(z):
    return _parts((z * (1 - 2j) - 1.0) / (z**2 + (3.0 + 1j)))


def _waves(z):
    return [*_parts(np.sin(z)), *_parts(np.cosh(z)), *_parts(np.reciprocal(z + (2 + 1j)))]


def _powers(z):
    return [*_parts((z + 3.0) ** 1.5), *_parts((z + 3.0) ** -2), *_parts(2.0 ** (z * 0.3))]


def _products(z):
    return _parts(np.vdot(z, z[::-1] * 1j + 2) + np.einsum("ij,ij->", z, z + 1j))


X5, X8, M = _array(5), _array(8), _array(3, 6)
D4 = _array(2, 3, 2, 4)
Z5, Z8 = _array(5) + 1j * _array(5), _array(8) + 1j * _array(8)
ZM = _array(3, 4) + 1j * _array(3, 4)
STEPS = _array(4, 12)[::2, ::-3]

SAMPLES = [
    *(S("numpy.fft.fft", _array(n)).then(_parts) for n in (1, 2, 3, 4, 7, 12)),
    S("numpy.fft.fft", _array(67)).then(_power),  # a large prime
    S("numpy.fft.rfft", _array(134)).then(_power),
    S("numpy.fft.fft", X5, 8).then(_parts),
    S("numpy.fft.fft", X5, 3).then(_parts),
    S("numpy.fft.fft", M, axis=0, norm="ortho").then(_power),
    S("numpy.fft.fft", D4, axis=1, norm="forward").then(_parts),
    S("numpy.fft.fft", STEPS).then(_power),
    S("numpy.fft.fft", np.zeros((0, 3))).then(_parts),
    S("numpy.fft.fft", X8.astype(np.float32)).then(_parts).since("numpy", 2),
    S("numpy.fft.ifft", X8).then(_power),
    S("numpy.fft.ifft", M, 5, 0, "forward").then(_parts),
    *(S("numpy.fft.rfft", _array(n)).then(_parts) for n in (1, 2, 3, 4, 7, 12)),
    S("numpy.fft.rfft", X8, 5, norm="ortho").then(_power),
    S("numpy.fft.rfft", M, axis=0).then(_phase),
    S("numpy.fft.rfft", M.astype(np.float32), 8).then(_power).since("numpy", 2),
    S("numpy.fft.irfft", X5),
    S("numpy.fft.irfft", X5, 9, norm="forward"),
    S("numpy.fft.irfft", _array(1), 1),
    S("numpy.fft.irfft", D4, 6, 1, "ortho"),
    S("numpy.fft.hfft", X5).then(np.exp),
    S("numpy.fft.hfft", M, 7, 0, "ortho"),
    S("numpy.fft.ihfft", X8).then(_parts),
    S("numpy.fft.ihfft", M, 5, norm="forward").then(_power),
    S("numpy.fft.fft2", M).then(_parts),
    S("numpy.fft.fft2", D4, (3, 2)).then(_power),
    S("numpy.fft.ifft2", D4, axes=(0, 3), norm="ortho").then(_parts),
    S("numpy.fft.fftn", D4).then(_power),
    S("numpy.fft.fftn", M, (4, -1), (1, 0)).then(_parts).since("numpy", 2),
    S("numpy.fft.fftn", M, axes=(1, 1)).then(_power),
    S("numpy.fft.ifftn", D4, axes=(1, 2, -1)).then(_power),
    S("numpy.fft.rfft2", M).then(_parts),
    S("numpy.fft.rfftn", D4, (2, 4, 3), (0, 1, 3), "ortho").then(_parts),
    S("numpy.fft.irfft2", M),
    S("numpy.fft.irfftn", D4, (3, 5), (2, 0)),
    S("numpy.fft.fftshift", M),
    S("numpy.fft.fftshift", D4, (1, 3)),
    S("numpy.fft.ifftshift", X5, 0),
    # complex values: what comes in is real times a complex constant
    S("numpy.multiply", X8, Z8).then(lambda z: _parts(np.fft.ifft(z))),
    S("numpy.multiply", X8, Z8).then(lambda z: np.fft.irfft(z)),
    S("numpy.multiply", X8, Z8).then(lambda z: np.fft.irfft(z, 13) ** 2),
    S("numpy.multiply", X5, Z5).then(lambda z: np.fft.hfft(z)),
    S("numpy.multiply", _array(3, 4), ZM).then(lambda z: np.fft.irfftn(z, (4, 5), (0, 1))),
    S("numpy.multiply", _array(3, 4), ZM).then(lambda z: _power(np.fft.fft2(z, norm="ortho"))),
    S("numpy.add", _array(3, 4), ZM).then(_polar),
    S("numpy.subtract", _array(4), ZM).then(_rational),
    S("numpy.divide", _array(3, 4), ZM).then(_waves),
    S("numpy.multiply", _array(3, 4), ZM).then(_powers),
    S("numpy.matmul", _array(2, 3), ZM).then(lambda z: _power(z @ np.conj(z).T)),
    S("numpy.fft.rfft", X8).then(lambda z: np.fft.irfft(z * np.linspace(1, 0, 5))),
    S("numpy.fft.rfft", X8).then(lambda z: np.fft.irfft(z * np.conj(z))),
    S("numpy.fft.rfft", X8).then(lambda z: _parts(np.concatenate([z[1:3], z[::-1]]).reshape(7, 1))),
    S("numpy.fft.fft", X8).then(lambda z: _parts(np.fft.fftshift(z).mean() + z.sum() + 1j)),
    S("numpy.fft.fft", M).then(lambda z: np.linalg.norm(z)),
    S("numpy.fft.fft", M).then(_products),
    S("numpy.fft.fft", M).then(lambda z: _parts(np.where(M > 0, z, 1j * z.T.T))),
    # SciPy's
    *(  # whose orthogonal sines were not, before
        S(f"scipy.fft.{name}", _array(2, n), kind, norm=norm).since(
            "scipy", 1, 12 * (norm == "ortho")
        )
        for name in ("dct", "idct", "dst", "idst")
        for kind, n in ((1, 5), (2, 4), (2, 5), (3, 4), (4, 3))
        for norm in (None, "ortho", "forward")
    ),
    S("scipy.fft.dct", M, 2, 8, 0, "ortho"),
    S("scipy.fft.dst", M, 3, 4, orthogonalize=True).since("scipy", 1, 12),
    S("scipy.fft.rfft", X8, 6).then(_power),
]
