"""When and what is examined: windows, entitlements, bookings with their tickets, blueprints, sealed papers and their release."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from carbonlearn.infra.db import Id, Record
from carbonlearn.infra.tokens import new_id


class ExamWindow(Record):
    """One dated instance of an exam series, or an administrator's own. Its status (open, closed, late) follows from time.

    Where a level has several examinations (theory, skill), a window holds one of them: ``paper`` is its key, empty for the first.
    """

    __tablename__ = "exam_windows"
    __table_args__ = (UniqueConstraint("programme_key", "slot"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    programme_key: Mapped[str] = mapped_column(ForeignKey("programmes.key"))
    slot: Mapped[str] = mapped_column(
        String(48)
    )  # rule date and session: what makes materialising idempotent
    paper: Mapped[str] = mapped_column(String(48), default="")  # the key of its examination
    origin: Mapped[str] = mapped_column(String(16))  # rule | moved (by a person) | manual (a person's own)
    starts_at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime]
    booking_closes_at: Mapped[datetime]
    ticket_at: Mapped[datetime]
    seal_at: Mapped[datetime]
    results_due: Mapped[date | None] = mapped_column(Date)
    certificates_due: Mapped[date | None] = mapped_column(Date)
    capacity: Mapped[int]
    moved_from: Mapped[date | None] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(Text, default="")
    tentative: Mapped[bool] = mapped_column(default=False)
    warnings: Mapped[list[Any]]  # [{"code", ...facts}]: what an administrator should look at
    cancelled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Holiday(Record):
    """A day of the Chinese calendar that is not what its weekday says: a public holiday, or a make-up working day."""

    __tablename__ = "holidays"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))  # public_holiday | workday
    name: Mapped[str] = mapped_column(String(40))


class HolidayYear(Record):
    """A year whose official notice is in the table. A window in any other year is shown as tentative (暂定)."""

    __tablename__ = "holiday_years"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    source: Mapped[str] = mapped_column(String(80))


class Entitlement(Record):
    """A right to sit one examination once: the first attempt or the free retake, with its source and its end."""

    __tablename__ = "entitlements"
    __table_args__ = (UniqueConstraint("enrolment_id", "paper", "kind"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    enrolment_id: Mapped[str] = mapped_column(ForeignKey("enrolments.id"))
    paper: Mapped[str] = mapped_column(String(48), default="")  # the key of the examination
    kind: Mapped[str] = mapped_column(String(16))  # first | free_retake
    source: Mapped[str] = mapped_column(String(64))
    granted_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]


class Booking(Record):
    """A place in a window. Released or cancelled ones stay as rows; at most one is held per enrolment and examination."""

    __tablename__ = "exam_bookings"
    __table_args__ = (
        Index(
            "uq_exam_bookings_one_held",
            "enrolment_id",
            "paper",
            unique=True,
            sqlite_where=text("status = 'held'"),
            postgresql_where=text("status = 'held'"),
        ),
        Index("ix_exam_bookings_window_id_status", "window_id", "status"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    window_id: Mapped[str] = mapped_column(ForeignKey("exam_windows.id"))
    enrolment_id: Mapped[str] = mapped_column(ForeignKey("enrolments.id"), index=True)
    entitlement_id: Mapped[str] = mapped_column(ForeignKey("entitlements.id"))
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    base_id: Mapped[str] = mapped_column(ForeignKey("bases.id"), index=True)
    paper: Mapped[str] = mapped_column(String(48), default="")  # the key of the window's examination
    status: Mapped[str] = mapped_column(String(16))  # held | cancelled | released | used | no_show
    booked_at: Mapped[datetime]
    hours_confirmed_at: Mapped[datetime | None]  # found met when booking closed; looked at once
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str] = mapped_column(String(48), default="")
    ticket_number: Mapped[str | None] = mapped_column(String(16), unique=True)
    paper_id: Mapped[str | None] = mapped_column(ForeignKey("papers.id"))  # the form that was begun


class BlueprintVersion(Record):
    """A blueprint as somebody edited it: one version, never changed. What holds while there is none follows from the programme.

    ``data`` is what ``rules.edition`` reads. It was written for a version of the programme and holds for those that ask for the same.
    """

    __tablename__ = "blueprint_versions"
    __table_args__ = (UniqueConstraint("programme_key", "job_type", "level", "paper", "number"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    programme_key: Mapped[str] = mapped_column(ForeignKey("programmes.key"))
    programme_version_id: Mapped[str] = mapped_column(ForeignKey("programme_versions.id"))
    job_type: Mapped[str] = mapped_column(String(32))
    level: Mapped[str] = mapped_column(String(16))
    paper: Mapped[str] = mapped_column(String(48))
    number: Mapped[int]
    data: Mapped[dict[str, Any]]
    sha256: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(Text)
    drafted_by: Mapped[str] = mapped_column(ForeignKey("users.id"))
    drafted_at: Mapped[datetime]


class BlueprintDecision(Record):
    """A second person's word on a version, once: approved, in force for windows from a day on; or returned."""

    __tablename__ = "blueprint_decisions"

    version_id: Mapped[str] = mapped_column(ForeignKey("blueprint_versions.id"), primary_key=True)
    decision: Mapped[str] = mapped_column(String(16))  # approved | returned
    effective_from: Mapped[date | None] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(Text)
    decided_by: Mapped[str] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime]


class Paper(Record):
    """A sealed paper of a window for one track: what candidates see and what markers need, encrypted apart, with the hash of both.

    Candidates of one track are held to different versions of the programme; ``blueprint`` is the fingerprint of what those versions
    ask for, and versions that ask for the same share a paper. An empty one serves all (papers sealed before they were kept apart).
    ``face`` holds stems and options, ``key`` the seed, items, keys, rubrics and explanations. No route to a candidate opens ``key``.
    ``paper`` names the examination where a level has several (theory, skill); empty, it is the first. ``form`` counts from 1.
    """

    __tablename__ = "papers"
    __table_args__ = (UniqueConstraint("window_id", "job_type", "level", "paper", "form", "blueprint"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    window_id: Mapped[str] = mapped_column(ForeignKey("exam_windows.id"))
    job_type: Mapped[str] = mapped_column(String(32))
    level: Mapped[str] = mapped_column(String(16))
    paper: Mapped[str] = mapped_column(String(48), default="")
    form: Mapped[int] = mapped_column(default=1)
    programme_version_id: Mapped[str | None] = mapped_column(ForeignKey("programme_versions.id"))
    blueprint: Mapped[str] = mapped_column(String(64), default="")
    blueprint_version_id: Mapped[str | None] = mapped_column(ForeignKey("blueprint_versions.id"))
    seed: Mapped[str] = mapped_column(String(64))  # its SHA-256; the seed itself is sealed in ``key``
    item_count: Mapped[int]
    total_points: Mapped[int]  # hundredths of a point
    pass_points: Mapped[int]  # hundredths of a point
    duration_seconds: Mapped[int]
    proof: Mapped[dict[str, Any]]
    face: Mapped[bytes] = mapped_column(LargeBinary)
    key: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str] = mapped_column(String(64))
    sealed_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]  # since when its items stand in ``paper_items``


class PaperItem(Record):
    """Which item version stands at which number of a paper: for retakes that avoid items seen, and for re-marking. From the beginning of
    the exam on; until then the sealed part alone says it."""

    __tablename__ = "paper_items"

    paper_id: Mapped[str] = mapped_column(ForeignKey("papers.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    item_id: Mapped[str] = mapped_column(ForeignKey("items.id"), index=True)
    item_version_id: Mapped[str] = mapped_column(ForeignKey("item_versions.id"), index=True)
    points: Mapped[int]  # hundredths of a point


class PaperRelease(Record):
    """One of the two people who agree that a sealed paper, or its answer book, be printed for a supervised room."""

    __tablename__ = "paper_releases"

    paper_id: Mapped[str] = mapped_column(ForeignKey("papers.id"), primary_key=True)
    book: Mapped[str] = mapped_column(String(16), primary_key=True)  # paper | answers
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), primary_key=True)
    at: Mapped[datetime]
