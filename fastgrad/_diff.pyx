"""Passes over a graph that add adjoints or tangents: the rows in C, what stops them in Python."""
cimport cython
from libc.stdint cimport int32_t
from ._core cimport borrow, fail
from ._graph cimport Graph, Var
from .c_fastgrad cimport *

borrow()

VARIABLES = {"x": FG_REF_X, "y": FG_REF_Y, "z": FG_REF_Z, "v": FG_REF_V, "g": FG_REF_G}


@cython.final
cdef class Rules:
    """What each row hands on, as steps that are rows."""
    cdef fg_rules c

    def __cinit__(self):
        fg_rules_init(&self.c)

    def __dealloc__(self):
        fg_rules_free(&self.c)

    def number(self, double x):
        """Return the reference to a number."""
        cdef int32_t ref = fg_rules_number(&self.c, x)
        if ref == FG_REF_NONE:
            fail(FG_E_MEMORY)
        return ref

    def add(self, int op, int k, list steps, int32_t result):
        """Set the rule of operand k: steps (op, references), and which reference is the result."""
        cdef fg_step step[FG_RULE_STEPS]
        cdef fg_status status
        cdef int s, m
        if len(steps) > FG_RULE_STEPS:
            raise ValueError(f"a local gradient of {len(steps)} operations; at most {FG_RULE_STEPS}")
        for s, (code, refs) in enumerate(steps):
            step[s].op = code
            for m in range(3):
                step[s].ref[m] = refs[m] if m < len(refs) else 0
        status = fg_rules_add(&self.c, op, k, step, <int32_t>len(steps), result)
        if status != FG_OK:
            fail(status)


cdef int32_t stopped(fg_status status, int32_t at) except -2:
    if status == FG_STOP:
        return at
    if status != FG_OK:
        fail(status)
    return -1


@cython.final
cdef class Pass:
    """One pass over the nodes that a graph has now; what it adds comes after them."""
    cdef fg_diff c
    cdef readonly Graph graph
    cdef Rules rules

    def __init__(self, Graph graph, Rules rules, wrt, n=None):
        """Prepare to differentiate by the nodes `wrt`; with n by way of the first n nodes alone."""
        cdef fg_status status
        cdef int32_t node
        self.graph, self.rules = graph, rules
        status = fg_diff_init(&self.c, &graph.f, &rules.c)
        if status != FG_OK:
            fail(status)
        if n is not None:
            self.c.n = min(self.c.n, <size_t>n)
        for node in wrt:
            self.c.active[self.known(node)] = 1
        fg_diff_activate(&self.c)

    def __dealloc__(self):
        fg_diff_free(&self.c)

    cdef int32_t known(self, int32_t node) except -1:
        if not 0 <= node < <int32_t>self.c.n:
            raise IndexError(f"node {node} of a pass over {self.c.n}")
        return node

    def is_active(self, int32_t node):
        """Whether a node depends on what is differentiated by."""
        return bool(self.c.active[self.known(node)])

    def add(self, int32_t node, Var adjoint):
        """Add to the adjoint or tangent of a node."""
        cdef fg_status status = fg_diff_add(&self.c, self.known(node), adjoint.node)
        if status != FG_OK:
            fail(status)

    def get(self, int32_t node):
        """Return the adjoint or tangent of a node, or None."""
        return None if self.c.with_[self.known(node)] < 0 else self.graph.var(self.c.with_[node])

    def reverse(self):
        """Go down to the next structural op; return its node, or -1 at the end."""
        cdef int32_t at = -1
        cdef fg_status status = fg_diff_reverse(&self.c, &at)
        return stopped(status, at)

    def forward(self):
        """Go up likewise."""
        cdef int32_t at = -1
        cdef fg_status status = fg_diff_forward(&self.c, &at)
        return stopped(status, at)

