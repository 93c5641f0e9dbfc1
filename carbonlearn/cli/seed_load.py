"""``carbonlearn seed load``: on top of the demonstration base a population for rehearsals and benchmarks, never in production.

Its people and lessons say 合成 in their names. Nobody of them can sign in by password: a load generator acts as them with the
tokens that stand in a file of the data folder, readable by its owner alone.
"""

from __future__ import annotations

import json
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select

from carbonlearn.accounts.models import User
from carbonlearn.audit.services import record
from carbonlearn.catalogue.models import Lesson, LessonPlacement, LessonVersion
from carbonlearn.catalogue.queries import current_rules
from carbonlearn.certificates import services as certificates
from carbonlearn.cli.common import as_json, make_app, now_of, show
from carbonlearn.cli.population import JOB_TYPE, LEVEL, Person, add_people, open_sessions, seat
from carbonlearn.cli.seed import seed, seed_group
from carbonlearn.exams import services as exams
from carbonlearn.exams.models import ExamWindow
from carbonlearn.exams.queries import Due
from carbonlearn.infra.config import Settings
from carbonlearn.infra.db import db, unit_of_work
from carbonlearn.infra.tokens import new_id, token_hash
from carbonlearn.marking.models import Release, Result
from carbonlearn.sittings.models import Sitting

FILE = "load-tokens.json"
PROGRAMME, COURSE = "gdcpa-petrochem", "pub-01-carbon-emission-manager"
REASON = "合成负载：演练与基准测试用，不对应真实考试。"
LESSONS, PARTS, CLASS_HOURS = 3, 10, 10
LASTS = timedelta(hours=3)
SEED = "seed-load"


@seed_group.command()
@click.option("--candidates", default=200, show_default=True, type=click.IntRange(0, 9000))
@click.option("--learners", default=200, show_default=True, type=click.IntRange(0, 100_000))
@as_json
def load(candidates: int, learners: int, json_wanted: bool) -> None:
    """A population for rehearsals and benchmarks; prints where its tokens stand."""
    app, settings = make_app()
    if settings.env == "production":
        click.echo("carbonlearn: the synthetic population is not for production", err=True)
        raise SystemExit(2)
    with app.app_context():
        now = now_of(app)
        seed(settings, now)
        population = populate(settings, candidates, learners, now)
    path = _write(settings, population)
    value = {"file": str(path), "candidates": candidates, "learners": learners}
    show(value, json_wanted, [f"{candidates} candidates, {learners} learners; tokens in {path}"])


def populate(settings: Settings, candidates: int, learners: int, now: datetime) -> dict[str, Any]:
    """Candidates ready in a window that runs now, learners with a lesson open, one certificate; who may act as whom."""
    with unit_of_work():
        lessons = [_lesson(number, now) for number in range(1, LESSONS + 1)]
        window = _window(PROGRAMME, now)
        _seal(window, now)
        sitters = add_people("c", "合成考生", candidates, PROGRAMME, now)
        sittings = seat(sitters, window, now)
        students = add_people("l", "合成学员", learners, PROGRAMME, now)
        sessions = open_sessions(students, lessons, now)
        facts = {"candidates": candidates, "learners": learners}
        record("seed:load", ("window", window.id), now=now, source="job", facts=facts)
    with unit_of_work():
        code = _certificate(settings, now)
    return {
        "window": window.id,
        "certificate": code,
        "candidates": [{"cookie": p.cookie, "sitting": s} for p, s in zip(sitters, sittings, strict=True)],
        "learners": [{"cookie": p.cookie, **s} for p, s in zip(students, sessions, strict=True)],
    }


def _write(settings: Settings, population: dict[str, Any]) -> Path:
    """The tokens are as good as passwords: the file is made new each time, for its owner alone."""
    path = settings.data_dir / FILE
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(population, file)
    return path


def _lesson(number: int, now: datetime) -> Lesson:
    """A lesson long enough to study in for hours; made once."""
    slug = f"load-{number}"
    found = db.session.scalar(select(Lesson).where(Lesson.slug == slug))
    if found is not None:
        return found
    length = CLASS_HOURS * current_rules(PROGRAMME, now).minutes_per_class_hour * 60_000
    title, en = f"合成长课 {number}（负载演练）", f"Synthetic long lesson {number} (load rehearsal)"
    lesson = Lesson(id=new_id(), slug=slug, kind="article", title=title, en=en, length_ms=length)
    db.session.add(lesson)
    db.session.flush()
    version = _version(lesson, now)
    db.session.add(version)
    db.session.flush()
    lesson.current_version_id = version.id
    place = {"programme_key": PROGRAMME, "course_slug": COURSE, "position": 900 + number}
    db.session.add(LessonPlacement(lesson_id=lesson.id, **place))
    db.session.flush()
    return lesson


def _version(lesson: Lesson, now: datetime) -> LessonVersion:
    step = lesson.length_ms // PARTS
    outline = [
        {
            "title": f"合成段落 {n + 1}",
            "anchor": f"part-{n + 1}",
            "from_ms": n * step,
            "to_ms": (n + 1) * step,
        }
        for n in range(PARTS)
    ]
    html = "".join(f'<h2 id="{part["anchor"]}">{part["title"]}</h2><p>{REASON}</p>' for part in outline)
    return LessonVersion(
        id=new_id(), lesson_id=lesson.id, number=1, sha256=token_hash(html), summary=REASON, html=html, outline=outline,
        media={}, meta={}, length_ms=lesson.length_ms, published_at=now,
    )  # fmt: skip


def _window(programme_key: str, now: datetime) -> ExamWindow:
    """A window of nobody's calendar that has just begun; a new one for each run."""
    starts = now - timedelta(minutes=1)
    window = ExamWindow(
        programme_key=programme_key, slot=f"own {new_id()}", origin="manual", starts_at=starts, ends_at=starts + LASTS,
        booking_closes_at=starts, ticket_at=starts, seal_at=starts, capacity=9000, reason=REASON, warnings=[],
        created_at=now,
    )  # fmt: skip
    db.session.add(window)
    db.session.flush()
    return window


def _seal(window: ExamWindow, now: datetime) -> None:
    due = Due(window.id, window.programme_key, JOB_TYPE, LEVEL, ())
    if not exams.store_paper(exams.prepare_paper(due, now, SEED), now):
        raise click.ClickException("the bank is short: no paper could be sealed")


def _certificate(settings: Settings, now: datetime) -> str:
    """One graduate of the demonstration programme, and the code of the certificate."""
    window = _window("demonstration", now)
    graduates = add_people("g", "合成毕业生", 1, window.programme_key, now)
    sitting = db.session.get_one(Sitting, seat(graduates, window, now)[0])
    sitting.status, sitting.ended_at = "submitted", now
    result = _result(sitting, graduates[0], now)
    certificate = certificates.issue(result.id, settings.base_url, now)
    if certificate is None:
        raise click.ClickException("the certificate of the synthetic graduate was not issued")
    return certificate.code


def _result(sitting: Sitting, person: Person, now: datetime) -> Result:
    chief = db.session.scalars(select(User.id).where(User.username == "ding")).one()
    release = Release(id=new_id(), window_id=sitting.window_id, released_by=chief, at=now, count=1)
    db.session.add(release)
    db.session.flush()
    result = Result(
        id=new_id(), sitting_id=sitting.id, enrolment_id=person.enrolment_id, user_id=person.user_id,
        base_id=person.base_id, window_id=sitting.window_id, total=8000, possible=10000, pass_points=6000, passed=True,
        by_type={}, confirmed_at=now, release_id=release.id,
    )  # fmt: skip
    db.session.add(result)
    db.session.flush()
    return result


COMMANDS = [seed_group]
