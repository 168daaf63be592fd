"""Record the long chain of W9 with one engine, go backward, and print the figures as JSON.

python benchmarks/record_chain.py ENGINE_MODULE
"""

import gc
import json
import sys
from importlib import import_module

import timing
from problems import w9_chain as problem

SHORT = 500  # nodes of the chain that is checked before anything is timed


def measure(engine):
    """Return seconds a node to record and to go backward, and bytes a node."""
    nodes, record, backward = engine.w9(problem)
    if not timing.correct(backward(record(SHORT)), problem.gradient(SHORT), problem.TOLERANCE):
        return {"nodes": nodes, "record": "wrong"}
    gc.collect()
    gc.freeze()
    before = timing.resident()
    recorded, seconds = timing.elapsed(lambda: record(nodes))
    memory = timing.resident() - before
    figures = {"nodes": nodes, "record": seconds / nodes, "memory": memory / nodes}
    try:
        gradient, seconds = timing.elapsed(lambda: backward(recorded))
        right = timing.correct(gradient, problem.gradient(nodes), problem.TOLERANCE)
        figures["backward"] = seconds / nodes if right else "wrong"
    except RecursionError:
        figures["backward"] = "RecursionError"
    return figures


if __name__ == "__main__":
    print(json.dumps(measure(import_module(f"engines.{sys.argv[1]}"))))
