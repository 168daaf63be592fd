"""From the tape of a recording to the graph of the function: scalars in C, arrays and ops here."""
cimport numpy as cnp
from libc.stdint cimport int32_t
from libc.string cimport memset
from ._core cimport Box, borrow, fail
from ._tape cimport Tape
from ._graph cimport Graph, Var, checked
from ._tensor cimport REQUIRES, Tensor
from .c_fastgrad cimport *

import numpy as np

from ._tape import file_and_line
from ._tensor import later, values

cnp.import_array()
borrow()


cdef object value_at(Tape tape, int32_t i):
    if tape.c.flag[i] & FG_ARRAY:
        return (<Box>tape.c.val[i].a.owner).array
    return np.float64(tape.c.val[i].s)


cdef object add_node(Tape tape, Graph graph, int32_t i, int32_t[::1] to, dict inputs):
    """The Var of a node that is no scalar row: an input, an array, a structural op."""
    cdef int op = tape.c.graph.op[i]
    cdef int32_t count, k, handle
    cdef const int32_t *operand
    cdef Tensor t
    if op == FG_LEAF and tape.c.flag[i] & FG_NEEDS:
        return inputs[i]
    value = value_at(tape, i)
    if not tape.c.flag[i] & FG_NEEDS:
        return graph.constant(value)
    graph.f.here = tape.line[i] if <size_t>i < tape.cap_line else 0
    operand = fg_graph_operands(&tape.c.graph, i, &count)
    operands = [graph.var(to[operand[k]]) for k in range(count)]
    if op == FG_CALL:
        call = <object>tape.c.graph.wide[tape.c.graph.arg[i][0]].payload
        made = later.emit(call.op, tuple(operands), call.params)
        if value.ndim and made.dtype != value.dtype:  # a constant True is a number on the tape
            return later.astype(made, dtype=np.dtype(value.dtype.type))
        return made
    if op == FG_PACK:
        return graph.pack(operands, np.dtype(value.dtype.type), value.shape)
    if op == FG_ITEM:
        return graph.item(operands[0], tape.c.graph.arg[i][1])
    if op >= FG_N_ROWS:
        raise RuntimeError("a graph that backward has let go cannot be recorded; call backward() "
                           "outside of recorded functions")
    return graph.row(op, tuple([fit(graph, v, value.shape) for v in operands]),
                     np.dtype(value.dtype.type), value.shape)


cdef object fit(Graph graph, Var v, object shape):
    if v.shape == shape or graph.number(v.node) is not None:
        return v
    return later.broadcast_to(v, shape=shape)


def lower(Tape tape, list leaves, list outputs):
    """Return the graph of what was recorded.

    Parameters
    ----------
    tape : Tape
        Of the recording.
    leaves : list of (int, dtype)
        Nodes that are the inputs, in order, and what they hold: a number on the tape does not say.
    outputs : list of Tensor
        What the function returned: tracked on this tape, or constants.

    Returns
    -------
    Graph
        With inputs, outputs, guards and places set.
    """
    cdef Graph graph = Graph()
    cdef size_t n = tape.c.graph.n
    cdef int32_t i, at = 0
    cdef fg_status status
    cdef bytearray live = bytearray(n + 1)
    cdef int32_t[::1] to = np.full(n + 1, -1, np.int32)
    cdef Tensor t
    inputs = {}
    for leaf in leaves:
        i, dtype = leaf
        inputs[i] = graph.add_input(np.dtype(dtype.type), value_at(tape, i).shape)
        live[i] = 1
        to[i] = inputs[i].node
    for x in outputs:
        t = <Tensor>x
        if t.flags & REQUIRES:
            live[tape.c.handle[t.handle].node] = 1
    for guard in tape.guards:
        i = guard[0]
        live[i] = 1
    fg_lower_reach(&tape.c, <uint8_t *>live)
    while True:
        status = fg_lower_scalars(&tape.c, <uint8_t *>live,
                                  tape.line if tape.cap_line >= n else NULL, &graph.f, &to[0], &at)
        if status == FG_OK:
            break
        if status != FG_STOP:
            fail(status)
        to[at] = (<Var>add_node(tape, graph, at, to, inputs)).node
        graph.f.here = 0
        at += 1
    graph.places = [file_and_line(place) for place in tape.places]
    for x in outputs:
        t = <Tensor>x
        if t.flags & REQUIRES:
            graph.outputs.append(to[tape.c.handle[t.handle].node])
        else:
            graph.outputs.append(graph.constant(values(t)).node)
    seen = set()
    for guard in tape.guards:
        i, value, place = guard
        number = to[i]
        if graph.number(number) is not None or (number, place) in seen:
            continue
        seen.add((number, place))
        dtype, shape = graph.type_of(number)
        graph.guards.append((number, graph.constant(value, dtype).node, place))
    graph.guards.sort(key=first)
    return graph


def first(guard):
    return guard[0]
