"""An idiom of NumPy code, and what fastgrad makes of it: the right gradient, or a refusal."""

import re
from dataclasses import dataclass

import numpy as np

import fastgrad as fg

# Central differences at STEP and STEP / 2, extrapolated, err by STEP**4 / 480 times the fifth
# derivative and by about 1e-16 / STEP: 3e-14 and 1e-13 for derivatives near 1. TOLERANCE leaves
# room for fifth derivatives of 1e4. STEP is a power of two, so that x + STEP is exact.
STEP = 2.0**-9
TOLERANCE = 1e-8
V, W = np.array([0.5, 1.5, 2.5]), np.array([0.75, 1.25, 2.25])
MATRIX, OTHER_MATRIX = np.array([[1.0, 2.0], [3.0, 5.0]]), np.array([[1.5, 2.5], [3.5, 4.0]])


@dataclass(frozen=True)
class Idiom:
    """A function as users write it; its first two points take the same branches."""

    f: object
    points: tuple
    verdict: str
    error: type | tuple = ()
    match: str = ""
    wanted: object = None

    @property
    def name(self):
        return self.f.__name__.replace("_", " ").strip()

    @property
    def may_be_right(self):
        return self.verdict != "refused"

    def refuses(self, error):
        """Whether an error is one that the table allows, in type and message or in its cause's."""
        said = f"{error} {error.__cause__ or ''}"
        return isinstance(error, self.error) and re.search(self.match, said) is not None


def _listed(table, verdict, error=(), match=""):
    def decorate(*points, wanted=None):
        def add(f):
            given = points or (V, W)
            each = tuple(p if isinstance(p, tuple) else (p,) for p in given)
            table.append(
                Idiom(f, each * 2 if len(each) == 1 else each, verdict, error, match, wanted)
            )
            return f

        return add

    return decorate


def verdicts(table):
    """Return the decorators `right`, `refused` and `either` that add functions to a table."""
    no_detour = (
        r"requires? grad|record|float\(\)|int\(\)|item\(\)|array element|detach|does not support"
    )

    def refused(*points, error=(RuntimeError, TypeError, ValueError), match=no_detour):
        return _listed(table, "refused", error, match)(*points)

    def either(*points, match=no_detour, wanted=None):
        """Right, or refused: which of the two is not promised. Never a wrong number."""
        errors = (RuntimeError, TypeError, ValueError, NotImplementedError, AttributeError)
        match = f"{match}|Tensor' object has no attribute|doesn't define"
        return _listed(table, "either", errors, match)(*points, wanted=wanted)

    return _listed(table, "right"), refused, either


# ----- the oracle: the same function on plain NumPy -----


def fresh(args):
    return tuple(a.copy() if isinstance(a, np.ndarray) else a for a in args)


def differentiable(args):
    """The positions of the arguments by which a derivative is taken."""
    return tuple(
        k
        for k, a in enumerate(args)
        if isinstance(a, float) or (isinstance(a, np.ndarray) and a.dtype.kind == "f")
    )


def value(f, args):
    """f of plain arrays, as an array."""
    with np.errstate(all="ignore"):
        return np.array(f(*fresh(args)), float)


def _slope(f, args, k, at, step):
    moved = []
    for sign in (1, -1):
        x = np.array(args[k], float)
        x[at] += sign * step
        at_x = x if isinstance(args[k], np.ndarray) else float(x)
        moved.append(value(f, (*args[:k], at_x, *args[k + 1 :])))
    return (moved[0] - moved[1]) / (2 * step)


def differences(f, args):
    """The Jacobian by each argument that `differentiable` names, of shape (*result, *argument)."""
    shape = value(f, args).shape
    found = []
    for k in differentiable(args):
        jacobian = np.zeros((*shape, *np.shape(args[k])))
        for at in np.ndindex(np.shape(args[k])):
            coarse, fine = _slope(f, args, k, at, STEP), _slope(f, args, k, at, STEP / 2)
            jacobian[(..., *at)] = (4 * fine - coarse) / 3
        found.append(jacobian)
    return found


def wanted(idiom, args):
    return [idiom.wanted] if idiom.wanted is not None else differences(idiom.f, args)


# ----- fastgrad's answers -----


def derivatives(function, args):
    """The same Jacobians by fastgrad: of a plain function, a Program or a lazily recorded one."""
    with np.errstate(all="ignore"):
        found = fg.jacobian(function, argnums=differentiable(args))(*fresh(args))
    return [np.asarray(j) for j in found]


def gradients(function, args):
    """Value and gradients of a function whose result is a number."""
    with np.errstate(all="ignore"):
        transform = fg.value_and_grad(function, argnums=differentiable(args))
        result, found = transform(*fresh(args))
    return result, [np.asarray(g) for g in found]


def close(found, wanted):
    """Whether two lists of arrays agree to TOLERANCE, shapes included."""
    return len(found) == len(wanted) and all(
        np.shape(a) == np.shape(b)
        and np.allclose(a, b, rtol=TOLERANCE, atol=TOLERANCE, equal_nan=False)
        for a, b in zip(found, wanted)
    )


def judge(idiom, prepare):
    """Return what is found: ("right", ""), ("refused", error) or ("wrong", numbers)."""
    try:
        for args in idiom.points[:2]:
            function = prepare(idiom.f, args)
            found, expected = derivatives(function, args), wanted(idiom, args)
            if not close(found, expected):
                return "wrong", f"{found} for {expected}"
    except Exception as error:
        return "refused", error
    return "right", ""


def raised(action):
    """Return the exception that an action raises, or None; a failed comparison goes through."""
    try:
        action()
    except AssertionError:
        raise
    except Exception as error:
        return error
    return None
