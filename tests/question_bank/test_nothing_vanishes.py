"""What a file says is kept, or it is told that it is not: formulae, pictures, cells that are not understood, names that clash."""

from __future__ import annotations

import dataclasses
import io
import random
import re
import zipfile
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
from docx.oxml import parse_xml
from PIL import Image

from carbonlearn.question_bank.formats import sheet_marked
from carbonlearn.question_bank.formats.entry import FileCase, FileFault, FileItem
from carbonlearn.question_bank.formats.kinds import pieces
from carbonlearn.question_bank.formats.opening import opened
from carbonlearn.question_bank.formats.tidy import tidy
from tests.factories.item_files import written
from tests.question_bank.test_hostile_files import FEW

MATH = "http://schemas.openxmlformats.org/officeDocument/2006/math"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
ABOUT = {
    "pool": "exam",
    "job_type": "accounting",
    "level": "4",
    "function": "basic-knowledge",
    "difficulty": 1,
    "source": "《通则》",
}


def read(path: Path) -> list[FileItem]:
    return [tidy(one) for one in pieces(path, path.parent)[1] if isinstance(one, FileItem)]


def codes(item: FileItem, *, grave: bool = True) -> list[str]:
    return [note.code for note in item.notes if note.grave is grave]


def truth(number: str, stem: str, *, right: bool) -> FileItem:
    return FileItem(id=number, type="true-false", stem=stem, key=[right], explanation="因为……" * 8, **ABOUT)


@pytest.mark.parametrize("kind", ["qti21", "qti30"])
def test_no_two_items_of_a_package_have_one_name(tmp_path: Path, kind: str) -> None:
    items = [
        truth("item-2", "第一题的题干在这里。", right=True),
        truth("编号二", "第二题的题干在这里。", right=False),
        truth("item-1", "第三题的题干在这里。", right=True),
    ]
    path = written(tmp_path / "a.zip", kind, items)
    with zipfile.ZipFile(path) as archive:
        assert len(archive.namelist()) == len(set(archive.namelist()))
    assert [(item.id, item.stem, item.key) for item in read(path)] == [
        (item.id, item.stem, item.key) for item in items
    ]


def a_document(path: Path, piece: str) -> Path:
    document = docx.Document()
    paragraph = document.add_paragraph("1. 按公式 ")
    paragraph._p.append(parse_xml(piece))
    paragraph.add_run(" 计算，排放量是多少？")
    for line in ("A. 1", "B. 2", "C. 3", "答案：A"):
        document.add_paragraph(line)
    document.save(str(path))
    return path


@pytest.mark.parametrize(
    "piece",
    [
        f'<m:oMath xmlns:m="{MATH}"><m:r><m:t>E=AD</m:t></m:r></m:oMath>',
        f'<w:r xmlns:w="{WORD}"><w:object/></w:r>',
        f'<w:r xmlns:w="{WORD}"><w:pict/></w:r>',
    ],
)
def test_a_formula_of_word_that_cannot_be_read_keeps_its_item_out(tmp_path: Path, piece: str) -> None:
    (item,) = read(a_document(tmp_path / "a.docx", piece))
    assert codes(item) == ["IMPORT_LOST"] and "□" in item.stem


def test_a_text_box_of_word_is_read_once(tmp_path: Path) -> None:
    box = f'<w:txbxContent xmlns:w="{WORD}"><w:p><w:r><w:t>框里的话</w:t></w:r></w:p></w:txbxContent>'
    mc = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    piece = (
        f'<w:r xmlns:w="{WORD}" xmlns:mc="{mc}"><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing>{box}</w:drawing></mc:Choice>'
        f"<mc:Fallback><w:pict>{box}</w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )
    (item,) = read(a_document(tmp_path / "a.docx", piece))
    assert item.stem.count("框里的话") == 1 and codes(item) == []


@pytest.mark.parametrize(
    ("html", "lost"),
    [
        ("<p>按 <math><mi>E</mi></math> 算，正确吗？</p>", True),
        ('<p>看图 <img src="http://x/y.png"/>，正确吗？</p>', True),
        ("<p>看图 <svg><path/></svg>，正确吗？</p>", True),
        ("<p>正确吗？</p><script>x()</script>", False),
        ('<p>按 <math alttext="E=AD"><mi>E</mi></math> 算，正确吗？</p>', None),
    ],
)
def test_what_html_cannot_keep_is_told(tmp_path: Path, html: str, lost: bool | None) -> None:
    path = tmp_path / "a.xml"
    path.write_text(
        f'<quiz><question type="truefalse"><questiontext format="html"><text><![CDATA[{html}]]></text></questiontext>'
        '<answer fraction="100"><text>true</text></answer></question></quiz>',
        "utf-8",
    )
    (item,) = read(path)
    assert codes(item) == (["IMPORT_LOST"] if lost else [])
    assert codes(item, grave=False) == (["IMPORT_CLEANED"] if lost is False else [])
    assert not re.search("[\ue7fd\ue7fe]", item.stem)


def test_a_photo_of_twelve_megapixels_is_no_fault_and_a_huge_drawing_only_its_rows(tmp_path: Path) -> None:
    chance = random.Random(1)
    noise = Image.frombytes("L", (400, 300), chance.randbytes(120_000)).convert("RGB")
    out = io.BytesIO()
    noise.resize((4000, 3000)).save(out, "JPEG", quality=85)
    huge = io.BytesIO()
    Image.new("RGB", (5000, 4900), "green").save(huge, "PNG")
    document = docx.Document()
    for content in (out, huge):
        document.add_paragraph("1. 看图，排放量是多少？").add_run().add_picture(content)
        for line in ("A. 1", "B. 2", "C. 3", "答案：A"):
            document.add_paragraph(line)
    path = tmp_path / "a.docx"
    document.save(str(path))
    found = opened(path, tmp_path)
    assert (found.rows, found.pictures) == (2, 2)
    lines = (tmp_path / "pictures.jsonl").read_text("utf-8").splitlines()
    assert ["fault" in line for line in lines] == [False, True]


def test_the_annotated_sheet_keeps_what_was_typed_and_the_cases_and_stays_text(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    page: Any = book.active
    page.append(["编号", "题型", "难度", "题干", "答案", "解析", "得分点", "复核期限"])
    page.append(
        ["x-1", "填空题", "难度很大", "下列哪一项是活动数据？", "甲", "解析", "没有分值的一行", "明年"]
    )
    book.save(tmp_path / "a.xlsx")
    (item,) = read(tmp_path / "a.xlsx")
    item.stem = '=HYPERLINK("http://x")'
    path = tmp_path / "marked.xlsx"
    case = FileCase("case-1", "＝这是案例的正文。")
    sheet_marked.write(path, [("试题!2", "fault", item)], [case], lambda note: note.code)
    marked = openpyxl.load_workbook(path)
    sheet = marked.worksheets[0]
    cells = {head.value.split("\n")[0]: cell for head, cell in zip(sheet[1], sheet[2], strict=True)}
    told = {name: cells[name].value for name in ("题型", "难度", "得分点", "复核期限")}
    assert told == {"题型": "填空题", "难度": "难度很大", "得分点": "没有分值的一行", "复核期限": "明年"}
    assert cells["题干"].data_type == "s"
    assert cells["题干"].quotePrefix and not cells["题型"].quotePrefix
    second = marked.worksheets[1]
    assert (second["A2"].value, second["B2"].value) == (case.id, case.text) and second["B2"].quotePrefix
    assert next(one for one in pieces(path, tmp_path)[1] if isinstance(one, FileCase)).id == "case-1"


def test_every_right_option_of_many_has_its_share(tmp_path: Path) -> None:
    options = {letter: f"第 {letter} 项" for letter in "ABCDEFGH"}
    base = dataclasses.replace(FEW[0], type="multiple-choice", options=options)
    for count in range(2, 8):
        item = dataclasses.replace(base, key=list("ABCDEFGH"[:count]))
        text = written(tmp_path / "a.xml", "moodle", [item]).read_text("utf-8")
        shares = [float(share) for share in re.findall(r'fraction="([\d.]+)"', text)]
        assert abs(sum(shares) - 100) < 0.01, count


def rewritten(path: Path, name: str, change: Any) -> Path:
    made = path.with_suffix(".new.xlsx")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.namelist():
            content = old.read(member)
            new.writestr(member, change(content) if member == name else content)
    return made


def test_formulas_in_cells_without_a_number_are_found(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    page: Any = book.active
    page.append(["题干", "选项A", "选项B", "选项C", "答案"])
    page.append(["哪一项是活动数据？", "甲", "乙", "丙", '=IF(1=1,"A","B")'])
    book.save(tmp_path / "a.xlsx")
    bare = rewritten(
        tmp_path / "a.xlsx",
        "xl/worksheets/sheet1.xml",
        lambda content: re.sub(rb'(<(?:c|row)) r="[A-Z]*\d+"', rb"\1", content),
    )
    (item,) = read(bare)
    assert codes(item)[0] == "IMPORT_FORMULA"


def test_a_document_type_behind_much_white_space_is_found(tmp_path: Path) -> None:
    path = written(tmp_path / "a.xlsx", "xlsx", FEW[:1])

    def declared(content: bytes) -> bytes:
        head, _mark, rest = content.partition(b"?>")
        return head + b"?>" + b"<!--" + b"x" * 70_000 + b"--><!DOCTYPE x [<!ENTITY a 'b'>]>" + rest

    with pytest.raises(FileFault, match="IMPORT_XML_DOCTYPE"):
        list(pieces(rewritten(path, "xl/workbook.xml", declared), tmp_path)[1])


def test_an_empty_column_of_the_same_meaning_erases_nothing(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    page: Any = book.active
    page.append(["题干", "选项A", "选项B", "选项C", "答案", "解析", "详解"])
    page.append(["哪一项是活动数据？", "甲", "乙", "丙", "A", "这里是解析，应当保留下来。", None])
    book.save(tmp_path / "a.xlsx")
    (item,) = read(tmp_path / "a.xlsx")
    assert item.explanation == "这里是解析，应当保留下来。"
