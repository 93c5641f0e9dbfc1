from __future__ import annotations

from pathlib import Path

import pytest

from carbonlearn.infra.config import Settings, SettingsError

LONG, OTHER = "s" * 40, "f" * 40
PRODUCTION = {
    "CARBONLEARN_ENV": "production",
    "CARBONLEARN_SECRET_KEY": LONG,
    "CARBONLEARN_FIELD_KEY": OTHER,
    "CARBONLEARN_BASE_URL": "https://learn.example.cn",
}


def read(tmp_path: Path, **over: str) -> Settings:
    return Settings.from_environment(
        {"CARBONLEARN_DATA_DIR": str(tmp_path)} | {f"CARBONLEARN_{k}": v for k, v in over.items()}
    )


def production(tmp_path: Path, **over: str) -> Settings:
    return read(tmp_path, **({k.removeprefix("CARBONLEARN_"): v for k, v in PRODUCTION.items()} | over))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ENV", "staging"),
        ("WORKERS", "0"),
        ("WORKERS", "two"),
        ("WORKERS", "-1"),
        ("WORKERS", "65"),
        ("THREADS", "1.5"),
        ("TRUSTED_PROXIES", "9"),
        ("BASE_URL", "learn.example.cn"),
        ("BASE_URL", "ftp://learn.example.cn"),
        ("BASE_URL", "https://learn.example.cn/under/a/path"),
        ("DATABASE_URL", "mysql://localhost/x"),
        ("DATABASE_URL", "carbonlearn.sqlite3"),
        ("SECRET_KEY", "short"),
        ("FIELD_KEY", "x" * 31),
    ],
)
def test_an_odd_value_is_refused_with_the_name_of_the_variable(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"CARBONLEARN_{name}"):
        read(tmp_path, **{name: value})


def test_an_empty_environment_gives_a_development_installation_on_the_loopback_address(
    tmp_path: Path,
) -> None:
    settings = read(tmp_path)
    assert (settings.env, settings.bind, settings.is_https) == ("development", "127.0.0.1:8000", False)
    assert settings.is_sqlite
    assert not settings.allows_test_clock


def test_outside_production_keys_are_made_once_and_readable_by_their_owner_alone(tmp_path: Path) -> None:
    first, second = read(tmp_path), read(tmp_path)
    assert (first.secret_key, first.field_key) == (second.secret_key, second.field_key)
    assert first.secret_key != first.field_key
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "keys").iterdir()}
    assert modes == {"secret_key.txt": 0o600, "field_key.txt": 0o600}


def test_production_starts_on_long_and_different_keys(tmp_path: Path) -> None:
    settings = production(tmp_path)
    assert settings.is_https
    assert not settings.allows_test_clock


@pytest.mark.parametrize("name", ["SECRET_KEY", "FIELD_KEY"])
@pytest.mark.parametrize("value", ["", "   ", "x" * 31])
def test_production_refuses_a_missing_or_short_key(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"CARBONLEARN_{name}"):
        production(tmp_path, **{name: value})
    assert not (tmp_path / "keys").exists(), "no key is made in production"


def test_production_refuses_one_key_for_both_purposes(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="must differ"):
        production(tmp_path, FIELD_KEY=LONG)


@pytest.mark.parametrize("bind", ["0.0.0.0:8000", "[::]:8000", "192.168.1.2:80", "learn.example.cn:80"])
def test_a_movable_clock_is_refused_on_an_address_that_others_can_reach(tmp_path: Path, bind: str) -> None:
    with pytest.raises(SettingsError, match="CARBONLEARN_ENV=test"):
        read(tmp_path, ENV="test", BIND=bind, BASE_URL="http://localhost")


@pytest.mark.parametrize("bind", ["127.0.0.1:8000", "[::1]:8000", "localhost:8000", "127.0.0.9:1"])
def test_a_test_installation_binds_to_the_loopback_address(tmp_path: Path, bind: str) -> None:
    assert read(tmp_path, ENV="test", BIND=bind, BASE_URL="http://localhost").allows_test_clock


@pytest.mark.parametrize("spelling", ["postgres://u@h/d", "postgresql://u@h/d", "postgresql+psycopg://u@h/d"])
def test_each_spelling_of_a_postgresql_address_reaches_the_driver_we_ship(
    tmp_path: Path, spelling: str
) -> None:
    settings = read(tmp_path, DATABASE_URL=spelling)
    assert settings.database_url == "postgresql+psycopg://u@h/d"
    assert not settings.is_sqlite


def test_a_trailing_slash_of_the_base_address_is_dropped(tmp_path: Path) -> None:
    assert read(tmp_path, BASE_URL="https://learn.example.cn/").base_url == "https://learn.example.cn"
    assert read(tmp_path, BASE_URL="https://learn.example.cn/").host == "learn.example.cn"
