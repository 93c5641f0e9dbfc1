"""What happens to the bank without a person: files that were sent are read and taken, exports are written, old ones are forgotten."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from flask import current_app
from flask_babel import force_locale

from carbonlearn.core.job import Job
from carbonlearn.infra import vault
from carbonlearn.infra.clock import stopwatch
from carbonlearn.infra.db import db, execute_hot, unit_of_work
from carbonlearn.question_bank import file_notes
from carbonlearn.question_bank.formats import alike, sheet_marked
from carbonlearn.question_bank.formats.entry import FileFault, Note
from carbonlearn.question_bank.formats.opening import opened
from carbonlearn.question_bank.models import ItemExport
from carbonlearn.question_bank.queries import files
from carbonlearn.question_bank.services import applying, exporting, importing, previewing
from carbonlearn.question_bank.services.importing import Claim
from carbonlearn.web.context import settings

log = logging.getLogger("carbonlearn.question_bank")

AT_ONCE = 1000
EVERY = timedelta(seconds=5)
TELL_SECONDS = 1.0


def read_files(now: datetime) -> int:
    """Read the file that has waited longest, to its preview; how many. What is settled is not kept any longer."""
    with unit_of_work():
        importing.forget_files(now)
        claimed = importing.claim(now)
    if claimed is None:
        return 0
    with suppress(importing.NotOurs):
        _read(claimed)
    return 1


def _read(claimed: Claim) -> None:
    with _folder() as folder:
        try:
            told = _each_second(lambda count: _tell(claimed, count))
            found = opened(importing.unsealed(claimed.import_id, folder), folder, told)
            _judge(claimed, folder, found.kind, found.rows)
        except FileFault as fault:
            with unit_of_work():
                importing.beat(claimed, _now(), 0)
                importing.refuse(claimed.import_id, fault.code, fault.facts, _now())


def _judge(claimed: Claim, folder: Path, kind: str, total: int) -> None:
    """Judge what was read and store it, a thousand rows at a time; then the file can be previewed."""
    import_id = claimed.import_id
    named = _pictures(claimed, folder, total)
    judging = previewing.Judging(files.file_import(import_id), folder, named)
    rows = judging.rows()
    count = 0
    with (folder / alike.STEMS).open("w", encoding="utf-8") as stems:
        previewing.write_bank_stems(stems)
        while batch := list(islice(rows, AT_ONCE)):
            count += len(batch)
            previewing.write_stems(stems, batch)
            with unit_of_work():
                importing.beat(claimed, _now(), count)
                previewing.store(import_id, batch)
    likes = alike.likes_in(folder)
    with unit_of_work():
        importing.beat(claimed, _now(), count)
        judging.store_cases(import_id)
        previewing.preview(import_id, kind, judging.seen(), likes, _now())
    if previewing.has_notes(import_id):
        _annotate(claimed, folder)


def _pictures(claimed: Claim, folder: Path, total: int) -> dict[str, str]:
    """The ids of the file's pictures by their names there; those that the bank does not have wait with the file."""
    named, fresh = previewing.seal_pictures(folder)
    try:
        with unit_of_work():
            importing.beat(claimed, _now(), 0, total)
            previewing.store_pictures(claimed.import_id, fresh)
    except importing.NotOurs:
        for one in fresh:
            vault.passing().delete(one["file_key"])
        raise
    return named | {picture_id: picture_id for picture_id in previewing.bank_pictures(folder)}


def _annotate(claimed: Claim, folder: Path) -> None:
    """Write the rows as a sheet that says what is wrong with which cell, in both languages, as the template is."""
    path = folder / "marked.xlsx"
    rows, cases = previewing.marked(claimed.import_id), previewing.marked_cases(claimed.import_id)
    sheet_marked.write(path, rows, cases, _in_both_languages)
    key = vault.passing().put(path.read_bytes())
    with unit_of_work():
        is_kept = previewing.keep_sheet(claimed, key)
    if not is_kept:
        vault.passing().delete(key)


def _in_both_languages(note: Note) -> str:
    said = []
    for locale in ("zh", "en"):
        with force_locale(locale):
            said.append(file_notes.message(note.code, note.facts))
    return " / ".join(dict.fromkeys(said))


def apply_files(now: datetime) -> int:
    """Take the previewed file that has waited longest for it; how many rows. One that fails keeps no other from being taken."""
    import_id = applying.next_to_apply()
    if import_id is None:
        return 0
    try:
        applying.bring_pictures(import_id)
        with unit_of_work():
            return applying.apply(import_id, now)
    except Exception:
        log.exception("question_bank.apply_files: %s put off", import_id)
        with unit_of_work():
            applying.put_off(import_id, now)
    return 0


def write_exports(now: datetime) -> int:
    """Write the export that has waited longest, and forget those of yesterday; how many were touched."""
    with unit_of_work():
        done = exporting.forget_old(now)
        claimed = exporting.claim(now)
    if claimed is None:
        return done
    _write(claimed)
    return done + 1


def _write(claimed: exporting.Claim) -> None:
    key, size = "", 0
    try:
        with _folder() as folder:
            path = folder / "out"
            told = _each_second(lambda count: _tell_export(claimed, count))
            exporting.write(path, db.session.get_one(ItemExport, claimed.export_id), told)
            size = path.stat().st_size
            key = vault.passing().put(path.read_bytes())
    finally:
        with unit_of_work():
            is_ours = exporting.finish(claimed, key, size, _now())
        if key and not is_ours:
            vault.passing().delete(key)


def _tell(claimed: Claim, count: int) -> None:
    with unit_of_work():
        importing.beat(claimed, _now(), count)


def _tell_export(claimed: exporting.Claim, count: int) -> None:
    """On a connection of its own: the session is in the middle of reading the items."""
    told = {"own_id": claimed.export_id, "own_claim": claimed.token, "own_done": count, "own_now": _now()}
    execute_hot(current_app._get_current_object(), exporting.BEAT, told)  # type: ignore[attr-defined]


def _now() -> datetime:
    """What the clock says by now: a sign of life is no sign when it tells when the sweep began."""
    told: datetime = current_app.extensions["carbonlearn_clock"].now()
    return told


def _each_second(tell: Callable[[int], None]) -> Callable[[int], None]:
    """A listener that passes on how far something is, once a second at most."""
    last = [stopwatch()]

    def listen(count: int) -> None:
        if stopwatch() - last[0] >= TELL_SECONDS:
            last[0] = stopwatch()
            tell(count)

    return listen


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder of our own on the data disk, gone afterwards."""
    parent: Path = settings().data_dir / "arriving"
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="items-", dir=parent) as own:
        yield Path(own)


JOBS = (
    Job("question_bank.read_files", every=EVERY, sweep=read_files, is_slow=True),
    Job("question_bank.apply_files", every=EVERY, sweep=apply_files, is_slow=True),
    Job("question_bank.write_exports", every=EVERY, sweep=write_exports, is_slow=True),
)
