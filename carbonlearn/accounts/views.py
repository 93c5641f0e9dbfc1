"""Sign-in, sign-out, passwords, language, and one's own page 我的."""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

from flask import Blueprint, flash, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from carbonlearn.accounts import queries, services
from carbonlearn.accounts.forms import CodeForm, ConfirmForm, PasswordForm, SignInForm
from carbonlearn.core.errors import DomainError, Invalid, Refused
from carbonlearn.core.permissions import Permission
from carbonlearn.infra.db import unit_of_work
from carbonlearn.web import i18n, messages
from carbonlearn.web.context import device_label, session_cookie_name, settings
from carbonlearn.web.errors import wants_json
from carbonlearn.web.guard import public, requires
from carbonlearn.web.i18n import COOKIE, LANGUAGES, day_time, named
from carbonlearn.web.openapi import operation
from carbonlearn.web.origin import refuse_other_sites
from carbonlearn.web.security import csrf

bp = Blueprint("accounts", __name__)


@bp.app_template_filter()
def base_name(name: str | None) -> str:
    """A base's name in the reader's language. The English ones are read once for a page, and for English pages alone."""
    if not name or i18n.language() != "en":
        return name or ""
    if "base_names" not in g:
        g.base_names = queries.english_base_names()
    return named(name, g.base_names.get(name))


messages.register(
    {
        "SIGN_IN_WRONG": _l(
            "手机号或用户名与密码对不上。请检查大小写和输入法后再试。拿到的是一次性码，请点下面的“第一次登录，或忘了密码”。"
        ),
        "SIGN_IN_LOCKED": _l(
            "密码连续错了多次，暂停登录到 %(until)s。忘记密码请联系您的培训基地要一次性重置码。"
        ),
        "PASSWORD_WRONG": _l("现在的密码不对。"),
        "PASSWORD_WEAK": _l("新密码太弱：至少 10 个字符，不要用常见密码，也不要含用户名。"),
        "CODE_WRONG": _l("用户名和重置码对不上，或者重置码已用过、已过期。请向管理员要一个新的。"),
        "SESSION_NOT_FOUND": _l("没有找到这台设备的登录，它可能已经退出。"),
        "USERNAME_TAKEN": _l("这个用户名已有人用，请换一个。"),
        "PHONE_TAKEN": _l("这个手机号已登记在另一个账号下。"),
        "ID_NUMBER_TAKEN": _l("这个身份证号已登记在另一个账号下，不能重复建立。"),
        "GRANT_NOT_FOUND": _l("没有找到这条授权，它可能已被收回。"),
        "LAST_SYSTEM_ADMIN": _l("这是最后一位系统管理员，先任命另一位再收回。"),
        "BASE_NOT_FOUND": _l("没有找到这个培训基地。"),
    }
)

SIGN_IN_BODY = {
    "type": "object",
    "required": ["login", "password", "csrf_token"],
    "properties": {
        "login": {"type": "string", "maxLength": 64},
        "password": {"type": "string", "maxLength": 128},
        "next": {"type": "string"},
        "csrf_token": {"type": "string"},
    },
}


OWN_PATH = re.compile(r"/(?![/\\])[^\x00-\x20\x7f\\]*")


def safe_target(target: str | None) -> str:
    """A path of this site, never another host; the front page when there is none.

    Control characters are refused: browsers drop tabs and line ends, after which ``/<tab>/host`` is another host.
    """
    return target if target and OWN_PATH.fullmatch(target) else "/"


def _without_language(target: str) -> str:
    """The same page where its address names no language, which would weigh more than the choice that is kept."""
    parts = urlsplit(target)
    kept = [pair for pair in parts.query.split("&") if pair and not pair.startswith("lang=")]
    return urlunsplit(parts._replace(query="&".join(kept)))


@bp.get("/sign-in")
@public
def sign_in() -> Response | str:
    if g.actor is not None:
        return redirect(safe_target(request.args.get("next")), 303)
    form = SignInForm(next=request.args.get("next", ""))
    return render_template("accounts/sign_in.html", form=form, fault=None)


@bp.post("/sign-in")
@public
@operation(
    "signIn",
    "Sign in by phone number or user name",
    body=SIGN_IN_BODY,
    form=True,
    errors=("SIGN_IN_WRONG", "SIGN_IN_LOCKED"),
)
def sign_in_post() -> Response:
    form = SignInForm()
    if not form.validate_on_submit():
        return make_response(render_template("accounts/sign_in.html", form=form, fault=None), 422)
    check = services.check_sign_in(
        form.login.data or "", form.password.data or "", request.remote_addr or "", g.now
    )
    with unit_of_work():
        token = services.finish_sign_in(check, g.now, device_label())
    if token is None:
        return _sign_in_refused(form, check)
    return _with_session(redirect(safe_target(form.next.data), 303), token)


def _sign_in_refused(form: SignInForm, check: services.SignInCheck) -> Response:
    until = check.locked_until
    error: DomainError = (
        Refused("SIGN_IN_LOCKED", until=day_time(until)) if until else Invalid("SIGN_IN_WRONG")
    )
    if wants_json():
        raise error
    fault = messages.message(error.code, error.facts)
    return make_response(
        render_template("accounts/sign_in.html", form=form, fault=fault), 403 if until else 422
    )


def _with_session(response: Response, token: str) -> Response:
    response.set_cookie(
        session_cookie_name(),
        token,
        max_age=int(services.SESSION_LASTS.total_seconds()),
        httponly=True,
        secure=settings().is_https,
        samesite="Lax",
        path="/",
    )
    return response


@bp.post("/sign-out")
@requires(Permission.ACCOUNT_OWN, before_password_change=True)
@operation("signOut", "End the session of this device", form=True)
def sign_out() -> Response:
    with unit_of_work():
        services.sign_out(g.actor, g.now)
    response = redirect(url_for("accounts.sign_in"), 303)
    response.delete_cookie(
        session_cookie_name(), path="/", secure=settings().is_https, httponly=True, samesite="Lax"
    )
    return response


@bp.route("/password", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_OWN, before_password_change=True)
def password() -> Response | str:
    form = PasswordForm()
    if not form.validate_on_submit():
        return make_response(
            render_template("accounts/password.html", form=form), 422 if form.is_submitted() else 200
        )
    refusal = _password_refusal(form.current.data or "")
    if refusal is not None:
        return _ask_again("accounts/password.html", form, "current", refusal)
    try:
        new = services.new_password(form.new.data or "", queries.own_user(g.actor).username)
    except Invalid as error:
        return _ask_again("accounts/password.html", form, "new", error)
    with unit_of_work():
        services.change_password(g.actor, new, g.now)
    flash(_("密码已修改，其他设备已退出登录。"), "ok")
    return redirect(url_for("accounts.me"), 303)


@bp.route("/password-code", methods=["GET", "POST"])
@public
def password_code() -> Response | str:
    form = CodeForm()
    if not form.validate_on_submit():
        return make_response(
            render_template("accounts/password_code.html", form=form), 422 if form.is_submitted() else 200
        )
    try:
        check = services.check_code(form.login.data or "", form.code.data or "", form.new.data or "", g.now)
        with unit_of_work():
            token = services.redeem_code(check, g.now, device_label())
    except (Invalid, Refused) as error:
        field = "new" if error.code == "PASSWORD_WEAK" else "code"
        return _ask_again("accounts/password_code.html", form, field, error)
    flash(_("新密码已生效。"), "ok")
    return _with_session(redirect("/", 303), token)


@bp.route("/confirm", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_OWN)
def confirm() -> Response | str:
    """Ask for the password again before an act that weighs: release, revocation, roles."""
    form = ConfirmForm(next=request.args.get("next", ""), ahead=request.args.get("ahead", ""))
    if not form.validate_on_submit():
        return make_response(
            render_template("accounts/confirm.html", form=form), 422 if form.is_submitted() else 200
        )
    refusal = _password_refusal(form.password.data or "")
    if refusal is not None:
        return _ask_again("accounts/confirm.html", form, "password", refusal)
    with unit_of_work():
        services.step_up(g.actor, g.now)
    if form.next.data and not form.ahead.data:
        flash(_("密码已核对。刚才的操作还没有执行，请再按一次。"), "info")
    else:
        flash(_("密码已核对。"), "ok")
    return redirect(safe_target(form.next.data), 303)


@bp.post("/language/<code>")
@csrf.exempt
@public
def language(code: str) -> Response:
    """Keep a language in the browser, and in the account of who is signed in. Without a token, so that strangers' pages set no cookie
    before the choice."""
    refuse_other_sites()
    response = redirect(_without_language(safe_target(request.form.get("next"))), 303)
    if code in LANGUAGES:
        response.set_cookie(
            COOKIE, code, max_age=365 * 24 * 3600, samesite="Lax", secure=settings().is_https, httponly=True
        )
        if g.actor is not None:
            with unit_of_work():
                services.set_locale(g.actor, code, g.now)
    return response


@bp.get("/me")
@requires(Permission.ACCOUNT_OWN)
def me() -> str:
    sessions = queries.own_sessions(g.actor, g.now)
    return render_template("accounts/me.html", user=queries.own_user(g.actor), sessions=sessions)


@bp.post("/me/sessions/<session_id>/revocation")
@requires(Permission.ACCOUNT_OWN)
def revoke_session(session_id: str) -> Response:
    with unit_of_work():
        services.revoke_session(session_id, g.actor, g.now)
    flash(_("那台设备已退出登录。"), "ok")
    return redirect(url_for("accounts.me"), 303)


def _password_refusal(given: str) -> DomainError | None:
    """Why the password given again is not taken, or None. Wrong ones count as at sign-in: a borrowed session must not guess it."""
    name = queries.own_user(g.actor).username
    check = services.check_sign_in(name, given, request.remote_addr or "", g.now)
    if check.user_id is not None:
        return None
    with unit_of_work():
        services.count_failure(check, g.now)
    if check.locked_until is not None:
        return Refused("SIGN_IN_LOCKED", until=day_time(check.locked_until))
    return Invalid("PASSWORD_WRONG")


def _ask_again(
    template: str, form: PasswordForm | CodeForm | ConfirmForm, field: str, error: DomainError
) -> Response:
    """The form once more, with what was typed and the fault beside its field."""
    form[field].errors = [messages.message(error.code, error.facts)]
    return make_response(render_template(template, form=form), 403 if error.code == "SIGN_IN_LOCKED" else 422)
