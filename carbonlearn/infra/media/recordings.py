"""Recordings: how long they really are, by their packets and not by what the header claims, and whether browsers can play them."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

import av
from av.error import FFmpegError

from carbonlearn.infra.media.kinds import AUDIO, VIDEO, Findings, MediaFault

PLAYABLE = {
    "mp4": {"h264", "av1", "aac", "mp3", "opus"},
    "webm": {"vp8", "vp9", "av1", "opus", "vorbis"},
    "mp3": {"mp3"},
    "ogg": {"opus", "vorbis"},
}
TYPES = {
    ("mp4", VIDEO): "video/mp4", ("webm", VIDEO): "video/webm", ("mp4", AUDIO): "audio/mp4", ("webm", AUDIO): "audio/webm",
    ("mp3", AUDIO): "audio/mpeg", ("ogg", AUDIO): "audio/ogg",
}  # fmt: skip
SHORTEST_MS, LONGEST_MS = 1_000, 4 * 3600 * 1000
CLAIM_SLACK = Fraction(
    1, 50
)  # a header may claim 2 % (and a second) more than there is; beyond that the end is missing
SLACK_MS = 1_000
MAX_SIDE = 4096
MAX_GAP_MS = 10_000  # time stamps may not leap: a recording is not longer than what is in it


@dataclass
class Track:
    """One stream while its packets go by: where it began, where it has come to, in milliseconds."""

    begins: Fraction | None = None
    ends: Fraction = Fraction(0)
    leap: Fraction = Fraction(0)

    def add(self, start: Fraction, length: Fraction) -> None:
        if self.begins is None:
            self.begins, self.ends = start, start
        self.leap = max(self.leap, start - self.ends, length)
        self.ends = max(self.ends, start + length)

    @property
    def length(self) -> int:
        return int(self.ends - (self.begins or 0))


def read_recording(path: Path, format_name: str) -> Findings:
    """Measure a recording by reading all its packets. Raises MediaFault when it is damaged, cut short, or not playable."""
    if format_name == "mp4":
        with path.open("rb") as file:
            _check_boxes(file, path.stat().st_size)
    try:
        # A file object and a named format: nothing that the file mentions can be opened beside it.
        with (
            path.open("rb") as file,
            av.open(file, format=format_name, metadata_errors="ignore") as container,
        ):
            return _measure(container, format_name)
    except (FFmpegError, ValueError, OverflowError) as error:
        raise MediaFault("MEDIA_DAMAGED") from error


def _measure(container: Any, format_name: str) -> Findings:
    pictures = [one for one in container.streams.video if not _is_cover(one)]
    sounds = list(container.streams.audio)
    if (not pictures and not sounds) or len(pictures) > 1 or len(sounds) > 1:
        raise MediaFault("MEDIA_STREAMS")
    kind = VIDEO if pictures else AUDIO
    for one in (*pictures, *sounds):
        if one.codec_context.name.removeprefix("lib") not in PLAYABLE[format_name] and not _is_known(
            one, format_name
        ):
            raise MediaFault("MEDIA_CODEC", codec=one.codec_context.name)
    if (format_name, kind) not in TYPES:
        raise MediaFault("MEDIA_STREAMS")
    first = pictures[0] if pictures else None
    width, height = (first.codec_context.width, first.codec_context.height) if first else (None, None)
    if first and not (0 < (width or 0) <= MAX_SIDE and 0 < (height or 0) <= MAX_SIDE):
        raise MediaFault("MEDIA_TOO_MANY_PIXELS", width=width, height=height)
    duration = _duration(container, [*pictures, *sounds])
    return Findings(
        kind, TYPES[format_name, kind], duration_ms=duration, width=width, height=height, sound=bool(sounds)
    )  # fmt: skip


def _is_cover(stream: Any) -> bool:
    """Whether it is a picture attached to a recording, as players show it beside a song."""
    return bool(stream.disposition & av.stream.Disposition.attached_pic)


def _is_known(stream: Any, format_name: str) -> bool:
    """Decoders have names of their own (libdav1d for av1); the codec's name decides."""
    return stream.codec_context.codec.canonical_name in PLAYABLE[format_name]


def _duration(container: Any, streams: list[Any]) -> int:
    """The length of the longest stream, whole milliseconds, by its packets."""
    tracks = {stream.index: Track() for stream in streams}
    for packet in container.demux(streams):
        if packet.size and packet.pts is not None:
            base = Fraction(packet.time_base) * 1000
            tracks[packet.stream.index].add(packet.pts * base, (packet.duration or 0) * base)
    found = max(track.length for track in tracks.values())
    claimed = (container.duration or 0) // 1000
    if found + SLACK_MS + found * CLAIM_SLACK < claimed:
        raise MediaFault("MEDIA_CUT_SHORT", claimed=claimed // 1000, found=found // 1000)
    if any(track.leap > MAX_GAP_MS for track in tracks.values()):
        raise MediaFault("MEDIA_TIMES_LEAP")
    if not SHORTEST_MS <= found <= LONGEST_MS:
        raise MediaFault("MEDIA_DURATION", seconds=found // 1000)
    return found


def _check_boxes(file: BinaryIO, size: int) -> None:
    """An MP4 is boxes from the first byte to the last: nothing may be missing at the end, nothing may hang on behind."""
    position = 0
    while position < size:
        file.seek(position)
        head = file.read(16)
        if len(head) < 8 or not head[4:8].isascii():
            raise MediaFault("MEDIA_DAMAGED")
        length = struct.unpack(">I", head[:4])[0]
        if length == 1 and len(head) == 16:
            length = struct.unpack(">Q", head[8:])[0]
        elif length == 0:
            length = size - position
        if length < 8 or position + length > size:
            raise MediaFault("MEDIA_DAMAGED")
        position += length
