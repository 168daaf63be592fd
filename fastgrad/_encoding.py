"""Values and containers as bytes, and back. Reading takes nothing on trust and never runs code.

A value is one letter and what belongs to it; lengths and numbers are little-endian:

    N T F E   None, True, False, ...         s b       length, UTF-8 text or bytes
    i         length, two's complement       t         length, that many values
    f         the eight bytes of a double    l         slice: start, stop, step
    d         dtype: length, name            x         number of an object that is kept elsewhere

A block is the letters of a dtype, a length, and the numbers one after the other.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

from ._graph import CODES

MOST_NESTED = 50  # tuples in tuples
LONGEST_INT = 1024  # bytes
_DTYPES = {dtype.name: dtype for dtype in CODES}
_CONSTANTS = {b"N": None, b"T": True, b"F": False, b"E": Ellipsis}
_LETTERS = {type(value): letter for letter, value in _CONSTANTS.items() if type(value) is not bool}
_LENGTH = struct.Struct("<Q")
_DOUBLE = struct.Struct("<d")
_BLOCKS = ("u1", "u2", "u4", "i4", "f8")


class Writer:
    """Collects bytes.

    Parameters
    ----------
    elsewhere : list, optional
        Where objects go that bytes cannot hold. Without it they are refused.
    """

    def __init__(self, elsewhere: list | None = None) -> None:
        self.out = bytearray()
        self.elsewhere = elsewhere

    def length(self, n: int) -> None:
        """Write a length or a number that is not negative."""
        self.out += _LENGTH.pack(n)

    def _bytes(self, letter, data):
        self.out += letter
        self.length(len(data))
        self.out += data

    def value(self, x: Any, depth: int = 0) -> None:
        """Write a value.

        Raises
        ------
        TypeError
            If it is none that bytes can hold.
        ValueError
            If tuples are nested too deep, or an int is too long.
        """
        kind = type(x)
        if kind in _LETTERS:
            self.out += _LETTERS[kind]
        elif kind is bool:
            self.out += b"T" if x else b"F"
        elif kind is int:
            size = x.bit_length() // 8 + 1
            if size > LONGEST_INT:
                raise ValueError(f"an int of {size} bytes; a file holds at most {LONGEST_INT}")
            self._bytes(b"i", x.to_bytes(size, "little", signed=True))
        elif kind is float:
            self.out += b"f" + _DOUBLE.pack(x)
        elif kind is str:
            self._bytes(b"s", x.encode("utf-8", "surrogatepass"))
        elif kind is bytes:
            self._bytes(b"b", x)
        elif kind is tuple:
            if depth >= MOST_NESTED:
                raise ValueError(f"tuples are nested deeper than {MOST_NESTED} levels")
            self.out += b"t"
            self.length(len(x))
            for e in x:
                self.value(e, depth + 1)
        elif kind is slice:
            self.out += b"l"
            for e in (x.start, x.stop, x.step):
                self.value(e, depth + 1)
        elif isinstance(x, np.dtype) and x in CODES:
            self._bytes(b"d", x.name.encode())
        else:
            self.other(x)

    def other(self, x: Any) -> None:
        """Write the number of an object that is kept elsewhere."""
        if self.elsewhere is None:
            raise TypeError(
                f"{x!r:.60} is a {type(x).__name__}, and a file holds only int, float, bool, str, "
                "bytes, None and tuples of them"
            )
        self.out += b"x"
        self.length(len(self.elsewhere))
        self.elsewhere.append(x)

    def block(self, x: np.ndarray, letters: str | None = None) -> None:
        """Write an array with one axis; of unsigned integers if no letters say as what."""
        if letters is None:
            largest = int(x.max(initial=0))
            letters = "u1" if largest < 2**8 else "u2" if largest < 2**16 else "u4"
        self.out += letters.encode()
        self.length(len(x))
        self.out += x.astype("<" + letters).tobytes()


class Reader:
    """Takes bytes apart; each method raises ValueError if they are not what it reads.

    Parameters
    ----------
    data : bytes_like
        Bytes.
    elsewhere : sequence
        The objects that a `Writer` put elsewhere.
    """

    def __init__(self, data: memoryview, elsewhere: tuple = ()) -> None:
        self.data, self.at, self.elsewhere = data, 0, elsewhere

    def take(self, n: int) -> memoryview:
        """Return the next n bytes."""
        if n > len(self.data) - self.at:
            raise ValueError(f"{n} more bytes are wanted, there are {len(self.data) - self.at}")
        self.at += n
        return self.data[self.at - n : self.at]

    def length(self) -> int:
        """Return a number that is not negative."""
        return _LENGTH.unpack(self.take(8))[0]

    def value(self, depth: int = 0) -> Any:
        """Return a value."""
        letter = bytes(self.take(1))
        if letter in _CONSTANTS:
            return _CONSTANTS[letter]
        if letter == b"i":
            size = self.length()
            if size > LONGEST_INT:
                raise ValueError(f"an int of {size} bytes")
            return int.from_bytes(self.take(size), "little", signed=True)
        if letter == b"f":
            return _DOUBLE.unpack(self.take(8))[0]
        if letter == b"s":
            return bytes(self.take(self.length())).decode("utf-8", "surrogatepass")
        if letter == b"b":
            return bytes(self.take(self.length()))
        if letter in b"tl":
            n = self.length() if letter == b"t" else 3
            if n > len(self.data) - self.at or depth > MOST_NESTED:
                raise ValueError(f"a tuple of {n} at depth {depth} does not fit")
            found = tuple([self.value(depth + 1) for _ in range(n)])
            return found if letter == b"t" else _slice(*found)
        if letter == b"d":
            name = bytes(self.take(self.length())).decode()
            if name not in _DTYPES:
                raise ValueError(f"{name!r:.40} is no dtype of Tensors")
            return _DTYPES[name]
        if letter == b"x":
            n = self.length()
            if n >= len(self.elsewhere):
                raise ValueError(f"object {n} of {len(self.elsewhere)}")
            return self.elsewhere[n]
        raise ValueError(f"{letter!r} starts no value")

    def typed(self, kind: type) -> Any:
        """Return a value of one type."""
        return of_type(self.value(), kind)

    def block(self, dtype: Any, most: int | None = None) -> np.ndarray:
        """Return a new array with one axis, whose numbers a dtype holds, none above `most`."""
        letters = bytes(self.take(2)).decode("ascii", "replace")
        wanted = np.dtype(dtype)
        if (
            letters not in _BLOCKS
            or (letters == "f8") != (wanted.kind == "f")
            or (letters == "i4" and wanted.kind != "i")
        ):
            raise ValueError(f"{letters!r} are no numbers for {wanted}")
        n, size = self.length(), int(letters[1])
        if n > (len(self.data) - self.at) // size:
            raise ValueError(f"{n} numbers do not fit into {len(self.data) - self.at} bytes")
        x = np.frombuffer(self.take(n * size), "<" + letters)
        largest = np.iinfo(wanted).max if wanted.kind in "iu" else None
        if largest is not None and n and int(x.max()) > (largest if most is None else most):
            raise ValueError(f"the number {x.max()} is too large")
        return x.astype(wanted)

    def end(self) -> None:
        """Check that nothing is left."""
        if self.at != len(self.data):
            raise ValueError(f"{len(self.data) - self.at} bytes are left over")


def of_type(x: Any, kind: type) -> Any:
    """Return a value that has to be of one type."""
    if type(x) is not kind:
        raise ValueError(f"a {kind.__name__} is wanted, there is a {type(x).__name__}")
    return x


def _slice(start, stop, step):
    if any(type(e) not in (int, type(None)) for e in (start, stop, step)):
        raise ValueError("a slice has ends that are no integers")
    return slice(start, stop, step)
