"""Files as they really are: long, without any order in their bytes, and of any length beside the parser's read chunk."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask, request
from flask_wtf.csrf import generate_csrf
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge

from carbonlearn.web.uploads import FIELD_BYTES, received

CHUNK = 64 * 1024
MOST = 8 * 1024 * 1024
SIZES = (
    *(times * CHUNK + beside for times in (1, 2, 3) for beside in (-300, -1, 0, 1, 300)),
    1_000_003,
    3_500_000,
    MOST,
)


@pytest.fixture
def place() -> Flask:
    app = Flask(__name__)
    app.config.update(SECRET_KEY="for this test")
    return app


def noise(size: int) -> bytes:
    return random.Random(size).randbytes(size)


def line_ends(size: int) -> bytes:
    """What makes a parser wait longest for more: bytes that may begin a boundary, everywhere."""
    return (b"\r\n-\r\n--\n\r" * (size // 9 + 1))[:size]


def arrive(app: Flask, folder: Path, content: bytes, most: int = MOST, **fields: str) -> bytes:
    data = {**fields, "file": FileStorage(io.BytesIO(content), "a.mp4")}
    with app.test_request_context(method="POST", data=data):
        request.headers = {**dict(request.headers), "X-CSRFToken": generate_csrf()}  # type: ignore[assignment]
        with received(folder, most, ("draft",)) as upload:
            return upload.path.read_bytes()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("make", [noise, line_ends])
def test_a_file_of_any_length_and_content_arrives_byte_for_byte(
    make: Callable[[int], bytes], size: int, place: Flask, tmp_path: Path
) -> None:
    content = make(size)
    assert arrive(place, tmp_path, content, draft="d") == content


def test_a_file_beyond_the_limit_is_refused(place: Flask, tmp_path: Path) -> None:
    with pytest.raises(RequestEntityTooLarge):
        arrive(place, tmp_path, noise(MOST + FIELD_BYTES), most=MOST)


@pytest.mark.parametrize("size", [FIELD_BYTES + 1, 3_000_000])
def test_a_field_stays_short_however_large_the_file_may_be(size: int, place: Flask, tmp_path: Path) -> None:
    with pytest.raises(RequestEntityTooLarge):
        arrive(place, tmp_path, b"x", draft="a" * size)
    assert arrive(place, tmp_path, b"x", draft="a" * FIELD_BYTES) == b"x"
