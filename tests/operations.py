"""What of NumPy and SciPy is served: ``python tests/operations.py`` prints it, from the samples.

The first table counts the public functions of each namespace: those with samples, by the highest
order of derivatives that is checked, those that are refused and those that are no functions of real
arrays, both with reasons in left_out.py. A name that is nowhere is unknown. The second gives the
worst relative error of derivatives over the samples of each family, the third its lines of code.
"""

from __future__ import annotations

import pathlib
import warnings

import numpy as np
import sampling
import scipy.linalg
import scipy.special
from array_api_standard import STANDARD, standing
from left_out import OUTSIDE, REFUSED
from samples import FAMILIES

import fastgrad as fg

SPACES = {
    "numpy": np,
    "numpy.linalg": np.linalg,
    "numpy.fft": np.fft,
    "scipy.special": scipy.special,
    "scipy.linalg": scipy.linalg,
}
CODE = {  # family: its files in fastgrad/
    "shape": "_numpy_shape.py _numpy_axes.py _numpy_parts.py _numpy_pad.py _joining.py _shape.py",
    "fft": "_fft.py _fft_frequencies.py _fft_cosine.py _complex.py _complex_functions.py",
    "index": "_indexing.py _positions.py _inplace.py",
    "products": "_numpy_einsum.py _numpy_linear.py _numpy_matrices.py _linear.py",
    "rounding": "_numpy_rounding.py",
    "creation": "_numpy_creation.py _creation.py",
    "elementwise": "_numpy_elementwise.py _numpy_floats.py _activations.py",
    "special": "_special.py _lent.py _struct_refuse.py",
    "reductions": "_reductions.py _moments.py _scans.py _struct_scan.py _numpy_reductions.py "
    "_numpy_nan.py _numpy_quantiles.py _numpy_statistics.py",
    "order": "_numpy_order.py _numpy_taking.py _numpy_putting.py _numpy_sets.py",
    "calculus": "_numpy_calculus.py _numpy_polynomials.py",
    "linear": "_numpy_solve.py _numpy_factor.py _numpy_powers.py _scipy_linalg.py "
    "_matrix_functions.py _struct_solve.py _struct_det.py _struct_factor.py _struct_functions.py",
    "stats": "_densities.py _densities_discrete.py _densities_joint.py",
}


def public(space):
    """The names of a namespace's functions: no types, no modules."""
    module = SPACES[space]
    names = getattr(module, "__all__", None) or dir(module)
    things = {n: getattr(module, n, None) for n in names if not n.startswith("_")}
    return {n: f for n, f in things.items() if callable(f) and not isinstance(f, type)}


def listed(table):
    """A table of left_out.py as {(space, name): reason}."""
    found = {}
    for reason, text in table.items():
        space = None
        for word in text.split():
            if word.endswith(":"):
                space = word[:-1]
            else:
                found[space, word] = reason
    return found


def orders():
    """The highest order that is checked of each function, by the function; aliases are one."""
    found = {}
    for samples in FAMILIES.values():
        for sample in samples:
            function = sampling.resolved(sample.name)
            found[function] = max(found.get(function, 0), sample.depth)
    return found


def counted(space):
    """The names of a namespace in each class: 2, 1, 0 for orders, then words."""
    refused, outside, reached = listed(REFUSED), listed(OUTSIDE), orders()
    classes = {2: [], 1: [], 0: [], "refused": [], "outside": [], "unknown": []}
    for name, function in public(space).items():
        if function in reached:
            classes[reached[function]].append(name)
        elif (space, name) in refused:
            classes["refused"].append(name)
        elif (space, name) in outside:
            classes["outside"].append(name)
        else:
            classes["unknown"].append(name)
    return classes


def print_names():
    print(f"{'':16}{'names':>7}{'order 2':>9}{'order 1':>9}{'values':>8}{'refused':>9}", end="")
    print(f"{'outside':>9}{'unknown':>9}")
    for space in SPACES:
        classes = counted(space)
        sizes = [len(names) for names in classes.values()]
        print(f"{space:16}{sum(sizes):7}{sizes[0]:9}{sizes[1]:9}{sizes[2]:8}", end="")
        print(f"{sizes[3]:9}{sizes[4]:9}{sizes[5]:9}")
        if classes["unknown"]:
            print("    unknown:", *classes["unknown"])


def print_standard():
    """The names of the array API standard that are there, and why others are not."""
    namespace, tensor = fg.array_api, fg.zeros((1, 1))
    print(f"\n{'array API':22}{'names':>7}{'handled':>9}   refused")
    for section, text in STANDARD.items():
        found = {name: standing(section, name, namespace, tensor) for name in text.split()}
        refused = [f"{n} ({why})" for n, why in found.items() if why != "handled"]
        print(f"{section:22}{len(found):7}{len(found) - len(refused):9}   {', '.join(refused)}")


def print_errors():
    print(f"\n{'family':16}{'samples':>9}{'functions':>11}{'first':>10}{'second':>10}   worst in")
    for family, samples in FAMILIES.items():
        first = [(sampling.check_first(s), repr(s)) for s in samples if s.depth > 0]
        second = [(sampling.check_second(s), repr(s)) for s in samples if s.depth > 1]
        (a, where), (b, _) = max(first, default=(0.0, "")), max(second, default=(0.0, ""))
        functions = len({s.name for s in samples})
        print(f"{family:16}{len(samples):9}{functions:11}{a:10.1e}{b:10.1e}   {where}")


def print_lines():
    folder = pathlib.Path(__file__).parent.parent / "fastgrad"
    print(f"\n{'family':16}{'lines':>7}   files of fastgrad/")
    for family, files in CODE.items():
        lines = sum(len((folder / f).read_text().splitlines()) for f in files.split())
        print(f"{family:16}{lines:7}   {files}")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    print_names()
    print_standard()
    print_errors()
    print_lines()
