"""Uploaded portraits: what comes out, and what is refused however it is named."""

from __future__ import annotations

import io
import zlib
from typing import Any

import pytest
from PIL import Image

from carbonlearn.core.errors import Invalid
from carbonlearn.enrolment.portrait import portrait_jpeg
from tests.factories.enrolment import a_portrait


def code(upload: bytes) -> str:
    with pytest.raises(Invalid) as caught:
        portrait_jpeg(upload)
    return caught.value.code


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP"])
def test_each_allowed_format_becomes_a_plain_jpeg(kind: str) -> None:
    picture = Image.open(io.BytesIO(portrait_jpeg(a_portrait(kind=kind))))
    assert (picture.format, picture.mode, picture.size) == ("JPEG", "RGB", (295, 413))


def test_metadata_does_not_survive() -> None:
    exif = Image.Exif()
    exif[0x010E] = "GPS 23.1291 113.2644"
    upload = a_portrait(exif=exif, comment=b"<script>alert(1)</script>")
    assert b"113.2644" in upload
    plain = portrait_jpeg(upload)
    assert b"113.2644" not in plain and b"script" not in plain
    assert not Image.open(io.BytesIO(plain)).getexif()


def test_a_sideways_photo_is_turned_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    assert Image.open(io.BytesIO(portrait_jpeg(a_portrait(413, 295, exif=exif)))).size == (295, 413)


def test_what_is_behind_a_picture_is_cut_off() -> None:
    assert b"PK\x03\x04" not in portrait_jpeg(a_portrait() + b"PK\x03\x04 a second file")


def test_a_transparent_picture_stands_on_white() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (295, 413), (0, 0, 0, 0)).save(out, "PNG")
    plain = Image.open(io.BytesIO(portrait_jpeg(out.getvalue())))
    assert plain.getpixel((100, 100)) == (255, 255, 255)


def a_gif() -> bytes:
    out = io.BytesIO()
    Image.new("P", (295, 413)).save(out, "GIF")
    return out.getvalue()


def a_bomb() -> bytes:
    """A PNG of 30 megapixels in a few kilobytes."""
    out = io.BytesIO()
    Image.new("1", (5000, 6000)).save(out, "PNG")
    return out.getvalue()


def a_lying_bomb() -> bytes:
    """A PNG whose header claims 60000 x 60000 pixels."""
    head = b"IHDR" + (60000).to_bytes(4, "big") * 2 + b"\x08\x02\x00\x00\x00"
    data = b"IDAT" + zlib.compress(b"\0" * 64)
    chunks = [
        len(chunk[4:]).to_bytes(4, "big") + chunk + zlib.crc32(chunk).to_bytes(4, "big")
        for chunk in (head, data)
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


@pytest.mark.parametrize(
    ("upload", "expected"),
    [
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "PHOTO_NOT_IMAGE"),
        (b"<html><body>photo.jpg</body></html>", "PHOTO_NOT_IMAGE"),
        (b"", "PHOTO_NOT_IMAGE"),
        (a_portrait(kind="PNG")[:200], "PHOTO_NOT_IMAGE"),
        (a_portrait()[:700], "PHOTO_NOT_IMAGE"),
        (a_gif(), "PHOTO_NOT_IMAGE"),
        (a_bomb(), "PHOTO_TOO_MANY_PIXELS"),
        (a_lying_bomb(), "PHOTO_TOO_MANY_PIXELS"),
        (a_portrait() + b"\0" * 1024 * 1024, "PHOTO_TOO_LARGE"),
        (a_portrait(90, 126), "PHOTO_TOO_SMALL"),
        (a_portrait(600, 400), "PHOTO_RATIO"),
        (a_portrait(300, 700), "PHOTO_RATIO"),
    ],
)
def test_refuses_what_is_no_portrait(upload: bytes, expected: str) -> None:
    assert code(upload) == expected


def test_a_large_picture_is_made_smaller() -> None:
    picture: Any = Image.open(io.BytesIO(portrait_jpeg(a_portrait(2000, 2800))))
    assert picture.size == (857, 1200)
