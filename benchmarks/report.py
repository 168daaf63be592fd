"""The table of the README and its picture, from what compare.py measured.

    python benchmarks/compare.py --report        # measure, keep the figures, write both
    python benchmarks/report.py                  # write both again from the figures kept

Problems that are measured again replace their rows; the others stay. The plot needs matplotlib.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # also as `python -m benchmarks.report`

import measure
import timing

FIGURES = timing.CHECKOUT / "build" / "benchmarks.json"
README = timing.CHECKOUT / "README.md"
PLOT = timing.CHECKOUT / "docs" / "benchmarks.svg"
BEGIN = "<!-- figures: python benchmarks/compare.py --report -->"
END = "<!-- end of figures -->"
OURS = "fastgrad"
# Marker and colour of each engine, in the order of the columns.
ENGINES = {
    "C by hand": ("D", "black"),
    "NumPy by hand": ("s", "dimgray"),
    "casadi": ("o", "tab:green"),
    "heyoka": ("o", "tab:purple"),
    "jax": ("o", "tab:blue"),
    "torch": ("o", "tab:orange"),
    "autograd": ("o", "tab:brown"),
    "xad": ("^", "tab:olive"),
    "micrograd": ("^", "tab:pink"),
    "pure Python": ("v", "tab:gray"),
}


def rows(problem, cells):
    """Return {row: {engine: median}} of a problem; one with a ROW alone stands in the README.

    The time to the first gradient has no row: it is the engine "first" in the row of a call.
    """
    found = {}
    if label := getattr(problem, "ROW", None):
        engines = dict.fromkeys(name for name, *_ in cells)
        for quantity in dict.fromkeys(key[2] for key in cells if key[2] != "first"):
            name = label if quantity == "time" else f"{label}: {measure.QUANTITIES[quantity]}"
            figures = {e: measure.medians(cells, e, quantity) for e in engines}
            if quantity == "time":
                figures["first"] = measure.medians(cells, OURS, "first")
            found[name] = {
                "problem": problem.KEY,
                "quantity": quantity,
                "figures": {e: figure for e, figure in figures.items() if figure is not None},
            }
    return found


def save(found, machine, versions, path=FIGURES):
    """Keep rows in a file, beside those that are there."""
    kept = json.loads(path.read_text()) if path.exists() else {"rows": {}, "versions": {}}
    kept["machine"] = machine
    kept["versions"].update(versions)
    kept["rows"].update(found)
    kept["rows"] = in_order(kept["rows"])
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(kept, indent=1))


def in_order(rows):
    """Return rows by the number of their problem, then its letter: w2, w2b, w10."""

    def key(item):
        name = item[1]["problem"].split("_")[0]
        return int("".join(c for c in name if c.isdigit())), name

    return dict(sorted(rows.items(), key=key))


def table(kept):
    """Return the lines of the table, and one on the machine and the versions."""
    present = {engine for row in kept["rows"].values() for engine in row["figures"]}
    columns = [OURS, "first", *[engine for engine in ENGINES if engine in present]]
    heads = ["", OURS, "to its first gradient", *columns[2:]]
    lines = [" | ".join(["", *heads, ""]).strip(), "|---" * len(heads) + "|"]
    for label, row in kept["rows"].items():
        shown = [
            timing.show(row["figures"][e], row["quantity"]).strip().replace("us", "µs")
            if e in row["figures"]
            else "–"
            for e in columns
        ]
        lines.append(" | ".join(["", label, f"**{shown[0]}**", *shown[1:], ""]).strip())
    versions = [f"{e} {v}" for e, v in kept["versions"].items() if v != "-" and e in present]
    return [*lines, "", f"Medians on {kept['machine']}; {', '.join(versions)}."]


def load_plotting():
    """Return matplotlib, or say that it is missing."""
    try:
        import matplotlib
    except ImportError:
        sys.exit("the report draws with matplotlib: pip install matplotlib")
    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "fastgrad"})
    return matplotlib


def plot(kept, path):
    """Draw how many times as long as fastgrad each engine takes, a row a problem."""
    load_plotting()
    from matplotlib import pyplot

    times = {k: row["figures"] for k, row in kept["rows"].items() if OURS in row["figures"]}
    figure, axes = pyplot.subplots(figsize=(9.0, 1.4 + 0.3 * len(times)), layout="constrained")
    for engine, (marker, colour) in ENGINES.items():
        points = [
            (row[engine] / row[OURS], -k) for k, row in enumerate(times.values()) if engine in row
        ]
        if points:
            axes.scatter(*zip(*points), s=30, marker=marker, color=colour, label=engine, zorder=3)
    axes.axvline(1.0, color="tab:red", linewidth=2.0, label=OURS)
    axes.set_xscale("log")
    axes.set_yticks([-k for k in range(len(times))], list(times))
    axes.set_xlabel("times as long as fastgrad (left of the line: faster)")
    axes.grid(axis="x", color="lightgray")
    axes.spines[["top", "left", "right"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    figure.legend(loc="outside upper center", ncols=6, frameon=False)
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)


def write(figures=FIGURES, readme=README, picture=PLOT):
    """Write the table between the two marks in the README, and the plot."""
    kept = json.loads(figures.read_text())
    text = readme.read_text("utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{readme} lacks the lines {BEGIN} and {END}, between which a table goes")
    plot(kept, picture)
    place = picture.relative_to(readme.parent).as_posix()
    image = f"![How many times as long as fastgrad each engine takes.]({place})"
    body = "\n".join([BEGIN, "", *table(kept), "", image, "", END])
    readme.write_text(before + body + after, "utf-8")
    print(f"wrote {readme.name} and {place}")


if __name__ == "__main__":
    write()
