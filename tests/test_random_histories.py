"""Random histories: whatever is made, changed, dropped, swept and compacted, gradients stay right.

Beside each Tensor lives its twin, an object array of the reference engine's Values. NumPy itself is
the model of memory: a twin of a view is a view, so that a change of one is seen in the other.
"""

import gc

import numpy as np
import pytest
import reference
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule
from strategies import ROW, by_reference

import fastgrad as fg
from fastgrad._tape import tape

ROUNDING = 1e-9  # relative, after some dozen ops in which errors may add up and be amplified


class Made:
    """One recorded op as the graph knows it: what it depends on, and whether it was let go."""

    def __init__(self, needs=False, of=(), reads=()):
        self.needs = needs or any(m.needs for m in of)
        self.of = [m for m in of if m.needs]
        self.reads = [(memory, memory.version) for memory in reads]
        self.leaf, self.freed = not of, False

    def below(self):
        """Itself and all it depends on."""
        found, stack = {}, [self]
        while stack:
            made = stack.pop()
            if id(made) not in found:
                found[id(made)] = made
                stack.extend(made.of)
        return list(found.values())


class Memory:
    version = 0


class Twin:
    """What a Tensor should be."""

    def __init__(self, cells, made, memory=None, base=None):
        self.cells, self._made, self.memory = cells, made, memory or Memory()
        self.base, self.seen = base, self.memory.version
        self.grad = None
        self.past = []  # leaf Values that backward reaches from graphs recorded earlier

    @property
    def made(self):
        """A view is recorded anew when its memory has changed."""
        if self.base is not None and self.seen != self.memory.version:
            self._made, self.seen = (
                Made(of=[self.base.made], reads=[self.memory]),
                self.memory.version,
            )
        return self._made

    @property
    def root(self):
        return self if self.base is None else self.base.root

    @property
    def is_leaf(self):
        return self.made.leaf

    def values(self):
        return list(self.cells.reshape(-1))


def cells(numbers):
    """Fresh Values of an array of numbers."""
    found = np.empty(np.shape(numbers), object)
    for i in np.ndindex(found.shape):
        found[i] = reference.Value(np.asarray(numbers)[i])
    return found


def each(op, *operands):
    """A row on object arrays and numbers, broadcast."""
    arrays = [x if isinstance(x, np.ndarray) else np.array(x, object) for x in operands]
    return np.asarray(np.frompyfunc(by_reference(op), len(arrays), 1)(*arrays), object)


def numbers(found):
    return np.array([v.data for v in found.reshape(-1)]).reshape(found.shape)


class Histories(RuleBasedStateMachine):
    live = Bundle("live")

    def __init__(self):
        super().__init__()
        self.pairs = []  # (Tensor, Twin) that are alive
        self.leaves = []

    def keep(self, t, cells_, made, **options):
        twin = Twin(cells_, made, **options)
        assert np.allclose(t.detach().numpy(), numbers(cells_), rtol=1e-12, atol=1e-12)
        for value, number in zip(twin.values(), t.detach().numpy().reshape(-1), strict=True):
            value.data = float(number)
        assert t.requires_grad == made.needs
        pair = [t, twin]
        self.pairs.append(pair)
        return pair

    # ----- making and dropping -----

    @rule(target=live, x=st.floats(-3, 3), length=st.sampled_from([0, 3]), needs=st.booleans())
    def create(self, x, length, needs):
        data = x + np.arange(3.0) / 3 if length else np.array(x)
        pair = self.keep(
            fg.tensor(data if length else x, requires_grad=needs), cells(data), Made(needs)
        )
        if needs:
            self.leaves.append(pair)
        return pair

    @rule(pair=consumes(live))
    def drop(self, pair):
        self.pairs = [p for p in self.pairs if p is not pair]
        pair[0] = None

    # ----- ops -----

    @rule(target=live, op=st.sampled_from(sorted(ROW)), a=live, b=live, c=live)
    def apply(self, op, a, b, c):
        ours, theirs, of, reads = [], [], [], []
        for (t, twin), (low, high) in zip((a, b, c), ROW[op]["domains"], strict=False):
            middle, half = (low + high) / 2, (high - low) * 0.49
            ours.append(fg.sin(t) * half + middle)
            theirs.append(each("add", each("multiply", each("sin", twin.cells), half), middle))
            for cell, number in zip(
                theirs[-1].reshape(-1), ours[-1].detach().numpy().reshape(-1), strict=True
            ):
                cell.data = float(number)
            of.append(twin.made)
            reads.append(twin.memory)
        result, found = getattr(fg, op)(*ours), each(op, *theirs)
        if ROW[op]["is_test"]:
            return self.keep(result * 1.0, each("multiply", found, 1.0), Made())
        pair = self.keep(result, found, Made(of=of, reads=reads))
        memory = pair[1].memory  # some rules read the result
        pair[1].made.reads.append((memory, memory.version))
        return pair

    @rule(target=live, a=live, b=live, op=st.sampled_from(["add", "subtract", "multiply"]))
    def operate(self, a, b, op):
        signs = {"add": "__add__", "subtract": "__sub__", "multiply": "__mul__"}
        # Half of the product, so that squares of squares stay finite.
        t = getattr(0.5 * a[0], signs[op])(b[0])
        found = each(op, each("multiply", 0.5, a[1].cells), b[1].cells)
        return self.keep(
            t, found, Made(of=[a[1].made, b[1].made], reads=[a[1].memory, b[1].memory])
        )

    @rule(target=live, a=live)
    def total(self, a):
        found = np.array(None, object)
        found[()] = reference.apply("add", 0.0, 0.0)
        for value in a[1].values():
            found[()] = reference.apply("add", found[()], value)
        return self.keep(a[0].sum(), found, Made(of=[a[1].made], reads=[a[1].memory]))

    @rule(target=live, a=live, b=live)
    def stack(self, a, b):
        found = np.stack(
            [a[1].cells.reshape(-1)[0], a[1].cells.reshape(-1)[-1], b[1].cells.reshape(-1)[0]]
        )
        first, second = a[0].reshape(-1), b[0].reshape(-1)
        t = fg.stack([first[0], first[-1], second[0]])
        return self.keep(
            t, found, Made(of=[a[1].made, b[1].made], reads=[a[1].memory, b[1].memory])
        )

    @rule(
        target=live, a=live, part=st.sampled_from([np.s_[::-1], np.s_[:1], np.s_[-1:], np.s_[...]])
    )
    def view(self, a, part):
        t, twin = a
        if t.ndim == 0:
            return self.create(0.5, 0, False)
        made = Made(of=[twin.made], reads=[twin.memory])
        return self.keep(t[part], twin.cells[part], made, memory=twin.memory, base=twin)

    # ----- changing in place -----

    def overwrite(self, t, twin, found, made):
        """The twin's memory has got new Values."""
        twin.cells[...] = found
        bases = []  # with what each was made of before: asked later, it would be recorded anew
        while twin.base is not None:
            twin = twin.base
            bases.append((twin, twin.made))
        twin.memory.version += 1
        for twin, before in bases:
            made = Made(of=[before, made], reads=[twin.memory])
        twin._made, twin.seen = made, twin.memory.version
        for value, number in zip(twin.values(), self.tensor_of(twin, t), strict=True):
            value.data = float(number)

    def tensor_of(self, twin, t):
        """The numbers of a base, that of t where the base itself is no longer alive."""
        for other, its in self.pairs:
            if its is twin:
                return other.detach().numpy().reshape(-1)
        return [v.data for v in twin.values()]

    @rule(a=live, b=live, op=st.sampled_from(["add", "multiply"]))
    def change(self, a, b, op):
        (t, twin), (u, other) = a, b
        if twin.root.is_leaf and twin.root.made.needs:
            return  # refused, as other tests show
        if np.broadcast_shapes(t.shape, u.shape) != t.shape:
            return
        found = each(op, twin.cells, each("sin", other.cells))
        made = Made(of=[twin.made, other.made], reads=[twin.memory, other.memory])
        if op == "add":
            t += fg.sin(u)
        else:
            t *= fg.sin(u)
        np.testing.assert_allclose(t.detach().numpy(), numbers(found), rtol=1e-12, atol=1e-12)
        self.overwrite(t, twin, found, made)

    @rule(a=live, b=live, i=st.sampled_from([0, -1]))
    def assign(self, a, b, i):
        (t, twin), (u, other) = a, b
        if (twin.root.is_leaf and twin.root.made.needs) or not t.ndim:
            return
        t[i] = u.reshape(-1)[0]
        found = twin.cells.copy()
        found[i] = each("multiply", other.cells.reshape(-1)[0], 1.0)[()]
        made = Made(of=[twin.made, other.made], reads=[twin.memory, other.memory])
        self.overwrite(t, twin, found, made)

    @rule(a=live, step=st.floats(-0.5, 0.5), whole=st.booleans())
    def update(self, a, step, whole):
        """A step of gradient descent; on what is no leaf, the derivative is that of before."""
        t, twin = a
        if twin.base is not None:
            return
        with fg.no_grad():
            if whole or not t.ndim:
                t -= step
            else:
                t[:-1] -= step
        made, old = twin.made, twin.cells.copy()
        twin.memory.version += 1
        for i, number in zip(np.ndindex(old.shape), t.detach().numpy().reshape(-1), strict=True):
            if made.leaf:
                twin.cells[i] = reference.Value(number)
            else:
                twin.cells[i] = reference.apply("add", old[i], 0.0)
                twin.cells[i].data = float(number)
        if made.leaf:
            twin.past.append(old)
        else:
            twin._made = Made(of=[made], reads=[twin.memory])
        twin.seen = twin.memory.version

    # ----- sweeping -----

    def expected(self, twin):
        """The gradients of the sum of a twin by all leaves: [(pair, array)]."""
        arrays = [(pair, [*pair[1].past, pair[1].cells]) for pair in self.leaves]
        for _, versions in arrays:
            for value in (v for found in versions for v in found.reshape(-1)):
                value.grad = 0.0
        total = reference.apply("add", 0.0, 0.0)
        for value in twin.values():
            total = reference.apply("add", total, value)
        total.backward()

        def gradient(found):
            return np.array([v.grad for v in found.reshape(-1)]).reshape(found.shape)

        return [(pair, sum(gradient(found) for found in versions)) for pair, versions in arrays]

    def attempt(self, twin, sweep, inputs=None):
        """Run a sweep and return what it gives, or None if it rightly failed.

        It has to fail where it comes to an op that was let go, and which depends on an input.
        """
        below = twin.made.below()
        freed = [made for made in below if made.freed]
        ends = None if inputs is None else {id(pair[1].made) for pair in inputs}
        must = [m for m in freed if ends is None or ends & {id(x) for x in m.below()}]
        stale = any(memory.version != v for made in below for memory, v in made.reads)
        try:
            result = sweep()
        except RuntimeError as error:
            said = str(error)
            assert freed if "second time" in said else stale
            assert "second time" in said or "modified by an inplace operation" in said
            return None
        assert not must
        return result or True

    @rule(a=live, retain=st.booleans())
    def backward(self, a, retain):
        t, twin = a
        if not t.requires_grad:
            return
        expected = self.expected(twin)
        seed = fg.ones(t.shape)
        if self.attempt(twin, lambda: t.backward(seed, retain_graph=retain)) is None:
            return
        reached = {id(made) for made in twin.made.below()}
        for pair, g in expected:
            if id(pair[1].made) in reached or np.any(g != 0):
                pair[1].grad = g if pair[1].grad is None else pair[1].grad + g
        if not retain:
            for made in twin.made.below():
                made.freed = not made.leaf

    @rule(a=live, create=st.booleans())
    def gradient(self, a, create):
        t, twin = a
        leaves = [pair for pair in self.leaves if pair[0] is not None]
        if not t.requires_grad or not leaves:
            return
        expected = {id(pair): g for pair, g in self.expected(twin)}
        options = dict(retain_graph=True, create_graph=create, materialize_grads=True)
        found = self.attempt(
            twin,
            lambda: fg.autograd.grad(t, [p[0] for p in leaves], fg.ones(t.shape), **options),
            leaves,
        )
        for pair, g in zip(leaves, found or (), strict=False):
            self.same_gradient(g, expected[id(pair)])

    @rule(a=live)
    def look(self, a):
        """No invariant: looking brings a view up to date, and others shall stay as they are."""
        assert a[0].requires_grad == a[1].made.needs
        assert not a[1].is_leaf or a[0].is_leaf or not a[1].made.needs

    @rule(a=live)
    def forget_gradient(self, a):
        if a[1].is_leaf:
            a[0].grad = a[1].grad = None

    @rule()
    def compact(self):
        gc.collect(0)
        tape().compact()

    # ----- what must always hold -----

    def same_gradient(self, g, expected):
        # Where numbers are huge or not finite, rounding decides.
        if np.all(np.abs(expected) < 1e6):
            assert np.allclose(g.detach().numpy(), expected, rtol=ROUNDING, atol=ROUNDING)

    @invariant()
    def values_are_right(self):
        for t, twin in self.pairs:
            assert np.array_equal(t.detach().numpy(), numbers(twin.cells))

    @invariant()
    def gradients_are_right(self):
        for t, twin in self.leaves:
            if t is None:
                continue
            if twin.grad is None:
                assert t.grad is None or not np.any(t.grad.numpy())
            else:
                self.same_gradient(t.grad, twin.grad)

    def teardown(self):
        for pair in self.pairs:
            pair[0] = None


class TestHistories(Histories.TestCase):
    settings = settings(max_examples=60, stateful_step_count=30)


@pytest.mark.slow
class TestManyHistories(Histories.TestCase):
    settings = settings(max_examples=2000, stateful_step_count=50)


def test_the_twin_of_a_view_of_a_view_knows_what_was_assigned():
    history = Histories()
    base = history.create(0.0, 3, False)
    first = history.view(base, np.s_[::-1])
    second = history.view(first, np.s_[::-1])
    history.assign(second, history.create(0.0, 0, True), 0)
    for pair in (second, first, base):
        history.look(pair)
    history.backward(second, False)
    history.gradients_are_right()
