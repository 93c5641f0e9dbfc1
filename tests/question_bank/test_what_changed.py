"""What the reviewer of a second version sees of it, beside the one in use."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from carbonlearn.infra.clock import SettableClock
from tests.factories.items import ACCOUNTING
from tests.question_bank.test_bank_desk import CASE, an_id
from tests.question_bank.test_item_pages import APPROVE, SINGLE, Bank


@pytest.fixture
def bank(db: Any, clock: SettableClock, make_client: Callable[[], FlaskClient]) -> Bank:
    return Bank(make_client, clock, ACCOUNTING[:3])


def changes(page: str) -> str:
    """The card that tells what changed, as words; empty where there is none."""
    found = re.search(r'<section class="card" id="changed">(.*?)</section>', page, re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[1])) if found else ""


def test_the_reviewer_of_a_new_version_sees_what_it_changes_of_the_one_in_use(bank: Bank, db: Any) -> None:
    path = bank.draft()
    assert changes(bank.chief.get(path).text) == "", "of a first version everything is new"
    bank.chief.post(f"{path}/reviews", data=APPROVE | {"number": 1})
    bank.author.post(f"{path}/revision", data=SINGLE | {"base_number": "1", "key": "C"})
    bank.author.post(
        f"{path}/revision", data=SINGLE | {"base_number": "2", "key": "C", "option_a": "以大的为准"}
    )
    told = changes(bank.chief.get(path).text)
    assert "与在用的 v1 比" in told and "题干" not in told and "解析" not in told
    assert "答案 − B + C" in told and "选项 A − 以较小的一份为准 + 以大的为准" in told
    bank.chief.post(f"{path}/reviews", data=APPROVE | {"number": 3})
    assert changes(bank.chief.get(path).text) == "", "it is in use"


def test_a_change_of_the_case_is_told_on_its_items(bank: Bank, db: Any) -> None:
    of = {"pool": "exam", "track": "accounting|4"}
    case_id = an_id(bank.author.post("/desk/items/cases/new", data=of | {"text": CASE}).headers["Location"])
    path = bank.draft(case=case_id)
    bank.chief.post(f"{path}/reviews", data=APPROVE | {"number": 1})
    text = CASE.replace("9 800", "8 900")
    bank.author.post(f"/desk/items/cases/{case_id}/revision", data=of | {"text": text, "base_number": "1"})
    told = changes(bank.chief.get(path).text)
    assert "案例" in told and "− | 1 | 9 800 |" in told and "+ | 1 | 8 900 |" in told
