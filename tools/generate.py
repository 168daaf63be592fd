"""Write what follows from the op table and from the tables of NumPy's functions.

That is the stub `fastgrad/_ops.pyi` and the page `docs/ops.md` of the rows, and `fastgrad/_late.py`
and its stub, which say where the functions are that are imported when they are first used.

python tools/generate.py           writes the files
python tools/generate.py --check   fails if one of them is not what it would write

The table is read as it was compiled, so build first (`make build`) if a row has changed.
"""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if any((ROOT / "fastgrad").glob("_core*.so")) or any((ROOT / "fastgrad").glob("_core*.pyd")):
    sys.path.insert(0, str(ROOT))  # a build in place goes before an installed package

from fastgrad import _functions, _numpy_table, _ops  # noqa: E402
from fastgrad._ops import ROWS  # noqa: E402

OPERANDS = "xyz"

STUB = '''\
"""The functions of the op table. Written by tools/generate.py: do not edit."""

from typing import TypeAlias, TypedDict

from numpy.typing import ArrayLike

from ._tensor import Tensor

_Operand: TypeAlias = Tensor | ArrayLike

class _Row(TypedDict):
    name: str
    value: str
    doc: str
    partials: tuple[str, ...]
    domains: tuple[tuple[float, float], ...]
    arity: int
    is_test: bool
    is_lent: bool

ROWS: list[_Row]
CODES: dict[str, int]
'''

PAGE = """\
# Operations on elements

Written by `tools/generate.py` from the rows of `csrc/fg_ops.def`: do not edit.

Each row of the table is one function, `fastgrad.<name>`. It takes Tensors, arrays or numbers and
broadcasts them. The operands are `x`, `y`, `z` in this order, and `v` is the value. The formulas
are those that are compiled: `pow`, `fabs`, `asin` and the like are the functions of C, and
`select(c, a, b)` is `a` where `c` is not 0 and `b` where it is. The gradient of an operand is the
adjoint of the value times the local gradient; derivatives of higher order follow from the same
formulas. A local gradient that is a `select` adds nothing to an operand where it gives 0.

The domain is where the tests draw operands from. Beyond it floats follow IEEE 754: a pole gives an
infinity, an operand without a value NaN, and nothing raises. Integers and bools give integers or
bools where NumPy's function of that name does, and float64 elsewhere.

| Function | Value | Local gradients | Domain | |
|---|---|---|---|---|
"""


def stub(rows):
    """Return the text of `_ops.pyi`."""
    text = STUB
    for row in rows:
        operands = ", ".join(f"{x}: _Operand" for x in OPERANDS[: row["arity"]])
        text += f'\ndef {row["name"]}({operands}, /) -> Tensor:\n    """{row["doc"]}"""\n'
    names = "".join(f'    "{row["name"]}",\n' for row in rows)
    return f"{text}\n__all__ = [\n{names}]\n"


def page(rows):
    """Return the text of `ops.md`."""
    return PAGE + "".join(map(line, rows))


def line(row):
    operands = OPERANDS[: row["arity"]]
    locals_ = ["none" if d == "NAN" else code(d) for d in row["partials"]]
    gradients = "<br>".join(f"{x}: {d}" for x, d in zip(operands, locals_))
    domain = " × ".join(f"({low:g}, {high:g})" for low, high in row["domains"])
    cells = [
        code(f"{row['name']}({', '.join(operands)})"),
        code(row["value"]),
        "a bool: none" if row["is_test"] else gradients,
        domain.replace("-", "−"),
        row["doc"].replace("|", r"\|"),
    ]
    return f"| {' | '.join(cells)} |\n"


def code(text):
    return f"`{text}`".replace("|", r"\|")


PLACES = '''\
"""Where functions are that are imported when first used. Written by tools/generate.py."""

PLACES = {
'''

LATE_STUB = '''\
"""Functions that are imported when first used. Written by tools/generate.py: do not edit."""

'''


def late():
    """Return, for each public function that is imported late, its module and its name there."""
    early = {*_functions.__all__, *(row["name"] for row in ROWS)}
    served = sorted(_numpy_table.public().items())
    return {name: place(function) for name, function in served if name not in early}


def place(function):
    """Return the module that has a function, in its table if it has one, and its name there."""
    modules = [sys.modules[m] for m in sorted(sys.modules) if m.startswith("fastgrad._numpy_")]
    for module in (_ops, _functions, *filter(lambda m: tabled(m, function), modules)):
        for name, thing in vars(module).items():
            if thing is function:
                return module.__name__.removeprefix("fastgrad."), name
    raise LookupError(f"{function} stands in a table, and has no name in that module")


def tabled(module, function):
    """Return whether a table of a module has a function."""
    tables = (getattr(module, name, {}) for name in ("FUNCTIONS", "VIEWS", "UFUNCS", "CHANGES"))
    return any(f is function for table in tables for f in table.values())


def places(rows):
    """Return the text of `_late.py`."""
    lines = (f'    "{name}": "{module}.{inner}",\n' for name, (module, inner) in late().items())
    return f"{PLACES}{''.join(lines)}}}\n"


def late_stub(rows):
    """Return the text of `_late.pyi`."""
    lines = [f"from .{m} import {inner} as {name}\n" for name, (m, inner) in late().items()]
    names = "".join(f'    "{name}",\n' for name in late())
    return f"{LATE_STUB}{''.join(sorted(lines))}\nPLACES: dict[str, str]\n\n__all__ = [\n{names}]\n"


FILES = {
    "fastgrad/_ops.pyi": stub,
    "docs/ops.md": page,
    "fastgrad/_late.py": places,
    "fastgrad/_late.pyi": late_stub,
}


def outdated(root=ROOT, rows=ROWS):
    """Return the names of the files that are not what would be written."""
    return [
        name
        for name, make in FILES.items()
        if not (root / name).is_file() or (root / name).read_text("utf-8") != make(rows)
    ]


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="write nothing; fail on a difference")
    names = outdated()
    if parser.parse_args().check:
        return f"run python tools/generate.py: {', '.join(names)} differ" if names else 0
    for name in names:
        path = ROOT / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(FILES[name](ROWS), "utf-8")
        print("wrote", name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
