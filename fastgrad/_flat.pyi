from typing import Any

import numpy as np

from ._graph import Graph

STREAMS: dict[str, type[np.generic]]

def to_streams(
    graph: Graph,
) -> tuple[dict[str, np.ndarray], list[tuple[np.dtype[Any], tuple[int, ...]]]]: ...
def from_streams(
    types: list[tuple[np.dtype[Any], tuple[int, ...]]], streams: dict[str, np.ndarray]
) -> Graph: ...
def name_call(graph: Graph, node: int, op: Any, params: dict[str, Any]) -> None: ...
