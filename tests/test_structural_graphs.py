"""In a graph a structural op does what it does on Tensors: its value, its rules, its programs."""

import itertools

import numpy as np
import pytest
from differences import tracked
from structural_samples import (
    SAMPLES,
    called,
    directions,
    is_differentiable,
    tangent,
    unpack,
    variants,
)

import fastgrad as fg
from fastgrad._graph import Graph
from fastgrad._machine import Machine
from fastgrad._passes import jvp, vjp
from fastgrad._tensor import values

every_sample = pytest.mark.parametrize("sample", SAMPLES, ids=map(called, SAMPLES))


def inputs(graph, arrays):
    return [graph.add_input(x.dtype, x.shape) for x in arrays]


def check(graph, found, arrays, wanted):
    """Check a node, or zero for None, by its program; sums may be added up in another order."""
    if found is None:
        np.testing.assert_array_equal(wanted, 0)
        return
    assert (found.shape, found.dtype) == (wanted.shape, wanted.dtype)
    (value,) = Machine(graph, [found.node], []).run([x.copy() for x in arrays])
    single = any(x.dtype == np.float32 for x in (wanted, *arrays))
    tolerance = 20 * np.finfo(np.float32 if single else np.float64).eps
    scale = np.max(np.abs(wanted), initial=1.0, where=np.isfinite(wanted))
    np.testing.assert_allclose(value, wanted, rtol=tolerance, atol=tolerance * scale)


@every_sample
def test_a_program_of_one_op_computes_its_value(sample):
    op, xs, params, value = unpack(sample)
    graph = Graph()
    check(graph, op(*inputs(graph, xs), **params), xs, value)


@every_sample
def test_a_batch_of_nodes_is_the_batch_of_their_values(sample):
    op, xs, params, _ = unpack(sample)
    for n, *batched in itertools.product((1, 3), *[(False, True)] * len(xs)):
        if any(batched):
            points = [
                np.array(variants(op, k, x, n), x.dtype).reshape(n, *x.shape) if b else x
                for k, (x, b) in enumerate(zip(xs, batched))
            ]
            wanted = values(op.batch(n, tuple(batched), *map(fg.as_tensor, points), **params))
            graph = Graph()
            found = op.batch(n, tuple(batched), *inputs(graph, points), **params)
            check(graph, found, points, wanted)


@pytest.mark.parametrize(
    "sample", found := list(filter(is_differentiable, SAMPLES)), ids=map(called, found)
)
def test_tangents_and_cotangents_of_nodes_are_those_of_their_values(sample):
    op, xs, params, value = unpack(sample)
    weight = np.random.default_rng(7).uniform(0.5, 1.5, value.shape).astype(value.dtype)
    for dots in directions(op, xs):
        moving = [k for k, d in enumerate(dots) if d is not None]
        arrays = [*xs, *(dots[k] for k in moving), weight]
        graph = Graph()
        nodes = inputs(graph, arrays)
        out, by = op(*nodes[: len(xs)], **params).node, [nodes[k].node for k in moving]
        (found,) = jvp(graph, [out], by, nodes[len(xs) : -1])
        wanted = tangent(op, xs, params, [None if d is None else fg.as_tensor(d) for d in dots])
        check(graph, found, arrays, wanted)
        given = [x if d is None else tracked(x.copy()) for x, d in zip(xs, dots)]
        wanted = fg.autograd.grad(
            op(*given, **params), [given[k] for k in moving], fg.as_tensor(weight)
        )
        for found, g in zip(vjp(graph, [out], nodes[-1:], by), wanted):
            check(graph, found, arrays, values(g))
