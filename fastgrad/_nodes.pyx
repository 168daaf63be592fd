"""Nodes as Python sees them: looking at a tape, and moving Tensors on it."""
cimport numpy as cnp
from cpython.object cimport PyObject
from cpython.ref cimport Py_INCREF, Py_XDECREF
from libc.stdint cimport int32_t
from ._core cimport Box, borrow, describe, fail, is_stale
from ._tape cimport Tape, check_thread, current, hold, owner_of, reserve
from ._tensor cimport (
    BOOLEAN, CELL, CHANGED, FROM_OP, NUMBER_SHIFT, OP_SHIFT, REQUIRES, WATCHED, Tensor, check_operands, claim,
    node_of)
from .c_fastgrad cimport *

import numpy as np

from ._tensor import later, values

cnp.import_array()
borrow()


# ---- looking at a tape ----

def tape():
    """Return the tape of this thread."""
    return current()


def pin(Tape tape, bint on):
    """While a tape is pinned, node ids stay as they are."""
    if on:
        fg_tape_pin(&tape.c)
    else:
        fg_tape_unpin(&tape.c)


def tape_of(Tensor t):
    """Return the tape that knows a Tensor, or None."""
    return t.tape


def node_id(Tensor t):
    """Return the node of a Tensor on the tape of this thread: a new one if it has none.

    The number -2 says that backward has gone through it and let its graph go.
    """
    return find_node(t)


cdef int32_t find_node(Tensor t) except? -1:
    cdef Tape tape = current()
    cdef int32_t node
    check_thread(tape, t.tape)
    if is_stale(t.box):
        later.refresh(t)
    reserve(tape, 2, 0, 0)
    if t.handle >= 0 and t.tape is tape and (
            tape.c.handle[t.handle].node == FG_NODE_FREED):
        return FG_NODE_FREED
    return node_of(tape, t)


def check_unrecorded(tuple operands):
    """Raise for a Tensor that another thread is recording: here it would be a constant."""
    check_operands(operands)


def look(Tape tape, int32_t i):
    """Return (op code, operands, whether a gradient is needed) of a node."""
    cdef int32_t count, k
    cdef const int32_t *operand
    if i < 0 or i >= <int32_t>tape.c.graph.n:
        raise IndexError(f"node {i} of a tape of {tape.c.graph.n}")
    operand = fg_graph_operands(&tape.c.graph, i, &count)
    return (tape.c.graph.op[i], [operand[k] for k in range(count)],
            bool(tape.c.flag[i] & FG_NEEDS))


def item_index(Tape tape, int32_t i):
    """Return the flat index that an ITEM node takes."""
    return tape.c.graph.arg[i][1]


def call_of(Tape tape, int32_t i):
    """Return what a CALL node remembers."""
    return <object>tape.c.graph.wide[tape.c.graph.arg[i][0]].payload


def owners(Tape tape):
    """Return {node: a Tensor that holds it}."""
    cdef int32_t h
    found = {}
    for h in range(<int32_t>tape.c.n_handle):
        if tape.c.handle[h].node >= 0:
            owner = owner_of(tape, h)
            if owner is not None:
                found[tape.c.handle[h].node] = owner
    return found


def notes(Tape tape, int32_t i):
    """Return what is attached to a node."""
    cdef void *payload = NULL if i < 0 else fg_tape_noted(&tape.c, i, 0)
    cdef int32_t k = 0
    found = []
    while payload != NULL:
        found.append(<object>payload)
        k += 1
        payload = fg_tape_noted(&tape.c, i, k)
    return found


def add_note(Tape tape, int32_t i, payload, bint hooked=False):
    """Attach an object to a node; at a hooked one the sweep stops."""
    cdef fg_status status = fg_tape_note(&tape.c, i, <void *>payload, FG_HOOKED if hooked else 0)
    if status != FG_OK:
        fail(status)
    Py_INCREF(payload)


def leaf_nodes(Tape tape, Tensor t, int32_t top):
    """Return the LEAF nodes of a Tensor: one for each of its values that is still in use."""
    cdef int32_t i
    cdef fg_handle *h
    if t.handle < 0 or t.tape is not tape:
        return []
    h = &tape.c.handle[t.handle]
    if h.leaves == 1 and h.node >= 0:
        return [h.node]
    return [i for i in range(min(top + 1, <int32_t>tape.c.graph.n))
            if tape.c.graph.op[i] == FG_LEAF and tape.c.graph.arg[i][0] == t.handle]


def leaf_owner(Tape tape, int32_t i):
    """Return the Tensor of a LEAF node, or None if it is gone."""
    return owner_of(tape, tape.c.graph.arg[i][0])


def dependents(Tape tape, list nodes, int32_t top):
    """Return a bytearray that says of each node up to `top` whether it depends on one of `nodes`."""
    cdef fg_sweep s
    cdef fg_status status
    cdef int32_t i, node
    fg_sweep_init(&s)
    status = fg_sweep_start(&s, &tape.c, top)
    if status != FG_OK:
        fail(status)
    for node in nodes:
        fg_sweep_mark(&s, node, FG_WANTED)
    fg_sweep_restrict(&s, min(nodes, default=top))
    found = bytearray([s.mark[i] for i in range(top + 1)])
    fg_sweep_free(&s)
    return found


def tensor_at(Tape tape, int32_t i, bint tracked=False, reader=None):
    """Return the value of a node as a Tensor: standing on this node if tracked, else detached.

    With `reader`, the node whose rule reads the value, it must not have changed in place.
    """
    cdef Tensor r = Tensor.__new__(Tensor)
    cdef fg_array *a
    cdef bint changed
    if tape.c.flag[i] & FG_ARRAY:
        a = tape.c.val[i].a
        changed = a.version[0] != a.seen
        r.box = <Box>a.owner
    else:
        changed = tape.c.flag[i] & FG_MODIFIED
        r.val = tape.c.val[i].s
    if changed and reader is not None:
        raise_modified(tape, reader, i)
    if tracked:
        reserve(tape, 0, 0, 0)
        r.tape = tape
        r.flags = REQUIRES | FROM_OP | <int>tape.c.graph.op[i] << OP_SHIFT
        if tape.c.graph.op[i] == FG_CALL:
            r.flags |= <int>call_of(tape, i).op.number << NUMBER_SHIFT
        r.handle = hold(tape, i, <PyObject *>r)
    return r


cdef int raise_modified(Tape tape, int32_t reader, int32_t i) except -1:
    changed = None
    if tape.c.flag[i] & FG_ARRAY:
        changed = (<Box>tape.c.val[i].a.owner).storage.changed
    else:
        changed = next((n for n in notes(tape, i) if isinstance(n, tuple) and len(n) == 3), None)
    later.raise_modified(tape, reader, i, changed)


# ---- changing a Tensor ----

def set_requires(Tensor t, bint on):
    """Set the flag of a leaf; what is checked before is in Python."""
    cdef bint elsewhere = is_elsewhere(t)
    t.flags = t.flags | REQUIRES if on else t.flags & ~REQUIRES
    if elsewhere:
        t.flags |= CHANGED
    elif t.handle >= 0 and t.flags & WATCHED:
        later.rewatch(t)
    elif t.handle >= 0:         # its LEAF node says the contrary
        fg_tape_move(&t.tape.c, t.handle, FG_NODE_NONE)


def make_input(Tensor t):
    """Make a new Tensor an input of this thread's recording, whatever its dtype."""
    t.flags |= REQUIRES
    t.tape = current()
    return find_node(t)


def make_cell(Tensor t):
    """Make a Tensor without axes an array: in-place changes reach all its names."""
    t.flags |= CELL
    return t


def is_cell(Tensor t):
    """Whether a Tensor without axes is an array; else it is a number."""
    return bool(t.flags & CELL)


def detach(Tensor t):
    """Return an untracked Tensor of the same value; an array shares its memory."""
    check_operands((t,))
    cdef Tensor r = Tensor.__new__(Tensor)
    r.val, r.flags = t.val, t.flags & BOOLEAN
    if t.box is not None:
        r.box = Box(t.box.array, t.box.storage)
    return r


cdef bint is_elsewhere(Tensor t) except -1:
    """Whether another thread's tape knows a Tensor that is to change: it will see when it comes by.

    Raises for what is more than a value there: an op's result, or hooks.
    """
    cdef Tape tape = current()
    if t.tape is None or t.tape is tape or is_around(tape, t.tape):
        return False
    if t.flags & REQUIRES and t.flags & (FROM_OP | WATCHED):
        check_thread(tape, t.tape)
    return True


cdef bint is_around(Tape tape, Tape other) noexcept:
    """Whether a tape is one of those that will be current again."""
    while tape is not None and tape is not other:
        tape = tape.outer
    return tape is not None


def adopt(Tensor t, Tensor r):
    """Let t stand for what r computes: it moves to the node of r and is no leaf any more.

    There has to be room.
    """
    cdef int32_t node = r.tape.c.handle[r.handle].node
    if t.handle >= 0:
        check_thread(r.tape, t.tape)
        if t.flags & WATCHED:
            later.move_on(t, node)
        fg_tape_move(&t.tape.c, t.handle, node)
    else:
        claim(r.tape, t)
        check_thread(r.tape, t.tape)
        t.handle = hold(r.tape, node, <PyObject *>t)
    t.flags = r.flags | t.flags & (WATCHED | CELL)


def made_by(Tensor t):
    """Return (op code, number of the structural op) of what made a Tensor."""
    return (t.flags >> OP_SHIFT) & 0xff, t.flags >> NUMBER_SHIFT


def overwrite(Tensor t, Tensor r, changed):
    """Give t the value of r, in place, and what r was computed from.

    The old value is noted as modified, so that a sweep that needs it fails and can say where. What
    can fail comes first: without memory t is as it was.
    """
    cdef bint recorded = r.flags & REQUIRES and r.handle >= 0
    cdef bint becomes_number = t.box is not None and r.box is None and r.flags & REQUIRES
    cdef bint keeps
    cdef fg_array *own = NULL
    cdef int32_t old = FG_NODE_NONE
    cdef bint elsewhere
    if current().recording and t.tape is not None and t.tape is not current() and t.flags & REQUIRES:
        raise RuntimeError("a Tensor that comes from outside of a recorded function cannot be changed in "
                           "place inside it; change a copy and return it")
    if recorded and t.handle >= 0:
        check_thread(r.tape, t.tape)
    elsewhere = is_elsewhere(t)
    if recorded or (t.handle >= 0 and not elsewhere):
        make_room(t, r.tape if recorded else t.tape)
    keeps = recorded and reads_result(r.tape, r.tape.c.handle[r.handle].node)
    if t.handle >= 0 and not elsewhere:
        old = t.tape.c.handle[t.handle].node
    if t.box is not None and not becomes_number and (recorded or (old >= 0 and t.flags & FROM_OP)):
        own = describe(t.box.array, t.box)
    try:
        if t.box is not None:
            np.copyto(t.box.array, values(r), casting="same_kind")
        elif old >= 0:
            if fg_tape_note(&t.tape.c, old, <void *>changed, FG_MODIFIED) != FG_OK:
                fail(FG_E_MEMORY)
            Py_INCREF(changed)
    except BaseException:
        drop(own)
        raise
    if t.box is None:
        t.val = r.val
    else:
        t.box.bump(changed)
        if own != NULL:
            own.seen = t.box.storage.version
        if becomes_number:      # its node has a number, not an array
            t.val, box, t.box = r.val, t.box, None      # the box ends last: that may run anything
    if recorded:
        adopt(t, r)
        if keeps and own != NULL:       # its rule needs what it computed, whatever becomes of t
            stand_beside(t, own)
        elif own != NULL:
            describe_own(t, own)
    elif elsewhere:
        t.flags |= CHANGED
    else:
        stand_beside(t, own)
    if t.box is not None:
        t.box.seen = t.box.storage.version


def make_room(Tensor t, Tape tape=None):
    """Reserve what it takes to move t on: on its tape, or on the one that it is to stand on."""
    tape = current() if tape is None else tape
    reserve(tape, 2, 0, 0)
    if t.flags & WATCHED and fg_tape_reserve_notes(
            &tape.c, 1 + len(notes(t.tape, t.tape.c.handle[t.handle].node))) != FG_OK:
        fail(FG_E_MEMORY)


cdef void drop(fg_array *a) noexcept:
    """Frees a description that describe has made for a tape, or NULL."""
    cdef PyObject *owner
    if a != NULL:
        owner = <PyObject *>a.owner
        fg_mem_free(a)
        Py_XDECREF(owner)


def follow(Tensor t):
    """Bring the node of t up to date with a change that was not recorded.

    Of a leaf the next use makes a new one; of a result it is another value with the derivative of
    the old one.
    """
    cdef fg_array *own = NULL
    if t.handle >= 0 and t.tape.c.handle[t.handle].node >= 0:
        make_room(t, t.tape)
        if t.flags & FROM_OP and t.box is not None:
            own = describe(t.box.array, t.box)
        stand_beside(t, own)


cdef int stand_beside(Tensor t, fg_array *own) except -1:
    """What follow does; there is room, and t's memory is described if t is an array that an op made."""
    cdef fg_cell value
    cdef int32_t old = t.tape.c.handle[t.handle].node if t.handle >= 0 else FG_NODE_NONE
    cdef int32_t nodes[2]
    if old < 0:
        drop(own)
    elif t.flags & FROM_OP:
        nodes[0], nodes[1] = old, fg_tape_append_number(&t.tape.c, -0.0)
        if own == NULL:
            value.s = t.val
        else:
            value.a = own
        fg_tape_move(&t.tape.c, t.handle, fg_tape_append_op(&t.tape.c, FG_OP_add, nodes, value,
                                                            own != NULL))
    elif t.flags & WATCHED:
        later.rewatch(t)
    else:
        fg_tape_move(&t.tape.c, t.handle, FG_NODE_NONE)
    return 0


cdef bint reads_result(Tape tape, int32_t node) except -1:
    """Whether the rule of a node reads what the node computed."""
    cdef int k, op = tape.c.graph.op[node]
    if op < FG_N_ROWS:
        for k in range(fg_op_arity(op)):
            if fg_op_reads(op, k, c"v"):
                return True
    return op == FG_CALL and "out" in call_of(tape, node).op.reads


cdef void describe_own(Tensor t, fg_array *own) noexcept:
    """Lets the node that t has adopted tell of t's memory, not of that in which its op computed."""
    cdef fg_array **at = &t.tape.c.val[t.tape.c.handle[t.handle].node].a
    cdef fg_array *computed = at[0]
    at[0] = own
    drop(computed)
