"""The tape of each thread: whose it is, what is recorded on it, and who lets go of it.

A tape is its thread's: no other reads or writes it. A Tensor may die in any thread; its handle is then
put into the tape's mail, and given back when the tape's own thread next makes room. The tape of a
thread that has ended is for a moment the one's that lets go of a Tensor of it.
"""
cimport cython
cimport numpy as cnp
from cpython.exc cimport PyErr_Fetch, PyErr_Restore
from cpython.object cimport PyObject
from cpython.ref cimport Py_DECREF
from libc.math cimport signbit
from libc.stdint cimport int32_t, uint32_t, uint64_t
from libc.string cimport memset
from ._core cimport Box, borrow, describe, fail
from .c_fastgrad cimport *

import _thread
import os

import numpy as np

cnp.import_array()
borrow()

cdef extern from *:
    """
    #if defined(_MSC_VER)
    static __declspec(thread) PyObject *fg_current_tape;
    #else
    static _Thread_local PyObject *fg_current_tape;
    #endif

    /* A reference to what may be dying in another thread, if it is not. */
    #if defined(Py_GIL_DISABLED) && PY_VERSION_HEX >= 0x030e0000
    #define fg_try_incref(o) PyUnstable_TryIncRef(o)
    #else
    #define fg_try_incref(o) (Py_REFCNT(o) > 0 ? (Py_INCREF(o), 1) : 0)
    #endif
    """
    PyObject *current_tape "fg_current_tape"    # of this thread, whose Seat keeps it; or NULL
    bint try_incref "fg_try_incref"(PyObject *o)

cdef extern from "Python.h":
    uint64_t PyThreadState_GetID(PyThreadState *state)
    ctypedef struct PyFrameObject:
        pass
    ctypedef struct PyCodeObject:
        pass
    PyFrameObject *PyEval_GetFrame()
    PyCodeObject *PyFrame_GetCode(PyFrameObject *frame)     # new references
    PyFrameObject *PyFrame_GetBack(PyFrameObject *frame)
    int PyFrame_GetLasti(PyFrameObject *frame)
    void Py_XDECREF(PyObject *o)


# ---- the tape of a thread ----

cdef void release(void *payload) noexcept with gil:
    Py_DECREF(<object>payload)


cdef class Tape:
    """Owns the C tape of one thread."""
    def __cinit__(self):
        fg_tape_init(&self.c, release)
        fg_mail_init(&self.mail)
        fg_sweep_init(&self.sweep)
        self.grad_enabled, self.modes = True, []
        self.thread = this_thread()

    def __dealloc__(self):
        fg_sweep_free(&self.sweep)
        fg_tape_free(&self.c)
        fg_mail_free(&self.mail)
        fg_mem_free(self.line)

    def stats(self):
        """Return a dict: nodes on the tape, bytes of its arrays, bytes of array values."""
        attend(self)
        return {"nodes": self.c.graph.n, "tensors": self.c.n_handle - self.c.n_free,
                "bytes": fg_tape_bytes(&self.c), "array_bytes": self.c.bytes}

    def compact(self):
        """Drop every node that no Tensor can reach, now."""
        cdef fg_status status
        attend(self)
        status = fg_tape_compact(&self.c)
        if status != FG_OK:
            fail(status)


@cython.final
cdef class Seat:
    """Keeps the current tape of a thread, until that ends."""
    cdef Tape tape

    def __dealloc__(self):
        global current_tape
        cdef Tape tape = self.tape
        while tape is not None:
            if current_tape == <PyObject *>tape:
                current_tape = NULL
            abandon(tape)
            tape = tape.outer


cdef object seats = _thread._local()


cdef uint64_t this_thread() noexcept:
    """The number of this thread, never used again."""
    return PyThreadState_GetID(PyThreadState_Get())


cdef Tape current():
    return <Tape>current_tape if current_tape != NULL else first_tape()


cdef Tape first_tape():
    cdef Seat seat = Seat()
    cdef Tape tape = Tape()
    seats.seat = seat
    make_current(None, tape)
    return tape


cdef int make_current(Tape before, Tape tape) except -1:
    """Puts a tape in the place of another, in this thread."""
    global current_tape
    (<Seat>seats.seat).tape = tape
    current_tape = <PyObject *>tape
    if before is not None:
        store_pointer(&before.state, NULL)      # so that nobody takes it for the current one
    store_pointer(&tape.state, PyThreadState_Get())
    return 0


def tape():
    """Return the tape of this thread."""
    return current()


# ---- letting go ----

cdef int attend(Tape tape) except -1:
    """Gives back what other threads have let go; for its own thread, where nodes may die."""
    if load_number(&tape.thread) == this_thread():
        store_int(&tape.waiting, 0)
        enlarge_mail(tape)
        empty(tape, False)
    return 0


cdef int enlarge_mail(Tape tape) except -1:
    """Makes room for all handles: a Tensor that dies may need no memory."""
    cdef fg_status status
    with cython.critical_section(tape):
        status = fg_mail_reserve(&tape.mail, tape.c.n_handle)
        if status != FG_OK:
            store_int(&tape.waiting, 1)
    if status != FG_OK:
        fail(status)
    return 0


cdef int reserve(Tape tape, size_t nodes, size_t wides, size_t operands) except -1:
    cdef fg_status status
    if load_int(&tape.waiting):     # first: what dies may take up room
        attend(tape)
    status = fg_tape_reserve(&tape.c, nodes, wides, operands)
    if status != FG_OK:
        fail(status)
    if not fg_mail_has_room(&tape.mail, tape.c.n_handle):
        enlarge_mail(tape)
    return 0


cdef void empty(Tape tape, bint leave) noexcept:
    """Gives back all that is in the mail, and then leaves the tape to nobody, if asked to."""
    cdef int32_t handle = 0
    while handle >= 0:
        with cython.critical_section(tape):
            handle = fg_mail_take(&tape.mail)
            if handle < 0 and leave:
                store_number(&tape.thread, 0)
        if handle >= 0:
            drop(tape, handle, True)


cdef void abandon(Tape tape) noexcept:
    """Leaves a tape that is of no thread any more: the thread has ended, or the recording."""
    store_pointer(&tape.state, NULL)
    empty(tape, True)


cdef void drop(Tape tape, int32_t handle, bint watched) noexcept:
    """Gives a handle back. The hooks stay with the graph."""
    cdef Watch w
    if watched and tape.c.n_note:
        w = watch_of(tape, handle)
        if w is not None:
            w.handle = -1
    fg_tape_drop(&tape.c, handle)


cdef void give_back(Tape tape, int32_t handle, bint watched) noexcept:
    """A Tensor dies, in any thread. Nobody finds it from here on."""
    cdef uint64_t me = this_thread()
    cdef bint mine = load_number(&tape.thread) == me, taken = False
    cdef PyObject *kind
    cdef PyObject *error
    cdef PyObject *trace
    if not mine:
        with cython.critical_section(tape):
            taken = tape.thread == 0
            if taken:
                store_number(&tape.thread, me)
            else:
                fg_mail_put(&tape.mail, handle)
                store_int(&tape.waiting, 1)
    if mine or taken:
        PyErr_Fetch(&kind, &error, &trace)
        drop(tape, handle, watched)
        if taken:
            empty(tape, True)
        PyErr_Restore(kind, error, trace)


cdef object owner_of(Tape tape, int32_t handle):
    """The Tensor of a handle of this thread's tape; None if it is gone, or dying in another thread.

    Who dies there waits to put the handle into the mail, so until then the memory stays.
    """
    cdef PyObject *owner
    cdef bint lives = False
    with cython.critical_section(tape):
        owner = <PyObject *>tape.c.handle[handle].owner
        if owner != NULL and not fg_mail_has(&tape.mail, handle):
            lives = try_incref(owner)
    if not lives:
        return None
    found = <object>owner
    Py_DECREF(found)        # that of try_incref
    return found


# ---- hooks ----

@cython.final
cdef class Watch:
    """The hooks of a node, and the handle of the Tensor that has set them, or -1 once it is gone."""
    def __cinit__(self):
        self.hooks, self.handle = {}, -1


cdef int32_t before_change(Tape tape, int32_t node) noexcept:
    """The node of the value that a change under no_grad has made this node from, or -1."""
    cdef int32_t other = tape.c.graph.arg[node][1]
    if tape.c.graph.op[node] == FG_OP_add and tape.c.graph.op[other] == FG_CONST and (
            tape.c.val[other].s == 0.0 and signbit(tape.c.val[other].s)):
        return tape.c.graph.arg[node][0]    # such a change is t + -0.0, see follow
    return -1


cdef Watch watch_of(Tape tape, int32_t handle):
    """The Watch of a Tensor, also where it stood before changes that were not recorded."""
    cdef int32_t k, node = tape.c.handle[handle].node
    cdef void *note
    while node >= 0:
        k, note = 0, fg_tape_noted(&tape.c, node, 0)
        while note != NULL:
            if type(<object>note) is Watch and (<Watch>note).handle == handle:
                return <Watch>note
            k += 1
            note = fg_tape_noted(&tape.c, node, k)
        node = before_change(tape, node)
    return None


# ---- whether ops are recorded ----

def set_grad_mode(bint mode):
    """Let ops of this thread be recorded or not."""
    cdef Tape tape = current()
    if tape.recording and not mode:
        raise RuntimeError(
            "recording cannot be switched off in a recorded function: what is computed there would "
            "be the same number in every replay; use fastgrad.stop_gradient(x) to cut gradients")
    tape.grad_enabled = mode


cdef class Mode:
    """Sets a mode of this thread inside a ``with`` block; in C, where no Ctrl-C comes in between."""
    cdef object now(self, Tape tape): pass                  # the mode to go back to
    cdef int begin(self, Tape tape) except -1: pass
    cdef int end(self, Tape tape, before) except -1: pass

    def __enter__(self):
        cdef Tape tape = current()
        before = self.now(tape)
        if tape.depth == len(tape.modes):
            tape.modes.append(None)
        tape.modes[tape.depth] = self, before
        self.begin(tape)
        tape.depth += 1

    def __exit__(self, kind=None, error=None, trace=None):
        cdef Tape tape = current()
        cdef Py_ssize_t k = tape.depth - 1
        while k >= 0 and tape.modes[k][0] is not self:  # a generator may end before what began in it
            k -= 1
        if k < 0:
            raise RuntimeError("a mode ends that has not begun; use it in a with statement")
        self.end(tape, tape.modes[k][1])
        tape.depth -= 1
        for k in range(k, tape.depth):
            tape.modes[k] = tape.modes[k + 1]
        tape.modes[tape.depth] = None


cdef class GradMode(Mode):
    """Whether ops are recorded."""
    cdef public bint mode
    cdef public object before       # the mode to go back to, if it is not the one at the beginning
    cdef object now(self, Tape tape): return bool(tape.grad_enabled) if self.before is None else self.before
    cdef int begin(self, Tape tape) except -1: set_grad_mode(self.mode)
    cdef int end(self, Tape tape, before) except -1: tape.grad_enabled = before


cdef class AnomalyMode(Mode):
    """Whether lines of ops are remembered, and NaNs looked for."""
    cdef public bint check_nan
    cdef object now(self, Tape tape): return tape.anomaly, tape.check_nan
    cdef int begin(self, Tape tape) except -1: tape.anomaly, tape.check_nan = True, self.check_nan
    cdef int end(self, Tape tape, before) except -1: tape.anomaly, tape.check_nan = before


# ---- recording ----

cdef enum:
    DEEPEST = 64        # recordings inside recordings


def begin_recording():
    """Put a fresh tape in the place of this thread's: it keeps all that depends on its leaves."""
    cdef Tape outer = current(), tape = Tape(), t = outer
    cdef int depth = 0
    while t is not None:
        depth += 1
        t = t.outer
    if depth > DEEPEST:
        raise RecursionError(f"{depth} recordings inside each other; a function that transforms itself "
                             "has to end its recursion")
    tape.recording, tape.outer = True, outer
    tape.guards, tape.captured, tape.places = [], {}, [None]
    tape.place_numbers, tape.own_code, tape.constants = {}, {}, {}
    fg_tape_pin(&tape.c)        # nothing moves or dies before it becomes a graph
    make_current(outer, tape)
    return tape


def end_recording(Tape outer):
    """Make a tape current again that was before a recording, if one has begun."""
    cdef Tape tape = current()
    make_current(tape, outer)
    while tape is not None and tape is not outer:
        tape.closed = True
        abandon(tape)
        tape = tape.outer


cdef bint may_capture(Tape tape, Tape other) noexcept:
    """Whether `other` is a recording inside of which this one is made, or what it is open to; None is
    the tape of a Tensor that no tape knows yet."""
    cdef bint open
    while tape.recording:
        open, tape = tape.open, tape.outer
        if other is tape or (other is None and open):
            return tape.recording or open
    return False


cdef int raise_foreign() except -1:
    raise RuntimeError(
        "a Tensor that requires grad and is no argument was used in a recorded function, where it would "
        "silently be a constant: pass it as an argument, or t.detach() if it is one")


cdef int check_thread(Tape tape, Tape other) except -1:
    """Raises if what is recorded on `other`, which may be None, cannot be used on a tape."""
    if other is not None and other is not tape and not may_capture(tape, other):
        if other.closed:
            raise RuntimeError(
                "a Tensor was used outside of the recording that it belongs to, which has ended; let "
                "the recorded function return what is needed outside")
        if tape.recording:
            raise_foreign()
        raise RuntimeError(
            "a Tensor that requires grad was used in another thread than the one that recorded it; "
            "each thread has a tape of its own, so pass t.detach() to the thread, or compute there "
            "from values on")
    return 0


cdef int32_t constant_node(Tape tape, cnp.ndarray array) except -1:
    """The node of an array constant of a recording, as it is now: others may change the array later."""
    cdef int32_t node
    known = tape.constants.get(id(array))
    if known is not None and known[1].dtype == array.dtype and np.array_equal(known[1], array, True):
        return known[2]
    box = Box(array.copy())
    node = fg_tape_append_array(&tape.c, describe(box.array, box))
    tape.constants[id(array)] = array, box.array, node
    return node


cdef str PACKAGE = os.path.dirname(os.path.abspath(__file__)) + os.sep


cdef bint is_own(Tape tape, object code):
    found = tape.own_code.get(code)
    if found is None:
        found = tape.own_code[code] = code.co_filename.startswith(PACKAGE)
    return found


cdef uint32_t here(Tape tape) except? 0:
    """The number of the user's statement that is running: of the innermost frame not of this package."""
    cdef PyFrameObject *frame = PyEval_GetFrame()
    cdef PyFrameObject *back
    cdef PyObject *code
    cdef Place *found
    cdef int instruction
    cdef bint owned = False
    while frame != NULL:
        code = <PyObject *>PyFrame_GetCode(frame)
        instruction = PyFrame_GetLasti(frame)
        found = &tape.recent[(<size_t>code // 64 + <size_t>instruction // 2) % 256]
        if found.code == <void *>code and found.instruction == instruction:
            break
        if not is_own(tape, <object>code):
            found.number = number_of_place(tape, <object>code, instruction)
            found.code, found.instruction = <void *>code, instruction
            break
        Py_XDECREF(code)
        back = PyFrame_GetBack(frame)
        if owned:
            Py_XDECREF(<PyObject *>frame)
        owned, frame = True, back
    if frame == NULL:
        return 0
    Py_XDECREF(code)        # the list of places keeps it
    if owned:
        Py_XDECREF(<PyObject *>frame)
    return found.number


cdef uint32_t number_of_place(Tape tape, object code, int instruction) except? 0:
    key = code, instruction
    number = tape.place_numbers.get(key)
    if number is None:
        number = tape.place_numbers[key] = len(tape.places)
        tape.places.append(key)
    return number


cdef int note_place(Tape tape, int32_t node) except -1:
    """Remembers which statement of the user a node comes from."""
    cdef size_t cap
    cdef void *moved
    if <size_t>node >= tape.cap_line:
        cap = tape.c.cap
        moved = fg_mem_resize(tape.line, cap, sizeof(uint32_t))
        if moved == NULL:
            fail(FG_E_MEMORY)
        tape.line = <uint32_t *>moved
        memset(tape.line + tape.cap_line, 0, (cap - tape.cap_line) * sizeof(uint32_t))
        tape.cap_line = cap
    tape.line[node] = here(tape)
    return 0


def statement(Tape tape):
    """Return the number of the user's statement that is running, and (file, line)."""
    number = here(tape)
    return number, file_and_line(tape.places[number])


def file_and_line(place):
    """Return (file, line) of a (code, last instruction)."""
    if place is None:
        return "<unknown>", 0
    code, instruction = place
    for start, end, line in code.co_lines():
        if start <= instruction < end and line is not None:
            return code.co_filename, line
    return code.co_filename, code.co_firstlineno
