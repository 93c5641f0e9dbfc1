"""The item bank at the desk: drafts, a second person's review, and what a version leaves untouched."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from carbonlearn.core.permissions import Role
from carbonlearn.exams.queries import outlook
from carbonlearn.infra.clock import SettableClock
from carbonlearn.question_bank import queries
from carbonlearn.question_bank.models import Item, ItemLook
from tests.factories.enrolment import GDCPA, load_catalogue
from tests.factories.items import ACCOUNTING, load_bank
from tests.factories.people import make_user, sign_in
from tests.support.statements import counted

SINGLE = {
    "pool": "exam",
    "track": "accounting|4",
    "type": "single-choice",
    "function": "basic-knowledge",
    "difficulty": "2",
    "stem": "核算员发现两份台账的燃料消耗量不一致，应当先做什么？",
    "option_a": "以较小的一份为准",
    "option_b": "核对原始计量记录",
    "option_c": "取两份的平均值",
    "option_d": "以财务台账为准",
    "key": "B",
    "source": "《工业企业温室气体排放核算和报告通则》（GB/T 32150）",
    "explanation": "活动数据以原始计量记录为依据，两份台账不一致时先回到原始记录核对，再决定用哪一份。",
}

APPROVE = {"decision": "approve", "check_key": "1", "check_ambiguity": "1", "check_source": "1"}


class Bank:
    """The signed-in author and chief, and the shipped items."""

    def __init__(
        self,
        make_client: Callable[[], FlaskClient],
        clock: SettableClock,
        items: list[dict[str, Any]] = ACCOUNTING,
    ) -> None:
        now = clock.now()
        load_bank(now, items=items)
        self.author_user = make_user(Role.AUTHOR, now=now, name="何立新")
        self.author = sign_in(make_client(), self.author_user, now)
        self.chief = sign_in(make_client(), make_user(Role.CHIEF_EXAMINER, now=now, name="陆敏"), now)

    def draft(self, client: FlaskClient | None = None, **changes: str) -> str:
        """The address of a new draft."""
        answer = (client or self.author).post("/desk/items/new", data=SINGLE | changes)
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"]


@pytest.fixture
def bank(db: Any, clock: SettableClock, make_client: Callable[[], FlaskClient]) -> Bank:
    return Bank(make_client, clock)


def live_stems() -> set[str]:
    return {item.stem for item in queries.live_items("accounting", "4")}


def test_a_draft_goes_live_when_a_second_person_approves(bank: Bank, db: Any) -> None:
    path = bank.draft()
    assert SINGLE["stem"] not in live_stems()
    assert bank.chief.post(f"{path}/reviews", data=APPROVE | {"number": 1}).status_code == 303
    db.session.rollback()
    assert SINGLE["stem"] in live_stems()


def test_who_drafts_does_not_approve(
    db: Any, clock: SettableClock, make_client: Callable[[], FlaskClient]
) -> None:
    both = make_user(Role.AUTHOR, Role.CHIEF_EXAMINER, now=clock.now())
    client = sign_in(make_client(), both, clock.now())
    path = client.post("/desk/items/new", data=SINGLE).headers["Location"]
    answer = client.post(f"{path}/reviews", data=APPROVE | {"number": 1})
    assert answer.status_code == 403
    assert "另一位" in answer.text
    assert queries.live_items("accounting", "4") == []


def test_an_author_has_no_say_in_reviews(bank: Bank) -> None:
    assert bank.author.post(f"{bank.draft()}/reviews", data={"number": 1}).status_code == 403


def test_an_edit_leaves_the_live_version_until_it_is_approved(bank: Bank, db: Any) -> None:
    item = queries.live_items("accounting", "4")[0]
    form = bank.author.get(f"/desk/items/{item.id}/revision").text
    assert item.stem in form
    answer = bank.author.post(
        f"/desk/items/{item.id}/revision", data=SINGLE | {"base_number": "1", "type": "single-choice"}
    )
    assert answer.status_code == 303
    db.session.rollback()
    assert item.stem in live_stems() and SINGLE["stem"] not in live_stems()
    bank.chief.post(f"/desk/items/{item.id}/reviews", data=APPROVE | {"number": 2})
    db.session.rollback()
    assert item.stem not in live_stems() and SINGLE["stem"] in live_stems()


def test_an_edit_of_an_older_version_is_refused_and_keeps_what_was_typed(bank: Bank) -> None:
    item = queries.live_items("accounting", "4")[0]
    path = f"/desk/items/{item.id}/revision"
    assert bank.author.post(path, data=SINGLE | {"base_number": "1"}).status_code == 303
    late = bank.author.post(
        path, data=SINGLE | {"base_number": "1", "stem": "另一个人写的题干，也很完整吗？"}
    )
    assert late.status_code == 409
    assert "另一个人写的题干" in late.text and "第 2 版" in late.text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"key": "E"}, "单选题要勾一个答案"),
        ({"option_b": ""}, "选项要有 3 到 8 个"),
        ({"option_b": "以财务台账为准"}, "有两个选项一样"),
        ({"stem": "短"}, "题干要有 8 到 2000 个字"),
        ({"type": "true-false"}, "判断题要选正确或错误"),
        ({"type": "short-answer"}, "简答题要有参考答案"),
        ({"explanation": "对。"}, "解析至少 20 个字"),
    ],
)
def test_a_faulty_item_is_refused_with_its_reason_and_keeps_what_was_typed(
    bank: Bank, db: Any, changes: dict[str, str], sentence: str
) -> None:
    before = db.session.query(Item).count()
    answer = bank.author.post("/desk/items/new", data=SINGLE | changes)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "核对原始计量记录" in answer.text or "option_b" in changes
    assert db.session.query(Item).count() == before


def test_a_return_needs_a_word_and_leaves_the_item_a_draft(bank: Bank, db: Any) -> None:
    path = bank.draft()
    assert bank.chief.post(f"{path}/reviews", data={"number": 1, "decision": "return"}).status_code == 422
    done = bank.chief.post(f"{path}/reviews", data={"number": 1, "decision": "return", "note": "干扰项太弱"})
    assert done.status_code == 303
    assert "干扰项太弱" in bank.author.get(path).text
    again = bank.chief.post(f"{path}/reviews", data=APPROVE | {"number": 1})
    assert again.status_code == 409


def test_who_wrote_an_item_finds_it_when_it_comes_back(bank: Bank, db: Any) -> None:
    path = bank.draft()
    today = "道您写的试题被退回"
    assert today not in bank.author.get("/desk").text
    bank.chief.post(f"{path}/reviews", data={"number": 1, "decision": "return", "note": "干扰项太弱"})
    page = bank.author.get("/desk").text
    assert today in page and 'href="/desk/items?status=returned&amp;mine=1"' in page
    assert today not in bank.chief.get("/desk").text
    own = bank.author.get("/desk/items?status=returned&mine=1").text
    assert f'href="{path}"' in own and "只看：我写的" in own
    assert f'href="{path}"' not in bank.chief.get("/desk/items?status=returned&mine=1").text
    everybodys = bank.chief.get("/desk/items?status=returned").text
    assert f'href="{path}"' in everybodys and 'href="/desk/items?status=returned"' in everybodys


@pytest.mark.parametrize("decision", [None, "", "approved", "reject"])
def test_no_word_but_the_three_decides_anything(bank: Bank, db: Any, decision: str | None) -> None:
    path = bank.draft()
    said = {name: value for name, value in APPROVE.items() if name != "decision"} | {"number": "1"}
    answer = bank.chief.post(f"{path}/reviews", data=said | ({"decision": decision} if decision else {}))
    assert answer.status_code == 422 and "请选通过或退回" in answer.text
    db.session.rollback()
    assert queries.item(path.rsplit("/", 1)[1]).status == "draft"


def test_a_retired_item_is_in_no_future_paper(bank: Bank, db: Any) -> None:
    item = queries.live_items("accounting", "4")[0]
    assert bank.chief.post(f"/desk/items/{item.id}/retirement").status_code == 303
    db.session.rollback()
    assert item.id not in {each.id for each in queries.live_items("accounting", "4")}


def test_the_preview_never_shows_the_key(bank: Bank) -> None:
    item = next(each for each in queries.live_items("accounting", "4") if each.type == "single-choice")
    page = bank.chief.get(f"/desk/items/{item.id}").text
    preview = page[page.index('id="preview"') :]
    assert "checked" not in preview and "答案" not in preview and item.explanation not in preview


def test_the_list_narrows_by_type_function_status_and_words(bank: Bank) -> None:
    def total(query: str) -> int:
        found = re.search(r"(\d+) 题，按编号", bank.chief.get(f"/desk/items?{query}").text)
        assert found is not None
        return int(found[1])

    everything, short = total(""), sum(entry["type"] == "short-answer" for entry in ACCOUNTING)
    assert total("type=short-answer") == short
    assert 0 < total("type=short-answer&function=quality-and-records") < short
    assert total("status=waiting") == 0
    bank.draft()
    assert total("status=waiting") == 1
    assert total("q=两份台账的燃料消耗量") == 1
    assert total("") == everything + 1


@pytest.mark.parametrize("typed", ["²", "9" * 64, "-1", "0x2", "６" * 30])
def test_a_difficulty_that_does_not_exist_has_no_items(bank: Bank, typed: str) -> None:
    answer = bank.chief.get("/desk/items", query_string={"difficulty": typed})
    assert answer.status_code == 200 and "没有这样的试题" in answer.text


@pytest.mark.parametrize("points", ["NaN", "inf", "-Inf", "1e999", "sNaN", "1e9"])
def test_points_that_are_no_number_are_named_and_never_stored(bank: Bank, db: Any, points: str) -> None:
    before = db.session.query(Item).count()
    lines = {"rubric_1": "写出边界", "points_1": points, "rubric_2": "说明理由", "points_2": "1"}
    short = SINGLE | lines | {"type": "short-answer", "reference": "以法人为界，包括全部设施。"}
    assert bank.author.post("/desk/items/preview", data=short).status_code == 200
    answer = bank.author.post("/desk/items/new", data=short)
    assert answer.status_code == 422 and "得分点要有两条以上" in answer.text
    assert db.session.query(Item).count() == before


def test_the_list_costs_the_same_whatever_it_holds(bank: Bank) -> None:
    bank.chief.get("/desk/items")
    with counted() as all_of_them:
        bank.chief.get("/desk/items")
    with counted() as one:
        bank.chief.get("/desk/items?q=acc4-basic-s01")
    assert len(one) == len(all_of_them) < 12


def test_the_bank_and_the_blueprints_say_the_same_of_what_it_suffices_for(
    bank: Bank, clock: SettableClock
) -> None:
    load_catalogue(clock.now())
    page = bank.author.get("/desk/items").text
    found = re.search(r'<div hx-get="(/desk/blueprints)" hx-trigger="load"', page)
    assert found is not None and "够组几套卷" not in page
    part = bank.author.get(found[1], htmx=True).text
    assert "<html" not in part and 'id="outlook"' in part
    whole = bank.author.get(found[1]).text
    for view in (part, whole):
        assert "碳排放核算员 · 四级" in view and ">够<" in view
    assert bank.author.get("/desk/items/supply").status_code == 404


def test_what_the_bank_suffices_for_costs_the_same_however_many_papers_a_programme_has(
    bank: Bank, clock: SettableClock
) -> None:
    keys = ("demonstration", GDCPA, "national-standard")
    load_catalogue(clock.now(), *keys)
    spent = []
    for key in keys:
        outlook(key, clock.now())
        with counted() as statements:
            rows = outlook(key, clock.now())
        spent.append((len(rows), len(statements)))
    assert [rows for rows, _ in spent] == [1, 9, 48] and {sent for _, sent in spent} == {4}, spent


def test_the_author_chooses_job_type_level_and_competence_points(bank: Bank, db: Any) -> None:
    of_this, of_another = "verification/3/1.1.1-knowledge", "accounting/4/1.1.1-knowledge"
    assert of_this in bank.author.post("/desk/items/points", data={"track": "verification|3"}).text
    path = bank.draft(track="verification|3", competence=of_this)
    item = queries.item(path.rsplit("/", 1)[1])
    assert (item.job_type, item.level) == ("verification", "3")
    assert queries.newest_version(item.id).meta["competence"] == [of_this]
    foreign = queries.item(bank.draft(track="verification|3", competence=of_another).rsplit("/", 1)[1])
    assert queries.newest_version(foreign.id).meta["competence"] == []
    assert bank.author.post("/desk/items/new", data=SINGLE | {"track": "piloting|9"}).status_code == 422


def test_the_preview_of_a_draft_shows_what_is_typed_and_stores_nothing(bank: Bank, db: Any) -> None:
    before = db.session.query(Item).count()
    page = bank.author.post(
        "/desk/items/preview",
        data={"type": "single-choice", "stem": "写到一半的题", "option_a": "甲", "key": "A"},
    )
    assert page.status_code == 200
    assert "写到一半的题" in page.text and "甲" in page.text
    assert "checked" not in page.text
    assert db.session.query(Item).count() == before


def test_all_that_a_file_brought_can_be_opened_and_saved_again(
    bank: Bank, db: Any, clock: SettableClock
) -> None:
    rubric = [{"points": 1, "text": f"第 {n} 个要点"} for n in range(1, 8)]
    long = {"explanation": "解" * 1500, "source": "《核算通则》" + "据" * 400, "reference": "答" * 3000}
    entry = next(one for one in ACCOUNTING if one["type"] == "short-answer")
    load_bank(clock.now(), items=[entry | long | {"id": "acc4-long-a01", "rubric": rubric}])
    item = db.session.query(Item).filter_by(external_id="acc4-long-a01").one().id
    page = bank.author.get(f"/desk/items/{item}/revision").text
    boxes = re.findall(r'<(?:input|textarea|select)[^>]* name="(\w+)"', page)
    assert [name for name in boxes if name.startswith("rubric_")] == [f"rubric_{n}" for n in range(1, 9)]
    typed = dict(re.findall(r'name="((?:rubric|points)_\d+)" value="([^"]*)"', page))
    saved = bank.author.post(
        f"/desk/items/{item}/revision",
        data=SINGLE | long | typed | {"type": "short-answer", "base_number": "1"},
    )
    assert saved.status_code == 303, saved.text
    db.session.rollback()
    newest = queries.newest_version(item)
    assert newest.rubric == [{"points": 100, "text": line["text"]} for line in rubric]
    assert (newest.explanation, newest.reference) == (long["explanation"], long["reference"])


def test_a_draft_of_another_type_is_shown_found_and_opened_as_what_it_is(bank: Bank, db: Any) -> None:
    path = bank.draft()
    truth = {"type": "true-false", "truth": "false", "function": "quality-and-records", "difficulty": "5"}
    assert bank.author.post(f"{path}/revision", data=SINGLE | truth | {"base_number": "1"}).status_code == 303
    db.session.rollback()
    found = queries.item_rows(queries.Filters(type="true-false", status="waiting"))
    assert [(row.type, row.function, row.difficulty) for row in found] == [
        ("true-false", "quality-and-records", 5)
    ]
    editor = bank.author.get(f"{path}/revision").text
    assert re.search(
        r'name="truth"[^>]*value="false"[^>]*checked|checked[^>]*name="truth"[^>]*value="false"', editor
    )
    assert bank.chief.post(f"{path}/reviews", data=APPROVE | {"number": 2}).status_code == 303


def test_the_reviewer_of_a_new_version_sees_its_own_function(bank: Bank) -> None:
    words = {"quality-and-records": "质量", "basic-knowledge": "基础知识"}
    item = next(one for one in queries.live_items("accounting", "4") if one.function == "basic-knowledge")
    changed = SINGLE | {"base_number": "1", "function": "quality-and-records"}
    assert bank.author.post(f"/desk/items/{item.id}/revision", data=changed).status_code == 303
    page = bank.chief.get(f"/desk/items/{item.id}").text
    page = re.sub(r'<section class="card" id="changed">.*?</section>', "", page, flags=re.DOTALL)
    head = page.split('class="t16 rich"')[0]
    assert words["quality-and-records"] in head or "quality-and-records" in head
    assert words["basic-knowledge"] not in head


def test_every_look_at_an_exam_items_key_is_noted_and_so_is_a_refused_one(
    bank: Bank, db: Any, clock: SettableClock, make_client: Callable[[], FlaskClient]
) -> None:
    item = queries.live_items("accounting", "4")[0].id
    learner = sign_in(make_client(), make_user(Role.LEARNER, now=clock.now(), name="林晓"), clock.now())
    bank.author.get(f"/desk/items/{item}")
    bank.author.get(f"/desk/items/{item}/revision")
    assert learner.get(f"/desk/items/{item}").status_code == 403
    assert make_client().get(f"/desk/items/{item}").status_code in (302, 303, 401)
    db.session.rollback()
    found = [(name, look.place, look.refused) for look, name in queries.looks(item)]
    assert found == [("林晓", "page", True), ("何立新", "editor", False), ("何立新", "page", False)]
    assert "谁看过答案" not in bank.author.get(f"/desk/items/{item}").text
    page = bank.chief.get(f"/desk/items/{item}").text
    assert "谁看过答案" in page and "林晓" in page and "没有权限，已拒绝" in page


def test_lists_and_items_of_practice_leave_no_trace(bank: Bank, db: Any, clock: SettableClock) -> None:
    load_bank(clock.now(), items=[ACCOUNTING[0] | {"id": "prac-acc4-s99", "pool": "practice"}])
    item = db.session.query(Item).filter_by(pool="practice").one().id
    bank.chief.get("/desk/items")
    bank.chief.get(f"/desk/items/{item}")
    assert db.session.query(ItemLook).count() == 0


def test_all_that_a_new_item_lacks_is_told_at_once(bank: Bank) -> None:
    empty = dict.fromkeys(SINGLE, "") | {
        "pool": "exam",
        "track": "accounting|4",
        "type": "single-choice",
        "difficulty": "2",
        "option_a": "甲",
    }
    answer = bank.author.post("/desk/items/new", data=empty)
    told = re.search(r'<p class="notice-text">(.*?)</p>', answer.text, re.DOTALL)
    assert answer.status_code == 422 and told is not None
    names = re.findall(r'<a href="#[a-z_]+">([^<]+)</a>', told[1])
    assert set(names) == {"职业功能", "题干", "选项 A", "答案", "依据", "解析"}
    assert answer.text.count("题干要有 8 到") == 0, "one fault a field: that it is empty says enough"
    rubric = SINGLE | {"type": "short-answer", "reference": "", "rubric_1": "只有一条", "stem": "太短"}
    again = bank.author.post("/desk/items/new", data=rubric).text
    assert "题干要有 8 到" in again and "要有参考答案" in again and "8 到 2000 个字。" in again


def test_what_is_no_type_at_all_is_refused_alone(bank: Bank) -> None:
    answer = bank.author.post("/desk/items/new", data=SINGLE | {"type": "essay", "difficulty": "x"})
    assert answer.status_code == 422 and "要写明依据" not in answer.text
