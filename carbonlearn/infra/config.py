"""Settings: read once from the environment, checked, then handed down as a frozen value.

Nothing below the edge reads ``os.environ``. An odd value is refused at start with the name of the variable and what would be right.
"""

from __future__ import annotations

import ipaddress
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PREFIX = "CARBONLEARN_"
ENVIRONMENTS = ("production", "development", "test")
MIN_KEY_LENGTH = 32


class SettingsError(ValueError):
    """A setting is missing or odd; the message names the variable and the rule."""


@dataclass(frozen=True)
class Settings:
    """Everything that differs between installations. Times are seconds, sizes bytes."""

    env: str
    database_url: str
    secret_key: str
    field_key: str
    base_url: str
    data_dir: Path
    bind: str = "127.0.0.1:8000"
    workers: int = 2
    threads: int = 8
    signing_keys: str | None = None
    trusted_proxies: int = 0
    sms: str = "console"
    files_url: str = ""
    max_image_mb: int = 10
    max_pdf_mb: int = 50
    max_audio_mb: int = 200
    max_video_mb: int = 2048

    @property
    def media_address(self) -> str:
        """Where lesson media lie: as set, else a folder of the data folder."""
        return self.files_url or (self.data_dir / "media").as_uri()

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    @property
    def is_https(self) -> bool:
        return urlsplit(self.base_url).scheme == "https"

    @property
    def host(self) -> str:
        return urlsplit(self.base_url).netloc

    @property
    def allows_test_clock(self) -> bool:
        return self.env == "test"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """The settings of this installation. Raises SettingsError naming the first odd variable."""
        read = _Reader(os.environ if environ is None else environ)
        env = read.choice("ENV", "development", ENVIRONMENTS)
        data_dir = Path(read.text("DATA_DIR", "data")).resolve()
        bind = read.text("BIND", "127.0.0.1:8000")
        settings = cls(
            env=env,
            database_url=_database_url(
                read.text("DATABASE_URL", f"sqlite:///{data_dir / 'carbonlearn.sqlite3'}")
            ),
            secret_key=_key(read, "SECRET_KEY", env, data_dir),
            field_key=_key(read, "FIELD_KEY", env, data_dir),
            base_url=read.url("BASE_URL", f"http://{bind}"),
            data_dir=data_dir,
            bind=bind,
            workers=read.number("WORKERS", 2, 1, 64),
            threads=read.number("THREADS", 8, 1, 64),
            signing_keys=read.text("SIGNING_KEYS", "") or None,
            trusted_proxies=read.number("TRUSTED_PROXIES", 0, 0, 8),
            files_url=read.text("FILES_URL", ""),
            max_image_mb=read.number("MAX_IMAGE_MB", 10, 1, 100),
            max_pdf_mb=read.number("MAX_PDF_MB", 50, 1, 500),
            max_audio_mb=read.number("MAX_AUDIO_MB", 200, 1, 2000),
            max_video_mb=read.number("MAX_VIDEO_MB", 2048, 1, 20_000),
        )
        _refuse_unsafe(settings)
        return settings

    @classmethod
    def for_tests(cls, database_url: str, data_dir: Path, **over: Any) -> Settings:
        """Settings of a test installation: fixed keys, movable clock."""
        return replace(
            cls(
                env="test",
                database_url=_database_url(database_url),
                secret_key="test-secret-key-" + "s" * 32,
                field_key="test-field-key-" + "f" * 32,
                base_url="http://localhost",
                data_dir=data_dir,
            ),
            **over,
        )


class _Reader:
    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def text(self, name: str, default: str) -> str:
        return self._environ.get(PREFIX + name, "").strip() or default

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        value = self.text(name, default)
        if value not in allowed:
            raise SettingsError(f"{PREFIX}{name} must be one of {', '.join(allowed)}, not {value!r}")
        return value

    def number(self, name: str, default: int, low: int, high: int) -> int:
        value = self.text(name, str(default))
        if not value.isdecimal() or not low <= int(value) <= high:
            raise SettingsError(f"{PREFIX}{name} must be a whole number from {low} to {high}, not {value!r}")
        return int(value)

    def url(self, name: str, default: str) -> str:
        value = self.text(name, default).rstrip("/")
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.path:
            raise SettingsError(f"{PREFIX}{name} must look like https://learn.example.cn, not {value!r}")
        return value


def _database_url(value: str) -> str:
    """SQLAlchemy's name for the PostgreSQL driver we ship, whichever spelling the operator uses."""
    for spelling in ("postgres://", "postgresql://"):
        if value.startswith(spelling):
            return "postgresql+psycopg://" + value[len(spelling) :]
    if not value.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise SettingsError(f"{PREFIX}DATABASE_URL must be a sqlite:/// or postgresql:// address")
    return value


def _key(read: _Reader, name: str, env: str, data_dir: Path) -> str:
    """The key from the environment; outside production one is made on first start and kept in the data folder."""
    given = read.text(name, "")
    if given or env == "production":
        return given
    path = data_dir / "keys" / f"{name.lower()}.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(48))
    return path.read_text().strip()


def _refuse_unsafe(settings: Settings) -> None:
    if settings.files_url and not settings.files_url.startswith(("file:///", "s3://")):
        raise SettingsError(
            f"{PREFIX}FILES_URL must look like file:///srv/media or s3://bucket/prefix?endpoint=…"
        )
    for name in ("secret_key", "field_key"):
        if len(getattr(settings, name)) < MIN_KEY_LENGTH:
            raise SettingsError(f"{PREFIX}{name.upper()} must have at least {MIN_KEY_LENGTH} characters")
    if settings.env == "production" and settings.secret_key == settings.field_key:
        raise SettingsError(f"{PREFIX}SECRET_KEY and {PREFIX}FIELD_KEY must differ")
    if settings.env == "test" and not _is_loopback(settings.bind):
        raise SettingsError(f"{PREFIX}ENV=test has a movable clock and binds to the loopback address only")


def _is_loopback(bind: str) -> bool:
    host = bind.rsplit(":", 1)[0].strip("[]")
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
