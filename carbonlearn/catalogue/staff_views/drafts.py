"""One draft: writing it with the server's word on lengths and faults beside it, seeing it as a learner will, and its publication."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, make_response, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from carbonlearn.catalogue import forms, queries, services
from carbonlearn.catalogue.models import LessonDraft
from carbonlearn.catalogue.rules.difference import Written, difference
from carbonlearn.catalogue.rules.lesson import (
    AUDIO,
    SLIDES,
    VIDEO,
    Content,
    may_publish,
    media_ids,
    outline,
)
from carbonlearn.catalogue.rules.outline import Part
from carbonlearn.core.errors import Conflict, DomainError, Invalid, NotFound, Refused
from carbonlearn.core.permissions import Permission
from carbonlearn.infra.db import unit_of_work
from carbonlearn.web import htmx, messages, security
from carbonlearn.web.guard import requires

bp = Blueprint("lesson_drafts", __name__, url_prefix="/desk/lessons/drafts")
PICKED = {VIDEO: ("video", "image", "captions"), AUDIO: ("audio",), SLIDES: ("pdf",)}


@bp.get("/<draft_id>")
@requires(Permission.LESSON_READ)
def show(draft_id: str) -> Response:
    """The draft; an old link to one that was published since leads to its lesson."""
    try:
        return _page(queries.draft(draft_id))
    except NotFound:
        slug = queries.slug_of_past_draft(draft_id)
        if slug is None:
            raise
        return htmx.go(url_for("lessons_desk.show", slug=slug))


def _page(
    draft: LessonDraft,
    content: Content | None = None,
    fault: DomainError | None = None,
    revision: int | None = None,
) -> Response:
    """The editor with the draft, or with what was typed when that could not be kept."""
    security.shows_own_pages()
    return htmx.render(
        "catalogue/desk_draft.html",
        status=messages_status(fault),
        **_state(draft, content or draft.content, revision),
        choices=_choices(content or draft.content),
        competence=queries.competence_points(),
        lesson=queries.desk_lesson(draft.slug) if draft.lesson_id else None,
        judged=_judged(draft) if _is_judge(draft) else None,
        fault=messages.message(fault.code, fault.facts) if fault else None,
        fault_code=fault.code if fault else None,
        typed=request.form,
    )


def _is_judge(draft: LessonDraft) -> bool:
    """Whether the draft is read here rather than written: by whoever is to publish it, and by all who only read."""
    submitted = draft.state == services.drafts.SUBMITTED and g.actor.may(Permission.LESSON_PUBLISH)
    return submitted or not g.actor.may(Permission.LESSON_DRAFT)


def _judged(draft: LessonDraft) -> dict[str, Any]:
    """The text of the draft and what it changes of the version that holds (or is announced); ``before`` is None for a first one."""
    before = queries.version_in_view(queries.desk_lesson(draft.slug)) if draft.lesson_id else None
    html = services.render(draft.content["body"])
    changes = difference(
        Written(before.source, before.html) if before else None, Written(draft.content, html)
    )
    return {"before": before, "changes": changes, "html": html}


def messages_status(fault: DomainError | None) -> int:
    """The status of a page that tells of a refusal."""
    kinds = ((Conflict, 409), (Refused, 403))
    return 200 if fault is None else next((status for kind, status in kinds if isinstance(fault, kind)), 422)


def _state(draft: LessonDraft, content: Content, revision: int | None = None) -> dict[str, Any]:
    """What stands beside the text: revision, who saved last, the parts with their lengths, what is missing."""
    facts = queries.facts_of(media_ids(content))
    names = queries.names_of({draft.updated_by, *draft.writers})
    return {
        "draft": draft,
        "content": content,
        "revision": draft.revision if revision is None else revision,
        "parts": _parts(content, facts),
        "missing": [
            (field, messages.message(code, services.drafts.facts_of_fault(code, content)))
            for field, code in services.drafts.faults_of(content)
        ],
        "saved_by": names.get(draft.updated_by, ""),
        "writers": [names.get(one, "") for one in draft.writers],
        "may_publish": may_publish(draft.writers, g.actor.user_id),
    }


def _parts(content: Content, facts: Any) -> tuple[Part, ...]:
    try:
        return outline(content, facts)
    except (ValueError, KeyError):
        return ()


def _choices(content: Content) -> dict[str, list[Any]]:
    """The files that may be chosen, by kind."""
    kinds = PICKED.get(content["kind"], ())
    return {kind: queries.pickable([kind], media_ids(content)) for kind in kinds}


@bp.post("/<draft_id>")
@requires(Permission.LESSON_DRAFT)
def save(draft_id: str) -> Response:
    """Keep what was typed, asked for by hand. What cannot be kept stays on the page."""
    draft = queries.draft(draft_id)
    content = forms.read_content(request.form, draft.content)
    try:
        _save(draft_id, content)
    except Conflict as error:
        return _page(queries.draft(draft_id), content, error, forms.number_of(request.form, "revision"))
    flash(_("草稿已存。"), "ok")
    return htmx.go(url_for("lesson_drafts.show", draft_id=draft_id))


def _save(draft_id: str, content: Content) -> None:
    with unit_of_work():
        services.drafts.save(
            draft_id,
            content,
            forms.number_of(request.form, "revision"),
            replaces=forms.number_of(request.form, "replaces"),
            actor=g.actor,
            now=g.now,
        )


@bp.post("/<draft_id>/autosave")
@requires(Permission.LESSON_DRAFT)
def autosave(draft_id: str) -> Response:
    """Keep what was typed while it is typed; the answer is the state beside the text."""
    draft = queries.draft(draft_id)
    content, revision, fault = draft.content, None, None
    try:
        content = forms.read_content(request.form, draft.content)
        _save(draft_id, content)
    except (Conflict, Invalid) as error:
        revision, fault = forms.number_of(request.form, "revision"), error
    state = _state(queries.draft(draft_id), content, revision)
    words = messages.message(fault.code, fault.facts) if fault else None
    page = render_template(
        "catalogue/_draft_state.html", **state, fault=words, fault_code=fault.code if fault else None
    )
    return make_response(page, messages_status(fault))


@bp.post("/<draft_id>/media-fields")
@requires(Permission.LESSON_DRAFT)
def media_fields(draft_id: str) -> str:
    """The media fields anew with what is typed, and the file that was just uploaded in the first fitting place. Stores nothing."""
    draft = queries.draft(draft_id)
    content = forms.read_content(request.form, draft.content)
    added = request.form.get("added", "")
    if added:
        content = _with_added(content, added)
    return render_template(
        "catalogue/_media_fields.html", draft=draft, content=content, choices=_choices(content)
    )


def _with_added(content: Content, added: str) -> Content:
    row, media = queries.media_file(added), dict(content["media"])
    if row.kind in ("video", "audio") and row.kind == content["kind"]:
        media = {name: value for name, value in media.items() if name != "shipped"}
        media["sources"] = list(dict.fromkeys([*media.get("sources", []), added]))[: len(forms.SOURCES)]
    elif row.kind == "pdf" and content["kind"] == SLIDES:
        media["pdf"] = added
    elif row.kind == "captions" and content["kind"] == VIDEO:
        captions = media.get("captions", {})
        media["captions"] = captions | {("en" if captions.get("zh") else "zh"): added}
    elif row.kind == "image" and content["kind"] == VIDEO and not media.get("poster"):
        media["poster"] = added
    return {**content, "media": media}


@bp.post("/<draft_id>/submission")
@requires(Permission.LESSON_DRAFT)
def submit(draft_id: str) -> Response:
    """Ask another person to publish what was typed: it is kept first, and stays kept when something is missing."""
    done = _("已送审，等另一位来发布。")
    if "body" not in request.form:  # nothing typed comes with it: what is kept is meant
        return _act(draft_id, done, services.drafts.submit)
    content = forms.read_content(request.form, queries.draft(draft_id).content)
    try:
        _save(draft_id, content)
    except Conflict as error:
        return _page(queries.draft(draft_id), content, error, forms.number_of(request.form, "revision"))
    return _act(draft_id, done, services.drafts.submit, revision=queries.draft(draft_id).revision)


@bp.post("/<draft_id>/return")
@requires(Permission.LESSON_PUBLISH)
def send_back(draft_id: str) -> Response:
    note = request.form.get("note", "").strip()[:300]
    return _act(draft_id, _("已退回给写稿的人。"), services.drafts.send_back, note)


@bp.post("/<draft_id>/discard")
@requires(Permission.LESSON_DRAFT)
def discard(draft_id: str) -> Response:
    slug = queries.draft(draft_id).slug
    return _act(
        draft_id, _("草稿 %(slug)s 已作废，在用的版本不变。", slug=slug), services.drafts.discard, leave=True
    )


@bp.post("/<draft_id>/publication")
@requires(Permission.LESSON_PUBLISH)
def publish(draft_id: str) -> Response:
    """Make it a version, at once or from the beginning of a day."""
    slug = queries.draft(draft_id).slug
    try:
        effective = forms.beginning_of(request.form.get("effective_from", "").strip())
    except Invalid as error:
        return _page(queries.draft(draft_id), fault=error)
    answer = _act(draft_id, _("已发布。学员已有的学时不变。"), services.publish, effective, leave=True)
    if answer.status_code >= 400:
        return answer
    return htmx.go(url_for("lessons_desk.show", slug=slug))


def _act(
    draft_id: str, done: str, act: Any, *given: Any, leave: bool = False, revision: int | None = None
) -> Response:
    """One of the acts on a draft at the revision that was seen, or at one just kept; a refusal is told on its page."""
    if revision is None:
        forms.only(request.form, "revision", "note", "effective_from")
        revision = forms.number_of(request.form, "revision")
    try:
        with unit_of_work():
            act(draft_id, revision, *given, actor=g.actor, now=g.now)
    except (Conflict, Refused, Invalid) as error:
        return _page(queries.draft(draft_id), fault=error)
    flash(done, "ok")
    return htmx.go(
        url_for("lessons_desk.index") if leave else url_for("lesson_drafts.show", draft_id=draft_id)
    )
