# What programs borrow of SciPy.
from .c_fastgrad cimport *


cdef double worth_of_blas()
cdef const fg_blas *borrow_blas(bint single, bint solves) except NULL
