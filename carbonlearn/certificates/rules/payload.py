"""The exact fields of a certificate that are signed: an Open Badges 3.0 credential as the claims of a JSON Web Token.

Source: dependencies paper, section 6 (credential members at the top level, no ``vc`` wrapper); domain paper, "Certificates". The
holder's name is not in it: a salted hash is. The salt stands beside the credential and is told to whoever knows the name, so that
nobody can guess a name from what is published. Credentials of the first days were signed with their salt inside.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

from carbonlearn.core.canonical import canonical_json
from carbonlearn.core.identity import NAME_JOINTS

CONTEXTS = (
    "https://www.w3.org/ns/credentials/v2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
)
DEMONSTRATION = "demonstration"
NAME_WITH_SALT = "ext:name-with-salt"
"""The kind of identity that is hashed. No plain ``name``: for that, a missing salt would say that the hash has none."""


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """Everything that a certificate states. ``issuer`` is the issuer's DID, ``base_url`` has no slash at its end, instants are aware.

    ``name_salt``: at least 128 random bits. It goes into the hash of the name and not into the credential.
    """

    code: str
    number: str
    holder_name: str
    name_salt: str
    issuer: str
    issuer_name: str
    base_url: str
    programme_key: str
    programme_name: str
    job_type: str
    job_type_name: str
    level: str
    level_name: str
    passed_on: date
    valid_from: datetime
    valid_until: datetime | None = None
    demonstration: bool = False


def plain_name(name: str) -> str:
    """The name as it is compared: compatibility forms and joints folded, space at the ends and doubled space ignored."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    joined = re.sub(f"\\s*[{re.escape(NAME_JOINTS.strip())}]\\s*", "·", folded)
    return " ".join(joined.split())


def name_hash(name: str, salt: str) -> str:
    """The salted identity hash of Open Badges 3.0 over the plain name."""
    return "sha256$" + sha256((plain_name(name) + salt).encode()).hexdigest()


def instant(at: datetime) -> str:
    """An instant as it is signed: UTC, whole seconds, ending in Z."""
    if at.tzinfo is None:
        raise ValueError("an instant that is signed must be aware")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def claims(facts: CertificateFacts) -> dict[str, Any]:
    """The claims that are signed: credential members at the top level beside iss, jti, sub, nbf and exp."""
    address = f"{facts.base_url}/v/{facts.code}"
    made: dict[str, Any] = {
        "@context": list(CONTEXTS),
        "id": address,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": f"{facts.job_type_name}（{facts.level_name}）",
        "issuer": {"id": facts.issuer, "type": ["Profile"], "name": facts.issuer_name, "url": facts.base_url},
        "validFrom": instant(facts.valid_from),
        "awardedDate": f"{facts.passed_on.isoformat()}T00:00:00Z",
        "credentialSubject": _subject(facts, address),
        "iss": facts.issuer,
        "jti": address,
        "sub": f"{address}#holder",
        "nbf": int(facts.valid_from.timestamp()),
    }
    if facts.valid_until is not None:
        made |= {"validUntil": instant(facts.valid_until), "exp": int(facts.valid_until.timestamp())}
    return made


def _subject(facts: CertificateFacts, address: str) -> dict[str, Any]:
    achievement = {
        "id": f"{facts.base_url}/programmes/{facts.programme_key}#{facts.job_type}-{facts.level}",
        "type": ["Achievement"],
        "achievementType": "Certification",
        "name": f"{facts.job_type_name}（{facts.level_name}）",
        "description": facts.programme_name,
        "criteria": {"narrative": "完成规定课时的学习，并在统一考试中达到合格线。"},
        "humanCode": f"{facts.job_type}/{facts.level}",
        "specialization": facts.job_type_name,
    }
    if facts.demonstration:
        achievement["tag"] = [DEMONSTRATION]
    identity = {
        "type": "IdentityObject",
        "hashed": True,
        "identityHash": name_hash(facts.holder_name, facts.name_salt),
        "identityType": NAME_WITH_SALT,
    }
    return {
        "id": f"{address}#holder",
        "type": ["AchievementSubject"],
        "identifier": [identity],
        "licenseNumber": facts.number,
        "achievement": achievement,
    }


def canonical_bytes(signed: Mapping[str, Any]) -> bytes:
    """One form for the same claims, in whatever order a token's writer put the members: what is hashed and compared."""
    return canonical_json(signed)


def fingerprint(signed: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical bytes, in hex: what the registry keeps of a credential."""
    return sha256(canonical_bytes(signed)).hexdigest()


def same_name(typed: str, held: str) -> bool:
    """Whether a name as typed is the one held, spaces and joints aside; an empty one is nobody's."""
    left, right = (plain_name(name).replace(" ", "").replace("·", "") for name in (typed, held))
    return bool(left) and left == right


def signed_salt(signed: Mapping[str, Any]) -> str:
    """The salt that an early credential holds in itself; empty for those that keep it apart."""
    return str(_identity(signed).get("salt") or "")


def is_holder(signed: Mapping[str, Any], name: str, salt: str = "") -> bool | None:
    """Whether the credential was made out to this name; None where the salt, without which nobody can say, is not at hand."""
    known = salt or signed_salt(signed)
    hashed = _identity(signed).get("identityHash")
    if hashed is None:
        return False
    return bool(hashed == name_hash(name, known)) if known else None


def _identity(signed: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        found = signed["credentialSubject"]["identifier"][0]
    except (KeyError, IndexError, TypeError):
        return {}
    return found if isinstance(found, Mapping) else {}
