"""Change the sources, a place at a time, and see whether a test notices: mutation testing.

    python tools/mutate.py csrc/fg_sweep.c fastgrad/_products.py --most 100 --seed 0

The changes are universalmutator's (pip install universalmutator). This runs them, in a copy of the
checkout, which `make build` has compiled: the core is a library of its own there, compiled anew as
far as a file reaches, quickly, for the baseline's instructions; the nearest tests run first, in C
before Python. A mutant with the same object code or the same syntax tree is none. What survives is
listed: a test is missing, or the change changes nothing (docs/mutation.md).
"""

import argparse
import ast
import contextlib
import io
import os
import random
import re
import resource
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
import tokenize
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy

ROOT = Path(__file__).parents[1]
C_FLAGS = [
    *"-std=gnu11 -ffp-contract=off -fno-math-errno -fno-trapping-math -O1 -g0 -w -fPIC".split(),
    *"-Icsrc -DFG_C11 -DNDEBUG -DFG_MEM_FAULTS -DFG_TILE_MOST=((size_t)32)".split(),
]
CYTHON = "boundscheck=False,wraparound=False,initializedcheck=False,cdivision=True"
DOMAIN = re.compile(r"FG_DOM\(.*?\), ")  # of a row: where tests sample
FOLDERS = "csrc fastgrad tests tools docs examples benchmarks".split()
MEMORY = 6 << 30  # bytes: what a mutant may ask for

# The tests that a file is for, those in C and those in Python, likely killers first. A test of the
# file's own name comes before them.
SUITES = {
    "csrc/fg_ops.def": ("ops kernels sweep", "ops kinks lent"),
    "csrc/fg_rules.h": ("ops kernels mathf", "ops kinks lent"),
    "csrc/fg_pairs.def": ("pairs pairs_single plan", "random_programs one_row"),
    "csrc/fg_struct.def": ("struct struct_check", "structural structural_graphs program"),
    "csrc/fg_diff.c": (
        "diff emit graph_faults",
        "transforms products transforms_compose random_programs",
    ),
    "csrc/fg_emit.c": (
        "emit diff func lower graph_faults",
        "transforms products random_programs replay",
    ),
    "csrc/fg_func.c": ("emit diff plan graph_faults", "random_programs replay transforms"),
    "csrc/fg_product.c": ("product struct", "linear single"),
    "csrc/fg_runner_matmul.h": ("product struct", "linear single"),
    "csrc/fg_sweep": (
        "sweep stops stress guards faults",
        "backward hooks create_graph inplace memory",
    ),
    "csrc/fg_tape.c": ("tape compact stress faults", "backward memory random_histories"),
    "csrc/fg_compact.c": ("compact tape stress faults", "memory random_histories"),
    "csrc/fg_tile.h": ("batch plan stress guards", "batches single"),
    "csrc/fg_run": (
        "plan batch pairs stress guards stops struct",
        "replay random_programs batches single one_row",
    ),
    "csrc/": ("plan diff stress graph_faults", "random_programs replay backward"),
    "fastgrad/_sweep.pyx": ("", "backward hooks create_graph inplace versions memory grad"),
    "fastgrad/_struct_reduce.py": ("", "reductions softmax linear structural_rules"),
    "fastgrad/_struct_scan.py": ("", "scans structural_rules structural"),
    "fastgrad/_struct_fft.py": ("", "fft structural_rules structural"),
    "fastgrad/_struct_f": ("", "linalg structural_rules structural"),
    "fastgrad/_struct_matmul.py": ("", "linear structural_rules structural"),
    "fastgrad/_struct": ("", "structural_rules structural structural_graphs linalg"),
    "fastgrad/_batch": ("", "vmap custom_rules batches transforms"),
    "fastgrad/_formulas.py": ("", "explain generated ops listing"),
    "fastgrad/_derive.py": ("", "sparse transforms products transforms_compose vmap"),
    "fastgrad/_passes.py": ("", "transforms products structural_rules structural_graphs"),
    "fastgrad/": ("", "transforms products transforms_compose vmap sparse program"),
}


def main():
    options = arguments()
    with workplace(options.work) as work:
        bench = Bench(work, core=any(not file.endswith(".py") for file in options.files))
        for file in options.files:
            run(bench, Path(file), options)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("files", nargs="+", help="as seen from the checkout: csrc/fg_sweep.c")
    parser.add_argument("--most", type=int, default=50, help="mutants tried for each file")
    parser.add_argument("--seed", type=int, default=0, help="of the order in which they are taken")
    parser.add_argument(
        "--near", action="store_true", help="only tests in C, or the first in Python"
    )
    parser.add_argument("--work", type=Path, help="a folder to work in, kept for the next run")
    return parser.parse_args()


@contextlib.contextmanager
def workplace(path):
    if path:
        yield path
    else:
        with tempfile.TemporaryDirectory() as made:
            yield Path(made)


# ----- the mutants of a file -----


def mutants(file):
    """Return (line, old, new) of each change of a file, in the order of its lines."""
    from universalmutator.mutator import mutants_regexp

    lines = code(file).splitlines(keepends=True)
    own = "python.rules" if is_python(file) else "c_like.rules"
    with contextlib.redirect_stdout(io.StringIO()):
        found = mutants_regexp(
            lines, ["universal.rules", own], ignorePatterns=[r"^\s*#"], ignoreStringOnly=True
        )
    changes = [(line, lines[line - 1], new) for line, new, *_ in found]
    return [each for each in changes if DOMAIN.sub("", each[1]) != DOMAIN.sub("", each[2])]


def code(file):
    """Return the text of a file, whose comments and docstrings are blank."""
    text = (ROOT / file).read_text()
    if not is_python(file):
        return re.sub(r"/\*.*?\*/", blank, text, flags=re.S)
    lines = text.splitlines(keepends=True)
    if file.suffix == ".pyx":
        return re.sub(r'""".*?"""', blank, text, flags=re.S)
    for token in tokenize.generate_tokens(iter(lines).__next__):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column].rstrip() + "\n"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            for row in range(node.lineno, node.end_lineno + 1):
                lines[row - 1] = "\n"
    return "".join(lines)


def blank(match):
    return re.sub(r"[^\n]", " ", match[0])


def is_python(file):
    return file.suffix in (".py", ".pyx")


def suite(file):
    """Return the tests of a file in the order they run in, those in C and those in Python."""
    near = next(tests for start, tests in SUITES.items() if str(file).startswith(start))
    own = file.stem.removeprefix("fg").lstrip("_")
    found = []
    for names, form in zip(near, ("tests/c/test_{}.c", "tests/test_{}.py")):
        paths = [form.format(name) for name in dict.fromkeys([own, *names.split()])]
        found.append([path for path in paths if (ROOT / path).exists()])
    return found[1:] if is_python(file) else found


def nearest(file):
    tests, *_ = suite(file)
    return [tests[:1] if is_python(file) else tests]


# ----- compiling and running -----


class Failed(Exception):
    """A command that failed, or took too long."""


def call(*command, cwd, limit=None, **env):
    """Run a command; raise Failed if it fails or takes more than `limit` seconds."""
    try:
        done = subprocess.run(
            list(map(str, command)),
            cwd=cwd,
            timeout=limit,
            env=os.environ | env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY)),
        )
    except subprocess.TimeoutExpired as error:
        raise Failed("too slow") from error
    if done.returncode:
        raise Failed(done.stdout.decode(errors="replace")[-3000:])
    return done.stdout.decode(errors="replace")


class Bench:
    """A copy of the checkout, its core as a library, and how long its tests take."""

    def __init__(self, work, core):
        self.tree = work / "tree"
        self.objects = work / "objects"
        self.library = work / "libfgcore.so"
        self.times = {}
        changed = self.copy()
        if core:
            self.compile_core(changed)
        else:
            for built in (ROOT / "fastgrad").glob("*.so"):
                shutil.copyfile(built, self.tree / "fastgrad" / built.name)

    def compile_core(self, changed):
        self.objects.mkdir(exist_ok=True)
        self.needs = {
            source.name: call("cc", *C_FLAGS, "-MM", source, cwd=self.tree).split()
            for source in sorted(Path(self.tree, "csrc").glob("*.c"))
        }
        for file in changed:
            (self.objects / file.stem).unlink(missing_ok=True)
        stale = {source for file in changed for source in self.reach(file)}
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(self.compile, stale))
        self.link()
        for built in (ROOT / "build").glob("temp*/build/cython/fastgrad/*.o"):
            self.link_module(built)

    def copy(self):
        """Copy to the tree what differs there, and return what did."""
        folders = [f for f in FOLDERS for f in (ROOT / f).rglob("*")]
        files = [f.relative_to(ROOT) for f in (*ROOT.glob("*"), *folders) if f.is_file()]
        files = [f for f in files if f.suffix not in (".so", ".pyc")]
        changed = [f for f in files if not same(ROOT / f, self.tree / f)]
        for file in changed:
            (self.tree / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / file, self.tree / file)
        return changed

    def compile(self, source):
        out = self.objects / f"{source}.o"
        call("cc", *C_FLAGS, "-c", f"csrc/{source}", "-o", out, cwd=self.tree, limit=120)
        return out.read_bytes()

    def link(self):
        made = self.library.with_suffix(".new")
        call("cc", "-shared", *self.objects.glob("*.o"), "-lm", "-o", made, cwd=self.tree)
        made.replace(self.library)  # a file that is open is not written to

    def link_module(self, made):
        suffix = sysconfig.get_config_var("EXT_SUFFIX")
        out = self.tree / "fastgrad" / f"{made.stem}{suffix}"
        out.unlink(missing_ok=True)
        call("cc", "-shared", made, self.library, "-o", out, cwd=self.tree)

    def build(self, file):
        """Compile what a file is part of, and return what that made."""
        if file.suffix == ".py":
            for stale in (self.tree / "fastgrad/__pycache__").glob(f"{file.stem}.*.pyc"):
                stale.unlink()
            try:
                return ast.dump(ast.parse((self.tree / file).read_text()))
            except SyntaxError as error:
                raise Failed("syntax") from error
        if file.suffix == ".pyx":
            return self.build_module(file)
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return list(pool.map(self.compile, self.reach(file)))

    def reach(self, file):
        return [
            source
            for source, needs in self.needs.items()
            if any(Path(need).match(str(file)) for need in needs)
        ]

    def build_module(self, file):
        c = self.objects.parent / f"{file.stem}.c"
        made = c.with_suffix(".o")
        call(sys.executable, "-m", "cython", "-3", "-X", CYTHON, file, "-o", c, cwd=self.tree)
        includes = [numpy.get_include(), sysconfig.get_path("include"), "csrc"]
        defines = ["NPY_NO_DEPRECATED_API=NPY_1_25_API_VERSION"]
        call(
            *("cc", "-O0", "-w", "-fPIC", "-fno-strict-aliasing"),
            *(f"-I{path}" for path in includes),
            *(f"-D{name}" for name in defines),
            *("-c", c, "-o", made),
            cwd=self.tree,
        )
        self.link_module(made)
        return made.read_bytes()

    def put(self, file, text):
        """Write a file of the tree, and return what it compiles to."""
        (self.tree / file).write_text(text)
        if file.suffix in (".h", ".def"):  # tests include it, too
            for program in self.objects.glob("test_*"):
                program.unlink()
        made = self.build(file)
        if not is_python(file):
            self.link()
        return made

    def time(self, tests):
        """Run tests for the first time: they pass, or nothing can be said."""
        for test in tests:
            if test not in self.times:
                start = time.perf_counter()
                call(*self.command(test), cwd=self.tree, PYTHONPATH=str(self.tree))
                self.times[test] = time.perf_counter() - start

    def killer(self, tests, row):
        """Return the first of some tests that fails or takes ten times as long, or None."""
        env = {"PYTHONPATH": str(self.tree), "PYTHONDONTWRITEBYTECODE": "1"}
        for test in tests:
            try:
                limit = 10 * self.times[test] + 5
                call(*self.command(test, row), cwd=self.tree, limit=limit, **env)
            except Failed:
                return test
        return None

    def command(self, test, row=None):
        """Return how to run a test, which is named by its path; of the table's, those of a row."""
        if test.endswith(".py"):
            options = "-x -q -n 0 -p no:cacheprovider --hypothesis-seed=0".split()
            chosen = ["-k", row] if row and test == "tests/test_ops.py" else []
            return [sys.executable, "-m", "pytest", *options, test, *chosen]
        program = self.objects / Path(test).stem
        if not program.exists():
            call("cc", *C_FLAGS, test, self.library, "-lm", "-o", program, cwd=self.tree)
        return [program]


def same(a, b):
    return b.exists() and a.read_bytes() == b.read_bytes()


def row(file, line):
    """Return the name of the op whose row a line of the table is part of."""
    if file.name != "fg_ops.def":
        return None
    text = "".join((ROOT / file).read_text().splitlines(keepends=True)[:line])
    names = re.findall(r"FG_(?:OP|TEST)\d\((\w+),", text)
    return names[-1] if names else None


# ----- one file -----


def run(bench, file, options):
    """Try mutants of a file, and print what became of them."""
    text = (ROOT / file).read_text()
    every = mutants(file)
    random.Random(options.seed).shuffle(every)
    fates, killers, alive = Counter(), Counter(), None
    try:
        for tests in nearest(file) if options.near else suite(file):
            plain = bench.put(file, text)
            bench.time(tests)
            left, alive = every if alive is None else alive, []
            for change in left:
                if fates["killed"] + len(alive) >= options.most and left is every:
                    break
                fate = outcome(bench, file, text, change, plain, tests)
                if fate == "survived":
                    alive.append(change)
                elif fate in tests:
                    killers[fate] += 1
                    fate = "killed"
                fates[fate] += 1
                print(fate[0], end="", file=sys.stderr, flush=True)
    finally:
        bench.put(file, text)
    del fates["survived"]
    report(file, len(every), fates, killers, alive)


def outcome(bench, file, text, change, plain, tests):
    """Return what becomes of a mutant: the test that fails, "survived" or why it is none."""
    line, _, new = change
    lines = text.splitlines(keepends=True)
    lines[line - 1] = new
    try:
        made = bench.put(file, "".join(lines))
    except Failed:
        return "not compiled"
    return "equal" if made == plain else bench.killer(tests, row(file, line)) or "survived"


def report(file, count, fates, killers, alive):
    fates["survived"] = len(alive)
    print(f"{file}: {sum(fates.values())} of {count} changes:", end=" ")
    print(", ".join(f"{n} {fate}" for fate, n in fates.most_common()))
    print("    killed by", ", ".join(f"{Path(t).name} {n}" for t, n in killers.most_common()))
    for line, old, new in sorted(alive):
        print(f"{file}:{line}: {old.strip()}\n    -> {new.strip()}")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
