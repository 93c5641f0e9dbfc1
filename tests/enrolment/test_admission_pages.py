"""Admission over HTTP: the clerk's form, the two stages, the fee, and what other bases and outsiders get."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from carbonlearn.core.permissions import Role
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.infra.clock import SettableClock
from tests.factories.enrolment import Desk, a_portrait, load_catalogue
from tests.factories.people import a_phone, an_id_number, make_user, sign_in
from tests.support.statements import counted

TRACK = "gdcpa-petrochem|accounting|4"


@pytest.fixture
def desk(db: Any, clock: SettableClock) -> Desk:
    load_catalogue(clock.now())
    return Desk(clock.now())


@pytest.fixture
def clerk(desk: Desk, make_client: Callable[[], FlaskClient]) -> FlaskClient:
    return sign_in(make_client(), desk.clerk, desk.now)


@pytest.fixture
def association(desk: Desk, make_client: Callable[[], FlaskClient]) -> FlaskClient:
    return sign_in(make_client(), desk.association, desk.now)


def fields(desk: Desk, **changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "base": desk.base_id,
        "track": TRACK,
        "name": "张文丰",
        "id_number": an_id_number(),
        "phone": a_phone(),
        "photo": (io.BytesIO(a_portrait()), "photo.jpg"),
        "override": "y",
        "override_reason": "课程分批上线",
    }
    return {name: value for name, value in (values | changes).items() if value is not None}


def post(client: FlaskClient, path: str, values: dict[str, Any]) -> Any:
    return client.post(path, data=values, content_type="multipart/form-data")


def test_a_clerk_enters_a_learner_and_reads_the_code_once(
    desk: Desk, clerk: FlaskClient, make_client: Callable[[], FlaskClient], db: Any
) -> None:
    phone = a_phone()
    sent = post(clerk, "/desk/admissions/new", fields(desk, phone=phone))
    assert sent.status_code == 303
    answer = clerk.get(sent.location)
    assert "/password-code" in answer.text, "where the code is typed"
    code = re.search(r'one-time-code mono">([0-9A-Z]{5}) ([0-9A-Z]{5})', answer.text)
    assert code is not None
    place = db.session.query(Enrolment).one()
    assert "".join(code.groups()) not in clerk.get(f"/desk/admissions/{place.id}").text
    again = clerk.get(sent.location).text
    assert "一次性码只显示一次" in again and "".join(code.groups()) not in again.replace(" ", "")
    learner = make_client()
    signed_in = learner.post(
        "/password-code",
        data={"login": phone, "code": "".join(code.groups()), "new": "a river in the morning"},
    )
    assert signed_in.status_code == 303
    assert "张文丰" in learner.get("/me").text
    assert learner.get("/me/photo").mimetype == "image/jpeg"
    assert "待初核" in learner.get("/me/places").text


def test_the_whole_way_to_an_open_account_over_http(
    desk: Desk, clerk: FlaskClient, association: FlaskClient, db: Any
) -> None:
    post(clerk, "/desk/admissions/new", fields(desk))
    place = f"/desk/admissions/{db.session.query(Enrolment.id).scalar()}"
    accept = {"decision": "approve_all"}
    assert clerk.post(f"{place}/base-review", data=accept).status_code == 303
    assert clerk.post(f"{place}/association-review", data=accept).status_code == 403
    assert association.post(f"{place}/association-review", data=accept).status_code == 303
    assert clerk.post(f"{place}/payment", data={"category": "member", "remark": ""}).status_code == 303
    assert "在学" in clerk.get(place).text
    assert "3,000.00" in clerk.get(place).text
    assert clerk.post(f"{place}/payment", data={"category": "member"}).status_code == 409


def test_a_wrong_form_keeps_what_was_typed_and_names_each_field(
    desk: Desk, clerk: FlaskClient, db: Any
) -> None:
    answer = post(
        clerk, "/desk/admissions/new", fields(desk, id_number="440106 19920518 3726", phone="12345")
    )
    assert answer.status_code == 422
    assert 'value="440106 19920518 3726"' in answer.text and 'value="张文丰"' in answer.text
    assert 'href="#id_number"' in answer.text and 'href="#phone"' in answer.text
    assert "最后一位与前 17 位对不上" in answer.text
    assert db.session.query(Enrolment).count() == 0


def test_the_photo_need_not_be_chosen_again_after_an_error(desk: Desk, clerk: FlaskClient, db: Any) -> None:
    first = post(clerk, "/desk/admissions/new", fields(desk, phone="12345"))
    token = re.search(r'name="photo_token"[^>]*value="([^"]+)"', first.text)
    assert token is not None
    again = fields(desk, photo=None, photo_token=token[1])
    assert post(clerk, "/desk/admissions/new", again).status_code == 303


def test_a_photo_token_of_somebody_else_is_worth_nothing(
    desk: Desk, clerk: FlaskClient, make_client: Callable[[], FlaskClient]
) -> None:
    first = post(clerk, "/desk/admissions/new", fields(desk, phone="12345"))
    token = re.search(r'name="photo_token"[^>]*value="([^"]+)"', first.text)
    assert token is not None
    other = sign_in(make_client(), make_user(Role.BASE_ADMIN, base_id=desk.base_id, now=desk.now), desk.now)
    answer = post(other, "/desk/admissions/new", fields(desk, photo=None, photo_token=token[1]))
    assert answer.status_code == 422
    assert "请选择照片" in answer.text


@pytest.mark.parametrize(
    ("upload", "name"),
    [
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "photo.svg"),
        (b"<html>hello</html>", "photo.jpg"),
        (a_portrait(kind="PNG")[:300], "photo.png"),
    ],
)
def test_refuses_a_hostile_upload(desk: Desk, clerk: FlaskClient, db: Any, upload: bytes, name: str) -> None:
    answer = post(clerk, "/desk/admissions/new", fields(desk, photo=(io.BytesIO(upload), name)))
    assert answer.status_code == 422
    assert "不是 JPG、PNG、BMP 图片" in answer.text
    assert db.session.query(Enrolment).count() == 0


def test_a_duplicate_phone_is_said_at_its_field(desk: Desk, clerk: FlaskClient) -> None:
    desk.enter(phone="13812340000")
    answer = post(clerk, "/desk/admissions/new", fields(desk, phone="13812340000"))
    assert answer.status_code == 422
    assert 'id="phone-error"' in answer.text


def test_a_track_that_cannot_be_earned_asks_for_a_reason(desk: Desk, clerk: FlaskClient) -> None:
    answer = post(clerk, "/desk/admissions/new", fields(desk, override=None, override_reason=""))
    assert answer.status_code == 422
    assert 'id="override-error"' in answer.text


def test_a_return_needs_a_reason_and_an_approval_no_returns(desk: Desk, clerk: FlaskClient) -> None:
    place = f"/desk/admissions/{desk.enter().enrolment.id}"
    empty = clerk.post(f"{place}/base-review", data={"decision": "return"})
    assert (empty.status_code, "请先标出" in empty.text) == (422, True)
    mixed = clerk.post(
        f"{place}/base-review",
        data={"decision": "approve", "photo": "return", "photo-words": "背景请换成白色"},
    )
    assert mixed.status_code == 422
    assert "背景请换成白色" in mixed.text
    done = clerk.post(
        f"{place}/base-review",
        data={"decision": "return", "photo": "return", "photo-words": "背景请换成白色"},
    )
    assert done.status_code == 303
    assert "背景请换成白色" in clerk.get(f"{place}/correction").text


def test_rows_of_another_base_are_not_found(desk: Desk, make_client: Callable[[], FlaskClient]) -> None:
    enrolment = desk.enter().enrolment
    stranger = sign_in(make_client(), Desk(desk.now, slug="maoming").clerk, desk.now)
    place = f"/desk/admissions/{enrolment.id}"
    for path in (place, f"{place}/photo", f"{place}/correction", f"/desk/learners/{enrolment.user_id}"):
        assert stranger.get(path).status_code == 404, path
    for path in ("base-review", "payment", "withdrawal"):
        answer = stranger.post(
            f"{place}/{path}", data={"decision": "approve", "reason": "x", "category": "member"}
        )
        assert answer.status_code == 404, path
    assert "张文丰" not in stranger.get("/desk/admissions?view=check").text


@pytest.mark.parametrize("path", ["/desk/admissions", "/desk/learners?state=all"])
def test_a_list_of_forty_costs_as_many_statements_as_a_list_of_two(
    desk: Desk, association: FlaskClient, path: str
) -> None:
    for _ in range(2):
        desk.enter()
    association.get(path)
    with counted() as few:
        association.get(path)
    for _ in range(12):
        desk.enter()
    with counted() as many:
        answer = association.get(path)
    assert answer.text.count("张文丰") >= 14
    assert len(many) == len(few) < 20


def test_the_next_page_goes_on_where_the_last_one_ended(
    desk: Desk, association: FlaskClient, clock: SettableClock
) -> None:
    names = [f"学员{number:02d}" for number in range(33)]
    for name in names:
        desk.now = clock.advance(seconds=1)
        desk.enter(name=name)
    first = association.get("/desk/admissions?view=check").text
    link = re.search(r'href="([^"]+after=[^"]+)"', first)
    assert link is not None
    second = association.get(link[1].replace("&amp;", "&")).text
    seen = [name for name in names if name in first] + [name for name in names if name in second]
    assert seen == names


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "-1", "1e30", "10000000000"])
def test_an_amount_that_is_no_fee_is_refused_where_the_programme_states_none(
    desk: Desk, clerk: FlaskClient, association: FlaskClient, db: Any, amount: str
) -> None:
    load_catalogue(desk.now, "coal-industry")
    entered = desk.enter(programme_key="coal-industry").enrolment.id
    place, accept = f"/desk/admissions/{entered}", {"decision": "approve_all"}
    clerk.post(f"{place}/base-review", data=accept)
    association.post(f"{place}/association-review", data=accept)
    paid = {"category": "standard", "amount": amount}
    assert clerk.post(f"{place}/payment", data=paid).status_code == 422
    assert clerk.post(f"{place}/payment", data=paid | {"amount": "1280.50"}).status_code == 303
    assert "1,280.50" in clerk.get(place).text


def test_a_page_key_that_no_page_gave_out_shows_a_list_all_the_same(association: FlaskClient) -> None:
    for key in ("9" * 40 + ".x", "x", "-1.", "٣٣.y"):
        assert association.get("/desk/admissions", query_string={"after": key}).status_code == 200


def test_nothing_passes_that_was_not_looked_at(desk: Desk, clerk: FlaskClient, db: Any) -> None:
    post(clerk, "/desk/admissions/new", fields(desk))
    place = f"/desk/admissions/{db.session.query(Enrolment.id).scalar()}"
    assert not re.search(r'value="accept"[^>]* checked', clerk.get(place).text)
    some = {"decision": "approve", "name": "accept", "id_number": "accept", "phone": "accept"}
    answer = clerk.post(f"{place}/base-review", data=some)
    assert answer.status_code == 422 and "还没有标的有照片、工种与等级" in answer.text
    assert len(re.findall(r'value="accept"[^>]* checked', answer.text)) == 3
    whole = some | {"photo": "accept", "track": "accept"}
    assert clerk.post(f"{place}/base-review", data=whole).status_code == 303


def test_a_photo_straight_from_a_telephone_is_answered_by_the_form(desk: Desk, clerk: FlaskClient) -> None:
    large = (io.BytesIO(b"\xff\xd8" + b"\0" * 6_000_000), "photo.jpg")
    answer = post(clerk, "/desk/admissions/new", fields(desk, photo=large))
    assert answer.status_code == 422
    assert "照片要小于 1 MB" in answer.text and 'value="张文丰"' in answer.text
    assert "纯色背景" in answer.text, "the hint stays beside the error"


def test_a_body_beyond_every_limit_names_it_in_the_frame_of_the_desk(desk: Desk, clerk: FlaskClient) -> None:
    answer = clerk.post("/desk/admissions/new", data=b"\0" * 25 * 2**20, content_type="multipart/form-data")
    assert answer.status_code == 413
    assert "24 MB" in answer.text and 'class="desk ' in answer.text
    assert 'href="/desk/admissions/new"' in answer.text and "/sign-in" not in answer.text


def test_a_stale_approval_leads_back_to_the_record(
    desk: Desk, clerk: FlaskClient, association: FlaskClient, db: Any
) -> None:
    post(clerk, "/desk/admissions/new", fields(desk))
    place = f"/desk/admissions/{db.session.query(Enrolment.id).scalar()}"
    answer = association.post(f"{place}/association-review", data={"decision": "approve_all"})
    assert answer.status_code == 409
    assert f'href="{place}"' in answer.text and 'class="desk ' in answer.text


def test_the_programme_stands_in_every_track_and_a_long_name_is_named(desk: Desk, clerk: FlaskClient) -> None:
    answer = post(clerk, "/desk/admissions/new", fields(desk, name="长" * 81))
    assert "姓名要有 2 到 80 个字。" in answer.text
    options = re.findall(r"<option[^>]*>([^<]+：可学[^<]+)</option>", answer.text)
    assert options and all(" · " in option for option in options)
