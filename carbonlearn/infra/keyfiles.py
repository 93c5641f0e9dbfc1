"""Signing keys at rest: PEM files in a folder, or PEM text in the environment; made once where that is allowed."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

SETTING = "CARBONLEARN_SIGNING_KEYS"
KID = re.compile(r"\d{4}-[A-Za-z0-9][A-Za-z0-9._-]{0,40}")
PEM = re.compile(r"(?:kid[:=]\s*(\S+)\s*)?(-----BEGIN ([A-Z ]+)-----.+?-----END \3-----)", re.DOTALL)


class SigningKeysMissing(RuntimeError):
    """No usable signing key is configured; the message says what to set."""


def read_setting(value: str) -> dict[str, bytes]:
    """PEM by kid, from a folder of ``<kid>.pem``, one such file, or PEM text with a line ``kid: 2026-1`` before each block."""
    text = value.replace("\\n", "\n")
    if "-----BEGIN" in text:
        return _from_text(text)
    path = Path(value)
    if path.is_dir():
        return read_folder(path)
    if path.is_file():
        return _checked({path.stem: path.read_bytes()})
    raise SigningKeysMissing(f"{SETTING} names {value!r}, which is neither a folder, a file nor PEM text")


def read_folder(folder: Path) -> dict[str, bytes]:
    """PEM by kid of every ``<kid>.pem`` in the folder; none if there is no folder."""
    return _checked({path.stem: path.read_bytes() for path in sorted(folder.glob("*.pem"))})


def create_once(folder: Path, year: int) -> None:
    """Make the first key of a year, readable by its owner alone. When two processes start at once, the first one's stays."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    handle, draft = tempfile.mkstemp(dir=folder, suffix=".draft")  # made with mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(pem)
        os.link(draft, folder / f"{year}-1.pem")
    except FileExistsError:
        pass
    finally:
        os.unlink(draft)


def _from_text(text: str) -> dict[str, bytes]:
    blocks = [(match[1], match[2]) for match in PEM.finditer(text)]
    if not blocks or any(kid is None for kid, _ in blocks):
        raise SigningKeysMissing(
            f"{SETTING} holds a PEM block without a line such as 'kid: 2026-1' before it"
        )
    return _checked({kid: pem.encode() for kid, pem in blocks})


def _checked(pems: dict[str, bytes]) -> dict[str, bytes]:
    for kid in pems:
        if not KID.fullmatch(kid):
            raise SigningKeysMissing(f"{SETTING}: key name {kid!r} must begin with its year, such as 2026-1")
    return pems
