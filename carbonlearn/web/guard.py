"""Every view says aloud who may enter: ``@requires(permission)``, ``@public``, or ``@hot(permission)``.

A view that says nothing answers 500.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import current_app, g, request, url_for
from werkzeug.exceptions import InternalServerError
from werkzeug.wrappers import Response

from carbonlearn.core.errors import Refused, SignInNeeded
from carbonlearn.core.permissions import Actor, Permission
from carbonlearn.web import htmx, once

View = TypeVar("View", bound=Callable[..., Any])
ATTRIBUTE = "carbonlearn_access"
OWN_PAGE = re.compile(r"/[0-9A-Za-z/_-]+")
LONGEST_TYPED = 500  # a reason may be as long; sealed it still fits a cookie


@dataclass(frozen=True, slots=True)
class Access:
    """What a view declares. ``permission`` None means public; ``hot`` means that the statement itself checks the session."""

    permission: Permission | None
    hot: bool = False
    step_up: bool = False
    kept: tuple[str, ...] = ()
    typed: tuple[str, ...] = ()
    before_password_change: bool = False


def public(view: View) -> View:
    """Anyone may call this view."""
    setattr(view, ATTRIBUTE, Access(None))
    return view


def requires(
    permission: Permission,
    *,
    step_up: bool = False,
    kept: tuple[str, ...] = (),
    typed: tuple[str, ...] = (),
    before_password_change: bool = False,
) -> Callable[[View], View]:
    """Only an actor with the permission. ``step_up``: who gave the password again within ten minutes.

    ``kept`` names the fields of the form (choices, nothing personal) that ride along while the password is asked for;
    ``typed`` those that wait sealed for the form's page, which takes them by ``once.taken``: words that belong in no address.
    """

    def declare(view: View) -> View:
        setattr(
            view,
            ATTRIBUTE,
            Access(permission, False, step_up, kept, typed, before_password_change),
        )
        return view

    return declare


def hot(permission: Permission) -> Callable[[View], View]:
    """For beats and saved answers: the one statement of the view checks session and owner in its WHERE, so no actor is loaded."""

    def declare(view: View) -> View:
        setattr(view, ATTRIBUTE, Access(permission, hot=True))
        return view

    return declare


def access_of(view: Callable[..., Any]) -> Access | None:
    return getattr(view, ATTRIBUTE, None)


def check_access() -> Response | None:
    """Before each request: deny unless declared, then sign-in, password change, permission, step-up, in this order."""
    if request.endpoint is None:
        return None
    access = access_of(current_app.view_functions[request.endpoint])
    if access is None:
        raise InternalServerError(f"the view {request.endpoint} declares no access")
    if access.permission is None or access.hot:
        return None
    actor: Actor | None = g.actor
    if actor is None:
        raise SignInNeeded("SIGN_IN_NEEDED")
    if actor.must_change_password and not access.before_password_change:
        return htmx.leave_for(url_for("accounts.password"))
    if not actor.may(access.permission):
        raise Refused("NOT_PERMITTED", permission=str(access.permission))
    if access.step_up and not actor.stepped_up:
        return _ask_again(access)
    return None


def _ask_again(access: Access) -> Response:
    """To the password page. What was only opened goes on by itself from there, so nobody is told to press anything again."""
    if request.method == "GET":
        return htmx.leave_for(url_for("accounts.confirm", next=request.full_path, ahead=1))
    return _with_typed(access, htmx.leave_for(url_for("accounts.confirm", next=_way_back(access))))


def _with_typed(access: Access, response: Response) -> Response:
    words = {name: request.form[name][:LONGEST_TYPED] for name in access.typed if request.form.get(name)}
    page = request.form.get("step_up_return", "")
    return once.leave(response, page, **words) if words and OWN_PAGE.fullmatch(page) else response


def _way_back(access: Access) -> str:
    """Where the password page returns to: the page of the form, with what was chosen on it."""
    chosen = {name: request.form[name] for name in access.kept if request.form.get(name)}
    page = request.form.get("step_up_return", "")
    return f"{page}?{urlencode(chosen)}" if page and chosen else page
