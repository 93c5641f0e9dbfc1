from __future__ import annotations

import gzip
import re

import pytest
from flask.testing import FlaskClient


@pytest.mark.parametrize(
    ("asked", "given"), [("gzip", "gzip"), ("br", "br"), ("gzip, br", "br"), ("identity", None)]
)
def test_a_page_comes_in_the_best_compression_that_the_browser_names(
    client: FlaskClient, asked: str, given: str | None
) -> None:
    page = client.get("/sign-in", headers={"Accept-Encoding": asked})
    assert page.headers.get("Content-Encoding") == given
    assert "Accept-Encoding" in page.headers.get("Vary", "")


def test_a_compressed_page_is_the_same_page(client: FlaskClient) -> None:
    packed = client.get("/v", headers={"Accept-Encoding": "gzip"})
    plain = client.get("/v").data
    assert gzip.decompress(packed.data) == plain
    assert len(packed.data) < len(plain) / 2


def test_small_answers_and_pictures_are_left_alone(client: FlaskClient) -> None:
    assert "Content-Encoding" not in client.get("/healthz", headers={"Accept-Encoding": "gzip"}).headers


def test_the_token_in_a_page_is_never_the_same_twice(client: FlaskClient) -> None:
    def token() -> str:
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/sign-in").text)
        assert found
        return found[1]

    client.get("/sign-in")
    first = token()
    assert re.split(r"[.]", first)[2] or first
    assert first.count(".") == 2, "signed anew, so that its bytes do not repeat"
