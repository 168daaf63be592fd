"""A function as a graph, and Var: a node of it, on which functions of fastgrad work as on Tensors.

A Var has shape and dtype and no value. Where an operand is a Var, a row of the table or a structural
op adds itself to the graph instead of computing.
"""
cimport cython
cimport numpy as cnp
from libc.stdint cimport int32_t
from libc.string cimport memcpy
from ._core cimport borrow, fail
from .c_fastgrad cimport *

import numpy as np

from ._tensor import Tensor, later, values

cnp.import_array()
borrow()

FLOAT64 = np.dtype(np.float64)
BOOL = np.dtype(np.bool_)
EXACT = 2**53       # integers up to here are doubles

DTYPES = {code: np.dtype(fg_struct_dtype(code).name.decode())
          for code in range(FG_N_DTYPES) if fg_struct_dtype(code) != NULL}
CODES = {dtype: code for code, dtype in DTYPES.items()}


cdef int32_t checked(int32_t result) except -1:
    """A node or type, or the exception of a status."""
    if result < 0:
        fail(<fg_status>result)
    return result


def exact(x):
    """Return an array; integers in it have to be exact as doubles."""
    x = np.asarray(x)
    if x.dtype.kind in "iu" and x.size and x.dtype.itemsize == 8 and (
            int(x.max()) > EXACT or int(x.min()) < -EXACT):
        raise OverflowError(f"an integer beyond 2**53 cannot be recorded (dtype {x.dtype}): programs "
                            "keep all numbers as doubles; give it as a float")
    return x


def dense(x, dtype=FLOAT64):
    """Return an array as dense memory of its own; integers have to be exact in float64."""
    return np.array(exact(x), dtype, order="C")


@cython.final
cdef class Graph:
    """A function as a graph that only grows."""

    def __cinit__(self):
        cdef fg_status status = fg_func_init(&self.f)
        if status != FG_OK:
            fail(status)
        self.calls, self.arrays, self.inputs, self.outputs, self.guards = [], [], [], [], []
        self.places, self.shared, self.array_nodes = [("<unknown>", 0)], {}, {}
        self.types = [(FLOAT64, ()), (BOOL, ())]

    def __dealloc__(self):
        fg_func_free(&self.f)

    def __len__(self):
        return self.f.graph.n

    @property
    def nbytes(self):
        """Bytes of the arrays in C."""
        return fg_func_bytes(&self.f)

    def copy(self):
        """Return a copy to extend; constants are shared."""
        cdef Graph g = Graph()
        cdef fg_status status
        fg_func_free(&g.f)
        with cython.critical_section(self):     # another thread may be settling it
            status = fg_func_copy(&self.f, &g.f)
            g.shared, g.array_nodes, g.types = dict(self.shared), dict(self.array_nodes), list(self.types)
        if status != FG_OK:
            fail(status)
        g.calls, g.arrays, g.inputs = list(self.calls), list(self.arrays), list(self.inputs)
        g.outputs, g.guards, g.places = list(self.outputs), list(self.guards), list(self.places)
        return g

    def settle(self):
        """Give back what only growing needs."""
        with cython.critical_section(self):
            fg_func_settle(&self.f)
            shared, self.shared = self.shared, {}
            nodes, self.array_nodes = self.array_nodes, {}

    # ---- adding nodes ----

    cpdef int32_t type_number(self, object dtype, tuple shape) except -1:
        """The number of a type."""
        cdef int32_t number
        cdef Py_ssize_t k
        cdef ptrdiff_t dims[64]
        if shape == ():
            if dtype is FLOAT64:
                return FG_SCALAR
            if dtype == BOOL:
                return FG_TRUTH
        if len(shape) > FG_MAX_NDIM:
            raise ValueError(f"{len(shape)} axes are more than the {FG_MAX_NDIM} that arrays may have")
        if dtype not in CODES:
            raise TypeError(f"dtype {dtype} cannot be recorded; convert it to float64")
        for k in range(len(shape)):
            dims[k] = shape[k]
        return checked(fg_func_type(&self.f, CODES[dtype], <int>len(shape), dims))

    cdef tuple type_at(self, int32_t node):
        """(dtype, shape) of a node; C makes types too, so the list follows."""
        cdef fg_type *t
        cdef tuple made
        cdef Py_ssize_t number
        with cython.critical_section(self):
            while <size_t>len(self.types) < self.f.n_type:
                number = len(self.types)
                t = &self.f.types[number]
                made = (DTYPES[t.dtype], tuple([self.f.dim[t.first + k] for k in range(t.ndim)]))
                if len(self.types) == number:       # making it may have let another thread do the same
                    self.types.append(made)
            made = self.types[self.f.type[node]]
        return made

    def add_input(self, dtype, tuple shape):
        """Add an input; return its Var."""
        node = checked(fg_func_input(&self.f, self.type_number(dtype, shape)))
        self.inputs.append(node)
        return var(self, node)

    def constant(self, x, dtype=None):
        """Return a Var of a number or an array, captured by value."""
        if type(x) is Tensor:
            x = values(x)
        if type(x) is float and dtype is None:
            return var(self, checked(fg_func_number(&self.f, x, FG_SCALAR)))
        known = self.array_nodes.get(id(x))
        if known is not None and dtype is None:
            return var(self, known[1])
        a = np.asarray(x) if dtype is None else np.asarray(x).astype(dtype)
        number = self.type_number(a.dtype if a.dtype in CODES else np.dtype(a.dtype.type), a.shape)
        if a.ndim == 0:
            return var(self, checked(fg_func_number(&self.f, float(dense(a)), number)))
        held = dense(a)
        node = checked(fg_func_array(&self.f, <const double *>cnp.PyArray_DATA(held), number))
        self.arrays.append(held)
        if dtype is None and isinstance(x, np.ndarray):
            self.array_nodes[id(x)] = x, node
        return var(self, node)

    def row(self, int op, tuple operands, object dtype, tuple shape):
        """Add a row of Vars that have the shape of the result, or are scalar constants."""
        cdef int32_t x[3]
        cdef int k
        for k in range(len(operands)):
            x[k] = (<Var>operands[k]).node
        return var(self, checked(fg_func_row(&self.f, op, x, self.type_number(dtype, shape))))

    def item(self, Var array, int32_t index):
        """Add an element of an array, counted in C order."""
        dtype, shape = self.type_at(array.node)
        return var(self, checked(fg_func_item(&self.f, array.node, index,
                                              self.type_number(dtype, ()))))

    def pack(self, list operands, object dtype, tuple shape):
        """Add an array of scalars, given in C order."""
        cdef int32_t[::1] nodes = np.array([(<Var>v).node for v in operands] or [0], np.int32)
        return var(self, checked(fg_func_pack(&self.f, &nodes[0], <int32_t>len(operands),
                                              self.type_number(dtype, shape))))

    def call(self, op, tuple operands, dict params, object dtype, tuple shape):
        """Add a structural op, or return the Var of the same one."""
        cdef int32_t[::1] nodes = np.array([(<Var>v).node for v in operands] or [0], np.int32)
        cdef int32_t node
        try:
            key = (op, tuple([(<Var>v).node for v in operands]), frozen(params))
            known = self.shared.get(key)
        except TypeError:       # a parameter that cannot be hashed
            key = known = None
        if known is not None:
            return var(self, known)
        node = checked(fg_func_call(&self.f, call_kind(op, operands), &nodes[0],
                                    <int32_t>len(operands), self.type_number(dtype, shape)))
        self.calls.append((op, params))
        if key is not None:
            self.shared[key] = node
        return var(self, node)

    # ---- looking ----

    def var(self, int32_t node):
        """Return the Var of a node."""
        if not 0 <= node < <int32_t>self.f.graph.n:
            raise IndexError(f"node {node} of a graph of {self.f.graph.n}")
        return var(self, node)

    def look(self, int32_t node):
        """Return (op code, operands) of a node."""
        cdef int32_t count, k
        cdef const int32_t *operand = fg_graph_operands(&self.f.graph, node, &count)
        return self.f.graph.op[node], [operand[k] for k in range(count)]

    def columns(self):
        """Return op codes, pairs of operands (of rows of up to two) and numbers of types of all nodes."""
        cdef size_t n = self.f.graph.n
        cdef cnp.ndarray op = np.empty(n, np.uint8), arg = np.empty((n, 2), np.int32)
        cdef cnp.ndarray type = np.empty(n, np.int32)
        if n:
            memcpy(cnp.PyArray_DATA(op), self.f.graph.op, n)
            memcpy(cnp.PyArray_DATA(arg), self.f.graph.arg, n * 2 * sizeof(int32_t))
            memcpy(cnp.PyArray_DATA(type), self.f.type, n * sizeof(int32_t))
        return op, arg, type

    def type_of(self, int32_t node):
        """Return (dtype, shape) of a node."""
        return self.type_at(node)

    def argument(self, int32_t node, int k):
        """Return what stands in place k of a node that has no two operands."""
        return self.f.graph.arg[node][k]

    def call_of(self, int32_t node):
        """Return (structural op, parameters) of a CALL node."""
        return self.calls[fg_func_call_of(&self.f, node)]

    def call_number(self, int32_t node):
        """Return the number of the structural op of a CALL node."""
        return fg_func_call_of(&self.f, node)

    def number(self, int32_t node):
        """Return the value of a scalar constant, or None if the node is none."""
        cdef double x
        return x if fg_func_is_number(&self.f, node, &x) else None

    def constant_value(self, int32_t node):
        """Return the value of a constant as an array of its dtype."""
        dtype, shape = self.type_of(node)
        if self.f.graph.arg[node][1]:
            return self.arrays[self.f.graph.arg[node][0]].astype(dtype).reshape(shape)
        return np.array(self.f.number[self.f.graph.arg[node][0]]).astype(dtype)

    def shared_constant(self, int32_t node):
        """Return the value of a constant, an array of floats as the same object each time."""
        dtype, shape = self.type_of(node)
        if self.f.graph.arg[node][1] and dtype is FLOAT64:
            k = self.f.graph.arg[node][0]
            if self.arrays[k].shape != shape:
                self.arrays[k] = self.arrays[k].reshape(shape)
            return self.arrays[k]
        return self.constant_value(node)

    def place(self, int32_t node):
        """Return (file, line) of the statement a node comes from."""
        number = self.f.line[node]
        return self.places[number] if number < len(self.places) else self.places[0]

    def place_number(self, int32_t node):
        """Return the number of that statement."""
        return self.f.line[node]

    def set_here(self, number):
        """Set the number of the statement that new nodes come from."""
        self.f.here = number

    def needed(self, nodes):
        """Return a bytearray that says of each node whether one of `nodes` depends on it."""
        cdef bytearray live = bytearray(len(self))
        for node in nodes:
            live[node] = 1
        if live:
            fg_func_reach(&self.f, <uint8_t *>live)
        return live

    def uses(self, bytearray live):
        """Return how often the nodes that `live` marks read each node."""
        cdef cnp.ndarray uses = np.zeros(max(len(self), 1), np.int32)
        fg_func_uses(&self.f, <const uint8_t *>live, <int32_t *>cnp.PyArray_DATA(uses))
        return uses


def call_kind(op, tuple operands):
    """Return where C finds the elements of a structural op: in operand 0, in order or one repeated."""
    if op.name == "reshape":
        return FG_CALL_SAME
    if op.name == "broadcast_to" and operands[0].size == 1:
        return FG_CALL_SPLAT
    return FG_CALL_OPAQUE


def frozen(params):
    """Return parameters as something hashable; raise TypeError if they are not."""
    return tuple([(name, frozen_value(params[name])) for name in sorted(params)])


def frozen_value(x):
    if isinstance(x, tuple):
        return tuple([frozen_value(e) for e in x])
    if isinstance(x, slice):
        return "slice", x.start, x.stop, x.step
    if isinstance(x, np.ndarray):
        raise TypeError("an array is not hashable")
    return type(x), x


@cython.final
@cython.freelist(64)
cdef class Var:
    """A node of a graph: shape and dtype, no value."""

    @property
    def dtype(self):
        return self.graph.type_at(self.node)[0]

    @property
    def shape(self):
        return self.graph.type_at(self.node)[1]

    @property
    def ndim(self):
        return self.graph.f.types[self.graph.f.type[self.node]].ndim

    @property
    def size(self):
        return self.graph.f.types[self.graph.f.type[self.node]].size

    requires_grad = True

    def detach(self):
        return later.stop_gradient(self)

    def astype(self, dtype):
        return later.astype(self, dtype=np.dtype(dtype))

    def __getitem__(self, key):
        return later.getitem(self, key)

    def __bool__(self):
        raise TypeError("a node of a graph has no value to decide on")

    def __add__(self, other): return later.emit_row(FG_OP_add, (self, other))
    def __radd__(self, other): return later.emit_row(FG_OP_add, (other, self))
    def __sub__(self, other): return later.emit_row(FG_OP_subtract, (self, other))
    def __rsub__(self, other): return later.emit_row(FG_OP_subtract, (other, self))
    def __mul__(self, other): return later.emit_row(FG_OP_multiply, (self, other))
    def __rmul__(self, other): return later.emit_row(FG_OP_multiply, (other, self))
    def __truediv__(self, other): return later.emit_row(FG_OP_divide, (self, other))
    def __rtruediv__(self, other): return later.emit_row(FG_OP_divide, (other, self))
    def __floordiv__(self, other): return later.emit_row(FG_OP_floor_divide, (self, other))
    def __mod__(self, other): return later.emit_row(FG_OP_remainder, (self, other))
    def __pow__(self, other, modulo): return later.emit_row(FG_OP_power, (self, other))
    def __neg__(self): return later.emit_row(FG_OP_negative, (self,))

    def __lt__(self, other): return later.emit_row(FG_OP_less, (self, other))
    def __le__(self, other): return later.emit_row(FG_OP_less_equal, (self, other))
    def __gt__(self, other): return later.emit_row(FG_OP_greater, (self, other))
    def __ge__(self, other): return later.emit_row(FG_OP_greater_equal, (self, other))

    __array_ufunc__ = None      # an ndarray on the left leaves the operator to us

    def __repr__(self):
        return f"<node {self.node}: {self.dtype}{list(self.shape)}>"


cdef Var var(Graph graph, int32_t node):
    cdef Var v = Var.__new__(Var)
    v.graph, v.node = graph, node
    return v


later.symbolic = Var
