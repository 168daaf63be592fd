"""All samples of all families: values, derivatives of both orders, programs, batches."""

import numpy as np
import pytest
import sampling
from samples import FAMILIES

import fastgrad as fg

every = [(family, sample) for family, samples in FAMILIES.items() for sample in samples]


def of(chosen):
    """Parametrize a test by the samples that a condition chooses."""
    samples = [(f, s) for f, s in every if chosen(s)]
    return pytest.mark.parametrize(
        "sample", [s for _, s in samples], ids=[f"{f}-{s!r}" for f, s in samples]
    )


@of(lambda s: True)
def test_each_name_of_a_function_gives_what_numpy_and_scipy_give(sample):
    sampling.check_values(sample)


@of(lambda s: s.depth > 0)
def test_gradients_and_tangents_are_differences(sample):
    sampling.check_first(sample)


@of(lambda s: s.depth > 1)
def test_gradients_of_gradients_are_differences(sample):
    sampling.check_second(sample)


@of(lambda s: s.recorded and s.leaves)
def test_recorded_functions_give_the_same(sample):
    sampling.check_recorded(sample)


@of(lambda s: s.recorded and s.leaves)
def test_batches_give_what_loops_give(sample):
    sampling.check_batch(sample)


def test_a_wrong_gradient_is_noticed():
    """The checks themselves: a rule that is off by 1e-6 fails."""

    @fg.custom_vjp
    def wrong(x):
        return fg.sin(x)

    wrong.defvjp(lambda x: (fg.sin(x), x), lambda x, g: (g * fg.cos(x) * (1 + 1e-6),))
    x = np.array([0.3, 1.2])
    sample = sampling.S("fastgrad.sin", x).like(np.sin)
    sample.ours = lambda: {"wrong": wrong}
    with pytest.raises(AssertionError, match="difference"):
        sampling.check_first(sample)
