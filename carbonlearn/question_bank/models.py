"""The item bank: items, their frozen versions, and the reviews by a second person."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from carbonlearn.infra.db import Id, Record
from carbonlearn.infra.tokens import new_id


class Item(Record):
    """A question in the bank. What a paper uses is its live version; ``status`` is draft, reviewed, live or retired."""

    __tablename__ = "items"
    __table_args__ = (Index("ix_items_pool", "pool", "job_type", "level", "status"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    external_id: Mapped[str] = mapped_column(String(64), unique=True)
    pool: Mapped[str] = mapped_column(String(16), default="exam")  # exam | mock | practice | presence
    job_type: Mapped[str] = mapped_column(String(32))
    level: Mapped[str] = mapped_column(String(16))
    type: Mapped[str] = mapped_column(
        String(24)
    )  # single-choice | true-false | multiple-choice | short-answer
    function: Mapped[str] = mapped_column(String(48), index=True)
    difficulty: Mapped[int]
    status: Mapped[str] = mapped_column(String(16), index=True)
    lesson_slug: Mapped[str | None] = mapped_column(
        String(96), index=True
    )  # of a presence item: what it asks about
    live_version_id: Mapped[str | None] = mapped_column(String(26))
    created_at: Mapped[datetime]


class ItemVersion(Record):
    """The frozen text of an item. Papers and sittings point at versions, so an edit never rewrites history.

    ``options`` maps letters to texts; ``key`` is a list of letters, or [true] / [false]; ``rubric`` is a list of
    {"points": hundredths, "text"}. An edit makes a new version.
    """

    __tablename__ = "item_versions"
    __table_args__ = (UniqueConstraint("item_id", "number"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    item_id: Mapped[str] = mapped_column(ForeignKey("items.id"))
    number: Mapped[int]
    stem: Mapped[str] = mapped_column(Text)
    options: Mapped[dict[str, Any]]
    key: Mapped[list[Any]]
    reference: Mapped[str] = mapped_column(Text, default="")
    rubric: Mapped[list[Any]]
    explanation: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    meta: Mapped[dict[str, Any]]  # facts, competence points
    review_by: Mapped[date | None] = mapped_column(Date)
    author_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]


class ItemReview(Record):
    """A second person's decision about a version: approved or returned. Who drafts does not approve."""

    __tablename__ = "item_reviews"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    version_id: Mapped[str] = mapped_column(ForeignKey("item_versions.id"), index=True)
    reviewer_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    decision: Mapped[str] = mapped_column(String(16))
    note: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime]
