"""Functions of SciPy's BLAS and LAPACK, lent to programs; and steps of kernels that run at once."""
cimport numpy as cnp
from cpython.pycapsule cimport PyCapsule_GetName, PyCapsule_GetPointer
from libc.stdint cimport int64_t
from ._core cimport borrow, fail
from .c_fastgrad cimport *

import numpy as np

cdef extern from "fg_atomic.h" nogil:
    void *load_pointer "FG_LOAD"(void **x)
    void store_pointer "FG_STORE"(void **x, void *to)

from ._blas import capsule, fits

cnp.import_array()
borrow()

KERNELS = {fg_struct_info(k).name.decode(): k for k in range(FG_N_KERNELS)}

# Below 64 * 64 * 64 multiplications our own loops are about as fast as BLAS, and give the same bits on
# more machines: see benchmarks/matmul.py and docs/adr/0024-blas.md.
cdef fg_blas LOANS
LOANS.worth = 64.0 * 64.0 * 64.0


def blas_from(double worth):
    """Use BLAS from so many multiplications on, and return what was before; for tests and benchmarks."""
    before = LOANS.worth
    LOANS.worth = worth
    return before


cdef double worth_of_blas():
    """Multiplications from which on a product is worth a call."""
    return LOANS.worth


cdef void *address_of(const fg_loan *row, kind) except? NULL:
    """Where a function is, if it can be had."""
    cdef const char *name
    found = capsule(row.library.decode(), kind + row.name.decode())
    if found is None:
        return NULL
    name = PyCapsule_GetName(found)
    if not fits(kind, row.arguments.decode(), name.decode()):
        return NULL
    return PyCapsule_GetPointer(found, name)


cdef const fg_blas *borrow_blas(bint single, bint solves) except NULL:
    """What products borrow, if it can be had; or what solvers need."""
    cdef const fg_loan *row
    cdef void **at
    cdef void *found
    cdef int k = 0
    while True:
        row = fg_loan_info(k)
        if row == NULL:
            return &LOANS
        k += 1
        at = <void **>(<char *>&LOANS + (row.s if single else row.d))
        if load_pointer(at) != NULL or not (solves or row.name == b"gemm"):
            continue
        found = address_of(row, "s" if single else "d")
        store_pointer(at, found)        # threads that do so at once find the same
        if solves and found == NULL:
            fail(FG_E_LAPACK)


def run(lowered, arrays, dtype, shape):
    """Return what the steps of an op with fresh memory make of arrays, as a program does it.

    Parameters
    ----------
    lowered : Lowered
    arrays : sequence of ndarray
        The operands.
    dtype : dtype
        That of the result; float32 if all is.
    shape : tuple of int
        That of the result.
    """
    cdef bint single = all(x.dtype == np.float32 for x in arrays) and dtype == np.float32
    cdef const fg_blas *blas = NULL
    cdef cnp.ndarray w, numbers, sizes
    cdef list places, extents
    cdef fg_status status = FG_OK
    cdef int kernel
    cdef Py_ssize_t n, size = 1
    for n in shape:
        size *= n
    places = [0, size + lowered.scratch]
    for x in arrays:
        places.append(places[len(places) - 1] + x.size)
    total = places.pop()
    w = np.empty(total, np.float32 if single else np.float64)
    for place, x in zip(places[1:], arrays):
        w[place : place + x.size].reshape(x.shape)[...] = x
    extents = [size + lowered.scratch, *(x.size for x in arrays)]
    for name, operands, static in lowered.steps:
        kernel = KERNELS[name]
        if fg_struct_info(kernel).is_solver:
            blas = borrow_blas(single, True)
        numbers = np.array([0, *(places[k + 1] for k in operands), *static], np.int64)
        sizes = np.array([extents[0], *(extents[k + 1] for k in operands)], np.uintp)
        status = fg_struct_check(kernel, numbers.size, <const int64_t *>cnp.PyArray_DATA(numbers),
                                 <const size_t *>cnp.PyArray_DATA(sizes), total)
        if status == FG_OK:
            with nogil:
                if single:
                    status = fg_struct_run_single(
                        kernel, <const int64_t *>cnp.PyArray_DATA(numbers),
                        <float *>cnp.PyArray_DATA(w), blas)
                else:
                    status = fg_struct_run(kernel, <const int64_t *>cnp.PyArray_DATA(numbers),
                                           <double *>cnp.PyArray_DATA(w), blas)
        if status != FG_OK:
            fail(status)
    return w[:size].reshape(shape).astype(dtype)    # a copy
