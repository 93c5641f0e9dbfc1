"""Item files at the desk: sent, previewed, taken, undone; templates; exports with the password given again."""

from __future__ import annotations

import dataclasses
import io
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from carbonlearn.audit.models import AuditEntry
from carbonlearn.core.permissions import Role
from carbonlearn.infra.clock import SettableClock
from carbonlearn.question_bank import jobs
from carbonlearn.question_bank.formats.kinds import FORMATS, pieces
from carbonlearn.question_bank.models import Item, ItemExport, ItemImport
from tests.factories.item_files import shipped, written
from tests.factories.items import ACCOUNTING, load_bank
from tests.factories.people import make_user, sign_in

ITEMS, CASES = shipped()
FEW = [
    next(item for item in ITEMS if item.type == kind)
    for kind in ("single-choice", "true-false", "multiple-choice", "short-answer")
]


class Desk:
    def __init__(self, make_client: Callable[[], FlaskClient], clock: SettableClock) -> None:
        now = clock.now()
        self.author = sign_in(make_client(), make_user(Role.AUTHOR, now=now), now)
        self.chief = sign_in(make_client(), make_user(Role.CHIEF_EXAMINER, now=now), now, stepped_up=True)
        self.wary = sign_in(make_client(), make_user(Role.CHIEF_EXAMINER, now=now), now)
        self.admin = sign_in(make_client(), make_user(Role.ASSOCIATION_ADMIN, now=now), now)


@pytest.fixture
def desk(db: Any, clock: SettableClock, make_client: Callable[[], FlaskClient]) -> Desk:
    return Desk(make_client, clock)


def send(client: FlaskClient, path: Path, **chosen: str) -> Any:
    data = chosen | {"file": (io.BytesIO(path.read_bytes()), path.name)}
    return client.post("/desk/items/imports", data=data, content_type="multipart/form-data")


def test_a_file_goes_from_the_form_into_the_bank_and_back(
    desk: Desk, db: Any, clock: SettableClock, tmp_path: Path
) -> None:
    answer = send(desk.author, written(tmp_path / "题库.xlsx", "xlsx", FEW))
    assert answer.status_code == 303
    page = answer.headers["Location"]
    assert 'hx-trigger="load delay:2s"' in desk.author.get(page).text
    jobs.read_files(clock.now())
    shown = desk.author.get(page).text
    assert "hx-trigger" not in shown and "导入 4 题" in shown and "题库.xlsx" in shown
    assert desk.chief.post(f"{page}/application").status_code == 403
    assert desk.author.post(f"{page}/application").status_code == 303
    jobs.apply_files(clock.now())
    assert "撤销这次导入" in desk.author.get(page).text
    assert db.session.query(Item).count() == 4
    assert desk.author.post(f"{page}/undoing").status_code == 303
    assert db.session.query(Item).count() == 0
    assert "已撤销" in desk.author.get("/desk/items/imports").text


def test_a_faulty_row_says_where_and_what_to_do_and_comes_back_in_a_sheet(
    desk: Desk, clock: SettableClock, tmp_path: Path
) -> None:
    import openpyxl

    wrong = dataclasses.replace(FEW[0], id="wrong-01", difficulty=0, key=["H"])
    page = send(desk.author, written(tmp_path / "a.xlsx", "xlsx", [*FEW, wrong])).headers["Location"]
    jobs.read_files(clock.now())
    shown = desk.author.get(f"{page}?verdict=fault").text
    assert "试题!6" in shown and "难度是 1 到 5" in shown and "/application" not in shown
    answer = desk.author.get(f"{page}/sheet")
    assert answer.status_code == 200
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).worksheets[0]
    heads = [cell.value.split("\n")[0] for cell in sheet[1]]
    faulty = sheet.cell(6, heads.index("难度") + 1)
    assert faulty.fill.start_color.rgb == "FFF8D2CF" and "难度是 1 到 5" in faulty.comment.text
    assert sheet.cell(2, heads.index("难度") + 1).comment is None
    assert "难度是 1 到 5" in sheet.cell(6, heads.index("原因和办法") + 1).value


def test_a_row_that_no_file_has_is_no_place_to_begin(
    desk: Desk, clock: SettableClock, tmp_path: Path
) -> None:
    page = send(desk.author, written(tmp_path / "a.gift", "gift", FEW)).headers["Location"]
    jobs.read_files(clock.now())
    for asked in ("9" * 40, "-" + "9" * 40, "²"):
        assert desk.author.get(page, query_string={"after": asked}).status_code == 200


@pytest.mark.parametrize("kind", FORMATS)
def test_every_template_is_a_file_that_the_import_reads(
    desk: Desk, db: Any, clock: SettableClock, tmp_path: Path, kind: str
) -> None:
    answer = desk.author.get(f"/desk/items/imports/templates/{kind}")
    assert answer.status_code == 200 and "attachment" in answer.headers["Content-Disposition"]
    path = tmp_path / "template"
    path.write_bytes(answer.data)
    page = send(desk.author, path).headers["Location"]
    jobs.read_files(clock.now())
    assert "导入 4 题" in desk.author.get(page).text, db.session.query(ItemImport).one().fault


def test_a_large_upload_is_refused_before_it_is_kept(desk: Desk, db: Any, tmp_path: Path) -> None:
    path = tmp_path / "big.xlsx"
    with path.open("wb") as file:
        file.truncate(50 * 1024 * 1024)
    answer = send(desk.author, path)
    assert answer.status_code == 413 and "最多 16 MB" in answer.text
    assert db.session.query(ItemImport).count() == 0


def test_who_only_reads_sends_nothing_and_who_has_no_part_sees_nothing(desk: Desk, tmp_path: Path) -> None:
    path = written(tmp_path / "a.gift", "gift", FEW)
    assert send(desk.chief, path).status_code == 403
    assert desk.chief.get("/desk/items/imports").status_code == 200
    assert desk.admin.get("/desk/items/imports").status_code == 403
    assert desk.author.get("/desk/items/exports").status_code == 403


@pytest.mark.parametrize("kind", FORMATS)
def test_an_export_holds_what_the_list_shows_and_stands_in_the_chain(
    desk: Desk, db: Any, clock: SettableClock, tmp_path: Path, kind: str
) -> None:
    load_bank(clock.now())
    asked = {"track": "accounting|4", "type": "short-answer", "format": kind}
    wanted = [
        item
        for item in ITEMS
        if (item.pool, item.job_type, item.level, item.type) == ("exam", "accounting", "4", "short-answer")
    ]
    assert (
        f"导出 {len(wanted)} 题"
        in desk.chief.get("/desk/items/exports?track=accounting|4&type=short-answer").text
    )
    assert desk.chief.post("/desk/items/exports", data=asked).status_code == 303
    row = db.session.query(ItemExport).one()
    assert desk.chief.get(f"/desk/items/exports/{row.id}/file").status_code == 409, "not yet written"
    jobs.write_exports(clock.now())
    answer = desk.chief.get(f"/desk/items/exports/{row.id}/file")
    assert answer.status_code == 200 and answer.headers["Cache-Control"] == "no-store"
    path = tmp_path / "out"
    path.write_bytes(answer.data)
    got = [piece.id for piece in pieces(path, tmp_path)[1] if hasattr(piece, "stem")]
    assert sorted(got) == sorted(item.id for item in wanted)
    entry = db.session.query(AuditEntry).filter_by(action="item_export:make").one()
    assert entry.facts["count"] == len(wanted) and entry.facts["format"] == kind
    taken = db.session.query(AuditEntry).filter_by(action="item_export:fetch").one()
    assert taken.facts["count"] == len(wanted) and taken.subject_id == row.id


def test_what_came_into_the_bank_after_somebody_asked_is_in_no_export(
    desk: Desk, db: Any, clock: SettableClock, tmp_path: Path
) -> None:
    mine = [item for item in ACCOUNTING if item["type"] == "short-answer"]
    load_bank(clock.now(), items=mine[:2])
    desk.chief.post("/desk/items/exports", data={"format": "gift"})
    clock.advance(seconds=1)
    load_bank(clock.now(), items=ACCOUNTING)
    jobs.write_exports(clock.now())
    row_id = db.session.query(ItemExport).one().id
    for _twice in range(2):
        (tmp_path / "out").write_bytes(desk.chief.get(f"/desk/items/exports/{row_id}/file").data)
        got = [piece.id for piece in pieces(tmp_path / "out", tmp_path)[1] if hasattr(piece, "stem")]
        assert sorted(got) == sorted(item["id"] for item in mine[:2])
    assert db.session.query(AuditEntry).filter_by(action="item_export:fetch").count() == 2


def test_a_person_asks_for_five_exports_a_day(desk: Desk, db: Any, clock: SettableClock) -> None:
    load_bank(clock.now(), items=ACCOUNTING[:2])
    assert desk.chief.post("/desk/items/exports", data={"format": "papyrus"}).status_code == 422
    got = [desk.chief.post("/desk/items/exports", data={"format": "gift"}).status_code for _try in range(6)]
    assert got == [303] * 5 + [429]
    clock.advance(days=1)
    other = sign_in(desk.wary, make_user(Role.CHIEF_EXAMINER, now=clock.now()), clock.now(), stepped_up=True)
    assert other.post("/desk/items/exports", data={"format": "gift"}).status_code == 303
    assert db.session.query(ItemExport).count() == 6


def test_the_sheet_of_a_file_is_its_senders_alone_and_stands_in_the_chain(
    desk: Desk, db: Any, clock: SettableClock, tmp_path: Path, make_client: Callable[[], FlaskClient]
) -> None:
    wrong = dataclasses.replace(FEW[0], id="wrong-01", difficulty=0)
    page = send(desk.author, written(tmp_path / "a.xlsx", "xlsx", [wrong])).headers["Location"]
    jobs.read_files(clock.now())
    other = sign_in(make_client(), make_user(Role.AUTHOR, now=clock.now()), clock.now())
    assert other.get(f"{page}/sheet").status_code == 404
    assert desk.author.get(f"{page}/sheet").status_code == 200
    assert db.session.query(AuditEntry).filter_by(action="item_import:sheet").count() == 1


def test_an_export_asks_for_the_password_and_belongs_to_who_made_it(
    desk: Desk, db: Any, clock: SettableClock
) -> None:
    load_bank(clock.now())
    asked = {"format": "gift", "type": "short-answer", "step_up_return": "/desk/items/exports"}
    answer = desk.wary.post("/desk/items/exports", data=asked)
    assert answer.status_code == 303 and "confirm" in answer.headers["Location"]
    assert db.session.query(ItemExport).count() == 0
    assert desk.chief.post("/desk/items/exports", data=asked).status_code == 303
    row_id = db.session.query(ItemExport).one().id
    jobs.write_exports(clock.now())
    assert desk.chief.get(f"/desk/items/exports/{row_id}/file").status_code == 200
    file = f"/desk/items/exports/{row_id}/file"
    asks = desk.wary.get(file).headers["Location"]
    assert "confirm" in asks and "再按一次" not in desk.wary.get(asks).text, "the file comes by itself"
    other = sign_in(desk.wary, make_user(Role.CHIEF_EXAMINER, now=clock.now()), clock.now(), stepped_up=True)
    assert other.get(file).status_code == 404


def test_many_items_are_written_elsewhere_and_forgotten_after_a_day(
    desk: Desk, db: Any, clock: SettableClock
) -> None:
    load_bank(clock.now())
    assert (
        desk.chief.post("/desk/items/exports", data={"format": "moodle", "pool": "exam"}).status_code == 303
    )
    assert 'hx-trigger="load delay:2s"' in desk.chief.get("/desk/items/exports").text
    row_id = db.session.query(ItemExport).one().id
    assert desk.chief.get(f"/desk/items/exports/{row_id}/file").status_code == 409
    jobs.write_exports(clock.now())
    db.session.rollback()
    answer = desk.chief.get(f"/desk/items/exports/{row_id}/file")
    assert answer.status_code == 200 and answer.data.count(b"<question ") > 150
    clock.advance(hours=25)
    jobs.write_exports(clock.now())
    db.session.rollback()
    assert db.session.get(ItemExport, row_id).status == "gone"


def test_while_a_file_is_taken_its_page_reloads_and_names_no_missing_rows(
    desk: Desk, clock: SettableClock, tmp_path: Path
) -> None:
    page = send(desk.author, written(tmp_path / "a.xlsx", "xlsx", FEW)).headers["Location"]
    refresh = '<noscript><meta http-equiv="refresh"'
    assert refresh in desk.author.get(page).text
    jobs.read_files(clock.now())
    assert refresh not in desk.author.get(page).text
    desk.author.post(f"{page}/application")
    shown = desk.author.get(page).text
    assert refresh in shown and "正在导入" in shown and "没有这样的行" not in shown
    jobs.apply_files(clock.now())
    shown = desk.author.get(page).text
    assert refresh not in shown and "撤销这次导入" in shown


def test_the_list_of_files_says_which_have_faults(desk: Desk, clock: SettableClock, tmp_path: Path) -> None:
    wrong = [dataclasses.replace(item, difficulty=0) for item in FEW[:2]]
    page = send(desk.author, written(tmp_path / "a.xlsx", "xlsx", wrong)).headers["Location"]
    jobs.read_files(clock.now())
    for shown in (desk.author.get("/desk/items/imports").text, desk.author.get(page).text):
        assert "2 行有错" in shown and "可以预览" not in shown


def test_the_names_of_exports_say_the_day_of_china_and_tell_formats_apart(
    db: Any, clock: SettableClock, make_client: Callable[[], FlaskClient]
) -> None:
    clock.set(datetime.fromisoformat("2026-11-22T00:30:00+08:00"))
    desk = Desk(make_client, clock)
    load_bank(clock.now(), items=ACCOUNTING[:2])
    names = set()
    for kind in ("qti21", "qti30", "gift"):
        assert desk.chief.post("/desk/items/exports", data={"format": kind}).status_code == 303
        jobs.write_exports(clock.now())
    for row in db.session.query(ItemExport).all():
        answer = desk.chief.get(f"/desk/items/exports/{row.id}/file")
        names.add(answer.headers["Content-Disposition"].split('"')[1])
    assert names == {"items-20261122-qti21.zip", "items-20261122-qti30.zip", "items-20261122.gift.txt"}


def test_the_lists_of_cases_and_documents_are_called_by_other_names_than_one_of_them(desk: Desk) -> None:
    shown = desk.author.get("/desk/items").text
    for address, name in (("/desk/items/cases", "案例库"), ("/desk/items/sources", "依据文件")):
        assert re.search(rf'href="{address}"[^>]*>(?:<[^>]*>)*{name}<', shown)
        assert f"<title>{name} ·" in desk.author.get(address).text
