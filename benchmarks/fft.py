"""Fourier transforms in Programs beside NumPy's: times and errors, length by length.

    python benchmarks/fft.py [--rounds N] [--lanes]

A Program transforms complex, then real numbers; NumPy does the same, and the two alternate. A
ratio is the time of the Program divided by NumPy's; both include a call from Python, and the
Program's the copies of its argument and result. Errors are relative, in the norm, against a
transform in long double for rows of up to 2,000 and against NumPy's for others. With --lanes,
ratios for each number of transforms that are made at a time.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # also as `python -m benchmarks.fft`

import numpy as np
import timing

CASES = [((16,), 0), ((1000,), 0), ((1024,), 0), ((1009,), 0), ((4096,), 0), ((100_000,), 0)]
CASES += [((64, 16), 1), ((64, 1024), 1), ((64, 1000), 1), ((1024, 64), 0), ((512, 512), 1)]
CASES += [((512, 512), 0)]
LANES = (1, 2, 4, 8, 16)


def exact(z):
    """Return the transform of a row, in long double."""
    n = len(z)
    k = np.arange(n)
    angle = -2 * np.arccos(np.longdouble(-1)) * (np.outer(k, k) % n) / n
    return (np.cos(angle) + 1j * np.sin(angle)) @ z.astype(np.clongdouble)


def error(got, wanted):
    """Return the relative difference."""
    return float(np.linalg.norm(got - wanted) / np.linalg.norm(wanted))


def programs(z, axis):
    """Return calls of a program and of NumPy's function, for complex and for real numbers."""
    import fastgrad as fg
    from fastgrad import _structural as structural

    pair = np.stack((z.real, z.imag))
    x = np.ascontiguousarray(z.real)
    whole = fg.record(lambda t: structural.fft(t, pair=0, axis=axis + 1, inverse=False), pair)
    half = fg.record(lambda t: structural.rfft(t, pair=0, axis=axis + 1), x)
    return {
        "fft": (lambda: whole(pair), lambda: np.fft.fft(z, axis=axis)),
        "rfft": (lambda: half(x), lambda: np.fft.rfft(x, axis=axis)),
    }


def report(shape, axis, rounds):
    """Print a row of times, ratios and errors."""
    rng = np.random.default_rng(0)
    z = rng.standard_normal(shape) + 1j * rng.standard_normal(shape)
    cells = []
    for name, (ours, numpys) in programs(z, axis).items():
        times = timing.interleaved({"ours": ours, "numpy": numpys}, rounds)
        a, b = (1e6 * min(times[k]) for k in ("ours", "numpy"))
        cells.append(f"{name:>4} {a:9.1f} us, NumPy {b:9.1f} us, ratio {a / b:5.2f}")
        if name == "fft":
            re, im = ours()
            got, wanted = re + 1j * im, numpys()
            true = exact(z) if len(shape) == 1 and shape[0] <= 2000 else None
            errors = f"error {error(got, wanted if true is None else true):.1e}"
            errors += "" if true is None else f", NumPy {error(wanted, true):.1e}"
    print(f"{'x'.join(map(str, shape)):>9} along {axis}: {'; '.join(cells)}; {errors}", flush=True)


def report_lanes(shape, axis, rounds):
    """Print a row of ratios, one for each number of lanes."""
    from fastgrad import _struct_fft

    rng = np.random.default_rng(0)
    z = rng.standard_normal(shape) + 1j * rng.standard_normal(shape)
    kept, cells = _struct_fft.lanes_of, {"fft": [], "rfft": []}
    for lanes in LANES:
        _struct_fft.lanes_of = lambda length, between, inner, most=lanes: min(
            most, inner if inner > 1 else between
        )
        for name, (ours, numpys) in programs(z, axis).items():
            times = timing.interleaved({"ours": ours, "numpy": numpys}, rounds)
            cells[name].append(f"{min(times['ours']) / min(times['numpy']):5.2f}")
    _struct_fft.lanes_of = kept
    shown = "; ".join(f"{name} {' '.join(ratios)}" for name, ratios in cells.items())
    print(f"{'x'.join(map(str, shape)):>9} along {axis}: {shown}", flush=True)


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--lanes", action="store_true")
    given = parser.parse_args()
    print(timing.machine())
    if given.lanes:
        print("ratios with", ", ".join(map(str, LANES)), "transforms at a time")
    for shape, axis in CASES:
        if not given.lanes:
            report(shape, axis, given.rounds)
        elif len(shape) > 1:
            report_lanes(shape, axis, given.rounds)


if __name__ == "__main__":
    main()
