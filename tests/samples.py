"""The samples of each family of functions."""

import importlib
import pathlib


def has(sample):
    """Whether this NumPy and SciPy have the function of a sample, and call it so."""
    try:
        return sample.served and sample.plain() is not None
    except AttributeError:
        return False


FAMILIES = {
    path.stem.removeprefix("samples_"): list(
        filter(has, importlib.import_module(path.stem).SAMPLES)
    )
    for path in sorted(pathlib.Path(__file__).parent.glob("samples_*.py"))
}
