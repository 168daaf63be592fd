"""Examples in docstrings and in Markdown run and print what they say."""

import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import numpy as np
import pytest

import fastgrad

ROOT = Path(__file__).resolve().parents[1]
OPTIONS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
GLOBALS = {"__name__": "__main__", "fg": fastgrad, "np": np}


def modules():
    """Return every module of the installed package but the one that runs when imported."""
    yield fastgrad
    for found in pkgutil.walk_packages(fastgrad.__path__, "fastgrad."):
        if not found.name.endswith(".__main__"):
            yield importlib.import_module(found.name)


def docstrings():
    """Return the docstrings with examples; private modules too, they hold the public functions."""
    finder = doctest.DocTestFinder()
    tests = [test for m in modules() for test in finder.find(m, globs=GLOBALS) if test.examples]
    return list({test.name: test for test in tests}.values())


def pages():
    """Return, for each Markdown page of the checkout, its `>>>` blocks as one test."""
    for path in [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md"))]:
        if path.exists():
            text = path.read_text(encoding="utf-8")
            blocks = re.findall(r"^```(?:python|pycon)\n(>>> .*?)^```", text, flags=re.M | re.S)
            yield doctest.DocTestParser().get_doctest(
                "\n".join(blocks), GLOBALS, str(path.relative_to(ROOT)), str(path), 0
            )


def check(test):
    report = []
    result = doctest.DocTestRunner(optionflags=OPTIONS).run(test, out=report.append)
    assert result.failed == 0, "".join(report)


@pytest.mark.parametrize("test", docstrings(), ids=lambda test: test.name)
def test_the_examples_of_a_docstring_hold(test):
    _, of_linalg, name = test.name.rpartition(".linalg_")
    if of_linalg and not hasattr(np.linalg, name):
        pytest.skip("a name of NumPy 2")
    check(test)


@pytest.mark.parametrize(
    "test", [page for page in pages() if page.examples], ids=lambda test: test.name
)
def test_the_examples_of_a_page_hold(test):
    check(test)


def test_a_wrong_example_is_noticed():
    wrong = doctest.DocTestParser().get_doctest(">>> 1 + 1\n3\n", {}, "wrong", None, 0)
    with pytest.raises(AssertionError, match="Expected"):
        check(wrong)
