"""The desk's people: who is staff and in which role, one-time codes, and all permissions on one screen."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from carbonlearn.accounts import queries, services
from carbonlearn.accounts.forms import GrantForm
from carbonlearn.accounts.permission_names import PERMISSION_NAMES
from carbonlearn.accounts.rules.reset import may_reset
from carbonlearn.accounts.rules.standing import may_close
from carbonlearn.core.errors import DomainError, Invalid
from carbonlearn.core.permissions import ROLE_PERMISSIONS, STAFF_ROLES, Permission, Role
from carbonlearn.infra.db import unit_of_work
from carbonlearn.web import htmx, messages, once
from carbonlearn.web.choices import choices_of
from carbonlearn.web.guard import requires
from carbonlearn.web.i18n import pick
from carbonlearn.web.nav import ROLE_NAMES
from carbonlearn.web.paging import PAGE_SIZE, page_of

bp = Blueprint("people", __name__, url_prefix="/desk/people")

messages.register(
    {
        "PERSON_NOT_FOUND": _l("没有找到这个人，或者不在您管理的基地。"),
        "ROLE_NEEDS_BASE": _l("这个角色要选一个培训基地。"),
        "ROLE_IN_ASSOCIATION": _l("这个角色属于协会，不选基地。"),
        "OWN_ROLE": _l("不能给自己授予角色。请由另一位系统管理员来授予。"),
        "OWN_SYSTEM_ROLE": _l("不能收回自己的系统管理员角色。请由另一位系统管理员来收回。"),
        "OWN_ACCOUNT": _l("不能停用自己的账号。请由另一位来停用。"),
        "ACCOUNT_STANDING": _l("这个账号的状态已经变了。请刷新后看看。"),
        "STANDING_REASON": _l("停用和恢复都要写明理由。"),
    }
)
ORDERED_ROLES = (
    Role.SYSTEM_ADMIN,
    Role.ASSOCIATION_ADMIN,
    Role.BASE_ADMIN,
    Role.CHIEF_EXAMINER,
    Role.MARKER,
    Role.AUTHOR,
    Role.PROCTOR,
    Role.AUDITOR,
    Role.EMPLOYER,
    Role.LEARNER,
)


@bp.get("")
@requires(Permission.PERSON_READ)
def index() -> str:
    """Staff with their roles; a name, user name or phone number finds anybody within reach."""
    words = request.args.get("q", "").strip()[:40]
    role = request.args.get("role", "")
    rows = queries.people(
        g.actor, words, role if role in set(Role) else "", request.args.get("after", ""), PAGE_SIZE + 1
    )
    return render_template(
        "accounts/people.html",
        page=page_of(rows, lambda row: f"{row.name}\n{row.user_id}"),
        words=words,
        role=role,
        roles=[(each.value, ROLE_NAMES[each]) for each in ORDERED_ROLES if each in STAFF_ROLES],
        role_names=ROLE_NAMES,
    )


@bp.get("/permissions")
@requires(Permission.PERSON_READ)
def permissions() -> str:
    """Which role may do what: the whole table that the program itself goes by."""
    groups: dict[str, list[Permission]] = {}
    for permission in Permission:
        groups.setdefault(permission.value.partition(":")[0], []).append(permission)
    return render_template(
        "accounts/permissions.html",
        groups=groups,
        roles=ORDERED_ROLES,
        table=ROLE_PERMISSIONS,
        role_names=ROLE_NAMES,
        names=PERMISSION_NAMES,
    )


@bp.get("/<user_id>")
@requires(Permission.PERSON_READ)
def person(user_id: str) -> Response:
    chosen = GrantForm(formdata=None, role=request.args.get("role"), base=request.args.get("base"))
    left = once.taken()
    return _person_page(user_id, chosen, code=left.get("code"), reason=left.get("reason", ""))


def _person_page(user_id: str, form: GrantForm | None = None, **more: Any) -> Response:
    form = _with_choices(form or GrantForm(formdata=None))
    theirs, oneself = queries.roles_of(user_id), user_id == g.actor.user_id
    return htmx.render(
        "accounts/person.html",
        status=422 if form.errors or more.get("fault") else 200,
        who=queries.person_within(user_id, g.actor, Permission.PERSON_READ),
        grants=queries.grants_of(user_id),
        form=form,
        role_names=ROLE_NAMES,
        oneself=oneself,
        standing=queries.standing_events(user_id),
        may_reset=g.actor.may(Permission.PERSON_RESET) and may_reset(g.actor.roles, theirs),
        may_close=g.actor.may(Permission.PERSON_DISABLE) and not oneself and may_close(g.actor.roles, theirs),
        **more,
    )


def _with_choices(form: GrantForm) -> GrantForm:
    roles = [(role.value, ROLE_NAMES[role]) for role in ORDERED_ROLES if role is not Role.LEARNER]
    form.role.choices = choices_of([("", _("请选择")), *roles])
    bases = [(base.id, pick(base.name, base.en)) for base in queries.bases()]
    form.base.choices = choices_of([("", _("协会（全部基地）")), *bases])
    return form


@bp.post("/<user_id>/grants")
@requires(Permission.ROLE_GRANT, step_up=True, kept=("role", "base"))
def grant(user_id: str) -> Response:
    """A role in a base, or in the association. A base administrator's role needs a base, an association's has none."""
    form = _with_choices(GrantForm())
    if not form.validate_on_submit():
        return _person_page(user_id, form)
    try:
        with unit_of_work():
            services.appoint(user_id, Role(form.role.data), form.base.data or None, actor=g.actor, now=g.now)
    except DomainError as error:
        field = form.role if error.code == "OWN_ROLE" else form.base
        field.errors = [messages.message(error.code, error.facts)]
        return _person_page(user_id, form)
    flash(_("角色已授予，对方下次打开页面就生效。"), "ok")
    return htmx.go(url_for("people.person", user_id=user_id))


@bp.post("/<user_id>/grants/<grant_id>/revocation")
@requires(Permission.ROLE_GRANT, step_up=True)
def revoke(user_id: str, grant_id: str) -> Response:
    with unit_of_work():
        services.revoke_role(grant_id, g.actor, g.now)
    flash(_("角色已收回。"), "ok")
    return htmx.go(url_for("people.person", user_id=user_id))


@bp.post("/<user_id>/code")
@requires(Permission.PERSON_RESET)
def issue_code(user_id: str) -> Response:
    """A one-time code, which the page that follows shows once."""
    with unit_of_work():
        user = queries.person_within(user_id, g.actor, Permission.PERSON_RESET)
        code = services.issue_code(user, g.actor, g.now)
    page = url_for("people.person", user_id=user_id)
    return once.leave(htmx.go(page), page, code=code)


@bp.post("/<user_id>/disabling")
@requires(Permission.PERSON_DISABLE, step_up=True, typed=("reason",))
def disable(user_id: str) -> Response:
    """Close the account: signed out everywhere at once, and nothing lets the person in."""
    return _set_standing(user_id, services.disable, _("账号已停用，所有设备已退出登录。"))


@bp.post("/<user_id>/enabling")
@requires(Permission.PERSON_DISABLE, step_up=True, typed=("reason",))
def enable(user_id: str) -> Response:
    """Open a closed account again."""
    return _set_standing(user_id, services.enable, _("账号已恢复，本人可以重新登录。"))


def _set_standing(user_id: str, service: Any, done: str) -> Response:
    reason = request.form.get("reason", "")
    try:
        with unit_of_work():
            service(user_id, reason, actor=g.actor, now=g.now)
    except Invalid:
        return _person_page(user_id, fault=messages.message("STANDING_REASON", {}))
    flash(done, "ok")
    return htmx.go(url_for("people.person", user_id=user_id))
