"""Array values with their versions, what the core borrows, and which code is used."""
cimport cython
cimport numpy as cnp
from cpython.exc cimport PyErr_Occurred
from cpython.ref cimport Py_INCREF
from cpython.pycapsule cimport PyCapsule_GetName, PyCapsule_GetPointer
from .c_fastgrad cimport *

import os
from importlib import import_module

import numpy as np

from ._lent import capsules

cnp.import_array()


# ---- functions of mathematics, which may be NumPy's ----

# The rows that NumPy's loops compute with FASTGRAD_MATH=numpy.
LENT = ("exp exp2 expm1 log log2 log10 log1p logaddexp sin cos tan arcsin arccos arctan arctan2 hypot "
        "sinh cosh tanh arcsinh arccosh arctanh cbrt power").split()

cdef fg_given LOOPS[FG_N_ROWS]
cdef bint lent = False


cdef int borrow_loops() except -1:
    """Finds the loops, each of which stays where it is."""
    global lent
    cdef cnp.ufunc f
    cdef int op, k
    for op in range(FG_N_ROWS):
        name = fg_op_info(op).name.decode()
        if name in LENT:
            f = getattr(np, name)
            k = (<object>f).types.index("d" * f.nin + "->d")
            LOOPS[op].loop, LOOPS[op].data = <fg_loop>f.functions[k], f.data[k]
    lent = True
    return 0


cdef const fg_given *given() noexcept:
    """The loops for a copy of the core, if there are any; each module asks before it runs something."""
    return LOOPS if lent else NULL


# ---- special functions, which are SciPy's ----

cdef fg_lent SPECIAL      # empty until a row is used that calls one of them
cdef char filled = False
cdef char ready[FG_N_ROWS]  # of a row: whether all that it calls is there

cdef extern from "fg_atomic.h" nogil:
    char look "FG_LOOK"(char *x)
    void show "FG_SHOW"(char *x, char to)
    void store_function "FG_STORE"(fg_function *x, fg_function to)


cdef const fg_lent *special() noexcept:
    """The table for each copy of the core."""
    return &SPECIAL


cdef int fill() except -1:
    """Puts SciPy's functions into the table. Threads that do so at once put the same ones."""
    cdef int k
    found = capsules({fg_lent_name(k).decode(): fg_lent_arity(k) for k in range(FG_N_LENT)})
    for k in range(FG_N_LENT):
        capsule = found.get(fg_lent_name(k).decode())
        if capsule is not None:
            store_function(&SPECIAL.at[k], <fg_function>PyCapsule_GetPointer(capsule, PyCapsule_GetName(capsule)))
    show(&filled, True)
    return 0


cpdef int prepare(int op) except -1:
    """Sees to it that a row has what it borrows: before it is called, or when a file brings it.

    What follows from it, such as its derivatives, borrows of the same table.
    """
    cdef int k
    if not fg_op_arity(op) or look(&ready[op]):
        return 0
    k = fg_lent_next(op, 0)
    if k < FG_N_LENT and not look(&filled):
        fill()
    while k < FG_N_LENT:
        if SPECIAL.at[k] == NULL:
            import scipy

            name = fg_lent_name(k).decode()
            raise NotImplementedError(
                f"{fg_op_info(op).name.decode()} needs the function {name} of "
                f"scipy.special.cython_special, which SciPy {scipy.__version__} has not got; a newer "
                "SciPy has")
        k = fg_lent_next(op, k + 1)
    show(&ready[op], True)
    return 0


# ---- which code is used ----

def instruction_sets():
    """Return the names of the instruction sets that this build and this processor have."""
    return [fg_isa_number(k).name.decode() for k in range(FG_ISA_MOST) if fg_isa_number(k) != NULL]


def instruction_set():
    """Return the name of the one that is used."""
    return fg_isa_now().name.decode()


def check_instruction_set(name):
    """Raise ImportError for the name of an instruction set that there is not."""
    if name and name not in instruction_sets():
        raise ImportError(f"FASTGRAD_ISA={name!r} is not an instruction set of this processor and build; "
                          f"set one of {', '.join(instruction_sets())}, or none for the best")


def check_math(name, isa):
    """Raise ImportError for what FASTGRAD_MATH may not be."""
    if name and name not in ("own", "numpy"):
        raise ImportError(f"FASTGRAD_MATH={name!r} is not known; set own, which is the default, or numpy")
    if name == "numpy" and isa not in (None, "", "base"):
        raise ImportError(f"FASTGRAD_MATH=numpy has code for the instruction set base only, got "
                          f"FASTGRAD_ISA={isa!r}; leave one of them out")


check_instruction_set(os.environ.get("FASTGRAD_ISA"))
check_math(os.environ.get("FASTGRAD_MATH"), os.environ.get("FASTGRAD_ISA"))
if os.environ.get("FASTGRAD_MATH") == "numpy":
    borrow_loops()
borrow()


cdef int fail(fg_status status) except -1:
    """Raises what the row of the status says, or what the handler of a signal has raised already."""
    if PyErr_Occurred() != NULL:
        return -1
    module, _, name = fg_status_exception(status).decode().rpartition(".")
    raise getattr(import_module(module or "builtins"), name)(fg_status_message(status).decode())


# ---- array values ----

cdef class Storage:
    """Counts the in-place changes of one piece of memory, whoever shares it."""

    @property
    def changed(self):
        """Op, file and line of the last one."""
        with cython.critical_section(self):
            last = self.last
        return last


@cython.final
cdef class Box:
    """An array value: the ndarray, its storage, and what it is a view of."""
    def __init__(self, cnp.ndarray array, Storage storage=None, view=None):
        self.array = array
        self.storage = Storage.__new__(Storage) if storage is None else storage
        self.view = view
        self.seen = self.storage.version
        if view is not None:
            self.plain = Box(array, self.storage)

    @property
    def stale(self):
        return self.seen != self.storage.version

    def refreshed(self):
        """Notes that the Tensor's node is right again."""
        self.seen = self.storage.version

    def bump(self, changed):
        """Notes that the memory has changed in place."""
        cdef Storage storage = self.storage
        with cython.critical_section(storage):
            storage.version += 1
            old = storage.last      # which ends afterwards
            storage.last = changed


cdef int dtype_code(cnp.ndarray a) noexcept:
    cdef int t = cnp.PyArray_TYPE(a)
    return FG_F64 if t == cnp.NPY_DOUBLE else FG_F32 if t == cnp.NPY_FLOAT else FG_OTHER


cdef fg_array *describe(cnp.ndarray a, Box owner) except NULL:
    """The core's view of an ndarray. With an owner the description goes onto a tape and keeps it."""
    cdef fg_array *d = fg_array_new(cnp.PyArray_DATA(a), dtype_code(a), cnp.PyArray_NDIM(a),
                                    <const ptrdiff_t *>cnp.PyArray_DIMS(a),
                                    <const ptrdiff_t *>cnp.PyArray_STRIDES(a))
    if d == NULL:
        fail(FG_E_MEMORY)
    if owner is not None:
        if owner.plain is not None:     # nothing may be allocated here: a collection may pop nodes
            owner = owner.plain
        Py_INCREF(owner)
        d.owner = <void *>owner
        d.version = &owner.storage.version
        d.seen = owner.storage.version
        d.bytes = cnp.PyArray_NBYTES(a)
    return d
