from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import func, select

from carbonlearn.accounts.models import User
from carbonlearn.catalogue import queries, services
from carbonlearn.catalogue.models import Lesson, LessonPlacement, MediaFile
from carbonlearn.catalogue.staff_views.media import file_size
from carbonlearn.core.permissions import Actor, Role
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import unit_of_work
from carbonlearn.study.queries import parts_of
from carbonlearn.web.i18n import minutes_seconds
from tests.factories.enrolment import load_catalogue
from tests.factories.lessons import BODY, a_draft, a_media_file, a_published, an_author, whole
from tests.factories.people import actor_of, make_user, sign_in
from tests.support import media

SLUG = "boundary-in-three-steps"


@pytest.fixture
def wen(db: SQLAlchemy, clock: SettableClock) -> Actor:
    return an_author(clock.now(), "温知行")


@pytest.fixture
def liu(db: SQLAlchemy, clock: SettableClock) -> Actor:
    return an_author(clock.now(), "柳青")


# --------------------------------------------------------------------------------------------------- pages


@pytest.fixture
def enter(make_client: Callable[[], FlaskClient], clock: SettableClock) -> Callable[[Actor], FlaskClient]:
    def sign(actor: Actor) -> FlaskClient:
        from carbonlearn.infra.db import db as database

        return sign_in(make_client(), database.session.get_one(User, actor.user_id), clock.now())

    return sign


def form_of(content: dict[str, Any], revision: int, **over: Any) -> dict[str, Any]:
    typed = {name: content[name] for name in ("title", "en", "summary", "body", "review_by")}
    typed |= {name: "\n".join(content[name]) for name in ("sources", "competence", "stated")}
    return typed | {"revision": revision} | over


def test_a_lesson_is_written_saved_as_typed_submitted_and_published_by_another(
    db: SQLAlchemy, clock: SettableClock, wen: Actor, liu: Actor, enter: Callable[[Actor], FlaskClient]
) -> None:
    writes, publishes = enter(wen), enter(liu)
    answer = writes.post("/desk/lessons/new", data={"slug": SLUG, "kind": "article", "title": "边界怎么划"})
    address = answer.location
    saved = writes.post(f"{address}/autosave", data=form_of(whole(), 1), htmx=True)
    assert saved.status_code == 200 and 'name="revision" value="2"' in saved.text and "没有缺项" in saved.text
    late = publishes.post(f"{address}/autosave", data=form_of(whole(title="另一个"), 1), htmx=True)
    assert (
        late.status_code == 409
        and "有人已存了第 2 稿" in late.text
        and 'value="1" form="draft-form"' in late.text
    )
    kept = publishes.post(address, data=form_of(whole(title="没有丢的字"), 1))
    assert kept.status_code == 409 and "没有丢的字" in kept.text
    assert writes.post(f"{address}/submission", data={"revision": 2}).status_code == 303
    own = writes.post(f"{address}/publication", data={"revision": 2, "effective_from": ""})
    assert own.status_code == 403 and "不能自己发布" in own.text
    odd = publishes.post(f"{address}/publication", data={"revision": 2, "effective_from": "soon"})
    assert odd.status_code == 422 and "生效日期要写成" in odd.text
    page = publishes.get(address).text
    assert "发布这一版" in page
    done = publishes.post(f"{address}/publication", data={"revision": 2, "effective_from": ""})
    assert done.location == f"/desk/lessons/{SLUG}"
    assert "v1" in writes.get(f"/desk/lessons/{SLUG}").text
    assert queries.lesson_by_slug(SLUG)[0].title == "边界怎么划"


def test_sending_in_keeps_what_was_typed_first_whether_or_not_it_is_complete(
    db: SQLAlchemy, clock: SettableClock, wen: Actor, enter: Callable[[Actor], FlaskClient]
) -> None:
    draft = a_draft(SLUG, whole(), wen, clock.now())
    client, address = enter(wen), f"/desk/lessons/drafts/{draft.id}/submission"
    lacking = form_of(whole(title="改过的题目", competence=["basic-knowledge", "accounting/9/9.9"]), 2)
    answer = client.post(address, data=lacking)
    assert answer.status_code == 422
    assert "改过的题目" in answer.text and "清单里没有：accounting/9/9.9" in answer.text
    assert (queries.draft(draft.id).revision, queries.draft(draft.id).state) == (3, "writing")
    assert client.post(address, data=form_of(whole(title="另一位先存"), 2)).status_code == 409
    assert client.post(address, data=form_of(whole(title="改对的题目"), 3)).status_code == 303
    sent = queries.draft(draft.id)
    assert (sent.content["title"], sent.state) == ("改对的题目", "submitted")


def test_an_unknown_field_is_refused_and_what_was_stored_stays(
    db: SQLAlchemy, clock: SettableClock, wen: Actor, enter: Callable[[Actor], FlaskClient]
) -> None:
    draft = a_draft(SLUG, whole(), wen, clock.now())
    for odd in ({"length_ms": 9}, {"kind": "video"}, {"source_1": "x"}):
        answer = enter(wen).post(
            f"/desk/lessons/drafts/{draft.id}", data=form_of(whole(title="改"), 2, **odd)
        )
        assert answer.status_code == 422
    assert queries.draft(draft.id).revision == 2


def test_the_preview_is_the_learners_page_in_a_frame_and_credits_nothing(
    db: SQLAlchemy, clock: SettableClock, wen: Actor, enter: Callable[[Actor], FlaskClient]
) -> None:
    load_catalogue(clock.now(), "demonstration")
    draft = a_draft(SLUG, whole(body=BODY + "<script>alert(1)</script>\n"), wen, clock.now())
    client = enter(wen)
    page = client.get(f"/desk/lessons/drafts/{draft.id}/preview")
    assert page.status_code == 200 and "先划定边界" in page.text
    assert "<script>alert" not in page.text and "js/lesson.js" not in page.text
    assert "frame-ancestors 'self'" in page.headers["Content-Security-Policy"]
    editor = client.get(f"/desk/lessons/drafts/{draft.id}")
    assert "frame-src 'self'" in editor.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in editor.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in client.get("/desk/lessons").headers["Content-Security-Policy"]


@pytest.mark.parametrize("kind", ["video", "audio", "slides"])
def test_every_kind_has_an_editor_and_a_preview_from_its_first_moment_to_its_last(
    kind: str,
    db: SQLAlchemy,
    clock: SettableClock,
    wen: Actor,
    liu: Actor,
    enter: Callable[[Actor], FlaskClient],
) -> None:
    now, client = clock.now(), enter(wen)
    with unit_of_work():
        draft_id = services.drafts.begin(SLUG, kind, "题目", actor=wen, now=now).id
    assert client.get(f"/desk/lessons/drafts/{draft_id}").status_code == 200
    made = {"video": media.film("mp4"), "audio": media.tone("mp3"), "slides": media.deck(2)}[kind]
    row = a_media_file(made, wen, now)
    fields = client.post(
        f"/desk/lessons/drafts/{draft_id}/media-fields", data={"revision": 1, "added": row.id}, htmx=True
    )
    assert f'value="{row.id}" selected' in fields.text
    name = "pdf" if kind == "slides" else "source_1"
    typed = {"title": "题目二", "revision": 1, name: row.id}
    assert client.post(f"/desk/lessons/drafts/{draft_id}", data=typed).status_code == 303
    assert queries.draft(draft_id).content["media"].get("sources", [row.id]) == [row.id]
    assert client.get(f"/desk/lessons/drafts/{draft_id}").status_code == 200


def test_a_version_shows_what_it_changed(
    db: SQLAlchemy, clock: SettableClock, wen: Actor, liu: Actor, enter: Callable[[Actor], FlaskClient]
) -> None:
    now = clock.now()
    a_published(SLUG, whole(), wen, liu, now)
    a_published(
        SLUG, whole(body=BODY.replace("先划定边界", "先看法人边界"), sources=["甲", "乙"]), wen, liu, now
    )
    page = enter(wen).get(f"/desk/lessons/{SLUG}/versions/2").text
    assert "先看法人边界" in page and "先划定边界" in page and "甲、乙" in page
    assert enter(wen).get(f"/desk/lessons/{SLUG}/versions/1").status_code == 200
    assert enter(wen).get(f"/desk/lessons/{SLUG}/versions/3").status_code == 404


def test_pages_of_courses_warn_when_the_lessons_cannot_give_the_hours(
    db: SQLAlchemy, clock: SettableClock, wen: Actor, enter: Callable[[Actor], FlaskClient]
) -> None:
    load_catalogue(clock.now(), "gdcpa-petrochem", "demonstration", lessons=True)
    client = enter(wen)
    assert "最多只能学到" in client.get("/desk/lessons/courses/gdcpa-petrochem").text
    assert "最多只能学到" not in client.get("/desk/lessons/courses/demonstration").text
    page = client.get("/desk/lessons/courses/demonstration/acc-01-role").text
    assert "设为试听" in page
    row = db.session.scalars(select(LessonPlacement)).first()
    assert row is not None
    for deed, data in (("move", {"direction": "up"}), ("trial", {"trial": "on"}), ("removal", {})):
        assert client.post(f"/desk/lessons/courses/placements/{row.id}/{deed}", data=data).status_code == 303
    assert (
        client.post(f"/desk/lessons/courses/placements/{row.id}/move", data={"direction": "up"}).status_code
        == 404
    )


# --------------------------------------------------------------------------------------------------- media


def send(client: FlaskClient, content: bytes, name: str = "a.mp4", **fields: Any) -> Any:
    data = {"file": (io.BytesIO(content), name), **fields}
    return client.post("/desk/lessons/media", data=data, headers={"Accept": "application/json"})


def test_an_upload_is_told_by_what_it_is_whatever_it_is_called(
    db: SQLAlchemy, app: Flask, wen: Actor, enter: Callable[[Actor], FlaskClient]
) -> None:
    client = enter(wen)
    found = send(client, media.picture("PNG"), "../../../evil\x07.mp4").json
    assert (found["kind"], found["content_type"], found["name"]) == ("image", "image/webp", "evil.mp4")
    assert client.get("/desk/lessons/media").status_code == 200
    for content, code in (
        (b"", "MEDIA_EMPTY"),
        (b"<svg/>", "MEDIA_TYPE_UNKNOWN"),
        (b"%PDF-1.7 x", "MEDIA_DAMAGED"),
    ):
        answer = send(client, content, "good.mp4")
        assert (answer.status_code, answer.json["error"]["code"]) == (422, code)
    assert db.session.scalar(select(func.count()).select_from(MediaFile)) == 1
    folder = app.extensions["carbonlearn_settings"].data_dir / "arriving"
    assert list(folder.iterdir()) == [], "something of an upload was left behind"


def test_an_upload_is_held_to_its_limit_its_token_and_its_fields(
    db: SQLAlchemy, make_app: Callable[..., Flask], wen: Actor, clock: SettableClock
) -> None:
    from tests.support.http import Client

    limits = {f"max_{kind}_mb": 1 for kind in ("image", "pdf", "audio", "video")}
    app = make_app(**limits)
    client = Client(app, app.response_class, use_cookies=True)
    sign_in(client, db.session.get_one(User, wen.user_id), clock.now())
    assert send(client, b"\0" * 2_500_000).status_code == 413
    large = media.picture("PNG") + b"\0" * 1_048_576
    assert send(client, large[: 1_048_576 + 100]).json["error"]["code"] == "MEDIA_TOO_LARGE"
    assert send(client, media.picture("PNG"), odd="1").json["error"]["code"] == "UNKNOWN_FIELD"
    data = {"file": (io.BytesIO(media.picture("PNG")), "a.png")}
    answer = client.post("/desk/lessons/media", data=data, headers={"Accept": "application/json"}, csrf=False)
    assert (answer.status_code, answer.json["error"]["code"]) == (403, "CSRF_FAILED")
    none = client.post("/desk/lessons/media", data={}, headers={"Accept": "application/json"})
    assert none.json["error"]["code"] == "UPLOAD_ONE_FILE"


def test_a_strangers_upload_is_not_even_read(client: FlaskClient, app: Flask) -> None:
    class Untouched(io.BytesIO):
        def read(self, *args: Any) -> bytes:
            raise AssertionError("the body was read")

    answer = client.open(
        "/desk/lessons/media", method="POST", input_stream=Untouched(), content_length=2_000_000_000,
        headers={"Content-Type": "multipart/form-data; boundary=x", "Accept": "application/json"},
    )  # fmt: skip
    assert answer.status_code == 401


def test_without_a_script_an_upload_comes_back_to_the_page_of_the_draft(
    db: SQLAlchemy, clock: SettableClock, wen: Actor, enter: Callable[[Actor], FlaskClient]
) -> None:
    draft = a_draft(SLUG, whole(), wen, clock.now())
    data = {"file": (io.BytesIO(media.picture("PNG")), "图.png"), "draft": draft.id}
    answer = enter(wen).post("/desk/lessons/media", data=data)
    assert answer.location == f"/desk/lessons/drafts/{draft.id}"
    wrong = enter(wen).post("/desk/lessons/media", data={"file": (io.BytesIO(b"GIF89a"), "图.gif")})
    assert wrong.status_code == 422 and "只收" in wrong.text


def test_learners_and_others_have_no_business_at_the_authors_desk(
    db: SQLAlchemy, clock: SettableClock, make_client: Callable[[], FlaskClient]
) -> None:
    client = sign_in(make_client(), make_user(Role.CHIEF_EXAMINER, now=clock.now()), clock.now())
    assert client.get("/desk/lessons").status_code == 200
    assert client.get("/desk/lessons/new").status_code == 403
    assert send(client, media.picture("PNG")).status_code == 403
    assert db.session.scalar(select(func.count()).select_from(Lesson)) == 0


def test_a_lessons_page_says_which_parts_have_no_presence_question(
    db: SQLAlchemy, clock: SettableClock, wen: Actor, liu: Actor, enter: Callable[[Actor], FlaskClient]
) -> None:
    a_published(SLUG, whole(), wen, liu, clock.now())
    client = enter(wen)
    page = client.get(f"/desk/lessons/{SLUG}/presence")
    assert page.status_code == 200 and "为什么、怎么做" in page.text
    part = client.get(f"/desk/lessons/{SLUG}/presence", htmx=True).text
    assert "<html" not in part and "为什么、怎么做" in part


def test_a_lesson_that_holds_only_from_a_later_day_has_its_questions_and_its_length_already(
    db: SQLAlchemy, clock: SettableClock, wen: Actor, liu: Actor, enter: Callable[[Actor], FlaskClient]
) -> None:
    now, client = clock.now(), enter(wen)
    version = a_published(SLUG, whole(), wen, liu, now, now + timedelta(days=9))
    assert version.length_ms
    part = client.get(f"/desk/lessons/{SLUG}/presence", htmx=True)
    assert part.status_code == 200 and "为什么、怎么做" in part.text
    assert minutes_seconds(version.length_ms) in client.get(f"/desk/lessons/{SLUG}").text
    listed = client.get("/desk/lessons").text
    assert minutes_seconds(version.length_ms) in listed and "将生效</" in listed


@pytest.mark.parametrize(("kind", "first"), [("slides", 1), ("article", 1), ("audio", 0)])
def test_the_first_page_of_a_deck_is_number_one_and_only_a_recording_stands_before_its_text(
    kind: str, first: int, db: SQLAlchemy, clock: SettableClock, wen: Actor, liu: Actor
) -> None:
    now = clock.now()
    chosen: dict[str, Any] = {}
    if kind == "slides":
        chosen = {"pdf": a_media_file(media.deck(2), wen, now).id}
    elif kind == "audio":
        chosen = {"sources": [a_media_file(media.tone("mp3", 3), wen, now).id]}
    version = a_published(SLUG, whole(kind, media=chosen), wen, liu, now)
    numbers = [part.number for part in parts_of(version, [])]
    assert numbers == list(range(first, first + len(version.outline)))


def test_whoever_publishes_reads_what_a_draft_changes_and_its_whole_text_first(
    db: SQLAlchemy, clock: SettableClock, wen: Actor, make_client: Callable[[], FlaskClient]
) -> None:
    now = clock.now()
    chief = make_user(Role.CHIEF_EXAMINER, now=now)
    client = sign_in(make_client(), chief, now)
    publisher, fresh = actor_of(chief, now), a_draft(SLUG, whole(), wen, now)
    page = client.get(f"/desk/lessons/drafts/{fresh.id}").text
    assert "先划定边界" in page and "diff-added" not in page and "2027年6月30日" in page
    with unit_of_work():
        services.publish(fresh.id, 2, None, actor=publisher, now=now)
    with unit_of_work():
        second = services.drafts.revise(SLUG, actor=wen, now=now)
        changed = whole(body=BODY.replace("先划定边界", "先看法人边界"), review_by="2028-01-31")
        services.drafts.save(second.id, changed, 1, actor=wen, now=now)
        services.drafts.submit(second.id, 2, actor=wen, now=now)
    page = client.get(f"/desk/lessons/drafts/{second.id}").text
    gone, added = (f'<{tag} class="diff-' for tag in ("del", "ins"))
    assert f"{gone}gone" in page and f"{added}added" in page and "与 v1 比" in page
    assert "先划定边界" in page and "先看法人边界" in page and "2028年1月31日" in page


def test_a_link_to_a_draft_that_was_published_since_leads_to_the_lesson(
    db: SQLAlchemy, clock: SettableClock, wen: Actor, liu: Actor, enter: Callable[[Actor], FlaskClient]
) -> None:
    now, client = clock.now(), enter(wen)
    draft_id = a_draft(SLUG, whole(), wen, now).id
    with unit_of_work():
        services.publish(draft_id, 2, None, actor=liu, now=now)
    answer = client.get(f"/desk/lessons/drafts/{draft_id}")
    assert (answer.status_code, answer.location) == (303, f"/desk/lessons/{SLUG}")
    with unit_of_work():
        thrown = services.drafts.begin("never-published", "article", "没有发布过", actor=wen, now=now).id
    with unit_of_work():
        services.drafts.discard(thrown, 1, actor=wen, now=now)
    assert client.get(f"/desk/lessons/drafts/{thrown}").status_code == 404


@pytest.mark.parametrize("title", ["", "长" * 81])
def test_what_is_wrong_with_a_new_lesson_is_told_all_at_once(
    title: str, db: SQLAlchemy, wen: Actor, enter: Callable[[Actor], FlaskClient]
) -> None:
    page = enter(wen).post("/desk/lessons/new", data={"slug": "Not Good", "kind": "article", "title": title})
    assert page.status_code == 422
    assert "标题要有 2 到 80 个字" in page.text and "网址名只用小写字母" in page.text


def test_an_upload_beyond_every_limit_is_told_the_limits_of_each_kind(
    db: SQLAlchemy, make_app: Callable[..., Flask], wen: Actor, clock: SettableClock
) -> None:
    from tests.support.http import Client

    app = make_app(max_image_mb=1, max_pdf_mb=2, max_audio_mb=1, max_video_mb=1)
    client = Client(app, app.response_class, use_cookies=True)
    sign_in(client, db.session.get_one(User, wen.user_id), clock.now())
    answer = send(client, b"\0" * 3_000_000)
    assert (answer.status_code, answer.json["error"]["code"]) == (413, "MEDIA_UPLOAD_TOO_LARGE")
    assert "PDF 最多 2 MB" in answer.json["error"]["message"]
    data = {"file": (io.BytesIO(b"\0" * 3_000_000), "a.mp4")}
    page = client.post("/desk/lessons/media", data=data)
    assert page.status_code == 413 and "PDF 最多 2 MB" in page.text and "notice-danger" in page.text


def test_a_fresh_drafts_preview_promises_no_day_and_counts_a_short_page_in_seconds(
    db: SQLAlchemy, clock: SettableClock, wen: Actor, enter: Callable[[Actor], FlaskClient]
) -> None:
    load_catalogue(clock.now(), "demonstration")
    with unit_of_work():
        draft_id = services.drafts.begin(SLUG, "article", "题目", actor=wen, now=clock.now()).id
    assert "前复核一次" not in enter(wen).get(f"/desk/lessons/drafts/{draft_id}/preview").text
    deck = a_media_file(media.deck(2), wen, clock.now())
    slides = a_draft("slides-of-two", whole("slides", media={"pdf": deck.id}, body=""), wen, clock.now())
    page = enter(wen).get(f"/desk/lessons/drafts/{slides.id}/preview").text
    assert "2027年6月30日" in page and page.count("20 秒") == 2 and "0.5 分钟" not in page


@pytest.mark.parametrize(
    ("size", "words"),
    [(1, "1 KB"), (12_000, "12 KB"), (3_670_016, "3.5 MB"), (2**21, "2 MB"), (2**31, "2 GB")],
)
def test_sizes_are_said_in_the_unit_that_fits(size: int, words: str) -> None:
    assert file_size(size) == words
