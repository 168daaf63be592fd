"""XAD: a C++ tape with Python numbers."""

import numpy as np

from . import at_each_call, version

NAME = "xad"


def available():
    """Return the version, or None."""
    return version("xad", "xad.adj_1st")


def gradient(tape, inputs, output):
    """Sweep the tape, and return the derivatives of the output."""
    tape.registerOutput(output)
    output.derivative = 1.0
    tape.computeAdjoints()
    return [x.derivative for x in inputs]


def recording(tape, numbers):
    """Start a recording, and return its inputs."""
    from xad.adj_1st import Real

    inputs = [Real(v) for v in numbers]
    tape.registerInputs(inputs)
    tape.newRecording()
    return inputs


def w1(problem):
    """Return the tutorial's example, x and y plain numbers: a new tape each time, one reused."""
    from xad.adj_1st import Tape

    def new_tape():
        with Tape() as tape:
            inputs = recording(tape, [problem.W])
            return gradient(tape, inputs, problem.loss(*inputs, problem.X, problem.Y))

    kept = Tape()

    def tape_reused():
        kept.clearAll()
        kept.activate()
        inputs = recording(kept, [problem.W])
        result = gradient(kept, inputs, problem.loss(*inputs, problem.X, problem.Y))
        kept.deactivate()
        return result

    return {"new tape each time": new_tape, "tape reused": tape_reused}


def w2(problem):
    """Return the perceptron, scalar by scalar."""
    import xad.math
    from xad.adj_1st import Tape

    tape = Tape()

    def scalars():
        tape.clearAll()
        tape.activate()
        inputs = recording(tape, problem.PARAMETERS)
        result = gradient(tape, inputs, problem.loss(inputs, lambda v: xad.math.max(v, 0.0)))
        tape.deactivate()
        return result

    return {"scalar by scalar": scalars}


def w1b(problem):
    """Return the tutorial's example: xad records it at each call."""
    return at_each_call(w1(problem))


def w2b(problem):
    """Return the perceptron: xad records it at each call."""
    return at_each_call(w2(problem))


def w3a(problem):
    """Return a function of a list of numbers, recorded at each call."""
    from xad.adj_1st import Tape

    tape, numbers = Tape(), problem.X.tolist()

    def scalars():
        tape.clearAll()
        tape.activate()
        inputs = recording(tape, numbers)
        result = gradient(tape, inputs, problem.loss(inputs))
        tape.deactivate()
        return result

    return at_each_call({"scalar by scalar": scalars})


w8 = w3a


def w5b(problem):
    """Return the points one by one: seconds for more than 1,000."""
    import xad.math
    from xad.adj_1st import Tape

    tape, rows = Tape(), list(zip(*[c.tolist() for c in problem.COLUMNS]))

    def one(row):
        tape.clearAll()
        inputs = recording(tape, row)
        value = problem.function(xad.math, *inputs)
        return [value.value, *gradient(tape, inputs, value)]

    def each():
        tape.activate()
        results = [one(row) for row in rows]
        tape.deactivate()
        return np.transpose(results)

    return at_each_call({"point by point": each}) if len(rows) <= 1000 else {}


def w9(problem):
    """Return the long chain."""
    from xad.adj_1st import Tape

    tape = Tape()
    tape.activate()

    def record(nodes):
        tape.clearAll()
        inputs = recording(tape, (problem.Y, problem.A, problem.B))
        return inputs, problem.chain(*inputs, nodes)

    def backward(recorded):
        return gradient(tape, *recorded)

    return problem.NODES, record, backward
