"""Which stages a Fourier transform of a length has in a program, and their tables of sines.

The tables are all that the kernel `fft` does not compute: see csrc/fg_fft.h and fg_struct_fft.h.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np

MOST_FACTOR = 50  # a larger prime factor costs more than a convolution with a chirp
_FEW = 32  # length up to which rows are taken out of memory to be made together
_LONG = 1 << 15  # length above which tables are not kept: they are in a program anyway


class Plan(NamedTuple):
    """How transforms of a length are made.

    Attributes
    ----------
    length : int
        Of the transform whose stages these are: n, half of it, or that of a convolution.
    factors : tuple of int
        One a stage.
    table : ndarray of int64
        The bits of all numbers of the tables, in the order in which the kernel reads them.
    """

    length: int
    factors: tuple[int, ...]
    table: np.ndarray


def turns(k, n):
    """Return cosines and sines of 2 pi k / n, for integers k, to rounding."""
    quarter = (8 * k + n) // (2 * n)  # the nearest, so that angles of at most pi / 4 are left
    angle = (np.pi / 2) * ((4 * k - quarter * n) / n)
    c, s = np.cos(angle), np.sin(angle)
    quarter = quarter % 4
    return (
        np.choose(quarter, (c, -s, -c, s)),
        np.choose(quarter, (s, c, -s, -c)),
    )


def factors_of(n):
    """Return factors of n, of at most `MOST_FACTOR`, or None; the cheapest come first."""
    found = []
    for r in (4, 2, 3, 5, *range(7, MOST_FACTOR, 2)):
        while n % r == 0:
            found.append(r)
            n //= r
    return tuple(found) if n == 1 else None


def smooth_length(n):
    """Return the least number from n on whose prime factors are 2, 3 and 5."""
    best = 1 << max(n - 1, 0).bit_length()
    five = 1
    while five < best:
        three = five
        while three < best:
            rest = -(-n // three)
            best = min(best, three << max(rest - 1, 0).bit_length())
            three *= 3
        five *= 5
    return best


def _stage_tables(length, factors):
    left = length
    for r in factors:
        left //= r
        if r > 5:
            yield from turns(np.arange(r), r)
        for j in range(1, r):
            yield from turns(j * np.arange(left), r * left)


def _chirp(n, length):
    """Return cosines and sines of pi k^2 / n, and the transform of that chirp over `length`."""
    k = np.arange(n)
    c, s = turns(k * k, 2 * n)
    whole = np.zeros(length, np.complex128)
    whole[:n] = c + 1j * s
    whole[length - n + 1 :] = whole[1:n][::-1]
    spectrum = np.fft.fft(whole) / length
    return c, s, spectrum.real, spectrum.imag


def plan(n: int, is_real: bool) -> Plan:
    """Return the plan of a transform of n numbers.

    Parameters
    ----------
    n : int
        At least 1.
    is_real : bool
        Whether the numbers, or those that result, are real. Of an even number of them the even and
        the odd ones are parts of half as many complex ones.
    """
    return (_plan if n <= _LONG else _plan.__wrapped__)(n, is_real)


@functools.lru_cache(32)
def _plan(n, is_real):
    is_split = is_real and n % 2 == 0
    own = n // 2 if is_split else n
    factors, length = factors_of(own), own
    if factors is None:
        length = smooth_length(2 * own - 1)
        factors = factors_of(length)
    tables = list(turns(np.arange(own), n)) if is_split else []
    tables += _stage_tables(length, factors)
    if length != own:
        tables += _chirp(own, length)
    numbers = np.concatenate([np.zeros(0), *tables])
    return Plan(length, factors, numbers.view(np.int64))


def lanes_of(length: int, between: int, inner: int) -> int:
    """Return how many transforms are made at a time, of `between` rows or of `inner` columns.

    More of them fill vectors, and the cache: benchmarks/fft.py --lanes shows what is best.
    """
    if inner > 1:
        return min(inner, 8)
    return min(between, 8) if length <= _FEW else 1
