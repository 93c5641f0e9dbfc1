"""Lesson files: Markdown with front matter becomes sanitised HTML, an outline with honest lengths, and a place in the courses."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from sqlalchemy import select

from carbonlearn.audit.services import record
from carbonlearn.catalogue import queries
from carbonlearn.catalogue.models import (
    Lesson,
    LessonMedia,
    LessonPlacement,
    LessonVersion,
    ProgrammeVersion,
)
from carbonlearn.catalogue.rules.lesson import SLIDES, Content, Media, media_ids, outline, shown_media
from carbonlearn.catalogue.rules.programme import course_slugs
from carbonlearn.catalogue.services.decks import Deck, enter_deck, read_deck
from carbonlearn.catalogue.services.turning import newest_number, turn
from carbonlearn.core import yaml_text
from carbonlearn.core.errors import Invalid
from carbonlearn.infra.db import db

FRONT_MATTER = re.compile(r"---\n(.*?)\n---\n(.*)\Z", re.DOTALL)
DECKS = "slides"  # the folder of decks, in the folder of lesson files
RENDERING = "1"  # raised when the way of rendering changes, so that every lesson gets a new version
TAGS = {
    "h2", "h3", "p", "ul", "ol", "li", "strong", "em", "code", "pre", "blockquote", "br", "hr", "a", "img", "figure",
    "div", "table", "thead", "tbody", "tr", "th", "td", "sub", "sup",
}  # fmt: skip
ATTRIBUTES = {
    "h2": {"id"},
    "a": {"href"},
    "img": {"src", "alt", "loading", "decoding"},
    "div": {"tabindex"},
    "th": {"scope"},
}


@dataclass(frozen=True, slots=True)
class LoadedLesson:
    """What loading a lesson came to. ``length_ms`` is what it takes to study it."""

    slug: str
    version_number: int
    is_new: bool
    length_ms: int


@dataclass(frozen=True, slots=True)
class LessonFile:
    """A lesson file taken apart: its front matter, its Markdown, the deck that it shows, and the hash of all."""

    head: Mapping[str, Any]
    body: str
    sha256: str
    deck: Deck | None = None


def load_lessons(folder: Path, now: datetime, actor_id: str | None = None) -> list[LoadedLesson]:
    """Load every lesson of a folder and place it in each loaded programme that lists its course.

    Running it again changes nothing but what a file changed. Raises Invalid naming the file for one that cannot be read.
    """
    loaded, placements = [], _courses_by_programme()
    for path in sorted(folder.glob("*.md")):
        file = read_lesson(path)
        lesson, version, is_new = _keep(file, now, actor_id)
        _place(lesson, str(file.head["course"]), placements, trial=bool(file.head.get("trial")))
        loaded.append(LoadedLesson(lesson.slug, version.number, is_new, version.length_ms))
    db.session.flush()
    return loaded


def read_lesson(path: Path) -> LessonFile:
    """Take a lesson file apart. Raises Invalid when it has no front matter, or no such deck as it names."""
    text = path.read_text(encoding="utf-8")
    found = FRONT_MATTER.match(text)
    if found is None:
        raise Invalid("LESSON_FAULTY", file=path.name, rule="no front matter")
    head = yaml_text.read(found[1])
    deck = _deck_of(path, head)
    sha256 = hashlib.sha256((RENDERING + text + (deck.sha256 if deck else "")).encode()).hexdigest()
    return LessonFile(head, found[2], sha256, deck)


def _deck_of(path: Path, head: Mapping[str, Any]) -> Deck | None:
    """The deck that a lesson of slides names (``slides: name``), from the folder beside the lesson files; other lessons name none."""
    name = head.get("slides")
    if (name is not None) != (head["kind"] == SLIDES):
        raise Invalid("LESSON_FAULTY", file=path.name, rule="slides: is what a lesson of kind slides has")
    try:
        return None if name is None else read_deck(path.parent / DECKS, str(name))
    except ValueError as error:
        raise Invalid("LESSON_FAULTY", file=path.name, rule=str(error)) from error


def render(body: str) -> str:
    """Markdown as sanitised HTML: each ``## `` heading carries the id of its outline entry, wide tables scroll in a box."""
    html = _markdown().render(body)
    html = html.replace("<table>", '<div class="table-box" tabindex="0"><table>')
    html = html.replace("</table>", "</table></div>").replace("<th>", '<th scope="col">')
    html = html.replace("<img ", '<img loading="lazy" decoding="async" ')
    return nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        allowed_classes={"div": {"table-box"}},
        url_schemes={"https"},
        link_rel=None,
    )


def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    markdown.core.ruler.push("fitting_tokens", _fit_page)
    return markdown


def _fit_page(state: Any) -> None:
    """Number the outline's headings, and drop the style attributes of aligned columns, which the page's policy refuses."""
    tokens: list[Token] = state.tokens
    number = 0
    for token in tokens:
        token.attrs.pop("style", None)
        if token.type == "heading_open" and token.tag == "h2":
            number += 1
            token.attrs["id"] = f"part-{number}"


def content_of(file: LessonFile) -> Content:
    """A lesson file as the desk's editor knows it. The file of a deck is told when the deck has been taken in."""
    head = file.head
    return {
        "kind": head["kind"], "title": head["title"], "en": head["en"], "summary": head["summary"], "body": file.body,
        "media": {"shipped": dict(head["video"])} if head["video"] else {},
        "sources": list(head["sources"]), "facts": list(head["facts"]), "competence": list(head["competence"]),
        "stated": list(head["extra_for"]), "review_by": _iso(head["review_by"]),
    }  # fmt: skip


def _keep(file: LessonFile, now: datetime, actor_id: str | None) -> tuple[Lesson, LessonVersion, bool]:
    """A new version, unless some version of the lesson has this text already: so what the desk published since stays."""
    head = file.head
    lesson = db.session.scalar(select(Lesson).where(Lesson.slug == head["slug"]))
    if lesson is None:
        lesson = Lesson(slug=head["slug"], kind=head["kind"], title=head["title"], en=head["en"], length_ms=0)
        db.session.add(lesson)
        db.session.flush()
    known = _version_with(lesson, file.sha256)
    if known is not None:
        return lesson, known, False
    version = _version(file, lesson, newest_number(lesson.id) + 1, now)
    turn(lesson, now)
    facts = {"version": version.number, "sha256": file.sha256, "length_ms": version.length_ms}
    source = "desk" if actor_id else "job"
    record("lesson:publish", ("lesson", lesson.id), now=now, actor_id=actor_id, source=source, facts=facts)
    return lesson, version, True


def _version_with(lesson: Lesson, sha256: str) -> LessonVersion | None:
    return db.session.scalar(
        select(LessonVersion)
        .where(LessonVersion.lesson_id == lesson.id, LessonVersion.sha256 == sha256)
        .order_by(LessonVersion.number.desc())
        .limit(1)
    )


def _version(file: LessonFile, lesson: Lesson, number: int, now: datetime) -> LessonVersion:
    head, content = file.head, content_of(file)
    if file.deck is not None:
        content["media"] = {"pdf": enter_deck(file.deck, now).id}
    media = queries.facts_of(media_ids(content))
    try:
        parts = outline(content, media)
    except ValueError as error:
        raise Invalid("LESSON_FAULTY", file=str(head["slug"]), rule=str(error)) from error
    version = LessonVersion(
        lesson_id=lesson.id,
        number=number,
        sha256=file.sha256,
        summary=head["summary"],
        html=render(file.body),
        outline=[asdict(part) for part in parts],
        media=shown_media(content, media),
        meta=meta_of({**head, "review_by": _iso(head["review_by"])}),
        length_ms=parts[-1].to_ms,
        source=content,
        published_at=now,
        effective_from=now,
    )
    db.session.add(version)
    db.session.flush()
    show(version, media)
    return version


def show(version: LessonVersion, media: Media) -> None:
    """Note which files a version shows, pages of decks among them: who may study the lesson may fetch those."""
    pages = [page.id for fact in media.values() for page in fact.pages]
    db.session.add_all(LessonMedia(version_id=version.id, media_id=one) for one in {*media, *pages})


def meta_of(head: Mapping[str, Any]) -> dict[str, Any]:
    """What a version says of itself beside its text; ``head`` is a file's front matter or a draft's content."""
    stated = head["extra_for"] if "extra_for" in head else head["stated"]
    lists = {name: list(head[name]) for name in ("sources", "facts", "competence")}
    return lists | {"extra_for": list(stated), "review_by": head["review_by"]}


def _iso(value: date | str) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _courses_by_programme() -> dict[str, set[str]]:
    """The course slugs of every loaded programme, by its newest version."""
    versions = db.session.scalars(select(ProgrammeVersion).order_by(ProgrammeVersion.number))
    return {version.programme_key: course_slugs(version.data) for version in versions}


def _place(lesson: Lesson, course: str, placements: Mapping[str, set[str]], trial: bool) -> None:
    """Put the lesson into the course, in each programme that teaches it; a lesson that moved leaves its old course.

    ``trial`` opens it to everybody where it is placed for the first time. Where the desk has placed it or
    taken it out, the desk's word stands.
    """
    standing: dict[str, list[LessonPlacement]] = defaultdict(list)
    for row in db.session.scalars(select(LessonPlacement).where(LessonPlacement.lesson_id == lesson.id)):
        standing[row.programme_key].append(row)
    for programme_key, courses in placements.items():
        there = standing[programme_key]
        if any(row.removed_at is not None or row.meta.get("desk") for row in there):
            continue
        for row in there:
            if row.course_slug != course:
                db.session.delete(row)
        if course in courses and all(row.course_slug != course for row in there):
            db.session.add(
                LessonPlacement(
                    programme_key=programme_key,
                    course_slug=course,
                    lesson_id=lesson.id,
                    meta={"trial": trial},
                )
            )
