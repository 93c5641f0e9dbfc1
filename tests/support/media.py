"""Small real recordings, decks, pictures and captions, made anew each time: by PyAV, typst and Pillow."""

from __future__ import annotations

import io
import math
import struct
from fractions import Fraction

import av
import typst
from PIL import Image, ImageDraw

from carbonlearn.infra.glyphs import font_paths

RATE = 48_000
CODECS = {
    "mp4": ("libx264", "aac"),
    "webm": ("libvpx", "libopus"),
    "mp3": (None, "libmp3lame"),
    "ogg": (None, "libopus"),
}


def film(
    format_name: str = "mp4", seconds: int = 3, size: tuple[int, int] = (320, 240), sound: bool = True
) -> bytes:
    """A film of changing grey, with a tone unless it is to be silent."""
    return _record(
        format_name, CODECS[format_name][0], CODECS[format_name][1] if sound else None, seconds, size
    )


def tone(format_name: str = "mp3", seconds: int = 3) -> bytes:
    """A tone and no picture; ``mp4`` makes what is called m4a."""
    return _record(format_name, None, CODECS[format_name][1], seconds, (0, 0))


def _record(
    format_name: str, video: str | None, audio: str | None, seconds: int, size: tuple[int, int]
) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format=format_name) as container:
        pictures = container.add_stream(video, rate=10) if video else None
        sounds = container.add_stream(audio, rate=RATE, layout="mono") if audio else None
        if pictures is not None:
            pictures.width, pictures.height, pictures.pix_fmt = *size, "yuv420p"
            for number in range(seconds * 10):
                frame = av.VideoFrame.from_image(Image.new("RGB", size, (number * 5 % 255, 90, 60)))
                frame.pts, frame.time_base = number, Fraction(1, 10)
                container.mux(pictures.encode(frame))
            container.mux(pictures.encode(None))
        if sounds is not None:
            for number in range(seconds * RATE // 960):
                container.mux(sounds.encode(_hum(number)))
            container.mux(sounds.encode(None))
    return file.getvalue()


def _hum(number: int) -> av.AudioFrame:
    """The 960 samples of one frame of a tone of 440 Hz."""
    frame = av.AudioFrame(format="s16", layout="mono", samples=960)
    first = number * 960
    waves = [int(8000 * math.sin(2 * math.pi * 440 * (first + n) / RATE)) for n in range(960)]
    frame.planes[0].update(struct.pack("<960h", *waves) + bytes(frame.planes[0].buffer_size - 1920))
    frame.sample_rate, frame.pts, frame.time_base = RATE, first, Fraction(1, RATE)
    return frame


def deck(pages: int = 3, words: str = "碳排放核算的第一步是划定边界。") -> bytes:
    """A PDF of slides in Chinese: a heading and a sentence on each."""
    body = "#pagebreak()\n".join(f"= 第 {number} 页\n{words}\n" for number in range(1, pages + 1))
    source = '#set page(width: 16cm, height: 9cm)\n#set text(font: "Noto Sans CJK SC", size: 20pt)\n' + body
    return typst.compile(source.encode(), font_paths=[str(path) for path in font_paths()])


def picture(format_name: str = "PNG", size: tuple[int, int] = (640, 400), **save: object) -> bytes:
    """A drawing with a line in it."""
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).line((0, 0, *size), fill=(15, 107, 79), width=8)
    file = io.BytesIO()
    image.save(file, format_name, **save)
    return file.getvalue()


def captions(seconds: int = 3) -> bytes:
    """One caption over the whole."""
    return f"WEBVTT\n\n00:00.000 --> 00:{seconds:02}.000\n先看法人边界\n".encode()
