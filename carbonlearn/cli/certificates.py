"""``carbonlearn certificate verify``: check a certificate with the published keys alone, on any machine, without a database."""

from __future__ import annotations

import base64
import json
import os
import re
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from carbonlearn.certificates import services
from carbonlearn.certificates.rules.payload import fingerprint, same_name
from carbonlearn.certificates.rules.status import Category, CertificateEvent, Happening, fold
from carbonlearn.certificates.rules.verify import (
    Check,
    Outcome,
    RegistryFacts,
    Signature,
    Verdict,
    VerificationFacts,
    verify,
)
from carbonlearn.cli.common import as_json, show
from carbonlearn.core.ids import read_certificate_code
from carbonlearn.infra.clock import SystemClock
from carbonlearn.infra.signing import SignatureInvalid, verify_jwt

BASE_URL = "CARBONLEARN_BASE_URL"
TIMEOUT_SECONDS = 15
LONGEST_ANSWER = 1_000_000
SIGNS = {Outcome.PASSED: "ok  ", Outcome.FAILED: "FAIL", Outcome.NOT_CHECKED: "-   "}
GOOD = (Verdict.VALID, Verdict.AUTHENTIC)
IN_PDF = re.compile(rb"\b(credential|name_salt)=([\w.-]+)")
"""How a printed sheet carries what it rests on, in metadata that is written out as it stands."""

NAME_SAID = {
    Outcome.PASSED: "name: compared, it is the holder's",
    Outcome.FAILED: "name: compared, it is NOT the holder's",
    Outcome.NOT_CHECKED: "name: not compared",
}


@dataclass(frozen=True)
class Source:
    """What is to be checked: the token, what the registry says (None: not asked, or it knows of none), and where the keys are.

    ``salt``: what the holder's name was salted with, if that came along.
    """

    token: str
    answer: Mapping[str, Any] | None
    asked: bool
    origin: str
    salt: str = ""


@click.group()
def certificate() -> None:
    """Certificates."""


@certificate.command("verify")
@click.argument("source")
@click.option("--keys", "keys_from", help="Published keys: a file or an address (did.json or a JWK set).")
@click.option("--name", help="The holder's full name, to compare.")
@as_json
def verify_command(source: str, keys_from: str | None, name: str | None, json_wanted: bool) -> None:
    """Check a certificate: a file (PDF, .jwt, or JSON with "credential"), the address of its page, or its code.

    Whose it is can be compared where the salt of the name is at hand: in the PDF, or from the site, which tells it to whoever gives
    the full name.

    A key that the certificate itself carries is not believed: keys come from --keys, else from the site named in the address or
    in CARBONLEARN_BASE_URL.
    """
    found = _read(source, name)
    keys, issuer = _keys(keys_from or (found.origin and found.origin + "/.well-known/did.json"))
    verdict, checks, claims = _verify(found, keys, issuer, name, SystemClock().now())
    number = claims.get("credentialSubject", {}).get("licenseNumber", "")
    value = {
        "verdict": verdict,
        "number": number,
        "checks": [{"name": check.name, "outcome": check.outcome, "facts": check.facts} for check in checks],
    }
    holder = next(check for check in checks if check.name == "holder")
    lines = [f"{verdict.upper()}  {number}", *(_line(check) for check in checks), _said_of_name(name, holder)]
    show(value, json_wanted, lines)
    named = name is None or holder.outcome is Outcome.PASSED
    raise SystemExit(0 if verdict in GOOD and named else 1)


def _said_of_name(name: str | None, holder: Check) -> str:
    said = NAME_SAID[holder.outcome]
    if holder.outcome is not Outcome.NOT_CHECKED:
        return said
    return said + (
        " (give --name)" if name is None else " (the salt is not here: take the PDF, or ask the site)"
    )


def _line(check: Check) -> str:
    facts = ", ".join(f"{name} {value}" for name, value in check.facts.items() if value)
    return f"  {SIGNS[check.outcome]}  {check.name}" + (f"  ({facts})" if facts else "")


def _read(source: str, name: str | None) -> Source:
    base_url = os.environ.get(BASE_URL, "").rstrip("/")
    if source.startswith(("http://", "https://", "HTTP://", "HTTPS://")):
        parts = urlsplit(source)
        return _ask(f"{parts.scheme.lower()}://{parts.netloc.lower()}", parts.path.rpartition("/")[2], name)
    if Path(source).is_file():
        token, salt = _token(Path(source).read_bytes())
        return Source(token, None, False, base_url, salt)
    if read_certificate_code(source) is None:
        raise click.UsageError(f"{source!r} is neither a file, nor an address, nor a certificate's code")
    if not base_url:
        raise click.UsageError(f"say which site the code belongs to: set {BASE_URL}")
    return _ask(base_url, source, name)


def _token(content: bytes) -> tuple[str, str]:
    """The token of a file and the salt beside it: bare, in a JSON object, or in the metadata of a printed sheet."""
    if content.startswith(b"%PDF"):
        held = {key.decode(): value.decode() for key, value in IN_PDF.findall(content)}
        if "credential" not in held:
            raise click.UsageError(
                "this PDF holds no credential; it is no certificate of ours, or was saved anew"
            )
        return held["credential"], held.get("name_salt", "")
    text = content.decode("utf-8", "replace")
    if not text.lstrip().startswith("{"):
        return text.strip(), ""
    try:
        held = json.loads(text)
        return str(held["credential"]), str(held.get("name_salt") or "")
    except (ValueError, KeyError):
        raise click.UsageError('the file is JSON without a "credential"') from None


def _ask(origin: str, code: str, name: str | None) -> Source:
    answer = _fetch(f"{origin}/v/{code}", None if name is None else {"name": name})
    if answer is not None and not answer.get("credential"):
        _refuse_without_credential(name)
    told = answer or {}
    return Source(str(told.get("credential") or ""), answer, True, origin, str(told.get("name_salt") or ""))


def _refuse_without_credential(name: str | None) -> None:
    """An early credential tells its salt, so the site keeps it for who knows the name."""
    if name is None:
        raise click.UsageError(
            "the site gives this early credential only with the holder's full name: add --name"
        )
    raise click.ClickException(
        "the name is not the holder's; without it the site does not give this credential"
    )


def _fetch(address: str, sent: Mapping[str, str] | None = None) -> dict[str, Any] | None:
    """The JSON at an address; None when the site says that there is nothing. Anything else is wrong use."""
    if not address.startswith(("http://", "https://")):
        raise click.UsageError(f"{address} is no web address")
    headers = {"Accept": "application/json"} | ({"Content-Type": "application/json"} if sent else {})
    body = json.dumps(sent).encode() if sent else None
    request = urllib.request.Request(address, body, headers)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:  # noqa: S310
            found = json.loads(response.read(LONGEST_ANSWER))
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return None
        raise click.UsageError(f"{address} answers {error.code}") from None
    except (OSError, ValueError) as error:
        raise click.UsageError(f"{address} cannot be read: {error}") from None
    return found if isinstance(found, dict) else {}


def _keys(place: str) -> tuple[dict[str, Any], str]:
    """Public keys by kid, and the issuer whose they are (empty for a bare JWK set)."""
    if not place:
        raise click.UsageError(f"say where the published keys are: --keys, or {BASE_URL}")
    if place.startswith(("http://", "https://")):
        document = _fetch(place) or {}
    else:
        try:
            document = json.loads(Path(place).read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise click.UsageError(f"{place} holds no keys: {error}") from None
    jwks = {
        str(method["id"]).rpartition("#")[2]: method["publicKeyJwk"]
        for method in document.get("verificationMethod", [])
    }
    jwks |= {str(jwk["kid"]): jwk for jwk in document.get("keys", [])}
    if not jwks:
        raise click.UsageError(f"{place} holds no keys")
    return jwks, str(document.get("id", ""))


def _verify(
    source: Source, keys: Mapping[str, Any], issuer: str, name: str | None, now: datetime
) -> tuple[Verdict, tuple[Check, ...], Mapping[str, Any]]:
    kid = _kid(source.token)
    claims = _claims(source.token, keys)
    signature = (
        Signature.GOOD if claims else Signature.BAD if kid in keys or not kid else Signature.UNKNOWN_KEY
    )
    facts = VerificationFacts(
        claims=claims,
        signature=signature,
        issuer=issuer or str((claims or {}).get("iss")),
        key_valid_at_issue=services.key_was_in_use(kid, int(str(claims["validFrom"])[:4]))
        if claims
        else None,
        registry_asked=source.asked,
        registry=_registry(source.answer, claims or {}),
        typed_name=_as_held(name, source.answer),
        name_salt=source.salt,
    )
    found = verify(facts, now)
    number = str((claims or {}).get("credentialSubject", {}).get("licenseNumber", ""))
    return found.verdict, (services.number_check(number), *found.checks), claims or {}


def _as_held(name: str | None, answer: Mapping[str, Any] | None) -> str | None:
    """The typed name as the registry writes it, where the two differ in spaces and joints alone: the hash is over that."""
    held = str((answer or {}).get("holder_name") or "")
    return held if name is not None and same_name(name, held) else name


def _claims(token: str, keys: Mapping[str, Any]) -> dict[str, Any] | None:
    try:
        return verify_jwt(token, keys)
    except SignatureInvalid:
        return None


def _kid(token: str) -> str:
    """The name of the key in the token's header; nothing is believed of it but which key to try."""
    head = token.partition(".")[0]
    try:
        header = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
        return str(header["kid"]).rpartition("#")[2]
    except (ValueError, KeyError, TypeError):
        return ""


def _registry(answer: Mapping[str, Any] | None, claims: Mapping[str, Any]) -> RegistryFacts | None:
    """What the site says beside the credential. Where it says another number or code than was signed, nothing fits."""
    if not answer:
        return None
    events = [
        CertificateEvent(
            Happening(entry["event"]),
            datetime.fromisoformat(entry["at"]),
            Category(entry["category"]) if entry["category"] else None,
        )
        for entry in answer["history"]
    ]
    status = fold(events, datetime.fromisoformat(answer["checked_at"]))
    same = (
        claims.get("credentialSubject", {}).get("licenseNumber") == answer["number"]
        and str(claims.get("id", "")).endswith(str(answer["code"]))
        and answer["verdict"] != Verdict.INVALID
    )
    return RegistryFacts(fingerprint(claims) if same else "", status, name_agrees=answer.get("name_agrees"))


COMMANDS = [certificate]
