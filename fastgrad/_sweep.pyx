"""The reverse sweep: seeds in, gradients out.

The sweep over rows of the table is one C call. It stops where Python has a say: at a structural op,
whose one rule is run on values, and at a node with hooks.
"""
cimport cython
cimport numpy as cnp
from cpython.exc cimport PyErr_CheckSignals
from libc.stdint cimport int32_t
from libc.string cimport memcpy
from ._core cimport borrow, fail
from ._tape cimport Tape, Watch, before_change, check_thread, current, owner_of, watch_of
from ._nodes cimport find_node, raise_modified
from ._tensor cimport REQUIRES, WATCHED, Later, Tensor, grad_of, node_of, set_grad, wrap
from .c_fastgrad cimport *

from functools import partial

import numpy as np

from ._nodes import (
    add_note, call_of, dependents, item_index, leaf_nodes, leaf_owner, look, make_room, node_id, notes,
    owners, pin, tape, tape_of, tensor_at)
from ._tensor import later, values

cnp.import_array()
borrow()

cdef enum:
    KEEP_SWEEP = 1 << 20        # nodes for which the arrays of a sweep are kept for the next one

cdef object FLOAT64 = np.dtype(np.float64)
cdef object FLOAT32 = np.dtype(np.float32)


# ---- hooks ----

def watch(Tensor t):
    """Return the Watch of a Tensor, made when first asked for."""
    cdef Tape tape = current()
    cdef Watch w
    cdef int32_t node = node_id(t)
    if node < 0:
        fail(FG_E_FREED)
    w = watch_of(tape, t.handle)
    if w is not None:
        return w
    while before_change(tape, node) >= 0:
        node = before_change(tape, node)
    w = Watch()
    w.handle = t.handle
    add_note(tape, node, w, True)
    t.flags |= WATCHED
    return w


def move_on(Tensor t, int32_t node):
    """A watched Tensor goes on to what an op has made of it: only what retains its gradient goes along."""
    cdef Watch stays = watch_of(t.tape, t.handle), goes
    if stays is None:
        return
    if stays.retains:
        goes = Watch()
        goes.handle = t.handle
        goes.retains = True
        add_note(t.tape, node, goes, True)
        stays.retains = False
    stays.handle = -1


def rewatch(Tensor t):
    """A watched leaf has a new value: its hooks move on to the new node."""
    cdef Tape tape = t.tape
    cdef int32_t old
    make_room(t, tape)
    old = tape.c.handle[t.handle].node
    kept = [n for n in notes(tape, old) if isinstance(n, Watch)]
    fg_tape_pin(&tape.c)        # the old node lives until the new one has the hooks
    try:
        fg_tape_move(&tape.c, t.handle, FG_NODE_NONE)
        node = node_of(tape, t)
        for w in kept:
            add_note(tape, node, w, True)
    except BaseException:
        fg_tape_move(&tape.c, t.handle, old)
        raise
    finally:
        fg_tape_unpin(&tape.c)


def retains(Tensor t):
    """Whether a Tensor retains its gradient, as long as backward has not let its graph go."""
    cdef Watch w
    if not t.flags & WATCHED:
        return False
    check_thread(current(), t.tape)
    w = watch_of(t.tape, t.handle)
    return w is not None and w.retains


def raise_freed():
    """Raise what a second sweep of a graph that was let go raises."""
    fail(FG_E_FREED)


cpdef object run_hooks(Tape tape, int32_t node, object g, list undo):
    """Passes a gradient through the hooks of a node; retains it if asked to.

    Appends to `undo` what takes it back, if something fails later.
    """
    cdef Tensor t
    for note in notes(tape, node):
        if not isinstance(note, Watch):
            continue
        for hook in list((<Watch>note).hooks.values()):
            result = hook(g)
            if result is not None:
                g = later.check_hook_result(result, g)
        if (<Watch>note).retains and (<Watch>note).handle >= 0:
            t = owner_of(tape, (<Watch>note).handle)
            if t is None:
                continue
            old = grad_of(t)
            undo.append((t, old))
            mine = g if (<Tensor>g).flags & REQUIRES else wrap(np.array(values(g)))
            set_grad(t, mine if old is None else total(old, mine))
    return g


def give_back(list undo):
    """Give Tensors the retained gradients that they had before a sweep that failed."""
    for t, old in reversed(undo):
        set_grad(t, old)


cpdef object run_leaf_hooks(Tape tape, int32_t node, object g, list undo):
    """As run_hooks, for a node that a leaf has or had: its hooks are where it stands now."""
    cdef fg_handle *h = &tape.c.handle[tape.c.graph.arg[node][0]]
    if h.owner != NULL and h.node >= 0 and tape.c.graph.op[h.node] == FG_LEAF:
        node = h.node
    return run_hooks(tape, node, g, undo) if tape.c.flag[node] & FG_HOOKED else g


# ---- adjoints as arrays ----

@cython.final
cdef class Buffer:
    """Memory of the core that an ndarray keeps."""
    cdef void *data

    def __dealloc__(self):
        fg_mem_free(self.data)


cdef Tensor adjoint(fg_sweep *s, int32_t node, bint take):
    """The adjoint of a node as an untracked Tensor, taken out of the sweep or copied."""
    cdef fg_array *a
    cdef Buffer buffer
    cdef cnp.ndarray items
    cdef Tensor r
    if not s.tape.flag[node] & FG_ARRAY:
        r = Tensor.__new__(Tensor)
        r.val = s.adj[node].s
        return r
    a = s.tape.val[node].a
    items = cnp.PyArray_SimpleNewFromData(
        a.ndim, <cnp.npy_intp *>a.dim, cnp.NPY_DOUBLE if a.dtype == FG_F64 else cnp.NPY_FLOAT,
        s.adj[node].p)
    if not take:
        return wrap(items.copy(), None, None, False)
    buffer = Buffer()
    buffer.data = fg_sweep_take(s, node)
    cnp.set_array_base(items, buffer)
    return wrap(items, None, None, False)


cdef int add(fg_sweep *s, int32_t node, object cotangent, bint replace=False) except -1:
    """Adds a cotangent to the adjoint of a node, or puts it in its place."""
    cdef fg_array *a
    cdef cnp.ndarray items
    cdef fg_status status
    if not s.tape.flag[node] & FG_ARRAY:
        if cotangent.shape != ():
            raise RuntimeError(f"a rule gave a cotangent of shape {cotangent.shape} for a scalar")
        if replace:
            s.adj[node].s = cotangent.item()
            return 0
        status = fg_sweep_add(s, node, cotangent.item(), NULL)
    else:
        a = s.tape.val[node].a
        items = np.ascontiguousarray(values(cotangent), FLOAT64 if a.dtype == FG_F64 else FLOAT32)
        if cnp.PyArray_SIZE(items) != <Py_ssize_t>a.size:
            raise RuntimeError(f"a rule gave a cotangent of shape {cotangent.shape} for an operand "
                               f"of {a.size} elements")
        if replace:
            memcpy(s.adj[node].p, cnp.PyArray_DATA(items), cnp.PyArray_NBYTES(items))
            return 0
        status = fg_sweep_add(s, node, 0.0, cnp.PyArray_DATA(items))
    if status != FG_OK:
        fail(status)
    return 0


cpdef int add_to_grad(Tensor t, Tensor g) except -1:
    """t.grad += g; in place where nobody can tell the difference but by identity."""
    cdef Tensor old = grad_of(t)
    if old is None:
        set_grad(t, g)
    elif old.flags & REQUIRES or old.handle >= 0 or g.flags & REQUIRES or (
            old.box is not None and not cnp.PyArray_ISWRITEABLE(old.box.array)):
        set_grad(t, total(old, g))
    elif old.box is None:
        old.val += g.val
    else:
        np.add(old.box.array, g.box.array, out=old.box.array)
        old.box.bump(("backward", "", 0))
    return 0


cdef Tensor total(Tensor a, Tensor b):
    """A sum that is tracked if one of the two is; neither is changed."""
    cdef Tape tape = current()
    cdef bint enabled = tape.grad_enabled
    tape.grad_enabled = True
    try:
        return a + b
    finally:
        tape.grad_enabled = enabled


# ---- the sweep ----

def operand_value(Tape tape, int32_t node, int32_t k):
    """Return operand k of a node as a detached Tensor, or its own value if k is -1."""
    cdef int32_t count
    cdef const int32_t *operand = fg_graph_operands(&tape.c.graph, node, &count)
    return tensor_at(tape, node if k < 0 else operand[k], False, node)


cdef int run_call(Tape tape, fg_sweep *s, int32_t node) except -1:
    """Runs the rule of a structural op on values."""
    cdef int32_t count, k
    cdef const int32_t *operand = fg_graph_operands(&tape.c.graph, node, &count)
    cdef list wanted = [k for k in range(count) if fg_sweep_wants(s, operand[k])]
    if not wanted:
        return 0
    call = <object>tape.c.graph.wide[tape.c.graph.arg[node][0]].payload
    g = adjoint(s, node, not s.mark[node] & FG_KEEP)
    cotangents = call.cotangents(g, wanted, partial(operand_value, tape, node))
    # a rule may have recorded: the tape's arrays may be elsewhere by now
    for k, cotangent in zip(wanted, cotangents):
        operand = fg_graph_operands(&tape.c.graph, node, &count)
        add(s, operand[k], cotangent)
        if s.check_nan and np.isnan(values(cotangent)).any() and not np.isnan(values(g)).any():
            later.raise_nan(tape, node)
    return 0


cdef int run(Tape tape, fg_sweep *s, list undo) except -1:
    cdef fg_status status
    cdef int32_t at
    while True:
        status = fg_sweep_run(s, &at)
        if status == FG_OK:
            return 0
        if status == FG_E_MODIFIED:
            raise_modified(tape, at, s.culprit)
        if status == FG_E_NAN:
            later.raise_nan(tape, at)
        if status == FG_LOOK:
            PyErr_CheckSignals()
            with nogil:         # other threads may run now
                pass
            continue
        if status != FG_STOP:
            fail(status)
        if s.at == at:          # it will come to the op itself afterwards
            add(s, at, run_hooks(tape, at, adjoint(s, at, False), undo), True)
        else:
            run_call(tape, s, at)
            fg_sweep_done(s, at)


cdef list leaf_gradients(Tape tape, fg_sweep *s, list undo):
    """[(leaf, gradient)] of all leaves touched; those of hooked leaves through their hooks."""
    cdef int32_t h, node = fg_sweep_leaf(s, 0)
    totals = {}
    while node >= 0:
        if tape.c.flag[node] & FG_NEEDS:
            h = tape.c.graph.arg[node][0]
            g = adjoint(s, node, True)
            # a leaf that was changed between two uses has two nodes, but one gradient
            totals[h] = (node, totals[h][1] + g if h in totals else g)
        node = fg_sweep_leaf(s, node + 1)
    found = []
    for h, (node, g) in totals.items():
        leaf = owner_of(tape, h)
        g = run_leaf_hooks(tape, node, g, undo)
        if leaf is not None:
            found.append((leaf, g))
    return found


cdef list input_gradients(Tape tape, fg_sweep *s, list inputs, list nodes, list undo):
    """The gradient of each input, or None where the outputs do not depend on it."""
    cdef int32_t node
    results = []
    for t, places in zip(inputs, nodes):
        total = None
        for node in places:
            if s.mark[node] & FG_TOUCHED:
                g = adjoint(s, node, False)
                total = g if total is None else total + g
        if total is not None and tape.c.graph.op[node] == FG_LEAF:
            total = run_leaf_hooks(tape, node, total, undo)
        results.append(total)
    return results


cdef int accumulate_leaves(Tape tape, fg_sweep *s, list undo) except -1:
    """Adds to .grad of all leaves touched; without hooks there is nothing that could fail halfway."""
    cdef int32_t now, node = fg_sweep_leaf(s, 0)
    cdef bint hooked = False
    cdef Tensor leaf
    while node >= 0:
        now = tape.c.handle[tape.c.graph.arg[node][0]].node     # where the leaf's hooks are
        hooked = hooked or tape.c.flag[node] & FG_HOOKED or (
            now >= 0 and tape.c.flag[now] & FG_HOOKED)
        node = fg_sweep_leaf(s, node + 1)
    if hooked:
        for leaf, g in leaf_gradients(tape, s, undo):
            add_to_grad(leaf, g)
        return 0
    node = fg_sweep_leaf(s, 0)
    while node >= 0:
        if tape.c.flag[node] & FG_NEEDS:
            leaf = owner_of(tape, tape.c.graph.arg[node][0])
            if leaf is not None:
                add_to_grad(leaf, adjoint(s, node, True))
        node = fg_sweep_leaf(s, node + 1)
    return 0


cdef fg_sweep *begin(Tape tape, fg_sweep *own, int32_t top) except NULL:
    """Starts a sweep in the spare arrays of the tape, or in `own` inside another sweep."""
    cdef fg_sweep *s = &tape.sweep
    cdef fg_status status
    if tape.sweeping:
        fg_sweep_init(own)
        s = own
    status = fg_sweep_start(s, &tape.c, top)
    if status != FG_OK:
        fail(status)
    s.check_nan = tape.check_nan
    tape.sweeping, tape.grad_enabled = True, False
    fg_tape_pin(&tape.c)
    return s


cdef int let_go(Tape tape, Tensor root) except -1:
    """Moves a root off its freed node, so that the top of the tape can be popped at once."""
    cdef int32_t node
    if root.handle >= 0:
        node = tape.c.handle[root.handle].node
        if node >= 0 and tape.c.graph.op[node] == FG_FREED:
            fg_tape_move(&tape.c, root.handle, FG_NODE_FREED)
    return 0


cdef int end(Tape tape, fg_sweep *s, bint forget, list roots, Tensor root, bint nested,
             bint enabled) except -1:
    """Ends a sweep of several roots, or of one."""
    fg_sweep_end(s, forget)
    if forget and root is not None:
        let_go(tape, root)
    elif forget:
        for root in roots:
            let_go(tape, root)
    if nested or s.cap > KEEP_SWEEP:
        fg_sweep_free(s)
    tape.sweeping, tape.grad_enabled = nested, enabled
    fg_tape_unpin(&tape.c)
    return 0


def sweep(list roots, list seeds, bint retain, inputs=None):
    """Run the chain rule from `roots` down.

    Each root, tracked by this thread, has a seed of its shape. Returns a gradient or None for each of
    `inputs`, and visits only what depends on them; without inputs, pairs of a leaf and its gradient.
    """
    cdef Tape tape = current()
    cdef fg_sweep own
    cdef fg_sweep *s
    cdef bint nested = tape.sweeping, enabled = tape.grad_enabled, done = False
    cdef list undo = []
    cdef int32_t node, top, lowest
    fg_tape_pin(&tape.c)        # from here on node ids stay as they are
    try:
        places = [find_node(root) for root in roots]
        if min(places) < 0:
            fail(FG_E_FREED)
        top = max(places)
        marked = None
        if inputs is not None:
            marked = [leaf_nodes(tape, t, top) if t.is_leaf else [find_node(t)] for t in inputs]
            marked = [[node for node in nodes if 0 <= node <= top] for nodes in marked]
        s = begin(tape, &own, top)
        try:
            if inputs is not None:
                lowest = top
                for nodes in marked:
                    for node in nodes:
                        fg_sweep_mark(s, node, FG_WANTED | FG_KEEP)
                        lowest = min(lowest, node)
                if all([nodes or not t.is_leaf for t, nodes in zip(inputs, marked)]):
                    # of a changed leaf no node may be left: what led to it counts
                    fg_sweep_restrict(s, lowest)
            for node, seed in zip(places, seeds):
                add(s, node, seed)
            run(tape, s, undo)
            if inputs is None:
                found = leaf_gradients(tape, s, undo)
            else:
                found = input_gradients(tape, s, inputs, marked, undo)
            done = True
        finally:
            if not done:
                give_back(undo)
            end(tape, s, done and not retain, roots, None, nested, enabled)
    finally:
        fg_tape_unpin(&tape.c)
    return found


cdef int backward_scalar(Tensor root, bint retain) except -1:
    """`Tensor.backward` of a scalar without arguments: accumulate into the leaves."""
    cdef Tape tape = current()
    cdef fg_sweep own
    cdef fg_sweep *s
    cdef bint nested = tape.sweeping, enabled = tape.grad_enabled, done = False
    cdef list undo = []
    cdef int32_t node = find_node(root)
    if node < 0:
        fail(FG_E_FREED)
    s = begin(tape, &own, node)
    try:
        fg_sweep_add(s, node, 1.0, NULL)
        run(tape, s, undo)
        accumulate_leaves(tape, s, undo)
        done = True
    finally:
        if not done:
            give_back(undo)
        end(tape, s, done and not retain, None, root, nested, enabled)
    return 0


(<Later>later).backward_scalar = backward_scalar


def backward(list roots, list seeds, bint retain):
    """Sweep and accumulate into the leaves."""
    for leaf, g in sweep(roots, seeds, retain):
        add_to_grad(leaf, g)
