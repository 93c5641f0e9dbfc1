"""Tentative windows beside what their rule gives now that the year's holidays are known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from carbonlearn.catalogue.queries import current_rules
from carbonlearn.exams.models import ExamWindow
from carbonlearn.exams.queries.calendar import plans_of, programmes_with_rule
from carbonlearn.exams.queries.windows import WindowRow, window_row
from carbonlearn.exams.rules.calendar import WindowPlan
from carbonlearn.exams.rules.replanning import ASKED, UNANNOUNCED
from carbonlearn.infra.db import db


@dataclass(frozen=True, slots=True)
class Proposal:
    """A window that waits for a person's decision, and what would become of it."""

    row: WindowRow
    plan: WindowPlan


def is_unsure(window: ExamWindow) -> bool:
    """Whether the window is tentative because its year was not announced when it was made."""
    return window.tentative and any(warning["code"] == UNANNOUNCED for warning in window.warnings)


def is_asked(window: ExamWindow) -> bool:
    """Whether a decision about the window's date is waited for."""
    return any(warning["code"] == ASKED for warning in window.warnings)


def unsure_windows(programme_key: str, now: datetime) -> list[ExamWindow]:
    """A programme's coming windows by rule that are tentative for want of the holidays, oldest first."""
    query = select(ExamWindow).where(
        ExamWindow.programme_key == programme_key,
        ExamWindow.origin == "rule",
        ExamWindow.tentative,
        ExamWindow.cancelled_at.is_(None),
        ExamWindow.starts_at > now,
    )
    return [one for one in db.session.scalars(query.order_by(ExamWindow.starts_at)) if is_unsure(one)]


def settled_plans(programme_key: str, now: datetime) -> dict[str, WindowPlan]:
    """By slot, what the rule gives on dates whose year is announced."""
    plans = plans_of(current_rules(programme_key, now), now)
    return {plan.slot: plan for plan in plans if UNANNOUNCED not in plan.warnings}


def proposal_of(window: ExamWindow, now: datetime) -> Proposal | None:
    """What would become of one window; None where no decision is waited for, or the rule gives no other date any more."""
    plan = settled_plans(window.programme_key, now).get(window.slot) if is_asked(window) else None
    return Proposal(window_row(window.id), plan) if plan else None


def proposals(now: datetime) -> list[Proposal]:
    """Every window that waits for a decision, by its present date."""
    found = [one for rules in programmes_with_rule(now) for one in _proposals_of(rules.key, now)]
    return sorted(found, key=lambda one: one.row.window.starts_at)


def _proposals_of(programme_key: str, now: datetime) -> Iterator[Proposal]:
    asked = [window for window in unsure_windows(programme_key, now) if is_asked(window)]
    plans = settled_plans(programme_key, now) if asked else {}
    for window in asked:
        if window.slot in plans:
            yield Proposal(window_row(window.id), plans[window.slot])
