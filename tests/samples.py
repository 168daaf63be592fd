"""The samples of each family of functions."""

import importlib
import pathlib

FAMILIES = {
    path.stem.removeprefix("samples_"): importlib.import_module(path.stem).SAMPLES
    for path in sorted(pathlib.Path(__file__).parent.glob("samples_*.py"))
}
