from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import boto3
import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy
from moto.server import ThreadedMotoServer

from carbonlearn.accounts.models import User
from carbonlearn.catalogue import queries, services
from carbonlearn.catalogue.models import MediaFile
from carbonlearn.core.permissions import Actor, Role
from carbonlearn.infra import vault
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import unit_of_work
from tests.factories.enrolment import load_catalogue
from tests.factories.lessons import a_media_file, a_published, an_author, whole
from tests.factories.people import make_user, sign_in
from tests.factories.study import make_learner
from tests.support import media
from tests.support.http import Client

SLUG = "boundary-in-three-steps"


@pytest.fixture
def wen(db: SQLAlchemy, clock: SettableClock) -> Actor:
    return an_author(clock.now())


@pytest.fixture
def shown(db: SQLAlchemy, clock: SettableClock, wen: Actor) -> MediaFile:
    """A recording that a lesson of the demonstration programme shows."""
    now = clock.now()
    load_catalogue(now, "demonstration", lessons=True)
    row = a_media_file(media.tone("mp3", 3), wen, now, "讲解.mp3")
    a_published(SLUG, whole("audio", media={"sources": [row.id]}), wen, an_author(now, "柳青"), now)
    with unit_of_work():
        services.placements.place("demonstration", "acc-01-role", SLUG, actor=wen, now=now)
    return row


@pytest.fixture
def author(client: FlaskClient, db: SQLAlchemy, wen: Actor, clock: SettableClock) -> FlaskClient:
    return sign_in(client, db.session.get_one(User, wen.user_id), clock.now())


def content_of(row: MediaFile) -> bytes:
    return vault.media().open(row.sha256).read()


def test_a_recording_is_served_whole_and_in_every_range(author: FlaskClient, shown: MediaFile) -> None:
    address, content = f"/media/{shown.id}/file", content_of(shown)
    whole_answer = author.get(address)
    assert (whole_answer.status_code, whole_answer.data) == (200, content)
    headers = whole_answer.headers
    assert headers["Accept-Ranges"] == "bytes" and headers["Content-Type"] == "audio/mpeg"
    assert headers["Cache-Control"].startswith("private") and headers["X-Content-Type-Options"] == "nosniff"
    size = len(content)
    for asked, start, stop in (
        ("0-0", 0, 1),
        ("100-199", 100, 200),
        (f"{size - 7}-", size - 7, size),
        ("-5", size - 5, size),
    ):
        part = author.get(address, headers={"Range": f"bytes={asked}"})
        assert (part.status_code, part.data) == (206, content[start:stop]), asked
        assert part.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{size}"
    beyond = author.get(address, headers={"Range": f"bytes={size}-"})
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, f"bytes */{size}")
    for odd in ("bytes=5-2", "lines=1-2", "bytes=0-1,5-6", "bytes=x"):
        assert author.get(address, headers={"Range": odd}).status_code in (200, 416), odd


def test_what_a_browser_has_is_not_sent_again_and_a_range_of_another_file_is_sent_whole(
    author: FlaskClient, shown: MediaFile
) -> None:
    address = f"/media/{shown.id}/file"
    tag = author.get(address).headers["ETag"]
    assert author.get(address, headers={"If-None-Match": tag}).status_code == 304
    assert author.get(address, headers={"If-Range": tag, "Range": "bytes=0-9"}).status_code == 206
    other = author.get(address, headers={"If-Range": '"another"', "Range": "bytes=0-9"})
    assert (other.status_code, len(other.data)) == (200, shown.bytes)
    head = author.head(address)
    assert (head.status_code, head.data, head.headers["Content-Length"]) == (200, b"", str(shown.bytes))


def test_a_download_carries_its_name_and_nothing_else_is_a_variant(
    author: FlaskClient, shown: MediaFile
) -> None:
    saved = author.get(f"/media/{shown.id}/download").headers["Content-Disposition"]
    assert saved.startswith("attachment") and "%E8%AE%B2%E8%A7%A3.mp3" in saved
    assert author.get(f"/media/{shown.id}/other").status_code == 404


def test_only_who_may_study_the_lesson_gets_its_media(
    db: SQLAlchemy, clock: SettableClock, shown: MediaFile, wen: Actor, make_client: Callable[[], FlaskClient]
) -> None:
    now, address = clock.now(), f"/media/{shown.id}/file"
    learner, stranger, nobody = make_client(), make_client(), make_client()
    sign_in(learner, make_learner(now)[0], now)
    sign_in(stranger, make_user(Role.LEARNER, now=now), now)
    assert [one.get(address).status_code for one in (learner, stranger, nobody)] == [200, 404, 404]
    row = queries.placements_of(queries.desk_lesson(SLUG).id)[0]
    with unit_of_work():
        services.placements.set_trial(row.id, True, actor=wen, now=now)
    assert [one.get(address).status_code for one in (learner, stranger, nobody)] == [200, 200, 200]
    unused = a_media_file(media.picture(), wen, now)
    assert [one.get(f"/media/{unused.id}/file").status_code for one in (learner, nobody)] == [404, 404]


def test_a_revised_lesson_keeps_its_old_media_for_who_is_still_watching(
    db: SQLAlchemy, clock: SettableClock, shown: MediaFile, wen: Actor, client: FlaskClient
) -> None:
    now = clock.now()
    newer = a_media_file(media.tone("ogg", 4), wen, now)
    liu = an_author(now, "第三人")
    a_published(SLUG, whole("audio", media={"sources": [newer.id]}), wen, liu, now + timedelta(minutes=1))
    sign_in(client, make_learner(now)[0], now)
    assert [client.get(f"/media/{row.id}/file").status_code for row in (shown, newer)] == [200, 200]


# ------------------------------------------------------------------------------------------------- S3


@pytest.fixture
def s3_app(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[tuple[Flask, str]]:
    """The application with its media in a bucket of a server on this machine."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key-of-the-test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-of-the-test")
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint, bucket = f"http://{host}:{port}", f"lessons-{uuid4()}"
    boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1").create_bucket(Bucket=bucket)
    yield make_app(files_url=f"s3://{bucket}/media?endpoint={endpoint}&region=us-east-1"), endpoint
    server.stop()


def test_from_s3_a_browser_fetches_by_itself_and_captions_come_from_us(
    db: SQLAlchemy, clock: SettableClock, wen: Actor, s3_app: tuple[Flask, str]
) -> None:
    app, endpoint = s3_app
    now = clock.now()
    with app.app_context():
        film = a_media_file(media.film("mp4"), wen, now).id
        words = a_media_file(media.captions(3), wen, now).id
    client = Client(app, app.response_class, use_cookies=True)
    sign_in(client, db.session.get_one(User, wen.user_id), now)
    away = client.get(f"/media/{film}/file")
    assert (
        away.status_code == 302
        and away.location.startswith(f"{endpoint}/")
        and "X-Amz-Signature" in away.location
    )
    assert "no-store" in away.headers["Cache-Control"]
    here = client.get(f"/media/{words}/file", headers={"Range": "bytes=0-5"})
    assert (here.status_code, here.data, here.mimetype) == (206, b"WEBVTT", "text/vtt")
    policy = client.get("/desk/lessons").headers["Content-Security-Policy"]
    assert f"media-src 'self' {endpoint};" in policy and f"img-src 'self' {endpoint} data:" in policy


def test_without_s3_the_policy_allows_no_other_origin(author: FlaskClient) -> None:
    assert "media-src 'self';" in author.get("/desk/lessons").headers["Content-Security-Policy"]
