"""The compiled extensions. Everything else about the package is in pyproject.toml.

Switches for developers, read from the environment:

FASTGRAD_DEBUG=1                      no optimisation, C assertions, Cython's bounds checks
FASTGRAD_SANITIZE=address,undefined   the compiler's sanitizers; `make sanitize` runs the tests so
FASTGRAD_REFNANNY=1                   Cython's functions count references; tools/refnanny.py
FASTGRAD_FAULTS=1                     allocations of the core that fail on demand; tests/faults.py
FASTGRAD_COVERAGE=1                   counts of lines and branches; `make coverage` reads them
FASTGRAD_BUILD=build                  folder of C code and notes; another one leaves a build alone
CC=clang-cl                           on Windows, instead of cl, which knows the baseline only
"""

import os
import shutil
import sys
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from glob import glob
from pathlib import Path

import Cython
import numpy
from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.modified import newer_group

DEBUG = os.environ.get("FASTGRAD_DEBUG", "0") == "1"
SANITIZE = os.environ.get("FASTGRAD_SANITIZE", "")
REFNANNY = os.environ.get("FASTGRAD_REFNANNY", "0") == "1"
BUILD = os.environ.get("FASTGRAD_BUILD", "build")
FAULTS = os.environ.get("FASTGRAD_FAULTS", "0") == "1"
COVERAGE = os.environ.get("FASTGRAD_COVERAGE", "0") == "1"
MSVC = sysconfig.get_platform().startswith("win-")  # or clang-cl, which takes the same flags
CLANG_CL = MSVC and Path(os.environ.get("CC", "cl")).stem == "clang-cl"

# What clang-cl wants before it shows intrinsics, which others show to functions of the target.
AVX2 = ["-mavx2", "-mfma"]
AVX512 = [f"-mavx512{part}" for part in ("f", "dq", "vl", "bw", "cd")]

DIRECTIVES = {
    "language_level": 3,
    # The binding checks shapes and types itself, once a call; no loop over data is in Cython.
    "boundscheck": DEBUG,
    "wraparound": DEBUG,
    "initializedcheck": DEBUG,
    "cdivision": True,
    "autotestdict": False,  # __test__ would be a name that no stub has
    # Signatures for inspect and help. Not embedsignature: a docstring starts with its summary.
    "binding": True,
    # From 3.14 on there is a way to ask whether a Tensor is dying: see docs/adr/0037. An older
    # free-threaded Python turns the GIL back on.
    "freethreading_compatible": sys.version_info >= (3, 14),
}

DEFINES = [
    ("NPY_NO_DEPRECATED_API", "NPY_1_25_API_VERSION"),
    ("NPY_TARGET_VERSION", "NPY_1_25_API_VERSION"),  # built with NumPy 2, runs on 1.26
]


def flags():
    """Return the compiler's and the linker's flags."""
    if MSVC:
        compiler = ["/std:c11", "/fp:precise", "/Od" if DEBUG else "/O2"]
        if CLANG_CL:  # /fp:precise lets newer ones fuse a*b + c
            compiler += ["/clang:-ffp-contract=off", "/clang:-fno-trapping-math"]
            compiler += [] if DEBUG else ["/clang:-O3"]
        return compiler, []
    compiler = [
        "-std=gnu11",
        # gnu11 lets the compiler fuse a*b + c: two builds would differ in the last bit.
        "-ffp-contract=off",
        "-fno-math-errno",
        # Nobody reads the floating-point flags; else choices do not become masks of vectors.
        "-fno-trapping-math",
        "-fvisibility=hidden",
        # The C compiler checks c_fastgrad.pxd against the headers for us.
        "-Werror=incompatible-pointer-types",
        "-Werror=implicit-function-declaration",
    ]
    compiler += ["-O0", "-g"] if DEBUG or COVERAGE else ["-O3", "-g0"]
    if FAULTS:
        compiler += ["-DFG_MEM_FAULTS"]
    if REFNANNY:
        compiler += ["-DCYTHON_REFNANNY=1"]
    linker = [] if DEBUG or SANITIZE or sys.platform != "linux" else ["-Wl,--strip-all"]
    if COVERAGE:  # threads count too
        return [*compiler, "--coverage", "-fprofile-update=atomic"], ["--coverage"]
    if SANITIZE:
        linker = [f"-fsanitize={SANITIZE}"]
        # Python's own -fwrapv would switch the check for signed overflow off.
        compiler += [*linker, "-g1", "-fno-wrapv", "-fno-omit-frame-pointer"]
        compiler += ["-fno-sanitize-recover=all"]
    return compiler, linker


def own_flags(source):
    """Return the flags of one file of the core."""
    if not CLANG_CL or "arm64" in sysconfig.get_platform():
        return []
    stem = Path(source).stem
    return AVX2 + AVX512 if stem.endswith("_avx512") else AVX2 if stem.endswith("_avx2") else []


def note(text, path=Path(BUILD, "flags.txt")):
    """Write `text` to a file if it says something else; return its path.

    Only dates are compared, so without this a build would keep the objects of the last one
    although the flags or the versions are other.
    """
    if path.exists() and path.read_text() == text:
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


compiler_flags, linker_flags = flags()
versions = sys.version, Cython.__version__, numpy.__version__
flags_file = note(repr((compiler_flags, linker_flags, DEFINES, DIRECTIVES, versions)))


def extension(name):
    """Return the extension module of fastgrad/<name>.pyx."""
    return Extension(
        f"fastgrad.{name}",
        [f"fastgrad/{name}.pyx"],
        include_dirs=["csrc", numpy.get_include()],
        # setuptools knows of no header or source that is not listed here.
        depends=sorted(glob("csrc/*") + glob("fastgrad/*.pxd") + [str(flags_file)]),
        define_macros=DEFINES,
        undef_macros=["NDEBUG"] if DEBUG else [],
        extra_compile_args=compiler_flags,
        extra_link_args=linker_flags,
        libraries=[] if MSVC else ["m"],
    )


def translated(one):
    """Return `one`, in a list, with the C that Cython makes of its source.

    cythonize() alone would make it anew whenever NumPy's declarations have a later date, and pip
    installs NumPy anew for each build. Its version is in the flags.
    """
    path = Path(BUILD, "cython", one.sources[0]).with_suffix(".c")
    inputs = [*one.sources, *glob("fastgrad/*.pxd"), str(flags_file)]
    if not newer_group(inputs, str(path)):
        one.sources = [str(path)]
        return [one]
    return cythonize(one, build_dir=f"{BUILD}/cython", compiler_directives=DIRECTIVES, force=True)


class BuildWithCore(build_ext):
    """Compiles csrc/ once and links it into each extension; it has no state for them to share."""

    def build_extensions(self):
        self.parallel = self.parallel or os.cpu_count()
        if MSVC and not self.compiler.initialized:  # else each of the threads below would, at once
            self.compiler.initialize()
        if CLANG_CL:
            self.compiler.cc = shutil.which(os.environ["CC"]) or os.environ["CC"]
        if self.force or any(map(self.is_stale, self.extensions)):
            Path(self.build_temp, "csrc").mkdir(parents=True, exist_ok=True)
            with ThreadPoolExecutor(os.cpu_count()) as pool:  # each waits for a compiler
                objects = [o for made in pool.map(self.compile_one, glob("csrc/*.c")) for o in made]
            # An archive: an extension takes from it only what it uses.
            path = Path(self.build_temp, self.compiler.library_filename("fastgrad_core"))
            path.unlink(missing_ok=True)
            self.compiler.create_static_lib(objects, "fastgrad_core", self.build_temp)
            for one in self.extensions:
                one.extra_objects = [str(path)]
        super().build_extensions()

    def compile_one(self, source):
        """Compile a file of the core; return what that made, in a list."""
        return self.compiler.compile(
            [source],
            output_dir=self.build_temp,
            include_dirs=["csrc"],
            macros=[("NDEBUG",)] if DEBUG else [],  # a name alone undefines it
            extra_postargs=compiler_flags + own_flags(source),
        )

    def is_stale(self, one):
        return newer_group(one.sources + one.depends, self.get_ext_fullpath(one.name))


NAMES = (
    "_core _tape _tensor _array _nodes _sweep "
    "_graph _diff _lower _loans _machine _batch _flat _sets"
).split()
extensions = [extension(name) for name in NAMES]

setup(
    cmdclass={"build_ext": BuildWithCore},
    ext_modules=[x for one in extensions for x in translated(one)],
)
