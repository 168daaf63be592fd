# A function as a graph, for the other extension modules.
from libc.stdint cimport int32_t
from .c_fastgrad cimport *


cdef class Graph:
    cdef fg_func f
    cdef readonly list calls        # [(structural op, parameters)] by number of the call
    cdef readonly list arrays       # dense float64 ndarrays, the array constants
    cdef readonly list inputs       # nodes
    cdef public list outputs        # nodes
    cdef public list guards         # [(node, expected node)]
    cdef public list places         # [(file, line)] by the numbers that nodes carry
    cdef dict shared                # structural ops by what they are applied to
    cdef dict array_nodes           # id of an ndarray: (it, its node)
    cdef list types                 # [(dtype, shape)] by number
    cdef tuple type_at(self, int32_t node)
    cpdef int32_t type_number(self, object dtype, tuple shape) except -1


cdef class Var:
    cdef readonly Graph graph
    cdef readonly int32_t node


cdef int32_t checked(int32_t result) except -1
