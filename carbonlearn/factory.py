"""The one place where everything is wired: blueprints, menu entries and jobs, each by name, in one list."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from flask import Flask, g
from flask_babel import lazy_gettext as _l
from flask_login import LoginManager, UserMixin
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from carbonlearn.accounts import jobs as accounts_jobs
from carbonlearn.accounts import models as _accounts_models  # noqa: F401
from carbonlearn.accounts import services as accounts_services
from carbonlearn.accounts import staff_views as accounts_staff_views
from carbonlearn.accounts import views as accounts_views
from carbonlearn.admin import staff_views as admin_staff_views
from carbonlearn.audit import models as _audit_models  # noqa: F401
from carbonlearn.audit import staff_views as audit_staff_views
from carbonlearn.catalogue import jobs as catalogue_jobs
from carbonlearn.catalogue import models as _catalogue_models  # noqa: F401
from carbonlearn.catalogue import staff_views as catalogue_staff_views
from carbonlearn.catalogue import views as catalogue_views
from carbonlearn.certificates import jobs as certificates_jobs
from carbonlearn.certificates import models as _certificates_models  # noqa: F401
from carbonlearn.certificates import public_views as certificates_public_views
from carbonlearn.certificates import staff_views as certificates_staff_views
from carbonlearn.certificates import views as certificates_views
from carbonlearn.core.job import Job
from carbonlearn.core.permissions import Actor, Permission
from carbonlearn.enrolment import jobs as enrolment_jobs
from carbonlearn.enrolment import models as _enrolment_models  # noqa: F401
from carbonlearn.enrolment import staff_views as enrolment_staff_views
from carbonlearn.enrolment import views as enrolment_views
from carbonlearn.enrolment.queries import underway as enrolment_underway
from carbonlearn.exams import jobs as exams_jobs
from carbonlearn.exams import models as _exams_models  # noqa: F401
from carbonlearn.exams import queries as exams_queries
from carbonlearn.exams import staff_views as exams_staff_views
from carbonlearn.exams import views as exams_views
from carbonlearn.exams.queries import attempts as exam_attempts
from carbonlearn.home import views as home_views
from carbonlearn.infra import db as database
from carbonlearn.infra import migrate, vault
from carbonlearn.infra import models as _infra_models  # noqa: F401
from carbonlearn.infra.clock import Clock, OffsetClock, SystemClock
from carbonlearn.infra.config import Settings
from carbonlearn.infra.db import db, instant
from carbonlearn.infra.models import ClockOffset
from carbonlearn.marking import jobs as marking_jobs
from carbonlearn.marking import models as _marking_models  # noqa: F401
from carbonlearn.marking import queries as marking_queries
from carbonlearn.marking import staff_views as marking_staff_views
from carbonlearn.marking import views as marking_views
from carbonlearn.ops import jobs as ops_jobs
from carbonlearn.ops import views as ops_views
from carbonlearn.question_bank import models as _question_bank_models  # noqa: F401
from carbonlearn.question_bank import staff_views as question_bank_staff_views
from carbonlearn.question_bank import views as question_bank_views
from carbonlearn.reports import jobs as reports_jobs
from carbonlearn.reports import models as _reports_models  # noqa: F401
from carbonlearn.reports import staff_views as reports_staff_views
from carbonlearn.sittings import jobs as sittings_jobs
from carbonlearn.sittings import models as _sittings_models  # noqa: F401
from carbonlearn.sittings import views as sittings_views
from carbonlearn.study import jobs as study_jobs
from carbonlearn.study import models as _study_models  # noqa: F401
from carbonlearn.study import public_views as study_public_views
from carbonlearn.study import staff_views as study_staff_views
from carbonlearn.study import views as study_views
from carbonlearn.web import assets, compression, context, errors, fast, guard, htmx, i18n, nav, security
from carbonlearn.web.nav import Entry
from carbonlearn.web.site import Site

ROOT = Path(__file__).resolve().parents[1]

# In the order of the staircase; one line for each feature.
BLUEPRINTS = [
    audit_staff_views.bp,
    accounts_views.bp,
    accounts_staff_views.bp,
    catalogue_views.bp,
    *catalogue_staff_views.BLUEPRINTS,
    enrolment_views.bp,
    enrolment_staff_views.bp,
    question_bank_views.bp,
    *question_bank_staff_views.BLUEPRINTS,
    *study_views.BLUEPRINTS,
    *study_public_views.BLUEPRINTS,
    *study_staff_views.BLUEPRINTS,
    exams_views.bp,
    *exams_staff_views.BLUEPRINTS,
    sittings_views.bp,
    marking_views.bp,
    marking_staff_views.bp,
    certificates_views.bp,
    certificates_staff_views.bp,
    certificates_public_views.bp,
    reports_staff_views.bp,
    admin_staff_views.bp,
    home_views.bp,
    ops_views.bp,
]
JOBS: list[Job] = [
    *accounts_jobs.JOBS,
    *enrolment_jobs.JOBS,
    *catalogue_jobs.JOBS,
    *study_jobs.JOBS,
    *exams_jobs.JOBS,
    *sittings_jobs.JOBS,
    *marking_jobs.JOBS,
    *certificates_jobs.JOBS,
    *reports_jobs.JOBS,
    *ops_jobs.JOBS,
]
RAIL: list[Entry] = [
    Entry("admin.today", _l("今日"), "calendar-check", Permission.DESK_OPEN, 0),
    Entry("admin.learners", _l("学员"), "users", Permission.STUDY_READ, 1),
    Entry("admissions.queue", _l("报名审核"), "file-check", Permission.ADMISSION_READ, 1),
    Entry("study_desk.reviews", _l("学时复核"), "shield-check", Permission.STUDY_READ, 1),
    Entry("exams_desk.calendar", _l("考试日历"), "calendar-days", Permission.WINDOW_READ, 2),
    Entry("lessons_desk.index", _l("课程"), "circle-play", Permission.LESSON_READ, 2),
    Entry("items.index", _l("题库与试卷"), "layers", Permission.ITEM_READ, 2),
    Entry("blueprints_desk.index", _l("组卷"), "file-check", Permission.BLUEPRINT_READ, 2),
    Entry("marking_desk.marking", _l("阅卷"), "pencil", Permission.SCRIPT_OPEN, 3),
    Entry("marking_desk.results", _l("成绩"), "chart-column", Permission.RESULT_READ, 3),
    Entry("desk_certificates.index", _l("证书"), "award", Permission.CERTIFICATE_READ, 4),
    Entry("admin.programmes", _l("培训项目"), "book-open", Permission.PROGRAMME_READ, 4),
    Entry("people.index", _l("人员与权限"), "key", Permission.PERSON_READ, 5),
    Entry("admin.jobs", _l("作业"), "clock", Permission.JOB_READ, 5),
    Entry("audit.index", _l("审计"), "link", Permission.AUDIT_READ, 5),
]

PLAIN = [sittings_views.PLAIN_SAVE, study_views.PLAIN_BEAT]


def create_app(settings: Settings, clock: Clock | None = None) -> Flask:
    """The application for these settings. ``clock`` is given by tests; otherwise it is the machine's or the database's."""
    app = Site(
        "carbonlearn",
        root_path=str(ROOT / "carbonlearn"),
        template_folder=ROOT / "templates",
        static_folder=None,
    )
    htmx.init_app(app)
    database.init_app(app, settings)
    migrate.init_app(app)
    vault.init_app(app, settings)
    fast.init_app(app, PLAIN)
    context.init_app(app, settings, clock or _clock(app, settings), accounts_services.arrive)
    security.init_app(app, settings, app.extensions["carbonlearn_media"].origin)
    errors.init_app(app)
    i18n.init_app(app)
    assets.init_app(app, ROOT / "static")
    compression.init_app(app)
    _sign_in_manager(app)
    enrolment_underway.init_app(app, exams_queries.pending_exams, marking_queries.pending_results)
    exam_attempts.init_app(app, marking_queries.attempt_of)
    app.before_request(guard.check_access)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    if settings.allows_test_clock:
        ops_views.init_test_clock(app)
    app.extensions["carbonlearn_jobs"] = JOBS
    nav.init_app(app, RAIL)
    return app


class SignedIn(UserMixin):
    """The actor as Flask-Login knows it."""

    def __init__(self, actor: Actor) -> None:
        self.id = actor.user_id
        self.actor = actor


def _sign_in_manager(app: Flask) -> None:
    """Flask-Login answers ``current_user`` from the actor that the session row gave; it keeps no state of its own."""
    manager = LoginManager(app)
    # Sessions are rows; there is no remember-me cookie, whose upkeep would read the form cookie and set Vary at each answer.
    app.after_request_funcs[None].remove(manager._update_remember_cookie)
    manager.session_protection = None
    manager.request_loader(lambda _request: SignedIn(g.actor) if g.get("actor") else None)


def _clock(app: Flask, settings: Settings) -> Clock:
    system = SystemClock(None if settings.is_sqlite else lambda: _database_time(app))
    return OffsetClock(system, lambda: _offset(app)) if settings.allows_test_clock else system


def _database_time(app: Flask) -> datetime:
    with app.app_context(), db.engine.connect() as connection:
        seconds = connection.execute(
            text("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
        ).scalar_one()
        return instant(seconds)


def _offset(app: Flask) -> timedelta:
    with app.app_context(), db.engine.connect() as connection:
        try:
            found = connection.execute(
                db.select(ClockOffset.microseconds).where(ClockOffset.id == 1)
            ).scalar()
        except SQLAlchemyError:  # before the first migration there is no such table
            return timedelta(0)
        return timedelta(microseconds=found or 0)
