"""Captions: WebVTT in UTF-8 with cues in order."""

from __future__ import annotations

import re
from pathlib import Path

from carbonlearn.infra.media.kinds import CAPTIONS, Findings, MediaFault

MAX_BYTES = 1024 * 1024
CUE = re.compile(
    r"^(?:(\d{2,}):)?(\d\d):(\d\d)\.(\d{3}) --> (?:(\d{2,}):)?(\d\d):(\d\d)\.(\d{3})(?: .*)?$", re.MULTILINE
)
OUT = "captions.vtt"


def read_captions(path: Path, folder: Path) -> Findings:
    """Written anew in UTF-8 with plain line ends. ``duration_ms`` is where the last cue ends. Raises MediaFault."""
    if path.stat().st_size > MAX_BYTES:
        raise MediaFault("MEDIA_TOO_LARGE", limit=MAX_BYTES // 1024 // 1024)
    try:
        text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        raise MediaFault("MEDIA_DAMAGED") from error
    cues = [(_ms(*one[:4]), _ms(*one[4:])) for one in CUE.findall(text)]
    if "\0" in text or not re.match(r"WEBVTT(?:[ \t].*)?\n", text) or not cues:
        raise MediaFault("MEDIA_CAPTIONS")
    if any(end <= start for start, end in cues) or [start for start, _ in cues] != sorted(
        start for start, _ in cues
    ):
        raise MediaFault("MEDIA_CAPTIONS")
    (folder / OUT).write_text(text, "utf-8")
    return Findings(CAPTIONS, "text/vtt", file=OUT, duration_ms=max(end for _, end in cues))


def _ms(hours: str, minutes: str, seconds: str, rest: str) -> int:
    return ((int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int(rest)
