"""Health, the published description, and the movable clock of a test installation."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Blueprint, Flask, current_app, g, jsonify, make_response
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from carbonlearn.core.errors import Invalid
from carbonlearn.infra.db import unit_of_work
from carbonlearn.ops import queries, services
from carbonlearn.web import messages, openapi
from carbonlearn.web.context import settings
from carbonlearn.web.guard import public
from carbonlearn.web.payload import json_body
from carbonlearn.web.security import csrf

bp = Blueprint("ops", __name__)
clock_bp = Blueprint("test_clock", __name__)

messages.register({"CLOCK_INVALID": _l("时钟要一个带时区的时刻 now，或者要前进的秒数 advance。")})


@bp.get("/healthz")
@public
def healthz() -> Response:
    """The process answers."""
    return jsonify(status="alive")


@bp.get("/readyz")
@public
def readyz() -> Response:
    """Everything that an exam day needs is in order; 503 and the failing checks otherwise."""
    clock = current_app.extensions["carbonlearn_clock"]
    checks = queries.readiness(settings(), clock, current_app.extensions["carbonlearn_jobs"], g.now)
    ready = all(check.passed for check in checks)
    body = {
        "ready": ready,
        "checks": [{"name": c.name, "passed": c.passed, "found": c.found} for c in checks],
    }
    return make_response(jsonify(body), 200 if ready else 503)


@bp.get("/openapi.json")
@public
def description() -> Response:
    """Every operation that a phone or another system calls."""
    return jsonify(openapi.description(current_app, settings().base_url))


@clock_bp.post("/test/clock")
@public
def set_clock() -> Response:
    """Move the installation's clock: ``{"now": instant}`` or ``{"advance": seconds}``. Exists with ENV=test alone."""
    moved = _asked_offset(json_body())
    with unit_of_work():
        services.set_clock_offset(moved)
    return jsonify(now=current_app.extensions["carbonlearn_clock"].now().isoformat())


def _asked_offset(body: object) -> timedelta:
    """The offset that the body asks for. Raises Invalid for anything else, and for an instant that no calendar holds."""
    try:
        step = _step(body)
        g.now + step  # beyond the year 9999 the clock could never be read again
        return services.clock_offset() + step
    except (OverflowError, ValueError):
        raise Invalid("CLOCK_INVALID") from None


def _step(body: object) -> timedelta:
    """How far the clock is to move. Raises ValueError or OverflowError."""
    if not isinstance(body, dict) or len(body) != 1:
        raise ValueError
    seconds, wanted = body.get("advance"), body.get("now")
    if isinstance(seconds, int | float) and not isinstance(seconds, bool):
        return timedelta(seconds=seconds)
    if not isinstance(wanted, str):
        raise ValueError
    instant = datetime.fromisoformat(wanted)
    if instant.tzinfo is None:
        raise ValueError
    return instant - g.now


def init_test_clock(app: Flask) -> None:
    """Make the route exist. Called for ENV=test alone."""
    csrf.exempt(clock_bp)
    app.register_blueprint(clock_bp)
