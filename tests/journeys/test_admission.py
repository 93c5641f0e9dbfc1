"""From the clerk's form to the learner's first day: entered, approved in two stages, paid, signed in by the one-time code."""

from __future__ import annotations

import re
from io import BytesIO

from tests.factories.enrolment import a_portrait
from tests.factories.people import a_phone, an_id_number
from tests.journeys.conftest import Person, Town

NAME = "许一凡"
NEW_PASSWORD = "a new green evening"
CODE = re.compile(r"one-time-code[^>]*>\s*([0-9A-Z]{5})\s+([0-9A-Z]{5})", re.IGNORECASE)


def test_a_learner_entered_by_a_clerk_signs_in_by_code_and_sees_the_first_lesson(town: Town) -> None:
    rosa, an = town.enter("rosa"), town.enter("an")
    phone = a_phone(87_654_321)
    entered = enter(rosa, phone)
    code = CODE.search(entered)
    place = re.search(r'href="/desk/admissions/([0-9a-z]{26})"', entered)
    assert code, entered
    assert place, entered
    path = f"/desk/admissions/{place.group(1)}"
    learner = town.stranger()
    learner.send("/password-code", login=phone, code="".join(code.groups()), new=NEW_PASSWORD)
    assert "dock" not in learner.page("/study"), "nothing to study before the account opens"
    an.send(f"{path}/association-review", status=409, decision="approve_all")
    rosa.send(f"{path}/base-review", decision="approve_all")
    assert town.enter("bai").client.get(path).status_code == 404
    assert rosa.client.post(f"{path}/association-review", data={"decision": "approve_all"}).status_code == 403
    an.send(f"{path}/association-review", decision="approve_all")
    rosa.send(f"{path}/payment", category="standard")
    home = learner.page("/study")
    assert "开始第一课" in home
    assert "0.0" in home
    used = town.stranger().client.post(
        "/password-code", data={"login": phone, "code": "".join(code.groups()), "new": NEW_PASSWORD + "2"}
    )
    assert used.status_code == 422
    again = town.enter(phone, NEW_PASSWORD)
    assert NAME in again.page("/me")
    town.sweep(minutes=1)
    states = {line["name"]: line["state"] for line in again.get("/exams")["checklist"]}
    assert states.pop("hours") == "missing"
    assert states.pop("booking") != "met"
    assert set(states.values()) == {"met"}, states


def enter(clerk: Person, phone: str) -> str:
    """Fill in the clerk's form with a portrait; the page that shows the one-time code."""
    form = clerk.page("/desk/admissions/new")
    base = re.search(r'<option[^>]* value="([0-9a-z]{26})"', form)
    assert base, form
    answer = clerk.client.post(
        "/desk/admissions/new",
        data={
            "base": base.group(1),
            "track": "demonstration|accounting|4",
            "name": NAME,
            "id_number": an_id_number(123),
            "phone": phone,
            "photo": (BytesIO(a_portrait()), "portrait.jpg"),
        },
        content_type="multipart/form-data",
    )
    assert answer.status_code == 303, answer.text
    return str(clerk.page(answer.location))
