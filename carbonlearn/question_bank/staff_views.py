"""The desk's item bank: the list, one item with its preview and history, the editor, and a second person's review."""

from __future__ import annotations

from flask import Blueprint, flash, g, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from carbonlearn.catalogue import queries as catalogue
from carbonlearn.catalogue.framework import rungs
from carbonlearn.core.errors import DomainError, Invalid
from carbonlearn.core.permissions import Permission
from carbonlearn.infra.db import unit_of_work
from carbonlearn.question_bank import queries, services
from carbonlearn.question_bank.forms import ItemForm, values_of
from carbonlearn.question_bank.models import Item
from carbonlearn.question_bank.rules.item import TYPES, faults, may_review
from carbonlearn.web import htmx, messages
from carbonlearn.web.choices import choices_of, grouped_choices
from carbonlearn.web.guard import requires
from carbonlearn.web.i18n import pick
from carbonlearn.web.paging import PAGE_SIZE, page_of

bp = Blueprint("items", __name__, url_prefix="/desk/items")

messages.register(
    {
        "ITEM_NOT_FOUND": _l("没有找到这道试题。"),
        "ITEM_CHANGED": _l("有人刚存了第 %(number)s 版。请打开新的一版再改，您输入的还在这页上。"),
        "ITEM_REVIEWED": _l("这一版已经有了结论。"),
        "ITEM_OWN_DRAFT": _l("自己写的题要由另一位来审。"),
        "ITEM_NOTE_NEEDED": _l("退回要写明理由。"),
        "ITEM_NOT_LIVE": _l("这道题不在用，不必停用。"),
        "ITEM_TYPE": _l("没有这种题型。"),
        "ITEM_STEM_LENGTH": _l("题干要有 8 到 600 个字。"),
        "ITEM_DIFFICULTY": _l("难度是 1 到 5。"),
        "ITEM_EXPLANATION": _l("解析至少 20 个字：为什么对，错在哪里。"),
        "ITEM_SOURCE": _l("要写明依据。"),
        "ITEM_OPTIONS_UNUSED": _l("这种题型没有选项。"),
        "ITEM_OPTIONS_COUNT": _l("选项要有 3 到 6 个，从 A 起连着写。"),
        "ITEM_OPTION_LENGTH": _l("选项不能空，也不要超过 200 个字。"),
        "ITEM_OPTIONS_TWICE": _l("有两个选项一样。"),
        "ITEM_KEY_ONE": _l("单选题要勾一个答案，而且是有的选项。"),
        "ITEM_KEY_SEVERAL": _l("多选题要勾两个以上的答案，但不能全是。"),
        "ITEM_KEY_TRUTH": _l("判断题要选正确或错误。"),
        "ITEM_KEY_UNUSED": _l("简答题没有答案字母。"),
        "ITEM_RUBRIC": _l("得分点要有两条以上，每条都有内容和分值。"),
        "ITEM_RUBRIC_UNUSED": _l("只有简答题有得分点。"),
        "ITEM_REFERENCE": _l("简答题要有参考答案。"),
    }
)
FIELD_OF = {"options": "option_a", "rubric": "rubric_1"}


@bp.get("")
@requires(Permission.ITEM_READ)
def index() -> str:
    """The bank by type, function and status; the address is the state of the view."""
    filters = queries.Filters(
        **{name: request.args.get(name, "") for name in ("type", "function", "status")},
        words=request.args.get("q", "").strip()[:40],
    )
    rows = queries.item_rows(filters, request.args.get("after", ""), PAGE_SIZE + 1)
    return render_template(
        "question_bank/index.html",
        page=page_of(rows, lambda row: row.external_id),
        filters=filters,
        total=queries.item_count(filters),
        everything=queries.item_count(queries.Filters()),
        pending=queries.item_count(queries.Filters(status="pending")),
        types=TYPES,
        functions=catalogue.functions(),
    )


@bp.get("/<item_id>")
@requires(Permission.ITEM_READ)
def show(item_id: str) -> Response:
    return _item_page(item_id)


def _item_page(item_id: str, fault: DomainError | None = None) -> Response:
    item, history = queries.item(item_id), queries.history(item_id)
    newest = history[0]
    waits = newest.version.id != item.live_version_id and not newest.reviews
    return htmx.render(
        "question_bank/show.html",
        status=422 if fault else 200,
        item=item,
        history=history,
        newest=newest,
        waits=waits,
        may_review=may_review(newest.version.author_id, g.actor.user_id),
        functions=catalogue.functions(),
        typed=request.form,
        fault=messages.message(fault.code, fault.facts) if fault else None,
    )


@bp.route("/new", methods=["GET", "POST"])
@requires(Permission.ITEM_DRAFT)
def new() -> Response | str:
    form = _with_choices(ItemForm())
    if not _sound(form):
        return _editor(form, None)
    with unit_of_work():
        item = services.draft(
            form.text(),
            *form.job_and_level(),
            competence=form.competence.data or [],
            review_by=form.review_by.data,
            actor=g.actor,
            now=g.now,
        )
        item_id = item.id
    flash(_("草稿已存，等另一位来审。"), "ok")
    return htmx.go(url_for("items.show", item_id=item_id))


@bp.route("/<item_id>/revision", methods=["GET", "POST"])
@requires(Permission.ITEM_DRAFT)
def revise(item_id: str) -> Response | str:
    item = queries.item(item_id)
    form = _with_choices(ItemForm(data=values_of(item, queries.newest_version(item_id))), item)
    if not _sound(form):
        return _editor(form, item_id)
    try:
        with unit_of_work():
            services.revise(
                item_id,
                form.text(),
                form.base_number.data or 0,
                competence=form.competence.data or [],
                review_by=form.review_by.data,
                actor=g.actor,
                now=g.now,
            )
    except DomainError as error:
        form.stem.errors = [messages.message(error.code, error.facts)]
        return _editor(form, item_id)
    flash(_("新版已存为草稿，等另一位来审；在用的一版不变。"), "ok")
    return htmx.go(url_for("items.show", item_id=item_id))


@bp.post("/preview")
@requires(Permission.ITEM_DRAFT)
def preview() -> Response:
    """What a candidate would see of what has been typed so far; stores nothing and tells no key."""
    form = _with_choices(ItemForm())
    return htmx.render("question_bank/_preview.html", kind=form.type.data, version=form.text())


@bp.post("/points")
@requires(Permission.ITEM_DRAFT)
def points() -> Response:
    """The competence points of the track that was chosen, to tick."""
    return htmx.render("question_bank/_points.html", form=_with_choices(ItemForm()))


def _with_choices(form: ItemForm, item: Item | None = None) -> ItemForm:
    """The form with its functions, its tracks (of an item there is already: its own) and the points of the track chosen."""
    form.function.choices = choices_of((slug, pick(*names)) for slug, names in catalogue.functions().items())
    if item:
        form.track.data = f"{item.job_type}|{item.level}"
    found = rungs()
    form.track.choices = choices_of(
        (f"{rung.job_type}|{rung.level}", f"{pick(*rung.name)} · {pick(*rung.level_name)}")
        for key, rung in found.items()
        if item is None or key == (item.job_type, item.level)
    )
    chosen = found.get(tuple((form.track.data or "").split("|")))
    groups = dict(chosen.points) if chosen else {}
    own = queries.newest_version(item.id).meta.get("competence", []) if item else []
    framed = {code for points in groups.values() for code, _words in points}
    groups = {"": [(code, code) for code in own if code not in framed], **groups}
    form.competence.choices = grouped_choices(groups)
    known = {choice.value for choice in form.competence.choices}
    form.competence.data = [code for code in form.competence.data or [] if code in known]
    return form


def _sound(form: ItemForm) -> bool:
    """Whether a submitted form holds a usable item; each fault stands at its field."""
    if not form.validate_on_submit():
        return False
    found = faults(form.text())
    for name, code in found:
        field = form[FIELD_OF.get(name, "truth" if code == "ITEM_KEY_TRUTH" else name)]
        field.errors = [*field.errors, messages.message(code, {})]
    return not found


def _editor(form: ItemForm, item_id: str | None) -> Response:
    return htmx.render(
        "question_bank/editor.html",
        status=422 if form.is_submitted() else 200,
        form=form,
        item=queries.item(item_id) if item_id else None,
        history=queries.history(item_id) if item_id else [],
        faults=[(field.id, field.label.text) for field in form if field.errors],
    )


@bp.post("/<item_id>/reviews")
@requires(Permission.ITEM_APPROVE)
def review(item_id: str) -> Response:
    """A second person's word: approved goes live, returned waits for another version."""
    number = request.form.get("number", type=int) or 0
    decision = "returned" if request.form.get("decision") == "return" else "approved"
    try:
        with unit_of_work():
            services.review(
                item_id,
                number,
                decision,
                request.form.get("note", "").strip()[:300],
                actor=g.actor,
                now=g.now,
            )
    except Invalid as error:
        return _item_page(item_id, error)
    flash(_("已通过，新版在用。") if decision == "approved" else _("已退回给命题人。"), "ok")
    return htmx.go(url_for("items.show", item_id=item_id))


@bp.post("/<item_id>/retirement")
@requires(Permission.ITEM_APPROVE)
def retire(item_id: str) -> Response:
    with unit_of_work():
        services.retire(item_id, actor=g.actor, now=g.now)
    flash(_("已停用，以后的试卷不再出这道题。"), "ok")
    return htmx.go(url_for("items.show", item_id=item_id))
