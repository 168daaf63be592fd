"""The calls of fuzz_api.py, drawn from bytes that Atheris changes so that they reach new code.

    python tests/fuzz_atheris.py SECONDS [OPTION OF LIBFUZZER ...]

Needs `pip install atheris`. Ends at the first call that is wrong, and prints it; its bytes are in a
file crash-*, which as an option makes the call again.
"""

import sys

import atheris

with atheris.instrument_imports(include=["fastgrad"]):
    import fuzz_api


class Drawn:
    """What `random.Random` draws, taken from bytes."""

    def __init__(self, data):
        self.bytes = atheris.FuzzedDataProvider(data)

    def randrange(self, n):
        """Return an int below n."""
        return self.bytes.ConsumeIntInRange(0, n - 1)

    def random(self):
        """Return a number in [0, 1)."""
        return self.randrange(256) / 256

    def choice(self, xs):
        """Return one of them."""
        return xs[self.randrange(len(xs))]

    def choices(self, xs, k):
        """Return k of them."""
        return [self.choice(xs) for _ in range(k)]


if __name__ == "__main__":
    made = fuzz_api.Calls()

    def one_input(data):
        with fuzz_api.away() as start:
            made.make(Drawn(data), start)
        for (name, error), (called_with, text) in made.wrong.items():
            raise AssertionError(f"{name}{called_with}: {error}\n{text}")

    seconds = sys.argv.pop(1)
    options = f"-max_total_time={seconds} -max_len=100 -len_control=0 -rss_limit_mb=0".split()
    atheris.Setup([*sys.argv, *options], one_input)
    atheris.Fuzz()
