"""The item bank: items, their frozen versions, cases that several share, what they cite and test, and the word of a second person."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from carbonlearn.infra.db import BigId, Id, Record
from carbonlearn.infra.tokens import new_id


class Item(Record):
    """A question in the bank. What a paper uses is its live version; ``status`` is draft, reviewed, live or retired.

    ``exposures`` counts the sittings that showed it and ``exposed_at`` the last of them; both are written from above, when an exam is
    over. ``import_id`` is the file it came in with.
    """

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
    exposures: Mapped[int] = mapped_column(default=0)
    exposed_at: Mapped[datetime | None]
    import_id: Mapped[str | None] = mapped_column(ForeignKey("item_imports.id"), index=True)
    created_at: Mapped[datetime]


class ItemVersion(Record):
    """The frozen text of an item. Papers and sittings point at versions, so an edit never rewrites history.

    Stem, options, reference and explanation are the Markdown of ``infra.rich``. ``options`` maps letters to texts; ``key`` is a list of
    letters, or [true] / [false]; ``rubric`` is a list of {"points": hundredths, "text"}. An edit makes a new version.
    """

    __tablename__ = "item_versions"
    __table_args__ = (UniqueConstraint("item_id", "number"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    item_id: Mapped[str] = mapped_column(ForeignKey("items.id"))
    number: Mapped[int]
    case_version_id: Mapped[str | None] = mapped_column(ForeignKey("case_versions.id"), index=True)
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
    """A second person's word on a version: approved, returned, or confirmed to hold still. Who drafts does not approve.

    ``review_by`` is when to look again after a confirmation. Of a word that shipped with the item ``said_by`` and ``said_on`` tell whose it
    is and of which day, as far as the file says; ``at`` is when it came into the bank.
    """

    __tablename__ = "item_reviews"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    version_id: Mapped[str] = mapped_column(ForeignKey("item_versions.id"), index=True)
    reviewer_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    decision: Mapped[str] = mapped_column(String(16))
    note: Mapped[str] = mapped_column(Text, default="")
    checks: Mapped[dict[str, Any]] = mapped_column(
        default=dict
    )  # {"key"|"ambiguity"|"source": "ok" or a remark}
    review_by: Mapped[date | None] = mapped_column(Date)
    said_by: Mapped[str] = mapped_column(String(60), default="")
    said_on: Mapped[date | None] = mapped_column(Date)
    at: Mapped[datetime]


class ItemCase(Record):
    """A case: a situation with its data, that several items ask about. Its text is that of its versions."""

    __tablename__ = "item_cases"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    external_id: Mapped[str] = mapped_column(String(64), unique=True)
    pool: Mapped[str] = mapped_column(String(16))
    job_type: Mapped[str] = mapped_column(String(32))
    level: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime]


class CaseVersion(Record):
    """The frozen text of a case. Item versions point at the one they were written for."""

    __tablename__ = "case_versions"
    __table_args__ = (UniqueConstraint("case_id", "number"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    case_id: Mapped[str] = mapped_column(ForeignKey("item_cases.id"))
    number: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    author_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]


class ItemPoint(Record):
    """A competence point that a version tests."""

    __tablename__ = "item_points"

    version_id: Mapped[str] = mapped_column(ForeignKey("item_versions.id"), primary_key=True)
    point: Mapped[str] = mapped_column(String(64), primary_key=True, index=True)


class ItemEnemy(Record):
    """Two items that must not stand on one paper: one gives the other away, or both ask the same.

    ``first_id`` sorts before ``second_id``. Whoever finds that they may meet after all lifts the row, which stays as it was; the same two
    may be set apart again, in another row. Without ``set_by`` it came with the program.
    """

    __tablename__ = "item_enemies"
    __table_args__ = (
        CheckConstraint("first_id < second_id", name="in_order"),
        Index(
            "uq_item_enemies_one_in_force",
            "first_id",
            "second_id",
            unique=True,
            sqlite_where=text("lifted_at IS NULL"),
            postgresql_where=text("lifted_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    first_id: Mapped[str] = mapped_column(ForeignKey("items.id"), index=True)
    second_id: Mapped[str] = mapped_column(ForeignKey("items.id"), index=True)
    reason: Mapped[str] = mapped_column(Text, default="")
    set_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    set_at: Mapped[datetime]
    lifted_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    lifted_at: Mapped[datetime | None]
    lift_reason: Mapped[str] = mapped_column(Text, default="")


class Source(Record):
    """A document that items cite, known by its title."""

    __tablename__ = "item_sources"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    title: Mapped[str] = mapped_column(String(200), unique=True)


class SourceChange(Record):
    """That a document has changed, or will: noted once, never rewritten.

    ``changed_on`` is the day on which the change is in force, ``counts_from`` the later of its beginning and ``noted_at``: what cites the
    document and was written or confirmed before that instant is to be looked at again.
    """

    __tablename__ = "item_source_changes"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    source_id: Mapped[str] = mapped_column(ForeignKey("item_sources.id"), index=True)
    changed_on: Mapped[date] = mapped_column(Date)
    counts_from: Mapped[datetime]
    note: Mapped[str] = mapped_column(Text)
    noted_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    noted_at: Mapped[datetime]


class Citation(Record):
    """That a version cites a document, with what stands in brackets behind the title: number, clause, date."""

    __tablename__ = "item_citations"

    version_id: Mapped[str] = mapped_column(ForeignKey("item_versions.id"), primary_key=True)
    source_id: Mapped[str] = mapped_column(ForeignKey("item_sources.id"), primary_key=True, index=True)
    detail: Mapped[str] = mapped_column(String(200), default="")


class ItemPicture(Record):
    """A picture or other file that item texts show, named by what it holds: ``![alt](media:<id>)``."""

    __tablename__ = "item_pictures"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[str] = mapped_column(String(32))  # media type
    width: Mapped[int]
    height: Mapped[int]
    size: Mapped[int]  # bytes
    uploaded_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]


class ItemLook(Record):
    """That somebody opened an exam item with its key, or was refused; appended at each look, kept beside the audit chain.

    ``place`` is where: page, editor, import. ``item_id`` points at no row: an item that is taken back leaves who saw it. A refused look
    is of somebody who may not read the bank.
    """

    __tablename__ = "item_looks"
    __table_args__ = (
        Index("ix_item_looks_item_id_at", "item_id", "at"),
        Index("ix_item_looks_user_id_at", "user_id", "at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    item_id: Mapped[str] = mapped_column(Id)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    place: Mapped[str] = mapped_column(String(16))
    refused: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime]


class ItemImport(Record):
    """A file brought in: read in the background, previewed row by row, then taken whole or not at all.

    ``status``: waiting, reading, previewed, refused, applying, applied, undone, dropped. ``options`` are what holds where the file says
    nothing (pool, track, function, difficulty, source); ``summary`` the counts by verdict and what the file became; ``fault`` the code and
    facts of a file that could not be read. ``file_key`` and ``sheet_key`` name the file and its annotated sheet among those that pass
    through; ``claim`` is the token of the worker that reads it.
    """

    __tablename__ = "item_imports"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    format: Mapped[str] = mapped_column(String(16))
    file_name: Mapped[str] = mapped_column(String(120))
    file_key: Mapped[str] = mapped_column(String(120))
    sheet_key: Mapped[str] = mapped_column(String(120), default="")
    claim: Mapped[str] = mapped_column(String(26), default="")
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]  # bytes
    status: Mapped[str] = mapped_column(String(16), index=True)
    rows_total: Mapped[int] = mapped_column(default=0)
    rows_done: Mapped[int] = mapped_column(default=0)
    options: Mapped[dict[str, Any]]
    summary: Mapped[dict[str, Any]]
    fault: Mapped[dict[str, Any]]
    created_by: Mapped[str] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    beat_at: Mapped[datetime | None]  # the worker's last sign of life
    ended_at: Mapped[datetime | None]


class ItemExport(Record):
    """A file that is made of the items which a list showed, in the background; it can be fetched for a day by who asked for it.

    ``status``: waiting, writing, ready, failed, gone. ``filters`` are those of the list; ``file_key`` names the sealed file; ``claim`` is
    the token of the worker that writes it.
    """

    __tablename__ = "item_exports"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    format: Mapped[str] = mapped_column(String(16))
    english: Mapped[bool]
    filters: Mapped[dict[str, Any]]
    status: Mapped[str] = mapped_column(String(16), index=True)
    rows_total: Mapped[int] = mapped_column(default=0)
    rows_done: Mapped[int] = mapped_column(default=0)
    file_key: Mapped[str] = mapped_column(String(120), default="")
    claim: Mapped[str] = mapped_column(String(26), default="")
    size: Mapped[int] = mapped_column(default=0)  # bytes
    created_by: Mapped[str] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    beat_at: Mapped[datetime | None]  # the worker's last sign of life
    ended_at: Mapped[datetime | None]


class ImportRow(Record):
    """One row of a file: what it holds, what would become of it (new, changed, same, fault), and why not."""

    __tablename__ = "item_import_rows"

    import_id: Mapped[str] = mapped_column(ForeignKey("item_imports.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    external_id: Mapped[str] = mapped_column(String(64), default="")
    place: Mapped[str] = mapped_column(String(60))  # where in the file: sheet and row, paragraph, element
    verdict: Mapped[str] = mapped_column(String(16))
    faults: Mapped[list[Any]]  # [{"field", "code", "facts"}]
    entry: Mapped[dict[str, Any]]
    item_id: Mapped[str | None] = mapped_column(ForeignKey("items.id"), index=True)
    version_id: Mapped[str | None] = mapped_column(ForeignKey("item_versions.id"), index=True)


class ImportCase(Record):
    """A case of a file: what would become of it (new, changed, same, fault), where it belongs, and what it became.

    ``case_id`` and ``version_id`` are those of the bank when the file was read, and refer to nothing: what they name may go.
    ``made_version_id`` is the text that was made of it, ``carried`` the versions of items that only follow its new text.
    """

    __tablename__ = "item_import_cases"

    import_id: Mapped[str] = mapped_column(ForeignKey("item_imports.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    external_id: Mapped[str] = mapped_column(String(64), default="")
    place: Mapped[str] = mapped_column(String(60))
    verdict: Mapped[str] = mapped_column(String(16))
    faults: Mapped[list[Any]]  # [{"field", "code", "facts"}]
    text: Mapped[str] = mapped_column(Text)
    pool: Mapped[str] = mapped_column(String(16), default="")
    job_type: Mapped[str] = mapped_column(String(32), default="")
    level: Mapped[str] = mapped_column(String(16), default="")
    case_id: Mapped[str] = mapped_column(String(26), default="")
    version_id: Mapped[str] = mapped_column(String(26), default="")
    made_version_id: Mapped[str] = mapped_column(String(26), default="")
    carried: Mapped[list[Any]]


class ImportPicture(Record):
    """A picture of a file that the bank does not have yet. It passes through until the file is taken; then it is one of the bank's."""

    __tablename__ = "item_import_pictures"

    import_id: Mapped[str] = mapped_column(ForeignKey("item_imports.id"), primary_key=True)
    picture_id: Mapped[str] = mapped_column(String(26), primary_key=True)
    file_key: Mapped[str] = mapped_column(String(120))
    sha256: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(32))  # media type
    width: Mapped[int]
    height: Mapped[int]
    size: Mapped[int]  # bytes
    is_entered: Mapped[bool] = mapped_column(default=False)
