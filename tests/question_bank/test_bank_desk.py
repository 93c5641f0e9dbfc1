"""The life of items at the desk beyond drafting: two steps into use, cases, documents that change, pictures, presence questions."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image

from carbonlearn.catalogue import services as catalogue
from carbonlearn.catalogue.queries import FOLDER
from carbonlearn.core.permissions import Role
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import unit_of_work
from carbonlearn.question_bank import queries
from carbonlearn.question_bank.models import Item, ItemPicture, ItemReview, ItemVersion, Source, SourceChange
from carbonlearn.question_bank.queries import Filters
from tests.factories.items import ACCOUNTING, load_bank
from tests.factories.people import make_user, sign_in
from tests.question_bank.test_item_pages import APPROVE, SINGLE, Bank
from tests.support.statements import counted

CASE = "某水泥企业有一条熟料生产线，年产熟料 100 万 t。\n\n| 月 | 用煤 t |\n| --- | --- |\n| 1 | 9 800 |\n\n以上为题设，不计其他排放源。"
KEEP = APPROVE | {"decision": "keep"}


@pytest.fixture
def bank(db: Any, clock: SettableClock, make_client: Callable[[], FlaskClient]) -> Bank:
    return Bank(make_client, clock, ACCOUNTING[:3])


def an_id(address: str) -> str:
    return address.rsplit("/", 1)[-1]


def live(item_id: str) -> bool:
    return queries.item(item_id).status == "live"


# -- two persons, two steps


def test_what_is_approved_waits_until_somebody_puts_it_to_use(bank: Bank, db: Any) -> None:
    path = bank.draft()
    assert bank.chief.post(f"{path}/use").status_code == 409
    assert bank.chief.post(f"{path}/reviews", data=KEEP | {"number": 1}).status_code == 303
    db.session.rollback()
    assert not live(an_id(path)) and queries.item(an_id(path)).status == "reviewed"
    assert bank.chief.post(f"{path}/use").status_code == 303
    db.session.rollback()
    assert live(an_id(path))


def test_an_approval_says_what_was_looked_at(bank: Bank, db: Any) -> None:
    path = bank.draft()
    short = {name: value for name, value in APPROVE.items() if name != "check_source"}
    refused = bank.chief.post(f"{path}/reviews", data=short | {"number": 1})
    assert refused.status_code == 422 and "三项都要看过" in refused.text
    assert db.session.query(ItemReview).filter(ItemReview.reviewer_id.is_not(None)).count() == 0
    bank.chief.post(f"{path}/reviews", data=APPROVE | {"number": 1})
    word = db.session.query(ItemReview).filter(ItemReview.reviewer_id.is_not(None)).one()
    assert word.checks == {"key": "ok", "ambiguity": "ok", "source": "ok"}


def test_many_are_put_to_use_at_once_and_what_cannot_be_is_left_and_told(bank: Bank, db: Any) -> None:
    good, waiting = bank.draft(), bank.draft(stem="另一道还没有人审过的试题，问的是什么？")
    bank.chief.post(f"{good}/reviews", data=KEEP | {"number": 1})
    answer = bank.chief.post(
        "/desk/items/uses", data={"item": [an_id(good), an_id(waiting)]}, follow_redirects=True
    )
    assert "已启用 1 道题" in answer.text and "1 道没有启用" in answer.text
    db.session.rollback()
    assert live(an_id(good)) and not live(an_id(waiting))


def test_a_retired_item_comes_back_into_use(bank: Bank, db: Any) -> None:
    item = queries.live_items("accounting", "4")[0]
    bank.chief.post(f"/desk/items/{item.id}/retirement")
    assert bank.chief.post(f"/desk/items/{item.id}/reinstatement").status_code == 303
    db.session.rollback()
    assert live(item.id)
    assert bank.chief.post(f"/desk/items/{item.id}/reinstatement").status_code == 409


def test_a_draft_that_nobody_wants_is_put_away_and_can_be_brought_back(bank: Bank, db: Any) -> None:
    path = bank.draft()
    item = an_id(path)

    def waiting() -> int:
        db.session.rollback()
        return queries.item_count(Filters(status="waiting"))

    assert bank.author.post(f"{path}/discarding").status_code == 403
    assert waiting() == 1 and "弃用" in bank.chief.get(path).text
    assert bank.chief.post(f"{path}/discarding").status_code == 303
    assert (waiting(), queries.item(item).status) == (0, "retired")
    assert bank.chief.post(f"{path}/reviews", data=APPROVE | {"number": 1}).status_code == 409
    revision = bank.author.post(f"{path}/revision", data=SINGLE | {"base_number": "1"})
    assert revision.status_code == 409 and "已经停用" in revision.text
    assert bank.chief.post(f"{path}/discarding").status_code == 409
    assert bank.chief.post(f"{path}/reinstatement").status_code == 303
    assert (waiting(), queries.item(item).status) == (1, "draft")
    bank.chief.post(f"{path}/reviews", data=KEEP | {"number": 1})
    bank.chief.post(f"{path}/discarding")
    bank.chief.post(f"{path}/reinstatement")
    db.session.rollback()
    assert queries.item(item).status == "reviewed"


def test_what_was_in_use_is_not_put_away_as_a_draft_nor_confirmed_when_it_is_not_in_use(
    bank: Bank, db: Any
) -> None:
    item = queries.live_items("accounting", "4")[0].id
    assert bank.chief.post(f"/desk/items/{item}/discarding").status_code == 409
    bank.chief.post(f"/desk/items/{item}/retirement")
    db.session.rollback()
    assert (
        bank.author.post(f"/desk/items/{item}/revision", data=SINGLE | {"base_number": "1"}).status_code
        == 409
    )
    assert "改成新版" not in bank.author.get(f"/desk/items/{item}").text
    draft = bank.chief.post(f"{bank.draft()}/confirmation", data={})
    assert draft.status_code == 409 and "不必复核" in draft.text


# -- documents that change


def test_when_a_document_changes_what_cites_it_is_due_until_it_is_confirmed_or_revised(
    bank: Bank, db: Any, clock: SettableClock
) -> None:
    path = bank.draft()
    bank.chief.post(f"{path}/reviews", data=APPROVE | {"number": 1})
    source = db.session.query(Source).filter(Source.title.startswith("工业企业温室气体排放核算")).first()
    today = clock.now().date()

    def due() -> set[str]:
        db.session.rollback()
        return {row.id for row in queries.item_rows(Filters(status="due", today=today), limit=99)}

    before = due()
    assert an_id(path) not in before
    clock.advance(days=1)
    today += timedelta(days=1)
    said = {"changed_on": today.isoformat(), "note": "2026 年版代替 2015 年版"}
    assert bank.chief.post(f"/desk/items/sources/{source.id}/changes", data=said).status_code == 303
    assert an_id(path) in due()
    for reader in (bank.chief, bank.author):
        why = reader.get(path).text
        assert "对照依据再看一遍" in why and "2026 年版代替 2015 年版" in why
        assert f'href="/desk/items/sources/{source.id}"' in why and "已过。" not in why
    told = bank.chief.get("/desk").text
    assert "道在用试题要复核" in told and 'href="/desk/items?status=due"' in told
    shown = bank.chief.get("/desk/items?status=due").text
    assert f'href="{path}"' in shown
    clock.advance(minutes=1)
    past = bank.chief.post(f"{path}/confirmation", data={"review_by": today.isoformat()})
    assert past.status_code == 422 and an_id(path) in due()
    bank.chief.post(f"{path}/confirmation", data={"review_by": (today + timedelta(days=90)).isoformat()})
    assert an_id(path) not in due()


def test_an_item_whose_day_has_passed_says_so_and_names_no_change(
    bank: Bank, db: Any, clock: SettableClock
) -> None:
    day = clock.now().date() + timedelta(days=30)
    path = bank.draft(review_by=day.isoformat())
    bank.chief.post(f"{path}/reviews", data=APPROVE | {"number": 1})
    assert "对照依据再看一遍" not in bank.chief.get(path).text
    clock.advance(days=31)
    later = clock.now()
    page = sign_in(bank.chief, make_user(Role.CHIEF_EXAMINER, now=later), later).get(path).text
    assert "对照依据再看一遍" in page and "已过。" in page and "起有变" not in page


def test_a_change_without_a_word_is_refused(bank: Bank, db: Any) -> None:
    source = db.session.query(Source).first()
    answer = bank.chief.post(f"/desk/items/sources/{source.id}/changes", data={"changed_on": "2027-01-01"})
    assert answer.status_code == 422
    assert bank.author.post(f"/desk/items/sources/{source.id}/changes", data={}).status_code == 403
    db.session.rollback()
    assert db.session.query(SourceChange).count() == 0


# -- cases


def a_case(bank: Bank) -> str:
    answer = bank.author.post(
        "/desk/items/cases/new",
        data={"pool": "exam", "track": "accounting|4", "text": CASE, "base_number": "0"},
    )
    assert answer.status_code == 303, answer.text
    return an_id(answer.headers["Location"])


def test_items_share_a_case_and_its_revision_makes_a_draft_of_each(bank: Bank, db: Any) -> None:
    case = a_case(bank)
    paths = [bank.draft(case=case), bank.draft(case=case, stem="该企业 1 月吨熟料用煤约为多少，取整？")]
    for path in paths:
        bank.chief.post(f"{path}/reviews", data=APPROVE | {"number": 1})
    db.session.rollback()
    mine = [item for item in queries.live_items("accounting", "4") if item.case_id == case]
    assert [item.case for item in mine] == [CASE, CASE]
    page = bank.author.get(paths[0]).text
    assert "9&nbsp;800" in page and "<table>" in page
    changed = bank.author.post(
        f"/desk/items/cases/{case}/revision",
        data={
            "pool": "exam",
            "track": "accounting|4",
            "text": CASE.replace("9 800", "9 900"),
            "base_number": "1",
        },
    )
    assert changed.status_code == 303
    db.session.rollback()
    assert [item.case for item in queries.live_items("accounting", "4") if item.case_id == case] == [
        CASE,
        CASE,
    ]
    waiting = queries.item_rows(Filters(case=case, status="waiting"))
    assert {row.id for row in waiting} == {an_id(path) for path in paths}
    late = {"pool": "exam", "track": "accounting|4", "text": CASE + "再改。", "base_number": "1"}
    assert bank.author.post(f"/desk/items/cases/{case}/revision", data=late).status_code == 409


def test_list_page_and_count_of_a_case_name_the_same_items(
    bank: Bank, db: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, other = a_case(bank), a_case(bank)
    paths = [bank.draft(case=case, stem=f"第 {n} 题：该企业吨熟料用煤约为多少？") for n in range(3)]
    moved = SINGLE | {"base_number": "1", "case": other}
    assert bank.author.post(f"{paths[0]}/revision", data=moved).status_code == 303
    bank.chief.post(f"{paths[1]}/discarding")
    db.session.rollback()
    counts = {row.id: row.items for row in queries.case_rows(limit=99)}
    assert (counts[case], counts[other]) == (2, 1)
    assert queries.item_count(Filters(case=case)) == len(queries.item_rows(Filters(case=case))) == 2
    monkeypatch.setattr(import_module("carbonlearn.question_bank.staff_views.cases"), "MOST_ITEMS", 1)
    page = bank.author.get(f"/desk/items/cases/{case}").text
    assert "2 题" in page and page.count("吨熟料用煤") == 1 and f"case={case}" in page


# -- likeness


def test_an_author_is_told_of_an_item_that_is_alike(bank: Bank) -> None:
    twin = ACCOUNTING[0]["stem"].replace("，", " ", 1)
    shown = bank.author.post("/desk/items/preview", data=SINGLE | {"stem": twin}).text
    assert "题库里有相近的题" in shown and ACCOUNTING[0]["id"] in shown
    other = bank.author.post(
        "/desk/items/preview", data=SINGLE | {"stem": "全国温室气体自愿减排交易市场由谁组织？"}
    )
    assert "相近的题" not in other.text


def test_markup_and_pictures_do_not_make_a_stem_another_stem(
    bank: Bank, db: Any, clock: SettableClock
) -> None:
    stem = f"看**下图**，是什么？![图](media:{'0' * 26})"
    load_bank(clock.now(), items=[ACCOUNTING[0] | {"id": "acc4-basic-s98", "stem": stem}])
    (found,) = queries.like(stem)
    assert (found.external_id, found.percent, found.stem) == ("acc4-basic-s98", 100, stem)
    assert [one.percent for one in queries.like("看下图，是什么？图")] == [100]
    assert queries.like(stem, found.item_id) == []


def test_what_is_alike_costs_the_same_statements_however_often_it_is_asked(bank: Bank, db: Any) -> None:
    queries.like(ACCOUNTING[0]["stem"])
    with counted() as again:
        queries.like(ACCOUNTING[0]["stem"] + "了")
    assert len(again) == 2
    assert not any("item_versions.stem" in one and "in (" not in one.lower() for one in map(str, again))


# -- presence questions


def test_a_presence_question_is_written_at_the_desk_and_asked_when_a_second_person_approves(
    bank: Bank, db: Any, clock: SettableClock
) -> None:
    with unit_of_work():
        catalogue.load_lessons(FOLDER / "content" / "lessons", clock.now())
    asked = SINGLE | {
        "pool": "presence",
        "lesson": "acc-03-boundary",
        "part": "2",
        "function": "",
        "source": "",
    }
    missing = bank.author.post("/desk/items/new", data=asked | {"lesson": ""})
    assert missing.status_code == 422 and "问哪一讲" in missing.text
    path = bank.author.post("/desk/items/new", data=asked).headers["Location"]
    assert queries.presence_items(["acc-03-boundary"]) == []
    bank.chief.post(f"{path}/reviews", data=APPROVE | {"number": 1})
    db.session.rollback()
    (found,) = queries.presence_items(["acc-03-boundary"])
    assert (found.item_id, found.part) == (an_id(path), 2)
    assert found.item_id not in {item.id for item in queries.live_items("accounting", "4")}
    revision = {"base_number": "1", "stem": "这一部分先做哪一步，再做哪一步？"}
    shown = bank.author.get("/desk/lessons/acc-03-boundary/presence").text
    bank.author.post(f"{path}/revision", data=asked | revision)
    with counted() as statements:
        beside = bank.author.get("/desk/lessons/acc-03-boundary/presence").text
    assert len(statements) < 20 and beside.count(SINGLE["stem"]) == shown.count(SINGLE["stem"]) == 1
    assert revision["stem"] not in beside, "a draft is not in use"
    again = bank.author.post(f"{path}/revision", data=asked | revision | {"base_number": "2"})
    assert again.status_code == 303


# -- line ends

TABLE = "下表中排放因子最高的燃料是哪一种？\n\n| 燃料 | tCO2/GJ |\n| --- | --- |\n| 烟煤 | 0.095 |"


def test_what_a_browser_sends_is_stored_with_one_kind_of_line_end(bank: Bank, db: Any) -> None:
    path = bank.draft(stem=TABLE.replace("\n", "\r\n"))
    assert queries.newest_version(an_id(path)).stem == TABLE
    data = {"pool": "exam", "track": "accounting|4", "text": CASE.replace("\n", "\r\n")}
    saved = bank.author.post("/desk/items/cases/new", data=data)
    assert saved.status_code == 303, saved.text
    db.session.rollback()
    assert queries.case(an_id(saved.headers["Location"]))[1].text == CASE


# -- pictures


def png() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (40, 30), "green").save(made, "PNG")
    return made.getvalue()


def test_a_picture_is_drawn_anew_and_shown_to_people_who_are_signed_in_alone(
    bank: Bank, db: Any, make_client: Callable[[], FlaskClient]
) -> None:
    sent = {"file": (io.BytesIO(png()), "图.png"), "words": "绿色的方块"}
    answer = bank.author.post("/desk/items/pictures", data=sent, content_type="multipart/form-data")
    assert answer.status_code == 200, answer.text
    picture = re.search(r"!\[绿色的方块\]\(media:(\w{26})\)", answer.text)
    assert picture is not None
    shown = bank.chief.get(f"/item-pictures/{picture[1]}")
    assert shown.status_code == 200 and shown.mimetype == "image/webp"
    assert make_client().get(f"/item-pictures/{picture[1]}").status_code == 404
    path = bank.draft(stem=f"下图是什么颜色的方块？![绿色的方块](media:{picture[1]})")
    assert f'src="/item-pictures/{picture[1]}"' in bank.chief.get(path).text
    unknown = bank.author.post(
        "/desk/items/new", data=SINGLE | {"stem": "下图是什么？![图](media:" + "0" * 26 + ")"}
    )
    assert unknown.status_code == 422 and "不在题库" in unknown.text


def test_what_is_no_picture_is_refused_and_nothing_is_kept(bank: Bank, db: Any) -> None:
    sent = {"file": (io.BytesIO(b"<svg onload=alert(1)>"), "图.png"), "words": ""}
    answer = bank.author.post("/desk/items/pictures", data=sent, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert db.session.query(ItemPicture).count() == 0


@pytest.mark.parametrize("page", ["/desk/items/new", "/desk/items/pictures"])
def test_a_picture_travels_alone_and_leaves_what_was_typed_where_it_is(bank: Bank, page: str) -> None:
    """The item's own fields stay behind; without script the answer opens in a window of its own, beside the editor."""
    shown = bank.author.get(page).text
    form = re.search(r'<form id="picture-form"([^>]*)>(.*?)</form>', shown, re.DOTALL)
    assert form is not None and re.findall(r'name="(\w+)"', form[2]) == ["csrf_token"]
    assert 'hx-target="#picture-box"' in form[1] and ('target="_blank"' in form[1]) is (
        page == "/desk/items/new"
    )
    owned = re.findall(r'<(?:input|button)[^>]*form="picture-form"[^>]*>', shown)
    assert re.findall(r'name="(\w+)"', " ".join(owned)) == ["file", "words"] and "<button" in owned[-1]
    assert len(owned) == 3 and "formaction" not in shown


def test_a_refused_picture_keeps_the_words_that_were_typed(bank: Bank) -> None:
    sent = {"file": (io.BytesIO(b"no picture at all"), "图.png"), "words": "锅炉房的流程"}
    answer = bank.author.post("/desk/items/pictures", data=sent, content_type="multipart/form-data")
    assert answer.status_code == 422 and 'value="锅炉房的流程"' in answer.text


# -- reading


def test_the_bank_is_narrowed_by_pool_track_point_and_state(
    bank: Bank, db: Any, clock: SettableClock
) -> None:
    load_bank(clock.now(), items=[ACCOUNTING[0] | {"id": "mock-acc4-report-s99", "pool": "mock"}])
    assert {row.external_id for row in queries.item_rows(Filters(pool="mock"))} == {"mock-acc4-report-s99"}
    point = ACCOUNTING[0]["competence"][0]
    assert queries.item_count(Filters(point=point)) and not queries.item_count(Filters(job_type="monitoring"))
    assert queries.item_count(Filters(status="live")) == db.session.query(Item).count()
    assert "mock-acc4-report-s99" in bank.chief.get("/desk/items?pool=mock").text
    assert db.session.query(ItemVersion).count() == 4
