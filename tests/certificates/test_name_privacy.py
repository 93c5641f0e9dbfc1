"""A masked name stays masked: nothing that is published lets anybody try names at home; who knows the name can prove it."""

from __future__ import annotations

import base64
import json

import pytest
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import select

from carbonlearn.certificates.jobs import issue_due
from carbonlearn.certificates.models import Certificate
from carbonlearn.certificates.rules.payload import is_holder, name_hash
from carbonlearn.infra import vault
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import unit_of_work
from tests.factories.certificates import make_released_pass
from tests.factories.early_certificates import sign_as_in_the_first_days

JSON = {"Accept": "application/json"}
NAMES = ["张三丰", "张文丰", "张文峰", "张小丰"]


@pytest.fixture
def certificate(db: SQLAlchemy, clock: SettableClock) -> Certificate:
    make_released_pass()
    issue_due(clock.now())
    return db.session.scalars(select(Certificate)).one()


def guessed(published: str) -> list[str]:
    """What somebody at home makes of a published answer: every name that fits, tried with everything in it as the salt."""
    texts = {published, *published.split('"')}
    for token in [text for text in texts if text.count(".") == 2 and text.startswith("ey")]:
        body = token.split(".")[1]
        texts |= set(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)).decode().split('"'))
    hashes = {text for text in texts if text.startswith("sha256$")}
    return [name for name in NAMES if any(name_hash(name, salt) in hashes for salt in texts)]


def test_the_published_answer_does_not_let_anybody_guess_the_name(
    client: FlaskClient, certificate: Certificate
) -> None:
    answer = client.get(f"/v/{certificate.code}", headers=JSON)
    assert vault.keys().verify_jwt(answer.get_json()["credential"]) == certificate.payload
    assert certificate.name_salt not in answer.get_data(as_text=True)
    assert guessed(answer.get_data(as_text=True)) == []
    page = client.get(f"/v/{certificate.code}").get_data(as_text=True)
    assert certificate.name_salt not in page


def test_the_guess_of_this_test_finds_the_name_in_what_used_to_be_published(certificate: Certificate) -> None:
    early = sign_as_in_the_first_days(certificate.id)
    assert guessed(json.dumps({"credential": early.credential})) == ["张文丰"]


def test_an_early_certificate_keeps_its_credential_from_who_does_not_know_the_name(
    client: FlaskClient, certificate: Certificate
) -> None:
    early = sign_as_in_the_first_days(certificate.id)
    answer = client.get(f"/v/{early.code}", headers=JSON)
    assert (answer.get_json()["verdict"], answer.get_json()["credential"]) == ("valid", None)
    assert guessed(answer.get_data(as_text=True)) == []
    told = client.post(f"/v/{early.code}", json={"name": "张文丰"}, headers=JSON, csrf=False).get_json()
    assert told["credential"] == early.credential


@pytest.mark.parametrize("early", [False, True])
def test_the_right_name_opens_the_salt_and_a_wrong_one_does_not(
    client: FlaskClient, certificate: Certificate, early: bool
) -> None:
    salt = certificate.name_salt
    assert salt
    if early:
        certificate = sign_as_in_the_first_days(certificate.id)
    address = f"/v/{certificate.code}"
    wrong = client.post(address, json={"name": "张文峰"}, headers=JSON, csrf=False)
    assert wrong.get_json()["name_agrees"] is False
    assert guessed(wrong.get_data(as_text=True)) == []
    assert salt not in wrong.get_data(as_text=True)
    right = client.post(address, json={"name": "张 文丰"}, headers=JSON, csrf=False).get_json()
    assert (right["name_agrees"], right["holder_name"], right["name_salt"]) == (True, "张文丰", salt)
    claims = vault.keys().verify_jwt(right["credential"])
    assert is_holder(claims, right["holder_name"], right["name_salt"]) is True
    shown = client.post(address, data={"name": "张文丰"}, csrf=False).get_data(as_text=True)
    assert salt in shown
    assert salt not in client.post(address, data={"name": "张文峰"}, csrf=False).get_data(as_text=True)


def test_a_salt_changed_in_the_database_is_noticed(
    client: FlaskClient, db: SQLAlchemy, certificate: Certificate
) -> None:
    with unit_of_work():
        db.session.get_one(Certificate, certificate.id).name_salt = "0" * 26
    assert client.get(f"/v/{certificate.code}", headers=JSON).get_json()["verdict"] == "invalid"
