"""Files that people send: written to the disk as they arrive, under a limit, and gone again when the view is done.

A view that takes one says so by ``takes_upload``. Its body is then left unread until the view itself asks for it, so a stranger's two
gigabytes are never taken in; what the edge otherwise checks in every form (token, NUL, unknown fields) is checked by ``received``.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeVar

from flask import current_app, request
from flask_wtf.csrf import CSRFError, validate_csrf
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge
from werkzeug.formparser import FormDataParser
from wtforms.validators import ValidationError

from carbonlearn.core.errors import Invalid

View = TypeVar("View", bound=Callable[..., Any])
ATTRIBUTE = "carbonlearn_upload"
FIELD_BYTES = 64 * 1024
MEMORY_BYTES = (
    1024 * 1024
)  # bounds the parser's buffer, which holds a whole read chunk and what was left over of the one before
PARTS = 10


@dataclass(frozen=True, slots=True)
class Upload:
    """One file that has arrived: where it lies, what its sender called it, and the other fields of the form."""

    path: Path
    name: str
    fields: MultiDict[str, str]
    folder: Path


def takes_upload(view: View) -> View:
    """This view reads its body itself, by ``received``."""
    setattr(view, ATTRIBUTE, True)
    return view


def is_upload() -> bool:
    """Whether the body of this request is left to its view."""
    view = current_app.view_functions.get(request.endpoint or "")
    return bool(getattr(view, ATTRIBUTE, False))


@contextmanager
def received(folder: Path, most: int, allowed: tuple[str, ...] = ()) -> Iterator[Upload]:
    """The one file of the form (field ``file``), of at most ``most`` bytes, in a folder of its own that is gone afterwards.

    Raises 413 beyond the limit, CSRFError without a fitting token, Invalid without a file or with a field that is not ``allowed``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    request.max_content_length = most + FIELD_BYTES
    with tempfile.TemporaryDirectory(prefix="upload-", dir=folder) as own:

        def place(*_args: Any, **_named: Any) -> IO[bytes]:
            return tempfile.NamedTemporaryFile(dir=own, delete=False)

        parser = FormDataParser(
            stream_factory=place,
            max_form_memory_size=MEMORY_BYTES,
            max_content_length=most + FIELD_BYTES,
            max_form_parts=PARTS,
            silent=False,
        )
        try:
            _, fields, files = parser.parse(
                request.stream, request.mimetype, request.content_length, request.mimetype_params
            )
        except ValueError as error:
            raise BadRequest from error
        _check_fields(fields, allowed)
        sent = files.getlist("file")
        if len(sent) != 1 or len(files) != 1:
            raise Invalid("UPLOAD_ONE_FILE", field="file")
        sent[0].stream.close()
        (path,) = Path(own).iterdir()
        out = Path(own) / "out"
        out.mkdir()
        yield Upload(path, sent[0].filename or "", fields, out)


def _check_fields(fields: MultiDict[str, str], allowed: tuple[str, ...]) -> None:
    try:
        validate_csrf(request.headers.get("X-CSRFToken") or fields.get("csrf_token"))
    except ValidationError as error:
        raise CSRFError(str(error)) from error
    for name, value in fields.items(multi=True):
        if name not in (*allowed, "csrf_token"):
            raise Invalid("UNKNOWN_FIELD", field=name[:40])
        if len(value) > FIELD_BYTES:
            raise RequestEntityTooLarge
        if "\x00" in value:
            raise BadRequest
