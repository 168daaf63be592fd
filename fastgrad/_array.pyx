"""Ops on arrays: the rows of the table on ndarrays, and structural ops as nodes.

An operand arrives as a Tensor, a Python number or something NumPy can make an array of. Broadcasting
and casts of tracked operands are nodes of their own, so that in a table op all arrays have one shape
and one dtype, and what is constant is read with stride 0.
"""
cimport numpy as cnp
from cpython.float cimport PyFloat_CheckExact
from cpython.ref cimport Py_INCREF
from libc.stdint cimport int32_t
from ._core cimport Box, borrow, describe, dtype_code, fail, is_stale, prepare
from ._tape cimport Tape, check_thread, current, reserve
from ._tensor cimport (
    BOOLEAN, NUMBER_SHIFT, REQUIRES, Tensor, binary, check_operands, dtype_of, node_of, scalar_node,
    settle, unary, wrap)
from .c_fastgrad cimport *

import numpy as np

from ._tensor import later, values

cnp.import_array()
borrow()

cdef object FLOAT64 = np.dtype(np.float64)
cdef object FLOAT32 = np.dtype(np.float32)
cdef enum:
    WORTH_RELEASING = 4096      # elements above which a kernel runs without the GIL


def row(int op):
    """Return what the table says of an op code as a dict."""
    cdef const fg_op_row *r = fg_op_info(op)
    if r == NULL:
        raise IndexError(f"op code {op} is none of 0 to {FG_N_ROWS - 1}")
    return {"name": r.name.decode(), "value": r.value.decode(), "doc": r.doc.decode(),
            "partials": tuple([r.partial[k].decode() for k in range(r.arity)]),
            "domains": tuple([(r.domain[k][0], r.domain[k][1]) for k in range(r.arity)]),
            "arity": r.arity, "is_test": bool(r.is_test),
            "is_lent": fg_lent_next(op, 0) < FG_N_LENT}


N_ROWS = FG_N_ROWS


def function(int op):
    """Return the Python function of a row; positional operands only, as NumPy's ufuncs."""
    arity = fg_op_arity(op)
    without = [k for k in range(arity) if fg_op_info(op).partial[k].decode() == "NAN"]
    if without or row(op)["is_lent"]:
        return careful(op, sum([1 << k for k in without]))
    if arity == 1:
        def call(x, /):
            return unary(op, x)
    elif arity == 2:
        def call(x, y, /):
            result = binary(op, x, y)
            return apply(op, (x, y)) if result is NotImplemented else result     # raises
    else:
        def call(x, y, z, /):
            return apply(op, (x, y, z))
    return call


def careful(int op, int without):
    """The function of a row that borrows functions, or has operands without a derivative, as bits."""
    arity = fg_op_arity(op)
    if arity == 1:
        def call(x, /):
            return unary(op, checked(op, without, (x,))[0])
    elif arity == 2:
        def call(x, y, /):
            x, y = checked(op, without, (x, y))
            result = binary(op, x, y)
            return apply(op, (x, y)) if result is NotImplemented else result
    else:
        def call(x, y, z, /):
            return apply(op, checked(op, without, (x, y, z)))
    return call


cdef tuple checked(int op, int without, tuple args):
    """The operands, marked where the row has no derivative by them."""
    prepare(op)
    if not without:
        return args
    why = fg_op_info(op).name.decode() + " has no derivative by its {}operand"
    which = [""] if len(args) == 1 else ["first ", "second ", "third "]
    return tuple([later.without_derivative(x, why.format(which[k])) if without >> k & 1 else x
                  for k, x in enumerate(args)])


def reads(int op, int k, str variable):
    """Whether local gradient k of a row reads a variable: "x", "y", "z" or "v"."""
    return bool(fg_op_reads(op, k, <char>ord(variable)))


cdef bint is_number(object a):
    """A Python number takes the dtype of what it meets; NumPy's scalars have their own."""
    return type(a) is float or type(a) is int or type(a) is bool


cdef object float_dtype(list operands):
    """float64 or float32 for operands of which one is a float, None if there is none."""
    cdef object dtype = None, other = None
    for a in operands:
        if is_number(a):
            continue
        d = dtype_of(<Tensor>a)
        if d is FLOAT64:
            return d
        if d is FLOAT32:
            dtype = d
        else:
            other = d if other is None else np.promote_types(other, d)
    if dtype is None or other is None:
        return dtype
    # float32 with int64 is float64, as in NumPy
    return FLOAT32 if np.promote_types(dtype, other) == FLOAT32 else FLOAT64


def operator(int op, a, b):
    """A binary op for Python's operators: what is no number or array is another type's business."""
    for x in (a, b):
        if not isinstance(x, (Tensor, float, int, complex, np.ndarray, np.generic, list, tuple)):
            return NotImplemented
    return apply(op, (a, b))


cpdef object apply(int op, tuple args):
    """Return the value of a row for any operands, recorded if one of them is tracked."""
    if symbolic(args):
        return later.emit_row(op, tuple([later.as_tensor(a) if isinstance(a, (list, tuple)) else a
                                         for a in args]))
    cdef const fg_op_row *r = fg_op_info(op)
    for a in args:
        if not is_number(a) and type(a) is not Tensor and later.is_complex(a):
            return later.complex_row(r.name.decode(), args)
    cdef list operands = [a if is_number(a) or type(a) is Tensor else later.as_tensor(a)
                          for a in args]
    cdef bint tracked = False, alike = True
    cdef Tensor t
    cdef object shape = None
    dtype = float_dtype(operands)
    if r.is_test or dtype is None:
        if current().recording and any_tracked(operands):
            result = record_discrete(op, operands)
        else:
            check_operands(operands)
            result = from_numpy_function(r, operands)
        if result is not None:
            return result
        dtype = FLOAT64
    for a in operands:
        if type(a) is Tensor:
            t = <Tensor>a
            if is_stale(t.box):
                later.refresh(t)
            tracked = tracked or t.flags & REQUIRES
            if shape is None:
                shape = t.shape
            elif shape != t.shape:
                alike = False
    if not alike:
        shape = common_shape(operands)
    if tracked and current().grad_enabled:
        return record_row(op, operands, shape or (), dtype)
    if tracked:
        check_operands(operands)
    return value_of_row(op, operands, shape or (), dtype)


cdef object from_numpy_function(const fg_op_row *r, list operands):
    """Tests, and ops that keep integers integers, are NumPy's; None if this is none."""
    name = r.name.decode()
    ufunc = getattr(np, name, None)
    if not isinstance(ufunc, np.ufunc):
        return None
    if not r.is_test and (f"{'l' * r.arity}->l" not in ufunc.types
                          or any(type(a) is float for a in operands)):
        return None
    try:
        return wrap(np.asarray(ufunc(*[values(a) for a in operands])))
    except ValueError as error:
        if "broadcast" in str(error):
            common_shape(operands)
        raise


cdef bint any_tracked(list operands):
    """Whether an operand is tracked; brings all of them up to date."""
    cdef bint tracked = False
    for a in operands:
        if type(a) is Tensor:
            if is_stale((<Tensor>a).box):
                later.refresh(a)
            tracked = tracked or (<Tensor>a).flags & REQUIRES
    return tracked


cdef object record_discrete(int op, list operands):
    """A test, or a row on integers, as a node: only while recording, where what depends on the inputs
    is kept although it has no derivative. None if NumPy makes floats of these integers."""
    cdef Tensor r, t
    cdef Tape tape = current()
    cdef int32_t nodes[3]
    cdef fg_cell value
    cdef int k, n = len(operands)
    cdef bint counts
    name = fg_op_info(op).name.decode()
    arrays = [values(a) for a in operands]
    try:
        result = np.asarray({"select": np.where, "clip": np.clip}.get(name, getattr(np, name, None))(
            *arrays))
    except ValueError:
        common_shape(operands)
        raise
    if result.dtype.kind not in "iub":
        return None
    # A row counts in doubles, where True + True is 2: whether that is zero is what NumPy gives.
    counts = result.dtype.kind == "b" and not fg_op_info(op).is_test
    if counts:
        result = result.astype(np.float64)
    floats = [a.dtype for a in operands if type(a) is Tensor and (<Tensor>a).dtype.kind == "f"]
    for k in range(n):
        if type(operands[k]) is not Tensor:
            # NumPy compares a Python number in the type of what it meets
            operands[k] = wrap(np.asarray(operands[k], np.result_type(*floats) if floats else None))
        t = <Tensor>operands[k]
        if t.shape != result.shape:
            if t.flags & REQUIRES:
                t = later.broadcast_to(t, shape=result.shape)
            elif t.ndim:
                t = wrap(np.broadcast_to(values(t), result.shape))
        operands[k] = t
    r = wrap(result)
    reserve(tape, 4 * n + 1, 1, n)
    for k in range(n):
        nodes[k] = node_of(tape, <Tensor>operands[k])
    if r.box is None:
        value.s = r.val
    else:
        value.a = describe(r.box.array, r.box)
    settle(tape, r, fg_tape_append_op(&tape.c, op, nodes, value, r.box is not None))
    return record_discrete(FG_OP_not_equal, [r, 0.0]) if counts else r


cdef object common_shape(list operands):
    shapes = [a.shape for a in operands if type(a) is Tensor]
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        raise ValueError(
            f"operands could not be broadcast together with shapes {' '.join(map(str, shapes))}; "
            "counted from the last, lengths have to be the same or 1, so reshape one of them"
        ) from None


cdef cnp.ndarray fitting(Tensor t, object shape, object dtype):
    """The value as an ndarray of this shape and dtype, without a copy where there need be none."""
    cdef object a = values(t)
    if dtype_of(t) is not dtype:
        a = a.astype(dtype)
    return a if a.shape == shape else np.broadcast_to(a, shape)


cdef int run_row(int op, fg_operand *operands, cnp.ndarray out) except -1:
    cdef size_t size = cnp.PyArray_SIZE(out)
    cdef int dtype = dtype_code(out)
    cdef void *data = cnp.PyArray_DATA(out)
    cdef fg_status status
    if size > WORTH_RELEASING:
        with nogil:
            status = fg_kernel_value(op, size, operands, dtype, data)
    else:
        status = fg_kernel_value(op, size, operands, dtype, data)
    if status != FG_OK:
        fail(status)
    return 0


cdef object value_of_row(int op, list operands, object shape, object dtype):
    cdef fg_operand given[3]
    cdef cnp.ndarray a, out = np.empty(shape, dtype)
    cdef int k, n = 0
    keep = []
    try:
        for k in range(len(operands)):
            given[k].array = NULL
            n = k + 1
            if type(operands[k]) is not Tensor or (<Tensor>operands[k]).box is None:
                given[k].number = number_of(operands[k])
            else:
                a = fitting(<Tensor>operands[k], shape, dtype)
                keep.append(a)
                given[k].array = describe(a, None)
        run_row(op, given, out)
    finally:
        for k in range(n):
            fg_mem_free(<void *>given[k].array)
    return wrap(out)


cdef double number_of(object a) except? -1.0:
    return (<Tensor>a).val if type(a) is Tensor else float(a)


cdef object record_row(int op, list operands, object shape, object dtype):
    cdef Tensor t, r = Tensor.__new__(Tensor)
    cdef Tape tape = current()
    cdef cnp.ndarray out = None
    cdef fg_operand given[3]
    cdef int32_t nodes[3]
    cdef fg_cell value
    cdef int32_t node
    cdef int k, n = len(operands)
    cdef bint scalar = shape == () and dtype is FLOAT64
    for k in range(n):
        if type(operands[k]) is not Tensor:
            continue
        t = <Tensor>operands[k]
        if t.flags & REQUIRES:
            check_thread(tape, t.tape)
            if dtype_of(t) is not dtype:
                t = later.astype(t, dtype=dtype)
            if t.shape != shape:
                t = later.broadcast_to(t, shape=shape)
        elif t.box is not None and (dtype_of(t) is not dtype or t.shape != shape):
            t = wrap(fitting(t, shape, dtype))
        elif t.flags & BOOLEAN:
            t = wrap(np.array(t.val))
        operands[k] = t
    if not scalar:
        out = np.empty(shape, dtype)
        r.box = Box(out)
    reserve(tape, 4 * n + 1, 1, n)
    for k in range(n):
        if type(operands[k]) is not Tensor:
            nodes[k] = fg_tape_append_number(&tape.c, float(operands[k]))
        elif scalar:
            nodes[k] = scalar_node(tape, <Tensor>operands[k])
        else:
            nodes[k] = node_of(tape, <Tensor>operands[k])
        given[k].array = NULL
        if tape.c.flag[nodes[k]] & FG_ARRAY:
            given[k].array = tape.c.val[nodes[k]].a
        else:
            given[k].number = tape.c.val[nodes[k]].s
    fg_tape_pin(&tape.c)        # the kernel may run without the GIL; operands are not held yet
    try:
        if scalar:
            value.s = r.val = fg_op_value(op, given[0].number, given[1].number if n > 1 else 0.0,
                                          given[2].number if n > 2 else 0.0)
        else:
            run_row(op, given, out)
            value.a = describe(out, r.box)
        node = fg_tape_append_op(&tape.c, op, nodes, value, not scalar)
        settle(tape, r, node)
    finally:
        fg_tape_unpin(&tape.c)
    return r


later.apply = apply
later.operator = operator


# ---- structural ops ----

cdef bint symbolic(tuple operands):
    cdef object wanted = later.symbolic
    if wanted is not None:
        for x in operands:
            if type(x) is wanted:
                return True
    return False


def is_symbolic(tuple operands):
    """Whether an operand is of the type `later.symbolic`: it stands in a graph and has no value."""
    return symbolic(operands)


later.is_symbolic = is_symbolic


def record(call, tuple operands, cnp.ndarray value, view):
    """Return `value` as a Tensor, recorded as a node that remembers `call`.

    Parameters
    ----------
    call : object
        What the sweep hands back at this node; None for scalars that `value` lines up.
    operands : tuple of Tensor
        At least one of which requires a gradient.
    value : ndarray
        The result.
    view : None or (Tensor, structural op, dict)
        Of which Tensor the result is a view, and how.
    """
    cdef Tape tape = current()
    cdef Tensor r = wrap(value, None if view is None else (<Tensor>view[0]).box.storage, view)
    cdef Tensor t
    cdef Py_ssize_t k, n = len(operands)
    cdef int32_t node
    cdef int32_t *nodes
    cdef fg_cell cell
    for t in operands:
        if is_stale(t.box):
            later.refresh(t)
        if t.flags & REQUIRES:
            check_thread(tape, t.tape)
    nodes = <int32_t *>fg_mem_resize(NULL, n, sizeof(int32_t))
    if nodes == NULL:
        fail(FG_E_MEMORY)
    try:
        reserve(tape, 2 * n + 1, 1, n)
        for k in range(n):
            nodes[k] = node_of(tape, <Tensor>operands[k])
        if r.box is None:
            cell.s = r.val
        else:
            cell.a = describe(r.box.array, r.box)
        if call is None:
            node = fg_tape_append_wide(&tape.c, FG_PACK, NULL, nodes, n, cell, True)
        else:
            Py_INCREF(call)
            node = fg_tape_append_wide(&tape.c, FG_CALL, <void *>call, nodes, n, cell,
                                       r.box is not None)
        settle(tape, r, node)
        if call is not None:
            r.flags |= <int>call.op.number << NUMBER_SHIFT
    finally:
        fg_mem_free(nodes)
    return r


def pack(list tensors):
    """Return float64 scalars as a 1-D array, recorded without a structural op; None if they are not."""
    cdef Tensor t
    cdef bint tracked = False
    for x in tensors:
        if type(x) is not Tensor:
            return None
        t = <Tensor>x
        if t.box is not None or t.flags & BOOLEAN:
            return None
        tracked = tracked or t.flags & REQUIRES
    if not tracked or not current().grad_enabled:
        return None
    return record(None, tuple(tensors), np.array([(<Tensor>x).val for x in tensors]), None)


# ---- data ----

def tensor(data, *, dtype=None, requires_grad=False):
    """Make a Tensor of a copy of data.

    Parameters
    ----------
    data : scalar, array_like or Tensor
        Numbers, nested lists of them, a NumPy array.
    dtype : dtype, optional
        float64, float32, an integer dtype or bool. Default: that of the data; float64 for Python
        floats, and for a Python int if a gradient is required.
    requires_grad : bool
        Whether gradients with respect to it are wanted.

    Returns
    -------
    Tensor, shape of data

    Raises
    ------
    TypeError
        If the data are no real numbers.
    ValueError
        If nested lists are ragged.
    RuntimeError
        If an integer array is to require a gradient, or if the data contain a Tensor that is
        being tracked: the copy would have no part in its graph.

    See Also
    --------
    as_tensor : No copy where there need be none.
    from_numpy : Shares memory with a NumPy array.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.tensor([1.0, 2.0], requires_grad=True)
    tensor([1., 2.], requires_grad=True)
    """
    cdef Tensor t
    if PyFloat_CheckExact(data) and dtype is None:
        t = Tensor.__new__(Tensor)
        t.val = <double>data
        t.flags = REQUIRES if requires_grad else 0
        return t
    return later.tensor(data, dtype, requires_grad)
