"""Draw the ornaments of the certificate: guilloche border, corner rosette, watermark rosette.

Pure functions of a few numbers, so the same drawing comes out everywhere. Run after changing them:

    python tools/draw_guilloche.py templates/pdf/ornaments

Curves are written as cubic Béziers with exact tangents at the joints: few points, no corners at any zoom. Units are
millimetres. Every line is thinner than 0.3 mm, which an office copier turns into grey or loses: what it makes of
a copy is the point of such lines; nothing that has to be read depends on them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from math import cos, pi, sin
from pathlib import Path

GREEN, PALE, GOLD = "#0f6b4f", "#5f9c86", "#b3863a"
PAGE_WIDTH, PAGE_HEIGHT = 297.0, 210.0
BAND_CENTRE = 13.0  # of the border band, from the page's edge
BAND_HALF = 3.3
CORNER = 6.6  # radius of a corner rosette: the strands end beneath it

Point = tuple[float, float]
Curve = Callable[[float], tuple[Point, Point]]  # parameter -> (point, derivative)


def bezier(curve: Curve, start: float, end: float, pieces: int, closed: bool = False) -> str:
    """SVG path data of a curve in ``pieces`` cubic segments whose ends and tangents are exact."""
    step = (end - start) / pieces
    (x, y), (dx, dy) = curve(start)
    parts = [f"M{_n(x)} {_n(y)}C"]
    for index in range(1, pieces + 1):
        (x2, y2), (dx2, dy2) = curve(start + index * step)
        third = step / 3
        handles = (x + dx * third, y + dy * third, x2 - dx2 * third, y2 - dy2 * third, x2, y2)
        parts.append(" ".join(_n(value) for value in handles) + " ")
        x, y, dx, dy = x2, y2, dx2, dy2
    return "".join(parts).strip() + ("Z" if closed else "")


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if abs(value) >= 0.005 else "0"


def wave(length: float, periods: int, half: float, phase: float, swell: float = 0.0) -> Curve:
    """A sine along x whose amplitude swells and falls once in every two periods."""
    turn = 2 * pi * periods / length

    def at(x: float) -> tuple[Point, Point]:
        breath, d_breath = 1 - swell + swell * cos(turn * x / 2), -swell * turn / 2 * sin(turn * x / 2)
        angle = turn * x + phase
        slope = half * (d_breath * sin(angle) + breath * turn * cos(angle))
        return (x, half * breath * sin(angle)), (1.0, slope)

    return at


def petals(radius: float, depth: float, count: int, phase: float) -> Curve:
    """A circle whose radius swings by ``depth`` ``count`` times a turn."""

    def at(angle: float) -> tuple[Point, Point]:
        r = radius + depth * sin(count * angle + phase)
        dr = depth * count * cos(count * angle + phase)
        return (r * cos(angle), r * sin(angle)), (
            dr * cos(angle) - r * sin(angle),
            dr * sin(angle) + r * cos(angle),
        )

    return at


def band(length: float, period: float) -> str:
    """One side of the border: ten green strands that open and close, and a gold pair that crosses them."""
    periods = 2 * round(length / period / 2)
    pieces = periods * 4
    paths = []
    for strand in range(10):
        curve = wave(length, periods, BAND_HALF, 2 * pi * strand / 10, 0.16)
        paths.append(_path(bezier(curve, 0, length, pieces), GREEN, 0.13))
    for strand in range(4):
        curve = wave(length, periods * 2, BAND_HALF * 0.42, 2 * pi * strand / 4)
        paths.append(_path(bezier(curve, 0, length, periods * 8), PALE, 0.1))
    for strand in range(2):
        curve = wave(length, periods, BAND_HALF * 0.8, pi * strand, 0.0)
        paths.append(_path(bezier(curve, 0, length, periods * 4), GOLD, 0.26))
    return "".join(paths)


def ring(radius: float, depth: float, count: int, strands: int, colour: str, width: float) -> str:
    """An annulus of interlaced petal curves, evenly shifted against each other."""
    return "".join(
        _path(
            bezier(petals(radius, depth, count, 2 * pi * k / strands), 0, 2 * pi, count * 4, True),
            colour,
            width,
        )
        for k in range(strands)
    )


def _path(data: str, colour: str, width: float) -> str:
    return f'<path d="{data}" stroke="{colour}" stroke-width="{width}"/>'


def _frame(inset: float, colour: str, width: float, radius: float = 0.0) -> str:
    size = f'width="{PAGE_WIDTH - 2 * inset}" height="{PAGE_HEIGHT - 2 * inset}"'
    return f'<rect x="{inset}" y="{inset}" {size} rx="{radius}" stroke="{colour}" stroke-width="{width}"/>'


def _svg(left: float, top: float, width: float, height: float, body: str) -> str:
    size = f'width="{width}mm" height="{height}mm" viewBox="{left} {top} {width} {height}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} fill="none" stroke-linejoin="round">{body}</svg>\n'
    )


def corner() -> str:
    """A corner rosette around the origin, on an opaque disc that hides where the strands end."""
    disc = f'<circle r="{CORNER}" fill="#fffefb" stroke="{GOLD}" stroke-width="0.3"/>'
    rim = f'<circle r="{CORNER - 0.55}" stroke="{GREEN}" stroke-width="0.16"/>'
    rings = ring(4.5, 1.25, 12, 6, GREEN, 0.12) + ring(2.35, 1.1, 8, 6, GREEN, 0.12)
    heart = f'<circle r="1.05" fill="#fffefb" stroke="{GOLD}" stroke-width="0.28"/><circle r="0.5" fill="{GOLD}"/>'
    return disc + rim + rings + heart


def border() -> str:
    """The whole border of an A4 landscape sheet."""
    across, down = PAGE_WIDTH - 2 * BAND_CENTRE, PAGE_HEIGHT - 2 * BAND_CENTRE
    far_x, far_y = PAGE_WIDTH - BAND_CENTRE, PAGE_HEIGHT - BAND_CENTRE
    frames = (
        _frame(6.2, GREEN, 0.7)
        + _frame(8.0, GOLD, 0.22)
        + _frame(18.0, GOLD, 0.3)
        + _frame(19.0, GREEN, 0.16)
    )
    flat, upright = band(across, 13.55), band(down, 13.15)
    sides = (
        f'<g transform="translate({BAND_CENTRE} {BAND_CENTRE})">{flat}</g>'
        f'<g transform="translate({BAND_CENTRE} {far_y})">{flat}</g>'
        f'<g transform="translate({BAND_CENTRE} {BAND_CENTRE}) rotate(90)">{upright}</g>'
        f'<g transform="translate({far_x} {BAND_CENTRE}) rotate(90)">{upright}</g>'
    )
    corners = "".join(
        f'<g transform="translate({x} {y})">{corner()}</g>'
        for x in (BAND_CENTRE, far_x)
        for y in (BAND_CENTRE, far_y)
    )
    return _svg(0, 0, PAGE_WIDTH, PAGE_HEIGHT, frames + sides + corners)


def watermark() -> str:
    """The pale rosette behind the text: four annuli, each finer towards the middle."""
    tint, width = "#e0ebe4", 0.15
    rings = (
        ring(58.0, 11.0, 36, 6, tint, width)
        + ring(37.5, 7.5, 24, 6, tint, width)
        + ring(22.5, 5.5, 18, 6, tint, width)
        + ring(11.5, 4.0, 12, 6, tint, width)
    )
    return _svg(-70, -70, 140, 140, rings)


def main() -> None:
    """Write the drawings into the folder named by the first argument."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, drawing in (("border", border()), ("watermark", watermark())):
        (folder / f"{name}.svg").write_text(drawing, encoding="utf-8")
        print(f"{name}.svg: {len(drawing) / 1000:.0f} kB")


if __name__ == "__main__":
    main()
