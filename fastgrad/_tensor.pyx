"""Tensor, and ops on scalars: coerce, one call into the C core, check the status.

No formula stands here and no loop over data. What is rare or longer is in other modules, which set
it on `later` at import: arrays, in-place changes, views, the sweep.
"""
cimport cython
cimport numpy as cnp
from cpython.float cimport PyFloat_Check
from cpython.long cimport PyLong_AsDouble, PyLong_CheckExact
from cpython.object cimport Py_EQ, Py_GT, Py_LE, Py_LT, Py_NE, PyObject
from libc.stdint cimport INT32_MAX, int32_t
from ._core cimport Box, Storage, borrow, describe, fail, is_stale
from ._tape cimport (PyThreadState_Get, Tape, check_thread, constant_node, current, give_back, has_room,
                     hold, is_only, load_pointer, may_capture, note_place, raise_foreign, reserve)
from .c_fastgrad cimport *

import numpy as np

cnp.import_array()
borrow()

cdef extern from "Python.h":
    ctypedef void (*destructor)(PyObject *) noexcept
    ctypedef struct PyTypeObject:
        PyObject *tp_dict
        destructor tp_dealloc
    void PyType_Modified(PyTypeObject *type)


cdef class Later:
    """What higher modules do for a Tensor; each is set once, when its module is imported."""


cdef Later _later = Later()
later = _later


@cython.final
@cython.no_gc
@cython.c_api_binop_methods(True)     # an operator gets its operands in either order
@cython.freelist(256)
cdef class Tensor:
    """A value of which gradients can be taken: 0-d or an array, float64 or float32.

    Make one with `fastgrad.tensor`. Integer and bool Tensors carry data, such as indices and
    masks, and have no gradient. All threads may read and drop it; what is tracked is used by the
    thread that recorded it, and a change while another thread reads wants a lock.
    """
    def __cinit__(self):
        self.handle = -1

    def __init__(self, *data, **options):
        raise TypeError("a Tensor is made by fastgrad.tensor(data), not by calling the class")

    # arithmetic; one function serves both orders of operands
    def __add__(a, b): return binary(FG_OP_add, a, b)
    def __sub__(a, b): return binary(FG_OP_subtract, a, b)
    def __mul__(a, b): return binary(FG_OP_multiply, a, b)
    def __truediv__(a, b): return binary(FG_OP_divide, a, b)
    def __floordiv__(a, b): return binary(FG_OP_floor_divide, a, b)
    def __mod__(a, b): return binary(FG_OP_remainder, a, b)
    def __divmod__(a, b): return binary(FG_OP_floor_divide, a, b), binary(FG_OP_remainder, a, b)

    def __pow__(a, b, modulo):  # NumPy squares masks where b is the number 2: they become int8
        if type(b) is int and b == 2 and modulo is None and (<Tensor>a).box and dtype_of(a) is BOOL:
            return unary(FG_OP_square, a)
        return NotImplemented if modulo is not None else binary(FG_OP_power, a, b)

    def __neg__(self): return unary(FG_OP_negative, self)
    def __pos__(self): return self if self.box is None else _later.copy(self)
    def __abs__(self): return unary(FG_OP_absolute, self)
    def __matmul__(a, b): return _later.matmul(a, b)
    def __and__(a, b): return _later.bitwise("bitwise_and", a, b)
    def __or__(a, b): return _later.bitwise("bitwise_or", a, b)
    def __xor__(a, b): return _later.bitwise("bitwise_xor", a, b)
    def __lshift__(a, b): return _later.bitwise("left_shift", a, b)
    def __rshift__(a, b): return _later.bitwise("right_shift", a, b)
    def __invert__(self): return _later.bitwise("invert", self)
    def __iadd__(self, b): return _later.inplace(self, "add", b)
    def __isub__(self, b): return _later.inplace(self, "subtract", b)
    def __imul__(self, b): return _later.inplace(self, "multiply", b)
    def __itruediv__(self, b): return _later.inplace(self, "divide", b)
    def __ifloordiv__(self, b): return _later.inplace(self, "floor_divide", b)
    def __imod__(self, b): return _later.inplace(self, "remainder", b)
    def __ipow__(self, b, modulo): return _later.inplace(self, "power", b)
    def __imatmul__(self, b): return _later.inplace(self, "matmul", b)
    def __iand__(self, b): return _later.inplace(self, "bitwise_and", b)
    def __ior__(self, b): return _later.inplace(self, "bitwise_or", b)
    def __ixor__(self, b): return _later.inplace(self, "bitwise_xor", b)
    def __ilshift__(self, b): return _later.inplace(self, "left_shift", b)
    def __irshift__(self, b): return _later.inplace(self, "right_shift", b)
    def __richcmp__(self, other, int how):
        return binary(FG_OP_less if how == Py_LT else FG_OP_less_equal if how == Py_LE else
                      FG_OP_equal if how == Py_EQ else FG_OP_not_equal if how == Py_NE else
                      FG_OP_greater if how == Py_GT else FG_OP_greater_equal, self, other)

    def __hash__(self):     # by identity, as torch
        if self.flags & REQUIRES and self.tape is not None and self.tape.recording:
            _later.unhashable(self)
        return <Py_hash_t>(<size_t><void *>self >> 4)

    # containers
    def __len__(self):
        if self.box is None or cnp.PyArray_NDIM(self.box.array) == 0:
            raise TypeError("len() of a 0-d tensor; it has no axis, use .item() for its number")
        return cnp.PyArray_DIM(self.box.array, 0)

    def __iter__(self):
        if self.box is None or cnp.PyArray_NDIM(self.box.array) == 0:
            raise TypeError("iteration over a 0-d tensor; use .item() for its number")
        return iter([self[i] for i in range(cnp.PyArray_DIM(self.box.array, 0))])

    def __contains__(self, value):
        return bool(_later.any(binary(FG_OP_equal, self, value)))

    def __getitem__(self, key):
        cdef cnp.ndarray a
        cdef Py_ssize_t i, n
        if self.box is not None and type(key) is int:
            a = self.box.array
            if cnp.PyArray_NDIM(a) == 1 and cnp.PyArray_TYPE(a) == cnp.NPY_DOUBLE:
                i, n = key, cnp.PyArray_DIM(a, 0)
                if -n <= i < n and n <= INT32_MAX:
                    return item(self, i + n if i < 0 else i)
        return _later.getitem(self, key)

    def __setitem__(self, key, value):
        _later.setitem(self, key, value)

    def __delitem__(self, key):
        raise ValueError("cannot delete items of a Tensor; index what is to stay, or use "
                         "fastgrad.concatenate")

    # numbers
    def __bool__(self):
        if self.flags & REQUIRES and self.tape is not None and self.tape.recording:
            return _later.decide(self)
        if self.box is None:
            return self.val != 0.0
        if self.box.array.size != 1:
            raise ValueError(f"Boolean value of Tensor with shape {self.shape} is ambiguous; use "
                             ".any() or .all(), or fastgrad.where instead of `if`")
        return bool(self.box.array.item())

    def __float__(self): return float(_later.number(self, "float"))
    def __int__(self): return int(_later.number(self, "int"))
    def __complex__(self): return complex(_later.number(self, "complex"))
    def __index__(self): return _later.index(self)
    def __repr__(self): return _later.repr(self)
    def __reduce__(self): return _later.reduce(self)
    def item(self):
        """Return the value of a one-element Tensor as a Python number.

        The number is not tracked: what is computed from it has no gradient.

        Raises
        ------
        ValueError
            If the Tensor has not exactly one element.

        Examples
        --------
        >>> import fastgrad as fg
        >>> fg.tensor(2.5, requires_grad=True).item()
        2.5
        """
        if self.flags & REQUIRES and self.tape is not None and self.tape.recording:
            return _later.item(self)
        if self.box is None:
            return bool(self.val) if self.flags & BOOLEAN else self.val
        if self.box.array.size != 1:
            raise ValueError("a Tensor with {} elements cannot be converted to Scalar; it has shape "
                             "{}, use .tolist()".format(self.size, self.shape))
        return self.box.array.item()

    @property
    def shape(self):
        """Tuple of the lengths of the axes."""
        return () if self.box is None else (<object>self.box.array).shape

    @property
    def ndim(self):
        """Number of axes."""
        return 0 if self.box is None else cnp.PyArray_NDIM(self.box.array)

    @property
    def size(self):
        """Number of elements."""
        return 1 if self.box is None else cnp.PyArray_SIZE(self.box.array)

    @property
    def dtype(self):
        """NumPy dtype of the elements."""
        return dtype_of(self)

    @property
    def is_leaf(self):
        """Whether no op made it, or it requires no gradient."""
        if is_stale(self.box):
            _later.refresh(self)
        return not self.flags & FROM_OP

    @property
    def requires_grad(self):
        """Whether gradients with respect to it, or through it, are computed; settable on a leaf."""
        if is_stale(self.box):      # a view of what has become tracked is tracked
            _later.refresh(self)
        return bool(self.flags & REQUIRES)

    @requires_grad.setter
    def requires_grad(self, value):
        _later.require(self, value)

    @property
    def grad(self):
        """Gradient accumulated by `backward`, a Tensor of the same shape, or None."""
        if self.grad_ is None and self.flags & FROM_OP and not self.flags & WATCHED:
            _later.warn_non_leaf()
        return grad_of(self)

    @grad.setter
    def grad(self, value):
        set_grad(self, None if value is None else _later.check_grad(self, value))

    def backward(self, gradient=None, retain_graph=None, create_graph=False, inputs=None):
        """Add the gradient of this Tensor to the ``.grad`` of the leaves it depends on.

        Parameters
        ----------
        gradient : Tensor or array_like, optional
            Seed of this Tensor's shape; may be left out for a scalar, where it is 1.
        retain_graph : bool, optional
            Keep the graph, so that it can be swept again. Default: the value of `create_graph`.
        create_graph : bool
            Record the sweep itself, so that the gradients can be differentiated.
        inputs : Tensor or sequence of Tensor, optional
            Accumulate into these only.

        Raises
        ------
        RuntimeError
            If this Tensor does not require a gradient; if it is no scalar and `gradient` is
            missing or of another shape; if the graph has been freed by an earlier call; if a
            value that is needed was changed in place; if the Tensor belongs to another thread.

        Notes
        -----
        Reverse mode: one pass over the graph, whatever the number of leaves. A zero adjoint adds
        nothing, also through an infinite local gradient.

        Examples
        --------
        >>> import fastgrad as fg
        >>> x, y = fg.tensor(1.0), fg.tensor(2.0)
        >>> w = fg.tensor(1.0, requires_grad=True)
        >>> loss = (w * x - y) ** 2
        >>> loss.backward()
        >>> w.grad
        tensor(-2.)
        """
        if gradient is None and inputs is None and not create_graph and self.box is None and (
                self.flags & REQUIRES) and not current().recording:
            _later.backward_scalar(self, retain_graph is not None and retain_graph)
        else:
            _later.backward(self, gradient, retain_graph, create_graph, inputs)


cdef destructor destroy = (<PyTypeObject *>Tensor).tp_dealloc

cdef void let_go(PyObject *o) noexcept:
    """Ends a Tensor. First its handle goes, while it has no reference: from then on nobody finds it."""
    if (<Tensor>o).handle >= 0:
        if load_pointer(&(<Tensor>o).tape.state) == PyThreadState_Get() and (
                not (<Tensor>o).flags & WATCHED):
            fg_tape_drop(&(<Tensor>o).tape.c, (<Tensor>o).handle)
        else:
            give_back((<Tensor>o).tape, (<Tensor>o).handle, (<Tensor>o).flags & WATCHED)
    if (<Tensor>o).grad_ is not None:
        unchain(o)
    destroy(o)

cdef void unchain(PyObject *o) noexcept:
    """Drops a .grad that has a .grad that has ... one by one: freeing must not recurse."""
    cdef Tensor g = (<Tensor>o).grad_, deeper
    (<Tensor>o).grad_ = None
    while g is not None and is_only(g):
        deeper = g.grad_
        g.grad_ = None
        g, deeper = deeper, None

(<PyTypeObject *>Tensor).tp_dealloc = let_go


cdef object FLOAT64 = np.dtype(np.float64)
cdef object FLOAT32 = np.dtype(np.float32)
cdef object BOOL = np.dtype(np.bool_)


cdef object dtype_of(Tensor t):
    """The dtype; of floats always the same object, for NumPy has several that are equal."""
    cdef int kind
    if t.box is None:
        return BOOL if t.flags & BOOLEAN else FLOAT64
    kind = cnp.PyArray_TYPE(t.box.array)
    if kind == cnp.NPY_DOUBLE:
        return FLOAT64
    return FLOAT32 if kind == cnp.NPY_FLOAT else t.box.array.dtype


def add_methods(dict methods):
    """Give Tensor the methods that are written in Python.

    A Python subclass would do the same at 150 ns more for every result of an op: it makes each
    object a heap type's instance that the garbage collector tracks.
    """
    cdef PyTypeObject *type = <PyTypeObject *>Tensor
    (<dict>type.tp_dict).update(methods)
    PyType_Modified(type)


def values(x):
    """Return the value as an ndarray that shares memory where there is an array; no copy."""
    cdef Tensor t
    if type(x) is not Tensor:
        return x
    t = <Tensor>x
    if t.box is not None:
        return t.box.array
    return np.array(t.val != 0.0) if t.flags & BOOLEAN else np.array(t.val)


def box_of(Tensor t):
    """Return the box of an array Tensor, or None."""
    return t.box


cpdef Tensor wrap(cnp.ndarray array, Storage storage=None, object view=None, bint scalar=True):
    """Return an untracked Tensor of an array; a 0-d float64 or bool one becomes a scalar."""
    cdef Tensor t = Tensor.__new__(Tensor)
    cdef int kind = cnp.PyArray_TYPE(array)
    if scalar and cnp.PyArray_NDIM(array) == 0 and (kind == cnp.NPY_DOUBLE or kind == cnp.NPY_BOOL):
        t.val = array.item()
        t.flags = BOOLEAN if kind == cnp.NPY_BOOL else 0
    else:
        t.box = Box(array, storage, view)
    return t


# ---- a Tensor's place on the tape ----

cdef int32_t node_of(Tape tape, Tensor t) except -1:
    """The node of a Tensor, a new one if it has none. Room for two nodes must be reserved."""
    cdef int32_t node
    cdef fg_cell value
    if t.handle >= 0 and t.tape is tape:
        node = tape.c.handle[t.handle].node
        if node >= 0 and not t.flags & CHANGED:
            return node
    if tape.recording and t.box is not None and not t.flags & REQUIRES:
        return constant_node(tape, t.box.array)
    if t.tape is None and not (tape.recording and t.flags & REQUIRES):
        claim(tape, t)
    if t.tape is not None and t.tape is not tape:
        if t.flags & REQUIRES:
            check_thread(tape, t.tape)
            return node_of(tape, _later.capture(tape, t))
        if t.box is None:       # a constant that the tape of another thread knows
            return fg_tape_append_number(&tape.c, t.val)
        return fg_tape_append_array(&tape.c, describe(t.box.array, t.box))
    if tape.recording and t.tape is None and t.flags & REQUIRES:
        if may_capture(tape, None):
            return node_of(tape, _later.capture(tape, t))
        raise_foreign()
    if t.box is None:
        value.s = t.val
    else:
        value.a = describe(t.box.array, t.box)
    if t.handle < 0:
        t.handle = hold(tape, FG_NODE_NONE, <PyObject *>t)
    t.flags &= ~CHANGED
    if tape.c.handle[t.handle].node == FG_NODE_FREED:
        return fg_tape_append_freed(&tape.c, t.handle, value, t.box is not None)
    return fg_tape_append_leaf(&tape.c, t.handle, t.flags & REQUIRES, value, t.box is not None)


cdef int32_t scalar_node(Tape tape, Tensor t) except -1:
    """As node_of, for an operand of an op on scalars: a 0-d array becomes its element."""
    cdef int32_t node = node_of(tape, t)
    if t.box is None:
        return node
    return fg_tape_append_item(&tape.c, node, 0, t.box.array.item())


cdef int settle(Tape tape, Tensor r, int32_t node) except -1:
    """Makes r the Tensor of a node that an op has just appended."""
    r.tape = tape
    r.flags |= REQUIRES | FROM_OP | <int>tape.c.graph.op[node] << OP_SHIFT
    r.handle = hold(tape, node, <PyObject *>r)
    if tape.recording:
        note_place(tape, node)
    if tape.anomaly:
        _later.remember_line(tape, node)
    return 0


# ---- ops on scalars ----

cdef char IS_TEST[256]
for _op in range(FG_N_ROWS):
    IS_TEST[_op] = fg_op_info(_op).is_test

cdef int kind_of(object a, double *value) except -1:
    """What an operand is to the scalar path, and its value."""
    cdef Tensor t
    if type(a) is Tensor:
        t = <Tensor>a
        if t.box is not None or t.flags & BOOLEAN:
            return NO_SCALAR
        value[0] = t.val
        return TRACKED if t.flags & REQUIRES else CONSTANT
    if PyFloat_Check(a):
        value[0] = <double>a
        return NUMBER
    if PyLong_CheckExact(a):
        value[0] = PyLong_AsDouble(a)
        return NUMBER
    return NO_SCALAR


cdef object binary(int op, object a, object b):
    cdef double x, y
    cdef int kind_a = kind_of(a, &x), kind_b = kind_of(b, &y)
    cdef Tensor r
    cdef Tape tape
    cdef int32_t i, j
    if not kind_a or not kind_b or (kind_a == NUMBER and kind_b == NUMBER):
        return _later.operator(op, a, b)
    r = <Tensor>Tensor.__new__(Tensor)
    if IS_TEST[op]:
        r.flags = BOOLEAN
    if kind_a == TRACKED or kind_b == TRACKED:
        tape = tape_for(<Tensor>a if kind_a == TRACKED else <Tensor>b)
        if tape.recording or (tape.grad_enabled and not r.flags):
            if not has_room(tape, 4):
                reserve(tape, 4, 0, 0)
            i = fg_tape_append_number(&tape.c, x) if kind_a == NUMBER else node_of(tape, <Tensor>a)
            j = fg_tape_append_number(&tape.c, y) if kind_b == NUMBER else node_of(tape, <Tensor>b)
            i = fg_tape_append_scalar(&tape.c, op, i, j)
            r.val = tape.c.val[i].s
            settle(tape, r, i)
            return r
        if kind_a == TRACKED:
            check_recorded(tape, <Tensor>a)
        if kind_b == TRACKED:
            check_recorded(tape, <Tensor>b)
    r.val = fg_op_value(op, x, y, 0.0)
    return r


cdef object unary(int op, object a):
    cdef double x
    cdef int kind = kind_of(a, &x)
    cdef Tensor r
    cdef Tape tape
    cdef int32_t i
    if kind < CONSTANT:
        return _later.apply(op, (a,))
    r = <Tensor>Tensor.__new__(Tensor)
    if IS_TEST[op]:
        r.flags = BOOLEAN
    if kind == TRACKED:
        tape = tape_for(<Tensor>a)
        if tape.recording or (tape.grad_enabled and not r.flags):
            if not has_room(tape, 2):
                reserve(tape, 2, 0, 0)
            i = node_of(tape, <Tensor>a)
            i = fg_tape_append_scalar(&tape.c, op, i, i)
            r.val = tape.c.val[i].s
            settle(tape, r, i)
            return r
        check_recorded(tape, <Tensor>a)
    r.val = fg_op_value(op, x, 0.0, 0.0)
    return r


cdef object item(Tensor t, Py_ssize_t i):
    """The element of a 1-D float64 array, by a non-negative index: no structural op needed."""
    cdef Tensor r = <Tensor>Tensor.__new__(Tensor)
    cdef Tape tape
    cdef int32_t node
    r.val = (<double *>cnp.PyArray_GETPTR1(t.box.array, i))[0]
    if is_stale(t.box):
        _later.refresh(t)
    if t.flags & REQUIRES:
        tape = current()
        if tape.grad_enabled:
            reserve(tape, 4, 0, 0)
            node = node_of(tape, t)
            settle(tape, r, fg_tape_append_item(&tape.c, node, <int32_t>i, r.val))
    return r
