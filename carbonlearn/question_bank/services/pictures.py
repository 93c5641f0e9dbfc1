"""Pictures of items: examined, drawn anew and stored before; recorded here once for what they hold."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from carbonlearn.audit.services import record
from carbonlearn.catalogue.services.media import Kept
from carbonlearn.core.errors import Invalid
from carbonlearn.core.permissions import Actor
from carbonlearn.infra.db import db
from carbonlearn.question_bank.models import ItemPicture


def enter_picture(kept: Kept, *, actor: Actor, now: datetime) -> ItemPicture:
    """Record a picture that lies in the storage; the same picture is recorded once. Raises Invalid PICTURE_KIND for any other file."""
    findings = kept.findings
    if findings.kind != "image":
        raise Invalid("PICTURE_KIND", field="file")
    known = db.session.scalar(select(ItemPicture).where(ItemPicture.sha256 == kept.stored.key))
    if known is not None:
        return known
    picture = ItemPicture(
        sha256=kept.stored.key,
        kind=findings.content_type,
        width=findings.width or 0,
        height=findings.height or 0,
        size=kept.stored.bytes,
        uploaded_by=actor.user_id,
        created_at=now,
    )
    db.session.add(picture)
    db.session.flush()
    facts = {"sha256": picture.sha256, "bytes": picture.size}
    record("picture:upload", ("picture", picture.id), now=now, actor_id=actor.user_id, facts=facts)
    return picture
