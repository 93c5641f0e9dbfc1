"""Item files at the desk: sent, previewed row by row, taken or dropped, undone; and the templates to fill in."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from flask import Blueprint, flash, g, request, url_for
from flask_babel import gettext as _
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response

from carbonlearn.audit.services import record
from carbonlearn.catalogue import queries as catalogue
from carbonlearn.catalogue.framework import rungs
from carbonlearn.core.errors import Conflict, DomainError, Invalid, NotFound
from carbonlearn.core.permissions import Permission
from carbonlearn.infra import vault
from carbonlearn.infra.db import unit_of_work
from carbonlearn.question_bank import services
from carbonlearn.question_bank.file_notes import sentence
from carbonlearn.question_bank.formats.examples import example
from carbonlearn.question_bank.formats.judging import POOLS, VERDICTS, Defaults
from carbonlearn.question_bank.formats.kinds import FORMATS
from carbonlearn.question_bank.queries import files
from carbonlearn.question_bank.services import applying, exporting, importing
from carbonlearn.question_bank.staff_views.choices import track_choices
from carbonlearn.question_bank.staff_views.file_words import FORMAT_NAMES
from carbonlearn.question_bank.staff_views.row_changes import changes_of
from carbonlearn.question_bank.staff_views.sending import sent
from carbonlearn.web import htmx, messages
from carbonlearn.web.context import settings
from carbonlearn.web.guard import requires
from carbonlearn.web.i18n import language, pick
from carbonlearn.web.paging import PAGE_SIZE, page_of
from carbonlearn.web.uploads import received, takes_upload

bp = Blueprint("item_imports", __name__, url_prefix="/desk/items/imports")
bp.add_app_template_filter(sentence, "row_note")

LONGEST_NUMBER = 9  # figures
CHOICES = ("pool", "track", "function", "difficulty", "source")
SHOWN_CASES = ("new", "changed", "fault")
MOST_CASES = 50
MOST_LOOKS = 400  # how often an open page asks how far the reading is: about a quarter of an hour
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("")
@requires(Permission.ITEM_READ)
def index() -> Response:
    """What was sent, the newest first, and the place to send more."""
    return _list({})


def _list(typed: dict[str, str], fault: DomainError | None = None, status: int = 422) -> Response:
    rows = files.file_imports(request.args.get("after", ""), PAGE_SIZE + 1)
    return htmx.render(
        "question_bank/imports.html",
        status=status if fault else 200,
        lines=page_of(rows, lambda line: line.row.id),
        pools=POOLS,
        tracks=track_choices(),
        functions=[(slug, pick(*names)) for slug, names in catalogue.functions().items()],
        formats=FORMATS,
        format_names=FORMAT_NAMES,
        limit=importing.LIMIT,
        typed=typed,
        fault=messages.message(fault.code, fault.facts) if fault else None,
    )


@bp.post("")
@requires(Permission.ITEM_DRAFT)
@takes_upload
def send() -> Response:
    """One file: written to the disk as it arrives, sealed, noted. It is read elsewhere."""
    typed: dict[str, str] = {}
    try:
        with received(settings().data_dir / "arriving", importing.LIMIT, CHOICES) as arrived:
            typed = {name: arrived.fields.get(name, "").strip()[:300] for name in CHOICES}
            chosen = _defaults(typed)
            importing.refuse_too_many(g.actor)
            kept = importing.keep(arrived.path)
        import_id = _noted(kept, arrived.name, chosen)
    except RequestEntityTooLarge:
        return _list(typed, Invalid("IMPORT_TOO_LARGE", limit=importing.LIMIT // importing.MEGABYTE), 413)
    except Conflict as fault:
        return _list(typed, fault, 409)
    except Invalid as fault:
        return _list(typed, fault)
    return htmx.go(url_for("item_imports.show", import_id=import_id))


def _noted(kept: importing.Kept, name: str, chosen: Defaults) -> str:
    """Note a kept file for reading; one that is not noted is not kept."""
    try:
        with unit_of_work():
            return importing.receive(kept, name, chosen, actor=g.actor, now=g.now).id
    except BaseException:
        importing.let_go(kept)
        raise


def _defaults(typed: dict[str, str]) -> Defaults:
    """What was chosen for rows that do not say it; an unknown choice is none."""
    job_type, _bar, level = typed["track"].partition("|")
    known = (job_type, level) in rungs()
    return Defaults(
        pool=typed["pool"] if typed["pool"] in POOLS else "",
        job_type=job_type if known else "",
        level=level if known else "",
        function=typed["function"] if typed["function"] in catalogue.functions() else "",
        difficulty=int(typed["difficulty"]) if typed["difficulty"] in ("1", "2", "3", "4", "5") else 0,
        source=typed["source"],
    )


@bp.get("/<import_id>")
@requires(Permission.ITEM_READ)
def show(import_id: str) -> Response:
    """One file: how far it is, what its rows would become, what is wrong with them."""
    return _page(import_id)


def _page(import_id: str, fault: DomainError | None = None) -> Response:
    row = files.file_import(import_id)
    verdict = request.args.get("verdict", "")
    verdict = verdict if verdict in VERDICTS else ""
    looks = request.args.get("looks", 0, type=int)
    kept_in = applying.why_not_undo(row, g.now) if row.status == importing.APPLIED else ""
    waits = row.status in importing.UNDER_WAY
    if not waits:
        _note_looks(import_id, verdict)
    found = [] if waits else files.import_rows(import_id, verdict, _row_number("after"), PAGE_SIZE + 1)
    return htmx.render(
        "question_bank/import.html",
        partial="question_bank/_import.html" if request.args.get("looks") else None,
        status=409 if fault else 200,
        row=row,
        cases=[] if waits else files.import_cases(import_id, SHOWN_CASES, MOST_CASES),
        rows=page_of(found, lambda one: str(one.number)),
        changes=changes_of(found) if row.status == importing.PREVIEWED else {},
        verdict=verdict,
        verdicts=VERDICTS,
        waits=waits,
        looks_again=looks + 1 if waits and looks < MOST_LOOKS else 0,
        kept_in=messages.message(kept_in, {}) if kept_in else "",
        concerned=applying.is_concerned(row, g.actor),
        refused=messages.message(row.fault["code"], row.fault["facts"]) if row.fault else None,
        format_names=FORMAT_NAMES,
        functions=catalogue.functions(),
        fault=messages.message(fault.code, fault.facts) if fault else None,
    )


def _note_looks(import_id: str, verdict: str) -> None:
    """The page shows keys: who saw those of exam items that the bank has is noted."""
    shown = files.exam_items_of_rows(import_id, verdict, _row_number("after"), PAGE_SIZE)
    if shown:
        with unit_of_work():
            services.note_looks(shown, "import", actor=g.actor, now=g.now)


def _row_number(name: str) -> int:
    """A number of a row, as an address gives it; 0 for what cannot be one."""
    asked = request.args.get(name, "")
    return int(asked) if asked.isdecimal() and len(asked) <= LONGEST_NUMBER else 0


@bp.post("/<import_id>/application")
@requires(Permission.ITEM_DRAFT)
def apply(import_id: str) -> Response:
    """Take all rows, as drafts. It is done elsewhere, in one unit of work."""
    try:
        with unit_of_work():
            applying.ask_to_apply(import_id, actor=g.actor, now=g.now)
    except Conflict as fault:
        return _page(import_id, fault)
    return htmx.go(url_for("item_imports.show", import_id=import_id))


@bp.post("/<import_id>/undoing")
@requires(Permission.ITEM_READ)
def undo(import_id: str) -> Response:
    """Take everything back: by who sent it, who had it imported, or a chief."""
    try:
        with unit_of_work():
            count = applying.undo(import_id, actor=g.actor, now=g.now)
    except Conflict as fault:
        return _page(import_id, fault)
    flash(_("已撤销，%(count)s 道题的草稿都拿掉了。", count=count), "ok")
    return htmx.go(url_for("item_imports.show", import_id=import_id))


@bp.post("/<import_id>/removal")
@requires(Permission.ITEM_READ)
def drop(import_id: str) -> Response:
    """Be done with a file: by who sent it or a chief."""
    try:
        with unit_of_work():
            applying.drop(import_id, actor=g.actor, now=g.now)
    except Conflict as fault:
        return _page(import_id, fault)
    flash(_("已放弃，题库没有变。"), "ok")
    return htmx.go(url_for("item_imports.index"))


@bp.get("/<import_id>/sheet")
@requires(Permission.ITEM_DRAFT)
def sheet(import_id: str) -> Response:
    """The rows as an Excel file in which each faulty cell is coloured and says why; written when the file was read."""
    row = files.file_import(import_id)
    if not row.sheet_key or row.status != importing.PREVIEWED or row.created_by != g.actor.user_id:
        raise NotFound("IMPORT_NOT_FOUND")
    key, name = row.sheet_key, Path(row.file_name).stem[:80]
    with unit_of_work():
        record("item_import:sheet", ("item_import", import_id), now=g.now, actor_id=g.actor.user_id)
    return sent(vault.passing().get(key), XLSX, f"{name}-notes.xlsx")


@bp.get("/templates/<kind>")
@requires(Permission.ITEM_READ)
def template(kind: str) -> Response:
    """A file to fill in, or to see how a format is written: Excel with drop-downs, the others with an item of each type."""
    if kind not in FORMATS:
        raise NotFound("IMPORT_NOT_FOUND")
    english = language().startswith("en")
    with tempfile.TemporaryDirectory(prefix="template-", dir=_arriving()) as folder:
        path = Path(folder) / "file"
        exporting.writer_of(kind)(path, example(english=english))
        content = path.read_bytes()
    return sent(content, "application/octet-stream", f"carbonlearn-items-{kind}.{exporting.ENDINGS[kind]}")


def _arriving() -> Path:
    folder: Any = settings().data_dir / "arriving"
    folder.mkdir(parents=True, exist_ok=True)
    return Path(folder)
