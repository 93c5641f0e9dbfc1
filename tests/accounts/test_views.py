from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import func, select

from carbonlearn.accounts import services
from carbonlearn.accounts.models import LoginSession, SignInFailure, User
from carbonlearn.accounts.rules import lockout
from carbonlearn.core.permissions import Role
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import unit_of_work
from tests.factories.people import PASSWORD, a_phone, make_user, sign_in

NEW = "another calm river"
JSON = {"Accept": "application/json"}


@pytest.fixture
def now(db: SQLAlchemy, clock: SettableClock) -> datetime:
    return clock.now()


def enter(client: FlaskClient, login: str = "lin", password: str = PASSWORD, **more: Any) -> Any:
    """Send the sign-in form."""
    fields = {"login": login, "password": password} | more.pop("fields", {})
    return client.post("/sign-in", data=fields, **more)


def session_cookie(response: Any) -> str:
    return next((c for c in response.headers.getlist("Set-Cookie") if c.startswith("carbonlearn=")), "")


def signed_in(client: FlaskClient) -> bool:
    return client.get("/me").status_code == 200


# ------------------------------------------------------------------------------------------------------ sign-in


def test_the_form_signs_in_and_sends_on_to_where_one_was_going(client: FlaskClient, now: datetime) -> None:
    make_user(Role.LEARNER, now=now, username="lin")
    asked = client.get("/me")
    assert (asked.status_code, asked.location) == (303, "/sign-in?next=/me")
    page = client.get(asked.location)
    assert 'value="/me"' in page.text
    done = enter(client, fields={"next": "/me"})
    assert (done.status_code, done.location) == (303, "/me")
    assert signed_in(client)


def test_the_form_signs_in_by_phone_number(client: FlaskClient, now: datetime) -> None:
    phone = a_phone()
    make_user(Role.LEARNER, now=now, phone=phone)
    assert enter(client, phone).status_code == 303
    assert signed_in(client)


def test_who_is_signed_in_already_is_sent_on(client: FlaskClient, now: datetime) -> None:
    sign_in(client, make_user(Role.LEARNER, now=now), now)
    assert client.get("/sign-in?next=/me").location == "/me"


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "evil.example",
        "\t//evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "/\r/evil.example",
        "",
    ],
)
def test_a_target_on_another_host_is_never_followed(client: FlaskClient, now: datetime, target: str) -> None:
    make_user(now=now, username="lin")
    assert enter(client, fields={"next": target}).location == "/"


def test_a_wrong_password_and_an_unknown_name_get_the_very_same_answer(
    client: FlaskClient, now: datetime
) -> None:
    make_user(now=now, username="lin")
    answers = [enter(client, login, "wrong password", csrf=True) for login in ("lin", "nob")]
    assert [a.status_code for a in answers] == [422, 422]

    def plain(text: str, login: str) -> str:
        token = text.split('name="csrf_token"', 1)[1].split('value="', 1)[1].split('"', 1)[0]
        return text.replace(token, "TOKEN").replace(f'value="{login}"', 'value="LOGIN"')

    pages = [plain(a.text, login) for a, login in zip(answers, ("lin", "nob"), strict=True)]
    assert pages[0] == pages[1]
    assert "对不上" in pages[0]
    asked = [enter(client, login, "wrong password", headers=JSON) for login in ("lin", "nob")]
    assert asked[0].json == asked[1].json
    assert asked[0].json["error"]["code"] == "SIGN_IN_WRONG"


def test_what_was_typed_is_kept_but_never_the_password(client: FlaskClient, now: datetime) -> None:
    page = enter(client, "somebody", "a wrong password", fields={"next": "/exams"})
    assert page.status_code == 422
    assert 'value="somebody"' in page.text
    assert 'value="/exams"' in page.text
    assert "a wrong password" not in page.text


@pytest.mark.parametrize("missing", ["login", "password"])
def test_an_empty_field_is_named_and_nothing_is_counted(
    client: FlaskClient, db: SQLAlchemy, now: datetime, missing: str
) -> None:
    page = enter(client, fields={missing: ""})
    assert page.status_code == 422
    assert "这一项要填写" in page.text
    assert db.session.scalar(select(func.count()).select_from(SignInFailure)) == 0


def test_after_five_wrong_passwords_the_door_is_shut_on_every_instance(
    client: FlaskClient, make_app: Callable[..., Flask], now: datetime
) -> None:
    make_user(now=now, username="lin")
    other = make_app().test_client()
    for turn in range(lockout.ACCOUNT_LIMIT):
        send = client if turn % 2 else _client_of(other.application)
        assert enter(send, password="wrong password").status_code == 422
    for each in (client, _client_of(other.application)):
        shut = enter(each)
        assert shut.status_code == 403
        assert session_cookie(shut) == ""
        assert "09:15" in shut.text, "the page says until when"
    refused = enter(client, headers=JSON)
    assert (refused.status_code, refused.json["error"]["code"]) == (403, "SIGN_IN_LOCKED")


def _client_of(app: Flask) -> FlaskClient:
    from tests.support.http import Client

    return Client(app, app.response_class, use_cookies=True)


def test_thirty_failures_shut_an_address_on_every_instance_whatever_header_it_forges(
    client: FlaskClient, make_app: Callable[..., Flask], db: SQLAlchemy, now: datetime
) -> None:
    make_user(now=now, username="lin")
    bucket = services.check_sign_in("x", "x", "127.0.0.1", now).buckets[1]
    with unit_of_work():
        db.session.add_all(SignInFailure(bucket=bucket, at=now) for _ in range(lockout.ADDRESS_LIMIT - 2))
    other = _client_of(make_app())
    forged = {"X-Forwarded-For": "8.8.8.8", "X-Real-Ip": "8.8.8.8", "Forwarded": "for=8.8.8.8"}
    assert enter(client, "one", "wrong password", headers=forged).status_code == 422
    assert enter(other, "two", "wrong password", headers=forged).status_code == 422
    assert enter(client, headers=forged).status_code == 403
    assert enter(other).status_code == 403


def test_behind_one_proxy_the_address_is_the_one_that_it_names(
    make_app: Callable[..., Flask], db: SQLAlchemy, now: datetime
) -> None:
    make_user(now=now, username="lin")
    bucket = services.check_sign_in("x", "x", "8.8.8.8", now).buckets[1]
    with unit_of_work():
        db.session.add_all(SignInFailure(bucket=bucket, at=now) for _ in range(lockout.ADDRESS_LIMIT))
    client = _client_of(make_app(trusted_proxies=1))
    assert enter(client, headers={"X-Forwarded-For": "1.1.1.1, 8.8.8.8"}).status_code == 403
    assert enter(client, headers={"X-Forwarded-For": "8.8.8.8, 1.1.1.1"}).status_code == 303


# ---------------------------------------------------------------------------------------------- cookie, session


def test_the_cookie_is_for_this_site_alone_and_out_of_reach_of_scripts(
    client: FlaskClient, now: datetime
) -> None:
    make_user(now=now, username="lin")
    cookie = session_cookie(enter(client))
    for flag in ("HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=2592000"):
        assert flag in cookie
    assert "Domain" not in cookie
    assert "Secure" not in cookie, "plain http on the loopback address"


def test_over_https_the_cookie_is_bound_to_the_host_and_secure(
    make_app: Callable[..., Flask], now: datetime
) -> None:
    make_user(now=now, username="lin")
    client = _client_of(make_app(base_url="https://learn.example.cn"))
    with client.application.app_context():
        done = enter(client, base_url="https://localhost")
    assert done.status_code == 303
    cookies = done.headers.getlist("Set-Cookie")
    ours = next(c for c in cookies if c.startswith("__Host-carbonlearn="))
    assert "Secure" in ours
    assert "Domain" not in ours
    assert all("Secure" in c for c in cookies)


def test_a_session_planted_before_signing_in_is_worth_nothing_afterwards(
    client: FlaskClient, make_client: Callable[[], FlaskClient], now: datetime
) -> None:
    make_user(Role.LEARNER, now=now, username="lin")
    client.set_cookie("carbonlearn", "planted-by-eve")
    token = session_cookie(enter(client)).split(";")[0].removeprefix("carbonlearn=")
    assert token
    assert token != "planted-by-eve"
    eve = make_client()
    eve.set_cookie("carbonlearn", "planted-by-eve")
    assert not signed_in(eve)
    assert signed_in(client)


def test_the_cookie_is_dead_after_signing_out_even_when_kept(
    client: FlaskClient, make_client: Callable[[], FlaskClient], now: datetime
) -> None:
    make_user(Role.LEARNER, now=now, username="lin")
    token = session_cookie(enter(client)).split(";")[0].removeprefix("carbonlearn=")
    thief = make_client()
    thief.set_cookie("carbonlearn", token)
    assert signed_in(thief)
    out = client.post("/sign-out")
    assert (out.status_code, out.location) == (303, "/sign-in")
    assert "Max-Age=0" in session_cookie(out)
    assert not signed_in(thief)


def test_a_session_revoked_on_one_device_is_dead_on_the_other_at_once(
    client: FlaskClient, make_client: Callable[[], FlaskClient], db: SQLAlchemy, now: datetime
) -> None:
    user = make_user(Role.LEARNER, now=now)
    phone = make_client()
    sign_in(client, user, now)
    token = sign_in(phone, user, now).get_cookie("carbonlearn").value
    session = db.session.scalars(
        select(LoginSession.id).where(LoginSession.token_hash == services.token_hash(token))
    ).one()
    assert signed_in(phone)
    assert client.post(f"/me/sessions/{session}/revocation").location == "/me"
    assert not signed_in(phone)
    assert signed_in(client)


def test_the_list_of_devices_offers_to_end_the_others_and_marks_this_one(
    client: FlaskClient, make_client: Callable[[], FlaskClient], now: datetime
) -> None:
    user = make_user(Role.LEARNER, now=now)
    sign_in(make_client(), user, now)
    page = sign_in(client, user, now).get("/me").text
    assert page.count("/revocation") == 1
    assert "这台" in page


def test_a_session_ends_by_itself_after_thirty_days(
    client: FlaskClient, clock: SettableClock, now: datetime
) -> None:
    sign_in(client, make_user(Role.LEARNER, now=now), now)
    clock.advance(days=29, hours=23)
    assert signed_in(client)
    clock.advance(hours=1)
    assert not signed_in(client)


# ---------------------------------------------------------------------------------------------------- passwords


def test_changing_the_password_signs_the_other_devices_out(
    client: FlaskClient, make_client: Callable[[], FlaskClient], now: datetime
) -> None:
    user = make_user(Role.LEARNER, now=now, username="lin")
    other = sign_in(make_client(), user, now)
    sign_in(client, user, now)
    done = client.post("/password", data={"current": PASSWORD, "new": NEW})
    assert (done.status_code, done.location) == (303, "/me")
    assert "其他设备已退出登录" in client.get("/me").text
    assert not signed_in(other)
    assert enter(make_client(), password=NEW).status_code == 303


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"current": "wrong", "new": NEW}, "现在的密码不对"),
        ({"current": PASSWORD, "new": "short"}, "新密码太弱"),
        ({"current": "", "new": NEW}, "这一项要填写"),
    ],
)
def test_a_refused_change_of_password_says_why_beside_the_field(
    client: FlaskClient, now: datetime, fields: dict[str, str], words: str
) -> None:
    sign_in(client, make_user(Role.LEARNER, now=now, username="lin"), now)
    page = client.post("/password", data=fields)
    assert page.status_code == 422
    assert words in page.text
    assert NEW not in page.text
    assert PASSWORD not in page.text
    assert "aria-invalid" in page.text


def test_who_must_change_the_password_gets_nowhere_else_before(
    client: FlaskClient, db: SQLAlchemy, now: datetime
) -> None:
    user = make_user(Role.LEARNER, now=now, username="lin")
    with unit_of_work():
        db.session.get_one(User, user.id).must_change_password = True
    sign_in(client, user, now)
    for page in ("/me", "/exams", "/results"):
        assert client.get(page).location == "/password", page
    assert client.post("/exams/windows/x/bookings").location == "/password"
    assert client.get("/password").status_code == 200
    assert client.post("/password", data={"current": PASSWORD, "new": NEW}).location == "/me"
    assert signed_in(client)


def test_a_one_time_code_opens_the_account_once(
    client: FlaskClient, make_client: Callable[[], FlaskClient], db: SQLAlchemy, now: datetime
) -> None:
    user = make_user(Role.LEARNER, now=now, username="lin")
    with unit_of_work():
        code = services.issue_code(user, None, now)
    fields = {"login": "lin", "code": code, "new": NEW}
    assert client.get("/password-code").status_code == 200
    done = client.post("/password-code", data=fields)
    assert (done.status_code, done.location) == (303, "/")
    assert signed_in(client)
    again = make_client()
    page = again.post("/password-code", data=fields | {"new": "yet another river"})
    assert page.status_code == 422
    assert "重置码对不上" in page.text
    assert not signed_in(again)


def test_a_wrong_code_keeps_the_name_that_was_typed(client: FlaskClient, now: datetime) -> None:
    page = client.post("/password-code", data={"login": "lin", "code": "WRONG12345", "new": NEW})
    assert page.status_code == 422
    assert 'value="lin"' in page.text
    assert NEW not in page.text


def test_a_weak_new_password_is_told_apart_from_a_wrong_code(client: FlaskClient, now: datetime) -> None:
    user = make_user(Role.LEARNER, now=now, username="lin")
    with unit_of_work():
        code = services.issue_code(user, None, now)
    page = client.post("/password-code", data={"login": "lin", "code": code, "new": "short"})
    assert page.status_code == 422
    assert "新密码太弱" in page.text


def test_the_word_of_an_act_not_done_is_said_only_after_one_was_tried(
    client: FlaskClient, make_client: Callable[[], FlaskClient], now: datetime
) -> None:
    for ahead, said in (("", True), ("1", False)):
        person = sign_in(make_client(), make_user(Role.CHIEF_EXAMINER, now=now), now)
        page = person.get(f"/confirm?next=/desk/results&ahead={ahead}").text
        assert f'name="ahead" type="hidden" value="{ahead}"' in page and "rail" in page, (
            "the desk stays around it"
        )
        person.post("/confirm", data={"password": PASSWORD, "next": "/desk/results", "ahead": ahead})
        assert ("还没有执行" in person.get("/desk/results").text) is said


def test_the_password_given_again_opens_the_weighty_page_for_ten_minutes(
    client: FlaskClient, clock: SettableClock, now: datetime
) -> None:
    user = make_user(Role.CHIEF_EXAMINER, now=now)
    sign_in(client, user, now)
    first = client.post("/desk/results/x/release")
    assert first.status_code == 303
    assert first.location.startswith("/confirm")
    wrong = client.post("/confirm", data={"password": "wrong", "next": "/desk/results"})
    assert wrong.status_code == 422
    assert client.post("/desk/results/x/release").status_code == 303
    done = client.post("/confirm", data={"password": PASSWORD, "next": "/desk/results"})
    assert done.location == "/desk/results"
    assert client.post("/desk/results/x/release").status_code == 404
    clock.advance(minutes=11)
    assert client.post("/desk/results/x/release").status_code == 303


def test_guessing_the_password_again_and_again_shuts_the_door_there_too(
    client: FlaskClient, now: datetime
) -> None:
    sign_in(client, make_user(Role.CHIEF_EXAMINER, now=now, username="lin"), now)
    for _ in range(lockout.ACCOUNT_LIMIT):
        assert client.post("/confirm", data={"password": "wrong"}).status_code == 422
    refused = client.post("/confirm", data={"password": PASSWORD, "next": "/desk/results"})
    assert refused.status_code == 403
    assert enter(client).status_code == 403
