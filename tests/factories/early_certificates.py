"""A certificate as the first days signed it: the salt of the name inside the credential, and a status list named that never was."""

from __future__ import annotations

import copy

from sqlalchemy import select

from carbonlearn.certificates.models import Certificate
from carbonlearn.infra import vault
from carbonlearn.infra.db import db, unit_of_work


def sign_as_in_the_first_days(certificate_id: str) -> Certificate:
    """Put the early form in the place of the credential that was issued, signed with the same key."""
    with unit_of_work():
        found = db.session.get_one(Certificate, certificate_id)
        payload = copy.deepcopy(found.payload)
        payload["credentialSubject"]["identifier"][0] |= {"identityType": "name", "salt": found.name_salt}
        listed = "http://localhost/registry/status"
        payload["credentialStatus"] = {
            "id": f"{listed}#0",
            "statusListIndex": "0",
            "statusListCredential": listed,
        }
        found.payload, found.name_salt = payload, None
        found.credential = vault.keys().sign_jwt(payload, payload["iss"])
    return db.session.scalars(select(Certificate).where(Certificate.id == certificate_id)).one()
