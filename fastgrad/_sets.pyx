"""Sets of input elements in C: which elements of a graph depend on which, and colours of columns.

An element of an array is the number of a set, so an op that moves elements moves numbers.
"""
cimport cython
cimport numpy as cnp
from libc.stdint cimport int32_t, int64_t, uint8_t
from libc.string cimport memcpy
from ._core cimport borrow, fail
from ._graph cimport Graph
from .c_fastgrad cimport *

import math

import numpy as np

cnp.import_array()
borrow()

EMPTY, ALL, FIRST = 0, 1, 2     # the set of nothing, that of everything, that of input element 0


cdef int32_t *numbers(cnp.ndarray a) except NULL:
    """The memory of an int32 array that `dense_sets` or NumPy has just made."""
    return <int32_t *>cnp.PyArray_DATA(a)


def dense_sets(x):
    """Return numbers of sets as dense int32."""
    return np.ascontiguousarray(x, np.int32)


@cython.final
cdef class Dependence:
    """A pass over a graph; what stops it, structural ops, is the caller's to answer."""
    cdef fg_sparsity c
    cdef readonly Graph graph
    cdef object through
    cdef bytearray live

    def __init__(self, Graph graph, cnp.ndarray through, int32_t wrt, list nodes):
        """Prepare for the input node `wrt`; `through` says by which operands rows have derivatives."""
        cdef size_t n_in = math.prod(graph.type_of(wrt)[1])
        cdef fg_status status
        self.graph, self.through, self.live = graph, through, graph.needed(nodes)
        status = fg_sparsity_init(&self.c, &graph.f, <const uint8_t *>cnp.PyArray_DATA(through), n_in,
                                  (16 << 20) + 64 * n_in)
        if status != FG_OK:
            fail(status)
        self.set(wrt, np.arange(FIRST, FIRST + n_in, dtype=np.int32))

    def __dealloc__(self):
        fg_sparsity_free(&self.c)

    def set(self, int32_t node, elements):
        """Set the elements of a node that has been stopped at."""
        cdef cnp.ndarray a = dense_sets(elements)
        cdef fg_status status
        if not 0 <= node < len(self.graph) or a.size != math.prod(self.graph.type_of(node)[1]):
            raise ValueError(f"{a.size} sets for node {node}")
        status = fg_sparsity_set(&self.c, node, numbers(a))
        if status != FG_OK:
            fail(status)

    def get(self, int32_t node):
        """Return the elements of a node that has been passed, in its shape."""
        cdef cnp.ndarray a
        if not 0 <= node < len(self.graph) or self.c.place[node] < 0:
            raise ValueError(f"node {node} has not been reached")
        a = np.empty(self.graph.type_of(node)[1], np.int32)
        if a.size:
            memcpy(numbers(a), fg_sparsity_get(&self.c, node), a.size * sizeof(int32_t))
        return a

    def run(self):
        """Go up to a structural op whose elements are not set; return its node, or -1 at the end."""
        cdef int32_t at = -1
        cdef fg_status status
        cdef const uint8_t *live = <const uint8_t *>self.live
        with nogil:
            status = fg_sparsity_run(&self.c, live, &at)
        if status != FG_OK and status != FG_STOP:
            fail(status)
        return at

    # ---- sets ----

    def pairs(self, a, b):
        """Return the unions of the elements of two arrays, which broadcast."""
        a, b = np.broadcast_arrays(a, b)
        cdef cnp.ndarray x = dense_sets(a), y = dense_sets(b), out = np.empty(a.shape, np.int32)
        cdef fg_status status = fg_sets_unite_pairs(&self.c.sets, numbers(x), numbers(y), x.size,
                                                    numbers(out))
        if status != FG_OK:
            fail(status)
        return out

    def groups(self, elements, starts):
        """Return the union of each group elements[starts[k]:starts[k + 1]]."""
        cdef cnp.ndarray x = dense_sets(elements), start = np.ascontiguousarray(starts, np.int64)
        cdef cnp.ndarray out = np.empty(start.size - 1, np.int32)
        cdef fg_status status
        status = fg_sets_unite_groups(&self.c.sets, numbers(x), <const int64_t *>cnp.PyArray_DATA(start),
                                      out.size, numbers(out))
        if status != FG_OK:
            fail(status)
        return out

    def rows(self, elements):
        """Return the sets of elements as (ends of rows, numbers of input elements), row after row."""
        cdef cnp.ndarray x = dense_sets(elements).reshape(-1)
        cdef cnp.ndarray end = np.zeros(x.size, np.int64), out
        fg_sets_list(&self.c.sets, numbers(x), x.size, <int64_t *>cnp.PyArray_DATA(end), NULL)
        out = np.empty(int(end.max()) if end.size else 0, np.int32)
        fg_sets_list(&self.c.sets, numbers(x), x.size, <int64_t *>cnp.PyArray_DATA(end), numbers(out))
        return end, out


def color_columns(rows, columns, order):
    """Return a colour for each column, and how many there are.

    Parameters
    ----------
    rows : tuple of ndarray of int32
        Starts of the rows, and the columns in them.
    columns : tuple of ndarray of int32
        Starts of the columns, and the rows in them.
    order : ndarray of int32
        Columns in the order in which they are coloured.
    """
    cdef cnp.ndarray row_start = rows[0], column = rows[1], col_start = columns[0], row = columns[1]
    cdef cnp.ndarray in_order = order, colour = np.empty(order.size, np.int32)
    cdef int32_t n = 0
    cdef size_t n_row = row_start.size - 1, n_col = col_start.size - 1
    cdef fg_status status
    with nogil:
        status = fg_color_columns(n_row, n_col, numbers_of(row_start), numbers_of(column),
                                  numbers_of(col_start), numbers_of(row), numbers_of(in_order),
                                  <int32_t *>cnp.PyArray_DATA(colour), &n)
    if status != FG_OK:
        fail(status)
    return colour, n


cdef const int32_t *numbers_of(cnp.ndarray a) noexcept nogil:
    return <const int32_t *>cnp.PyArray_DATA(a)
