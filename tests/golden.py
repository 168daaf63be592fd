"""Golden bits: ``python tests/golden.py --write`` writes tests/golden/*.txt anew.

The files hold a digest of the bits of what each row, each structural op and some sums give, and a
few of the numbers. test_golden.py compares, so no number changes without a decision: whoever
changes one says why in CHANGELOG.md and writes the files, and the reviewer sees which lines differ.

``python tests/golden.py --show exp`` prints all numbers behind the lines of a name, to be compared
with those of another commit.
"""

import argparse
import hashlib
import json
import math
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import golden_cases as cases
import numpy as np
from formulas import CODES, ROWS

import fastgrad._core as core

FOLDER = Path(__file__).parent / "golden"
TABLES = {  # file: what it is of, names, function to {result: columns}, names of the columns
    "rows": (
        "rows of the op table",
        list(CODES),
        lambda name: cases.of_row(ROWS[CODES[name]]),
        "float64, its special values, float32, a float32 program",
    ),
    "structural": (
        "structural ops in programs, at some of the samples of structural_samples.py",
        list(dict.fromkeys(name for name, _, _ in cases.SAMPLES)),
        cases.of_structural,
        "all samples together; operands first: if they are others, so may be the rest",
    ),
    "sums": (
        "sums, products and other functions of long arrays in programs",
        list(cases.CASES),
        cases.of_case,
        "float64, float32",
    ),
}
HEAD = """\
# Golden bits of {what}.
# Written by tests/golden.py, which says how to read and to change them.
# exact: the same bits everywhere. fused: wherever there are fused multiply-adds, else the functions
# are the C library's. lent: of SciPy, LAPACK, NumPy or the C library; compared to a tolerance.
# name result kind | digests: {columns} |
#     a sum that is n more where the float64 are n ULP more | some of them, or their absolute sum
"""
TOLERANCE = {"rows": 1e-12, "structural": 1e-10, "sums": 1e-10}
WHAT_TO_DO = """
If that was meant, write the files anew, `python tests/golden.py --write`, and say in CHANGELOG.md,
under "Numbers", what changed, by how much and why. `python tests/golden.py --show NAME` prints all
numbers of a line, to compare with those of the commit before."""


class Line(NamedTuple):
    """What is kept of one result."""

    name: str
    result: str
    kind: str
    digests: list
    ulps: int  # sum of how many floats there are from 0 to each number: a change has a size
    shown: list

    def __str__(self):
        digests, shown = " ".join(self.digests) or "-", " ".join(map(float.hex, self.shown))
        label = f"{self.name:16} {self.result:8} {self.kind:5}"
        return f"{label} | {digests} | {self.ulps:x} | {shown}"

    @classmethod
    def read(cls, text):
        label, digests, (ulps,), shown = (part.split() for part in text.split("|"))
        digests = [d for d in digests if d != "-"]
        return cls(*label, digests, int(ulps, 16), [float.fromhex(x) for x in shown])


def digest(arrays):
    """Return a digest of the bits, dtypes and shapes of arrays; a NaN is a NaN."""
    made = hashlib.blake2b(digest_size=5)
    for x in arrays:
        made.update(f"{x.dtype}{x.shape}".encode())
        made.update(np.where(x != x, x.dtype.type(np.nan), x).tobytes() if x.dtype.kind == "f"
                    else x.tobytes())  # fmt: skip
    return made.hexdigest()


def is_lent(table, name):
    """Whether the bits of a line are not ours."""
    if table == "rows":
        return cases.is_lent(ROWS[CODES[name]])
    return name in (cases.LENT_OPS if table == "structural" else cases.LENT_CASES)


def line(table, name, result, columns):
    """Return the line of a result; its kind is `lent` or open."""
    numbers = np.concatenate([np.ravel(x).astype(float) for x in columns[0]])
    lent = is_lent(table, name)
    if lent and table != "rows":  # of which single elements may cancel, or have another sign
        shown = [math.fsum(np.abs(numbers[np.isfinite(numbers)]))]
    else:
        shown = [float(numbers[k * len(numbers) // 4]) for k in (1, 2, 3)]
    digests = [] if lent else [digest(arrays) for arrays in columns]
    bits = np.abs(numbers[~np.isnan(numbers)]).view(np.int64)
    ulps = 0 if lent else sum(bits.tolist())
    return Line(name, result, "lent" if lent else "", digests, ulps, shown)


def computed(table):
    """Return {(name, result): line} as this build has them."""
    _, names, function, _ = TABLES[table]
    return {
        (name, result): line(table, name, result, columns)
        for name in names
        for result, columns in function(name).items()
    }


def kept(table):
    """Return {(name, result): line} as the file has them."""
    lines = (FOLDER / f"{table}.txt").read_text("utf-8").splitlines()
    found = [Line.read(text) for text in lines if not text.startswith("#")]
    return {(x.name, x.result): x for x in found}


# ----- comparing -----


def is_fused():
    """Whether the functions of fg_math.h are used here."""
    if core.instruction_set() == "base":
        return platform.machine().lower() in ("aarch64", "arm64")
    return core.instruction_set() in ("avx2", "avx512")


def distance(got, wanted):
    """Return in words how far a number is from another."""
    off = abs(got - wanted) / math.ulp(wanted)
    return f"{off:.0f} ULP" if off < 1e6 else f"by {abs(got - wanted):.1e}"


def difference(table, got, wanted, fused):
    """Return in words what is other than it was, or None."""
    if wanted.kind == "lent" or (wanted.kind == "fused" and not fused):
        tolerance = {"rel_tol": TOLERANCE[table], "abs_tol": 1e-300}
        close = [
            math.isclose(a, b, **tolerance) or str(a) == str(b)  # which nan is
            for a, b in zip(got.shown, wanted.shown)
        ]
        if all(close) and len(got.shown) == len(wanted.shown):
            return None
        what = [f"to {TOLERANCE[table]}"]
    elif got.digests == wanted.digests:
        return None
    else:
        names = TABLES[table][3].partition(";")[0].split(", ")
        what = [n for n, a, b in zip(names, got.digests, wanted.digests) if a != b]
    sizes = [
        f"{a!r}, was {b!r} ({distance(a, b)})"
        for a, b in zip(got.shown, wanted.shown)
        if str(a) != str(b)
    ]
    if got.kind != "lent":
        sizes.append(f"all float64 together {got.ulps - wanted.ulps:+} ULP")
    return f"{wanted.name} {wanted.result}, {' and '.join(what)}: " + "; ".join(sizes)


def differences(table):
    """Return in words all that is other than the file says."""
    got, wanted = computed(table), kept(table)
    fused = is_fused()
    found = [
        text
        for key in got.keys() & wanted.keys()
        if (text := difference(table, got[key], wanted[key], fused))
    ]
    found += [f"{' '.join(key)} is new" for key in got.keys() - wanted.keys()]
    found += [f"{' '.join(key)} is gone" for key in wanted.keys() - got.keys()]
    return sorted(found)


# ----- writing -----


def with_set(isa):
    """Return {table: {(name, result): line}} as another instruction set has them."""
    command = [sys.executable, __file__, "--json"]
    done = subprocess.run(
        command, check=True, capture_output=True, env=os.environ | {"FASTGRAD_ISA": isa}
    )
    tables = json.loads(done.stdout)
    return {t: {(x[0], x[1]): Line(*x) for x in lines} for t, lines in tables.items()}


def write():
    """Write the files. What is the same without fused multiply-adds is called exact."""
    sets = core.instruction_sets()
    if "base" not in sets or "avx2" not in sets:
        sys.exit("write golden bits on a processor with AVX2: its sets tell which are the same")
    found = {isa: with_set(isa) for isa in sets}
    for table, (what, _, _, columns) in TABLES.items():
        text = HEAD.format(what=what, columns=columns)
        for key, one in found["avx2"][table].items():
            others = {isa: found[isa][table][key].digests for isa in sets}
            if any(others[isa] != one.digests for isa in sets if isa != "base"):
                sys.exit(f"{table}, {' '.join(key)}: {', '.join(sets[1:])} differ")
            kind = one.kind or ("exact" if others["base"] == one.digests else "fused")
            text += str(one._replace(kind=kind)) + "\n"
        FOLDER.mkdir(exist_ok=True)
        (FOLDER / f"{table}.txt").write_text(text, "utf-8")


def show(name):
    """Print all numbers behind the lines of a name."""
    for table, (_, names, function, _) in TABLES.items():
        for result, columns in function(name).items() if name in names else ():
            for k, arrays in enumerate(columns):
                for x in np.concatenate([np.ravel(a).astype(float) for a in arrays]).tolist():
                    print(table, name, result, k, x.hex(), repr(x))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="write the files anew")
    parser.add_argument("--show", metavar="NAME", help="print all numbers of a row, an op or a sum")
    parser.add_argument("--json", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.json:
        print(json.dumps({table: [*computed(table).values()] for table in TABLES}))
    elif options.show:
        show(options.show)
    elif options.write:
        write()
    for table in TABLES if options.write or not (options.json or options.show) else ():
        print(f"{table}: {len(kept(table))} lines", *differences(table), sep="\n    ")


if __name__ == "__main__":
    main()
