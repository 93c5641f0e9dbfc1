"""Examining a certificate: the credential against the published keys, the registry against the credential, the status at an instant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from carbonlearn.certificates.queries import PublicRecord
from carbonlearn.certificates.rules.payload import DEMONSTRATION, fingerprint, is_holder
from carbonlearn.certificates.rules.status import CertificateStatus, fold
from carbonlearn.certificates.rules.verify import (
    Check,
    Outcome,
    RegistryFacts,
    Signature,
    Verdict,
    Verification,
    VerificationFacts,
    verify,
)
from carbonlearn.core.errors import Invalid
from carbonlearn.core.ids import read_certificate_code, read_certificate_number
from carbonlearn.infra import vault
from carbonlearn.infra.signing import KeyRing, SignatureInvalid


@dataclass(frozen=True, slots=True)
class Examined:
    """A record with what was found. ``claims`` None: no published key made this signature, so nothing it says is believed."""

    record: PublicRecord
    claims: Mapping[str, Any] | None
    status: CertificateStatus
    verification: Verification

    @property
    def verdict(self) -> Verdict:
        return self.verification.verdict

    @property
    def checks(self) -> tuple[Check, ...]:
        """The number's own check digit, then all that was verified."""
        return (number_check(self.record.number), *self.verification.checks)


def examine(record: PublicRecord, now: datetime) -> Examined:
    """Check the record now against the keys that this installation publishes. Writes nothing."""
    keys = vault.keys()
    claims = signed_claims(keys, record.credential)
    status = fold(record.events, now)
    facts = VerificationFacts(
        claims=claims,
        signature=Signature.GOOD if claims is not None else Signature.BAD,
        issuer=str(
            (claims or {}).get("iss")
        ),  # a key of ours signed it, under whatever name the site then had
        key_valid_at_issue=key_was_in_use(record.key_id, record.issued_at.year),
        registry=RegistryFacts(_registry_fingerprint(record), status),
    )
    return Examined(record, claims, status, verify(facts, now))


def number_check(number: str) -> Check:
    """Whether the check digit of the number holds."""
    try:
        read_certificate_number(number)
    except Invalid:
        return Check("number", Outcome.FAILED, {"number": number})
    return Check("number", Outcome.PASSED, {"number": number})


@lru_cache(maxsize=1024)
def signed_claims(keys: KeyRing, credential: str) -> Mapping[str, Any] | None:
    """The claims of a credential that one of the keys signed, else None. The same text under the same keys need not be checked twice."""
    try:
        return keys.verify_jwt(credential)
    except SignatureInvalid:
        return None


def key_was_in_use(key_id: str, year: int) -> bool | None:
    """A key is named after the year in which it came into use: what it signed for a year before that was dated back."""
    return int(key_id[:4]) <= year if key_id[:4].isdecimal() else None


def _registry_fingerprint(record: PublicRecord) -> str:
    """The fingerprint of the stored payload; none, which fits nothing, when the row beside it says something else."""
    payload, subject = record.payload, record.payload.get("credentialSubject", {})
    tags = subject.get("achievement", {}).get("tag", [])
    same = (
        subject.get("licenseNumber") == record.number
        and read_certificate_code(str(payload.get("id", "")).rpartition("/")[2]) == record.code
        and payload.get("nbf") == int(record.issued_at.timestamp())
        and is_holder(payload, record.holder_name, record.name_salt or "") is True
        and (DEMONSTRATION in tags) == record.demonstration
    )
    return fingerprint(payload) if same else ""
