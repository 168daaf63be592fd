"""Check what a wheel holds and how large it is: ``python tools/check_wheel.py dist/*.whl``.

The limits are some way above what there is, so that a change that adds a lot is seen and decided:
a test that got in, symbols that were not stripped, one more copy of the core.
"""

import sys
import zipfile
from pathlib import Path, PurePosixPath

MEGABYTE = 1e6
PACKED = 8 * MEGABYTE
UNPACKED = 22 * MEGABYTE
MODULE = 3.5 * MEGABYTE

MODULES = (".so", ".pyd")
KINDS = {".py", ".pyi", ".csv", *MODULES}
SYMBOLS = (b"\0.symtab\0", b"\0.debug_info\0")  # names of sections in an ELF file


def problems(path):
    """Return, one sentence each, what is wrong with a wheel."""
    with zipfile.ZipFile(path) as wheel:
        files = [file for file in wheel.infolist() if not file.is_dir()]
        compiled = [file for file in files if file.filename.endswith(MODULES)]
        symbols = [
            f"{file.filename} has {section.strip(bytes(1)).decode()}: it is not stripped"
            for file in compiled
            for section in SYMBOLS
            if section in wheel.read(file)
        ]
    strangers = [f.filename for f in files if not belongs(PurePosixPath(f.filename))]
    unpacked = sum(file.file_size for file in files)
    packed = Path(path).stat().st_size
    print(f"{path.name}: {packed / MEGABYTE:.1f} MB, {unpacked / MEGABYTE:.1f} MB unpacked")
    for file in sorted(compiled, key=lambda file: -file.file_size):
        print(f"  {file.file_size / MEGABYTE:.2f} MB  {file.filename}")
    return [
        *(f"{name} does not belong into a wheel" for name in strangers),
        *([] if compiled else ["there is no compiled module"]),
        *symbols,
        *larger("the wheel", packed, PACKED),
        *larger("what it unpacks to", unpacked, UNPACKED),
        *(line for f in compiled for line in larger(f.filename, f.file_size, MODULE)),
    ]


def belongs(name):
    """Return whether a file is one of the package, or of what describes it."""
    return name.parts[0].endswith(".dist-info") or (
        name.parts[0] == "fastgrad" and (name.suffix in KINDS or name.name == "py.typed")
    )


def larger(what, size, limit):
    if size > limit:
        yield (
            f"{what}: {size / MEGABYTE:.1f} MB, over the limit of {limit / MEGABYTE:.1f}; find "
            "out what has grown, and raise the limit in tools/check_wheel.py only if it is worth it"
        )


def main(paths):
    if not paths:
        return __doc__
    found = [f"{path}: {line}" for path in paths for line in problems(Path(path))]
    return "\n".join(found) if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
