# A program that can be run, for the batches.
cimport cython
from libc.stdint cimport int32_t
from .c_fastgrad cimport *


@cython.final
cdef class Workspace:
    cdef char *w                    # numbers, of a machine's item


@cython.final
cdef class Machine:
    cdef fg_program c
    cdef readonly object dtype      # of the numbers in a workspace: float64, or float32 if all are
    cdef readonly list inputs       # [(dtype, shape)]
    cdef readonly list outputs
    cdef readonly list guards       # [(place, number of the guard's node)]
    cdef list pool, tiles           # of workspaces that wait, for one point and for batches
    cdef Workspace fresh(self, size_t n)
    cdef Workspace take(self)
    cdef char *at(self, Workspace ws, int32_t place)
    cdef int give(self, Workspace ws) except -1
    cdef int put(self, Workspace ws, size_t k, object x) except -1
    cdef object get(self, Workspace ws, size_t k)
    cdef fg_status compute(self, Workspace ws, size_t *at) noexcept
    cdef int go(self, Workspace ws) except -1
