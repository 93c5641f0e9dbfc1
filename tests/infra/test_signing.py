import base64
import json
import shutil
import stat
import subprocess
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from joserfc import jws
from joserfc.jwk import OctKey, OKPKey

from carbonlearn.infra.signing import (
    KeyRing,
    SignatureInvalid,
    SigningKeysMissing,
    did_of,
    kid_order,
    verify_jwt,
)

CLAIMS = {"iss": "did:web:learn.example", "sub": "urn:uuid:1", "name": "古丽娜尔·艾合买提江"}


def private_pem(key=None) -> bytes:
    key = key or Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def public_pem(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    return KeyRing.from_setting(None, tmp_path, allow_create=True, year=2026)


def decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def test_a_signed_token_gives_its_claims_back(ring):
    assert ring.verify_jwt(ring.sign_jwt(CLAIMS)) == CLAIMS


def test_the_header_names_key_type_and_algorithm(ring):
    header = json.loads(decoded(ring.sign_jwt(CLAIMS, did="did:web:learn.example").split(".")[0]))
    assert header["kid"] == "did:web:learn.example#2026-1"
    assert header["typ"] == "vc+jwt"
    assert header["alg"] == "EdDSA"
    assert "d" not in header["jwk"]


def test_a_token_that_names_its_key_by_did_is_verified_by_kid(ring):
    assert verify_jwt(ring.sign_jwt(CLAIMS, did="did:web:learn.example"), ring.public_keys) == CLAIMS


def test_refuses_a_token_with_any_altered_part(ring):
    head, body, signature = ring.sign_jwt(CLAIMS).split(".")
    claims = encoded(json.dumps(CLAIMS | {"sub": "urn:uuid:2"}).encode())
    broken = encoded(bytes([decoded(signature)[0] ^ 1]) + decoded(signature)[1:])
    for token in (
        f"{head}.{claims}.{signature}",
        f"{head}.{body}.{broken}",
        f"{head}.{body}.",
        f"{head}.{body}",
        "",
        "a.b.c",
    ):
        with pytest.raises(SignatureInvalid):
            ring.verify_jwt(token)


def test_refuses_a_token_of_an_unknown_key_even_if_it_carries_the_key(ring, tmp_path):
    stranger = KeyRing.from_setting(None, tmp_path / "other", allow_create=True, year=2027)
    with pytest.raises(SignatureInvalid, match="unknown key"):
        ring.verify_jwt(stranger.sign_jwt(CLAIMS))


def test_refuses_a_strangers_token_under_our_kid(ring, tmp_path):
    stranger = KeyRing.from_setting(None, tmp_path / "other", allow_create=True, year=2026)
    assert stranger.kid == ring.kid
    with pytest.raises(SignatureInvalid):
        ring.verify_jwt(stranger.sign_jwt(CLAIMS))


def test_refuses_a_token_without_signature_or_with_the_public_key_as_a_secret(ring):
    head = encoded(json.dumps({"alg": "none", "kid": ring.kid}).encode())
    body = encoded(json.dumps(CLAIMS).encode())
    public = decoded(ring.public_keys[ring.kid]["x"])
    hmac = jws.serialize_compact(
        {"alg": "HS256", "kid": ring.kid}, json.dumps(CLAIMS), OctKey.import_key(public)
    )
    for token in (f"{head}.{body}.", hmac):
        with pytest.raises(SignatureInvalid):
            ring.verify_jwt(token)


def test_accepts_the_newer_name_of_the_algorithm(ring):
    secret = ring.signer.key.private_bytes_raw()
    key = OKPKey.import_key({**ring.signer.public_jwk, "d": encoded(secret), "alg": "Ed25519"})
    header = {"alg": "Ed25519", "kid": ring.kid, "typ": "vc+jwt"}
    token = jws.serialize_compact(header, json.dumps(CLAIMS), key, algorithms=["Ed25519"])
    assert ring.verify_jwt(token) == CLAIMS


def test_refuses_a_signed_text_that_is_no_set_of_claims(ring):
    key = OKPKey.import_key(
        {**ring.signer.public_jwk, "d": encoded(ring.signer.key.private_bytes_raw()), "alg": "Ed25519"}
    )
    token = jws.serialize_compact({"alg": "Ed25519", "kid": ring.kid}, "[1]", key, algorithms=["Ed25519"])
    with pytest.raises(SignatureInvalid, match="claims"):
        ring.verify_jwt(token)


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not on the path")
def test_an_employer_with_openssl_alone_can_check_a_token(ring, tmp_path):
    head, body, signature = ring.sign_jwt(CLAIMS).split(".")
    (tmp_path / "key.pem").write_bytes(public_pem(ring.signer.key))
    (tmp_path / "signature").write_bytes(decoded(signature))

    def verdict(text: str) -> int:
        (tmp_path / "text").write_text(text)
        command = "openssl pkeyutl -verify -rawin -pubin -inkey key.pem -in text -sigfile signature"
        return subprocess.run(command.split(), cwd=tmp_path, capture_output=True, check=False).returncode

    assert verdict(f"{head}.{body}") == 0
    assert verdict(f"{head}.{body}A") != 0


def test_receipts_are_signed_raw_and_a_changed_answer_is_refused(ring):
    signature = ring.sign_bytes(b"answers")
    assert len(signature) == 86
    assert ring.verify_bytes(b"answers", signature) == ring.kid
    for content, forged in (
        (b"answerz", signature),
        (b"answers", signature[:-4] + "AAAA"),
        (b"answers", "é not base64"),
    ):
        with pytest.raises(SignatureInvalid):
            ring.verify_bytes(content, forged)
    with pytest.raises(SignatureInvalid):
        ring.verify_bytes(b"answers", signature, kid="2025-1")


def test_the_newest_key_signs_and_older_ones_still_verify(tmp_path):
    old, older = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    (tmp_path / "2026-9.pem").write_bytes(private_pem(old))
    (tmp_path / "2024-1.pem").write_bytes(private_pem(older))
    before = KeyRing.from_setting(str(tmp_path), tmp_path, allow_create=False)
    token = before.sign_jwt(CLAIMS)
    (tmp_path / "2026-10.pem").write_bytes(private_pem())
    (tmp_path / "2026-9.pem").write_bytes(public_pem(old))
    after = KeyRing.from_setting(str(tmp_path), tmp_path, allow_create=False)
    assert (before.kid, after.kid) == ("2026-9", "2026-10")
    assert after.verify_jwt(token) == CLAIMS
    assert list(after.public_keys) == ["2024-1", "2026-9", "2026-10"]


def test_kids_sort_by_year_and_number():
    assert sorted(["2026-10", "2025-2", "2026-9"], key=kid_order) == ["2025-2", "2026-9", "2026-10"]


def test_keys_can_be_given_as_text_of_the_environment(tmp_path):
    text = "".join(f"kid: {kid}\n{private_pem().decode()}" for kid in ("2025-1", "2026-1"))
    for value in (text, text.replace("\n", "\\n")):
        ring = KeyRing.from_setting(value, tmp_path, allow_create=False)
        assert list(ring.public_keys) == ["2025-1", "2026-1"]
        assert ring.verify_jwt(ring.sign_jwt(CLAIMS)) == CLAIMS


def test_says_what_is_wrong_with_a_setting(tmp_path):
    (tmp_path / "rsa").mkdir()
    (tmp_path / "rsa" / "2026-1.pem").write_bytes(private_pem(generate_private_key(65537, 2048)))
    (tmp_path / "name").mkdir()
    (tmp_path / "name" / "signing.pem").write_bytes(private_pem())
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "2026-1.pem").write_bytes(public_pem(Ed25519PrivateKey.generate()))
    (tmp_path / "junk").mkdir()
    (tmp_path / "junk" / "2026-1.pem").write_text("nothing")
    for value, complaint in (
        (tmp_path / "absent", "neither a folder"), (tmp_path / "rsa", "not an Ed25519 key"), (tmp_path / "name", "its year"),
        (tmp_path / "half", "no private key"), (tmp_path / "junk", "cannot be read"), (private_pem().decode(), "kid: 2026-1"),
    ):  # fmt: skip
        with pytest.raises(SigningKeysMissing, match=complaint):
            KeyRing.from_setting(str(value), tmp_path, allow_create=False)
    with pytest.raises(SigningKeysMissing, match="is not set"):
        KeyRing.from_setting(None, tmp_path, allow_create=False)


def test_a_made_key_is_readable_by_its_owner_alone_and_is_used_again(tmp_path):
    first = KeyRing.from_setting(None, tmp_path, allow_create=True, year=2026)
    path = tmp_path / "keys" / "2026-1.pem"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    second = KeyRing.from_setting(None, tmp_path, allow_create=True, year=2027)
    assert second.public_keys == first.public_keys
    assert [entry.name for entry in (tmp_path / "keys").iterdir()] == ["2026-1.pem"]


def _public_x(folder: str) -> str:
    return KeyRing.from_setting(None, Path(folder), allow_create=True, year=2026).signer.public_jwk["x"]


def test_processes_that_start_together_agree_on_one_key(tmp_path):
    with get_context("fork").Pool(4) as pool:
        assert len(set(pool.map(_public_x, [str(tmp_path)] * 8, chunksize=1))) == 1


def test_many_threads_sign_and_verify_at_once(ring):
    with ThreadPoolExecutor(8) as pool:
        tokens = list(pool.map(lambda number: ring.sign_jwt({"n": number}), range(64)))
        assert [claims["n"] for claims in pool.map(ring.verify_jwt, tokens)] == list(range(64))


def test_the_did_document_publishes_public_halves_alone(ring):
    document = ring.did_document("https://learn.example:8443")
    assert document["id"] == "did:web:learn.example%3A8443"
    assert document["assertionMethod"] == ["did:web:learn.example%3A8443#2026-1"]
    assert document["verificationMethod"][0]["publicKeyJwk"] == ring.public_jwks()["keys"][0]
    assert '"d":' not in json.dumps(document)


def test_a_did_of_a_plain_host_is_the_host():
    assert did_of("https://learn.example") == "did:web:learn.example"
