"""Lesson media in S3-like storage. Credentials come from the usual AWS variables; browsers fetch by short-lived signed addresses."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from carbonlearn.infra.storage import KEY, Bounded, Readable, Stored, arriving

MISSING = ("404", "NoSuchKey", "NotFound")
PATIENCE = Config(
    signature_version="s3v4", connect_timeout=5, read_timeout=30, retries={"max_attempts": 3, "mode": "standard"}
)  # fmt: skip


class S3Storage:
    """A bucket, or what lies under a prefix in it. Large files go up in parts, straight from the disk."""

    def __init__(
        self, bucket: str, prefix: str, arriving_folder: Path, endpoint: str | None = None, region: str | None = None
    ) -> None:  # fmt: skip
        self._bucket, self._prefix, self._arriving = bucket, prefix, arriving_folder
        # One session of our own: boto3's default one must not be shared between threads while it is being made.
        self._client: Any = boto3.session.Session().client(
            "s3", endpoint_url=endpoint, region_name=region or "us-east-1", config=PATIENCE
        )

    @property
    def origin(self) -> str:
        parts = urlsplit(self.url("0" * 64, "application/octet-stream", 1) or "")
        return f"{parts.scheme}://{parts.netloc}"

    def put(self, stream: Readable, limit: int) -> Stored:
        """The stream is first copied to the disk: its hash is its name, and nothing that is too long is ever sent."""
        with arriving(stream, self._arriving, limit) as arrival:
            if not self.exists(arrival.stored.key):
                self._client.upload_file(str(arrival.path), self._bucket, self._name(arrival.stored.key))
            return arrival.stored

    def open(self, key: str, start: int = 0, length: int | None = None) -> Readable:
        last = "" if length is None else str(start + length - 1)
        asked = {"Range": f"bytes={start}-{last}"} if start or length is not None else {}
        try:
            found = self._client.get_object(Bucket=self._bucket, Key=self._name(key), **asked)
        except ClientError as error:
            if error.response["Error"]["Code"] in MISSING:
                raise FileNotFoundError(key) from error
            raise
        return Bounded(found["Body"], int(found["ContentLength"]))

    def url(self, key: str, content_type: str, seconds: int) -> str | None:
        return str(
            self._client.generate_presigned_url(
                "get_object",
                Params={
                    "Bucket": self._bucket, "Key": self._name(key),
                    "ResponseContentType": content_type, "ResponseCacheControl": f"private, max-age={seconds}",
                },
                ExpiresIn=seconds,
            )
        )  # fmt: skip

    def delete(self, key: str) -> None:
        self._client.delete_object(Bucket=self._bucket, Key=self._name(key))

    def exists(self, key: str) -> bool:
        try:
            self._client.head_object(Bucket=self._bucket, Key=self._name(key))
        except ClientError as error:
            if error.response["Error"]["Code"] in MISSING:
                return False
            raise
        return True

    def _name(self, key: str) -> str:
        if not KEY.fullmatch(key):
            raise FileNotFoundError(key)
        return f"{self._prefix}/{key[:2]}/{key}" if self._prefix else f"{key[:2]}/{key}"
