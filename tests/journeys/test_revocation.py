"""A certificate is revoked: who may, how it is asked for, and what everybody sees from then on."""

from __future__ import annotations

from tests.factories.certificates import make_released_pass, sign_in
from tests.journeys.conftest import Person, Town

REASON = "核查发现报名材料不实，依据演示决定第 3 号。"
FORM = {"category": "violation", "detail": REASON}


def test_a_revoked_certificate_says_so_to_everybody_at_once(town: Town) -> None:
    with town.app.app_context():
        graduate = make_released_pass()
    town.sweep(seconds=10)
    holder = town.stranger()
    with town.app.app_context():
        sign_in(holder.client, graduate.user_id, town.clock.now())
    (certificate,) = holder.get("/certificates")["certificates"]
    path = f"/desk/certificates/{certificate['id']}/revocation"
    public = f"/v/{certificate['code']}"
    assert town.stranger().get(public)["verdict"] == "valid"
    refuse_the_others(town, path)
    assert town.stranger().get(public)["verdict"] == "valid"
    an = town.enter("an")
    assert "/confirm" in an.send(path, **FORM).location
    town.step_up(an)
    an.send(path, status=422, category="violation", detail="")
    an.send(path, **FORM)
    an.send(path, status=409, **FORM)
    seen = town.stranger().get(public)
    assert seen["verdict"] == "revoked"
    assert REASON not in str(seen)
    assert REASON in an.page(f"/desk/certificates/{certificate['id']}")
    assert holder.get("/certificates")["certificates"][0]["status"] == "revoked"
    page = Person(town.make_client()).page(public)
    assert "已撤销" in page
    assert "Revoked" in page


def refuse_the_others(town: Town, path: str) -> None:
    """A base's administrator, a chief examiner and a learner have no right to it; a stranger has to sign in."""
    for username in ("rosa", "ding", "eve"):
        person = town.enter(username)
        town.step_up(person)
        assert person.client.post(path, data=FORM).status_code in (403, 404), username
    assert town.stranger().client.post(path, data=FORM).status_code in (303, 401)
