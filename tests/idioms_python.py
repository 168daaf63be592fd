"""Idioms of Python: branches, loops, iteration, closures, objects, and ways out of an array."""

import copy
import functools
import itertools
import json
import math
import operator
import pickle
from collections import namedtuple
from dataclasses import dataclass, replace

import numpy as np
from verdicts import V, W, verdicts

TABLE = []
right, refused, either = verdicts(TABLE)
NEGATIVE = np.array([-0.5, 1.5, -2.5])  # on the other side of branches that V and W take
DESCENDING = np.array([2.5, 1.5, 0.5])
TARGET = np.array([1.0, 2.0, 0.5])

# ----- branches -----


@right(V, W, NEGATIVE)
def an_early_return(x):
    if x[0] < 0:
        return x.sum() ** 2
    return x.prod()


@right(V, W, NEGATIVE)
def a_chained_comparison(x):
    return x.sum() if 0 < x[0] < x[1] <= 2.0 else x.prod()


@right(V, W, NEGATIVE)
def and_or_not(x):
    inside = (x[0] > 0 and not x[1] > 2) or x[2] > 100
    return x[0] * 2 if inside else x[1] * 3


@right(1.5, 1.25, -2.0)
def a_number_as_argument(x):
    return x**2 if x > 0 else abs(x) * 3.0


@right(V, W)
def exceptions_that_are_not_raised(x):
    if x[0] < 0:
        raise ValueError("x must be positive")
    assert x[1] > 0, "x must be positive"
    return np.sqrt(x)


@right(V, W, NEGATIVE)
def exceptions_as_branches(x):
    try:
        if x[0] < 0:
            raise ValueError(f"{x[0]} is negative")
        return np.log(x[0])
    except ValueError:
        return -x[0] * x[1]


@right(V, W, NEGATIVE)
def membership(x):
    return x.sum() ** 2 if 2.0 in np.floor(x) else x.prod()


@right(V, W, DESCENDING)
def the_largest_and_smallest_of_python(x):
    return max(x) * 2 + min(x) ** 2 + max(x[0], 1.0) + min(x[0], x[1], x[2]) * max(0.0, x[2])


@right(V, W, DESCENDING)
def sorted_by_python(x):
    return sum(k * xi**2 for k, xi in enumerate(sorted(x))) + sorted(x, key=lambda xi: -xi)[0]


@right(V, W, NEGATIVE)
def any_and_all_of_python(x):
    return x.sum() if all(xi > 0 for xi in x) and any(xi > 2 for xi in x) else x.prod()


@right(V, W, NEGATIVE)
def a_filtered_comprehension(x):
    return sum([xi**2 for xi in x if xi > 0]) + sum(filter(lambda xi: xi < 1, x))


@right()
def code_that_asks_for_the_shape(x):
    n = x.shape[0] if x.ndim == 1 else 1
    return x.sum() / n if x.size > 2 and len(x) == n else x.sum()


@right()
def warnings_switched_off(x):
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log(x) / x


# ----- loops -----


@right(np.array([2.0, 3.0]), np.array([2.25, 2.75]), np.array([200.0, 0.5]))
def newton_until_it_has_converged(x):
    root = 1.0
    for _ in range(50):
        step = (root * root - x[0]) / (2 * root)
        root = root - step
        if abs(step) < 1e-10:
            break
    return root * x[1]


@right(3.0, 3.25, 40.0)
def a_while_loop(x):
    y, n = x, 0
    while y > 1:
        y, n = y / 2, n + 1
    return y * n + x


@right(V, W, np.array([9.0, 0.5, 1.5]))
def recursion_with_an_end_that_depends_on_values(x):
    def halve(y):
        return y if y < 1 else halve(y / 2) * y

    return halve(x[2]) + halve(x[0])


@right()
def sums_in_a_loop(x):
    total, sums = 0, []
    for i in range(len(x)):
        total += x[i] ** 2
        sums.append(total)
    return np.array(sums)


@right()
def augmented_assignment_makes_a_new_number(x):
    """Elements and sums are numbers in NumPy: += gives a name another one, and changes no array."""
    y, total = x.copy(), x.sum()
    first, kept, smallest = y[0], total, x.min()
    first *= 3
    total += y[0]
    smallest -= kept
    for xi in y:
        xi /= 2
        total += xi
    return y * first + kept * total - smallest * x.min()


@right()
def a_running_product_from_an_element(x):
    product, products = x[0], []
    for xi in x[1:]:
        products.append(product)
        product *= xi
    return np.array([*products, product]) * x[0]


@right()
def runge_kutta(x):
    def rate(y):
        return np.array([y[1], -x[2] * np.sin(y[0])])

    y, h = np.array([x[0], x[1]]), 0.1
    for _ in range(5):
        k1 = rate(y)
        k2 = rate(y + h / 2 * k1)
        y = y + h * k2
    return y


# ----- iteration -----


@right()
def iteration_and_unpacking(x):
    a, b, c = x
    first, *rest = x
    return sum(xi**2 for xi in x) + a * b / c + first * len(rest) * rest[-1]


@right()
def zip_enumerate_reversed(x):
    total = 0.0
    for k, (a, b) in enumerate(zip(x, reversed(x))):
        total = total + k * a * b**2
    return total


@right()
def starred_arguments(x):
    def volume(a, *others, scale=1.0, **named):
        return a * others[0] * others[1] * scale + named["offset"]

    options = {"scale": 2.0, "offset": x[0]}
    return volume(*x, **options)


@right()
def map_reduce_accumulate(x):
    product = functools.reduce(operator.mul, x)
    return product + sum(map(np.sin, x)) + list(itertools.accumulate(x, lambda a, b: a * b))[1]


@right(np.outer(V, W), np.outer(W, V))
def iteration_over_rows(x):
    return sum(row @ row * k for k, row in enumerate(x)) + sum(a * b for a, b, _ in x)


@right()
def polynomials_by_horner(x):
    result = 0.0
    for coefficient in [1.0, -2.0, 0.5]:
        result = result * x + coefficient
    return result


# ----- functions and objects -----


def closure(scale, offset):
    @right()
    def closures_over_numbers_and_arrays(x):
        return scale * np.sum((x - offset) ** 2)

    return closures_over_numbers_and_arrays


closure(3.0, np.array([1.0, 0.0, 2.0]))


def named(name, function):
    """List a callable that is no plain function, whose name is not its own."""

    class Named:
        __name__ = name

        def __call__(self, *args):
            return function(*args)

    right()(Named())


class Model:
    def __init__(self, slope):
        self.slope, self.calls = slope, 0

    def loss(self, x):
        self.last = self.slope * x
        return np.sum((self.last - TARGET) ** 2)

    def __call__(self, x):
        self.calls += 1
        return self.loss(x) * 2


named("a_bound_method", Model(2.0).loss)
named("a_callable_object", Model(3.0))
named("a_partial_function", functools.partial(lambda a, x, b: a * x * b, np.arange(3.0), b=2.0))
named("a_lambda_in_a_lambda", lambda x: (lambda y: (lambda z: z * y * x)(y + 1))(x[::-1]))


@right()
def a_default_argument(x, weights=np.array([1.0, 2.0, 3.0])):  # noqa: B008
    return np.dot(weights, x**2)


@right()
def a_global_array(x):
    return ((x - TARGET) ** 2).sum()


@right()
def nonlocal_state(x):
    total = 0.0

    def add(xi):
        nonlocal total
        total = total * 2 + xi**2

    for xi in x:
        add(xi)
    return total


@right((V, 2), (W, 2))
def an_integer_argument(x, n):
    y = np.zeros(n)
    for i in range(n):
        y[i] = x[i] ** n
    return y


@right((V, "product", None), (W, "product", None))
def arguments_that_are_no_numbers(x, how, weights=None):
    weights = np.ones(3) if weights is None else weights
    return (x * weights).prod() if how == "product" else x.sum()


@right((V, 2.0, W), (W, 3.0, V))
def several_arguments(x, a, y):
    return np.sum(a * x * np.cos(y)) + a**2


@right()
def a_decorated_function(x):
    def twice(f):
        @functools.wraps(f)
        def inner(*args, **kwargs):
            return f(f(*args, **kwargs))

        return inner

    @twice
    def square(y):
        return y * y

    return square(x)


@right()
def a_dict_of_arrays_as_state(x):
    state = {"position": np.zeros(3), "velocity": x * 1}
    for _ in range(3):
        state["position"] += 0.1 * state["velocity"]
        state["velocity"] = state["velocity"] - 0.1 * np.sin(state["position"])
    return state["position"] * state["velocity"]


Pair = namedtuple("Pair", "first second")


@dataclass(frozen=True)
class State:
    position: object
    momentum: object


@right()
def named_tuples_and_dataclasses_as_state(x):
    state = State(x[0], np.array([x[1], x[2]]))
    state = replace(state, position=state.position * state.momentum[0])
    first, second = Pair(state.position, state.momentum)
    return first * second


class Dual:
    """A user's own number."""

    def __init__(self, a, b):
        self.a, self.b = a, b

    def __mul__(self, other):
        return Dual(self.a * other.a, self.a * other.b + self.b * other.a)


@right()
def a_class_of_numbers(x):
    product = Dual(x[0], 1.0) * Dual(x[1], x[2])
    return product.a + product.b**2


@right()
def lists_of_arrays(x):
    history = [np.zeros(3) for _ in range(3)]
    for k in range(3):
        history[k][k:] = x[: 3 - k] * (k + 1)
    return np.array(history)


@right()
def printing(x):
    text = f"{x[0]} {x[1]:.3f} {x!r} {x.sum()}" + str(x)
    return x * len(text.split()[:1])


@right()
def operators_of_python(x):
    return pow(x[0], 2) + abs(-x[1]) + (+x[2]) * 2 ** x[0] - 3 / x[1] + x[2] ** 0.5


@right()
def a_check_that_makes_arrays_of_what_is_none(x):
    if not isinstance(x, np.ndarray):
        x = np.array(x, dtype=float)
    return x * x


@right()
def integers_that_are_promoted(x):
    return 2 * x + 3 // 2 - True * x[0]


# ----- right or refused -----


@either(match=r"fastgrad|requires? grad|record")
def functions_of_math(x):
    return math.sin(x[0]) + math.exp(x[1])


@either(V, np.array([0.625, 1.25, 2.25]))
def rounding(x):
    return round(x[0], 1) + math.floor(x[1]) + x[2] // 1


@either()
def copies_of_the_standard_library(x):
    return copy.copy(x) * 2 + copy.deepcopy(x) ** 2


@either()
def sums_and_products_of_math(x):
    return math.fsum(x) * math.prod(x) + math.hypot(*x)


# ----- refused -----


@refused(match=r"float\(\)|record|requires? grad")
def a_float_of_an_element(x):
    return float(x[0]) * x[1]


@refused(match=r"int\(\)|record|requires? grad")
def an_int_of_an_element(x):
    return x[int(x[0])]


@refused(match=r"item\(\)|record|requires? grad")
def an_item(x):
    return x[0].item() * x.sum()


@refused(match=r"tolist\(\)|record|requires? grad")
def a_list_of_numbers(x):
    return sum(v**2 for v in x.tolist())


@refused(match=r"complex|record|requires? grad")
def a_complex_number(x):
    return abs(complex(x[0], 1.0))


@refused(match=r"numpy\(\)|record|requires? grad")
def a_pickled_copy(x):
    return pickle.loads(pickle.dumps(x)) * 2


@refused(error=TypeError, match="serializable")
def json_of_an_element(x):
    return json.loads(json.dumps([x[0]]))[0]


@refused(error=TypeError, match="wanted an array")
def a_check_for_an_array_that_raises(x):
    if not isinstance(x, np.ndarray):
        raise TypeError("wanted an array")
    return x * 2


@refused(match=r"float\(\)|record")
def a_range_up_to_an_element(x):
    return sum(x[i] for i in range(round(float(x[2] - 1.0)))) * 1.0
