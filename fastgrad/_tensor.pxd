# Tensor and its place on the tape, for the other extension modules.
cimport cython
cimport numpy as cnp
from libc.stdint cimport int32_t
from ._core cimport Box, Storage
from ._tape cimport PyThreadState_Get, Tape, check_thread, current, load_pointer


cdef enum:
    REQUIRES = 1    # requires_grad
    FROM_OP = 2     # an op made it: not a leaf
    BOOLEAN = 4     # a 0-d bool, its value in `val`
    WATCHED = 8     # has hooks or retains its gradient
    CELL = 16       # an array without axes, where elements and sums are numbers
    CHANGED = 32    # in another thread than its tape's: its node has an older value
    OP_SHIFT = 8    # from this bit on, the op code of what made it
    NUMBER_SHIFT = 16   # and the number of a structural op


cdef class Tensor:
    cdef double val                 # the value of a float64 or bool scalar without a box
    cdef Tape tape                  # None until a tape knows it; then always the same
    cdef Box box                    # the array value, or None
    cdef object grad_               # None or a Tensor
    cdef int32_t handle             # on the tape, or -1
    cdef int flags


ctypedef int (*sweep_function)(Tensor root, bint retain) except -1


cdef class Later:
    # arrays
    cdef public object as_tensor, tensor, apply, operator, astype, broadcast_to, copy
    cdef public object matmul, bitwise, arithmetic
    cdef public object is_complex, complex_row     # for operands that no Tensor holds
    # indexing and changing in place
    cdef public object getitem, setitem, inplace, refresh
    # out of the graph
    cdef public object number, index, repr, reduce, require
    # while recording
    cdef public object decide, item, capture, any, stop_gradient, unhashable
    # what has no value but a place in a graph: its type, or None; ops on it; values for good
    cdef public object without_derivative
    cdef public object symbolic, is_symbolic, emit, emit_row, concrete
    # the sweep
    cdef sweep_function backward_scalar
    cdef public object backward, check_grad, check_hook_result, rewatch, move_on
    cdef public object remember_line, raise_modified, raise_nan, warn_non_leaf


cdef enum:                          # what an operand is to the path of scalars
    NO_SCALAR, NUMBER, CONSTANT, TRACKED


cdef inline object grad_of(Tensor t):
    """The gradient; another thread may be setting it."""
    with cython.critical_section(t):
        found = t.grad_
    return found


cdef inline int set_grad(Tensor t, object g) except -1:
    """Sets the gradient. The old one ends afterwards: whatever that runs finds the new one."""
    with cython.critical_section(t):
        old, t.grad_ = t.grad_, g
    return 0


cdef inline int claim(Tape tape, Tensor t) except -1:
    """Lets a Tensor be of a tape, for good, if it is not of another meanwhile."""
    with cython.critical_section(t):
        if t.tape is None:
            t.tape = tape
    return 0


cdef inline Tape tape_for(Tensor t):
    """The tape to record an op of a tracked Tensor on; current() is the long way."""
    if t.tape is not None and load_pointer(&t.tape.state) == PyThreadState_Get():
        return t.tape
    return current()


cdef inline int check_recorded(Tape tape, Tensor t) except -1:
    """Raises for what another thread is recording: a result that is not recorded would be a constant."""
    if t.flags & REQUIRES and t.tape is not None and t.tape is not tape and (
            t.tape.recording and not t.tape.closed):
        check_thread(tape, t.tape)
    return 0


cdef inline int check_operands(object operands) except -1:
    """As check_recorded, for the Tensors among the operands of an op."""
    cdef Tape tape = current()
    for x in operands:
        if type(x) is Tensor:
            check_recorded(tape, <Tensor>x)
    return 0


cdef object dtype_of(Tensor t)
cdef int32_t node_of(Tape tape, Tensor t) except -1
cdef int32_t scalar_node(Tape tape, Tensor t) except -1
cdef int settle(Tape tape, Tensor r, int32_t node) except -1
cdef int kind_of(object a, double *value) except -1
cdef object binary(int op, object a, object b)
cdef object unary(int op, object a)
cpdef Tensor wrap(cnp.ndarray array, Storage storage=?, object view=?, bint scalar=?)
