"""The page behind the QR code: verdict first, nothing to sign in to, no cookie, and no trust in what was altered."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event, select, text

from carbonlearn.certificates import services
from carbonlearn.certificates.jobs import issue_due
from carbonlearn.certificates.models import Certificate, VerificationCount
from carbonlearn.certificates.tally import tally
from carbonlearn.core.permissions import Role
from carbonlearn.infra import vault
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import unit_of_work
from tests.factories.certificates import make_released_pass, make_staff

JSON = {"Accept": "application/json"}


@pytest.fixture
def certificate(db: SQLAlchemy, clock: SettableClock) -> Certificate:
    tally.clear()
    make_released_pass()
    issue_due(clock.now())
    return db.session.scalars(select(Certificate)).one()


def revoke(certificate: Certificate, clock: SettableClock, category: str = "violation") -> None:
    staff = make_staff(Role.ASSOCIATION_ADMIN)
    with unit_of_work():
        services.revoke(
            certificate.id, category, "替考查实，决定 2026-7 号", actor=staff, now=clock.advance(days=1)
        )


def alter(db: SQLAlchemy, column: str, value: Any) -> None:
    """Change a stored certificate as somebody at the database itself would."""
    with unit_of_work():
        db.session.execute(text(f"UPDATE certificates SET {column} = :value"), {"value": value})


def test_a_valid_certificate_says_so_first_and_masks_the_name(
    client: FlaskClient, certificate: Certificate
) -> None:
    page = client.get(f"/v/{certificate.code}")
    body = page.get_data(as_text=True)
    assert page.status_code == 200
    assert body.index("有效") < body.index("持证人") < body.index("怎样核验的")
    assert "张*丰" in body
    assert "张文丰" not in body
    assert "演示证书 DEMONSTRATION" in body
    assert certificate.number in body
    assert body.count("how-agreed") == 4
    assert "how-not" not in body


@pytest.mark.parametrize("write", [str.lower, str.upper, lambda c: f"{c[:4]}-{c[4:8]} {c[8:12]}-{c[12:]}"])
@pytest.mark.parametrize("prefix", ["/v/", "/V/"])
def test_the_code_is_read_in_any_case_and_grouping(
    client: FlaskClient, certificate: Certificate, write: Any, prefix: str
) -> None:
    assert client.get(prefix + write(certificate.code), headers=JSON).get_json()["verdict"] == "valid"


def test_the_page_speaks_english_on_request(client: FlaskClient, certificate: Certificate) -> None:
    body = client.get(f"/v/{certificate.code}?lang=en").get_data(as_text=True)
    assert "Carbon emission accountant · Level 4" in body
    assert "Demonstration Evaluation Centre" in body


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_revoked_one_says_so_in_both_languages_with_the_category_and_not_the_detail(
    client: FlaskClient, certificate: Certificate, clock: SettableClock, lang: str
) -> None:
    assert "verdict-valid" in client.get(f"/v/{certificate.code}").get_data(as_text=True)
    revoke(certificate, clock)
    body = client.get(f"/v/{certificate.code}?lang={lang}").get_data(as_text=True)
    assert "verdict-revoked" in body
    assert "已撤销" in body
    assert "Revoked" in body
    assert ("违规" if lang == "zh" else "history-row") in body
    assert "替考" not in body
    assert "2026-7" not in body
    answer = client.get(f"/v/{certificate.code}", headers=JSON).get_json()
    assert (answer["verdict"], answer["category"]) == ("revoked", "violation")
    assert [entry["event"] for entry in answer["history"]] == ["issued", "revoked"]
    outcomes = {check["name"]: check["outcome"] for check in answer["checks"]}
    assert outcomes["signature"] == "passed", "the signature stays true"
    assert outcomes["status"] == "failed"


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("holder_name", "李鬼"),
        ("number", "DEMO-2026-4-000009-1"),
        ("issued_at", 1_700_000_000_000_000),
        ("demonstration", False),
    ],
)
def test_a_row_that_says_something_else_than_was_signed_is_not_verified(
    client: FlaskClient, db: SQLAlchemy, certificate: Certificate, column: str, value: Any
) -> None:
    code = certificate.code
    assert client.get(f"/v/{code}", headers=JSON).get_json()["verdict"] == "valid"
    alter(db, column, value)
    assert client.get(f"/v/{code}", headers=JSON).get_json()["verdict"] == "invalid"
    body = client.get(f"/v/{code}").get_data(as_text=True)
    assert "核验不通过" in body
    assert "verdict-valid" not in body


def test_a_credential_signed_by_another_key_is_not_verified(
    client: FlaskClient, db: SQLAlchemy, certificate: Certificate
) -> None:
    header, body, signature = certificate.credential.split(".")
    forged = f"{header}.{body}.{signature[:10]}{'A' if signature[10] != 'A' else 'B'}{signature[11:]}"
    alter(db, "credential", forged)
    answer = client.get(f"/v/{certificate.code}", headers=JSON).get_json()
    assert answer["verdict"] == "invalid"
    assert "job_type" not in answer, "nothing that it says is repeated"
    assert {c["name"]: c["outcome"] for c in answer["checks"]}["signature"] == "failed"


def test_a_payload_changed_beside_its_signature_is_not_verified(
    client: FlaskClient, db: SQLAlchemy, certificate: Certificate
) -> None:
    changed = json.loads(json.dumps(certificate.payload))
    changed["credentialSubject"]["achievement"]["humanCode"] = "accounting/1"
    alter(db, "payload", json.dumps(changed))
    assert client.get(f"/v/{certificate.code}", headers=JSON).get_json()["verdict"] == "invalid"


@pytest.mark.parametrize("code", ["0000000000000000", "7KQ2M4XW9T3BHZ0C", "no-code-at-all", "x" * 300])
def test_every_unknown_code_gets_the_same_answer(
    client: FlaskClient, certificate: Certificate, code: str
) -> None:
    page = client.get(f"/v/{code}")
    assert page.status_code == 404
    assert "verdict-unknown" in page.get_data(as_text=True)
    assert "Set-Cookie" not in page.headers
    other = client.get("/v/1111111111111111").get_data(as_text=True).replace("1111111111111111", code)
    assert page.get_data(as_text=True) == other
    answer = client.get(f"/v/{code}", headers=JSON)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (404, "CERTIFICATE_UNKNOWN")


def test_no_public_answer_sets_a_cookie(client: FlaskClient, certificate: Certificate) -> None:
    address = f"/v/{certificate.code}"
    number = {"number": certificate.number, "name": "张文丰"}
    answers = [
        client.get(address),
        client.get(address, headers=JSON),
        client.get("/v"),
        client.get("/v/0000000000000000"),
        client.get("/.well-known/did.json"),
        client.post(address, data={"name": "张文丰"}, csrf=False),
        client.post("/v", data=number, csrf=False),
        client.post("/v", data={"number": "x", "name": "y"}, csrf=False),
    ]
    assert [answer.headers.getlist("Set-Cookie") for answer in answers] == [[]] * 8


def test_an_unchanged_page_is_not_sent_again_and_a_changed_one_is(
    client: FlaskClient, certificate: Certificate, clock: SettableClock
) -> None:
    first = client.get(f"/v/{certificate.code}")
    again = client.get(f"/v/{certificate.code}", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert first.headers["Cache-Control"] == "no-cache"
    assert "Accept" in first.headers["Vary"]
    as_json = client.get(f"/v/{certificate.code}", headers=JSON | {"If-None-Match": first.headers["ETag"]})
    assert as_json.status_code == 200, "a page and its JSON are two contents"
    revoke(certificate, clock)
    after = client.get(f"/v/{certificate.code}", headers={"If-None-Match": first.headers["ETag"]})
    assert after.status_code == 200
    assert "verdict-revoked" in after.get_data(as_text=True)


def test_a_repeated_look_costs_nothing_beyond_the_one_short_statement(
    client: FlaskClient, db: SQLAlchemy, certificate: Certificate
) -> None:
    address = f"/v/{certificate.code}"
    client.get(address)
    statements: list[str] = []

    def note(*arguments: Any) -> None:
        statements.append(arguments[2])

    event.listen(db.engine, "before_cursor_execute", note)
    client.get(address)
    event.remove(db.engine, "before_cursor_execute", note)
    assert statements == [], "the short way does not pass here, and nothing else may be asked"


def test_a_look_that_cannot_be_counted_is_answered_all_the_same(
    client: FlaskClient, certificate: Certificate, clock: SettableClock
) -> None:
    tally.add("nobodys-certificate", clock.now())
    tally.add("nobodys-certificate", clock.now())
    clock.advance(seconds=6)
    page = client.get(f"/v/{certificate.code}")
    assert page.status_code == 200
    assert "verdict-valid" in page.get_data(as_text=True)


def test_looks_are_counted_by_day_and_bursts_are_stored_together(
    client: FlaskClient, db: SQLAlchemy, certificate: Certificate, clock: SettableClock
) -> None:
    for _ in range(4):
        client.get(f"/v/{certificate.code}")
    db.session.rollback()
    assert db.session.scalars(select(VerificationCount.count)).all() == [1]
    clock.advance(seconds=6)
    client.get(f"/v/{certificate.code}")
    db.session.rollback()
    assert db.session.scalars(select(VerificationCount.count)).all() == [5]


@pytest.mark.parametrize(
    ("typed", "agrees"),
    [
        ("张文丰", True),
        (" 张 文丰 ", True),
        ("张文峰", False),
        ("张*丰", False),
        ("", False),
    ],
)
def test_a_typed_name_is_compared_in_place(
    client: FlaskClient, certificate: Certificate, typed: str, agrees: bool
) -> None:
    page = client.post(f"/v/{certificate.code}", data={"name": typed}, csrf=False)
    body = page.get_data(as_text=True)
    assert ("与持证人姓名一致" in body, "与持证人姓名不一致" in body) == (agrees, not agrees)
    assert "verdict-valid" in body
    assert page.headers["Cache-Control"] == "no-store"
    answer = client.post(f"/v/{certificate.code}", json={"name": typed}, headers=JSON, csrf=False)
    assert answer.get_json()["name_agrees"] is agrees


def test_number_and_full_name_find_it_and_either_alone_does_not(
    client: FlaskClient, certificate: Certificate
) -> None:
    number = certificate.number
    found = client.post("/v", data={"number": number.replace("-", " "), "name": "张文丰"}, csrf=False)
    assert "verdict-valid" in found.get_data(as_text=True)
    missed = [
        client.post("/v", data={"number": number, "name": "张三"}, headers=JSON, csrf=False),
        client.post(
            "/v", data={"number": "DEMO-2026-4-000002-0", "name": "张文丰"}, headers=JSON, csrf=False
        ),
        client.post("/v", data={"number": number[:-1] + "x", "name": "张文丰"}, headers=JSON, csrf=False),
    ]
    assert {(m.status_code, m.data) for m in missed} == {(404, missed[0].data)}
    kept = client.post("/v", data={"number": number, "name": "张三"}, csrf=False).get_data(as_text=True)
    assert number in kept
    assert "张三" in kept


def test_a_form_on_another_site_is_refused(client: FlaskClient, certificate: Certificate) -> None:
    sent = {"number": certificate.number, "name": "张文丰"}
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}):
        refused = client.post("/v", data=sent, headers=JSON | headers, csrf=False)
        assert refused.get_json()["error"]["code"] == "CROSS_SITE"
    own = client.post("/v", data=sent, headers=JSON | {"Sec-Fetch-Site": "same-origin"}, csrf=False)
    assert own.status_code == 200


def test_guessing_names_is_stopped_after_thirty_a_minute(
    client: FlaskClient, certificate: Certificate
) -> None:
    address = f"/v/{certificate.code}"
    tries = [client.post(address, json={"name": "张某丰"}, csrf=False).status_code for _ in range(31)]
    assert tries == [200] * 30 + [429]


def test_other_spellings_of_a_code_are_the_same_guesses(
    client: FlaskClient, certificate: Certificate
) -> None:
    """Who writes the code with hyphens, or from another address, has no further sixty tries at the name."""
    spellings = [
        certificate.code,
        certificate.code.lower(),
        "-".join(certificate.code),
        certificate.code[:8] + "-" + certificate.code[8:],
    ]
    answers = []
    for number in range(61):
        address = {"REMOTE_ADDR": f"10.1.{number}.1"}
        path = f"/v/{spellings[number % 4]}"
        answers.append(
            client.post(path, json={"name": "张某丰"}, csrf=False, environ_base=address).status_code
        )
    assert answers == [200] * 60 + [429]


def test_the_published_keys_confirm_the_published_credential(
    client: FlaskClient, certificate: Certificate
) -> None:
    document = client.get("/.well-known/did.json").get_json()
    token = client.get(f"/v/{certificate.code}", headers=JSON).get_json()["credential"]
    assert document["id"] == vault.keys().verify_jwt(token)["iss"] == "did:web:localhost"
    assert document["verificationMethod"][0]["id"].endswith(f"#{certificate.key_id}")


def test_each_language_and_form_has_an_etag_of_its_own_and_the_minute_renews_it(
    client: FlaskClient, certificate: Certificate, clock: SettableClock
) -> None:
    address = f"/v/{certificate.code}"

    def etags() -> set[str]:
        asked = [client.get(address), client.get(f"{address}?lang=en"), client.get(address, headers=JSON)]
        return {answer.headers["ETag"] for answer in asked}

    first = etags()
    assert len(first) == 3
    assert etags() == first
    clock.advance(minutes=1)
    assert not etags() & first


def test_one_visit_counts_once_whatever_else_is_asked_for_beside_it(
    client: FlaskClient, db: SQLAlchemy, certificate: Certificate, clock: SettableClock
) -> None:
    address = f"/v/{certificate.code}"
    client.get(address, headers={"Sec-Fetch-Site": "none"})
    client.head(address)
    client.get(address, headers={"Accept": "application/json"})
    client.get(address, headers={"Sec-Purpose": "prefetch;prerender"})
    client.get(f"{address}?lang=en", headers={"Sec-Fetch-Site": "same-origin"})
    client.post(address, data={"name": "张文丰"})
    clock.advance(seconds=6)
    client.get(address, headers={"Sec-Fetch-Site": "cross-site"})
    db.session.rollback()
    assert db.session.scalars(select(VerificationCount.count)).all() == [2]


def test_brackets_within_brackets_are_no_name_and_no_fault(
    client: FlaskClient, certificate: Certificate
) -> None:
    answer = client.post(f"/v/{certificate.code}", data=b"[" * 60_000, content_type="application/json")
    assert answer.status_code < 500
