"""Once per request: the instant, the actor, the request id. Everything below takes them as arguments."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Flask, current_app, g, request

from carbonlearn.core.permissions import Actor
from carbonlearn.infra import logs
from carbonlearn.infra.clock import Clock
from carbonlearn.infra.config import Settings
from carbonlearn.infra.tokens import token_hash
from carbonlearn.web.guard import access_of
from carbonlearn.web.i18n import LANGUAGES, language

ActorLoader = Callable[[str, datetime], Actor | None]


def init_app(app: Flask, settings: Settings, clock: Clock, load_actor: ActorLoader) -> None:
    app.extensions["carbonlearn_settings"] = settings
    app.extensions["carbonlearn_clock"] = clock
    app.extensions["carbonlearn_load_actor"] = load_actor
    app.before_request(_begin)
    app.context_processor(_template_values)


def settings() -> Settings:
    """The settings of the running application."""
    found: Settings = current_app.extensions["carbonlearn_settings"]
    return found


def session_cookie_name() -> str:
    return "__Host-carbonlearn" if settings().is_https else "carbonlearn"


def session_token_hash() -> str:
    """The hash of the session token in the cookie; of nothing when there is none, which fits no row."""
    return token_hash(request.cookies.get(session_cookie_name(), ""))


def device_label() -> str:
    """A coarse name of the device for lists that its owner reads; never used to decide anything."""
    agent = request.headers.get("User-Agent", "")
    for word, label in (
        ("MicroMessenger", "WeChat"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
    ):
        if word in agent:
            return label
    for word in ("Windows", "Macintosh", "Linux"):
        if word in agent:
            return word
    return "unknown"


def _begin() -> None:
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if re.fullmatch(r"[A-Za-z0-9-]{8,64}", given) else secrets.token_hex(8)
    logs.request_id.set(g.request_id)
    g.now = current_app.extensions["carbonlearn_clock"].now()
    g.actor = None
    view = current_app.view_functions.get(request.endpoint or "")
    access = access_of(view) if view else None
    token = request.cookies.get(session_cookie_name())
    if token and request.endpoint != "static" and not (access and access.hot):
        g.actor = current_app.extensions["carbonlearn_load_actor"](token_hash(token), g.now)


def _template_values() -> dict[str, Any]:
    return {
        "actor": g.get("actor"),
        "now": g.get("now"),
        "html_lang": LANGUAGES[language()],
        "language": language(),
        "environment": settings().env,
        "here": request.full_path.rstrip("?"),
    }
