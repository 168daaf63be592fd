"""The tape of each thread, and array values with their versions."""
cimport cython
cimport numpy as cnp
from cpython.ref cimport Py_DECREF, Py_INCREF
from libc.stdint cimport uint64_t
from .c_fastgrad cimport *

import _thread
import builtins

cnp.import_array()

cdef extern from "Python.h":
    ctypedef struct PyThreadState:
        pass
    PyThreadState *PyThreadState_Get()
    uint64_t PyThreadState_GetID(PyThreadState *state)


cdef int fail(fg_status status) except -1:
    """Raises what the row of the status says."""
    raise getattr(builtins, fg_status_exception(status).decode())(fg_status_message(status).decode())


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
