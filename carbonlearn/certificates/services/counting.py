"""How often a certificate was looked at, by day; nothing about who looked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite

from carbonlearn.certificates.models import VerificationCount
from carbonlearn.infra.db import db


def count_views(views: Mapping[tuple[str, str], int]) -> None:
    """Add these views, by certificate id and day (``2026-12-07``)."""
    dialect: Any = sqlite if db.engine.dialect.name == "sqlite" else postgresql
    for (certificate_id, day), number in sorted(views.items()):
        row = dialect.insert(VerificationCount).values(certificate_id=certificate_id, day=day, count=number)
        db.session.execute(
            row.on_conflict_do_update(
                index_elements=["certificate_id", "day"],
                set_={"count": VerificationCount.count + row.excluded.count},
            )
        )
