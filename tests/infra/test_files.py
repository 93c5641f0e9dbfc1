from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from carbonlearn.infra.cipher import CipherError, FieldCipher
from carbonlearn.infra.files import FileStore

PICTURE = b"\xff\xd8\xff portrait of nobody"


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path, FieldCipher("k" * 40))


def only_file(tmp_path: Path) -> Path:
    return next(path for path in tmp_path.rglob("*") if path.is_file())


def test_a_file_comes_back_by_its_hash(store: FileStore) -> None:
    key = store.put(PICTURE)
    assert key == hashlib.sha256(PICTURE).hexdigest()
    assert store.get(key) == PICTURE


def test_the_same_content_is_stored_once(store: FileStore, tmp_path: Path) -> None:
    assert store.put(PICTURE) == store.put(PICTURE)
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


def test_on_the_disk_the_content_is_not_readable(store: FileStore, tmp_path: Path) -> None:
    store.put(PICTURE)
    assert b"portrait" not in only_file(tmp_path).read_bytes()


def test_damage_on_the_disk_is_noticed(store: FileStore, tmp_path: Path) -> None:
    key = store.put(PICTURE)
    path = only_file(tmp_path)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(CipherError):
        store.get(key)


def test_a_file_put_under_another_ones_name_is_noticed(store: FileStore, tmp_path: Path) -> None:
    key, other = store.put(PICTURE), store.put(b"another picture")
    os.replace(tmp_path / other[:2] / other, tmp_path / key[:2] / key)
    with pytest.raises(ValueError, match="hash"):
        store.get(key)


def test_another_installations_key_reads_nothing(store: FileStore, tmp_path: Path) -> None:
    key = store.put(PICTURE)
    with pytest.raises(CipherError):
        FileStore(tmp_path, FieldCipher("x" * 40)).get(key)


def test_a_half_written_file_is_never_served(store: FileStore, tmp_path: Path) -> None:
    key = hashlib.sha256(PICTURE).hexdigest()
    (tmp_path / key[:2]).mkdir()
    (tmp_path / key[:2] / f"{key}.1.part").write_bytes(b"half")
    with pytest.raises(FileNotFoundError):
        store.get(key)
    assert store.get(store.put(PICTURE)) == PICTURE


@pytest.mark.parametrize(
    "key", ["", "../../etc/passwd", "a" * 63, "a" * 63 + "/", "../" * 21 + "a", "é" * 64]
)
def test_a_name_that_is_no_hash_finds_nothing(store: FileStore, key: str) -> None:
    with pytest.raises(FileNotFoundError):
        store.get(key)


def test_an_unknown_hash_finds_nothing(store: FileStore) -> None:
    with pytest.raises(FileNotFoundError):
        store.get("0" * 64)
