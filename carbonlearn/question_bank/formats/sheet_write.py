"""Items as an Excel file, which is also the template: drop-downs, both languages, a sheet of instructions.

Everything is written as text: what begins with ``=`` stays text, and is marked so that it stays text when somebody edits the cell.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import xlsxwriter

from carbonlearn.infra import rich
from carbonlearn.question_bank.formats.entry import FileCase, FileItem, Outgoing
from carbonlearn.question_bank.formats.fields import answer_text, rubric_text, track_text, version_text
from carbonlearn.question_bank.formats.pictures import png_of
from carbonlearn.question_bank.formats.sheet_layout import (
    CASE_HEADS,
    CASES,
    COLUMNS,
    HELP,
    HELP_LINES,
    ITEMS,
    LISTS,
    PICTURES,
    Choices,
    title,
)
from carbonlearn.question_bank.formats.word_read import picture_label
from carbonlearn.question_bank.formats.words import POOL_NAMES, TYPE_NAMES

RISKY = ("=", "+", "-", "@", "\t", "\r", "'", "＝", "＋", "－", "＠")
LONGEST_CELL = 32_000
FILLED_ROWS = 20_001  # how far the drop-downs reach
PICTURE_ROW = 120  # points


def write(path: Path, outgoing: Outgoing, choices: Choices | None = None) -> None:
    """Write the file. Without items it is the template."""
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(str(path), options) as book:
        made = _Made(book, outgoing)
        made.items(outgoing.counted(), choices or Choices())
        made.cases(outgoing.cases)
        made.pictures()
        made.help()
        made.lists(choices or Choices())


def cell_values(item: FileItem, *, english: bool = False) -> dict[str, str]:
    """What stands in the columns of an item's row."""
    word = int(english)
    kind, pool = TYPE_NAMES.get(item.type), POOL_NAMES.get(item.pool)
    return {
        "id": item.id,
        "pool": pool[word] if pool else item.pool,
        "track": track_text(item),
        "function": item.function,
        "type": kind[word] if kind else item.type,
        "difficulty": str(item.difficulty or ""),
        "case": item.case,
        "stem": item.stem,
        "answer": answer_text(item, english=english),
        "rubric": rubric_text(item),
        "explanation": item.explanation,
        "source": item.source,
        "competence": "、".join(item.competence),
        "facts": "、".join(item.facts),
        "review_by": item.review_by,
        "version": version_text(item),
    } | dict(item.options)


class _Made:
    """The workbook as it grows, row by row; a row that is written is gone from memory."""

    def __init__(self, book: Any, outgoing: Outgoing) -> None:
        self._book, self._outgoing = book, outgoing
        self._head = book.add_format(
            {"bold": True, "text_wrap": True, "bg_color": "#E6F0EC", "border": 1, "valign": "top"}
        )
        self._text = book.add_format({"text_wrap": True, "valign": "top"})
        self._kept = book.add_format({"text_wrap": True, "valign": "top", "quote_prefix": True})
        self._shown: dict[str, None] = {}

    def items(self, items: Iterable[FileItem], choices: Choices) -> None:
        sheet = self._sheet(ITEMS, [(title(name), width) for name, width in COLUMNS])
        sheet.freeze_panes(1, 1)
        self._drop_downs(sheet, choices)
        for number, item in enumerate(items, 1):
            values = cell_values(item, english=self._outgoing.english)
            for column, (name, _width) in enumerate(COLUMNS):
                self.cell(sheet, number, column, values.get(name, ""))
            self._note_pictures(item.stem, item.explanation, item.reference)

    def cell(self, sheet: Any, row: int, column: int, text: str) -> None:
        if text:
            sheet.write_string(
                row, column, text[:LONGEST_CELL], self._kept if text.startswith(RISKY) else self._text
            )

    def _note_pictures(self, *texts: str) -> None:
        for text in texts:
            if "](media:" in text:
                self._shown |= dict.fromkeys(rich.pictures_in(text))

    def _sheet(self, name: str, head: list[tuple[str, int]]) -> Any:
        sheet = self._book.add_worksheet(name)
        for column, (words, width) in enumerate(head):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, words, self._head)
        return sheet

    def _drop_downs(self, sheet: Any, choices: Choices) -> None:
        places = {name: column for column, (name, _width) in enumerate(COLUMNS)}
        word = int(self._outgoing.english)
        short = {
            "pool": [names[word] for names in POOL_NAMES.values()],
            "type": [names[word] for names in TYPE_NAMES.values()],
            "difficulty": ["1", "2", "3", "4", "5"],
        }
        for name, source in short.items():
            _offer(sheet, places[name], source)
        for name, column, count in (
            ("track", "A", len(choices.tracks)),
            ("function", "B", len(choices.functions)),
        ):
            if count:
                _offer(sheet, places[name], f"='{LISTS}'!${column}$2:${column}${count + 1}")

    def cases(self, cases: Iterable[FileCase]) -> None:
        sheet = self._sheet(CASES, CASE_HEADS)
        for number, case in enumerate(cases, 1):
            self.cell(sheet, number, 0, case.id)
            self.cell(sheet, number, 1, case.text)
            self._note_pictures(case.text)

    def pictures(self) -> None:
        sheet = self._sheet(PICTURES, [("名称\nName", 30), ("图片\nPicture", 60)])
        row = 1
        for picture_id in self._shown:
            content = self._outgoing.picture(picture_id)
            if content is None:
                continue
            png = png_of(content)
            sheet.set_row(row, PICTURE_ROW)
            self.cell(sheet, row, 0, picture_id)
            about = {
                "image_data": io.BytesIO(png),
                "description": picture_label(picture_id, png),
                "x_scale": 0.25,
                "y_scale": 0.25,
            }
            sheet.insert_image(row, 1, f"{picture_id}.png", about)
            row += 1

    def help(self) -> None:
        sheet = self._sheet(HELP, [("说明", 90), ("Instructions", 90)])
        for number, lines in enumerate(HELP_LINES, 1):
            for column, words in enumerate(lines):
                self.cell(sheet, number, column, words)

    def lists(self, choices: Choices) -> None:
        sheet = self._sheet(LISTS, [("工种等级\nTrack", 40), ("职业功能\nFunction", 60)])
        for row in range(max(len(choices.tracks), len(choices.functions))):
            for column, offered in enumerate((choices.tracks, choices.functions)):
                if row < len(offered):
                    self.cell(sheet, row + 1, column, " ".join(offered[row]))
        sheet.protect()


def _offer(sheet: Any, column: int, source: list[str] | str) -> None:
    """A drop-down in a column. What is not in it is asked about, not forbidden: codes of tracks may be typed."""
    told = {"validate": "list", "source": source, "error_type": "warning"}
    sheet.data_validation(1, column, FILLED_ROWS, column, told)
