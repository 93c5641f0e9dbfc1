"""The public answer about a certificate as JSON, and what of it is told only to who knows the holder's name."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from carbonlearn.certificates.queries import wording_of_record
from carbonlearn.certificates.rules.payload import same_name, signed_salt
from carbonlearn.certificates.rules.verify import Outcome, Verdict
from carbonlearn.certificates.services import Examined
from carbonlearn.core.identity import mask_name

_WORD = {"type": "string"}
_PAIR = {"type": "object", "properties": {"zh": _WORD, "en": _WORD}}
ANSWER: dict[str, Any] = {
    "type": "object",
    "required": ["verdict", "code", "number", "holder", "checks", "history", "checked_at", "demonstration"],
    "properties": {
        "verdict": {"enum": [verdict.value for verdict in Verdict]},
        "since": {"type": ["string", "null"], "format": "date-time"},
        "category": {"type": "string", "description": "why it lost its worth; empty while valid"},
        "demonstration": {"type": "boolean"},
        "code": _WORD,
        "number": _WORD,
        "holder": {"type": "string", "description": "masked"},
        "name_agrees": {"type": "boolean", "description": "only where a name was sent"},
        "title": _PAIR,
        "job_type": _PAIR,
        "level": _PAIR,
        "issuer": _PAIR,
        "training_base": _PAIR,
        "issued_at": {"type": "string", "format": "date-time"},
        "checked_at": {"type": "string", "format": "date-time"},
        "checks": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name", "outcome"],
                "properties": {
                    "name": _WORD,
                    "outcome": {"enum": [outcome.value for outcome in Outcome]},
                },
            },
        },
        "history": {"type": "array", "items": {"type": "object"}},
        "key_id": _WORD,
        "credential": {
            "type": ["string", "null"],
            "description": "VC-JWT, signed with Ed25519; null for an early one, which tells its salt, until the full name was sent",
        },
        "holder_name": {"type": "string", "description": "as held; only where the name sent agrees"},
        "name_salt": {"type": "string", "description": "what the name's hash was salted with; likewise"},
    },
}


def as_json(found: Examined, now: datetime, name: str | None = None) -> dict[str, Any]:
    """What a program gets: the verdict first, the same facts as on the page, and the credential to check by itself."""
    record, status = found.record, found.status
    answer: dict[str, Any] = {
        "verdict": found.verdict,
        "since": status.since.isoformat() if status.since else None,
        "category": status.category or "",
        "demonstration": record.demonstration,
        "code": record.code,
        "number": record.number,
        "holder": mask_name(record.holder_name),
        "issued_at": record.issued_at.isoformat(),
        "checked_at": now.isoformat(),
        "checks": [{"name": check.name, "outcome": check.outcome} for check in found.checks],
        "history": [
            {"event": event.happening, "category": event.category or "", "at": event.at.isoformat()}
            for event in record.events
        ],
        "key_id": record.key_id,
        "credential": None if _tells_salt(found) else record.credential,
    }
    if found.verdict is not Verdict.INVALID:
        answer |= _stated(found)
    if name is not None:
        answer |= _told_to(name, found)
    return answer


def _tells_salt(found: Examined) -> bool:
    return any(signed_salt(signed) for signed in (found.record.payload, found.claims or {}))


def _told_to(name: str, found: Examined) -> dict[str, Any]:
    """What the name that was sent opens: the name as it is held and the salt, with which the signed hash can be worked out again."""
    record = found.record
    if not same_name(name, record.holder_name):
        return {"name_agrees": False}
    salt = record.name_salt or signed_salt(record.payload)
    told = {"holder_name": record.holder_name, "name_salt": salt, "credential": record.credential}
    return {"name_agrees": True, **told}


def _stated(found: Examined) -> dict[str, Any]:
    words = wording_of_record(found.record)
    pairs = {
        "title": words.title,
        "job_type": words.job_type,
        "level": words.level,
        "issuer": words.issuers[0],
        "training_base": words.training_base,
    }
    return {name: {"zh": pair[0], "en": pair[1]} for name, pair in pairs.items()}
