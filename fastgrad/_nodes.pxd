# Nodes as Python sees them, for the sweep.
from libc.stdint cimport int32_t
from ._tape cimport Tape
from ._tensor cimport Tensor


cdef int32_t find_node(Tensor t) except? -1
cdef int raise_modified(Tape tape, int32_t reader, int32_t i) except -1
