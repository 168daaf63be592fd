"""What a wheel may not hold is found in it."""

import importlib.util
import zipfile
from pathlib import Path

import pytest

TOOL = Path(__file__).resolve().parents[1] / "tools" / "check_wheel.py"

pytestmark = pytest.mark.skipif(not TOOL.is_file(), reason="the tool is not here")


def problems(folder, files):
    """Return what is found in a wheel of {name: bytes}."""
    spec = importlib.util.spec_from_file_location("check_wheel", TOOL)
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    path = folder / "fastgrad-1.0-cp311-cp311-linux_x86_64.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, data in files.items():
            wheel.writestr(name, data)
    return tool.problems(path)


GOOD = {
    "fastgrad/": b"",  # auditwheel adds those
    "fastgrad/__init__.py": b"",
    "fastgrad/py.typed": b"",
    "fastgrad/_core.so": b"\x7fELF",
    "fastgrad-1.0.dist-info/licenses/LICENSE": b"",
}


def test_a_good_wheel_has_no_problems(tmp_path):
    assert problems(tmp_path, GOOD) == []


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("fastgrad/_core.pyx", b"", "does not belong"),
        ("tests/test_ops.py", b"", "does not belong"),
        ("fastgrad/_tape.so", b"\x7fELF\0.symtab\0", "not stripped"),
        ("fastgrad/_tape.so", b"\x7fELF\0.debug_info\0", "not stripped"),
        ("fastgrad/_tape.so", bytes(4_000_000), "over the limit of 3.5"),
        ("fastgrad/table.csv", bytes(30_000_000), "over the limit of 2"),
    ],
)
def test_what_is_wrong_with_a_wheel_is_said(tmp_path, name, data, said):
    (problem,) = problems(tmp_path, {**GOOD, name: data})
    assert said in problem


def test_a_wheel_without_a_compiled_module_is_none(tmp_path):
    del (files := dict(GOOD))["fastgrad/_core.so"]
    assert problems(tmp_path, files) == ["there is no compiled module"]
