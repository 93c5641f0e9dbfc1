"""The learner's own certificates and the desk's."""

from __future__ import annotations

import io
import re
from datetime import datetime
from typing import Any

import pypdfium2 as pdfium
import pytest
import zxingcpp
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy
from PIL import Image
from sqlalchemy import select

from carbonlearn.accounts.models import User
from carbonlearn.audit.models import AuditEntry
from carbonlearn.certificates.jobs import issue_due
from carbonlearn.certificates.models import Certificate, CertificateEvent
from carbonlearn.core.permissions import Role
from carbonlearn.infra import vault
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import unit_of_work
from tests.factories.certificates import make_released_pass, make_staff, sign_in

JSON = {"Accept": "application/json"}
REASON = {"category": "violation", "detail": "替考查实，决定 2026-7 号"}


@pytest.fixture
def certificate(db: SQLAlchemy, clock: SettableClock) -> Certificate:
    make_released_pass()
    issue_due(clock.now())
    return db.session.scalars(select(Certificate)).one()


def desk(
    client: FlaskClient, now: datetime, role: Role = Role.ASSOCIATION_ADMIN, base_id: str | None = None
) -> None:
    """Sign in somebody of the desk who has just given the password again."""
    sign_in(client, make_staff(role, base_id).user_id, now, stepped_up=True)


def test_the_learner_sees_card_sheet_and_credential(
    client: FlaskClient, certificate: Certificate, clock: SettableClock
) -> None:
    sign_in(client, certificate.user_id, clock.now())
    number, row_id, credential = certificate.number, certificate.id, certificate.credential
    card = client.get("/certificates").get_data(as_text=True)
    assert number in card
    assert "张文丰" in card
    assert f"/v/{certificate.code}" in card
    assert number in client.get(f"/certificates/{row_id}").get_data(as_text=True)
    sheet = client.get(f"/certificates/{row_id}/certificate.pdf")
    assert sheet.headers["Content-Type"] == "application/pdf"
    assert f"{number}.pdf" in sheet.headers["Content-Disposition"]
    page = pdfium.PdfDocument(sheet.data)[0].render(scale=150 / 72).to_pil()
    assert zxingcpp.read_barcode(page).text == f"HTTP://LOCALHOST/V/{certificate.code}"
    token = client.get(f"/certificates/{row_id}/certificate.jwt")
    assert token.get_data(as_text=True) == credential
    (listed,) = client.get("/certificates", headers=JSON).get_json()["certificates"]
    assert (listed["number"], listed["status"]) == (number, "valid")


def test_a_learner_without_certificate_is_told_how_one_comes(
    client: FlaskClient, db: SQLAlchemy, clock: SettableClock
) -> None:
    graduate = make_released_pass(passed=False)
    sign_in(client, graduate.user_id, clock.now())
    assert "学满课时、通过考试" in client.get("/certificates").get_data(as_text=True)
    assert client.get("/certificates", headers=JSON).get_json() == {"certificates": []}


@pytest.mark.parametrize("path", ["", "/certificate.pdf", "/certificate.jwt"])
def test_nobody_else_gets_at_it(
    client: FlaskClient, certificate: Certificate, clock: SettableClock, path: str
) -> None:
    address = f"/certificates/{certificate.id}{path}"
    assert client.get(address, headers=JSON).status_code == 401
    stranger = make_released_pass("李敏", number=2)
    sign_in(client, stranger.user_id, clock.now())
    refused = client.get(address, headers=JSON)
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (404, "CERTIFICATE_NOT_FOUND")


def test_the_sheet_bears_the_photo_of_the_time_of_issue_and_is_the_same_each_time(
    client: FlaskClient, db: SQLAlchemy, clock: SettableClock
) -> None:
    graduate = make_released_pass()
    red = io.BytesIO()
    Image.new("RGB", (295, 413), (190, 40, 40)).save(red, "JPEG")
    with unit_of_work():
        db.session.get_one(User, graduate.user_id).photo_key = vault.files().put(red.getvalue())
    issue_due(clock.now())
    sign_in(client, graduate.user_id, clock.now())
    row_id = db.session.scalars(select(Certificate.id)).one()
    sheets = [client.get(f"/certificates/{row_id}/certificate.pdf").data for _ in range(2)]
    assert sheets[0] == sheets[1]
    image = pdfium.PdfDocument(sheets[0])[0].render(scale=1).to_pil()
    red_part, green_part, _ = image.getpixel((int(50 / 297 * image.width), int(90 / 210 * image.height)))
    assert red_part > 150 > green_part
    code = db.session.scalars(select(Certificate.code)).one()
    shown = re.findall(r'<img src="([^"]+)"', client.get(f"/v/{code}").get_data(as_text=True))
    assert [address for address in shown if not address.startswith("/static/")] == [], (
        "no consent, no photo in public"
    )


def test_the_desk_finds_by_number_and_by_exact_name_and_counts_by_status(
    client: FlaskClient, db: SQLAlchemy, certificate: Certificate, clock: SettableClock
) -> None:
    make_released_pass("张文", number=2)
    make_released_pass("王\ue863", number=3)
    issue_due(clock.now())
    desk(client, clock.now())
    numbers = sorted(db.session.scalars(select(Certificate.number)))
    everything = client.get("/desk/certificates").get_data(as_text=True)
    assert all(number in everything for number in numbers)
    assert "U+E863" in everything
    by_name = client.get("/desk/certificates?q=张文").get_data(as_text=True)
    assert (numbers[0] in by_name, numbers[1] in by_name) == (False, True)
    by_number = client.get(f"/desk/certificates?q={numbers[0].lower()}").get_data(as_text=True)
    assert (numbers[0] in by_number, numbers[1] in by_number) == (True, False)
    revoked = client.get("/desk/certificates?status=revoked").get_data(as_text=True)
    assert all(number not in revoked for number in numbers)


def test_the_list_goes_on_after_its_last_row(
    client: FlaskClient, db: SQLAlchemy, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1, 6):
        make_released_pass(f"学员{number}", number=number)
        issue_due(clock.advance(seconds=number % 2))  # several of the same second
    monkeypatch.setattr("carbonlearn.certificates.staff_views.PAGE_SIZE", 2)
    desk(client, clock.now())
    seen, address = [], "/desk/certificates"
    for _ in range(3):
        page = client.get(address).get_data(as_text=True)
        seen += [name for name in (f"学员{number}" for number in range(1, 6)) if name in page]
        address = _next(page)
    assert sorted(seen) == [f"学员{number}" for number in range(1, 6)]
    assert address == ""


def _next(page: str) -> str:
    before, mark, _ = page.partition('" rel="next"')
    return before.rpartition('href="')[2].replace("&amp;", "&") if mark else ""


def test_revoking_appends_an_event_tells_the_public_and_leaves_everything_else(
    client: FlaskClient, db: SQLAlchemy, certificate: Certificate, clock: SettableClock
) -> None:
    desk(client, clock.now())
    row_id, code, credential = certificate.id, certificate.code, certificate.credential
    assert "撤销 1 张证书" in client.get(f"/desk/certificates/{row_id}").get_data(as_text=True)
    done = client.post(f"/desk/certificates/{row_id}/revocation", data=REASON)
    assert (done.status_code, done.headers["Location"]) == (303, f"/desk/certificates/{row_id}")
    events = db.session.execute(select(CertificateEvent.event, CertificateEvent.category)).all()
    assert events == [("issued", ""), ("revoked", "violation")]
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "certificate:revoke")).one()
    assert "替考" not in str(entry.facts)
    assert db.session.get_one(Certificate, row_id).credential == credential
    assert client.get(f"/v/{code}", headers=JSON).get_json()["verdict"] == "revoked"
    detail = client.get(f"/desk/certificates/{row_id}").get_data(as_text=True)
    assert "替考查实" in detail
    assert "林静" in detail
    again = client.post(f"/desk/certificates/{row_id}/revocation", data=REASON, headers=JSON)
    assert (again.status_code, again.get_json()["error"]["code"]) == (409, "CERTIFICATE_STATUS")


@pytest.mark.parametrize(
    "data",
    [{}, {"category": "violation"}, {"category": "boredom", "detail": "没有理由"}, REASON | {"detail": "短"}],
)
def test_a_revocation_without_category_or_reason_changes_nothing_and_keeps_what_was_typed(
    client: FlaskClient, db: SQLAlchemy, certificate: Certificate, clock: SettableClock, data: dict[str, Any]
) -> None:
    desk(client, clock.now())
    refused = client.post(f"/desk/certificates/{certificate.id}/revocation", data=data)
    assert refused.status_code == 422
    assert data.get("detail", "") in refused.get_data(as_text=True)
    assert db.session.scalars(select(CertificateEvent.event)).all() == ["issued"]


def test_revoking_asks_for_the_password_again(
    client: FlaskClient, db: SQLAlchemy, certificate: Certificate, clock: SettableClock
) -> None:
    sign_in(client, make_staff(Role.ASSOCIATION_ADMIN).user_id, clock.now())
    page = client.get(f"/desk/certificates/{certificate.id}").get_data(as_text=True)
    assert "撤销 1 张证书" not in page
    assert "/confirm?ahead=1" in page
    sent = client.post(f"/desk/certificates/{certificate.id}/revocation", data=REASON)
    assert (sent.status_code, sent.headers["Location"].split("?")[0]) == (303, "/confirm")
    assert db.session.scalars(select(CertificateEvent.event)).all() == ["issued"]


def test_a_base_reads_its_own_revokes_none_and_sees_no_other_bases(
    client: FlaskClient, db: SQLAlchemy, certificate: Certificate, clock: SettableClock
) -> None:
    other = make_released_pass("李敏", base="maoming", number=2)
    issue_due(clock.now())
    theirs = db.session.scalars(select(Certificate).where(Certificate.user_id == other.user_id)).one()
    own_id, their_id, their_number = certificate.id, theirs.id, theirs.number
    desk(client, clock.now(), Role.BASE_ADMIN, certificate.base_id)
    listed = client.get("/desk/certificates").get_data(as_text=True)
    assert (certificate.number in listed, their_number in listed) == (True, False)
    assert client.get(f"/desk/certificates/{own_id}").status_code == 200
    assert client.get(f"/desk/certificates/{their_id}", headers=JSON).status_code == 404
    refused = client.post(f"/desk/certificates/{own_id}/revocation", data=REASON, headers=JSON)
    assert refused.status_code == 403
