"""Runs many points of a machine: in the thread that calls, and in others that come to help."""
cimport cython
cimport numpy as cnp
from cpython.exc cimport PyErr_CheckSignals, PyErr_Occurred
from libc.stdint cimport int8_t
from ._core cimport borrow, fail
from ._machine cimport Machine, Workspace
from .c_fastgrad cimport *

from _thread import allocate_lock
from time import perf_counter

import numpy as np

from ._helpers import ask

cnp.import_array()
borrow()

cdef enum:
    FEW = 16                    # workspaces of a machine that are kept

cdef double LOOK = 0.02         # seconds from one look at the interpreter to the next


cdef Workspace take(Machine machine):
    """A workspace for many points."""
    cdef Workspace ws
    try:
        return <Workspace>machine.tiles.pop()
    except IndexError:
        pass
    ws = machine.fresh(fg_batch_size(&machine.c))
    fg_batch_start(&machine.c, ws.w)
    return ws


cdef int give(Machine machine, Workspace ws) except -1:
    if len(machine.tiles) < FEW:
        machine.tiles.append(ws)
    return 0


@cython.final
cdef class Batch:
    """Many points of a machine: run by the thread that calls, and by others that come to help.

    Parameters
    ----------
    machine : Machine
    inputs : list of ndarray
        Dense, of the machine's dtype: n rows, or one for all points. They are read when the batch runs.
    shared : list of bool
        Which inputs are one for all.
    n : int
        Number of points.
    outputs : list of ndarray
        Dense, of the machine's dtype, n rows each: where the results go, and NaN for points that fail. They must not
        overlap the inputs.

    Attributes
    ----------
    status : ndarray of int8, shape (n,)
        Of the last run: 0, or why a point failed.
    """
    cdef fg_batch c
    cdef Machine machine
    cdef list inputs, outputs       # kept alive
    cdef cnp.ndarray places         # of inputs, their steps, places of outputs
    cdef readonly cnp.ndarray status
    cdef bint is_open               # whether helpers may come in
    cdef size_t inside              # how many are
    cdef object left                # a lock that the last one releases, once no more may come
    cdef object error               # of a helper

    def __init__(self, Machine machine, list inputs, list shared, size_t n, list outputs):
        cdef size_t k, n_in = machine.c.n_input, n_out = machine.c.n_output
        cdef size_t *place
        if n_in > FG_BATCH_PORTS or n_out > FG_BATCH_PORTS:
            raise ValueError(f"a batch takes at most {FG_BATCH_PORTS} arrays in and out")
        self.machine, self.inputs, self.outputs = machine, inputs, outputs
        self.status = np.zeros(n, np.int8)
        self.left = allocate_lock()
        self.left.acquire()
        self.places = np.zeros(2 * n_in + n_out + 1, np.uintp)
        place = <size_t *>cnp.PyArray_DATA(self.places)
        for k in range(n_in):
            rows = 1 if shared[k] else n
            place[k] = <size_t>address(machine, inputs[k], rows * machine.c.input[k].size, "input", k)
            place[n_in + k] = 0 if shared[k] else machine.c.input[k].size
        for k in range(n_out):
            place[2 * n_in + k] = <size_t>address(machine, outputs[k], n * machine.c.output[k].size, "output", k)
        self.c.p, self.c.n = &machine.c, n
        self.c.inputs, self.c.in_step = <const void *const *>place, place + n_in
        self.c.out = <void *const *>(place + 2 * n_in)
        self.c.status = <int8_t *>cnp.PyArray_DATA(self.status)

    def run(self, size_t threads, report=None):
        """Run all points in so many threads; return how many points failed.

        Parameters
        ----------
        threads : int
            From 1 on; more than there are chunks of points are not asked for.
        report : callable, optional
            Called now and then, in this thread, with the number of points that are done.
        """
        with cython.critical_section(self):
            if self.is_open:
                raise RuntimeError("a bound batch is running in another thread; bind one for each thread")
            fg_batch_open(&self.c, threads)
            self.is_open = True
        self.error = None
        try:
            chunks = (self.c.n + self.c.chunk - 1) // self.c.chunk
            if threads > 1 and chunks > 1:
                ask(self, min(threads, chunks) - 1)
            self.work(report)
        finally:
            self.close()
        error, self.error = self.error, None
        if error is not None:
            raise error
        if self.c.failed:
            for x in self.outputs:
                x[self.status != 0] = np.nan
        return self.c.failed

    cdef int work(self, report) except -1:
        """Runs chunks until none is left. Now and then the interpreter may be interrupted."""
        cdef Workspace ws = take(self.machine)
        cdef size_t most = 1
        cdef double began = perf_counter(), now
        cdef bint more = True
        while more:
            with nogil:
                more = fg_batch_work(&self.c, ws.w, most)
            if PyErr_Occurred() != NULL:        # in the middle of a point
                fail(FG_E_SIGNAL)
            PyErr_CheckSignals()
            now = perf_counter()
            if now - began < 0.5 * LOOK:
                most *= 2
            elif now - began > LOOK and most > 1:
                most //= 2
            began = now
            if report is not None:
                report(fg_batch_done(&self.c))
        give(self.machine, ws)
        return 0

    cdef int close(self) except -1:
        """Lets no more helpers in, and waits for those inside, whatever happens meanwhile."""
        cdef bint waits
        fg_batch_stop(&self.c)
        with cython.critical_section(self):
            self.is_open = False
            waits = self.inside > 0
        interrupted = None
        while waits:
            try:
                self.left.acquire()
                waits = False
            except BaseException as error:      # of the handler of a signal
                interrupted = error
        if interrupted is not None:
            raise interrupted
        return 0

    def help(self):
        """Run chunks until none is left, beside the thread that runs the batch."""
        cdef Workspace ws
        cdef bint is_last
        with cython.critical_section(self):
            if not self.is_open:
                return
            self.inside += 1
        try:
            ws = take(self.machine)
            with nogil:
                fg_batch_work(&self.c, ws.w, <size_t>-1)
            give(self.machine, ws)
        except BaseException as error:
            fg_batch_stop(&self.c)
            with cython.critical_section(self):
                if self.error is None:
                    self.error = error
        with cython.critical_section(self):
            self.inside -= 1
            is_last = self.inside == 0 and not self.is_open
        if is_last:
            self.left.release()


cdef void *address(Machine machine, cnp.ndarray x, size_t size, what, k) except NULL:
    """Where dense numbers of a machine are, of a size."""
    if cnp.PyArray_TYPE(x) != (cnp.NPY_FLOAT if machine.c.single else cnp.NPY_DOUBLE) or not cnp.PyArray_ISCARRAY_RO(x) or (
            <size_t>cnp.PyArray_SIZE(x) != size):
        raise ValueError(f"{what} {k} has {x.size} elements of {x.dtype}, wanted {size}, dense "
                         f"{machine.dtype}")
    return cnp.PyArray_DATA(x)
