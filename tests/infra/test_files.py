from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from carbonlearn.infra.cipher import CipherError, FieldCipher
from carbonlearn.infra.files import FileStore, PassingStore

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


@pytest.fixture
def passing(tmp_path: Path) -> PassingStore:
    return PassingStore(tmp_path / "passing", FieldCipher("k" * 40))


def test_what_passes_through_has_a_key_of_its_own_whatever_it_holds(passing: PassingStore) -> None:
    first, second = passing.put(PICTURE), passing.put(PICTURE)
    assert first != second and hashlib.sha256(PICTURE).hexdigest() not in (first, second)
    passing.delete(first)
    passing.delete(first)
    assert passing.get(second) == PICTURE
    with pytest.raises(FileNotFoundError):
        passing.get(first)


def test_a_passing_file_is_sealed_and_holds_under_its_own_key_alone(
    passing: PassingStore, tmp_path: Path
) -> None:
    key, other = passing.put(PICTURE), passing.put(b"another")
    at = {path.name: path for path in tmp_path.rglob("*") if path.is_file()}
    assert b"portrait" not in at[key].read_bytes()
    at[other].write_bytes(at[key].read_bytes())
    with pytest.raises(ValueError, match="another"):
        passing.get(other)
