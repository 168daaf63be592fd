"""Random programs give the values and gradients of the reference engine, however they are run."""

import functools
import gc
import random

import numpy as np
import pytest
import reference
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import ROW, SMOOTH, Program, Step, by_reference, programs

import fastgrad as fg
from fastgrad._tape import tape

# The engines round differently, by some ulps an op (1 - v * v against 1 / cosh(x)**2): this leaves
# two digits for each op of the longest program, relative to the sum of all paths.
ROUNDING = 1e-12

STEP = 1e-5  # of difference quotients


def in_fastgrad(name):
    return getattr(fg, name)


def followed(program, column, seen):
    """Run a column in the reference engine, each op on the operands that fastgrad had.

    So nothing adds up, and a floor or a comparison gets the same number in both engines. Each op's
    own value is compared; `seen` holds those of fastgrad.
    """
    values = [reference.Value(x) for x in program.columns[column]]
    for step in program.steps:
        value, found = step.run(by_reference, values), float(seen[len(values)])
        assert value.data == pytest.approx(found, rel=1e-13, abs=1e-13), step
        value.data = found
        values.append(value)
    total = values[program.results[0]]
    for i in program.results[1:]:
        total = reference.add(total, values[i])
    return values[: program.n_inputs], total


def paths(total, inputs):
    """The sum, over all paths to each input, of the products of absolute local gradients."""
    order, seen, stack = [], set(), [(total, False)]
    while stack:
        value, done = stack.pop()
        if done:
            order.append(value)
        elif id(value) not in seen:
            seen.add(id(value))
            stack += [(value, True), *((a, False) for a in value.args)]
    weight = {id(v): 0.0 for v in order}
    weight[id(total)] = 1.0
    for value in reversed(order):
        if value.args:
            partials = reference.OPS[value.op][1](*(a.data for a in value.args), value.data)
            for a, p in zip(value.args, partials, strict=True):
                weight[id(a)] += weight[id(value)] * abs(p or 0.0)
    return [weight.get(id(x), 0.0) for x in inputs]


def check(program, column, seen, gradients):
    """Check the gradients of one column, given fastgrad's values of all its ops."""
    inputs, total = followed(program, column, seen)
    total.backward()
    for x, g, scale in zip(inputs, gradients, paths(total, inputs), strict=True):
        assert g == pytest.approx(x.grad, abs=ROUNDING * (1 + scale))


def gradients_of(total, inputs, **options):
    return fg.autograd.grad(total, inputs, materialize_grads=True, **options)


@given(programs())
def test_scalars_agree_with_the_reference(program):
    inputs = [fg.tensor(x, requires_grad=True) for x in program.columns[0]]
    values = program.run(in_fastgrad, inputs)
    if not values[-1].requires_grad:
        return
    values[-1].backward()
    found = [0.0 if x.grad is None else x.grad.item() for x in inputs]
    check(program, 0, [v.item() for v in values], found)


@pytest.mark.parametrize("length", [1, 5])
@given(program=programs())
def test_arrays_agree_with_the_reference(length, program):
    columns = np.array(program.columns[:length])
    inputs = [fg.tensor(x, requires_grad=True) for x in columns.T]
    values = program.run(in_fastgrad, inputs)
    if not values[-1].requires_grad:
        return
    found = [g.numpy() for g in gradients_of(values[-1], inputs, grad_outputs=fg.ones(length))]
    for c in range(length):
        check(program, c, [v.detach().numpy()[c] for v in values], [g[c] for g in found])


@given(programs(), st.integers(0, 4))
def test_mixed_scalars_and_arrays_agree_with_the_reference(program, column):
    """The first input is an array of one number repeated, the others are scalars."""
    numbers = program.columns[column]
    inputs = [fg.full(3, numbers[0], requires_grad=True)]
    inputs += [fg.tensor(x, requires_grad=True) for x in numbers[1:]]
    values = program.run(in_fastgrad, inputs)
    if not values[-1].requires_grad:
        return
    total = values[-1].sum()
    found = [g.sum().item() / 3 for g in gradients_of(total, inputs)]
    repeats = 3 if values[-1].ndim else 1
    seen = [v.detach().numpy().reshape(-1)[0] for v in values]
    check(program, column, seen, [g * 3 / repeats for g in found])


@given(programs(rows=SMOOTH, max_steps=5, n_columns=1))
def test_second_derivatives_agree_with_differences_of_the_reference(program):
    inputs = [fg.tensor(x, requires_grad=True) for x in program.columns[0]]
    total = program.run(in_fastgrad, inputs)[-1]
    if not total.requires_grad:
        return
    first = gradients_of(total, inputs, create_graph=True)
    rows = [
        gradients_of(g, inputs, retain_graph=True)
        if g.requires_grad
        else [fg.zeros(())] * len(inputs)
        for g in first
    ]
    hessian = np.array([[h.item() for h in row] for row in rows])

    def gradient(xs):
        return np.array(
            reference.value_and_grad(lambda v: program.run(by_reference, v)[-1], list(xs))[1]
        )

    x = np.array(program.columns[0])
    scale = 1 + abs(gradient(x)).max() + abs(hessian).max()
    np.testing.assert_allclose([g.item() for g in first], gradient(x), atol=1e-9 * scale)
    np.testing.assert_allclose(hessian, hessian.T, atol=1e-9 * scale)
    for i, unit in enumerate(np.eye(len(x))):
        near, far = (
            (gradient(x + h * unit) - gradient(x - h * unit)) / (2 * h) for h in (STEP, 2 * STEP)
        )
        # The error of `near` is a third of its distance from `far`, and rounding over the step.
        assert np.all(abs(hessian[i] - near) <= abs(near - far) + 1e-7 * scale)


@given(programs(max_steps=6), st.randoms(use_true_random=False))
def test_gradients_do_not_depend_on_when_the_tape_is_compacted(program, rng):
    def run(disturb):
        inputs = [fg.tensor(x, requires_grad=True) for x in program.columns[0]]
        litter = []

        def function(name):
            def call(*args):
                result = in_fastgrad(name)(*args)
                if disturb and rng.random() < 0.5:
                    litter.append(fg.exp(result * 0.0))
                    litter.append(fg.stack([result, result]))
                if disturb and rng.random() < 0.3:
                    litter.clear()
                    tape().compact()
                return result

            return call

        total = program.run(function, inputs)[-1]
        if not total.requires_grad:
            return None
        if disturb:
            tape().compact()
        found = gradients_of(total, inputs, retain_graph=True)
        if disturb:
            tape().compact()
        again = gradients_of(total, inputs)
        return [total.item(), [g.item() for g in found], [g.item() for g in again]]

    assert run(disturb=False) == run(disturb=True)


@given(programs(max_steps=6), st.randoms(use_true_random=False))
def test_values_that_were_let_go_do_not_change_the_gradient(program, rng):
    """Each value is dropped when no later step needs it; dropped and kept give the same bits."""
    last_use = {x: k for k, s in enumerate(program.steps) for x in s.operands if isinstance(x, int)}
    n = program.n_inputs

    def run(drop):
        inputs = [fg.tensor(x, requires_grad=True) for x in program.columns[0]]
        values, total = list(inputs), fg.tensor(0.0)
        for k, step in enumerate(program.steps):
            values.append(step.run(in_fastgrad, values))
            if n + k not in last_use:
                total = total + values[-1]
            for i in range(n, n + k + 1):
                if drop and last_use.get(i, k) <= k:
                    values[i] = None
            if drop and rng.random() < 0.2:
                tape().compact()
        del values
        if not total.requires_grad:
            return None
        total.backward()
        return [total.item(), [None if x.grad is None else x.grad.item() for x in inputs]]

    assert run(drop=False) == run(drop=True)


@settings(max_examples=20)
@given(programs(max_steps=4))
def test_a_program_leaves_nothing_on_the_tape(program):
    before = tape().stats()
    inputs = [fg.tensor(x, requires_grad=True) for x in program.columns[0]]
    values = program.run(in_fastgrad, inputs)
    if values[-1].requires_grad:
        values[-1].backward()
    del inputs, values
    after = tape().stats()
    assert (after["nodes"], after["tensors"]) == (before["nodes"], before["tensors"])


def test_a_long_program_survives_many_compactions():
    """Random steps on a pool of values that are replaced, against the reference."""
    rng, before = random.Random(1), tape().stats()
    # A truth value or a floor has no gradient, and a large one would drown the others.
    names = sorted(
        {n for n in SMOOTH if n not in ("exp", "exp2", "sinh", "cosh", "expm1", "power")}
    )
    start = [rng.uniform(-1, 1) for _ in range(6)]
    leaves = [fg.tensor(x, requires_grad=True) for x in start]
    twins = [reference.Value(x) for x in start]
    pool, twin_pool = list(leaves), list(twins)

    def step(function, values, op, places):
        operands = []
        for j, (low, high) in zip(places, ROW[op]["domains"], strict=False):
            inside = function("multiply")(function("sin")(values[j]), (high - low) * 0.49)
            operands.append(function("add")(inside, (low + high) / 2))
        new = function("multiply")(function(op)(*operands), 0.01)
        return function("add")(function("multiply")(values[places[-1]], 0.5), new)

    def total_of(function, values):
        return functools.reduce(function("add"), values)

    for k in range(4000):
        op, places = rng.choice(names), [rng.randrange(6) for _ in range(4)]
        pool[places[-1]] = new = step(in_fastgrad, pool, op, places)
        twin_pool[places[-1]] = twin = step(by_reference, twin_pool, op, places)
        assert twin.data == pytest.approx(new.item(), rel=1e-12), op
        twin.data = new.item()
        if k % 1000 == 300:
            total_of(in_fastgrad, pool).backward(retain_graph=True)
            total_of(by_reference, twin_pool).backward()
            for x, twin_x in zip(leaves, twins, strict=True):
                assert x.grad.item() == pytest.approx(twin_x.grad, rel=1e-9, abs=1e-300)
    del pool, new, leaves, x
    gc.collect()
    assert tape().stats()["nodes"] == before["nodes"]


def test_the_check_fails_for_a_wrong_gradient():
    program = Program([(0.5,)], [Step("sin", (0,)), Step("multiply", (0, 1))])
    x = fg.tensor(0.5, requires_grad=True)
    values = [v.item() for v in program.run(in_fastgrad, [x])]
    right = np.sin(0.5) + 0.5 * np.cos(0.5)
    check(program, 0, values, [right])
    with pytest.raises(AssertionError):
        check(program, 0, values, [right * (1 + 1e-9)])
    with pytest.raises(AssertionError):
        check(program, 0, [values[0], values[1] * (1 + 1e-9), values[2]], [right])
