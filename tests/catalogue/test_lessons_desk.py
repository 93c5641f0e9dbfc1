from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import func, select

from carbonlearn.audit.models import AuditEntry
from carbonlearn.catalogue import jobs, queries, services
from carbonlearn.catalogue.models import LessonDraft, LessonPlacement, LessonVersion, MediaFile
from carbonlearn.catalogue.queries import FOLDER
from carbonlearn.core.errors import DomainError
from carbonlearn.core.permissions import Actor
from carbonlearn.infra import vault
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import unit_of_work
from tests.factories.enrolment import load_catalogue
from tests.factories.lessons import BODY, a_draft, a_media_file, a_published, an_author, whole
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

    def overwrite(title: str = "柳的标题", **seen: int) -> LessonDraft:
        return services.drafts.save(draft.id, whole(title=title), 1, actor=liu, now=now, **seen)

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
    assert code_of(lambda: overwrite("柳的另一个标题", replaces=2)) == "LESSON_DRAFT_CHANGED"
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
        ({"competence": ["accounting/9/1.1.1-skills"]}, "LESSON_COMPETENCE_UNKNOWN"),
        ({"competence": []}, "LESSON_COMPETENCE"),
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
    assert len(contents) == len(list((FOLDER / "content" / "lessons").glob("*.md"))) >= 19
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

    shipped = order()
    with unit_of_work():
        added = services.placements.place("demonstration", course, SLUG, actor=wen, now=now)
    assert order() == [*shipped, SLUG]
    with unit_of_work():
        services.placements.move(added.id, "up", actor=wen, now=now)
        services.placements.move(added.id, "up", actor=wen, now=now)
        services.placements.set_trial(added.id, True, actor=wen, now=now)
    assert order() == [SLUG, *shipped]
    assert SLUG in {row.slug for row in queries.lesson_rows("demonstration") if row.trial}
    with unit_of_work():
        services.placements.take_out(added.id, actor=wen, now=now)
    assert order() == shipped
    assert db.session.get(LessonPlacement, added.id) is not None
    with unit_of_work():
        services.placements.place("demonstration", course, SLUG, actor=wen, now=now)
    assert order() == [*shipped, SLUG]
    assert (
        code_of(lambda: services.placements.place("demonstration", "no-course", SLUG, actor=wen, now=now))
        == "COURSE_UNKNOWN"
    )
    assert actions(db)[-6:] == [
        "lesson:place", "lesson:move", "lesson:move", "lesson:trial", "lesson:take_out", "lesson:place",
    ]  # fmt: skip
