"""A draft as its learners will see it: the lesson's own page, in a frame of the editor, with nothing to credit."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict
from types import SimpleNamespace
from typing import Any

from flask import Blueprint, g, render_template

from carbonlearn.catalogue import queries, services
from carbonlearn.catalogue.models import LessonDraft, LessonVersion
from carbonlearn.catalogue.rules.lesson import media_ids, outline, shown_media
from carbonlearn.catalogue.rules.outline import Part
from carbonlearn.catalogue.rules.programme import ProgrammeRules
from carbonlearn.core.permissions import Permission
from carbonlearn.study.presentation import recording_of, slides_of
from carbonlearn.study.queries import parts_of
from carbonlearn.web import security
from carbonlearn.web.guard import requires

bp = Blueprint("lesson_preview", __name__)


@bp.get("/desk/lessons/drafts/<draft_id>/preview")
@requires(Permission.LESSON_READ)
def show(draft_id: str) -> str:
    """The page of the lesson with the text of the draft."""
    security.shown_in_own_page()
    draft = queries.draft(draft_id)
    version = _version(draft)
    kind = draft.content["kind"]
    return render_template(
        "study/preview.html",
        place=_place(draft, version),
        parts=parts_of(version, []),
        credited_ms=0,
        complete=False,
        recording=recording_of(kind, version.media),
        slides=slides_of(version) if kind == "slides" and version.media else (),
        large=False,
    )


def _version(draft: LessonDraft) -> LessonVersion:
    """What the draft would become; it is never stored."""
    content = draft.content
    facts = queries.facts_of(media_ids(content))
    parts: tuple[Part, ...] = ()
    media: dict[str, Any] = {}
    with suppress(
        ValueError, KeyError
    ):  # there may be no length to tell yet; the text can be read all the same
        parts, media = outline(content, facts), shown_media(content, facts)
    return LessonVersion(
        html=services.render(content["body"]),
        outline=[asdict(part) for part in parts],
        media=media,
        meta={"sources": content["sources"], "review_by": content["review_by"]},
        length_ms=parts[-1].to_ms if parts else 0,
        summary=content["summary"],
    )


def _place(draft: LessonDraft, version: LessonVersion) -> SimpleNamespace:
    """Where a learner would stand, with no enrolment that anything could be credited to."""
    content = draft.content
    return SimpleNamespace(
        lesson=SimpleNamespace(
            title=content["title"], en=content["en"], kind=content["kind"], slug=draft.slug
        ),
        course=SimpleNamespace(title="", en="", slug="-"),
        enrolment=SimpleNamespace(id=""),
        rules=_rules(draft),
        version=version,
        access_open=True,
    )


def _rules(draft: LessonDraft) -> ProgrammeRules | None:
    """The rules of a programme that teaches the lesson, else of any: the page tells a few of them."""
    keys = [row.programme_key for row in queries.placements_of(draft.lesson_id or "")]
    keys += [one.key for one in queries.programmes()]
    return queries.current_rules(keys[0], g.now) if keys else None
