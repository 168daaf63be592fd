"""Programs as bytes, and back: a format with a version, whose reader trusts nothing.

    magic | version | flags | length | digest | head | streams

The length is that of all bytes, the digest is that of all others. The head is one value: name,
containers, static values, names of rows and structural ops, types, places. The streams are those of
`_flat`, then outputs and guards. Ops go by name, so a later version may number them anew.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from . import _structural as structural
from ._checks import shape_of
from ._containers import container_values, structure_of
from ._encoding import Reader, Writer, of_type
from ._flat import STREAMS, from_streams, name_call, to_streams
from ._grad_fn import CALL, CONST, ITEM, LEAF, PACK
from ._graph import Graph
from ._ops import CODES, ROWS
from ._recording import Structural
from ._recordings import Recording
from ._tree import LEAF as ONE_LEAF
from ._tree import Structure, _Container

MAGIC = b"\x89fastgrad\r\n\x1a\n\x00\x00\x00"
VERSION = 1
WITH_OBJECTS = 1  # flag: a pickle holds what bytes cannot
DIGEST = 16
MOST_TYPES = 2**15

_HEAD = struct.Struct(f"<{len(MAGIC)}sIIQ{DIGEST}s")
_KINDS = (LEAF, CONST, ITEM, PACK, CALL)  # by their codes in a file; rows follow
_STRUCTURAL = {op.name: op for op in vars(structural).values() if isinstance(op, Structural)}
_ERRORS = (ArithmeticError, LookupError, RecursionError, TypeError, ValueError)


# ----- to bytes -----


def to_bytes(recording: Recording, key: tuple, elsewhere: list | None = None) -> bytes:
    """Return a recording and its signature as bytes.

    Parameters
    ----------
    recording : Recording
        Without captured Tensors.
    key : tuple
        Structure and signature of the arguments.
    elsewhere : list, optional
        Gets the objects that bytes cannot hold, for a pickle. Without it they are refused.

    Raises
    ------
    TypeError
        If the program has such an object.
    """
    out = Writer(elsewhere)
    graph = recording.graph
    streams, all_types = to_streams(graph)
    op, type_ = streams["op"], streams["type"]
    is_row = op < len(ROWS)
    rows = sorted(ROWS[code]["name"] for code in np.unique(op[is_row]).tolist())
    codes = np.zeros(256, np.uint8)
    for k, code in enumerate((*_KINDS, *(CODES[name] for name in rows))):
        codes[code] = k
    used = _in_order_of_use(type_, len(all_types))
    numbers = np.zeros(len(all_types), np.int32)
    numbers[used] = np.arange(len(used))
    if len(used) > MOST_TYPES:
        raise ValueError(f"a file holds arrays of {MOST_TYPES} shapes, the program has {len(used)}")
    guards = [(int(node), int(expected)) for node, expected, _ in graph.guards]
    places, guard_places = _with_places(graph.places, [place for _, _, place in graph.guards])
    files = list(dict.fromkeys(file for file, _ in places))
    structures = [*recording.argument_structures, _keyword_structure(recording, key)]
    out.value((
        recording.name,
        tuple(_structure_values(s, out, "an argument") for s in structures),
        _structure_values(recording.result, out, "the result"),
        tuple(rows),
        tuple(all_types[number] for number in used.tolist()),
        tuple(files),
    ))  # fmt: skip
    _write_leaves(out, key)
    _write_calls(out, graph)
    line = streams["line"]
    line[line >= len(places)] = 0
    streams["op"], streams["type"] = codes[op], numbers[type_]
    for name in STREAMS:
        out.block(streams[name], "f8" if name == "value" else None)
    indices = {file: k for k, file in enumerate(files)}
    out.block(np.array([indices[file] for file, _ in places], np.int64))
    out.block(np.array([line for _, line in places], np.int64))
    out.block(np.array(graph.outputs, np.int64))
    for column in (*zip(*guards), guard_places) if guards else ((), (), ()):
        out.block(np.array(column, np.int64))
    return sealed(bytes(out.out), 0 if elsewhere is None else WITH_OBJECTS)


def sealed(body: bytes, flags: int = 0, version: int = VERSION) -> bytes:
    """Return bytes behind a header that says how many there are and what they are."""
    length = _HEAD.size + len(body)
    digest = _digest(_HEAD.pack(MAGIC, version, flags, length, bytes(DIGEST)), body)
    return _HEAD.pack(MAGIC, version, flags, length, digest) + body


def _digest(head, body):
    made = hashlib.blake2b(head, digest_size=DIGEST)
    made.update(body)
    return made.digest()


def _in_order_of_use(type_, n_types):
    """Return the numbers of the types that are used, the two that every graph has first."""
    found, first = np.unique(type_, return_index=True)
    found = found[np.argsort(first)]
    return np.concatenate(([0, 1], found[found > 1])).astype(np.int64)


def _with_places(places, wanted):
    """Return places as a list that has those of the guards too, and their numbers."""
    known = {place: k for k, place in reversed(list(enumerate(places)))}
    places = list(places)
    for place in wanted:
        if place not in known:
            known[place] = len(places)
            places.append(place)
    return places, [known[place] for place in wanted]


def _structure_values(structure, out, what):
    """Return the tokens of a structure as values; objects stand for what files do not have."""
    values = []
    for token in structure.tokens:
        if type(token) is _Container and out.elsewhere is not None and not _is_builtin(token):
            values.append(token)
            continue
        try:
            values.append(token if type(token) is int else container_values(token))
        except TypeError as error:
            raise TypeError(f"{what} of this program cannot be saved: {error}") from None
    return tuple(values)


def _is_builtin(token):
    return token.type in (list, tuple, type(None)) or (
        token.type is dict and all(type(name) is str for name in token.names)
    )


def _keyword_structure(recording, key):
    """Return the structure of the keyword arguments: what comes after the positional ones."""
    structure, _ = key
    tokens = _argument_tokens(recording.argument_structures)
    return Structure(structure.tokens[len(tokens) :])


def _argument_tokens(structures: Sequence[Structure]) -> list:
    """Return the first tokens of (args, kwargs): all before those of kwargs."""
    tokens: list[Any] = [_Container(tuple, 2), _Container(tuple, len(structures))]
    leaves = 0
    for structure in structures:
        if structure == ONE_LEAF:
            leaves += 1
            continue
        tokens += [leaves, *structure.tokens] if leaves else structure.tokens
        leaves = 0
    return [*tokens, leaves] if leaves else tokens


def _write_leaves(out, key):
    """Write for each leaf of the arguments whether it is recorded, and its value if it is not."""
    pairs = list(zip(key[1][::2], key[1][1::2]))
    out.length(len(pairs))
    for k, (first, value) in enumerate(pairs):
        out.value(not isinstance(first, type))
        if not isinstance(first, type):
            continue
        try:
            out.value(value)
        except TypeError as error:
            raise TypeError(
                f"leaf {k} of the arguments is static, and its value cannot be saved: {error}. "
                "Hand it to the function by a closure, or pickle the program"
            ) from None


def _write_calls(out, graph):
    out.length(len(graph.calls))
    for op, params in graph.calls:
        if _STRUCTURAL.get(op.name) is op:
            out.value(op.name)
        elif out.elsewhere is None:
            raise TypeError(
                f"this program uses {op.name}, which is made of Python functions, and a file holds "
                "no code: record without it, or pickle the program"
            )
        else:
            out.other(op)
        out.value(tuple(params))
        for value in params.values():
            out.value(value)


# ----- from bytes -----


def from_bytes(
    data: bytes, types: Mapping[str, type] | None = None, elsewhere: Iterable[Any] | None = None
) -> tuple[Recording, tuple]:
    """Return the recording and the signature of bytes that anyone may have written.

    Parameters
    ----------
    data : bytes
        As `to_bytes` gives them.
    types : mapping, optional
        Classes of named tuples and dataclasses by name.
    elsewhere : iterable, optional
        The objects of a pickle.

    Raises
    ------
    ValueError
        If the bytes are not a program.
    """
    body = opened(data, elsewhere is not None)
    try:
        return _read(Reader(body, tuple(elsewhere or ())), types)
    except _ERRORS as error:
        raise ValueError(f"not a fastgrad program that can be used: {error}") from error


def opened(data: bytes, with_objects: bool = False) -> memoryview:
    """Return what is behind the header, if the header is right about it."""
    if len(data) < _HEAD.size or data[: len(MAGIC)] != MAGIC:
        raise ValueError(
            "not a fastgrad program: it does not start as the files of Program.save do; was it "
            "copied as text, or is it a file of another kind?"
        )
    _, version, flags, length, digest = _HEAD.unpack_from(data)
    if version > VERSION:
        raise ValueError(
            f"a newer fastgrad saved this program, in version {version} of the format; this one "
            f"reads up to version {VERSION}: upgrade fastgrad (pip install -U fastgrad)"
        )
    if length != len(data):
        raise ValueError(
            f"this fastgrad program is damaged: it has {len(data)} bytes and should have {length}; "
            "copy or save it again"
        )
    body = memoryview(data)[_HEAD.size :]
    if digest != _digest(_HEAD.pack(MAGIC, version, flags, length, bytes(DIGEST)), body):
        raise ValueError("this fastgrad program is damaged: its checksum differs; save it again")
    if version < 1 or flags != (WITH_OBJECTS if with_objects else 0):
        raise ValueError(
            "this fastgrad program is no file of Program.save; is it part of a pickle?"
        )
    return body


def _read(reader: Reader, types: Mapping[str, type] | None) -> tuple[Recording, tuple]:
    name, packed, result_values, rows, shapes, files = reader.typed(tuple)
    *each, keywords = (structure_of(values, types) for values in of_type(packed, tuple))
    result = structure_of(result_values, types)
    recorded, static = _read_leaves(reader)
    calls = _read_calls(reader)
    streams = {stream: reader.block(dtype) for stream, dtype in STREAMS.items()}
    places = _read_places(reader, files)
    outputs = reader.block(np.int32)
    guards = [reader.block(np.int32) for _ in range(3)]
    reader.end()
    streams["op"] = _codes(of_type(rows, tuple), streams["op"])
    if len(streams["line"]) and int(streams["line"].max()) >= len(places):
        raise ValueError("a node is from a line that is not there")
    graph = from_streams(_types(of_type(shapes, tuple)), streams)
    graph.places = places
    _name_calls(graph, np.flatnonzero(streams["op"] == CALL).tolist(), calls)
    _set_outputs(graph, outputs, guards, streams)
    if result.n_leaves != len(outputs):
        raise ValueError(f"{len(outputs)} outputs for a result of {result.n_leaves} leaves")
    return _recording(of_type(name, str), graph, each, keywords, result, recorded, static)


def _codes(names: tuple, op: np.ndarray) -> np.ndarray:
    """Return op codes of this version for those of the file."""
    unknown = [row for row in names if type(row) is not str or row not in CODES]
    if unknown:
        raise ValueError(
            f"it uses the op {unknown[0]!r:.60}, which this fastgrad does not have: upgrade it"
        )
    codes = np.array([*_KINDS, *(CODES[row] for row in names)], np.uint8)
    if len(op) and int(op.max()) >= len(codes):
        raise ValueError("a node has an op that is not listed")
    return codes[op]


def _types(pairs: tuple) -> list:
    """Return types by number."""
    if len(pairs) > MOST_TYPES:
        raise ValueError(f"{len(pairs)} types, at most {MOST_TYPES} are read")
    types = []
    for pair in pairs:
        dtype, shape = of_type(pair, tuple)
        if not isinstance(dtype, np.dtype):
            raise ValueError("a type without a dtype")
        types.append((dtype, shape_of(shape)))
    return types


def _read_leaves(reader: Reader) -> tuple[list[bool], list]:
    recorded, static = [], []
    for _ in range(_few(reader)):
        recorded.append(reader.typed(bool))
        static.append(None if recorded[-1] else reader.value())
    return recorded, static


def _read_calls(reader: Reader) -> list[tuple[Structural, dict]]:
    calls = []
    for _ in range(_few(reader)):
        op = reader.value()
        if type(op) is str:
            if op not in _STRUCTURAL:
                raise ValueError(
                    f"it uses the op {op!r:.60}, which this fastgrad does not have: upgrade it"
                )
            op = _STRUCTURAL[op]
        if not isinstance(op, Structural):
            raise ValueError(f"a structural op is wanted, there is a {type(op).__name__}")
        names = reader.typed(tuple)
        calls.append((op, {of_type(n, str): reader.value() for n in names}))
    return calls


def _few(reader: Reader) -> int:
    """Return a number of things, each of which takes a byte at least."""
    n = reader.length()
    if n > len(reader.data) - reader.at:
        raise ValueError(f"{n} things do not fit into {len(reader.data) - reader.at} bytes")
    return n


def _read_places(reader: Reader, files: Any) -> list[tuple[str, int]]:
    names = [of_type(file, str) for file in of_type(files, tuple)]
    indices, lines = reader.block(np.int32, len(names) - 1), reader.block(np.int64)
    if len(indices) != len(lines) or not len(lines):
        raise ValueError("places without files or lines")
    return [(names[k], line) for k, line in zip(indices.tolist(), lines.tolist())]


def _name_calls(graph: Graph, nodes: list[int], calls: list[tuple[Structural, dict]]) -> None:
    if len(nodes) != len(calls):
        raise ValueError(f"{len(calls)} structural ops for {len(nodes)} nodes")
    for node, (op, params) in zip(nodes, calls):
        name_call(graph, node, op, params)


def _set_outputs(
    graph: Graph, outputs: np.ndarray, guards: list[np.ndarray], streams: dict
) -> None:
    """Set outputs and guards: (node, what it has to be, where), in the order of the nodes."""
    nodes, expected, where = guards
    if not len(nodes) == len(expected) == len(where):
        raise ValueError("guards without values or places")
    for named in (outputs, nodes, expected):
        if len(named) and not 0 <= int(named.min()) <= int(named.max()) < len(graph):
            raise ValueError("an output or a guard is not a node")
    if len(nodes) and (
        not 0 <= int(where.min()) <= int(where.max()) < len(graph.places)
        or (np.diff(nodes) < 0).any()
        or (streams["op"][expected] != CONST).any()
        or (streams["type"][nodes] != streams["type"][expected]).any()
    ):
        raise ValueError("a guard compares what cannot be compared")
    graph.outputs.extend(outputs.tolist())
    graph.guards.extend(
        (node, value, graph.places[place])
        for node, value, place in zip(nodes.tolist(), expected.tolist(), where.tolist())
    )


def _recording(
    name: str,
    graph: Graph,
    each: list[Structure],
    keywords: Structure,
    result: Structure,
    recorded: list[bool],
    static: list[Any],
) -> tuple[Recording, tuple]:
    """Return what the parts make together, if they belong together."""
    if type(keywords.tokens[0]) is int or keywords.tokens[0].type is not dict:
        raise ValueError("keyword arguments are no dict")
    structure = Structure([*_argument_tokens(each), *keywords.tokens])
    if structure.n_leaves != len(recorded) or sum(recorded) != len(graph.inputs):
        raise ValueError(
            f"{len(recorded)} leaves, {sum(recorded)} of them recorded, for arguments of "
            f"{structure.n_leaves} leaves and {len(graph.inputs)} inputs"
        )
    signature: list[Any] = []
    inputs = iter(graph.inputs)
    for is_recorded, value in zip(recorded, static):
        if is_recorded:
            dtype, shape = graph.type_of(next(inputs))
            signature += [shape, dtype]
        else:
            hash(value)
            signature += [type(value), value]
    ends = np.cumsum([0, *recorded]).tolist()
    numbers, at = [], 0
    for own in each:
        numbers.append(list(range(ends[at], ends[at + own.n_leaves])))
        at += own.n_leaves
    recording = Recording(graph, result, numbers, list(each), len(graph.inputs), [], name)
    return recording, (structure, tuple(signature))
