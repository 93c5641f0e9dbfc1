"""Which storage a setting means: ``CARBONLEARN_FILES_URL`` is a folder or a bucket."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from carbonlearn.infra.storage import LocalStorage, Storage


class StorageAddressError(ValueError):
    """The address of the storage is none that we know; the message says what would be right."""


def storage_at(address: str, data_dir: Path) -> Storage:
    """The storage of ``file:///folder`` or ``s3://bucket/prefix?endpoint=http://host:port&region=name``.

    Raises StorageAddressError for any other address.
    """
    parts = urlsplit(address)
    if parts.scheme == "file" and parts.path.startswith("/") and not parts.netloc:
        return LocalStorage(Path(parts.path))
    if parts.scheme == "s3" and parts.netloc:
        from carbonlearn.infra.storage_s3 import S3Storage  # noqa: PLC0415 - a large library that few installations use

        asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        if asked.keys() <= {"endpoint", "region"}:
            return S3Storage(parts.netloc, parts.path.strip("/"), data_dir / "media-arriving", **asked)
    raise StorageAddressError("must look like file:///srv/media or s3://bucket/prefix?endpoint=…&region=…")
