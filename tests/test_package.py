"""The installed package: what it is called, what it ships, how fast it imports, how it fails."""

import shutil
import subprocess
import sys
from importlib import metadata, resources
from pathlib import Path

import pytest
from watched import needs_speed

import fastgrad


def python(*arguments, cwd):
    """Run a fresh interpreter in `cwd`, which is where `-c` and `-m` look for modules first."""
    return subprocess.run(
        [sys.executable, *arguments], cwd=cwd, capture_output=True, text=True, timeout=120
    )


def installed():
    """Return whether these tests run on an installed copy and not on a build."""
    return any(Path(fastgrad.__file__).parents[1].glob("fastgrad-*.dist-info"))


needs_install = pytest.mark.skipif(not installed(), reason="fastgrad is not installed")


@needs_install
def test_the_metadata_and_the_package_agree_on_the_version():
    assert fastgrad.__version__ == metadata.version("fastgrad")


@needs_install
def test_the_command_line_says_its_version_from_any_folder(tmp_path):
    run = python("-m", "fastgrad", "--version", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    assert fastgrad.__version__ in run.stdout


@needs_install
def test_the_wheel_holds_what_runs_and_nothing_else():
    files = {str(path) for path in metadata.files("fastgrad") or []}
    assert "fastgrad/py.typed" in files
    assert not [name for name in files if name.endswith((".pyx", ".pxd", ".c", ".h", ".def"))]
    assert not [name for name in files if name.startswith(("tests/", "benchmarks/", "csrc/"))]


def test_the_package_says_that_it_is_typed():
    assert resources.files("fastgrad").joinpath("py.typed").is_file()


def test_a_folder_without_the_extension_says_that_it_shadows_the_package(tmp_path):
    shutil.copytree(
        Path(fastgrad.__file__).parent,
        tmp_path / "fastgrad",
        ignore=shutil.ignore_patterns("*.so", "*.pyd", "__pycache__"),
    )
    (tmp_path / "fastgrad" / "_core.pyx").touch()  # as in a checkout, unlike in a broken wheel
    run = python("-c", "import fastgrad", cwd=tmp_path)
    assert run.returncode == 1
    message = run.stderr.splitlines()[-1]
    assert message.startswith("ImportError")
    assert "shadows" in message
    assert "cd" in message


@needs_install
def test_importing_does_not_import_scipy(tmp_path):
    code = "import sys, fastgrad; sys.exit('scipy' in sys.modules)"
    assert python("-c", code, cwd=tmp_path).returncode == 0


@needs_install
@needs_speed
def test_importing_costs_at_most_30_ms_over_numpy(tmp_path):
    code = (
        "import numpy, time; began = time.perf_counter(); import fastgrad;"
        "print(time.perf_counter() - began)"
    )
    seconds = []
    # The least of several, since a busy machine can only add to the time; usually one is enough.
    while len(seconds) < 20 and min(seconds, default=1) > 0.030:
        run = python("-c", code, cwd=tmp_path)
        assert run.returncode == 0, run.stderr
        seconds.append(float(run.stdout))
    assert min(seconds) <= 0.030
