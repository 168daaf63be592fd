# The tape of a thread, for the other extension modules.
cimport cython
cimport numpy as cnp
from cpython.object cimport PyObject
from libc.stdint cimport int32_t, uint32_t, uint64_t
from .c_fastgrad cimport *

cdef extern from *:
    """
    #if defined(Py_GIL_DISABLED) && PY_VERSION_HEX >= 0x030e0000
    #define fg_may_be_tried(o) PyUnstable_EnableTryIncRef(o)
    #else
    #define fg_may_be_tried(o) ((void)0)
    #endif
    #if PY_VERSION_HEX >= 0x030e0000
    #define fg_is_only(o) PyUnstable_Object_IsUniquelyReferenced((PyObject *)(o))
    #else
    #define fg_is_only(o) (Py_REFCNT(o) == 1)
    #endif
    """
    void may_be_tried "fg_may_be_tried"(PyObject *o)
    bint is_only "fg_is_only"(object o)     # whether nobody else has a reference

cdef extern from "Python.h":
    ctypedef struct PyThreadState:
        pass
    PyThreadState *PyThreadState_Get()

cdef extern from "fg_atomic.h" nogil:
    int load_int "FG_LOAD"(int *x)
    void *load_pointer "FG_LOAD"(void **x)
    uint64_t load_number "FG_LOAD"(uint64_t *x)
    void store_int "FG_STORE"(int *x, int to)
    void store_pointer "FG_STORE"(void **x, void *to)
    void store_number "FG_STORE"(uint64_t *x, uint64_t to)


cdef struct Place:
    void *code
    int instruction
    uint32_t number


cdef class Tape:
    cdef fg_tape c
    cdef public bint grad_enabled
    cdef list modes                 # [depth, or more: to end needs no memory] (Mode, what to go back to)
    cdef Py_ssize_t depth           # of the blocks that run
    cdef public bint anomaly        # remember the line of every op
    cdef public bint recording      # of a function that becomes a Graph: what depends on its inputs is kept
    cdef public bint check_nan
    cdef uint64_t thread            # whose it is; 0 if that has ended. Who takes it over then holds a lock
    cdef void *state                # the PyThreadState of its thread where it is current, for a quick look
    cdef fg_mail mail               # handles that other threads have let go, under the lock of this object
    cdef int waiting                # there may be some, or too little room for them
    cdef fg_sweep sweep             # spare arrays of a sweep
    cdef bint sweeping
    # while recording
    cdef readonly Tape outer        # the tape that is current again afterwards
    cdef readonly bint closed       # the recording has ended
    cdef public bint open           # Tensors of the eager tape outside may be captured
    cdef public list guards         # [(node, value, place)]
    cdef public dict captured       # id of a Tensor of an outer recording: (it, its leaf here)
    cdef readonly list places       # [(code, last instruction)]; what the numbers below mean
    cdef public dict constants      # id of an ndarray met on the way: (it, a copy, its node)
    cdef dict place_numbers
    cdef dict own_code              # code: whether it belongs to this package
    cdef uint32_t *line             # [cap_line] the place of each node
    cdef size_t cap_line
    cdef Place recent[256]          # by where they are


@cython.final
cdef class Watch:
    cdef readonly dict hooks
    cdef int32_t handle
    cdef public bint retains


cdef inline int32_t hold(Tape tape, int32_t node, PyObject *tensor) noexcept:
    """A handle of a Tensor on a node, or on FG_NODE_NONE; there is room."""
    may_be_tried(tensor)
    return fg_tape_hold(&tape.c, node, <void *>tensor)


cdef inline bint has_room(Tape tape, size_t nodes) noexcept:
    """Whether reserve(tape, nodes, 0, 0) has nothing to do."""
    return fg_tape_has_room(&tape.c, nodes) and not load_int(&tape.waiting)


cdef Tape current()
cdef int reserve(Tape tape, size_t nodes, size_t wides, size_t operands) except -1
cdef void give_back(Tape tape, int32_t handle, bint watched) noexcept
cdef object owner_of(Tape tape, int32_t handle)
cdef int32_t before_change(Tape tape, int32_t node) noexcept
cdef Watch watch_of(Tape tape, int32_t handle)
cdef bint may_capture(Tape tape, Tape other) noexcept
cdef int raise_foreign() except -1
cdef int check_thread(Tape tape, Tape other) except -1
cdef int32_t constant_node(Tape tape, cnp.ndarray array) except -1
cdef uint32_t here(Tape tape) except? 0
cdef int note_place(Tape tape, int32_t node) except -1
