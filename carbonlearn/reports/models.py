"""What was worked out from released results, so that a page need not do it again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from carbonlearn.infra.db import Record


class ItemStatistic(Record):
    """The figures of an item version over all released results, as of ``at``. Worked out anew when there are more than ``releases`` acts
    of release of its windows: their number, since an act is dated before it is stored."""

    __tablename__ = "item_statistics"

    version_id: Mapped[str] = mapped_column(ForeignKey("item_versions.id"), primary_key=True)
    item_id: Mapped[str] = mapped_column(ForeignKey("items.id"), index=True)
    answers: Mapped[int]
    facility: Mapped[int]  # thousandths
    discrimination: Mapped[int | None]  # thousandths
    chosen: Mapped[dict[str, Any]]
    flags: Mapped[list[Any]]
    releases: Mapped[int]
    at: Mapped[datetime]
