from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from carbonlearn.infra.media.kinds import Findings, MediaFault
from carbonlearn.infra.media.reader import examine, refuse_by_size
from tests.support import media


def found(content: bytes, tmp_path: Path) -> Findings:
    path, folder = tmp_path / "arrived", tmp_path / "out"
    path.write_bytes(content)
    folder.mkdir(exist_ok=True)
    return examine(path, folder)


def fault_of(content: bytes, tmp_path: Path) -> str:
    with pytest.raises(MediaFault) as refused:
        found(content, tmp_path)
    return refused.value.code


@pytest.mark.parametrize(
    ("content", "kind", "content_type"),
    [
        (media.film("mp4"), "video", "video/mp4"),
        (media.film("webm"), "video", "video/webm"),
        (media.tone("mp3"), "audio", "audio/mpeg"),
        (media.tone("mp4"), "audio", "audio/mp4"),
        (media.tone("ogg"), "audio", "audio/ogg"),
    ],
    ids=["mp4", "webm", "mp3", "m4a", "ogg"],
)
def test_a_recording_is_told_by_its_content_and_measured_by_its_packets(
    content: bytes, kind: str, content_type: str, tmp_path: Path
) -> None:
    recording = found(content, tmp_path)
    assert (recording.kind, recording.content_type) == (kind, content_type)
    assert recording.duration_ms is not None and 2_950 <= recording.duration_ms <= 3_150
    assert (recording.width, recording.height) == ((320, 240) if kind == "video" else (None, None))
    assert recording.sound and recording.file == ""


def test_a_film_without_sound_says_so(tmp_path: Path) -> None:
    assert not found(media.film("mp4", sound=False), tmp_path).sound


def with_claimed_duration(film: bytes, factor: int) -> bytes:
    """The same film, whose headers claim to be longer than it is."""
    forged = bytearray(film)
    for box, offset in ((b"mvhd", 20), (b"mdhd", 20), (b"tkhd", 24)):
        position = film.find(box)
        while position >= 0:
            place = position + offset
            (length,) = struct.unpack(">I", forged[place : place + 4])
            forged[place : place + 4] = struct.pack(">I", length * factor)
            position = film.find(box, position + 1)
    return bytes(forged)


def test_a_header_that_claims_to_be_longer_earns_nothing(tmp_path: Path) -> None:
    film = media.film("mp4")
    assert found(film, tmp_path).duration_ms in range(2_950, 3_150)
    forged = with_claimed_duration(film, 20)
    assert forged != film
    assert found(forged, tmp_path).duration_ms in range(2_950, 3_150)


def with_long_last_picture(film: bytes, units: int) -> bytes:
    """The same film, whose pictures stand still for many times as long."""
    forged = bytearray(film)
    place = film.find(b"stts") + 4 + 4 + 4 + 4
    forged[place : place + 4] = struct.pack(">I", units)
    return bytes(forged)


def test_pictures_that_stand_still_for_hours_are_not_a_longer_film(tmp_path: Path) -> None:
    film = media.film("mp4", sound=False)
    assert fault_of(with_long_last_picture(film, 2_000_000), tmp_path) == "MEDIA_TIMES_LEAP"


def test_a_recording_that_breaks_off_is_refused(tmp_path: Path) -> None:
    film, song = media.film("mp4", seconds=5), media.film("webm", seconds=8)
    assert fault_of(film[: len(film) - 400], tmp_path) == "MEDIA_DAMAGED"
    assert fault_of(song[: len(song) // 2], tmp_path) in ("MEDIA_CUT_SHORT", "MEDIA_DAMAGED")


def test_a_film_with_a_second_file_behind_it_is_refused(tmp_path: Path) -> None:
    assert fault_of(media.film("mp4") + b"PK\x03\x04" + b"\0" * 200, tmp_path) == "MEDIA_DAMAGED"


def test_a_codec_that_browsers_do_not_play_is_named(tmp_path: Path) -> None:
    content = media._record("mp4", "mpeg4", None, 2, (160, 120))
    with pytest.raises(MediaFault) as refused:
        found(content, tmp_path)
    assert (refused.value.code, refused.value.facts) == ("MEDIA_CODEC", {"codec": "mpeg4"})


def test_a_deck_becomes_pictures_with_the_words_on_them(tmp_path: Path) -> None:
    deck = found(media.deck(3), tmp_path)
    assert (deck.kind, deck.content_type, len(deck.pages)) == ("pdf", "application/pdf", 3)
    for number, page in enumerate(deck.pages, 1):
        assert page.text == f"第 {number} 页\n碳排放核算的第一步是划定边界。"
        with Image.open(tmp_path / "out" / page.file) as image:
            assert (image.format, image.size) == ("WEBP", (page.width, page.height))
            assert page.width == 1280 and len(image.getcolors(1 << 24) or []) > 20, "nothing was drawn"


@pytest.mark.parametrize("spoil", [lambda pdf: pdf[: len(pdf) // 3], lambda pdf: b"%PDF-1.7\n" + b"x" * 500])
def test_a_damaged_pdf_is_refused(spoil, tmp_path: Path) -> None:
    assert fault_of(spoil(media.deck(2)), tmp_path) == "MEDIA_DAMAGED"


def test_a_deck_of_more_than_200_pages_is_refused(tmp_path: Path) -> None:
    assert fault_of(media.deck(201, "x"), tmp_path) == "MEDIA_TOO_MANY_PAGES"


def test_a_picture_is_written_anew_and_loses_everything_but_its_pixels(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    hidden = b"<?php system($_GET['c']); ?>"
    picture = found(media.picture("JPEG", exif=exif) + hidden, tmp_path)
    kept = (tmp_path / "out" / picture.file).read_bytes()
    assert picture.content_type == "image/webp" and (picture.width, picture.height) == (640, 400)
    assert b"secret" not in kept and b"php" not in kept
    with Image.open(io.BytesIO(kept)) as image:
        assert not image.getexif()


def pixel_flood(side: int) -> bytes:
    """A PNG of a few hundred kilobytes that would be side times side pixels."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    rows = zlib.compress(b"\0" * ((side // 8 + 1) * min(side, 200)), 9)
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def animated() -> bytes:
    frames = [Image.new("RGB", (20, 20), (n * 40, 0, 0)) for n in range(4)]
    file = io.BytesIO()
    frames[0].save(file, "WEBP", save_all=True, append_images=frames[1:])
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "MEDIA_EMPTY"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "MEDIA_TYPE_UNKNOWN"),
        (b"GIF89a" + b"\0" * 100, "MEDIA_TYPE_UNKNOWN"),
        (b"<!doctype html><script>alert(1)</script>", "MEDIA_TYPE_UNKNOWN"),
        (b"PK\x03\x04" + b"\0" * 100, "MEDIA_TYPE_UNKNOWN"),
        (b"MZ\x90\0", "MEDIA_TYPE_UNKNOWN"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "MEDIA_DAMAGED"),
        (media.picture("PNG")[:300], "MEDIA_DAMAGED"),
        (pixel_flood(13_300), "MEDIA_TOO_MANY_PIXELS"),
        (pixel_flood(60_000), "MEDIA_DAMAGED"),
        (animated(), "MEDIA_ANIMATED"),
        (b"\xff\xfb" + b"<script>alert(1)</script>" * 40, "MEDIA_DAMAGED"),
        (b"OggS" + b"\0" * 200, "MEDIA_DAMAGED"),
        (b"\0\0\0\x18ftypisom" + b"\0" * 12, "MEDIA_DAMAGED"),
        (b"WEBVTT\n\nno cue\n", "MEDIA_CAPTIONS"),
        (b"WEBVTT\n\n00:05.000 --> 00:02.000\nbackwards\n", "MEDIA_CAPTIONS"),
        (b"WEBVTT\n\n00:01.000 --> 00:02.000\n\xff\xfe\n", "MEDIA_DAMAGED"),
    ],
    ids=[
        "empty", "svg", "gif", "html", "zip", "program", "png head", "png cut", "pixel flood", "larger flood", "animated", "mp3 script",
        "ogg head", "mp4 head", "no cue", "backwards", "latin captions",
    ],
)  # fmt: skip
def test_a_hostile_or_odd_file_is_refused_with_its_reason(content: bytes, code: str, tmp_path: Path) -> None:
    assert fault_of(content, tmp_path) == code
    assert list((tmp_path / "out").iterdir()) == []


def test_captions_come_out_with_plain_line_ends(tmp_path: Path) -> None:
    captions = found(b"\xef\xbb\xbf" + media.captions(3).replace(b"\n", b"\r\n"), tmp_path)
    assert (captions.kind, captions.content_type, captions.duration_ms) == ("captions", "text/vtt", 3_000)
    assert (tmp_path / "out" / captions.file).read_bytes() == media.captions(3)


def test_a_file_is_held_to_the_limit_of_what_it_is_and_not_of_what_it_is_called(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(media.picture("PNG") + b"\0" * 2_000_000)
    limits = {"image": 1024 * 1024, "video": 10**9, "pdf": 1, "audio": 1, "captions": 1}
    with pytest.raises(MediaFault) as refused:
        refuse_by_size(path, limits)
    assert (refused.value.code, refused.value.facts) == ("MEDIA_TOO_LARGE", {"limit": 1})
