"""The recordings, slides and pictures of lessons, in ranges, for whoever may study them."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from flask import Blueprint, Response, g, redirect, request
from werkzeug.datastructures import ContentRange
from werkzeug.http import is_resource_modified, parse_if_range_header
from werkzeug.wrappers import Response as AnyResponse

from carbonlearn.catalogue.models import MediaFile
from carbonlearn.core.errors import NotFound
from carbonlearn.infra import vault
from carbonlearn.infra.storage import PIECE, Readable
from carbonlearn.study.queries.media import fetchable
from carbonlearn.web.guard import public

bp = Blueprint("media", __name__)

SIGNED_SECONDS = 15 * 60
KEPT_SECONDS = 3600
AT_HOME = ("captions",)  # a browser takes captions from the page's own origin alone


@bp.get("/media/<media_id>/<variant>")
@public
def file(media_id: str, variant: str) -> AnyResponse:
    """``file``: to be shown in a page; ``download``: to be saved under its name. Nobody who may not study it learns that it is there."""
    row = fetchable(media_id, g.actor)
    if variant not in ("file", "download"):
        raise NotFound("MEDIA_NOT_FOUND")
    away = (
        None
        if row.kind in AT_HOME or variant == "download"
        else vault.media().url(row.sha256, row.content_type, SIGNED_SECONDS)
    )
    if away is not None:
        answer: AnyResponse = redirect(away, 302)
        answer.headers["Cache-Control"] = "private, no-store"
        return answer
    answer = _stored(row)
    if variant == "download" or row.kind == "pdf":
        answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(row.name, safe='')}"
    return answer


def _stored(row: MediaFile) -> Response:
    """The file or the range asked for: 200, 206, 304 or 416, streamed from the storage."""
    answer = Response(mimetype=row.content_type)
    answer.accept_ranges = "bytes"
    answer.set_etag(row.sha256)
    answer.headers["Cache-Control"] = f"private, max-age={KEPT_SECONDS}"
    if not is_resource_modified(request.environ, etag=row.sha256):
        answer.status_code = 304
        return answer
    start, stop = 0, row.bytes
    if request.range is not None and _range_counts(row):
        asked = request.range.range_for_length(row.bytes) if request.range.units == "bytes" else None
        if asked is None and len(request.range.ranges) == 1:
            answer.status_code = 416
            answer.content_range = ContentRange("bytes", None, None, row.bytes)
            return answer
        if asked is not None:
            start, stop = asked
            answer.status_code = 206
            answer.content_range = ContentRange("bytes", start, stop, row.bytes)
    answer.content_length = stop - start
    if request.method != "HEAD":
        answer.response = _pieces(vault.media().open(row.sha256, start, stop - start))
    return answer


def _range_counts(row: MediaFile) -> bool:
    """A range is of the file that its sender knows; of another one the whole is sent."""
    if "If-Range" not in request.headers:
        return True
    return parse_if_range_header(request.headers["If-Range"]).etag == row.sha256


def _pieces(file: Readable) -> Iterator[bytes]:
    try:
        while piece := file.read(PIECE):
            yield piece
    finally:
        file.close()
