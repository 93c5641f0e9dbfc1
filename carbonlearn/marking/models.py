"""From answers to results: marks that are appended and never replaced, allocations to markers, results and their release."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from carbonlearn.infra.db import BigId, Id, Record
from carbonlearn.infra.tokens import new_id


class Script(Record):
    """One short answer to be marked, without its writer's name. Done when two agree, or when a third has decided."""

    __tablename__ = "scripts"
    __table_args__ = (
        UniqueConstraint("sitting_id", "item_number"),
        Index("ix_scripts_status_id", "status", "id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    sitting_id: Mapped[str] = mapped_column(ForeignKey("sittings.id"))
    base_id: Mapped[str] = mapped_column(ForeignKey("bases.id"))
    item_number: Mapped[int]
    item_version_id: Mapped[str] = mapped_column(ForeignKey("item_versions.id"), index=True)
    points: Mapped[int]  # hundredths: what full marks are
    text: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(16))  # first | second | third | done
    created_at: Mapped[datetime]


class Mark(Record):
    """Points for one answer: by whom, when, in which role. A later mark of the same role stands for the earlier one; both stay."""

    __tablename__ = "marks"
    __table_args__ = (
        Index("ix_marks_sitting_id_item_number", "sitting_id", "item_number"),
        CheckConstraint("points >= 0", name="points_not_negative"),
        Index(
            "uq_marks_one_per_marker",
            "sitting_id",
            "item_number",
            "marker_id",
            unique=True,
            sqlite_where=text("marker_id IS NOT NULL"),
            postgresql_where=text("marker_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    sitting_id: Mapped[str] = mapped_column(ForeignKey("sittings.id"))
    item_number: Mapped[int]
    role: Mapped[str] = mapped_column(String(8))  # auto | first | second | third | final
    marker_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    points: Mapped[int]  # hundredths
    detail: Mapped[dict[str, Any]]
    at: Mapped[datetime]


class Result(Record):
    """The outcome of a sitting, in hundredths of a point; visible to its owner once released."""

    __tablename__ = "results"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    sitting_id: Mapped[str] = mapped_column(ForeignKey("sittings.id"), unique=True)
    enrolment_id: Mapped[str] = mapped_column(ForeignKey("enrolments.id"), index=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    base_id: Mapped[str] = mapped_column(ForeignKey("bases.id"), index=True)
    window_id: Mapped[str] = mapped_column(ForeignKey("exam_windows.id"), index=True)
    total: Mapped[int]
    possible: Mapped[int]
    pass_points: Mapped[int]
    passed: Mapped[bool]
    by_type: Mapped[dict[str, Any]]
    confirmed_at: Mapped[datetime]
    release_id: Mapped[str | None] = mapped_column(ForeignKey("releases.id"), index=True)


class Release(Record):
    """The act that makes results of a window visible: by whom, when. Never the person who marked them."""

    __tablename__ = "releases"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    window_id: Mapped[str] = mapped_column(ForeignKey("exam_windows.id"), index=True)
    released_by: Mapped[str] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]
    count: Mapped[int]
