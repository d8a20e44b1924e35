"""Where circles stand: many about one point, or along a line of time; the same ones in the same order stand the same."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class Circle:
    """A circle with its radius and, once placed, its centre; the neighbours are those on the front while packing."""

    r: float
    x: float = 0.0
    y: float = 0.0
    after: Circle = field(init=False, repr=False)
    before: Circle = field(init=False, repr=False)


def pack(radii: Sequence[float]) -> tuple[list[tuple[float, float]], float]:
    """Return centres of circles that touch but do not overlap, the first in the middle, and the radius that holds them all.

    Each circle goes to the place on the front that is nearest to the middle (Wang, Wang, Dai and Wang 2006).
    """
    circles = [Circle(r) for r in radii]
    if not circles:
        return [], 0.0
    _begin(circles)
    here = circles[0]
    for one in circles[3:]:
        here = _add(here, one)
    total = sum(one.r**2 for one in circles)
    x, y = (sum(one.r**2 * value for one, value in zip(circles, values, strict=True)) / total for values in _axes(circles))
    centres = [(one.x - x, one.y - y) for one in circles]
    return centres, max(math.hypot(*at) + one.r for at, one in zip(centres, circles, strict=True))


def _axes(circles: Sequence[Circle]) -> tuple[list[float], list[float]]:
    return [one.x for one in circles], [one.y for one in circles]


def _begin(circles: list[Circle]) -> None:
    if len(circles) > 1:
        circles[0].x, circles[1].x = -circles[1].r, circles[0].r
    if len(circles) > 2:
        a, b, c = circles[:3]
        _touch(b, a, c)
        a.after, b.after, c.after = b, c, a
        a.before, b.before, c.before = c, a, b


def _add(a: Circle, c: Circle) -> Circle:
    """Put a circle beside two neighbours of the front, dropping those that it would overlap; return where to go on."""
    b = a.after
    while True:
        _touch(a, b, c)
        hit, forwards = _overlapped(a, b, c)
        if hit is None:
            break
        a, b = (a, hit) if forwards else (hit, b)
        a.after, b.before = b, a
    c.before, c.after, a.after, b.before = a, b, c, c
    best, here = c, c.after
    while here is not c:
        best = here if _distance(here) < _distance(best) else best
        here = here.after
    return best


def _overlapped(a: Circle, b: Circle, c: Circle) -> tuple[Circle | None, bool]:
    """Return the nearest circle of the front that a new one would overlap, and whether it lies after b rather than before a."""
    on, back, far_on, far_back = b.after, a.before, b.r, a.r
    while True:
        if far_on <= far_back:
            if _meet(on, c):
                return on, True
            far_on, on = far_on + on.r, on.after
        else:
            if _meet(back, c):
                return back, False
            far_back, back = far_back + back.r, back.before
        if on is back.after:
            return None, True


def _touch(b: Circle, a: Circle, c: Circle) -> None:
    """Put c so that it touches a and b."""
    dx, dy = b.x - a.x, b.y - a.y
    apart = dx * dx + dy * dy
    if not apart:
        c.x, c.y = a.x + c.r, a.y
        return
    to_a, to_b = (a.r + c.r) ** 2, (b.r + c.r) ** 2
    if to_a > to_b:
        along = (apart + to_b - to_a) / (2 * apart)
        aside = math.sqrt(max(0.0, to_b / apart - along * along))
        c.x, c.y = b.x - along * dx - aside * dy, b.y - along * dy + aside * dx
    else:
        along = (apart + to_a - to_b) / (2 * apart)
        aside = math.sqrt(max(0.0, to_a / apart - along * along))
        c.x, c.y = a.x + along * dx - aside * dy, a.y + along * dy + aside * dx


def _meet(a: Circle, b: Circle) -> bool:
    return (a.r + b.r - 1e-6) ** 2 > (b.x - a.x) ** 2 + (b.y - a.y) ** 2


def _distance(one: Circle) -> float:
    other = one.after
    both = one.r + other.r
    x, y = (one.x * other.r + other.x * one.r) / both, (one.y * other.r + other.y * one.r) / both
    return x * x + y * y


def along(radii: Sequence[float], gap: float, shape: float = 1.6) -> list[tuple[float, float]]:
    """Return centres of circles from left to right in the given order, as near to one line as they go without overlapping.

    The line is as long as makes the whole about so many times as wide as high.
    """
    if not radii:
        return []
    low, high = 0.05, 2.0
    for _ in range(12):
        middle = (low + high) / 2
        wide, tall = _extent(radii, _swarm(radii, gap, middle))
        low, high = (low, middle) if wide > shape * tall else (middle, high)
    return _swarm(radii, gap, high)


def _swarm(radii: Sequence[float], gap: float, stretch: float) -> list[tuple[float, float]]:
    line, total = [], 0.0
    for r in radii:
        line.append((total + r) * stretch)
        total += 2 * r + gap
    found: dict[int, float] = {}
    for one in sorted(range(len(radii)), key=lambda place: (-radii[place], place)):
        blocked = []
        for other, y in found.items():
            reach = (radii[one] + radii[other] + gap) ** 2 - (line[one] - line[other]) ** 2
            if reach > 0:
                blocked.append((y - math.sqrt(reach), y + math.sqrt(reach)))
        ends = [0.0, *(round(end, 3) for pair in blocked for end in pair)]
        free = (y for y in ends if not any(low + 0.01 < y < high - 0.01 for low, high in blocked))
        found[one] = min(free, key=lambda y: (abs(y), y))
    return [(line[place], found[place]) for place in range(len(radii))]


def _extent(radii: Sequence[float], centres: Sequence[tuple[float, float]]) -> tuple[float, float]:
    wide = max(x + r for (x, _), r in zip(centres, radii, strict=True)) - min(
        x - r for (x, _), r in zip(centres, radii, strict=True)
    )
    tall = max(y + r for (_, y), r in zip(centres, radii, strict=True)) - min(
        y - r for (_, y), r in zip(centres, radii, strict=True)
    )
    return wide, tall
