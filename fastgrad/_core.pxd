# The tape of a thread and array values, for the other extension modules.
cimport numpy as cnp
from libc.stdint cimport int32_t, uint32_t, uint64_t
from .c_fastgrad cimport *


cdef class Storage:
    cdef uint32_t version
    cdef public object changed      # (op, file and line) of the last in-place change


cdef class Box:
    cdef readonly cnp.ndarray array
    cdef readonly Storage storage
    cdef public object view         # None, or (base Tensor, structural op, parameters, recorded)
    cdef Box plain                  # of a view: what the tape keeps alive, which is not the base
    cdef uint32_t seen              # version of the storage at which the Tensor's node is right


cdef inline bint is_stale(Box box):
    """Whether the memory has changed since the Tensor's node was right."""
    return box is not None and box.seen != box.storage.version


cdef struct Place:
    void *code
    int instruction
    uint32_t number


cdef class Tape:
    cdef fg_tape c
    cdef public bint grad_enabled
    cdef public bint anomaly        # remember the line of every op
    cdef public bint recording      # of a function that becomes a Graph: what depends on its inputs is kept
    cdef public bint check_nan
    cdef uint64_t thread            # id of the thread, never used again
    cdef void *state                # its PyThreadState, for a quick look
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


cdef const fg_given *given() noexcept
cdef const fg_lent *special() noexcept
cpdef int prepare(int op) except -1


cdef inline int borrow() except -1:
    """Gives a module's copy of the core what all copies borrow; before the module runs anything."""
    fg_given_set(given())
    fg_lent_set(special())
    return 0


cdef int fail(fg_status status) except -1
cdef int dtype_code(cnp.ndarray a) noexcept
cdef fg_array *describe(cnp.ndarray a, Box owner) except NULL
cdef Tape current()
cdef bint may_capture(Tape tape, Tape other) noexcept
cdef int raise_foreign() except -1
cdef int check_thread(Tape tape, Tape other) except -1
cdef int32_t constant_node(Tape tape, cnp.ndarray array) except -1
cdef uint32_t here(Tape tape) except? 0
cdef int note_place(Tape tape, int32_t node) except -1
