# A program that can be run, for the batches.
cimport cython
from .c_fastgrad cimport *


@cython.final
cdef class Workspace:
    cdef double *w


@cython.final
cdef class Machine:
    cdef fg_program c
    cdef readonly list inputs       # [(dtype, shape)]
    cdef readonly list outputs
    cdef readonly list guards       # [(place, number of the guard's node)]
    cdef list pool, tiles           # of workspaces that wait, for one point and for batches
    cdef Workspace take(self)
    cdef int give(self, Workspace ws) except -1
    cdef int put(self, Workspace ws, size_t k, object x) except -1
    cdef object get(self, Workspace ws, size_t k)
    cdef int go(self, Workspace ws) except -1
