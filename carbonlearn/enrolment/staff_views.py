"""The desk's admission: the queue by state, entering and correcting a learner, the two stages of review, fee and withdrawal."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, flash, g, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response

from carbonlearn.accounts.queries import bases_within
from carbonlearn.catalogue import queries as catalogue
from carbonlearn.core.errors import Conflict, DomainError, Invalid
from carbonlearn.core.permissions import Permission
from carbonlearn.enrolment import queries, services
from carbonlearn.enrolment.forms import AdmissionForm, ExtensionForm, PaymentForm, WithdrawalForm
from carbonlearn.enrolment.portrait import portrait_jpeg
from carbonlearn.enrolment.replies import portrait_response
from carbonlearn.enrolment.rules.places import may_approve
from carbonlearn.enrolment.track_choices import track_choices
from carbonlearn.infra import vault
from carbonlearn.infra.db import unit_of_work
from carbonlearn.web import htmx, messages, once
from carbonlearn.web.choices import choices_of, grouped_choices
from carbonlearn.web.guard import requires
from carbonlearn.web.i18n import pick
from carbonlearn.web.paging import PAGE_SIZE, page_of
from carbonlearn.web.security import larger_body

bp = Blueprint("admissions", __name__, url_prefix="/desk/admissions")

messages.register(
    {
        "ENROLMENT_NOT_FOUND": _l("没有找到这份报名，或者它还没有开通，或者不在您的范围内。"),
        "ENROLMENT_OPEN": _l("这个人在同一项目、工种和等级上已有一份未结束的报名。请到那一份里处理。"),
        "ENROLMENT_STATUS": _l("这份报名的状态已经变了，不能再做这一步。请刷新后看看。"),
        "ENROLMENT_ACTOR": _l("这一步要由另一级的人来做。"),
        "SAME_PERSON": _l("录入或初核过的人不能再做复核，请由另一位来批准。"),
        "PROGRAMME_ENROLS_NOBODY": _l("这是职业标准，只作依据，不招生。请选一个培训项目。"),
        "HOURS_NOT_EARNABLE": _l(
            "这个方向现有课程最多学到 %(earnable)s 课时，要求 %(needed)s 课时，还学不满。确要报名，请勾选同意并写明理由。"
        ),
        "NAME_DIFFERS": _l("这个身份证号已登记，但登记的姓名与这里不同。请对照身份证核对。"),
        "IDENTITY_SHARED": _l("这个人还有别的报名，姓名、身份证号和手机不能在这里改。"),
        "ID_NUMBER_FORM": _l("身份证号要有 18 位：17 位数字，最后一位是数字或 X。"),
        "ID_NUMBER_REGION": _l("前两位不是任何省份的代码。请对照身份证检查开头。"),
        "ID_NUMBER_BIRTH_DATE": _l("第 7 到 14 位不是一个真实的出生日期。请对照身份证检查中间八位。"),
        "ID_NUMBER_CHECK": _l("最后一位与前 17 位对不上，可能有一位输错。请对照身份证逐位检查。"),
        "PHONE_FORM": _l("手机号要有 11 位，以 1 开头。"),
        "PHOTO_NEEDED": _l("请选择照片。"),
        "PHOTO_TOO_LARGE": _l("照片要小于 1 MB。请压缩后再传。"),
        "PHOTO_NOT_IMAGE": _l("这个文件打不开，或者不是 JPG、PNG、BMP 图片。请另存为 JPG 再传。"),
        "PHOTO_TOO_MANY_PIXELS": _l("照片的像素太多（超过 2500 万）。请缩小后再传。"),
        "PHOTO_TOO_SMALL": _l("照片太小，宽至少 150、高至少 200 像素。"),
        "PHOTO_RATIO": _l("照片要竖幅，高是宽的 1.2 到 1.6 倍（证件照的样子）。"),
        "PHOTO_NOT_FOUND": _l("还没有照片。"),
        "REASON_NEEDED": _l("每一项退回都要写明理由。"),
        "APPROVE_UNJUDGED": _l("每一项都要先核对：还没有标的有%(fields)s。"),
        "RETURN_NOTHING": _l("请先标出要退回的项目。"),
        "APPROVE_WITH_RETURNS": _l("有标为退回的项目，不能通过。"),
        "WITHDRAWAL_UNRELEASED": _l(
            "这份报名有已参加的考试，成绩还没有发布，或合格后的证书还没有签发，现在不能撤回。请等结果出来。"
        ),
        "EXTENSION_NEEDED": _l("请写明延长到哪一天和理由。"),
        "EXTENSION_NOT_LATER": _l("新的日期要在今天和原来的到期日之后。"),
        "EXTENSION_TOO_LONG": _l("一次最多延长到一年之后。"),
        "FEE_CATEGORY": _l("这个项目没有这一类收费。"),
        "FEE_AMOUNT": _l("金额与项目公布的收费不符。"),
    }
)
VIEWS: tuple[tuple[str, Any, tuple[str, ...]], ...] = (
    ("check", _l("待初核"), ("submitted",)),
    ("approve", _l("待复核"), ("base_approved",)),
    ("pay", _l("待缴费"), ("association_approved",)),
    ("returned", _l("已退回"), ("draft",)),
    ("open", _l("已开通"), ("active",)),
    ("ended", _l("已结束"), ("expired", "completed", "withdrawn")),
)
MOST_SENT = 24 * 1024 * 1024  # so that a photo straight from a telephone is answered by the form
FIELD_OF = {
    "ID_NUMBER_TAKEN": "id_number",
    "PHONE_TAKEN": "phone",
    "NAME_DIFFERS": "name",
    "IDENTITY_SHARED": "name",
    "PROGRAMME_ENROLS_NOBODY": "track",
    "HOURS_NOT_EARNABLE": "override",
    "ENROLMENT_OPEN": "track",
    "TRACK_NOT_FOUND": "track",
    "PROGRAMME_NOT_FOUND": "track",
    "BASE_NOT_FOUND": "base",
}
FIELD_NAMES = {
    "name": _l("姓名"),
    "id_number": _l("身份证号"),
    "phone": _l("手机"),
    "photo": _l("照片"),
    "track": _l("工种与等级"),
}
RETURN_REASONS = {
    "unreadable": _l("看不清"),
    "differs": _l("与证件不符"),
    "rules": _l("不合要求"),
    "other": _l("其他"),
}


@bp.get("")
@requires(Permission.ADMISSION_READ)
def queue() -> str:
    """Places by state, the longest waiting first; the address is the state of the view."""
    counts = queries.state_counts(g.actor, Permission.ADMISSION_READ)
    tabs = [(key, label, sum(counts.get(state, 0) for state in states)) for key, label, states in VIEWS]
    view = request.args.get("view") or _first_view(tabs)
    states = next((states for key, _label, states in VIEWS if key == view), VIEWS[0][2])
    filters = queries.Filters(
        states=states,
        base_id=request.args.get("base", ""),
        programme_key=request.args.get("programme", ""),
        words=request.args.get("q", "").strip()[:40],
    )
    after, ended = request.args.get("after", ""), view in ("open", "ended")
    rows = queries.place_rows(g.actor, Permission.ADMISSION_READ, filters, after, PAGE_SIZE + 1, ended)
    return render_template(
        "enrolment/queue.html",
        tabs=tabs,
        view=view,
        filters=filters,
        page=page_of(rows, lambda row: row.key),
        bases=bases_within(g.actor, Permission.ADMISSION_READ),
        programmes=catalogue.programmes(),
    )


def _first_view(tabs: list[tuple[str, Any, int]]) -> str:
    """The first state in which something waits that the actor decides."""
    mine = {
        "check": Permission.ADMISSION_CHECK,
        "approve": Permission.ADMISSION_APPROVE,
        "pay": Permission.FEE_MARK_PAID,
    }
    return next(
        (key for key, _label, count in tabs if count and key in mine and g.actor.may(mine[key])), "check"
    )


@bp.route("/new", methods=["GET", "POST"])
@requires(Permission.ADMISSION_ENTER)
@larger_body(MOST_SENT)
def new() -> Response | str:
    form = _admission_form()
    key = _photo_key(form, needed=True) if form.is_submitted() else ""
    if not form.validate_on_submit() or form.photo.errors:
        return _form_page(form, key, None)
    try:
        with unit_of_work():
            done = services.enter(form.application(key), actor=g.actor, now=g.now)
    except DomainError as error:
        return _form_page(_with_fault(form, error), key, None)
    page = url_for("admissions.entered", enrolment_id=done.enrolment.id)
    left = {"code": done.code, "username": done.username} if done.code else {"known": "y"}
    return once.leave(htmx.go(page), page, **left)


@bp.get("/<enrolment_id>/entered")
@requires(Permission.ADMISSION_ENTER)
def entered(enrolment_id: str) -> str:
    """What to hand the learner who was just entered; the code is here once, and a second look does not show it."""
    row = queries.place_row(enrolment_id, g.actor, Permission.ADMISSION_ENTER)
    return render_template("enrolment/entered.html", row=row, left=once.taken())


@bp.route("/<enrolment_id>/correction", methods=["GET", "POST"])
@requires(Permission.ADMISSION_ENTER)
@larger_body(MOST_SENT)
def amend(enrolment_id: str) -> Response | str:
    row = queries.place_row(enrolment_id, g.actor, Permission.ADMISSION_ENTER)
    form = _admission_form(row)
    key = _photo_key(form, needed=False) if form.is_submitted() else ""
    if not form.validate_on_submit() or form.photo.errors:
        return _form_page(form, key, row)
    try:
        with unit_of_work():
            services.amend(enrolment_id, form.application(key), actor=g.actor, now=g.now)
    except DomainError as error:
        return _form_page(_with_fault(form, error), key, row)
    flash(_("已重新提交，等待初核。"), "ok")
    return htmx.go(url_for("admissions.review", enrolment_id=enrolment_id))


def _admission_form(row: queries.PlaceRow | None = None) -> AdmissionForm:
    values = {}
    if row is not None:
        place = row.enrolment
        values = {
            "base": place.base_id,
            "name": row.name,
            "track": f"{place.programme_key}|{place.job_type}|{place.level}",
        }
    form = AdmissionForm(data=values)
    form.look_at(g.now)
    if row is not None:
        form.keep_numbers()
    bases = bases_within(g.actor, Permission.ADMISSION_ENTER)
    form.base.choices = choices_of((base.id, pick(base.name, base.en)) for base in bases)
    form.track.choices = grouped_choices(track_choices(g.now))
    return form


def _photo_key(form: AdmissionForm, *, needed: bool) -> str:
    """The stored portrait: the one uploaded now, else the one taken in before. Faults stand at the field."""
    upload = request.files.get("photo")
    form.photo.errors = []
    try:
        content = upload.read() if upload and upload.filename else b""
        if content:
            return vault.files().put(portrait_jpeg(content))
        kept = _seal().loads(form.photo_token.data) if form.photo_token.data else ""
    except BadSignature:
        kept = ""
    except Invalid as error:
        form.photo.process_errors = [messages.message(error.code, error.facts)]
        form.photo.errors = list(form.photo.process_errors)
        return ""
    if needed and not kept:
        form.photo.process_errors = [messages.message("PHOTO_NEEDED", {})]
        form.photo.errors = list(form.photo.process_errors)
    return str(kept)


def _seal() -> URLSafeSerializer:
    """A portrait taken in may be named again only by who handed it in."""
    return URLSafeSerializer(str(current_app.secret_key), salt=f"portrait:{g.actor.user_id}")


def _with_fault(form: AdmissionForm, error: DomainError) -> AdmissionForm:
    name = str(error.facts.get("field") or FIELD_OF.get(error.code, "name"))
    field = form[name if name in form else "name"]
    field.errors = [*field.errors, messages.message(error.code, error.facts)]
    return form


def _form_page(form: AdmissionForm, key: str, row: queries.PlaceRow | None) -> Response:
    form.photo_token.data = _seal().dumps(key) if key else ""
    faults = [(field.id, field.label.text) for field in form if field.errors]
    notes = queries.reviews(row.enrolment.id) if row else []
    return htmx.render(
        "enrolment/form.html",
        status=422 if form.is_submitted() else 200,
        form=form,
        faults=faults,
        row=row,
        returned=next((review.reasons for review, _name in notes if review.decision == "returned"), {}),
        photo_kept=bool(key),
    )


@bp.get("/<enrolment_id>")
@requires(Permission.ADMISSION_READ)
def review(enrolment_id: str) -> Response:
    return _review_page(enrolment_id)


def _review_page(enrolment_id: str, fault: DomainError | None = None) -> Response:
    """The place with its portrait, its fields, the decision that is due and what was decided before."""
    row = queries.place_row(enrolment_id, g.actor, Permission.ADMISSION_READ)
    place = row.enrolment
    same_state = queries.Filters(states=(place.status,))
    return htmx.render(
        "enrolment/review.html",
        status=(409 if isinstance(fault, Conflict) else 422) if fault else 200,
        row=row,
        queue=queries.place_rows(g.actor, Permission.ADMISSION_READ, same_state, limit=20),
        reviews=queries.reviews(enrolment_id),
        entered_by=queries.entered_by(place),
        has_photo=queries.photo_key(enrolment_id) is not None,
        payment=queries.payment(enrolment_id),
        reach=queries.reach_of(row.programme, place.job_type, place.level),
        fees=row.programme.fees(place.level),
        conditions=[entry for entry in row.programme.data["eligibility"] if entry["level"] == place.level],
        may_approve=may_approve(place.created_by, queries.last_checker(enrolment_id), g.actor.user_id),
        return_reasons=RETURN_REASONS,
        typed=request.form,
        fault=messages.message(fault.code, fault.facts) if fault else None,
    )


@bp.post("/<enrolment_id>/base-review")
@requires(Permission.ADMISSION_CHECK)
def check(enrolment_id: str) -> Response:
    return _decided(enrolment_id, services.check)


@bp.post("/<enrolment_id>/association-review")
@requires(Permission.ADMISSION_APPROVE)
def approve(enrolment_id: str) -> Response:
    return _decided(enrolment_id, services.approve)


def _decided(enrolment_id: str, service: Any) -> Response:
    try:
        reasons = _returned_fields()
        with unit_of_work():
            service(enrolment_id, reasons, request.form.get("note", ""), actor=g.actor, now=g.now)
    except Invalid as error:
        return _review_page(enrolment_id, error)
    returned = ngettext(
        "已退回 %(num)s 项，录入的内容都还在。", "已退回 %(num)s 项，录入的内容都还在。", len(reasons)
    )
    flash(returned if reasons else _("已通过。"), "ok")
    return htmx.go(url_for("admissions.review", enrolment_id=enrolment_id))


def _returned_fields() -> dict[str, str]:
    """The reason for each field that is sent back. Raises Invalid when button and switches contradict each other."""
    form, found = request.form, {}
    for field in services.FIELDS:
        if form.get(field) == "return":
            chip = RETURN_REASONS.get(form.get(f"{field}-reason", ""))
            found[field] = _("：").join(
                part for part in (str(chip or ""), form.get(f"{field}-words", "").strip()) if part
            )
    if form.get("decision") == "return" and not found:
        raise Invalid("RETURN_NOTHING")
    if form.get("decision") != "return" and found:
        raise Invalid("APPROVE_WITH_RETURNS")
    if form.get("decision") == "approve":
        _refuse_unjudged()
    return found


def _refuse_unjudged() -> None:
    """An approval rests on each field having been looked at; ``approve_all`` says so of all in one word."""
    left = [str(FIELD_NAMES[field]) for field in services.FIELDS if request.form.get(field) != "accept"]
    if left:
        raise Invalid("APPROVE_UNJUDGED", fields=_("、").join(left))


@bp.post("/<enrolment_id>/payment")
@requires(Permission.FEE_MARK_PAID)
def pay(enrolment_id: str) -> Response:
    row = queries.place_row(enrolment_id, g.actor, Permission.FEE_MARK_PAID)
    fees = {fee["category"]: fee["amount"] * 100 for fee in row.programme.fees(row.enrolment.level)}
    form = PaymentForm()
    form.category.choices = choices_of((key, key) for key in fees or ("standard",))
    if not form.validate():
        return _review_page(enrolment_id, Invalid("FEE_CATEGORY" if form.category.errors else "FEE_AMOUNT"))
    category = form.category.data or ""
    amount = fees.get(category) if fees else int((form.amount.data or 0) * 100)
    try:
        with unit_of_work():
            services.mark_paid(
                enrolment_id, category, int(amount or 0), form.remark.data or "", actor=g.actor, now=g.now
            )
    except Invalid as error:
        return _review_page(enrolment_id, error)
    flash(_("已记到账，学习账号从现在起开通。"), "ok")
    return htmx.go(url_for("admissions.review", enrolment_id=enrolment_id))


@bp.post("/<enrolment_id>/withdrawal")
@requires(Permission.ADMISSION_ENTER)
def withdraw(enrolment_id: str) -> Response:
    form = WithdrawalForm()
    if not form.validate():
        return _review_page(enrolment_id, Invalid("REASON_NEEDED"))
    try:
        with unit_of_work():
            services.withdraw(enrolment_id, form.reason.data or "", actor=g.actor, now=g.now)
    except Conflict as error:
        return _review_page(enrolment_id, error)
    flash(_("报名已撤回。"), "ok")
    return htmx.go(url_for("admissions.review", enrolment_id=enrolment_id))


@bp.post("/<enrolment_id>/extension")
@requires(Permission.ACCESS_EXTEND)
def extend(enrolment_id: str) -> Response:
    """Let a lapsed or running access period end later, for a reason."""
    queries.enrolment_within(enrolment_id, g.actor, Permission.ACCESS_EXTEND)
    form = ExtensionForm()
    if not form.validate():
        return _review_page(enrolment_id, Invalid("EXTENSION_NEEDED"))
    try:
        with unit_of_work():
            services.extend(enrolment_id, form.end(), form.reason.data or "", actor=g.actor, now=g.now)
    except (Invalid, Conflict) as error:
        return _review_page(enrolment_id, error)
    flash(_("学习期已延长。"), "ok")
    return htmx.go(url_for("admissions.review", enrolment_id=enrolment_id))


@bp.get("/<enrolment_id>/photo")
@requires(Permission.ADMISSION_READ)
def photo(enrolment_id: str) -> Response:
    queries.place_row(enrolment_id, g.actor, Permission.ADMISSION_READ)
    return portrait_response(queries.photo_key(enrolment_id))
