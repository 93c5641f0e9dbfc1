"""The tracks that a clerk may choose from, each with its programme and what can be earned beside what is needed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from carbonlearn.enrolment.queries import open_tracks
from carbonlearn.web.i18n import class_hours, pick


def track_choices(now: datetime) -> dict[str, list[tuple[str, str]]]:
    """Tracks by programme, each with what can be earned beside what is needed."""
    groups: dict[str, list[tuple[str, str]]] = {"": [("", _("请选择"))]}
    for rules, tracks in open_tracks(now):
        groups[pick(rules.name, rules.en)] = [
            (f"{rules.key}|{track.job_type}|{track.level}", _track_text(rules, track, reach))
            for track, reach in tracks
        ]
    return groups


def _track_text(rules: Any, track: Any, reach: Any) -> str:
    name = f"{pick(track.name, track.en)} {pick(track.level_name, track.level_en)}".strip()
    name = f"{name} · {pick(rules.name, rules.en)}"
    earnable = class_hours(reach.earnable_ms // 1000, rules.minutes_per_class_hour)
    if reach.needed_ms is None:
        return _(
            "%(name)s：已有 %(have)s / %(all)s 门课",
            name=name,
            have=reach.courses - reach.empty_courses,
            all=reach.courses,
        )
    needed = class_hours(reach.needed_ms // 1000, rules.minutes_per_class_hour)
    return _(
        "%(name)s：可学 %(earnable)s / 要求 %(needed)s 课时", name=name, earnable=earnable, needed=needed
    )
