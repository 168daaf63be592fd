"""Measure one problem with several engines: a dict of cells, (engine, variant, quantity) to times.

A cell that could not be measured holds the reason, a text.
"""

import gc
import json
from pathlib import Path
from statistics import median

import timing

PREPARING_SECONDS = 2.0  # what takes longer is prepared once
QUANTITIES = {
    "time": "a call",
    "first": "to the 1st gradient",
    "record": "to record a node",
    "memory": "bytes a node",
    "backward": "backward, a node",
}


def cells(problem, engines, rounds):
    """Return the cells of a problem."""
    if hasattr(problem, "GRADIENT"):
        return time_in_turn(problem, engines, rounds)
    return time_in_children(engines, rounds)


def medians(cells, engine, quantity):
    """Return the median of an engine's first variant, or None."""
    first = next((variant for name, variant, _ in cells if name == engine), None)
    times = cells.get((engine, first, quantity), "not measured")
    return None if isinstance(times, str) else median(times)


def variants(problem, engine):
    """Return a function for each variant that prepares the call to time, and returns it."""
    made = getattr(engine, problem.KEY)(problem)
    if getattr(problem, "PREPARED", False):
        return made
    return {variant: lambda call=call: call for variant, call in made.items()}


def first_gradient(prepare):
    """Return the prepared call, what it gives, and the seconds from nothing to that."""

    def run():
        call = prepare()
        return call, call()

    gc.collect()
    (call, gradient), seconds = timing.elapsed(run)
    return call, gradient, seconds


def prepared(problem, gradient, engine, rounds, found):
    """Return an engine's cells but for the times of a call; put what is right into `found`."""
    if not engine.available():
        return {(engine.NAME, "", "time"): "not installed"}
    made, variant = {}, ""
    try:
        for variant, prepare in variants(problem, engine).items():
            key = engine.NAME, variant, "time"
            call, result, seconds = first_gradient(prepare)
            if not timing.correct(result, gradient, problem.TOLERANCE):
                made[key] = "wrong"
                continue
            found[key] = call
            made[key] = []  # keeps the order of the rows
            if getattr(problem, "PREPARED", False):
                times = made[engine.NAME, variant, "first"] = [seconds]
                while len(times) < rounds and sum(times) < PREPARING_SECONDS:
                    times.append(first_gradient(prepare)[-1])
        if not variant:
            made[engine.NAME, variant, "time"] = "left out: it takes too long"
    except Exception as error:  # one engine's failure is a cell, not the end
        made[engine.NAME, variant, "time"] = f"fails: {type(error).__name__}: {error}"
    return made


def time_in_turn(problem, engines, rounds):
    """Return the cells of a problem whose engines run interleaved, in this process."""
    made, found = {}, {}
    gradient = problem.GRADIENT  # some are computed when asked for: not on the first engine's time
    gc.collect()
    gc.freeze()
    for engine in engines:
        made.update(prepared(problem, gradient, engine, rounds, found))
    made.update(timing.interleaved(found, rounds))
    return made


def record_chain(module):
    """Return the figures that record_chain.py prints in a new process, or why there are none."""
    script = Path(__file__).with_name("record_chain.py")
    child = timing.run([script, module], capture_output=True, text=True)
    if child.returncode:
        reason = (child.stderr.splitlines() or [f"exit code {child.returncode}"])[-1]
        return {"record": f"fails: {reason}"}
    return json.loads(child.stdout.splitlines()[-1])


def time_in_children(engines, rounds):
    """Return the cells of a problem that runs in a new process for each measurement."""
    made = {}
    for _ in range(max(1, rounds // 3)):
        for engine in engines:
            if not engine.available():
                made[engine.NAME, "", "record"] = "not installed"
                continue
            measured = record_chain(engine.__name__.split(".")[1])
            nodes = measured.pop("nodes", None)
            variant = f"{nodes:,} nodes" if nodes else ""
            for quantity, figure in measured.items():
                key = engine.NAME, variant, quantity
                if isinstance(figure, str):
                    made[key] = figure
                else:
                    made.setdefault(key, []).append(figure)
    return made
