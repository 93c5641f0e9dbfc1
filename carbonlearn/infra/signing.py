"""Signatures: Ed25519 keys with the year in their name, VC-JWT credentials, raw signatures of receipts, the published keys.

A kid begins with the year the key came into use (``2026-1``). The newest private key signs, every key verifies. A retired key
may stay as its public half alone (a ``PUBLIC KEY`` PEM), so that what it signed can be checked for ever. A key that a token
carries in itself is never believed: only keys that this installation or the caller holds count.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from joserfc.jws import JWSRegistry, deserialize_compact, serialize_compact

from carbonlearn.infra.clock import SystemClock
from carbonlearn.infra.keyfiles import SETTING, SigningKeysMissing, create_once, read_folder, read_setting

__all__ = [
    "KeyRing", "SignatureInvalid", "Signer", "SigningKeysMissing", "Verifier", "did_of", "kid_order", "verify_jwt",
]  # fmt: skip

Jwk = dict[str, Any]

ALGORITHM = "EdDSA"  # RFC 9864 calls it Ed25519; several verifiers in use know only this older name
ACCEPTED = ("EdDSA", "Ed25519")
TYPE = "vc+jwt"


class SignatureInvalid(ValueError):
    """The token or signature was not made by a known key, or was altered."""


class _Registry(JWSRegistry):
    """joserfc's algorithms, cut down to Ed25519 under both its names, without a warning at each use of the older."""

    def get_alg(self, name: str) -> Any:
        if name not in ACCEPTED:
            raise SignatureInvalid(f"the token is signed with {name!r}, not with Ed25519")
        return self.algorithms[name]


@dataclass(frozen=True)
class Signer:
    """One private key and its name."""

    kid: str
    key: Ed25519PrivateKey

    @property
    def public_jwk(self) -> Jwk:
        return _jwk(self.kid, self.key.public_key())

    def sign_bytes(self, content: bytes) -> str:
        """The raw Ed25519 signature, base64url without padding (86 characters)."""
        return base64.urlsafe_b64encode(self.key.sign(content)).rstrip(b"=").decode()

    def sign_jwt(self, claims: Mapping[str, Any], did: str = "") -> str:
        """A compact JWS of the claims. With ``did`` the header names the key as ``did:web:…#kid``; its public half goes along."""
        header = {
            "alg": ALGORITHM,
            "typ": TYPE,
            "kid": f"{did}#{self.kid}" if did else self.kid,
            "jwk": {name: self.public_jwk[name] for name in ("kty", "crv", "x")},
        }
        payload = json.dumps(claims, ensure_ascii=False, separators=(",", ":"))
        return serialize_compact(header, payload, OKPKey.import_key(_private_jwk(self)), registry=_Registry())


@dataclass(frozen=True)
class Verifier:
    """Public keys by kid."""

    public_keys: Mapping[str, Jwk]

    def verify_jwt(self, token: str) -> dict[str, Any]:
        """The claims of a token that one of the keys signed; SignatureInvalid otherwise. Dates in the claims are the caller's."""
        try:
            payload = deserialize_compact(token, self._key_of, registry=_Registry()).payload
            claims = json.loads(payload)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise SignatureInvalid(f"the token cannot be trusted: {error}") from error
        if not isinstance(claims, dict):
            raise SignatureInvalid("the token holds no claims")
        return claims

    def verify_bytes(self, content: bytes, signature: str, kid: str | None = None) -> str:
        """The kid of the key that signed the content; SignatureInvalid if none did, or not the one named."""
        for name in [kid] if kid is not None else list(self.public_keys):
            if name in self.public_keys and _fits(self.public_keys[name], content, signature):
                return name
        raise SignatureInvalid("no known key made this signature")

    def _key_of(self, signed: Any) -> OKPKey:
        kid = str(signed.headers().get("kid", "")).rpartition("#")[2]
        if kid not in self.public_keys:
            raise SignatureInvalid(f"the token names an unknown key {kid!r}")
        return OKPKey.import_key({name: self.public_keys[kid][name] for name in ("kty", "crv", "x")})


class KeyRing:
    """The keys of this installation: unchanging once made, so every thread may use it."""

    def __init__(self, signers: list[Signer], retired: Mapping[str, Jwk] | None = None) -> None:
        if not signers:
            raise SigningKeysMissing(f"{SETTING} holds no private key to sign with")
        self._signers = sorted(signers, key=lambda signer: kid_order(signer.kid))
        keys = {**(retired or {}), **{signer.kid: signer.public_jwk for signer in signers}}
        self._public = {kid: keys[kid] for kid in sorted(keys, key=kid_order)}
        self._verifier = Verifier(self._public)

    @classmethod
    def from_setting(
        cls, value: str | None, data_dir: Path, allow_create: bool, year: int | None = None
    ) -> KeyRing:
        """The keys that the setting names; without it those of ``data_dir/keys``, where a first one is made if allowed."""
        if value:
            return cls._from_pems(read_setting(value))
        folder = data_dir / "keys"
        if allow_create and not read_folder(folder):
            create_once(folder, year or SystemClock().now().year)
        pems = read_folder(folder)
        if not pems:
            raise SigningKeysMissing(
                f"{SETTING} is not set: name a folder of <kid>.pem files, such as 2026-1.pem"
            )
        return cls._from_pems(pems)

    @classmethod
    def _from_pems(cls, pems: Mapping[str, bytes]) -> KeyRing:
        signers, retired = [], {}
        for kid, pem in pems.items():
            key = _load(kid, pem)
            if isinstance(key, Ed25519PrivateKey):
                signers.append(Signer(kid, key))
            else:
                retired[kid] = _jwk(kid, key)
        return cls(signers, retired)

    @property
    def signer(self) -> Signer:
        """The newest private key."""
        return self._signers[-1]

    @property
    def kid(self) -> str:
        return self.signer.kid

    @property
    def public_keys(self) -> dict[str, Jwk]:
        """Every key's public half by kid, the oldest first."""
        return dict(self._public)

    def sign_jwt(self, claims: Mapping[str, Any], did: str = "") -> str:
        return self.signer.sign_jwt(claims, did)

    def verify_jwt(self, token: str) -> dict[str, Any]:
        return self._verifier.verify_jwt(token)

    def sign_bytes(self, content: bytes) -> str:
        return self.signer.sign_bytes(content)

    def verify_bytes(self, content: bytes, signature: str, kid: str | None = None) -> str:
        return self._verifier.verify_bytes(content, signature, kid)

    def public_jwks(self) -> dict[str, list[Jwk]]:
        """The JWK set to publish."""
        return {"keys": list(self._public.values())}

    def did_document(self, base_url: str) -> dict[str, Any]:
        """What ``/.well-known/did.json`` says: the keys, all of them fit to check what they once signed."""
        did = did_of(base_url)
        methods = [
            {"id": f"{did}#{kid}", "type": "JsonWebKey", "controller": did, "publicKeyJwk": jwk}
            for kid, jwk in self._public.items()
        ]
        return {
            "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/jwk/v1"],
            "id": did,
            "verificationMethod": methods,
            "assertionMethod": [method["id"] for method in methods],
        }


def verify_jwt(token: str, public_keys: Mapping[str, Jwk]) -> dict[str, Any]:
    """The claims of a token signed by one of the keys; SignatureInvalid otherwise. Needs no installation."""
    return Verifier(public_keys).verify_jwt(token)


def did_of(base_url: str) -> str:
    """The did:web name of a site: ``https://learn.example:8443`` is ``did:web:learn.example%3A8443``."""
    return "did:web:" + quote(urlsplit(base_url).netloc, safe="")


def kid_order(kid: str) -> tuple[tuple[int, int | str], ...]:
    """Sorts kids by year and number, so that ``2026-10`` is newer than ``2026-9``."""
    return tuple((0, int(part)) if part.isdigit() else (1, part) for part in re.split(r"(\d+)", kid) if part)


def _load(kid: str, pem: bytes) -> Ed25519PrivateKey | Ed25519PublicKey:
    try:
        public = b"PUBLIC KEY" in pem
        key = load_pem_public_key(pem) if public else load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as error:
        raise SigningKeysMissing(f"{SETTING}: key {kid} cannot be read as PEM") from error
    if not isinstance(key, Ed25519PrivateKey | Ed25519PublicKey):
        raise SigningKeysMissing(f"{SETTING}: key {kid} is not an Ed25519 key")
    return key


def _jwk(kid: str, key: Ed25519PublicKey) -> Jwk:
    point = base64.urlsafe_b64encode(key.public_bytes_raw()).rstrip(b"=").decode()
    return {"kty": "OKP", "crv": "Ed25519", "x": point, "kid": kid, "alg": ALGORITHM, "use": "sig"}


def _private_jwk(signer: Signer) -> Jwk:
    secret = base64.urlsafe_b64encode(signer.key.private_bytes_raw()).rstrip(b"=").decode()
    return {"kty": "OKP", "crv": "Ed25519", "x": signer.public_jwk["x"], "d": secret}


def _fits(jwk: Jwk, content: bytes, signature: str) -> bool:
    try:
        key = Ed25519PublicKey.from_public_bytes(_decoded(jwk["x"]))
        key.verify(_decoded(signature), content)
    except (InvalidSignature, ValueError, binascii.Error):
        return False
    return True


def _decoded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
