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
from carbonlearn.audit.models import AuditEntry
from carbonlearn.catalogue import jobs, queries, services
from carbonlearn.catalogue.models import Lesson, LessonDraft, LessonPlacement, LessonVersion, MediaFile
from carbonlearn.core.errors import DomainError
from carbonlearn.core.permissions import Actor, Role
from carbonlearn.infra import vault
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import unit_of_work
from tests.factories.enrolment import load_catalogue
from tests.factories.lessons import BODY, a_draft, a_media_file, a_published, an_author, whole
from tests.factories.people import make_user, sign_in
from tests.support import media

SLUG = "boundary-in-three-steps"


@pytest.fixture
def wen(db: SQLAlchemy, clock: SettableClock) -> Actor:
    return an_author(clock.now(), "温知行")


@pytest.fixture
def liu(db: SQLAlchemy, clock: SettableClock) -> Actor:
    return an_author(clock.now(), "柳青")


def code_of(act: Callable[[], Any]) -> str:
    with pytest.raises(DomainError) as refused, unit_of_work():
        act()
    return refused.value.code


def actions(db: SQLAlchemy) -> list[str]:
    acts = db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.seq))
    return [act for act in acts if act.startswith("lesson:")]


# ------------------------------------------------------------------------------------------------- writing


def test_two_authors_never_overwrite_each_other_unseen(
    db: SQLAlchemy, clock: SettableClock, wen: Actor, liu: Actor
) -> None:
    now = clock.now()
    with unit_of_work():
        draft = services.drafts.begin(SLUG, "article", "边界", actor=wen, now=now)
    with unit_of_work():
        services.drafts.save(draft.id, whole(title="温的标题"), 1, actor=wen, now=now)

    def overwrite(**seen: int) -> LessonDraft:
        return services.drafts.save(draft.id, whole(title="柳的标题"), 1, actor=liu, now=now, **seen)

    assert code_of(overwrite) == "LESSON_DRAFT_CHANGED"
    assert queries.draft(draft.id).content["title"] == "温的标题"
    with unit_of_work():
        overwrite(replaces=2)
    kept = queries.draft(draft.id)
    assert (kept.content["title"], kept.revision, set(kept.writers)) == (
        "柳的标题",
        3,
        {wen.user_id, liu.user_id},
    )
    assert code_of(lambda: overwrite(replaces=2)) == "LESSON_DRAFT_CHANGED"
    assert actions(db) == ["lesson:draft", "lesson:write", "lesson:write"]


def test_saving_what_is_there_already_makes_no_revision(
    db: SQLAlchemy, clock: SettableClock, wen: Actor
) -> None:
    draft = a_draft(SLUG, whole(), wen, clock.now())
    with unit_of_work():
        services.drafts.save(draft.id, whole(), 2, actor=wen, now=clock.now())
    assert (queries.draft(draft.id).revision, queries.draft(draft.id).state) == (2, "submitted")


def test_who_wrote_any_of_it_does_not_publish_it(
    db: SQLAlchemy, clock: SettableClock, wen: Actor, liu: Actor
) -> None:
    now = clock.now()
    draft = a_draft(SLUG, whole(), wen, now)
    assert code_of(lambda: services.publish(draft.id, 2, None, actor=wen, now=now)) == "LESSON_OWN_DRAFT"
    with unit_of_work():
        services.drafts.save(draft.id, whole(title="柳改过的"), 2, actor=liu, now=now)
        services.drafts.submit(draft.id, 3, actor=wen, now=now)
    assert code_of(lambda: services.publish(draft.id, 3, None, actor=liu, now=now)) == "LESSON_OWN_DRAFT"
    chief = an_author(now, "第三人")
    with unit_of_work():
        version = services.publish(draft.id, 3, None, actor=chief, now=now)
    assert version.number == 1 and set(version.writers or []) == {wen.user_id, liu.user_id}
    assert db.session.scalar(select(func.count()).select_from(LessonDraft)) == 0
    assert actions(db)[-1] == "lesson:publish"


def test_a_draft_that_was_changed_or_not_submitted_is_not_published(
    db: SQLAlchemy, clock: SettableClock, wen: Actor, liu: Actor
) -> None:
    now = clock.now()
    draft = a_draft(SLUG, whole(), wen, now)
    assert code_of(lambda: services.publish(draft.id, 1, None, actor=liu, now=now)) == "LESSON_DRAFT_CHANGED"
    with unit_of_work():
        services.drafts.send_back(draft.id, 2, "来源不够", actor=liu, now=now)
    assert queries.draft(draft.id).note == "来源不够"
    assert code_of(lambda: services.publish(draft.id, 2, None, actor=liu, now=now)) == "LESSON_NOT_SUBMITTED"


@pytest.mark.parametrize(
    ("over", "code"),
    [
        ({"title": "一"}, "LESSON_TITLE"),
        ({"en": ""}, "LESSON_EN"),
        ({"summary": "短"}, "LESSON_SUMMARY"),
        ({"sources": []}, "LESSON_SOURCES"),
        ({"competence": ["accounting/9/1.1.1-skills"]}, "LESSON_COMPETENCE"),
        ({"review_by": "明年"}, "LESSON_REVIEW_BY"),
        ({"body": "没有小标题。"}, "LESSON_BODY"),
        ({"body": "## 1 空\n"}, "LESSON_EMPTY"),
        ({"stated": ["很久"]}, "LESSON_STATED"),
        ({"body": BODY + "![图](https://elsewhere.cn/a.png)\n"}, "LESSON_FIGURE"),
        ({"body": BODY + "![图](/media/" + "0" * 26 + "/file)\n"}, "LESSON_FIGURE"),
    ],
)
def test_what_is_missing_is_named(
    over: dict[str, Any], code: str, db: SQLAlchemy, clock: SettableClock, wen: Actor
) -> None:
    assert [found for _field, found in services.drafts.faults_of(whole() | over)] == [code]


def test_every_shipped_lesson_could_be_published_as_it_is(db: SQLAlchemy, clock: SettableClock) -> None:
    load_catalogue(clock.now(), "demonstration", lessons=True)
    contents = db.session.scalars(select(LessonVersion.source)).all()
    assert len(contents) == 19
    assert [fault for content in contents for fault in services.drafts.faults_of(content)] == []


# -------------------------------------------------------------------------------------- versions and time


def test_which_version_holds_follows_from_time_and_the_sweep_only_folds_it(
    db: SQLAlchemy, clock: SettableClock, wen: Actor, liu: Actor
) -> None:
    now = clock.now()
    first = a_published(SLUG, whole(), wen, liu, now)
    later = now + timedelta(days=3)
    second = a_published(SLUG, whole(title="新的标题", body=BODY * 2), wen, liu, now, later)
    assert queries.lesson_by_slug(SLUG, now)[1].id == queries.lesson_by_slug(SLUG)[1].id == first.id
    assert jobs.turn_lessons(later - timedelta(seconds=1)) == 0
    assert queries.lesson_by_slug(SLUG, later)[1].id == second.id, "true before any sweep"
    assert (jobs.turn_lessons(later), jobs.turn_lessons(later)) == (1, 0)
    lesson, version = queries.lesson_by_slug(SLUG)
    assert (version.id, lesson.title, lesson.length_ms) == (second.id, "新的标题", second.length_ms)


def test_a_version_published_since_is_not_displaced_by_one_announced_before(
    db: SQLAlchemy, clock: SettableClock, wen: Actor, liu: Actor
) -> None:
    now = clock.now()
    a_published(SLUG, whole(), wen, liu, now)
    a_published(SLUG, whole(title="预告的一版"), wen, liu, now, now + timedelta(days=3))
    third = a_published(SLUG, whole(title="马上生效的一版"), wen, liu, now)
    assert jobs.turn_lessons(now + timedelta(days=4)) == 0
    assert queries.lesson_by_slug(SLUG, now + timedelta(days=4))[1].id == third.id


def test_a_day_that_is_over_is_refused(db: SQLAlchemy, clock: SettableClock, wen: Actor, liu: Actor) -> None:
    now = clock.now()
    draft = a_draft(SLUG, whole(), wen, now)
    past = now - timedelta(seconds=1)
    assert code_of(lambda: services.publish(draft.id, 2, past, actor=liu, now=now)) == "LESSON_DAY_OVER"


def test_a_file_lesson_edited_at_the_desk_is_not_undone_by_loading_the_files_again(
    db: SQLAlchemy, clock: SettableClock, wen: Actor, liu: Actor
) -> None:
    now = clock.now()
    load_catalogue(now, "demonstration", lessons=True)
    with unit_of_work():
        draft = services.drafts.revise("acc-01-role", actor=wen, now=now)
        content = dict(draft.content) | {"title": "在编辑器里改过"}
        services.drafts.save(draft.id, content, 1, actor=wen, now=now)
        services.drafts.submit(draft.id, 2, actor=wen, now=now)
    with unit_of_work():
        services.publish(draft.id, 2, None, actor=liu, now=now)
        row = queries.placements_of(queries.desk_lesson("acc-01-role").id)[0]
        services.placements.take_out(row.id, actor=wen, now=now)
    load_catalogue(now, "demonstration", lessons=True)
    lesson, version = queries.lesson_by_slug("acc-01-role")
    assert (lesson.title, version.number) == ("在编辑器里改过", 2)
    assert "acc-01-role" not in {row.slug for row in queries.lesson_rows("demonstration")}


# ---------------------------------------------------------------------------------------------- other kinds


def test_a_film_gets_its_length_qualities_and_captions_from_the_files(
    db: SQLAlchemy, clock: SettableClock, wen: Actor, liu: Actor
) -> None:
    now = clock.now()
    small = a_media_file(media.film("webm", 3, (320, 240)), wen, now)
    large = a_media_file(media.film("mp4", 3, (640, 480)), wen, now)
    words = a_media_file(media.captions(3), wen, now)
    chosen = {"sources": [small.id, large.id], "captions": {"zh": words.id}, "poster": ""}
    version = a_published(SLUG, whole("video", media=chosen, body=""), wen, liu, now)
    assert version.media == {
        "sources": [
            {"label": "480p", "type": "video/mp4", "media": large.id},
            {"label": "240p", "type": "video/webm", "media": small.id},
        ],
        "seconds": 3,
        "poster": None,
        "captions": [{"lang": "zh", "label": "中文", "media": words.id}],
    }
    assert version.length_ms == 3_000 and len(version.outline) == 1
    assert set(queries.showing_lessons(large.id)) == {version.lesson_id}
    assert code_of(lambda: services.media.remove(large.id, actor=wen, now=now)) == "MEDIA_IN_USE"


def test_two_recordings_of_different_length_are_not_one_film(
    db: SQLAlchemy, clock: SettableClock, wen: Actor
) -> None:
    now = clock.now()
    three, six = (a_media_file(media.tone("mp3", seconds), wen, now) for seconds in (3, 6))
    content = whole("audio", media={"sources": [three.id, six.id]})
    assert services.drafts.faults_of(content) == [("source_1", "LESSON_QUALITIES")]
    assert services.drafts.faults_of(whole("audio", media={"sources": [six.id]}, body="")) == [
        ("body", "LESSON_TRANSCRIPT")
    ]
    assert services.drafts.faults_of(whole("video", media={"sources": [six.id]}))[0] == (
        "source_1",
        "LESSON_RECORDING",
    )


def test_slides_take_as_long_as_their_words_and_what_is_stated_and_never_less_than_twenty_seconds(
    db: SQLAlchemy, clock: SettableClock, wen: Actor, liu: Actor
) -> None:
    now = clock.now()
    deck = a_media_file(media.deck(2, "字" * 100), wen, now)
    content = whole("slides", media={"pdf": deck.id}, stated=["第2页 60秒"], body="")
    version = a_published(SLUG, content, wen, liu, now)
    assert [part["to_ms"] - part["from_ms"] for part in version.outline] == [20_400, 80_400]
    assert [part["anchor"] for part in version.outline] == ["page-1", "page-2"]
    shown = version.media["pages"]
    assert [page["width"] for page in shown] == [1280, 1280] and shown[0]["text"].startswith("第 1 页\n字字")
    assert queries.showing_lessons(shown[1]["media"]) == [version.lesson_id]
    short = a_media_file(media.deck(1, "短"), wen, now)
    brief = a_published("brief", whole("slides", media={"pdf": short.id}, body=""), wen, liu, now)
    assert brief.length_ms == 20_000


def test_the_same_file_is_recorded_once_and_goes_when_nobody_shows_it(
    db: SQLAlchemy, clock: SettableClock, wen: Actor
) -> None:
    now = clock.now()
    deck = media.deck(2)
    first, again = a_media_file(deck, wen, now), a_media_file(deck, wen, now)
    assert first.id == again.id
    keys = set(db.session.scalars(select(MediaFile.sha256)))
    assert len(keys) == 3 and all(vault.media().exists(key) for key in keys)
    with unit_of_work():
        gone = services.media.remove(first.id, actor=wen, now=now)
    services.media.forget(gone)
    assert set(gone) == keys and not any(vault.media().exists(key) for key in keys)
    assert db.session.scalar(select(func.count()).select_from(MediaFile)) == 0


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\第一讲.mp4", "第一讲.mp4"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie: x.pdf"),
        ("\u202efdp.exe", "fdp.exe"),
        ("\x00.mp4", "mp4"),
        ("...", "file"),
        ("", "file"),
        ("长" * 300, "长" * 120),
    ],
)
def test_a_files_name_is_only_a_name(raw: str, clean: str) -> None:
    assert services.media.clean_name(raw) == clean


# ----------------------------------------------------------------------------------------------- placements


def test_lessons_are_put_in_order_taken_out_and_opened_to_everybody(
    db: SQLAlchemy, clock: SettableClock, wen: Actor, liu: Actor
) -> None:
    now, course = clock.now(), "acc-01-role"
    load_catalogue(now, "demonstration", lessons=True)
    a_published(SLUG, whole(), wen, liu, now)

    def order() -> list[str]:
        return [row.slug for row in queries.lesson_rows("demonstration") if row.course_slug == course]

    with unit_of_work():
        added = services.placements.place("demonstration", course, SLUG, actor=wen, now=now)
    assert order() == [course, SLUG]
    with unit_of_work():
        services.placements.move(added.id, "up", actor=wen, now=now)
        services.placements.move(added.id, "up", actor=wen, now=now)
        services.placements.set_trial(added.id, True, actor=wen, now=now)
    assert order() == [SLUG, course]
    assert SLUG in {row.slug for row in queries.lesson_rows("demonstration") if row.trial}
    with unit_of_work():
        services.placements.take_out(added.id, actor=wen, now=now)
    assert order() == [course]
    assert db.session.get(LessonPlacement, added.id) is not None
    with unit_of_work():
        services.placements.place("demonstration", course, SLUG, actor=wen, now=now)
    assert order() == [course, SLUG]
    assert (
        code_of(lambda: services.placements.place("demonstration", "no-course", SLUG, actor=wen, now=now))
        == "COURSE_UNKNOWN"
    )
    assert actions(db)[-6:] == [
        "lesson:place", "lesson:move", "lesson:move", "lesson:trial", "lesson:take_out", "lesson:place",
    ]  # fmt: skip


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
