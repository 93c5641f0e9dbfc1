"""One frame of a film: colours, appearance and the strokes it is drawn with.

Everything is addressed in the pixels of the finished picture and drawn at twice the size.
"""

from dataclasses import dataclass
from itertools import pairwise

from PIL import Image, ImageDraw, ImageFont

from carbonlearn.infra.glyphs import FONT_DIR

WIDTH, HEIGHT, SCALE = 640, 360, 2
GREEN, GREY, AMBER, PALE, INK, WHITE = "#0f6b4f", "#55645b", "#8a5300", "#e3f1ea", "#17211c", "#ffffff"
SAND = "#f6ecdd"


def mix(colour: str, share: float, ground: str = WHITE) -> tuple[int, int, int]:
    """Blend `colour` over `ground`; share 0 is the ground, 1 the colour."""
    over = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    under = [int(ground[i : i + 2], 16) for i in (1, 3, 5)]
    red, green, blue = (round(u + (o - u) * share) for o, u in zip(over, under, strict=True))
    return red, green, blue


def ease(t: float, start: float, span: float = 0.7) -> float:
    """Share of an appearance done at t seconds: 0 before `start`, 1 after `start + span`, smooth between."""
    x = min(1.0, max(0.0, (t - start) / span))
    return x * x * (3 - 2 * x)


@dataclass(frozen=True)
class Fonts:
    """Font files for text and for headings; `index` picks the face inside a collection. Ours ship with the program."""

    regular: str = str(FONT_DIR / "CLSansSC-Regular.otf")
    bold: str = str(FONT_DIR / "CLSansSC-Bold.otf")
    index: int = 0

    def at(self, size: float, bold: bool) -> ImageFont.FreeTypeFont:
        """Return the face at `size` picture pixels."""
        return ImageFont.truetype(self.bold if bold else self.regular, round(size * SCALE), index=self.index)


class Canvas:
    """One frame, addressed in the pixels of the finished picture."""

    def __init__(self, fonts: Fonts) -> None:
        self.fonts = fonts
        self.image = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE), WHITE)
        self.draw = ImageDraw.Draw(self.image)

    def text(
        self,
        x: float,
        y: float,
        words: str,
        size: float = 24,
        colour: str = INK,
        share: float = 1,
        bold: bool = False,
        anchor: str = "lm",
        ground: str = WHITE,
    ) -> None:
        """Write `words` at (x, y); nothing is written while share is 0."""
        if share > 0:
            self.draw.text(
                (x * SCALE, y * SCALE),
                words,
                font=self.fonts.at(size, bold),
                fill=mix(colour, share, ground),
                anchor=anchor,
            )

    def box(
        self,
        area: tuple[float, float, float, float],
        fill: str | None,
        edge: str | None = None,
        share: float = 1,
        radius: float = 8,
        width: float = 2,
    ) -> None:
        """Draw a rounded box fading in over white."""
        if share > 0:
            self.draw.rounded_rectangle(
                [v * SCALE for v in area],
                radius * SCALE,
                fill=mix(fill, share) if fill else None,
                outline=mix(edge, share) if edge else None,
                width=round(width * SCALE),
            )

    def line(
        self, points: list[tuple[float, float]], colour: str, share: float = 1, width: float = 3
    ) -> None:
        """Draw a polyline fading in over white."""
        if share > 0:
            self.draw.line(
                [(x * SCALE, y * SCALE) for x, y in points],
                fill=mix(colour, share),
                width=round(width * SCALE),
                joint="curve",
            )

    def dot(
        self, x: float, y: float, radius: float, colour: str, share: float = 1, ground: str = WHITE
    ) -> None:
        """Draw a filled circle fading in over `ground`."""
        self.draw.ellipse(
            [v * SCALE for v in (x - radius, y - radius, x + radius, y + radius)],
            fill=mix(colour, share, ground),
        )

    def dashes(self, area: tuple[float, float, float, float], colour: str, done: float) -> None:
        """Draw a dashed rectangle as far as `done` (0 to 1) of its length, clockwise from the top left."""
        left, top, right, bottom = area
        corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
        lengths = [abs(b[0] - a[0]) + abs(b[1] - a[1]) for a, b in pairwise(corners)]
        left_over = sum(lengths) * done
        for (a, b), length in zip(pairwise(corners), lengths, strict=True):
            ux, uy = (b[0] - a[0]) / length, (b[1] - a[1]) / length
            for step in range(0, int(min(length, max(0.0, left_over))), 14):
                end = min(step + 8, length)
                self.line([(a[0] + ux * step, a[1] + uy * step), (a[0] + ux * end, a[1] + uy * end)], colour)
            left_over -= length

    def arrow(self, start: tuple[float, float], end: tuple[float, float], colour: str, share: float) -> None:
        """Draw a horizontal arrow that grows to its end."""
        if share <= 0:
            return
        tip = start[0] + (end[0] - start[0]) * share
        back = 12 if end[0] < start[0] else -12
        self.line([start, (tip + back * 0.6, end[1])], colour, width=5)
        self.draw.polygon(
            [
                (v[0] * SCALE, v[1] * SCALE)
                for v in ((tip, end[1]), (tip + back, end[1] - 9), (tip + back, end[1] + 9))
            ],
            fill=colour,
        )

    def heading(self, words: str) -> None:
        """Draw the band with the scene's title."""
        self.draw.rectangle([0, 0, WIDTH * SCALE, 48 * SCALE], fill=GREEN)
        self.text(24, 24, words, 26, WHITE, bold=True, ground=GREEN)

    def finished(self) -> Image.Image:
        """Return the frame at its final size."""
        return self.image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
