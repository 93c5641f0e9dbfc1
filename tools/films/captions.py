"""Captions of the films: cues in Chinese and English, and their WebVTT form."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Cue:
    """One caption: seconds from the beginning, and the words in both languages."""

    start: float
    end: float
    zh: str
    en: str


def stamp(seconds: float) -> str:
    """Write seconds as WebVTT time, mm:ss.mmm."""
    whole = round(seconds * 1000)
    return f"{whole // 60000:02d}:{whole // 1000 % 60:02d}.{whole % 1000:03d}"


def write_vtt(cues: tuple[Cue, ...], language: str) -> str:
    """Return the caption file of one language, `zh` or `en`."""
    blocks = [
        f"{n}\n{stamp(c.start)} --> {stamp(c.end)}\n{c.zh if language == 'zh' else c.en}"
        for n, c in enumerate(cues, 1)
    ]
    return "WEBVTT\n\n" + "\n\n".join(blocks) + "\n"
