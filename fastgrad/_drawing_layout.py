"""Where the boxes of a drawing stand: in columns from left to right, with few crossings.

The method of Sugiyama, in its simplest form: a box stands one column right of its rightmost
operand; an arrow over several columns gets a bend in each; the order within the columns is improved
by sweeps that sort by the mean place of the neighbours; then boxes move toward that place as far as
there is room.

Sugiyama, Tagawa, Toda, "Methods for visual understanding of hierarchical system structures", IEEE
Transactions on Systems, Man, and Cybernetics 11 (1981).
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Hashable
from typing import NamedTuple

from ._drawing_parts import Picture

LETTER, LINE = 7.2, 17.0  # width of a letter, height of a line
SMALL = 6.4  # width of a letter on an arrow
MARGIN = 24.0
_PADDING, _GAP, _COLUMN_GAP = 12.0, 30.0, 46.0
_BEND = 14.0  # room that an arrow takes that passes by
_SWEEPS = 12


class Place(NamedTuple):
    """The middle of a box, its width and its height."""

    x: float
    y: float
    width: float
    height: float


class Layout(NamedTuple):
    """Places of boxes by key; for each arrow the points it goes through; the whole size."""

    boxes: dict[Hashable, Place]
    arrows: list[list[tuple[float, float]]]
    width: float
    height: float


def layout(picture: Picture) -> Layout:
    """Return where everything stands."""
    column = _columns(picture)
    chains, links = _chains(picture, column)
    order = _ordered(picture, column, chains, links)
    size = {box.key: _size(box) for box in picture.boxes}
    y = _heights(order, links, size)
    x, width = _column_places(picture, column, order, size)
    low = min(y[key] - size.get(key, (0.0, _BEND))[1] / 2 for key in y)
    places = {key: Place(x[column[key]], y[key] - low + MARGIN + LINE, *size[key]) for key in size}
    ends = _ports(picture, places)
    arrows = []
    for k, (arrow, chain) in enumerate(zip(picture.arrows, chains)):
        tail, head = places[arrow.tail], places[arrow.head]
        points = [(tail.x + tail.width / 2, tail.y)]
        points += [(x[c], y[key] - low + MARGIN + LINE) for key, c in chain]
        arrows.append([*points, (head.x - head.width / 2, ends[k])])
    bottom = max(place.y + place.height / 2 for place in places.values())
    bottom = max([bottom, *(point[1] for points in arrows for point in points)])
    return Layout(places, arrows, width, bottom + MARGIN)


def _size(box):
    width = max(len(line) for line in [*box.lines, box.gradient, "    "]) * LETTER + 2 * _PADDING
    return width, max(len(box.lines), 1) * LINE + _PADDING


def _columns(picture):
    """Return the column of each box; one without operands stands next to where it is used."""
    operands: dict[Hashable, list[Hashable]] = {box.key: [] for box in picture.boxes}
    users: dict[Hashable, list[Hashable]] = {box.key: [] for box in picture.boxes}
    for arrow in picture.arrows:
        operands[arrow.head].append(arrow.tail)
        users[arrow.tail].append(arrow.head)
    column: dict[Hashable, int] = {}
    for key, below in operands.items():  # operands come first
        column[key] = 1 + max((column[k] for k in below), default=-1)
    for key, below in operands.items():
        if not below and users[key]:
            column[key] = min(column[k] for k in users[key]) - 1
    return column


def _chains(picture, column):
    """Return the bends of each arrow, (key, column), and the links between neighbouring columns.

    Arrows from one box share their bends.
    """
    chains: list[list[tuple[Hashable, int]]] = []
    links: dict[tuple[Hashable, Hashable], None] = {}
    for arrow in picture.arrows:
        between = range(column[arrow.tail] + 1, column[arrow.head])
        chain = [((arrow.tail, c, "bend"), c) for c in between]
        keys = [arrow.tail, *(key for key, _ in chain), arrow.head]
        links.update(dict.fromkeys(itertools.pairwise(keys)))
        chains.append(chain)
    return chains, list(links)


def _neighbours(links):
    left: dict[Hashable, list[Hashable]] = {}
    right: dict[Hashable, list[Hashable]] = {}
    for a, b in links:
        right.setdefault(a, []).append(b)
        left.setdefault(b, []).append(a)
    return left, right


def _ordered(picture, column, chains, links):
    """Return the keys of each column from top to bottom."""
    order: list[list[Hashable]] = [[] for _ in range(1 + max(column.values()))]
    for box in picture.boxes:
        order[column[box.key]].append(box.key)
    for key, c in dict.fromkeys(bend for chain in chains for bend in chain):
        order[c].append(key)
    left, right = _neighbours(links)
    best, fewest = order, _crossings(order, right)
    for sweep in range(_SWEEPS):
        toward = left if sweep % 2 == 0 else right
        columns = range(1, len(order)) if sweep % 2 == 0 else range(len(order) - 2, -1, -1)
        order = [list(keys) for keys in order]
        for c in columns:
            beside = order[c - 1 if sweep % 2 == 0 else c + 1]
            at = {key: k for k, key in enumerate(beside)}
            wanted = {
                key: _mean([at[n] for n in toward.get(key, ())], k)
                for k, key in enumerate(order[c])
            }
            order[c].sort(key=wanted.__getitem__)
        crossings = _crossings(order, right)
        if crossings < fewest:
            best, fewest = order, crossings
    return best


def _mean(numbers, otherwise):
    return sum(numbers) / len(numbers) if numbers else otherwise


def _crossings(order, right):
    """Return how many pairs of links cross."""
    count = 0
    for here, there in itertools.pairwise(order):
        at = {key: k for k, key in enumerate(there)}
        ends = [e for key in here for e in sorted(at[n] for n in right.get(key, ()))]
        seen: list[int] = []
        for e in ends:  # inversions, by insertion into a sorted list
            k = bisect.bisect_right(seen, e)
            count += len(seen) - k
            seen.insert(k, e)
    return count


def _heights(order, links, size):
    """Return the height of the middle of each box and bend."""
    left, right = _neighbours(links)

    def room(key):
        return size[key][1] + _GAP if key in size else _BEND

    y = {}
    for keys in order:
        total = sum(map(room, keys))
        at = -total / 2
        for key in keys:
            y[key] = at + room(key) / 2
            at += room(key)
    for sweep in range(_SWEEPS):
        columns = order if sweep % 2 == 0 else order[::-1]
        for keys in columns:
            near = (left if sweep % 2 == 0 else right) if sweep < _SWEEPS - 2 else None
            wanted = [
                _mean([y[n] for n in _beside(key, near, left, right)], y[key]) for key in keys
            ]
            y.update(zip(keys, _apart(wanted, [room(key) for key in keys])))
    return y


def _beside(key, near, left, right):
    if near is not None and near.get(key):
        return near[key]
    return [*left.get(key, ()), *right.get(key, ())]


def _apart(wanted, rooms):
    """Return places next to the wanted ones, in their order and with room for each.

    Blocks of boxes that touch stand at the mean of what they want: the least squares solution.
    """
    blocks: list[list[float]] = []  # [sum of wanted starts, number, extent before the next box]
    starts, offset = [], 0.0
    for place, room in zip(wanted, rooms):
        starts.append(offset)
        blocks.append([place - room / 2 - offset, 1])
        offset += room
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] > blocks[-1][0] / blocks[-1][1]:
            total, n = blocks.pop()
            blocks[-1][0] += total
            blocks[-1][1] += n
    shifts = [total / n for total, n in blocks for _ in range(int(n))]
    return [shift + start + room / 2 for shift, start, room in zip(shifts, starts, rooms)]


def _column_places(picture, column, order, size):
    """Return the middle of each column and the width of the drawing."""
    wide = [max((size[k][0] for k in keys if k in size), default=0.0) for keys in order]
    gaps = [_COLUMN_GAP] * (len(order) + 1)
    for arrow in picture.arrows:
        c = column[arrow.head]
        gaps[c] = max(gaps[c], len(arrow.label) * SMALL + _COLUMN_GAP)
    x, at = [], MARGIN
    for c, width in enumerate(wide):
        at += (gaps[c] if c else 0.0) + width / 2
        x.append(at)
        at += width / 2
    return x, at + MARGIN


def _ports(picture, places):
    """Return for each arrow the height at which it meets the box."""
    meeting: dict[Hashable, list[int]] = {}
    for k, arrow in enumerate(picture.arrows):
        meeting.setdefault(arrow.head, []).append(k)
    ends = [0.0] * len(picture.arrows)
    for key, arrows in meeting.items():
        arrows.sort(key=lambda k: (places[picture.arrows[k].tail].y, k))
        step = places[key].height * 0.7 / len(arrows)
        for m, k in enumerate(arrows):
            ends[k] = places[key].y + (m - (len(arrows) - 1) / 2) * step
    return ends
