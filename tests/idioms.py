"""All idioms of NumPy code that are tried; as a script it prints what is found for each.

python tests/idioms.py
"""

import idioms_numpy
import idioms_python
from verdicts import judge

import fastgrad as fg

TABLE = [*idioms_numpy.TABLE, *idioms_python.TABLE]


def plain(f, args):
    """f as it is: a transform records it at each call."""
    return f


def report():
    """Print one line an idiom; return the number of those that are not as the table says."""
    surprises = 0
    for idiom in TABLE:
        found, why = judge(idiom, plain)
        if found == "refused":
            expected = idiom.verdict != "right" and idiom.refuses(why)
            why = f"{type(why).__name__}: {' '.join(str(why).split())}"
        else:
            expected = found == "right" and idiom.may_be_right
        surprises += not expected
        mark = " " if expected else "!"
        print(f"{mark} {idiom.name:<50} {found}{': ' if why else ''}{why:.200}")
    print(f"{len(TABLE)} idioms, {surprises} not as the table says (fastgrad {fg.__version__})")
    return surprises


if __name__ == "__main__":
    raise SystemExit(report() > 0)
