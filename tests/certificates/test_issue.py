"""Issuing: from a released pass and only so, once, with numbers that have no gap."""

from __future__ import annotations

import base64
import json
import subprocess
import threading
from datetime import timedelta
from pathlib import Path

import pypdfium2 as pdfium
import pytest
import zxingcpp
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from carbonlearn.audit.models import AuditEntry
from carbonlearn.certificates import services
from carbonlearn.certificates.jobs import issue_due
from carbonlearn.certificates.models import Certificate, CertificateEvent
from carbonlearn.certificates.rules.payload import is_holder
from carbonlearn.core.errors import NotFound
from carbonlearn.core.ids import read_certificate_number
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.infra import vault
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import unit_of_work
from carbonlearn.infra.pdf import render_pdf
from tests.factories.certificates import make_released_pass

BASE_URL = "http://localhost"


def certificates(db: SQLAlchemy) -> list[Certificate]:
    db.session.rollback()
    return list(db.session.scalars(select(Certificate).order_by(Certificate.serial)))


def test_a_released_pass_becomes_one_certificate_however_often_it_is_swept(
    db: SQLAlchemy, clock: SettableClock
) -> None:
    graduate = make_released_pass()
    assert [issue_due(clock.advance(seconds=10)) for _ in range(3)] == [1, 0, 0]
    (found,) = certificates(db)
    assert found.result_id == graduate.result_id
    assert (
        str(read_certificate_number(found.number)) == found.number == "DEMO-2026-4-000001-" + found.number[-1]
    )
    assert found.demonstration
    assert len(found.code) == 16
    events = db.session.scalars(select(CertificateEvent.event)).all()
    assert events == ["issued"]
    assert db.session.get_one(Enrolment, graduate.enrolment_id).status == "completed"
    deeds = db.session.scalars(select(AuditEntry.action).where(AuditEntry.action.startswith("certificate:")))
    assert deeds.all() == ["certificate:issue"]


@pytest.mark.parametrize(("passed", "released"), [(False, True), (True, False)])
def test_nothing_is_issued_without_a_released_pass(
    db: SQLAlchemy, clock: SettableClock, passed: bool, released: bool
) -> None:
    graduate = make_released_pass(passed=passed, released=released)
    assert issue_due(clock.now()) == 0
    with pytest.raises(NotFound), unit_of_work():
        services.issue(graduate.result_id, BASE_URL, clock.now())
    assert certificates(db) == []


def test_the_database_itself_refuses_a_certificate_without_a_result(
    db: SQLAlchemy, clock: SettableClock
) -> None:
    make_released_pass()
    issue_due(clock.now())
    with pytest.raises(IntegrityError), unit_of_work():
        db.session.execute(text("UPDATE certificates SET result_id = 'nobodys-result'"))


def test_two_sweeps_at_once_issue_each_certificate_once_and_number_without_gap(
    app: Flask, db: SQLAlchemy, clock: SettableClock
) -> None:
    for number in range(1, 9):
        make_released_pass(f"学员{'一二三四五六七八'[number - 1]}", number=number)
    issued: list[int] = []

    def sweep() -> None:
        with app.app_context():
            issued.append(issue_due(clock.now()))

    threads = [threading.Thread(target=sweep) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(issued) == 8
    assert [one.serial for one in certificates(db)] == list(range(1, 9))
    assert len({one.name_salt for one in certificates(db)}) == 8


def test_serials_begin_anew_with_the_issuer_and_with_the_year(db: SQLAlchemy, clock: SettableClock) -> None:
    make_released_pass("甲", number=1)
    issue_due(clock.now())
    make_released_pass("乙", programme="gdcpa-petrochem", number=2)
    issue_due(clock.now())
    make_released_pass("丙", number=3)
    issue_due(clock.advance(days=90))
    numbers = sorted(one.number[:-2] for one in certificates(db))
    assert numbers == ["CPCIF-2026-4-000001", "DEMO-2026-4-000001", "DEMO-2027-4-000001"]


def test_a_failed_issue_leaves_no_gap(db: SQLAlchemy, clock: SettableClock) -> None:
    first, second = make_released_pass("甲", number=1), make_released_pass("乙", number=2)

    def issue_and_fail() -> None:
        with unit_of_work():
            services.issue(first.result_id, BASE_URL, clock.now())
            raise RuntimeError("the power went out")

    with pytest.raises(RuntimeError):
        issue_and_fail()
    with unit_of_work():
        services.issue(second.result_id, BASE_URL, clock.now())
    assert [one.serial for one in certificates(db)] == [1]


def test_a_name_that_no_font_draws_is_blocked_and_noted_once(db: SQLAlchemy, clock: SettableClock) -> None:
    blocked = make_released_pass("王\ue863", number=1)
    make_released_pass("李敏", number=2)
    assert [issue_due(clock.advance(seconds=10)) for _ in range(3)] == [1, 0, 0]
    assert [one.holder_name for one in certificates(db)] == ["李敏"]
    notes = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "certificate:blocked")).all()
    assert [(note.subject_id, note.facts) for note in notes] == [
        (blocked.result_id, {"characters": ["U+E863"]})
    ]
    with unit_of_work():
        db.session.execute(text("UPDATE users SET name = '王䶮' WHERE id = :id"), {"id": blocked.user_id})
    assert issue_due(clock.advance(seconds=10)) == 1


def test_the_credential_holds_no_name_no_identity_number_and_no_result(
    db: SQLAlchemy, clock: SettableClock
) -> None:
    graduate = make_released_pass()
    issue_due(clock.now())
    (found,) = certificates(db)
    claims = vault.keys().verify_jwt(found.credential)
    assert claims == found.payload
    written = json.dumps(claims, ensure_ascii=False)
    for secret in ("张文丰", "440106", graduate.result_id, graduate.user_id, graduate.enrolment_id):
        assert secret not in written
    assert found.name_salt is not None
    assert len(found.name_salt) * 5 >= 128, "bits that nobody can guess"
    assert found.name_salt not in written
    assert is_holder(claims, "张文丰", found.name_salt) is True
    assert is_holder(claims, "张文峰", found.name_salt) is False


def test_a_credential_names_no_address_on_the_site_that_nobody_answers(
    app: Flask, db: SQLAlchemy, clock: SettableClock
) -> None:
    """Its own page and the issuer's are what it links to; a status list does not exist, so none is named."""
    make_released_pass()
    issue_due(clock.now())
    (found,) = certificates(db)
    assert "credentialStatus" not in found.payload
    with app.test_client() as browser:
        assert browser.get(found.payload["id"]).status_code == 200
        assert browser.get(found.payload["credentialSubject"]["achievement"]["id"]).status_code == 200


def test_openssl_alone_confirms_the_signature(
    app: Flask, db: SQLAlchemy, clock: SettableClock, tmp_path: Path
) -> None:
    make_released_pass()
    issue_due(clock.now())
    (found,) = certificates(db)
    header, body, signature = found.credential.split(".")
    with app.test_client() as browser:
        document = browser.get("/.well-known/did.json").get_json()
    point = document["verificationMethod"][0]["publicKeyJwk"]["x"]
    der = bytes.fromhex("302a300506032b6570032100") + _decoded(point)
    (tmp_path / "key.pem").write_text(
        f"-----BEGIN PUBLIC KEY-----\n{base64.b64encode(der).decode()}\n-----END PUBLIC KEY-----\n"
    )
    (tmp_path / "signature").write_bytes(_decoded(signature))
    assert _openssl(tmp_path, f"{header}.{body}") == 0
    assert _openssl(tmp_path, f"{header}.{body[:-2]}AA") != 0


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _openssl(folder: Path, signed: str) -> int:
    (folder / "signed").write_text(signed)
    command = "openssl pkeyutl -verify -rawin -pubin -inkey key.pem -sigfile signature -in signed"
    return subprocess.run(command.split(), cwd=folder, capture_output=True, check=False).returncode


def test_the_code_on_the_sheet_is_the_public_address_in_capitals(
    db: SQLAlchemy, clock: SettableClock
) -> None:
    make_released_pass("古丽娜尔·艾合买提江")
    issue_due(clock.now())
    (found,) = certificates(db)
    pdf = render_pdf("certificate", services.sheet_of(found), made_at=found.issued_at)
    page = pdfium.PdfDocument(pdf)[0]
    scanned = zxingcpp.read_barcode(page.render(scale=150 / 72).to_pil())
    assert scanned.text == f"HTTP://LOCALHOST/V/{found.code}"
    words = page.get_textpage().get_text_range()
    for expected in (
        "古丽娜尔·艾合买提江",
        found.number,
        "碳排放核算员",
        "演示证书 DEMONSTRATION",
        "4401**********3721",
    ):
        assert expected in words, expected
    again = render_pdf("certificate", services.sheet_of(found), made_at=found.issued_at)
    assert again == pdf


def test_a_certificate_in_earnest_bears_no_demonstration_mark(db: SQLAlchemy, clock: SettableClock) -> None:
    make_released_pass(programme="gdcpa-petrochem")
    issue_due(clock.now() + timedelta(seconds=1))
    (found,) = certificates(db)
    sheet = services.sheet_of(found)
    assert sheet["specimen"] is False
    assert [body["name_zh"] for body in sheet["issuers"]] == [
        "中国石油和化学工业联合会",
        "广东省清洁生产协会",
    ]
    assert db.session.scalar(select(func.count()).select_from(Certificate)) == 1
