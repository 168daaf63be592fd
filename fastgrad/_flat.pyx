"""Graphs as streams of numbers, for files, and graphs from such streams, which nobody vouches for."""
cimport numpy as cnp
from libc.stdint cimport int32_t, uint8_t, uint32_t
from ._core cimport borrow, fail, prepare
from ._graph cimport Graph
from .c_fastgrad cimport *

import numpy as np

from ._graph import DTYPES, call_kind, frozen

cnp.import_array()
borrow()

# The streams and what they are made of, in the order in which a file has them.
STREAMS = {"op": np.uint8, "type": np.int32, "line": np.uint32, "operand": np.int32,
           "item": np.int32, "value": np.float64, "count": np.int32}


cdef fg_flat pointers(dict streams):
    """The streams as C sees them; the arrays have to outlive it."""
    cdef fg_flat flat
    flat.n = len(streams["op"])
    flat.n_operand, flat.n_item = len(streams["operand"]), len(streams["item"])
    flat.n_value, flat.n_count = len(streams["value"]), len(streams["count"])
    flat.op = <uint8_t *>cnp.PyArray_DATA(streams["op"])
    flat.type = <int32_t *>cnp.PyArray_DATA(streams["type"])
    flat.line = <uint32_t *>cnp.PyArray_DATA(streams["line"])
    flat.operand = <int32_t *>cnp.PyArray_DATA(streams["operand"])
    flat.item = <int32_t *>cnp.PyArray_DATA(streams["item"])
    flat.value = <double *>cnp.PyArray_DATA(streams["value"])
    flat.count = <int32_t *>cnp.PyArray_DATA(streams["count"])
    return flat


def to_streams(Graph graph):
    """Return the streams of a graph, a dict of arrays, and its types by their numbers."""
    cdef fg_flat flat
    cdef fg_type *t
    cdef size_t k, a
    fg_flat_measure(&graph.f, &flat)
    n, lengths = flat.n, {"operand": flat.n_operand, "item": flat.n_item, "value": flat.n_value,
                          "count": flat.n_count}
    streams = {name: np.empty(lengths.get(name, n), dtype) for name, dtype in STREAMS.items()}
    flat = pointers(streams)
    fg_flat_write(&graph.f, &flat)
    types = []
    for k in range(graph.f.n_type):
        t = &graph.f.types[k]
        types.append((DTYPES[t.dtype], tuple([graph.f.dim[t.first + a] for a in range(t.ndim)])))
    return streams, types


def from_streams(list types, dict streams):
    """Return a graph of these nodes, whose structural ops are still to be named by `name_call`.

    Raises
    ------
    ValueError
        If the streams are not those of a graph.
    """
    cdef Graph graph = Graph()
    cdef fg_flat flat
    cdef fg_status status
    cdef size_t at = 0
    for number, (dtype, shape) in enumerate(types):
        if graph.type_number(dtype, shape) != number:
            raise ValueError(f"type {number}, {dtype}{list(shape)}, is there twice")
    for name, dtype in STREAMS.items():
        x = streams[name]
        if x.dtype != dtype or x.ndim != 1 or not x.flags.carray:
            raise ValueError(f"the stream {name} is no array of {np.dtype(dtype)}")
    if not len(streams["op"]) == len(streams["type"]) == len(streams["line"]):
        raise ValueError("the streams are of different numbers of nodes")
    flat = pointers(streams)
    status = fg_flat_read(&flat, &graph.f, &at)
    if status == FG_E_FORMAT or status == FG_E_FULL:
        raise ValueError(f"node {at} of {len(streams['op'])} has an op, a type, operands or numbers that "
                         "do not go together")
    if status != FG_OK:
        fail(status)
    op, value, start = streams["op"], streams["value"], 0
    for code in np.unique(op).tolist():
        prepare(code)
    for node in np.flatnonzero(op == FG_CONST).tolist():
        shape = graph.type_of(node)[1]
        end = start + graph.f.types[graph.f.type[node]].size
        if shape:
            graph.arrays.append(value[start:end].reshape(shape))
        start = end
    graph.inputs.extend(np.flatnonzero(op == FG_LEAF).tolist())
    return graph


def name_call(Graph graph, int32_t node, op, dict params):
    """Say what the next unnamed CALL node is.

    Raises
    ------
    TypeError, ValueError, IndexError
        If parameters or operands do not fit the op, or its result has another type.
    """
    cdef size_t number = len(graph.calls)
    operands = tuple([graph.var(k) for k in graph.look(node)[1]])
    if number >= graph.f.n_call or fg_func_call_of(&graph.f, node) != number:
        raise ValueError(f"node {node} is not structural op {number}")
    if op.lower is None:
        raise ValueError(f"{op.name} cannot be part of a program")
    shape, dtype = op.infer(*operands, **params)
    if (dtype, tuple(shape)) != graph.type_of(node):
        raise ValueError(f"node {node}: {op.name} gives {dtype}{list(shape)}, which is not its type")
    graph.f.call[number] = call_kind(op, operands)
    graph.calls.append((op, params))
    try:
        graph.shared.setdefault((op, tuple([v.node for v in operands]), frozen(params)), node)
    except TypeError:
        pass        # a parameter that cannot be hashed: the op is not shared
