from __future__ import annotations

import gzip

import pytest
from flask import Flask, Response

from carbonlearn.web.compression import Frozen, begun_by

FIRST, REST = ("题目" * 5000).encode(), b'"answers":{}}'


@pytest.fixture
def site() -> Flask:
    site = Flask(__name__)
    frozen = Frozen.of(FIRST)

    @site.get("/<int:times>")
    def joined(times: int) -> Response:
        return begun_by(frozen, REST * times, "application/json")

    return site


@pytest.mark.parametrize("times", [0, 1, 5000])
def test_a_frozen_beginning_and_any_rest_make_one_gzip_stream(site: Flask, times: int) -> None:
    answer = site.test_client().get(f"/{times}", headers={"Accept-Encoding": "br, gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.data) == FIRST + REST * times
    assert len(answer.data) < len(FIRST) / 10 + times


@pytest.mark.parametrize("accepted", [None, "", "identity", "gzip;q=0, br"])
def test_who_does_not_take_gzip_gets_the_plain_text(site: Flask, accepted: str | None) -> None:
    headers = {} if accepted is None else {"Accept-Encoding": accepted}
    answer = site.test_client().get("/1", headers=headers)
    assert "Content-Encoding" not in answer.headers
    assert answer.data == FIRST + REST
