"""Files that are broken, odd or made to do harm: refused or cleaned, with a reason, by a process that may die of them."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from carbonlearn.question_bank.formats.entry import FileFault, FileItem
from carbonlearn.question_bank.formats.opening import opened
from tests.factories.item_files import shipped, written

ITEMS, _CASES = shipped()
FEW = [
    next(item for item in ITEMS if item.type == kind)
    for kind in ("single-choice", "true-false", "multiple-choice", "short-answer")
]
LAUGHS = '<!DOCTYPE quiz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
OUTSIDE = '<!DOCTYPE quiz [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
QUESTION = (
    '<question type="truefalse"><questiontext format="html"><text>{}</text></questiontext>'
    '<answer fraction="100"><text>true</text></answer></question>'
)


def fault_of(path: Path, folder: Path) -> str:
    """The code with which a file is refused."""
    out = folder / "out"
    out.mkdir(exist_ok=True)
    with pytest.raises(FileFault) as refused:
        opened(path, out)
    return refused.value.code


def items_in(path: Path, folder: Path) -> list[FileItem]:
    out = folder / "out"
    out.mkdir(exist_ok=True)
    opened(path, out)
    return [FileItem.of(json.loads(line)) for line in (out / "items.jsonl").read_text("utf-8").splitlines()]


def put(path: Path, content: bytes | str) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def rezipped(
    source: Path,
    target: Path,
    change: Callable[[str, bytes], bytes | None],
    extra: dict[str, bytes] | None = None,
) -> Path:
    """An archive made anew, with each member changed (None leaves it out) and some added."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = change(name, old.read(name))
            if content is not None:
                new.writestr(name, content)
        for name, content in (extra or {}).items():
            new.writestr(name, content)
    return target


def same(_name: str, content: bytes) -> bytes:
    return content


def workbook(path: Path, change: Callable[[openpyxl.Workbook], None]) -> Path:
    """Our own file with four items, changed by another program."""
    book = openpyxl.load_workbook(written(path, "xlsx", FEW))
    change(book)
    book.save(path)
    return path


def test_the_same_file_changed_in_nothing_is_read(tmp_path: Path) -> None:
    """The control of all tests below that change it."""
    found = items_in(workbook(tmp_path / "a.xlsx", lambda book: None), tmp_path)
    assert [item.id for item in found] == [item.id for item in FEW] and not any(item.notes for item in found)
    again = rezipped(tmp_path / "a.xlsx", tmp_path / "b.xlsx", same)
    assert len(items_in(again, tmp_path)) == 4


def test_a_workbook_without_a_sheet_of_items_is_refused(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "销售"
    book.active.append(["日期", "金额"])
    book.save(tmp_path / "a.xlsx")
    assert fault_of(tmp_path / "a.xlsx", tmp_path) == "IMPORT_NO_ITEM_SHEET"


def test_a_sheet_of_another_name_and_order_of_columns_is_understood(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "我的题"
    book.active.append(["某公司内部题库，请勿外传"])
    book.active.append(["答案", "题干", "选项D", "A", "选项B", "选项C", "备注"])
    book.active.append([" ｂ ", "哪一项是活动数据？", "丁", "甲", "乙", "丙", "略"])
    book.active.append(["√", "这句话是对的。"])
    book.save(tmp_path / "a.xlsx")
    first, second = items_in(tmp_path / "a.xlsx", tmp_path)
    assert (first.type, first.key, list(first.options.values())) == (
        "single-choice",
        ["B"],
        ["甲", "乙", "丙", "丁"],
    )
    assert (second.type, second.key, second.place) == ("true-false", [True], "我的题!4")


def test_merged_cells_and_formulas_are_named_in_their_rows(tmp_path: Path) -> None:
    def change(book: openpyxl.Workbook) -> None:
        sheet = book.worksheets[0]
        sheet.merge_cells("H3:I3")
        sheet["R4"] = '=CONCATENATE("A","B")'

    found = items_in(workbook(tmp_path / "a.xlsx", change), tmp_path)
    notes = {item.place: [note.code for note in item.notes if note.field == "row"] for item in found}
    assert notes == {"试题!2": [], "试题!3": ["IMPORT_MERGED"], "试题!4": ["IMPORT_FORMULA"], "试题!5": []}


def test_text_that_begins_like_a_formula_stays_text_both_ways(tmp_path: Path) -> None:
    import dataclasses

    risky = '=HYPERLINK("http://x","点我")+cmd|\' /C calc\'!A0'
    item = dataclasses.replace(
        FEW[0],
        stem=risky,
        options=dict(zip("ABCD", ("=1+1", "-1", "+1", "@SUM(A1)"), strict=True)),
        key=["A"],
    )
    path = written(tmp_path / "a.xlsx", "xlsx", [item])
    sheet = openpyxl.load_workbook(path).worksheets[0]
    for cell in sheet[2]:
        assert cell.data_type != "f", cell.coordinate
    assert sheet["H2"].quotePrefix
    with zipfile.ZipFile(path) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")
    (found,) = items_in(path, tmp_path)
    assert (found.stem, found.options) == (item.stem, item.options)


@pytest.mark.parametrize(
    ("typed", "means"),
    [("２", 2), ("2.0", 2), (2, 2), (2.0, 2), ("中", 3), ("难度很大", 0), (2.5, 0), (9, 0), (True, 0)],
)
def test_numbers_as_text_and_as_numbers_are_understood_and_others_noted(
    tmp_path: Path, typed: object, means: int
) -> None:
    found = items_in(
        workbook(tmp_path / "a.xlsx", lambda book: book.worksheets[0].__setitem__("F2", typed)), tmp_path
    )
    assert found[0].difficulty == means
    assert ("IMPORT_DIFFICULTY_UNKNOWN" in [note.code for note in found[0].notes]) is (means == 0)


def test_a_macro_is_refused_whatever_the_file_is_called(tmp_path: Path) -> None:
    good = written(tmp_path / "a.xlsx", "xlsx", FEW)
    bad = rezipped(good, tmp_path / "b.xlsx", same, {"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0"})
    assert fault_of(bad, tmp_path) == "IMPORT_MACRO"
    word = written(tmp_path / "a.docx", "docx", FEW)
    assert (
        fault_of(rezipped(word, tmp_path / "c.docx", same, {"word/vbaProject.bin": b"x"}), tmp_path)
        == "IMPORT_MACRO"
    )


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    good = written(tmp_path / "a.xlsx", "xlsx", FEW)
    bomb = rezipped(good, tmp_path / "b.xlsx", same, {"xl/media/image1.png": b"\0" * 60_000_000})
    assert bomb.stat().st_size < 200_000
    assert fault_of(bomb, tmp_path) == "IMPORT_BOMB"


def test_a_bomb_that_lies_about_its_size_is_not_unpacked_either(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("imsmanifest.xml", b"<manifest>" + b" " * 30_000_000 + b"</manifest>")
    content = path.read_bytes().replace(struct.pack("<I", 30_000_021), struct.pack("<I", 1000))
    assert fault_of(put(path, content), tmp_path) in {
        "IMPORT_BROKEN_ARCHIVE",
        "IMPORT_XML_BROKEN",
        "IMPORT_BOMB",
    }


def test_a_sheet_that_claims_to_be_as_large_as_can_be_ends_the_child_alone(tmp_path: Path) -> None:
    def change(book: openpyxl.Workbook) -> None:
        book.worksheets[0]["XFD1048576"] = "x"

    assert fault_of(workbook(tmp_path / "a.xlsx", change), tmp_path) in {"IMPORT_TOO_HEAVY", "IMPORT_DAMAGED"}


@pytest.mark.parametrize("declared", [LAUGHS, OUTSIDE])
@pytest.mark.parametrize("kind", ["moodle", "qti21", "docx", "xlsx"])
def test_document_types_and_entities_are_refused(tmp_path: Path, kind: str, declared: str) -> None:
    path = written(tmp_path / "good", kind, FEW)
    if kind == "moodle":
        text = path.read_text("utf-8").replace("<quiz>", declared + "<quiz>", 1)
        assert fault_of(put(tmp_path / "bad", text), tmp_path) == "IMPORT_XML_DOCTYPE"
        return
    wanted = {"qti21": "items/", "docx": "word/document.xml", "xlsx": "xl/worksheets/sheet1.xml"}[kind]

    def change(name: str, content: bytes) -> bytes:
        start = content.index(b"?>") + 2 if content.startswith(b"<?xml") else 0
        return content[:start] + declared.encode() + content[start:] if name.startswith(wanted) else content

    assert fault_of(rezipped(path, tmp_path / "bad", change), tmp_path) == "IMPORT_XML_DOCTYPE"


@pytest.mark.parametrize("name", ["../../etc/cron.d/x", "/etc/passwd", "C:\\x.xml", "items/../../x.xml"])
def test_names_that_lead_out_of_a_package_are_refused(tmp_path: Path, name: str) -> None:
    good = written(tmp_path / "a.zip", "qti21", FEW)
    assert fault_of(rezipped(good, tmp_path / "b.zip", same, {name: b"x"}), tmp_path) == "IMPORT_UNSAFE_PATH"


def test_an_address_that_leads_out_of_a_package_leads_nowhere(tmp_path: Path) -> None:
    good = written(tmp_path / "a.zip", "qti30", FEW)

    def change(name: str, content: bytes) -> bytes:
        return (
            content.replace(f'href="items/{FEW[0].id}.xml"'.encode(), b'href="../../../../etc/passwd"')
            if name == "imsmanifest.xml"
            else content
        )

    found = items_in(rezipped(good, tmp_path / "b.zip", change), tmp_path)
    assert [note.code for note in found[0].notes] == ["IMPORT_PART_MISSING"] and not found[1].notes


HTML = '<p onclick="x()">下列哪一项<b>正确</b>？</p><script>alert(1)</script><img src="http://evil/x.png" onerror="x()">CO<sub>2</sub>'


@pytest.mark.parametrize("kind", ["xlsx", "docx", "gift", "moodle", "qti21", "qti30"])
def test_html_and_scripts_in_stems_are_cleaned_away(tmp_path: Path, kind: str) -> None:
    import dataclasses

    item = dataclasses.replace(
        FEW[1],
        stem="甲" + HTML,
        explanation="解释 " + HTML + " [链接](javascript:alert(1)) ![x](http://evil/y.png)",
    )
    (found,) = items_in(written(tmp_path / "a", kind, [item]), tmp_path)
    for text in (found.stem, found.explanation):
        assert "下列哪一项**正确**？" in text and "CO₂" in text
        assert not any(word in text for word in ("<", "alert", "script", "onerror", "evil")), text
    assert "IMPORT_CLEANED" in [note.code for note in found.notes]
    assert {note.code for note in found.notes if note.grave} == {"IMPORT_LOST"}, "a picture was among it"


def test_html_of_moodle_becomes_text_tables_and_small_figures(tmp_path: Path) -> None:
    html = "<p>甲厂用 CO<sub>2</sub> 2&nbsp;t，5 &lt; 6。</p>"
    html += "<table><tr><th>月</th><th>量|t</th></tr><tr><td>1</td><td>2<br>3</td></tr></table>"
    html += "<script>x</script>"
    text = f"<quiz>{QUESTION.format(html.replace('&', '&amp;').replace('<', '&lt;'))}</quiz>"
    (found,) = items_in(put(tmp_path / "a.xml", text), tmp_path)
    assert found.stem == "甲厂用 CO₂ 2 t，5 < 6。\n\n| 月 | 量\\|t |\n| --- | --- |\n| 1 | 2 3 |"


def test_a_truncated_archive_and_a_damaged_one_are_refused(tmp_path: Path) -> None:
    content = written(tmp_path / "a.docx", "docx", FEW).read_bytes()
    assert fault_of(put(tmp_path / "b", content[: len(content) // 2]), tmp_path) == "IMPORT_BROKEN_ARCHIVE"
    with zipfile.ZipFile(tmp_path / "a.docx") as archive:
        middle = archive.getinfo("word/document.xml").header_offset + 300
    broken = (
        content[:middle]
        + bytes(byte ^ 0xFF for byte in content[middle : middle + 400])
        + content[middle + 400 :]
    )
    assert fault_of(put(tmp_path / "c", broken), tmp_path) in {
        "IMPORT_BROKEN_ARCHIVE",
        "IMPORT_XML_BROKEN",
        "IMPORT_DAMAGED",
    }


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gbk", "gb18030"])
def test_chinese_text_files_are_read_in_the_encodings_in_which_they_come(
    tmp_path: Path, encoding: str
) -> None:
    text = "::一::下列哪一项是活动数据？ {=燃料消耗量 ~排放因子 ~碳氧化率}\n"
    (found,) = items_in(put(tmp_path / "a.txt", text.encode(encoding)), tmp_path)
    assert (found.stem, found.options["A"], found.key) == ("下列哪一项是活动数据？", "燃料消耗量", ["A"])


def test_moodle_xml_in_gbk_is_read(tmp_path: Path) -> None:
    text = f'<?xml version="1.0" encoding="GBK"?><quiz>{QUESTION.format("排放因子是活动数据。")}</quiz>'
    (found,) = items_in(put(tmp_path / "a.xml", text.encode("gbk")), tmp_path)
    assert found.stem == "排放因子是活动数据。"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "IMPORT_EMPTY"),
        (b"\xef\xbb\xbf \r\n", "IMPORT_EMPTY"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "IMPORT_OLD_OFFICE"),
        (b"%PDF-1.7 ...", "IMPORT_KIND_UNKNOWN"),
        (b"<html><body>1. x</body></html>", "IMPORT_KIND_UNKNOWN"),
        (b"<quiz><question type=", "IMPORT_XML_BROKEN"),
        (b"<quiz></quiz>", "IMPORT_NO_ITEMS"),
        (bytes(range(128, 256)) * 40, "IMPORT_ENCODING"),
        ("这只是一篇文章，没有题。".encode(), "IMPORT_NO_ITEMS"),
        (b"<quiz>" + b"<a>" * 400_000, "IMPORT_TOO_HEAVY"),
    ],
)
def test_what_is_no_item_file_is_refused_with_its_reason(tmp_path: Path, content: bytes, code: str) -> None:
    assert fault_of(put(tmp_path / "题库.xlsx", content), tmp_path) == code


def test_a_zip_of_something_else_and_a_locked_one_are_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("readme.txt", "x")
    assert fault_of(put(tmp_path / "a", buffer.getvalue()), tmp_path) == "IMPORT_KIND_UNKNOWN"
    locked = bytearray(buffer.getvalue())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(mark) + offset] |= 1
    assert fault_of(put(tmp_path / "b", bytes(locked)), tmp_path) == "IMPORT_LOCKED"


def test_more_rows_than_a_file_may_have_are_refused(tmp_path: Path) -> None:
    path = put(tmp_path / "a.gift", "".join(f"第 {n} 题说得对吗？ {{T}}\n\n" for n in range(20_001)))
    assert fault_of(path, tmp_path) == "IMPORT_TOO_MANY_ROWS"
