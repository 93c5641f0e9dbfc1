"""Pictures for items: sent by an author, shown to whoever is signed in."""

from __future__ import annotations

from flask import Blueprint, Response, g, request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import is_resource_modified
from werkzeug.wrappers import Response as AnyResponse

from carbonlearn.catalogue.services import media
from carbonlearn.core.errors import Invalid, NotFound
from carbonlearn.core.permissions import Permission
from carbonlearn.infra import vault
from carbonlearn.infra.db import unit_of_work
from carbonlearn.infra.rich import PICTURES
from carbonlearn.question_bank import queries
from carbonlearn.question_bank.models import ItemPicture
from carbonlearn.question_bank.services.pictures import enter_picture
from carbonlearn.web import htmx, messages
from carbonlearn.web.context import settings
from carbonlearn.web.guard import public, requires
from carbonlearn.web.uploads import received, takes_upload

bp = Blueprint("item_pictures", __name__)

KEPT_SECONDS = 30 * 24 * 3600  # the address names what it holds, so it never changes
FIELDS = ("words",)


@bp.get("/desk/items/pictures")
@requires(Permission.ITEM_DRAFT)
def form() -> AnyResponse:
    """The place to send a picture, for pages without script; the editor shows the same within itself."""
    return _answer(None, "")


@bp.post("/desk/items/pictures")
@requires(Permission.ITEM_DRAFT)
@takes_upload
def upload() -> AnyResponse:
    """One picture: examined, stored, recorded; the answer is what to write into a text."""
    limits, words = media.limits(settings()), ""
    try:
        with received(settings().data_dir / "arriving", limits["image"], FIELDS) as arrived:
            words = arrived.fields.get("words", "").strip()[:80]
            kept = media.keep(arrived.path, arrived.name, arrived.folder, limits)
        with unit_of_work():
            found = enter_picture(kept, actor=g.actor, now=g.now)
            picture_id = found.id
    except RequestEntityTooLarge:
        return _answer(
            None, messages.message("MEDIA_TOO_LARGE", {"limit": limits["image"] // media.MEGABYTE})
        )
    except Invalid as error:
        return _answer(None, messages.message(error.code, error.facts), words)
    return _answer(queries.picture(picture_id), "", words)


def _answer(picture: ItemPicture | None, fault: str, words: str = "") -> AnyResponse:
    return htmx.render(
        "question_bank/pictures.html",
        partial="question_bank/_picture.html",
        status=422 if fault else 200,
        picture=picture,
        words=words,
        fault=fault,
    )


@bp.get(f"{PICTURES}<picture_id>")
@public
def show(picture_id: str) -> Response:
    """A picture by its unguessable id, for whoever is signed in: candidates know those of their own paper alone."""
    if g.actor is None:
        raise NotFound("PICTURE_NOT_FOUND")
    found = queries.picture(picture_id)
    answer = Response(mimetype=found.kind)
    answer.set_etag(found.sha256)
    answer.headers["Cache-Control"] = f"private, max-age={KEPT_SECONDS}, immutable"
    if not is_resource_modified(request.environ, etag=found.sha256):
        answer.status_code = 304
        return answer
    file = vault.media().open(found.sha256, 0, found.size)
    try:
        answer.set_data(file.read(found.size))
    finally:
        file.close()
    return answer
