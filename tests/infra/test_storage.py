from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO
from urllib.request import Request, urlopen
from uuid import uuid4

import boto3
import pytest
from moto.server import ThreadedMotoServer

from carbonlearn.infra.config import Settings, SettingsError
from carbonlearn.infra.storage import LocalStorage, Storage, TooLarge
from carbonlearn.infra.storage_at import StorageAddressError, storage_at

CONTENT = bytes(range(256)) * 20
KEY = hashlib.sha256(CONTENT).hexdigest()
LIMIT = 10_000_000


@pytest.fixture(scope="module")
def s3_endpoint() -> Iterator[str]:
    """An S3 server on this machine."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def make_storage(
    s3_endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Storage]:
    """Either kind, over the network or on the disk, by the address that an operator would give."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key-of-the-test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-of-the-test")

    def make(kind: str) -> Storage:
        if kind == "local":
            return storage_at((tmp_path / "media").as_uri(), tmp_path)
        client = boto3.client("s3", endpoint_url=s3_endpoint, region_name="us-east-1")
        bucket = f"lessons-{uuid4()}"
        client.create_bucket(Bucket=bucket)
        return storage_at(f"s3://{bucket}/some/prefix?endpoint={s3_endpoint}&region=us-east-1", tmp_path)

    return make


@pytest.fixture(params=["local", "s3"])
def storage(request: pytest.FixtureRequest, make_storage: Callable[[str], Storage]) -> Storage:
    return make_storage(request.param)


def left_behind(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.name != KEY]


def test_what_was_put_is_found_by_its_hash_whole_and_in_part(storage: Storage, tmp_path: Path) -> None:
    stored = storage.put(io.BytesIO(CONTENT), LIMIT)
    assert (stored.key, stored.bytes) == (KEY, len(CONTENT))
    assert storage.exists(KEY)
    for start, length in ((0, None), (100, 10), (len(CONTENT) - 5, None), (0, 1)):
        with closing(storage.open(KEY, start, length)) as file:
            assert file.read() == CONTENT[start : None if length is None else start + length]
    assert left_behind(tmp_path) == []


def test_the_same_content_is_kept_once(storage: Storage) -> None:
    assert storage.put(io.BytesIO(CONTENT), LIMIT) == storage.put(io.BytesIO(CONTENT), LIMIT)


def test_of_a_stream_that_is_too_long_nothing_is_kept(storage: Storage, tmp_path: Path) -> None:
    with pytest.raises(TooLarge) as refused:
        storage.put(io.BytesIO(CONTENT), len(CONTENT) - 1)
    assert refused.value.limit == len(CONTENT) - 1
    assert not storage.exists(KEY)
    assert left_behind(tmp_path) == []


def test_what_was_deleted_is_gone_and_may_be_deleted_again(storage: Storage) -> None:
    storage.put(io.BytesIO(CONTENT), LIMIT)
    storage.delete(KEY)
    storage.delete(KEY)
    assert not storage.exists(KEY)
    with pytest.raises(FileNotFoundError):
        storage.open(KEY)


@pytest.mark.parametrize("key", ["", "x", "../../etc/passwd", KEY + "\n", KEY.upper(), "/" + KEY[1:]])
def test_a_key_that_is_no_hash_leads_nowhere(storage: Storage, key: str) -> None:
    with pytest.raises(FileNotFoundError):
        storage.open(key)


class Endless(io.RawIOBase):
    """A stream whose pieces must never be held together."""

    def __init__(self, total: int) -> None:
        self.left = total
        self.asked: list[int] = []

    def read(self, size: int = -1) -> bytes:
        self.asked.append(size)
        piece = b"\0" * min(self.left, size)
        self.left -= len(piece)
        return piece


def test_a_stream_is_read_in_pieces(storage: Storage) -> None:
    stream = Endless(9_000_000)
    source: BinaryIO = stream  # type: ignore[assignment]
    assert storage.put(source, LIMIT).bytes == 9_000_000
    assert max(stream.asked) <= 1024 * 1024 and min(stream.asked) > 0


def test_a_browser_fetches_from_s3_by_a_signed_address_in_ranges(
    make_storage: Callable[[str], Storage], s3_endpoint: str
) -> None:
    storage = make_storage("s3")
    storage.put(io.BytesIO(CONTENT), LIMIT)
    address = storage.url(KEY, "video/mp4", 60)
    assert address is not None and address.startswith(storage.origin + "/")
    assert storage.origin == s3_endpoint
    with urlopen(Request(address, headers={"Range": "bytes=10-19"})) as answer:
        assert (answer.status, answer.read(), answer.headers["Content-Type"]) == (
            206,
            CONTENT[10:20],
            "video/mp4",
        )


def test_the_folder_gives_no_address_of_its_own(make_storage: Callable[[str], Storage]) -> None:
    local = make_storage("local")
    assert local.url(KEY, "video/mp4", 60) is None and local.origin == ""


@pytest.mark.parametrize(
    "address",
    ["", "media", "http://host/x", "s3:///x", "file://host/x", "s3://b/p?endpont=x", "file:relative"],
)
def test_an_odd_address_is_refused(address: str, tmp_path: Path) -> None:
    with pytest.raises(StorageAddressError):
        storage_at(address, tmp_path)


def test_without_a_setting_media_lie_in_the_data_folder(tmp_path: Path) -> None:
    settings = Settings.from_environment({"CARBONLEARN_DATA_DIR": str(tmp_path)})
    assert isinstance(storage_at(settings.media_address, tmp_path), LocalStorage)
    assert settings.media_address == (tmp_path / "media").as_uri()
    with pytest.raises(SettingsError, match="FILES_URL"):
        Settings.from_environment(
            {"CARBONLEARN_DATA_DIR": str(tmp_path), "CARBONLEARN_FILES_URL": "ftp://host/x"}
        )


def test_a_file_that_is_being_copied_is_not_seen_under_its_name(tmp_path: Path) -> None:
    class Stops(Endless):
        def read(self, size: int = -1) -> bytes:
            if self.left < 2_000_000:
                raise OSError("the connection broke")
            return super().read(size)

    storage = LocalStorage(tmp_path)
    with pytest.raises(OSError, match="broke"):
        storage.put(Stops(5_000_000), LIMIT)  # type: ignore[arg-type]
    assert [name for _, _, names in os.walk(tmp_path) for name in names] == []
