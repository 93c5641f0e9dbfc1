"""Is it real, today? A list of named checks, each passed, failed or not made, and the verdict that follows from them.

Source: domain paper, "Certificates"; habits, 13: give the verifier away. Works on the claims of a token, the result of checking its
signature with a public key, and what the registry says if it was asked; it needs no database.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from carbonlearn.certificates.rules.payload import fingerprint, is_holder
from carbonlearn.certificates.rules.status import CertificateStatus, State
from carbonlearn.core.ids import read_certificate_code


class Outcome(StrEnum):
    """Of one check; NOT_CHECKED where what it needs was not at hand."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_CHECKED = "not_checked"


class Verdict(StrEnum):
    """Read first. AUTHENTIC: signed by the issuer, but nobody asked whether it still stands. INVALID: not what the issuer signed."""

    VALID = "valid"
    AUTHENTIC = "authentic"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"
    INVALID = "invalid"
    UNKNOWN = "unknown"


class Signature(StrEnum):
    """What checking the signature with the published keys gave."""

    GOOD = "good"
    BAD = "bad"
    UNKNOWN_KEY = "unknown_key"


@dataclass(frozen=True, slots=True)
class RegistryFacts:
    """The registry's answer: its fingerprint of the credential, the status folded from events, whether the log includes it,
    and its word on the typed name (None: not asked)."""

    fingerprint: str
    status: CertificateStatus
    in_log: bool | None = None
    name_agrees: bool | None = None


@dataclass(frozen=True, slots=True)
class VerificationFacts:
    """All that verifying needs. ``registry`` None with ``registry_asked``: it has no such certificate.

    ``key_valid_at_issue`` None: the period of the key is not known. ``typed_name``: the name that the visitor typed in full;
    ``name_salt``: the salt that came with the credential, if it did.
    """

    claims: Mapping[str, Any] | None
    signature: Signature
    issuer: str
    key_valid_at_issue: bool | None = None
    registry_asked: bool = True
    registry: RegistryFacts | None = None
    typed_name: str | None = None
    name_salt: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One named check, its outcome, and the facts to show beside it."""

    name: str
    outcome: Outcome
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verification:
    """The verdict, then the checks in the order in which they build on each other."""

    verdict: Verdict
    checks: tuple[Check, ...]
    status: CertificateStatus | None = None

    def outcome(self, name: str) -> Outcome:
        """The outcome of the check of this name."""
        return next(check.outcome for check in self.checks if check.name == name)


def verify(facts: VerificationFacts, now: datetime) -> Verification:
    """Make every check that can be made. The typed name never changes the verdict: it tells whose certificate it is, not its worth."""
    checks = tuple(_checks(facts, now))
    status = facts.registry.status if facts.registry else None
    return Verification(_verdict(facts, checks, now), checks, status)


def _checks(facts: VerificationFacts, now: datetime) -> Iterator[Check]:
    claims, registry = facts.claims or {}, facts.registry
    code = read_certificate_code(str(claims.get("id", "")).rpartition("/")[2])
    yield _check("form", code is not None and isinstance(claims.get("credentialSubject"), Mapping), code=code)
    yield _check("signature", facts.signature is Signature.GOOD, result=facts.signature.value)
    named = claims.get("issuer")
    issuer = named.get("id") if isinstance(named, Mapping) else named
    yield _check("issuer", issuer == claims.get("iss") == facts.issuer, issuer=issuer)
    yield _check("key_valid_at_issue", facts.key_valid_at_issue)
    yield _check(
        "period",
        _in_period(claims, now),
        valid_from=claims.get("validFrom"),
        valid_until=claims.get("validUntil"),
    )
    asked = facts.registry_asked
    yield _check("registry", registry is not None if asked else None)
    yield _check("content", _content_holds(claims, registry))
    yield _check("log", registry.in_log if registry else None)
    standing = registry.status.state if registry else None
    yield _check("status", None if standing is None else standing is State.VALID, state=standing)
    yield _holder(facts)


def _holder(facts: VerificationFacts) -> Check:
    """By the salted hash that was signed; where the salt is not at hand, by the registry's word if it gave one."""
    if facts.typed_name is None:
        return _check("holder", None)
    by_hash = is_holder(facts.claims or {}, facts.typed_name, facts.name_salt)
    told = facts.registry.name_agrees if facts.registry else None
    if by_hash is None and told is None:
        return _check("holder", None, needs="salt")
    return _check(
        "holder", told if by_hash is None else by_hash, by="registry" if by_hash is None else "hash"
    )


def _check(name: str, passed: bool | None, **facts: object) -> Check:
    if passed is None:
        return Check(name, Outcome.NOT_CHECKED, facts)
    return Check(name, Outcome.PASSED if passed else Outcome.FAILED, facts)


def _in_period(claims: Mapping[str, Any], now: datetime) -> bool:
    start, end = claims.get("nbf"), claims.get("exp")
    if not isinstance(start, int) or not (end is None or isinstance(end, int)):
        return False
    return start <= now.timestamp() and (end is None or now.timestamp() < end)


def _content_holds(claims: Mapping[str, Any], registry: RegistryFacts | None) -> bool | None:
    if registry is None:
        return None
    try:
        return fingerprint(claims) == registry.fingerprint
    except (TypeError, ValueError):
        return False


FORGERY = frozenset({"form", "signature", "issuer", "key_valid_at_issue", "content", "log"})


def _verdict(facts: VerificationFacts, checks: tuple[Check, ...], now: datetime) -> Verdict:
    failed = {check.name for check in checks if check.outcome is Outcome.FAILED}
    if "registry" in failed and (facts.claims is None or not failed & FORGERY):
        return Verdict.UNKNOWN
    if failed & FORGERY:
        return Verdict.INVALID
    if facts.registry is not None and facts.registry.status.state is not State.VALID:
        return Verdict(facts.registry.status.state.value)
    if "period" in failed:
        return Verdict.EXPIRED if _has_ended(facts.claims or {}, now) else Verdict.INVALID
    return Verdict.VALID if facts.registry is not None else Verdict.AUTHENTIC


def _has_ended(claims: Mapping[str, Any], now: datetime) -> bool:
    end = claims.get("exp")
    return isinstance(end, int) and now.timestamp() >= end
