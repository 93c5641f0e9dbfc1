"""What the desk is told of a paper that could not be sealed, or not be printed: on its window each time, in the log and the audit chain
the first time."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from carbonlearn.audit.services import record
from carbonlearn.exams.models import ExamWindow
from carbonlearn.exams.queries.papers import Due
from carbonlearn.exams.queries.windows import window_by_id
from carbonlearn.infra.solver import SolverFailed

log = logging.getLogger("carbonlearn.exams")

SHORT, FAILED, UNPRINTABLE = "paper_short", "paper_failed", "paper_unprintable"
OF_PAPERS = (SHORT, FAILED, UNPRINTABLE)
ACTIONS = {SHORT: "paper:short", FAILED: "paper:failed", UNPRINTABLE: "paper:unprintable"}
LOOK_AGAIN = timedelta(minutes=5)


class PromiseBroken(RuntimeError):
    """The independent reckoning found that forms are not what their blueprint asks."""


def note_short(
    window: ExamWindow, due: Due, *, lacking: list[Any], faults: list[Any], version_id: str, now: datetime
) -> None:
    """That there is no paper for want of items (``lacking``), or because the blueprint cannot be met at all (``faults``)."""
    _note(window, due, SHORT, version_id, now, {"lacking": lacking, "faults": faults})


def note_failure(due: Due, error: Exception, now: datetime) -> bool:
    """That working a paper out came to no end: of what kind the failure is, for people who may then look into the log."""
    window = window_by_id(due.window_id, lock=True)
    _note(window, due, FAILED, due.version_id, now, {"cause": _cause(error)})
    return True


def note_unprintable(
    window: ExamWindow, due: Due, characters: list[str], version_id: str, now: datetime
) -> None:
    """That the paper is sealed, but that no font draws these characters of it; which items have them stays sealed."""
    _note(window, due, UNPRINTABLE, version_id, now, {"characters": characters})


def without_notes(window: ExamWindow, due: Due) -> list[Any]:
    """The window's warnings but those of this paper."""
    return [warning for warning in window.warnings if not _is_about(warning, due)]


def tried_lately(due: Due, now: datetime) -> bool:
    """Whether the paper was found wanting within the last minutes."""
    warnings = window_by_id(due.window_id).warnings
    told = [datetime.fromisoformat(warning["at"]) for warning in warnings if _is_about(warning, due)]
    return any(now - at < LOOK_AGAIN for at in told)


def _cause(error: Exception) -> str:
    if isinstance(error, PromiseBroken):
        return "promise"
    return "solver" if isinstance(error, SolverFailed) else "other"


def _note(
    window: ExamWindow, due: Due, code: str, version_id: str, now: datetime, facts: dict[str, Any]
) -> None:
    others = without_notes(window, due)
    known = {warning["code"] for warning in window.warnings if _is_about(warning, due)}
    place = {"job_type": due.job_type, "level": due.level}
    note = {"code": code, **place, "blueprint": due.blueprint, "paper": due.paper, "version_id": version_id}
    window.warnings = [*others, note | {"at": now.isoformat()} | facts]
    if code not in known:
        log.warning("window %s, paper of %s %s: %s", window.id, due.job_type, due.level, code)
        record(ACTIONS[code], ("window", window.id), now=now, source="job", facts=place | facts)


def _is_about(warning: dict[str, Any], due: Due) -> bool:
    return bool(
        warning["code"] in OF_PAPERS
        and (warning["job_type"], warning["level"]) == (due.job_type, due.level)
        and warning.get("blueprint", due.blueprint) == due.blueprint
        and due.paper in ("", warning.get("paper", due.paper))
    )
