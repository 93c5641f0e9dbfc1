"""The rows of a file as an Excel sheet that says what is wrong: each faulty cell coloured, with the reason beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import xlsxwriter

from carbonlearn.question_bank.formats.entry import FileCase, FileItem, Note
from carbonlearn.question_bank.formats.sheet_layout import CASE_HEADS, CASES, COLUMNS, ITEMS, title
from carbonlearn.question_bank.formats.sheet_write import LONGEST_CELL, RISKY, cell_values

RED, YELLOW = "#F8D2CF", "#FFF1C2"
MOST_REMARKS = 5000  # remarks are held in memory until the end; the last column says everything for every row
COLUMN_OF = {"options": "A", "key": "answer", "reference": "answer", "row": "id", "pictures": "stem"}
NOT_UNDERSTOOD = {
    "IMPORT_TYPE_UNKNOWN", "IMPORT_POOL_UNKNOWN", "IMPORT_DIFFICULTY_UNKNOWN", "IMPORT_TRACK_UNKNOWN", "IMPORT_DAY_UNKNOWN",
    "IMPORT_RUBRIC_LINE", "IMPORT_TRUTH_UNKNOWN", "IMPORT_KEY_UNKNOWN",
}  # fmt: skip
LAST = [("结论\nVerdict", 14), ("原因和办法\nReasons", 70), ("位置\nPlace", 14)]
VERDICT_WORDS = {"new": "新题 New", "changed": "有改动 Changed", "same": "相同 Same", "fault": "有错 Fault"}


def write(
    path: Path,
    rows: Iterable[tuple[str, str, FileItem]],
    cases: Iterable[FileCase],
    say: Callable[[Note], str],
) -> None:
    """``rows`` are (place, verdict, item with its notes); ``say`` puts a note into words."""
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(str(path), options) as book:
        made = _Marked(book, say)
        made.items(rows)
        made.cases(cases)


class _Marked:
    """The workbook as it grows, row by row."""

    def __init__(self, book: Any, say: Callable[[Note], str]) -> None:
        self._book, self._say, self._left = book, say, MOST_REMARKS
        self._head = book.add_format(
            {"bold": True, "text_wrap": True, "bg_color": "#E6F0EC", "border": 1, "valign": "top"}
        )
        self._styles = {
            (colour, is_risky): book.add_format(
                {"text_wrap": True, "valign": "top"}
                | ({"bg_color": colour} if colour else {})
                | ({"quote_prefix": True} if is_risky else {})
            )
            for colour in (RED, YELLOW, "")
            for is_risky in (False, True)
        }

    def items(self, rows: Iterable[tuple[str, str, FileItem]]) -> None:
        sheet = self._sheet(ITEMS, [*((title(name), width) for name, width in COLUMNS), *LAST])
        sheet.freeze_panes(1, 1)
        for number, (place, verdict, item) in enumerate(rows, 1):
            self._row(sheet, number, item)
            told = (VERDICT_WORDS.get(verdict, verdict), self._all(item.notes), place)
            for offset, words in enumerate(told):
                self._cell(sheet, number, len(COLUMNS) + offset, words)

    def cases(self, cases: Iterable[FileCase]) -> None:
        """The cases go along, so that the sheet is whole when it is sent again."""
        sheet = self._sheet(CASES, [*CASE_HEADS, LAST[1]])
        for number, case in enumerate(cases, 1):
            colour = _colour(case.notes)
            for column, words in enumerate((case.id, case.text)):
                self._cell(sheet, number, column, words, colour)
            self._cell(sheet, number, len(CASE_HEADS), self._all(case.notes))

    def _sheet(self, name: str, heads: list[tuple[str, int]]) -> Any:
        sheet = self._book.add_worksheet(name)
        for column, (words, width) in enumerate(heads):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, words, self._head)
        return sheet

    def _row(self, sheet: Any, number: int, item: FileItem) -> None:
        values = _with_said(cell_values(item), item.notes)
        reasons: dict[str, list[Note]] = {}
        for note in item.notes:
            reasons.setdefault(COLUMN_OF.get(note.field, note.field), []).append(note)
        for column, (name, _width) in enumerate(COLUMNS):
            notes = reasons.get(name, [])
            self._cell(sheet, number, column, values.get(name, ""), _colour(notes))
            if notes and self._left > 0:
                sheet.write_comment(number, column, "\n".join(map(self._say, notes)), {"x_scale": 2})
        self._left -= len(reasons)

    def _cell(self, sheet: Any, row: int, column: int, text: str, colour: str = "") -> None:
        sheet.write_string(row, column, text[:LONGEST_CELL], self._styles[colour, text.startswith(RISKY)])

    def _all(self, notes: list[Note]) -> str:
        return "\n".join(map(self._say, notes))


def _colour(notes: list[Note]) -> str:
    return "" if not notes else RED if any(note.grave for note in notes) else YELLOW


def _with_said(values: dict[str, str], notes: list[Note]) -> dict[str, str]:
    """The values with what was typed where it could not be understood: who mends the sheet must see it."""
    for note in notes:
        name = COLUMN_OF.get(note.field, note.field)
        said = note.facts.get("said")
        if note.code in NOT_UNDERSTOOD and isinstance(said, str) and said not in values.get(name, ""):
            values[name] = "\n".join(filter(None, (values.get(name, ""), said)))
    return values
