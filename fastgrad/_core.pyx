"""The tape of each thread, and array values with their versions."""
cimport cython
cimport numpy as cnp
from cpython.exc cimport PyErr_Occurred
from cpython.ref cimport Py_DECREF, Py_INCREF
from cpython.object cimport PyObject
from cpython.pycapsule cimport PyCapsule_GetName, PyCapsule_GetPointer
from libc.stdint cimport int32_t, uint32_t, uint64_t
from libc.string cimport memset
from .c_fastgrad cimport *

import _thread
import os
from importlib import import_module

import numpy as np

from ._lent import capsules

cnp.import_array()

cdef extern from "Python.h":
    ctypedef struct PyThreadState:
        pass
    PyThreadState *PyThreadState_Get()
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


# ---- functions of mathematics, which may be NumPy's ----

# The rows that NumPy's loops compute with FASTGRAD_MATH=numpy.
LENT = ("exp exp2 expm1 log log2 log10 log1p logaddexp sin cos tan arcsin arccos arctan arctan2 hypot "
        "sinh cosh tanh arcsinh arccosh arctanh cbrt power").split()

cdef fg_given LOOPS[FG_N_ROWS]
cdef bint lent = False


cdef int borrow_loops() except -1:
    """Finds the loops, each of which stays where it is."""
    global lent
    cdef cnp.ufunc f
    cdef int op, k
    for op in range(FG_N_ROWS):
        name = fg_op_info(op).name.decode()
        if name in LENT:
            f = getattr(np, name)
            k = (<object>f).types.index("d" * f.nin + "->d")
            LOOPS[op].loop, LOOPS[op].data = <fg_loop>f.functions[k], f.data[k]
    lent = True
    return 0


cdef const fg_given *given() noexcept:
    """The loops for a copy of the core, if there are any; each module asks before it runs something."""
    return LOOPS if lent else NULL


# ---- special functions, which are SciPy's ----

cdef fg_lent SPECIAL      # empty until a row is used that calls one of them
cdef bint filled = False
cdef bint ready[FG_N_ROWS]


cdef const fg_lent *special() noexcept:
    """The table for each copy of the core."""
    return &SPECIAL


cdef int fill() except -1:
    """Puts SciPy's functions into the table. Threads that do so at once put the same ones."""
    global filled
    cdef int k
    found = capsules({fg_lent_name(k).decode(): fg_lent_arity(k) for k in range(FG_N_LENT)})
    for k in range(FG_N_LENT):
        capsule = found.get(fg_lent_name(k).decode())
        if capsule is not None:
            SPECIAL.at[k] = <fg_function>PyCapsule_GetPointer(capsule, PyCapsule_GetName(capsule))
    filled = True
    return 0


cpdef int prepare(int op) except -1:
    """Sees to it that a row has what it borrows: before it is called, or when a file brings it.

    What follows from it, such as its derivatives, borrows of the same table.
    """
    cdef int k = FG_N_LENT
    if fg_op_arity(op) and not ready[op]:
        k = fg_lent_next(op, 0)
    if k < FG_N_LENT and not filled:
        fill()
    while k < FG_N_LENT:
        if SPECIAL.at[k] == NULL:
            import scipy

            name = fg_lent_name(k).decode()
            raise NotImplementedError(
                f"{fg_op_info(op).name.decode()} needs the function {name} of "
                f"scipy.special.cython_special, which SciPy {scipy.__version__} has not got; a newer "
                "SciPy has")
        k = fg_lent_next(op, k + 1)
    if fg_op_arity(op):
        ready[op] = True
    return 0


# ---- which code is used ----

def instruction_sets():
    """Return the names of the instruction sets that this build and this processor have."""
    return [fg_isa_number(k).name.decode() for k in range(FG_ISA_MOST) if fg_isa_number(k) != NULL]


def instruction_set():
    """Return the name of the one that is used."""
    return fg_isa_now().name.decode()


def check_instruction_set(name):
    """Raise ImportError for the name of an instruction set that there is not."""
    if name and name not in instruction_sets():
        raise ImportError(f"FASTGRAD_ISA={name!r} is not an instruction set of this processor and build; "
                          f"set one of {', '.join(instruction_sets())}, or none for the best")


def check_math(name, isa):
    """Raise ImportError for what FASTGRAD_MATH may not be."""
    if name and name not in ("own", "numpy"):
        raise ImportError(f"FASTGRAD_MATH={name!r} is not known; set own, which is the default, or numpy")
    if name == "numpy" and isa not in (None, "", "base"):
        raise ImportError(f"FASTGRAD_MATH=numpy has code for the instruction set base only, got "
                          f"FASTGRAD_ISA={isa!r}; leave one of them out")


check_instruction_set(os.environ.get("FASTGRAD_ISA"))
check_math(os.environ.get("FASTGRAD_MATH"), os.environ.get("FASTGRAD_ISA"))
if os.environ.get("FASTGRAD_MATH") == "numpy":
    borrow_loops()
borrow()


cdef int fail(fg_status status) except -1:
    """Raises what the row of the status says, or what the handler of a signal has raised already."""
    if PyErr_Occurred() != NULL:
        return -1
    module, _, name = fg_status_exception(status).decode().rpartition(".")
    raise getattr(import_module(module or "builtins"), name)(fg_status_message(status).decode())


# ---- array values ----

cdef class Storage:
    """Counts the in-place changes of one piece of memory, whoever shares it."""


@cython.final
cdef class Box:
    """An array value: the ndarray, its storage, and what it is a view of."""
    def __init__(self, cnp.ndarray array, Storage storage=None, view=None):
        self.array = array
        self.storage = Storage.__new__(Storage) if storage is None else storage
        self.view = view
        self.seen = self.storage.version
        if view is not None:
            self.plain = Box(array, self.storage)

    @property
    def stale(self):
        return self.seen != self.storage.version

    def refreshed(self):
        """Notes that the Tensor's node is right again."""
        self.seen = self.storage.version

    def bump(self, changed):
        """Notes that the memory has changed in place."""
        self.storage.version += 1
        self.storage.changed = changed


cdef int dtype_code(cnp.ndarray a) noexcept:
    cdef int t = cnp.PyArray_TYPE(a)
    return FG_F64 if t == cnp.NPY_DOUBLE else FG_F32 if t == cnp.NPY_FLOAT else FG_OTHER


cdef fg_array *describe(cnp.ndarray a, Box owner) except NULL:
    """The core's view of an ndarray. With an owner the description goes onto a tape and keeps it."""
    cdef fg_array *d = fg_array_new(cnp.PyArray_DATA(a), dtype_code(a), cnp.PyArray_NDIM(a),
                                    <const ptrdiff_t *>cnp.PyArray_DIMS(a),
                                    <const ptrdiff_t *>cnp.PyArray_STRIDES(a))
    if d == NULL:
        fail(FG_E_MEMORY)
    if owner is not None:
        if owner.plain is not None:     # nothing may be allocated here: a collection may pop nodes
            owner = owner.plain
        Py_INCREF(owner)
        d.owner = <void *>owner
        d.version = &owner.storage.version
        d.seen = owner.storage.version
        d.bytes = cnp.PyArray_NBYTES(a)
    return d


# ---- the tape of a thread ----

cdef void release(void *payload) noexcept with gil:
    Py_DECREF(<object>payload)


cdef class Tape:
    """Owns the C tape of one thread."""
    def __cinit__(self):
        fg_tape_init(&self.c, release)
        self.grad_enabled = True
        self.state = PyThreadState_Get()
        self.thread = PyThreadState_GetID(PyThreadState_Get())
        fg_sweep_init(&self.sweep)

    def __dealloc__(self):
        fg_sweep_free(&self.sweep)
        fg_tape_free(&self.c)
        fg_mem_free(self.line)

    def stats(self):
        """Return a dict: nodes on the tape, bytes of its arrays, bytes of array values."""
        return {"nodes": self.c.graph.n, "tensors": self.c.n_handle - self.c.n_free,
                "bytes": fg_tape_bytes(&self.c), "array_bytes": self.c.bytes}

    def compact(self):
        """Drop every node that no Tensor can reach, now."""
        cdef fg_status status = fg_tape_compact(&self.c)
        if status != FG_OK:
            fail(status)


cdef uint64_t cached_thread = 0
cdef Tape cached_tape = None
cdef object tapes = _thread._local()


cdef Tape find_tape():
    global cached_thread, cached_tape
    cdef Tape tape = getattr(tapes, "tape", None)
    if tape is None:
        tape = tapes.tape = Tape()
    cached_tape = tape
    cached_thread = tape.thread
    return tape


cdef Tape current():
    # one comparison instead of a look-up in thread-local storage
    if PyThreadState_GetID(PyThreadState_Get()) == cached_thread:
        return cached_tape
    return find_tape()


def tape():
    """Return the tape of this thread."""
    return current()


def set_grad_mode(bint mode):
    """Let ops of this thread be recorded or not."""
    cdef Tape tape = current()
    if tape.recording and not mode:
        raise RuntimeError(
            "recording cannot be switched off in a recorded function: what is computed there would "
            "be the same number in every replay; use fastgrad.stop_gradient(x) to cut gradients")
    tape.grad_enabled = mode


cdef class GradMode:
    """Sets the mode of this thread inside a ``with`` block; in C, where no Ctrl-C comes in between."""
    cdef public bint mode
    cdef public object before       # the mode to go back to, if it is not the one at the beginning
    cdef list outer                 # of each block that runs; never shorter, to end needs no memory
    cdef Py_ssize_t depth

    def __cinit__(self, *args, **options):
        self.outer = []

    def __enter__(self):
        before = bool(current().grad_enabled) if self.before is None else self.before
        if self.depth == len(self.outer):
            self.outer.append(before)
        self.outer[self.depth] = before
        set_grad_mode(self.mode)
        self.depth += 1

    def __exit__(self, kind=None, error=None, trace=None):
        if not self.depth:
            raise RuntimeError("a grad mode ends that has not begun; use it in a with statement")
        self.depth -= 1
        current().grad_enabled = self.outer[self.depth]


# ---- recording ----

cdef enum:
    DEEPEST = 64        # recordings inside recordings


def begin_recording():
    """Put a fresh tape in the place of this thread's: it keeps all that depends on its leaves."""
    global cached_tape, cached_thread
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
    outer.state = NULL          # so that nobody takes it for the current one
    tapes.tape = cached_tape = tape
    cached_thread = tape.thread
    return tape


def end_recording(Tape outer):
    """Make a tape current again that was before a recording, if one has begun."""
    global cached_tape, cached_thread
    cdef Tape tape = current()
    while tape is not None and tape is not outer:
        tape.closed = True
        tape.state = NULL
        tape = tape.outer
    outer.state = PyThreadState_Get()
    tapes.tape = cached_tape = outer
    cached_thread = outer.thread


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
