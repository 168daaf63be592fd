"""Runs programs: arguments into a workspace, one C call without the GIL, results out of it."""
cimport cython
cimport numpy as cnp
from cpython.exc cimport PyErr_Occurred
from cpython.float cimport PyFloat_AS_DOUBLE, PyFloat_CheckExact
from libc.stdint cimport int8_t, int32_t, int64_t
from libc.string cimport memcpy
from ._core cimport borrow, fail
from ._graph cimport Graph
from ._loans cimport borrow_blas, worth_of_blas
from .c_fastgrad cimport *

import numpy as np

from ._graph import dense
from ._loans import KERNELS
from ._views import lowered, views

cdef extern from "Python.h":
    int check_signals "PyErr_CheckSignals"()    # an exception stays set, and is not looked at here

cnp.import_array()
borrow()

cdef enum:
    WORTH_RELEASING = 2000      # operations above which a run lets go of the GIL
    FEW = 16                    # workspaces that are kept


cdef int look() noexcept with gil:
    """Whether the user has interrupted a run; what that raises is left for who called it."""
    return PyErr_Occurred() != NULL or check_signals() != 0     # what was raised ends the next point too


_BASES = {None: FG_BASE_FRESH, "alias": FG_BASE_ALIAS, "into": FG_BASE_INTO}


@cython.final
cdef class Workspace:
    """Memory of one run at a time."""

    def __dealloc__(self):
        fg_mem_free(self.w)


@cython.final
cdef class Lowering:
    """Structural ops as kernel steps, in the arrays that the planner reads."""
    cdef fg_lowering c
    cdef list keep

    def __init__(self, Graph graph, needed, found):
        cdef size_t n = graph.f.n_call
        cdef cnp.ndarray calls = np.zeros(max(n, 1) * sizeof(fg_lowered), np.uint8)
        cdef fg_lowered *call = <fg_lowered *>cnp.PyArray_DATA(calls)
        cdef fg_lowstep *step
        cdef size_t k, s
        steps, numbers = [], []
        for k in range(n):
            call[k].base = FG_BASE_MISSING
        for node in needed:
            op = graph.call_of(node)[0]
            if op.lower is None:
                raise TypeError(f"{op.name} has a result whose shape depends on values, so it cannot be "
                                "part of a program; choose with fastgrad.where instead")
            low = lowered(graph, node, found)
            k = graph.call_number(node)
            call[k].base, call[k].offset = _BASES[low.base], low.offset
            call[k].scratch = low.scratch
            call[k].first, call[k].n = len(steps), len(low.steps)
            call[k].work = low.work
            for name, operands, static in low.steps:
                steps.append((KERNELS[name], operands, len(numbers), len(static)))
                numbers.extend(static)
        made = np.zeros(max(len(steps), 1) * sizeof(fg_lowstep), np.uint8)
        step = <fg_lowstep *>cnp.PyArray_DATA(made)
        for s, (kernel, operands, first, count) in enumerate(steps):
            step[s].kernel, step[s].n_operand = kernel, len(operands)
            step[s].first, step[s].n = first, count
            for k in range(min(len(operands), 3)):
                step[s].operand[k] = operands[k]
        static = np.array(numbers or [0], np.int64)
        self.keep = [calls, made, static]
        self.c.n_call, self.c.call = n, call
        self.c.n_step, self.c.step = len(steps), step
        self.c.n_param, self.c.param = len(numbers), <const int64_t *>cnp.PyArray_DATA(static)


@cython.final
cdef class Machine:
    """A program and what its inputs and outputs are. Immutable: threads may share it."""

    def __init__(self, Graph graph, list outputs, list guards):
        cdef fg_status status
        cdef size_t k
        cdef cnp.ndarray out = np.array(outputs or [0], np.int32)
        cdef cnp.ndarray pairs = np.array([g[:2] for g in guards] or [(0, 0)], np.int32)
        kept = [*outputs, *(g[0] for g in guards), *(g[1] for g in guards)]
        needed = graph.needed(kept)
        calls = [i for i in range(len(graph)) if needed[i] and graph.look(i)[0] == FG_CALL] if (
            graph.f.n_call) else []
        low = Lowering(graph, calls, views(graph, calls, needed, kept))
        status = fg_plan(&graph.f, len(outputs), <const int32_t *>cnp.PyArray_DATA(out), len(guards),
                         <const fg_guard *>cnp.PyArray_DATA(pairs), &(<Lowering>low).c, &self.c)
        if status != FG_OK:
            fail(status)
        if fg_program_has_solver(&self.c):
            self.c.blas = borrow_blas(self.c.single, True)
        elif fg_program_product(&self.c) >= worth_of_blas():
            self.c.blas = borrow_blas(self.c.single, False)
        self.c.look = look
        self.dtype = np.dtype(np.float32 if self.c.single else np.float64)
        self.inputs = [graph.type_of(i) for i in graph.inputs]
        self.outputs = [graph.type_of(i) for i in outputs]
        self.guards = [(g[2], g[0]) for g in guards]
        self.pool, self.tiles = [], []

    def __dealloc__(self):
        fg_program_free(&self.c)

    @property
    def work(self):
        """Rough number of operations of a run."""
        return self.c.work

    @staticmethod
    def fail(int status):
        """Raise what the row of a status says."""
        fail(<fg_status>status)

    def stats(self):
        """Return a dict of sizes."""
        return {"instructions": self.c.n_instr, "slots": self.c.n_w, "constants": self.c.n_init,
                "bytes": fg_program_bytes(&self.c), "scalar": bool(self.c.scalar),
                "single": bool(self.c.single), "tile": fg_batch_tile(&self.c),
                "blas": self.c.blas != NULL}

    def regions(self):
        """Return what each region is: a dict of points, points of a tile, slots, instructions, streams."""
        cdef size_t k
        cdef fg_region *r
        found = []
        for k in range(self.c.n_region):
            r = &self.c.region[k]
            found.append({"points": r.n, "tile": r.points, "slots": r.n_slot,
                          "instructions": r.n_instr, "streams": r.n_stream})
        return found

    def kernels(self):
        """Return the names of the structural kernels of a run, in order."""
        return [fg_struct_info(self.c.instr[k].c).name.decode() for k in range(self.c.n_instr)
                if self.c.instr[k].op == FG_I_KERNEL]

    cdef Workspace fresh(self, size_t n):
        """A workspace of n numbers, all 0."""
        cdef Workspace ws = Workspace()
        ws.w = <char *>fg_mem_zeros(n if n else 1, fg_program_item(&self.c))
        if ws.w == NULL:
            fail(FG_E_MEMORY)
        return ws

    cdef Workspace take(self):
        cdef Workspace ws
        try:
            return <Workspace>self.pool.pop()
        except IndexError:
            pass
        ws = self.fresh(self.c.n_w)
        fg_program_start(&self.c, ws.w)
        return ws

    cdef int give(self, Workspace ws) except -1:
        if len(self.pool) < FEW:
            self.pool.append(ws)
        return 0

    cdef char *at(self, Workspace ws, int32_t place):
        """Where a number of a workspace stands."""
        return ws.w + <size_t>place * fg_program_item(&self.c)

    cdef int put(self, Workspace ws, size_t k, object x) except -1:
        """Writes input k, which has the right shape, into the workspace."""
        cdef char *to = self.at(ws, self.c.input[k].place)
        if PyFloat_CheckExact(x):
            if self.c.single:
                (<float *>to)[0] = <float>PyFloat_AS_DOUBLE(x)
            else:
                (<double *>to)[0] = PyFloat_AS_DOUBLE(x)
            return 0
        if not isinstance(x, np.ndarray) or not cnp.PyArray_IS_C_CONTIGUOUS(x) or (
                cnp.PyArray_TYPE(x) != type_number(self)) or not cnp.PyArray_ISBEHAVED_RO(x):
            x = dense(x, self.dtype)
        if <size_t>cnp.PyArray_SIZE(x) != self.c.input[k].size:
            raise ValueError(f"input {k} has {cnp.PyArray_SIZE(x)} elements, wanted "
                             f"{self.c.input[k].size}")
        memcpy(to, cnp.PyArray_DATA(x), self.c.input[k].size * fg_program_item(&self.c))
        return 0

    cdef object get(self, Workspace ws, size_t k):
        """Output k as a Python number or a new array."""
        cdef const char *at = self.at(ws, self.c.output[k].place)
        cdef cnp.ndarray a
        cdef double number
        dtype, shape = self.outputs[k]
        if shape == ():
            number = (<const float *>at)[0] if self.c.single else (<const double *>at)[0]
            if dtype.kind == "f":
                return number if dtype.itemsize == 8 else dtype.type(number)
            return bool(number) if dtype.kind == "b" else int(number)
        a = np.empty(shape, self.dtype)
        memcpy(cnp.PyArray_DATA(a), at, self.c.output[k].size * fg_program_item(&self.c))
        return a if dtype == a.dtype else a.astype(dtype)

    cdef fg_status compute(self, Workspace ws, size_t *at) noexcept:
        """Runs the program; without the GIL if it takes a while."""
        cdef fg_status status
        if self.c.work <= WORTH_RELEASING:
            return fg_program_run(&self.c, ws.w, at)
        with nogil:
            status = fg_program_run(&self.c, ws.w, at)
        return status

    cdef int go(self, Workspace ws) except -1:
        cdef size_t at = 0
        cdef fg_status status = self.compute(ws, &at)
        if status == FG_E_BRANCH:
            self.give(ws)
            raise BranchTaken(at)
        if status != FG_OK:
            fail(status)
        return 0

    def run(self, list inputs):
        """Return the outputs for inputs of the right shapes.

        Raises
        ------
        BranchTaken
            If a guard does not hold.
        """
        cdef Workspace ws = self.take()
        cdef size_t k
        if <size_t>len(inputs) != self.c.n_input:
            raise TypeError(f"got {len(inputs)} inputs, wanted {self.c.n_input}")
        for k in range(self.c.n_input):
            self.put(ws, k, inputs[k])
        self.go(ws)
        results = [self.get(ws, k) for k in range(self.c.n_output)]
        self.give(ws)
        return results

    def rows(self, n):
        """Return memory for the outputs of n points."""
        return [np.empty((n, *shape), self.dtype) for _, shape in self.outputs]

    def fits(self, size_t k, x):
        """Whether x is, without a conversion, what input k is."""
        return fits(self, k, x)


cdef bint fits(Machine m, size_t k, object x):
    if PyFloat_CheckExact(x):
        return m.c.input[k].type == FG_SCALAR
    if m.c.single and type(x) is np.float32:
        return m.inputs[k][1] == ()
    if type(x) is not np.ndarray or cnp.PyArray_TYPE(x) != type_number(m):
        return False
    dtype, shape = m.inputs[k]
    return dtype == m.dtype and (<object>x).shape == shape


cdef inline int type_number(Machine m):
    return cnp.NPY_FLOAT if m.c.single else cnp.NPY_DOUBLE


class BranchTaken(Exception):
    """A guard of a program does not hold; carries its number."""

    def __init__(self, number):
        super().__init__(number)
        self.number = number


cdef class Call:
    """A callable that takes the short way into a machine where the arguments are plain.

    Plain are positional floats and arrays of the machine's dtype and the recorded shapes, one an input.
    For all others the method `slow` of the subclass is called. During a run another thread may set the
    way.
    """
    cdef tuple short

    @property
    def way(self):
        """(machine, what packs its outputs, or None of one or of a pair); or None."""
        with cython.critical_section(self):
            way = self.short
        return way

    @way.setter
    def way(self, way):
        with cython.critical_section(self):
            old = self.short        # which ends afterwards
            self.short = way

    def __call__(self, *args, **kwargs):
        cdef tuple way
        cdef Machine m
        cdef Workspace ws
        cdef size_t k
        with cython.critical_section(self):
            way = self.short
        if way is None:
            return self.slow(*args, **kwargs)
        m = <Machine>way[0]
        if kwargs or <size_t>len(args) != m.c.n_input:
            return self.slow(*args, **kwargs)
        for k in range(m.c.n_input):
            if not fits(m, k, args[k]):
                return self.slow(*args, **kwargs)
        ws = m.take()
        for k in range(m.c.n_input):
            m.put(ws, k, args[k])
        try:
            m.go(ws)
        except BranchTaken:
            return self.slow(*args, **kwargs)
        if way[1] is not None:
            first = way[1]([m.get(ws, k) for k in range(m.c.n_output)])
        elif m.c.n_output == 2:
            first = m.get(ws, 0), m.get(ws, 1)
        else:
            first = m.get(ws, 0)
        m.give(ws)
        return first


@cython.final
cdef class BoundCall:
    """A machine with fixed buffers: reads the inputs from some, writes output 1 into another."""
    cdef Machine machine
    cdef Workspace ws
    cdef list buffers           # kept alive
    cdef cnp.ndarray out        # or None
    cdef object otherwise       # called where a guard does not hold
    cdef bint busy

    def __init__(self, Machine machine, list buffers, out, otherwise):
        self.machine, self.buffers, self.out, self.otherwise = machine, buffers, out, otherwise
        self.ws = machine.take()

    def __call__(self):
        cdef Machine m = self.machine
        cdef size_t k, at = 0
        cdef fg_status status
        with cython.critical_section(self):
            if self.busy:
                raise RuntimeError("a bound call is running in another thread; bind one for each thread")
            self.busy = True
        try:
            for k in range(m.c.n_input):
                memcpy(m.at(self.ws, m.c.input[k].place), cnp.PyArray_DATA(self.buffers[k]),
                       m.c.input[k].size * fg_program_item(&m.c))
            status = m.compute(self.ws, &at)
            if status == FG_OK:
                if self.out is not None:
                    memcpy(cnp.PyArray_DATA(self.out), m.at(self.ws, m.c.output[1].place),
                           m.c.output[1].size * fg_program_item(&m.c))
                return m.get(self.ws, 0)
        finally:
            with cython.critical_section(self):
                self.busy = False
        if status == FG_E_BRANCH:
            return self.otherwise()
        fail(status)
