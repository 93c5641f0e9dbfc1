"""A film: its scenes one after the other, its captions, and the frame at any second."""

from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

from tools.films.canvas import GREEN, HEIGHT, INK, PALE, SCALE, WHITE, WIDTH, Canvas, Fonts, ease, mix
from tools.films.captions import Cue

FPS = 12

Scene = Callable[[Canvas, float], None]
"""Draws what stands so many seconds after the scene began."""


@dataclass(frozen=True)
class Film:
    """Scenes with their seconds, the captions, and the second whose frame is shown before it is played."""

    name: str
    scenes: tuple[tuple[float, Scene], ...]
    cues: tuple[Cue, ...]
    poster_at: float

    @property
    def seconds(self) -> float:
        """How long it takes."""
        return sum(seconds for seconds, _ in self.scenes)

    def frame_at(self, seconds: float, fonts: Fonts) -> Image.Image:
        """Draw the picture that stands at `seconds` from the beginning."""
        canvas = Canvas(fonts)
        for length, scene in self.scenes:
            if seconds < length:
                scene(canvas, seconds)
                break
            seconds -= length
        return canvas.finished()


def opening(name: tuple[str, str], message: str) -> Scene:
    """The first scene: the name in two lines, the one-sentence message and the note on sound."""

    def draw(c: Canvas, t: float) -> None:
        c.draw.rectangle([0, 0, WIDTH * SCALE, HEIGHT * SCALE], fill=mix(GREEN, 1))
        c.text(320, 104, name[0], 48, WHITE, ease(t, 0.1), True, "mm", GREEN)
        c.text(320, 164, name[1], 48, WHITE, ease(t, 0.4), True, "mm", GREEN)
        c.text(320, 228, message, 26, PALE, ease(t, 1.4), False, "mm", GREEN)
        c.text(320, 276, "本片无声，有字幕", 22, PALE, ease(t, 2.4), False, "mm", GREEN)

    return draw


def ending(rows: tuple[str, str, str]) -> Scene:
    """The last scene: three lines to remember."""

    def draw(c: Canvas, t: float) -> None:
        c.heading("记住三句话")
        for row, words in enumerate(rows):
            share, y = ease(t, 0.4 + row * 1.9), 100 + row * 68
            c.line([(64, y), (76, y + 12), (98, y - 14)], GREEN, share, 6)
            c.text(124, y, words, 30, INK, share, True)

    return draw
