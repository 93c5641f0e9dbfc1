"""Files for lessons: the list, the upload, and taking away what nobody shows."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, jsonify, make_response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response

from carbonlearn.catalogue import forms, queries, services
from carbonlearn.catalogue.models import MediaFile
from carbonlearn.catalogue.rules.lesson import quality
from carbonlearn.core.errors import Conflict, DomainError, Invalid
from carbonlearn.core.permissions import Permission
from carbonlearn.infra.db import unit_of_work
from carbonlearn.web import htmx, messages
from carbonlearn.web.context import settings
from carbonlearn.web.errors import wants_json
from carbonlearn.web.guard import requires
from carbonlearn.web.paging import PAGE_SIZE, page_of
from carbonlearn.web.uploads import received, takes_upload

bp = Blueprint("media_desk", __name__, url_prefix="/desk/lessons/media")
MEGABYTE = services.media.MEGABYTE
KINDS = ("video", "audio", "pdf", "image", "captions")

messages.register(
    {
        "MEDIA_NOT_FOUND": _l("没有找到这个文件。"),
        "MEDIA_IN_USE": _l("有课在用这个文件，不能删。"),
        "UPLOAD_ONE_FILE": _l("请选一个文件，一次传一个。"),
        "MEDIA_UPLOAD_TOO_LARGE": _l(
            "文件太大，没有收下。录像最多 %(video)s，录音最多 %(audio)s，PDF 最多 %(pdf)s，图片最多 %(image)s，字幕最多 %(captions)s。"
        ),
        "MEDIA_EMPTY": _l("这个文件是空的。"),
        "MEDIA_TYPE_UNKNOWN": _l(
            "这不是能用的文件：只收 MP4、WebM、MP3、M4A、Ogg、PDF、JPEG、PNG、WebP 和 WebVTT 字幕。"
        ),
        "MEDIA_TOO_LARGE": _l("这种文件最多 %(limit)s MB。"),
        "MEDIA_DAMAGED": _l("文件读不完整，可能损坏了，或者不是它自称的那种文件。"),
        "MEDIA_CUT_SHORT": _l("录制不完整：文件自称 %(claimed)s 秒，实际只有 %(found)s 秒。"),
        "MEDIA_TIMES_LEAP": _l("录制里有超过十秒的空档，不能算学时。请重新导出。"),
        "MEDIA_DURATION": _l("录制只有 %(seconds)s 秒；要在 1 秒到 4 小时之间。"),
        "MEDIA_STREAMS": _l("录制里要有一路声音，或一路画面加最多一路声音。"),
        "MEDIA_CODEC": _l(
            "浏览器放不了 %(codec)s 编码。请导出为 H.264 加 AAC 的 MP4，或 VP9 加 Opus 的 WebM。"
        ),
        "MEDIA_TOO_MANY_PIXELS": _l("画面太大：%(width)s×%(height)s 像素。"),
        "MEDIA_ANIMATED": _l("不收动图。"),
        "MEDIA_TOO_MANY_PAGES": _l("PDF 有 %(pages)s 页，最多 %(most)s 页。"),
        "MEDIA_LOCKED": _l("PDF 加了密码，请去掉密码再传。"),
        "MEDIA_CAPTIONS": _l("字幕要是 UTF-8 的 WebVTT，每条的时间按先后排，结束晚于开始。"),
        "MEDIA_TOO_SLOW": _l("检查这个文件超过了 %(seconds)s 秒，没有收下。"),
    }
)


@bp.app_template_filter("quality")
def quality_of(row: MediaFile) -> str:
    """What a recording's encoding is called."""
    return quality(queries.facts_of([row.id])[row.id])


@bp.app_template_filter("file_size")
def file_size(size: int) -> str:
    """Bytes as people say them: 12 KB, 33.5 MB, 2 GB."""
    if size < MEGABYTE:
        return f"{-(-size // 1024)} KB"
    number, unit = (size / MEGABYTE, "MB") if size < 1024 * MEGABYTE else (size / MEGABYTE / 1024, "GB")
    return f"{number:.1f}".removesuffix(".0") + f" {unit}"


@bp.get("")
@requires(Permission.LESSON_READ)
def index() -> Response:
    return _page()


def _page(fault: DomainError | None = None, status: int = 422) -> Response:
    kind = request.args.get("kind", "")
    after = request.args.get("after", "")
    rows = queries.media_rows(
        kind if kind in KINDS else "", PAGE_SIZE + 1, queries.media_file(after) if after else None
    )
    return htmx.render(
        "catalogue/desk_media.html",
        status=(409 if isinstance(fault, Conflict) else status) if fault else 200,
        files=page_of(rows, lambda row: row.id),
        kind=kind if kind in KINDS else "",
        kinds=KINDS,
        counts=queries.media_counts(),
        limits=services.media.limits(settings()),
        fault=messages.message(fault.code, fault.facts) if fault else None,
    )


@bp.post("")
@requires(Permission.LESSON_DRAFT)
@takes_upload
def upload() -> Response:
    """One file: read as it arrives, examined, stored, recorded. Whoever asks for JSON (the page's script) gets what it is."""
    allowed = services.media.limits(settings())
    try:
        with received(settings().data_dir / "arriving", max(allowed.values()), ("draft",)) as arrived:
            kept = services.media.keep(arrived.path, arrived.name, arrived.folder, allowed)
            draft = arrived.fields.get("draft", "")
        with unit_of_work():
            found = _described(services.media.enter(kept, actor=g.actor, now=g.now))
    except RequestEntityTooLarge:
        return _too_large(allowed)
    except Invalid as error:
        if wants_json():
            raise
        return _page(error)
    if wants_json():
        return jsonify(found)
    flash(_("已收下 %(name)s。", name=found["name"]), "ok")
    home = (
        url_for("lesson_drafts.show", draft_id=draft)
        if draft
        else url_for("media_desk.index", kind=found["kind"])
    )
    return htmx.go(home)


def _too_large(allowed: dict[str, int]) -> Response:
    """What is beyond every limit: refused before it is known what it is, so all the limits are named."""
    fault = Invalid("MEDIA_UPLOAD_TOO_LARGE", **{kind: file_size(most) for kind, most in allowed.items()})
    if not wants_json():
        return _page(fault, 413)
    words = messages.message(fault.code, fault.facts)
    return make_response(jsonify(error={"code": fault.code, "message": words, "facts": fault.facts}), 413)


def _described(row: MediaFile) -> dict[str, Any]:
    return {
        "id": row.id, "kind": row.kind, "name": row.name, "bytes": row.bytes, "duration_ms": row.duration_ms, "width": row.width,
        "height": row.height, "pages": row.pages, "content_type": row.content_type,
    }  # fmt: skip


@bp.post("/<media_id>/removal")
@requires(Permission.LESSON_DRAFT)
def remove(media_id: str) -> Response:
    forms.only(request.form)
    try:
        with unit_of_work():
            keys = services.media.remove(media_id, actor=g.actor, now=g.now)
    except Conflict as error:
        return _page(error)
    services.media.forget(keys)
    flash(_("文件已删。"), "ok")
    return htmx.go(url_for("media_desk.index"))
