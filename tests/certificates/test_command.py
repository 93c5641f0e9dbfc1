"""``carbonlearn certificate verify`` against files and against a real server on the loopback address."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import select
from werkzeug.serving import make_server

from carbonlearn.certificates import services
from carbonlearn.certificates.jobs import issue_due
from carbonlearn.certificates.models import Certificate
from carbonlearn.cli.certificates import certificate as command
from carbonlearn.core.permissions import Role
from carbonlearn.infra import vault
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import unit_of_work
from carbonlearn.infra.pdf import render_pdf
from tests.factories.certificates import make_released_pass, make_staff
from tests.factories.early_certificates import sign_as_in_the_first_days


def run(*arguments: str, **environment: str) -> Any:
    return CliRunner().invoke(
        command, ["verify", *arguments], env={"CARBONLEARN_BASE_URL": "", **environment}
    )


@pytest.fixture
def certificate(db: SQLAlchemy, clock: SettableClock) -> Certificate:
    make_released_pass()
    issue_due(clock.now())
    return db.session.scalars(select(Certificate)).one()


@pytest.fixture
def files(certificate: Certificate, tmp_path: Path) -> Path:
    """A folder with the credential bare, in JSON and in the printed sheet, and the published keys in both forms."""
    (tmp_path / "own.jwt").write_text(certificate.credential + "\n")
    told = {"credential": certificate.credential, "name_salt": certificate.name_salt}
    (tmp_path / "own.json").write_text(json.dumps(told))
    sheet = render_pdf("certificate", services.sheet_of(certificate), made_at=certificate.issued_at)
    (tmp_path / "own.pdf").write_bytes(sheet)
    (tmp_path / "did.json").write_text(json.dumps(vault.keys().did_document("http://localhost")))
    (tmp_path / "jwks.json").write_text(json.dumps(vault.keys().public_jwks()))
    return tmp_path


@pytest.fixture
def site(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.mark.parametrize("credential", ["own.jwt", "own.json", "own.pdf"])
@pytest.mark.parametrize("keys", ["did.json", "jwks.json"])
def test_a_file_and_the_keys_are_enough(files: Path, credential: str, keys: str) -> None:
    done = run(str(files / credential), "--keys", str(files / keys))
    assert (done.exit_code, done.output.split()[0]) == (0, "AUTHENTIC")
    assert "ok    signature" in done.output
    assert "-     status" in done.output, "nobody was asked"
    assert "name: not compared (give --name)" in done.output


@pytest.mark.parametrize("file", ["own.json", "own.pdf"])
def test_the_name_is_compared_with_the_salt_that_the_file_brings(files: Path, file: str) -> None:
    keys = ("--keys", str(files / "did.json"))
    assert "张文丰" not in (files / "own.json").read_text()
    agrees = run(str(files / file), *keys, "--name", "张文丰")
    assert agrees.exit_code == 0
    assert "name: compared, it is the holder's" in agrees.output
    other = run(str(files / file), *keys, "--name", "张文峰")
    assert other.exit_code == 1
    assert "FAIL  holder" in other.output
    assert "name: compared, it is NOT the holder's" in other.output


def test_a_name_that_cannot_be_compared_is_not_said_to_be_right(files: Path) -> None:
    """The bare credential holds no salt: the signature is good, and whose it is stays open."""
    done = run(str(files / "own.jwt"), "--keys", str(files / "did.json"), "--name", "张文丰")
    assert (done.exit_code, done.output.split()[0]) == (1, "AUTHENTIC")
    assert "-     holder" in done.output
    assert "name: not compared (the salt is not here" in done.output


def test_a_sheet_whose_credential_was_exchanged_fails_and_a_foreign_one_is_wrong_use(
    files: Path, certificate: Certificate
) -> None:
    sheet = (files / "own.pdf").read_bytes()
    signature = certificate.credential.rpartition(".")[2]
    other = ("A" if signature[0] != "A" else "B") + signature[1:]
    (files / "forged.pdf").write_bytes(sheet.replace(signature.encode(), other.encode()))
    forged = run(str(files / "forged.pdf"), "--keys", str(files / "did.json"))
    assert (forged.exit_code, forged.output.split()[0]) == (1, "INVALID")
    (files / "letter.pdf").write_bytes(b"%PDF-1.7\n%%EOF\n")
    letter = run(str(files / "letter.pdf"), "--keys", str(files / "did.json"))
    assert letter.exit_code == 2
    assert "holds no credential" in letter.output


@pytest.mark.parametrize("file", ["early.jwt", "early.pdf"])
def test_files_of_the_first_days_verify_as_before(files: Path, certificate: Certificate, file: str) -> None:
    early = sign_as_in_the_first_days(certificate.id)
    (files / "early.jwt").write_text(early.credential)
    sheet = render_pdf("certificate", services.sheet_of(early), made_at=early.issued_at)
    (files / "early.pdf").write_bytes(sheet)
    keys = ("--keys", str(files / "did.json"))
    assert run(str(files / file), *keys, "--name", "张文丰").exit_code == 0
    assert run(str(files / file), *keys, "--name", "张文峰").exit_code == 1


def test_an_altered_file_fails_and_says_which_check(files: Path, certificate: Certificate) -> None:
    head, body, signature = certificate.credential.split(".")
    (files / "forged.jwt").write_text(f"{head}.{body[:-4]}AAAA.{signature}")
    done = run(str(files / "forged.jwt"), "--keys", str(files / "did.json"), "--json")
    assert done.exit_code == 1
    answer = json.loads(done.output)
    assert answer["verdict"] == "invalid"
    assert {c["name"]: c["outcome"] for c in answer["checks"]}["signature"] == "failed"


@pytest.mark.parametrize(
    "arguments", [["nothing-of-the-kind"], ["own.jwt"], ["own.jwt", "--keys", "missing.json"], ["7KQ2M4XW9T3BHZ0C"]]
)  # fmt: skip
def test_wrong_use_ends_with_two(files: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> None:
    monkeypatch.chdir(files)
    assert run(*arguments).exit_code == click.UsageError.exit_code == 2


def test_a_site_is_asked_and_its_word_on_the_status_is_heard(
    site: str, db: SQLAlchemy, clock: SettableClock
) -> None:
    make_released_pass()
    issue_due(clock.now())
    found = db.session.scalars(select(Certificate)).one()
    page = f"{site}/V/{found.code}"
    # The keys' document names the site's own address; the test server listens on another port.
    done = run(page, "--json")
    assert json.loads(done.output)["verdict"] == "valid", done.output
    assert done.exit_code == 0
    by_code = run(found.code.lower(), CARBONLEARN_BASE_URL=site)
    assert by_code.output.startswith(f"VALID  {found.number}")
    staff = make_staff(Role.ASSOCIATION_ADMIN)
    with unit_of_work():
        services.revoke(found.id, "violation", "替考查实", actor=staff, now=clock.advance(days=1))
    revoked = run(page)
    assert (revoked.exit_code, revoked.output.split()[0]) == (1, "REVOKED")
    assert "ok    signature" in revoked.output


@pytest.mark.parametrize("early", [False, True])
def test_a_site_compares_the_name_and_hands_over_what_proves_it(
    site: str, db: SQLAlchemy, clock: SettableClock, early: bool
) -> None:
    make_released_pass()
    issue_due(clock.now())
    found = db.session.scalars(select(Certificate)).one()
    if early:
        found = sign_as_in_the_first_days(found.id)
    page = f"{site}/v/{found.code}"
    done = run(page, "--name", "张 文丰")
    assert done.exit_code == 0, done.output
    assert "ok    holder  (by hash)" in done.output
    assert run(found.code, "--name", "张文丰", CARBONLEARN_BASE_URL=site).exit_code == 0
    assert run(page, "--name", "张文峰").exit_code == 1
    nameless = run(page)
    assert (nameless.exit_code, "add --name" in nameless.output) == ((2, True) if early else (0, False))


def test_an_unknown_code_is_a_problem_found(site: str) -> None:
    done = run("0000000000000000", CARBONLEARN_BASE_URL=site)
    assert (done.exit_code, done.output.split()[0]) == (1, "UNKNOWN")
