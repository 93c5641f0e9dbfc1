from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import Result

from tests.support.source import ROOT

Run = Callable[..., Result]
PROGRAMMES = ROOT / "carbonlearn" / "catalogue" / "programmes"
PROMISED = {
    "serve",
    "admin",
    "seed",
    "programme",
    "calendar",
    "paper",
    "ledger",
    "audit",
    "certificate",
    "jobs",
    "doctor",
}


def told(result: Result) -> Any:
    return json.loads(result.stdout)


def data_file(environment: dict[str, str]) -> Path:
    return Path(environment["CARBONLEARN_DATA_DIR"]) / "carbonlearn.sqlite3"


def counts(environment: dict[str, str]) -> dict[str, int]:
    with sqlite3.connect(data_file(environment)) as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in tables}


def test_help_names_every_command_that_was_promised(run: Run) -> None:
    shown = run("--help")
    assert shown.exit_code == 0
    assert {name for name in PROMISED if f"  {name} " in shown.stdout} == PROMISED


def test_wrong_use_exits_2_and_an_odd_setting_is_one_clear_line(
    environment: dict[str, str], run: Run
) -> None:
    assert run("no-such-command").exit_code == 2
    assert run("calendar", "preview", "x", "--from", "soon", "--to", "2026-12").exit_code == 2
    odd = subprocess.run(
        [sys.executable, "-m", "carbonlearn.cli", "doctor"],
        env=environment | {"CARBONLEARN_WORKERS": "many", "PATH": ""},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert odd.returncode == 2
    assert odd.stderr.count("\n") == 1
    assert "CARBONLEARN_WORKERS" in odd.stderr


def test_the_first_administrator_is_made_once_with_a_code_that_opens_the_account(
    environment: dict[str, str], run: Run
) -> None:
    from carbonlearn.accounts import services
    from carbonlearn.accounts.queries import actor_of_session
    from carbonlearn.cli.common import now_of
    from carbonlearn.core.permissions import Role
    from carbonlearn.factory import create_app
    from carbonlearn.infra.config import Settings
    from carbonlearn.infra.db import db, unit_of_work

    made = run("admin", "create", "--username", "Root", "--json")
    assert made.exit_code == 0
    code = told(made)["code"]
    again = run("admin", "create")
    assert (again.exit_code, "already" in again.stderr) == (1, True)
    app = create_app(Settings.from_environment(environment))
    with app.app_context():
        now = now_of(app)
        check = services.check_code("root", code, "a calm green river", now)
        with unit_of_work():
            token = services.redeem_code(check, now, "test")
        actor = actor_of_session(services.token_hash(token), now)
        db.session.remove()
        db.engine.dispose()
    assert actor is not None
    assert actor.roles == {Role.SYSTEM_ADMIN}


def test_audit_verify_says_whole_or_names_the_first_broken_link(
    environment: dict[str, str], run: Run
) -> None:
    run("admin", "create")
    whole = run("audit", "verify", "--json")
    assert (whole.exit_code, told(whole)["first_break"]) == (0, None)
    assert told(whole)["entries"] >= 3
    with sqlite3.connect(data_file(environment)) as connection:
        connection.execute("UPDATE audit_entries SET action = 'role:other' WHERE seq = 2")
    broken = run("audit", "verify", "--json")
    assert (broken.exit_code, told(broken)["first_break"]) == (1, 2)
    assert "broken at entry 2" in run("audit", "verify").stdout


def test_doctor_lists_everything_and_exits_by_what_it_found(run: Run) -> None:
    before = run("doctor", "--json")
    names = {check["name"]: check["passed"] for check in told(before)}
    assert {
        "database",
        "durable",
        "migrations",
        "disk",
        "clock",
        "scheduler",
        "fonts",
        "keys",
        "time zone",
    } <= set(names)
    assert (before.exit_code, names["scheduler"]) == (1, False)
    assert all(passed for name, passed in names.items() if name != "scheduler")


def test_a_programme_file_with_a_fault_is_named_with_its_line(run: Run, tmp_path: Path) -> None:
    good = (PROGRAMMES / "gdcpa-petrochem.yaml").read_text("utf-8")
    assert run("programme", "check", str(PROGRAMMES / "gdcpa-petrochem.yaml")).exit_code == 0
    key = next(line for line in good.splitlines() if line.startswith("key:"))
    number = good.splitlines().index(key) + 1
    broken = tmp_path / "broken.yaml"
    broken.write_text(good.replace(key, "key: 17", 1), "utf-8")
    faults = run("programme", "check", str(broken), "--json")
    assert faults.exit_code == 1
    assert number in [fault["line"] for fault in told(faults)]
    assert f"{broken}:{number}: key:" in run("programme", "check", str(broken)).stdout
    broken.write_text("key: [", "utf-8")
    assert run("programme", "check", str(broken)).exit_code == 1


@pytest.fixture
def seeded(run: Run) -> Run:
    result = run("seed", "demo", "--json")
    assert result.exit_code == 0, result.output
    return run


def test_the_demonstration_base_is_the_same_after_seeding_it_twice(
    environment: dict[str, str], seeded: Run
) -> None:
    first = counts(environment)
    assert first["users"] >= 14
    assert first["items"] >= 160
    assert first["lessons"] >= 19
    again = seeded("seed", "demo", "--json")
    assert again.exit_code == 0
    after = Counter(counts(environment))
    after.subtract(first)
    assert {name: extra for name, extra in after.items() if extra} == {}
    assert seeded("audit", "verify").exit_code == 0
    assert seeded("ledger", "replay").exit_code == 0


def test_the_demonstration_base_is_not_for_production(
    environment: dict[str, str], run: Run, tmp_path: Path
) -> None:
    run("admin", "create")
    keys = {
        "CARBONLEARN_ENV": "production",
        "CARBONLEARN_SECRET_KEY": "s" * 40,
        "CARBONLEARN_FIELD_KEY": "f" * 40,
        "CARBONLEARN_SIGNING_KEYS": str(next((tmp_path / "data").rglob("*.pem")).parent),
    }
    for command in (("seed", "demo"), ("serve", "--demo")):
        refused = run(*command, **keys)
        assert refused.exit_code == 2
        assert "not for production" in refused.stderr
    assert counts(environment)["users"] == 1


def test_previews_and_papers_of_the_seeded_programmes(seeded: Run) -> None:
    vectors = yaml.safe_load((ROOT / "tests" / "data" / "exam_dates_vectors.yaml").read_text("utf-8"))[
        "vectors"
    ]
    ceca = next(vector for vector in vectors if vector["id"] == "ceca-2024-2027-computed")
    wanted = {(row["start_utc"], row["end_utc"]) for row in ceca["dates"] if row["date"].startswith("2027")}
    shown = seeded(
        "calendar", "preview", "ceca-carbon-reduction", "--from", "2027-01", "--to", "2027-12", "--json"
    )
    assert shown.exit_code == 0
    rows = [row for row in told(shown) if not row["moved_from"]]
    assert {(_utc(row["starts_at"]), _utc(row["ends_at"])) for row in rows} <= wanted
    assert len(told(shown)) == len(wanted) == 6

    met = seeded("paper", "assemble", "demonstration", "accounting", "4", "--seed", "7", "--json")
    assert (met.exit_code, told(met)[0]["stands"]) == (0, True)
    assert (
        seeded("paper", "assemble", "demonstration", "accounting", "4", "--seed", "7", "--json").stdout
        == met.stdout
    )
    lacking = seeded("paper", "assemble", "national-standard", "aviation", "4", "--seed", "7", "--json")
    assert (lacking.exit_code, told(lacking)[0]["stands"]) == (1, False)
    assert told(lacking)[0]["proof"]["shortages"] != []
    words = seeded("paper", "assemble", "national-standard", "aviation", "4", "--seed", "7").stdout
    assert "NOT MET" in words and "民航监测计划制定和实施 needs" in words
    unknown = seeded("paper", "assemble", "no-such-programme", "accounting", "4", "--seed", "7")
    assert unknown.exit_code == 2


def _utc(shown: str) -> str:
    return shown.replace("+00:00", "Z")
