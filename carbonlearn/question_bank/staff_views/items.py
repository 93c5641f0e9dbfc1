"""The desk's item bank: the list, one item with its preview and history, and the editor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from flask import Blueprint, flash, g, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response
from wtforms import Field

from carbonlearn.catalogue import queries as catalogue
from carbonlearn.catalogue.framework import rungs
from carbonlearn.core.errors import Conflict, DomainError
from carbonlearn.core.permissions import Permission
from carbonlearn.infra import rich
from carbonlearn.infra.db import unit_of_work
from carbonlearn.question_bank import queries, services
from carbonlearn.question_bank.forms import ItemForm, values_of
from carbonlearn.question_bank.models import Item
from carbonlearn.question_bank.rules.item import POOLS, PRESENCE, TYPES, clipped, faults
from carbonlearn.question_bank.rules.life import CHECKS, Stage, day_of, may_review
from carbonlearn.question_bank.services import Besides
from carbonlearn.question_bank.staff_views.changed import changed
from carbonlearn.question_bank.staff_views.choices import lesson_choices, track_choices
from carbonlearn.web import htmx, messages
from carbonlearn.web.choices import choices_of, grouped_choices
from carbonlearn.web.guard import requires
from carbonlearn.web.i18n import pick
from carbonlearn.web.paging import PAGE_SIZE, page_of

bp = Blueprint("items", __name__, url_prefix="/desk/items")

FORBIDDEN = 403
FIELD_OF = {"options": "option_a", "rubric": "rubric_1"}
MOST_TICKED = 5
NARROWING = ("pool", "type", "function", "difficulty", "point", "source", "case", "lesson", "status")


@bp.get("")
@requires(Permission.ITEM_READ)
def index() -> str:
    """The bank by pool, track, type, function and state; the address is the state of the view."""
    filters = filters_of(request.args)
    rows = queries.item_rows(filters, request.args.get("after", ""), PAGE_SIZE + 1)
    waiting = queries.Filters(pool=filters.pool, status=Stage.WAITING)
    return render_template(
        "question_bank/index.html",
        page=page_of(rows, lambda row: row.external_id),
        filters=filters,
        address={name: value for name, value in address_of(filters).items() if value},
        total=queries.item_count(filters),
        everything=queries.item_count(queries.Filters(pool=filters.pool)),
        waiting=queries.item_count(waiting),
        due=queries.item_count(queries.Filters(pool=filters.pool, status="due", today=day_of(g.now))),
        types=TYPES,
        pools=POOLS,
        tracks=track_choices(),
        functions=catalogue.functions(),
        narrowed_by=_narrowed_by(filters),
        today=day_of(g.now),
    )


def filters_of(asked: Mapping[str, str]) -> queries.Filters:
    """The filters that the parameters of an address ask for."""
    job_type, _bar, level = asked.get("track", "").partition("|")
    return queries.Filters(
        **{name: asked.get(name, "")[:64] for name in NARROWING},
        job_type=job_type[:32],
        level=level[:16],
        words=asked.get("q", "").strip()[:40],
        author=g.actor.user_id if asked.get("mine") else "",
        today=day_of(g.now),
    )


def address_of(filters: queries.Filters) -> dict[str, str]:
    """The filters as the parameters of an address."""
    track = f"{filters.job_type}|{filters.level}" if filters.job_type else ""
    plain = {name: value for name, value in asdict(filters).items() if name in NARROWING}
    return plain | {"track": track, "q": filters.words, "mine": "1" if filters.author else ""}


def _narrowed_by(filters: queries.Filters) -> str:
    """What a list that was opened from elsewhere is narrowed to, in words."""
    if filters.source:
        return queries.source(filters.source).title
    if filters.case:
        return queries.case(filters.case)[0].external_id
    return filters.point or filters.lesson or (_("我写的") if filters.author else "")


@bp.get("/<item_id>")
@requires(Permission.ITEM_READ)
def show(item_id: str) -> Response:
    _note_look(item_id, "page")
    return item_page(item_id)


def _note_look(item_id: str, place: str, *, refused: bool = False) -> None:
    with unit_of_work():
        services.note_look(item_id, place, actor=g.actor, now=g.now, refused=refused)


@bp.after_request
def note_refused(response: Response) -> Response:
    """Somebody who may not read the bank asked for an item: told so, and noted."""
    item_id = (request.view_args or {}).get("item_id")
    if response.status_code == FORBIDDEN and g.actor is not None and item_id:
        _note_look(item_id, "page" if request.endpoint == "items.show" else "editor", refused=True)
    return response


def item_page(item_id: str, fault: DomainError | None = None) -> Response:
    """One item with its newest text, what waits to be decided, and its history."""
    item, history = queries.item(item_id), queries.history(item_id)
    newest = history[0]
    return htmx.render(
        "question_bank/show.html",
        status=422 if fault else 200,
        item=item,
        history=history,
        newest=newest,
        changed=changed(item, history),
        stage=queries.stage(item, newest.version),
        review_by=queries.review_day_of(newest.version),
        **_due(item, history),
        case_text=queries.case_text(newest.version.case_version_id),
        case_id=queries.case_of_version(newest.version.case_version_id),
        likes=queries.like(newest.version.stem, item.id),
        enemies=queries.enemy_rows(item_id),
        may_review=may_review(queries.writers(newest.version), g.actor.user_id),
        functions=catalogue.functions(),
        checks=CHECKS,
        looks=queries.looks(item_id) if g.actor.may(Permission.ITEM_APPROVE) else [],
        typed=request.form,
        fault=messages.message(fault.code, fault.facts) if fault else None,
    )


def _due(item: Item, history: Sequence[queries.VersionRow]) -> dict[str, Any]:
    """Why an item in use must be looked at again: the day that has passed, and what changed in the documents it cites."""
    today = day_of(g.now)
    live = next((row.version for row in history if row.version.id == item.live_version_id), None)
    if live is None or not queries.is_due(item, today):
        return {"due": False, "due_day": None, "due_changes": []}
    day = queries.review_day_of(live)
    passed = day if day is not None and day < today else None
    return {"due": True, "due_day": passed, "due_changes": queries.changes_under(item.id, today)}


@bp.route("/new", methods=["GET", "POST"])
@requires(Permission.ITEM_DRAFT)
def new() -> Response | str:
    asked = {name: request.args[name] for name in ("pool", "track", "lesson", "case") if name in request.args}
    form = _with_choices(ItemForm(data=asked))
    if not _sound(form):
        return _editor(form, None)
    with unit_of_work():
        item_id = services.draft(form.text(), form.place(), _besides(form), actor=g.actor, now=g.now).id
        _set_apart(item_id, form)
    flash(_("草稿已存，等另一位来审。"), "ok")
    return htmx.go(url_for("items.show", item_id=item_id))


@bp.route("/<item_id>/revision", methods=["GET", "POST"])
@requires(Permission.ITEM_DRAFT)
def revise(item_id: str) -> Response | str:
    if request.method == "GET":
        _note_look(item_id, "editor")
    item, newest = queries.item(item_id), queries.newest_version(item_id)
    values = values_of(item, newest) | {
        "case": queries.case_of_version(newest.case_version_id),
        "review_by": queries.review_day_of(newest),
    }
    form = _with_choices(ItemForm(data=values), item)
    if not _sound(form):
        return _editor(form, item_id)
    try:
        with unit_of_work():
            services.revise(
                item_id, form.text(), form.base_number.data or 0, _besides(form), actor=g.actor, now=g.now
            )
            _set_apart(item_id, form)
    except DomainError as error:
        form.stem.errors = [messages.message(error.code, error.facts)]
        return _editor(form, item_id, 409 if isinstance(error, Conflict) else 422)
    flash(_("新版已存为草稿，等另一位来审；在用的一版不变。"), "ok")
    return htmx.go(url_for("items.show", item_id=item_id))


@bp.post("/preview")
@requires(Permission.ITEM_DRAFT)
def preview() -> Response:
    """What a candidate would see of what has been typed so far, and which items it is like; stores nothing and tells no key."""
    form = _with_choices(ItemForm())
    case_id, item_id = form.case.data, request.form.get("item", "")[:26]
    text = clipped(form.text())
    return htmx.render(
        "question_bank/_preview.html",
        kind=form.type.data,
        version=text,
        case_text=queries.case(case_id)[1].text if case_id else "",
        likes=queries.like(text.stem, item_id),
        pool=form.pool.data,
        apart=queries.enemies_among([item_id]).get(item_id, ()),
        ticked=request.form.getlist("not_with"),
    )


@bp.post("/points")
@requires(Permission.ITEM_DRAFT)
def points() -> Response:
    """The competence points and the cases of the track that was chosen, to tick."""
    return htmx.render("question_bank/_points.html", form=_with_choices(ItemForm()))


def _set_apart(item_id: str, form: ItemForm) -> None:
    """What was ticked beside the likes of the text: those that must not stand on one paper with it."""
    ticked = dict.fromkeys(request.form.getlist("not_with")[:MOST_TICKED])
    if not ticked:
        return
    alike = {one.external_id: one.percent for one in queries.like(form.text().stem, item_id)}
    apart = queries.enemies_among([item_id]).get(item_id, ())
    for number in ticked:
        other = queries.item_numbered(number)
        if other is not None and other.id not in apart:
            percent = alike.get(number)
            reason = _("题干 %(percent)s%% 相同", percent=percent) if percent else _("题干相近")
            services.set_apart(item_id, number, reason, actor=g.actor, now=g.now)


def _besides(form: ItemForm) -> Besides:
    case_id = form.case.data
    return Besides(
        competence=form.competence.data or [],
        review_by=form.review_by.data,
        case_version_id=queries.case(case_id)[1].id if case_id else None,
    )


def _with_choices(form: ItemForm, item: Item | None = None) -> ItemForm:
    """The form with its functions, tracks (of an item there is already: its own), lessons, cases, and the points of the track chosen."""
    names = catalogue.functions().items()
    form.function.choices = choices_of([("", "—"), *((slug, pick(*both)) for slug, both in names)])
    form.lesson.choices = choices_of([("", "—"), *lesson_choices()])
    if item:
        form.pool.data, form.track.data = item.pool, f"{item.job_type}|{item.level}"
        form.lesson.data = item.lesson_slug or ""
    own = (item.job_type, item.level) if item and item.pool != PRESENCE else None
    form.track.choices = choices_of(track_choices(own))
    if form.pool.data == PRESENCE:
        form.track.data = form.track.choices[0].value  # a presence question has a lesson instead
    job_type, _bar, level = (form.track.data or "").partition("|")
    cases = queries.cases_for(form.pool.data or "", job_type, level)
    form.case.choices = choices_of(
        [("", "—"), *((case_id, f"{number} {rich.plain(text)[:24]}…") for case_id, number, text in cases)]
    )
    return _with_points(form, item, (job_type, level))


def _with_points(form: ItemForm, item: Item | None, track: tuple[str, str]) -> ItemForm:
    chosen = rungs().get(track)
    groups = dict(chosen.points) if chosen else {}
    own = queries.newest_version(item.id).meta.get("competence", []) if item else []
    framed = {code for found in groups.values() for code, _words in found}
    groups = {"": [(code, code) for code in own if code not in framed], **groups}
    form.competence.choices = grouped_choices(groups)
    known = {choice.value for choice in form.competence.choices}
    form.competence.data = [code for code in form.competence.data or [] if code in known]
    return form


def _sound(form: ItemForm) -> bool:
    """Whether a submitted form holds a usable item; each fault stands at its field, and all of them at once."""
    if not form.is_submitted():
        return False
    well_formed = form.validate()
    found = [] if form.type.errors else _faults_of(form)
    for name, code, facts in found:
        field = form[FIELD_OF.get(name, "truth" if code == "ITEM_KEY_TRUTH" else name)]
        if not _told(form, name):
            field.errors = [*field.errors, messages.message(code, facts)]
    return well_formed and not found


def _told(form: ItemForm, name: str) -> bool:
    """Whether something is already said against what was typed there: then the rule that follows from it is not said as well."""
    lines = {"options": "option_", "rubric": "rubric_"}.get(name)
    fields = [field for field in form if lines and field.name.startswith(lines)] or [form[name]]
    return any(isinstance(field.errors, tuple | list) and field.errors for field in fields)


def _faults_of(form: ItemForm) -> list[tuple[str, str, dict[str, str]]]:
    """(field, code, facts) of everything that keeps the typed text out of the bank."""
    text = form.text()
    found: list[tuple[str, str, dict[str, str]]] = [
        (name, code, {}) for name, code in faults(text, form.pool.data)
    ]
    if form.pool.data == PRESENCE and not form.lesson.data:
        found.append(("lesson", "ITEM_PRESENCE_LESSON", {}))
    shown = rich.pictures_in(
        "\n\n".join([text.stem, text.explanation, text.reference, *text.options.values()])
    )
    missing = sorted(set(shown) - queries.known_pictures(shown))
    if missing:
        found.append(("stem", "ITEM_PICTURE", {"picture": missing[0]}))
    return found


def _editor(form: ItemForm, item_id: str | None, fault: int = 422) -> Response:
    case_id = form.case.data
    return htmx.render(
        "question_bank/editor.html",
        status=fault if form.is_submitted() else 200,
        form=form,
        item=queries.item(item_id) if item_id else None,
        history=queries.history(item_id) if item_id else [],
        case_text=queries.case(case_id)[1].text if case_id else "",
        faults=[(field.id, _name_of(field)) for field in form if field.errors],
        shown=clipped(form.text()),
    )


def _name_of(field: Field) -> str:
    """What a field is called where it is not seen beside its neighbours."""
    kind, _bar, letter = field.name.partition("_")
    if kind == "option":
        return _("选项 %(letter)s", letter=letter.upper())
    return _("得分点") if kind in ("rubric", "points") else str(field.label.text)
