# Array values and what the core borrows, for the other extension modules.
cimport numpy as cnp
from libc.stdint cimport uint32_t
from .c_fastgrad cimport *


cdef class Storage:
    cdef uint32_t version
    cdef object last                # (op, file and line) of the last in-place change


cdef class Box:
    cdef readonly cnp.ndarray array
    cdef readonly Storage storage
    cdef public object view         # None, or (base Tensor, structural op, parameters, recorded)
    cdef Box plain                  # of a view: what the tape keeps alive, which is not the base
    cdef uint32_t seen              # version of the storage at which the Tensor's node is right


cdef inline bint is_stale(Box box):
    """Whether the memory has changed since the Tensor's node was right."""
    return box is not None and box.seen != box.storage.version


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
