"""What `import fastgrad` adds to `import numpy`, in new processes that alternate.

python benchmarks/import_time.py [--rounds N]
"""

import argparse
import sys
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parent))  # also as `python -m benchmarks.import_time`

import timing

GOAL = 0.030
PROGRAM = """
import time
cpu, wall = time.process_time(), time.perf_counter()
{}
print(min(time.process_time() - cpu, time.perf_counter() - wall))
"""
IMPORTS = {"numpy": "import numpy", "numpy, fastgrad": "import numpy; import fastgrad"}


def seconds(statements):
    """Return the time of the statements in a new process, inside it."""
    child = timing.run(["-c", PROGRAM.format(statements)], capture_output=True, text=True)
    if child.returncode:
        sys.exit(child.stderr.splitlines()[-1])
    return float(child.stdout)


def main():
    """Print minimum and median of both, and the difference."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=21)
    rounds = parser.parse_args().rounds
    times = {name: [] for name in IMPORTS}
    for statements in IMPORTS.values():
        seconds(statements)  # writes the .pyc files, fills the file cache
    for _ in range(rounds):
        for name, statements in IMPORTS.items():
            times[name].append(seconds(statements))
    print(timing.machine())
    print(f"{'import':18} {'min':>9} {'median':>9}")
    for name, measured in times.items():
        print(f"{name:18} {timing.show(min(measured)):>9} {timing.show(median(measured)):>9}")
    alone, both = times.values()
    least, middle = min(both) - min(alone), median(both) - median(alone)
    print(f"{'fastgrad adds':18} {timing.show(least):>9} {timing.show(middle):>9}")
    print(f"{'reached' if least <= GOAL else 'NOT REACHED'}: at most {timing.show(GOAL)}")


if __name__ == "__main__":
    sys.exit(main())
