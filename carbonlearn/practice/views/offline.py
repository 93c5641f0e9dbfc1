"""Practice without a network: a page that stands by itself, a worker that keeps no other page, sets to take along, answers brought back.

What a phone keeps is sealed with a key of its owner, which lies in a cookie of this page alone. Whoever signs in or out or begins an exam
loses the cookie, and with it everything that was kept; who comes back, or has handed in, gets the same key again.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from flask import Blueprint, Response, current_app, g, jsonify, render_template, request
from flask_wtf.csrf import generate_csrf

from carbonlearn.core.errors import DomainError, Invalid, NotFound
from carbonlearn.core.permissions import Permission
from carbonlearn.enrolment.queries import OwnPlace
from carbonlearn.infra import rich
from carbonlearn.infra.db import unit_of_work
from carbonlearn.infra.tokens import keyed_hash
from carbonlearn.practice import queries, services
from carbonlearn.practice.views import wording
from carbonlearn.practice.views.overview import asked_place
from carbonlearn.sittings.rules.face import LONGEST_TEXT
from carbonlearn.web.context import session_cookie_name, settings
from carbonlearn.web.guard import public, requires
from carbonlearn.web.i18n import pick
from carbonlearn.web.openapi import operation
from carbonlearn.web.payload import Field, checked, json_body, schema_of

bp = Blueprint("practice_offline", __name__)

SCOPE = "/practice/offline"
WORKER_SCOPE = "/practice"
COOKIE = "practice_key"
EXAM_BEGINS = "sittings.start"
KEPT_SECONDS = 30 * 24 * 3600
MOST_OPERATIONS = 25
MOST_BYTES = 512 * 1024
ANSWER = {
    "operation_id": Field("string", 1, 40, r"[A-Za-z0-9_-]+"),
    "item_id": Field("string", 26, 26, r"[0-9a-z]+"),
    "version_id": Field("string", 26, 26, r"[0-9a-z]+"),
    "value": Field("answer", high=LONGEST_TEXT),
    "judged": Field("string", 0, 8, r"(right|partly|wrong)?", required=False),
}
ANSWERS_BODY = {
    "type": "object",
    "additionalProperties": False,
    "required": ["operations"],
    "properties": {
        "operations": {"type": "array", "items": schema_of(ANSWER), "maxItems": MOST_OPERATIONS},
    },
}
STATE_SCHEMA = {
    "type": "object",
    "properties": {
        "owner": {
            "type": "string",
            "description": "stands for the person on this installation, and says nothing else",
        },
        "csrf": {"type": "string"},
        "open": {"type": "boolean", "description": "whether there is an enrolment that may practise"},
        "sets": {
            "type": "array",
            "description": "of all enrolments that may practise; a digest that differs means that items were changed",
            "items": {"type": "object"},
        },
    },
}


@bp.get(SCOPE)
@public
def page() -> str:
    """The page itself holds nobody's data and no token, since the phone keeps it."""
    return render_template(
        "practice/offline.html", verdicts=wording.VERDICTS, type_names=wording.TYPE_NAMES, rules=wording.RULES
    )


@bp.get(f"{SCOPE}/worker.js")
@public
def worker() -> Response:
    """The worker, which the browser may let see the pages of practice: it leads from the first of them to the offline one."""
    response = current_app.send_static_file("js/practice_worker.js")
    response.headers["Service-Worker-Allowed"] = WORKER_SCOPE
    response.headers["Cache-Control"] = "no-cache"
    return response


@bp.get(f"{SCOPE}/state")
@requires(Permission.STUDY_OWN)
@operation(
    "practiceState",
    "Who practises here, and which sets there are to take along",
    answer=STATE_SCHEMA,
    errors=("PRACTICE_WHILE_SITTING",),
)
def state() -> Response:
    places = queries.open_places(g.actor, g.now)
    sets = [one for place in places for one in _sets(place, tell_track=len(places) > 1)]
    response = jsonify(owner=_owner(), csrf=generate_csrf(), open=bool(places), sets=sets)
    response.set_cookie(
        COOKIE,
        f"{_owner()}.{_key()}",
        max_age=KEPT_SECONDS,
        path=SCOPE,
        secure=settings().is_https,
        httponly=False,  # the page opens what it kept with it, without a network
        samesite="Strict",
    )
    return response


@bp.get(f"{SCOPE}/sets/<chapter>")
@requires(Permission.STUDY_OWN)
@operation(
    "practiceSet",
    "A chapter to take along, with keys and explanations; items of the practice pool only",
    errors=("PRACTICE_SET_NOT_FOUND", "PRACTICE_WHILE_SITTING"),
)
def take_along(chapter: str) -> Response:
    _places, place, _own = asked_place()
    items = queries.pool(place.track)
    found = _chapters(place, items).get(chapter)
    if found is None:
        raise NotFound("PRACTICE_SET_NOT_FOUND")
    texts = queries.questions(found.order)
    about = _about(
        place, found, wording.chapter_names([chapter]), items, len(queries.open_places(g.actor, g.now)) > 1
    )
    return jsonify(**about, items=[_shown(texts[one]) for one in found.order if one in texts])


@bp.post(f"{SCOPE}/answers")
@requires(Permission.STUDY_OWN)
@operation(
    "bringAnswers",
    "Answers given without a network, in their order; each operation counts once however often it is sent",
    body=ANSWERS_BODY,
    errors=("PRACTICE_TOO_MANY", "INVALID_FIELD", "PRACTICE_WHILE_SITTING"),
)
def bring() -> Response:
    operations = _operations()
    try:
        _places, place, _own = asked_place()
    except (
        NotFound
    ) as error:  # the place has ended: the phone lets go of these and goes on with those of another
        return jsonify(done=[_refused(sent, error) for sent in operations])
    return jsonify(done=[_brought(sent, place) for sent in operations])


def _operations() -> list[dict[str, Any]]:
    """What was sent. Each is judged by itself; only what has no name that an answer could carry is refused for all."""
    if (request.content_length or 0) > MOST_BYTES:
        raise Invalid("BODY_TOO_LARGE", limit=MOST_BYTES)
    body = json_body()
    if not isinstance(body, dict) or not isinstance(body.get("operations"), list):
        raise Invalid("NOT_JSON_OBJECT")
    if len(body["operations"]) > MOST_OPERATIONS:
        raise Invalid("PRACTICE_TOO_MANY", limit=MOST_OPERATIONS)
    for one in body["operations"]:
        if not isinstance(one, dict):
            raise Invalid("NOT_JSON_OBJECT")
        if not isinstance(one.get("operation_id"), str):
            raise Invalid("MISSING_FIELD", field="operation_id")
    return list(body["operations"])


def _brought(sent: dict[str, Any], place: OwnPlace) -> dict[str, Any]:
    """What became of one answer. One that cannot be taken is named, so that the phone lets go of it and the others come home."""
    try:
        wish = services.Wish(mode="offline", **checked(sent, ANSWER))
        with unit_of_work():
            made = services.answer(wish, actor=g.actor, track=place.track, zone=place.rules.zone, now=g.now)
            return {"operation_id": wish.operation_id, "verdict": made.verdict}
    except DomainError as error:
        return _refused(sent, error)


def _refused(sent: dict[str, Any], error: DomainError) -> dict[str, Any]:
    return {"operation_id": sent["operation_id"], "refused": error.code}


@bp.after_app_request
def _forget(response: Response) -> Response:
    """When a session begins or ends, when an exam begins, and when somebody asks here without a session or from an exam, the key goes."""
    begins = f"{session_cookie_name()}="
    changes = any(line.startswith(begins) for line in response.headers.getlist("Set-Cookie"))
    asks = request.endpoint == "practice_offline.state"
    stranger = asks and COOKIE in request.cookies and g.get("actor") is None
    sits = (asks and response.status_code == 409) or (
        request.endpoint == EXAM_BEGINS and response.status_code < 400
    )
    if changes or stranger or sits:
        response.delete_cookie(COOKIE, path=SCOPE, secure=settings().is_https, samesite="Strict")
    return response


def _sets(place: OwnPlace, tell_track: bool) -> list[dict[str, Any]]:
    """The chapters of a place as sets to take along."""
    items = queries.pool(place.track)
    found = _chapters(place, items)
    names = wording.chapter_names(found)
    return [_about(place, chapter, names, items, tell_track) for chapter in found.values()]


def _chapters(place: OwnPlace, items: Sequence[queries.PoolItem]) -> dict[str, queries.Chapter]:
    return queries.chapters(place, items, queries.stats(g.actor.user_id), g.actor.user_id)


def _about(
    place: OwnPlace,
    chapter: queries.Chapter,
    names: Mapping[str, str],
    items: Sequence[queries.PoolItem],
    tell_track: bool,
) -> dict[str, Any]:
    """A set without its items. Two places may have a chapter of the same name, so the key names both; the digest is that of the texts."""
    versions = {item.id: item.version_id for item in items}
    told = ",".join(versions[item_id] for item_id in chapter.order)
    track = f"{pick(place.track.name, place.track.en)} · " if tell_track else ""
    return {
        "key": f"{place.id}/{chapter.key}",
        "place": place.id,
        "chapter": chapter.key,
        "name": track + names[chapter.key],
        "count": len(chapter.order),
        "digest": sha256(told.encode()).hexdigest()[:16],
    }


def _shown(asked: queries.Question) -> dict[str, Any]:
    """A question as the page shows it: texts as clean HTML, with its key."""
    return {
        "id": asked.id,
        "version_id": asked.version_id,
        "type": asked.type,
        "case": rich.html(asked.case) if asked.case else "",
        "stem": rich.html(asked.stem),
        "options": [[letter, rich.inline(text)] for letter, text in asked.options.items()],
        "key": list(asked.key),
        "reference": rich.html(asked.reference) if asked.reference else "",
        "rubric": [rich.inline(str(line["text"])) for line in asked.rubric],
        "explanation": rich.html(asked.explanation),
        "source": asked.source,
    }


def _owner() -> str:
    return keyed_hash(settings().secret_key, "practice-owner", g.actor.user_id)[:32]


def _key() -> str:
    raw = bytes.fromhex(keyed_hash(settings().secret_key, "practice-key", g.actor.user_id))
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
