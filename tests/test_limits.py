"""At the limits: full disks, arrays too large, programs very deep, processes that fork or end."""

import os
import pickle
import textwrap

import numpy as np
import pytest
from fault_scripts import energy
from in_threads import in_a_thread
from new_process import python
from watched import IS_WATCHED

import fastgrad as fg

X = np.array([0.5, 1.5, -0.8])
TINY_STACK = 256 * 1024
posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX")
linux = pytest.mark.skipif(
    not os.path.exists("/proc/self/statm") or IS_WATCHED,
    reason="needs Linux's limits, and AddressSanitizer takes all memory there is",
)


def check(script, *arguments):
    """Run a script in a process of its own; it ends well and says nothing."""
    done = python("-c", textwrap.dedent(script), *arguments)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


# ----- a disk that is full -----


@posix
def test_a_file_that_cannot_become_so_large_leaves_the_old_one_and_no_other(tmp_path):
    script = """
        import os, resource, sys
        import numpy as np
        import fastgrad as fg
        path = os.path.join(sys.argv[1], "a.fgp")
        small = fg.record(lambda x: x * 2.0, np.ones(3))
        large = fg.record(lambda x, a=np.linspace(0, 1, 10_000): x[0] * a, np.ones(3))
        small.save(path)
        before = open(path, "rb").read()
        for most in (0, 1, 100, 4096, 50_000):
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))
            try:
                large.save(path)
            except OSError as error:
                assert error.errno == 27, error
            else:
                raise AssertionError(most)
            assert open(path, "rb").read() == before
            assert os.listdir(sys.argv[1]) == ["a.fgp"]
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        large.save(path)
        assert fg.load(path)(np.ones(3)).shape == (10_000,)
    """
    check(script, str(tmp_path))


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is full")
def test_a_full_device_says_so():
    with pytest.raises(OSError, match="No space left"):
        fg.record(energy, X).save("/dev/full")


# ----- arrays that are too large -----


@linux
def test_arrays_of_more_than_2_to_the_31_elements_are_computed_or_refused_at_once():
    """Views that take no memory, in a process that may take a gigabyte: no wrong number."""
    script = """
        import resource, signal
        import numpy as np
        import fastgrad as fg
        with open("/proc/self/statm") as f:
            used = int(f.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + 2**30, resource.RLIM_INFINITY))
        signal.alarm(60)
        n = 2**31 + 8
        huge = np.broadcast_to(np.float64(1.5), (n,))
        bytes_ = np.broadcast_to(np.uint8(1), (n,))
        wide = np.broadcast_to(1.5, (2**16, 2**16))
        x = fg.tensor(2.0, requires_grad=True)
        prog = fg.record(lambda a: a * a, 1.0)
        total = fg.record(lambda a: a.sum(), np.ones(3))
        calls = [
            lambda a: fg.tensor(a), lambda a: fg.tensor(a, requires_grad=True),
            lambda a: fg.as_tensor(a) * x, lambda a: x.expand(a.shape) * 2.0,
            lambda a: fg.broadcast_to(x, a.shape).sum() * x,
            lambda a: fg.record(lambda y: y.sum(), a), lambda a: fg.grad(lambda y: y.sum())(a),
            lambda a: prog.batch(a), lambda a: prog(a), lambda a: total(a), total.batch,
            lambda a: fg.vmap(prog)(a), lambda a: fg.concatenate([a, x.reshape(1)]),
            lambda a: x * a, lambda a: fg.zeros(a.shape), lambda a: fg.stack([x]).repeat(a.size),
            lambda a: fg.record(lambda y: fg.broadcast_to(y, a.shape).sum(), 1.0).grad(1.0),
            lambda a: fg.record(lambda y: (fg.zeros(a.shape) + y).sum(), 1.0)(1.0),
        ]
        refused = 0
        for k, call in enumerate(calls):
            for a in (huge, bytes_, wide):
                try:
                    result = call(a)
                except (MemoryError, ValueError, TypeError, OverflowError, RuntimeError):
                    refused += 1
                else:
                    number = getattr(result, "size", 1) == 1 and float(result)
                    assert number in (a.size, 2.0 * 2.0 * a.size), (k, a.shape, result)
        assert refused > 40, refused
        view = fg.as_tensor(huge)
        assert view.shape == (n,) and view[n - 1].item() == 1.5 and view[::2**20].size == 2**11 + 1
    """
    check(script)


# ----- programs that are deep -----


def deep(n, folder):
    """A chain of some nodes through all that a program goes through; returns derivatives."""

    def chain(x):
        for _ in range(n // 2):
            x = x * 0.999999 + 1e-6
        return x

    prog = fg.record(chain, 0.5)
    prog.save(folder / "deep.fgp")
    other = fg.load(folder / "deep.fgp")
    pickled = pickle.loads(pickle.dumps(prog))
    found = [p.value_and_grad(0.5)[1] for p in (prog, other, pickled)]
    found.append(fg.jvp(other, (0.5,), (1.0,))[1])
    found.append(fg.vjp(other, 0.5)[1](1.0)[0])
    found.append(other.batch(np.full(3, 0.5), what="grad")[2])
    found.append(fg.vmap(fg.grad(other))(np.full(3, 0.5))[0])
    found.append(1.0 + fg.hessian(other)(0.5) + found[0] - 1.0)
    assert len(repr(other)) < 10_000
    return [float(x) for x in found]


@pytest.mark.parametrize("n", [50_000, pytest.param(10**6, marks=pytest.mark.slow)])
def test_a_deep_program_goes_through_everything_on_a_tiny_stack(n, tmp_path):
    found = in_a_thread(lambda: deep(n, tmp_path), TINY_STACK)
    np.testing.assert_allclose(found, 0.999999 ** (n // 2), rtol=1e-8)


# ----- processes that fork, and that end -----


@posix
def test_a_process_may_fork_while_another_thread_runs_a_batch():
    script = """
        import os, threading, warnings
        import numpy as np
        import fastgrad as fg
        warnings.simplefilter("ignore")
        prog = fg.record(lambda x, y: np.sin(x) * y + x, 1.0, 1.0)
        xs, ys = np.linspace(0, 1, 200_000), np.linspace(1, 2, 200_000)
        right = prog.batch(xs, ys, threads=1)[0]
        over = threading.Event()

        def work():
            while not over.is_set():
                prog.batch(xs, ys, threads=2)

        worker = threading.Thread(target=work)
        worker.start()
        for _ in range(5):
            child = os.fork()
            if child == 0:
                ok = np.array_equal(prog.batch(xs, ys, threads=2)[0], right)
                x = fg.tensor(2.0, requires_grad=True)
                (x * x).backward()
                ok = ok and x.grad.item() == 4.0 and fg.record(lambda x: x * x, 3.0)(2.0) == 4.0
                os._exit(0 if ok else 1)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        over.set()
        worker.join()
    """
    check(script)


def test_the_interpreter_ends_with_everything_alive():
    """Tensors, hooks, programs, bound calls, cycles, a recording half way, threads that run."""
    script = """
        import sys, threading, time
        import numpy as np
        import fastgrad as fg

        x = fg.tensor([1.0, 2.0], requires_grad=True)
        y = x * x
        handle = y.register_hook(lambda g: y * 0 + g)
        y.retain_grad()
        prog = fg.record(lambda x: np.sum(x * x), np.ones(2))
        gradient = fg.grad(prog)
        gradient(np.ones(2))
        bound = prog.bind(np.ones(2), out=np.zeros(2))
        bound()
        cycle = [x, y, prog]
        cycle.append(cycle)

        class Late:
            def __del__(self):
                (x * x).sum().backward()
                prog(np.ones(2))

        # without a GIL it goes last of all, when modules are gone
        late = Late() if getattr(sys, "_is_gil_enabled", lambda: True)() else None
        open_ = threading.Event()

        def slow(x):
            open_.set()
            time.sleep(60)
            return x

        threading.Thread(target=lambda: fg.record(slow, 1.0), daemon=True).start()

        def busy():
            t = fg.tensor(1.0, requires_grad=True)
            while True:
                (t * t).backward()

        threading.Thread(target=busy, daemon=True).start()
        open_.wait()
    """
    check(script)


# ----- exceptions of hooks -----


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("inputs", [False, True])
def test_a_backward_that_fails_leaves_retained_gradients_as_they_were(create_graph, inputs):
    x = fg.tensor(X, requires_grad=True)
    y = x * x
    z = y * 2.0
    for t in (y, z):
        t.retain_grad()
    fails = [False]

    def hook(g):
        if fails[0]:
            raise LookupError("hook")

    x.register_hook(hook)
    run = lambda: fg.autograd.backward(
        z.sum(), retain_graph=True, create_graph=create_graph, inputs=[x] if inputs else None
    )
    run()
    before = [t.grad.tolist() for t in (x, y, z)]
    fails[0] = True
    with pytest.raises(LookupError):
        run()
    assert [t.grad.tolist() for t in (x, y, z)] == before
    fails[0] = False
    run()
    assert [t.grad.tolist() for t in (x, y, z)] == [[2 * g for g in gs] for gs in before]
