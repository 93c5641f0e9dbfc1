"""The kinds of file that lessons use, told by their first bytes, and the faults that keep a file out."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

IMAGE, PDF, AUDIO, VIDEO, CAPTIONS, PAGE = "image", "pdf", "audio", "video", "captions", "page"
HEAD_BYTES = 64


class MediaFault(Exception):
    """The file is not taken; a stable code and what it is about."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code, self.facts = code, facts


@dataclass(frozen=True, slots=True)
class Page:
    """One rendered page: the picture's file name in the folder of findings, its size in pixels, the words on it."""

    file: str
    width: int
    height: int
    text: str


@dataclass(frozen=True, slots=True)
class Findings:
    """What a file is. ``file`` names what to keep instead of the original, where it was made anew. Durations are milliseconds."""

    kind: str
    content_type: str
    file: str = ""
    duration_ms: int | None = None
    width: int | None = None
    height: int | None = None
    sound: bool = False
    pages: list[Page] = field(default_factory=list)

    def plain(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, plain: dict[str, Any]) -> Findings:
        return cls(**(plain | {"pages": [Page(**page) for page in plain["pages"]]}))


def format_of(head: bytes) -> str:
    """jpeg, png, webp, pdf, mp4, webm, mp3, ogg or vtt, by the first bytes. Raises MediaFault for an empty or unknown file."""
    if not head:
        raise MediaFault("MEDIA_EMPTY")
    if head[4:8] == b"ftyp":
        return "mp4"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[:4] == b"\x1a\x45\xdf\xa3" and b"webm" in head:
        return "webm"
    if len(head) > 1 and head[0] == 0xFF and head[1] in (0xFA, 0xFB, 0xF2, 0xF3):
        return "mp3"
    for start, name in STARTS:
        if head.startswith(start):
            return name
    raise MediaFault("MEDIA_TYPE_UNKNOWN")


STARTS = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"%PDF-", "pdf"),
    (b"ID3", "mp3"),
    (b"OggS", "ogg"),
    (b"WEBVTT", "vtt"),
    (b"\xef\xbb\xbfWEBVTT", "vtt"),
)
LARGEST = {
    "jpeg": IMAGE, "png": IMAGE, "webp": IMAGE, "pdf": PDF, "mp3": AUDIO, "ogg": AUDIO, "vtt": CAPTIONS, "mp4": VIDEO, "webm": VIDEO,
}  # fmt: skip
"""Whose limit a format is held to before it is read; a recording without pictures turns out to be audio afterwards."""
