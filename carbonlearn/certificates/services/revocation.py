"""Taking a certificate's worth away: an event is appended, nothing is deleted, and the public learns the category alone."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from carbonlearn.audit.services import record
from carbonlearn.certificates import queries
from carbonlearn.certificates.models import Certificate, CertificateEvent
from carbonlearn.certificates.rules.status import Category, Happening, step
from carbonlearn.core.errors import Invalid
from carbonlearn.core.permissions import Actor, Permission
from carbonlearn.infra.db import db


def revoke(certificate_id: str, category: str, detail: str, *, actor: Actor, now: datetime) -> Certificate:
    """Revoke a certificate for good. ``detail`` is for the desk, ``category`` for everybody.

    Raises NotFound, Invalid for an unknown category or a missing reason, Conflict when it is revoked or superseded already.
    """
    if category not in set(Category):
        raise Invalid("REVOCATION_CATEGORY")
    if len(detail.strip()) < 4:
        raise Invalid("REVOCATION_REASON")
    certificate = queries.desk_certificate(certificate_id, actor, Permission.CERTIFICATE_REVOKE)
    db.session.execute(select(Certificate.id).where(Certificate.id == certificate_id).with_for_update())
    step(queries.statuses([certificate_id], now)[certificate_id].state, Happening.REVOKED)
    db.session.add(
        CertificateEvent(
            certificate_id=certificate_id,
            event="revoked",
            category=category,
            detail=detail.strip(),
            actor_id=actor.user_id,
            at=now,
        )
    )
    record(
        "certificate:revoke",
        ("certificate", certificate_id),
        now=now,
        actor_id=actor.user_id,
        base_id=certificate.base_id,
        facts={"number": certificate.number, "category": category},
    )
    return certificate
