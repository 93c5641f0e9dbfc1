"""Where services reach the installation's keys and stores. They belong to the application object, never to a module."""

from __future__ import annotations

from typing import cast

from flask import Flask, current_app

from carbonlearn.infra.cipher import FieldCipher
from carbonlearn.infra.config import Settings
from carbonlearn.infra.files import FileStore, PassingStore
from carbonlearn.infra.signing import KeyRing
from carbonlearn.infra.storage import Storage
from carbonlearn.infra.storage_at import storage_at


def init_app(app: Flask, settings: Settings) -> None:
    cipher = FieldCipher(settings.field_key)
    app.extensions["carbonlearn_cipher"] = cipher
    app.extensions["carbonlearn_files"] = FileStore(settings.data_dir / "files", cipher)
    app.extensions["carbonlearn_passing"] = PassingStore(settings.data_dir / "passing", cipher)
    app.extensions["carbonlearn_media"] = storage_at(settings.media_address, settings.data_dir)
    app.extensions["carbonlearn_keys"] = KeyRing.from_setting(
        settings.signing_keys, settings.data_dir, allow_create=settings.env != "production"
    )


def cipher() -> FieldCipher:
    """Encrypts fields and finds them by blind index."""
    return cast(FieldCipher, current_app.extensions["carbonlearn_cipher"])


def files() -> FileStore:
    """Photos and scans."""
    return cast(FileStore, current_app.extensions["carbonlearn_files"])


def passing() -> PassingStore:
    """Files that somebody waits for: item files that were sent, exports that are to be fetched."""
    return cast(PassingStore, current_app.extensions["carbonlearn_passing"])


def keys() -> KeyRing:
    """The signing keys of certificates and receipts."""
    return cast(KeyRing, current_app.extensions["carbonlearn_keys"])


def media() -> Storage:
    """Recordings, slides and pictures of lessons."""
    return cast(Storage, current_app.extensions["carbonlearn_media"])
