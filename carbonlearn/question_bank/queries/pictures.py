"""Pictures that item texts show."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from carbonlearn.core.errors import NotFound
from carbonlearn.infra.db import db
from carbonlearn.question_bank.models import ItemPicture


def picture(picture_id: str) -> ItemPicture:
    """One picture. Raises NotFound."""
    found = db.session.get(ItemPicture, picture_id)
    if found is None:
        raise NotFound("PICTURE_NOT_FOUND")
    return found


def known_pictures(picture_ids: Iterable[str]) -> set[str]:
    """Those of the ids that there are."""
    query = select(ItemPicture.id).where(ItemPicture.id.in_(list(picture_ids)))
    return set(db.session.scalars(query))
