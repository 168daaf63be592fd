"""What recordings cost: times of the stages, sizes of what is recorded and planned."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ._core import instruction_set
from ._listing import nodes
from ._recordings import Recording


def stats(recordings: list[Recording]) -> dict[str, Any]:
    """Return sizes of recordings, and of all that is derived of them and planned so far."""
    for recording in recordings:
        recording.machine  # noqa: B018  (plans it)
    family = list(_family(recordings))
    machines = [r.machine for r in family if r.is_planned]
    planned = [m.stats() for m in machines]
    count = sum(map(nodes, recordings))
    size = sum(s["bytes"] for s in planned)
    return {
        "record_seconds": sum(r.record_seconds for r in family),
        "transform_seconds": sum(r.transform_seconds for r in family),
        "plan_seconds": sum(r.plan_seconds for r in family),
        "nodes": count,
        "guards": sum(len(r.graph.guards) for r in recordings),
        "inputs": sum(len(r.graph.inputs) for r in recordings),
        "outputs": sum(len(r.graph.outputs) for r in recordings),
        "instructions": sum(s["instructions"] for s in planned),
        "slots": sum(s["slots"] for s in planned),
        "constants": sum(s["constants"] for s in planned),
        "bytes": size,
        "bytes_per_node": size / count if count else 0.0,
        "scalar": all(s["scalar"] for s in planned),
        "single": all(s["single"] for s in planned),
        "regions": [region for m in machines for region in m.regions()],
        "blas": any(s["blas"] for s in planned),
        "batch_tile": max((r.batch_tile for r in family), default=0),
        "instruction_set": instruction_set(),
    }


def _family(recordings: list[Recording]) -> Iterator[Recording]:
    """Yield recordings and what is derived of them, and of that."""
    pending = list(recordings)
    while pending:
        recording = pending.pop()
        yield recording
        pending += recording.all_transformed().values()
