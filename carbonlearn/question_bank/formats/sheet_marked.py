"""The rows of a file as an Excel sheet that says what is wrong: each faulty cell coloured, with the reason beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import xlsxwriter

from carbonlearn.question_bank.formats.entry import FileItem, Note
from carbonlearn.question_bank.formats.sheet_layout import COLUMNS, ITEMS, title
from carbonlearn.question_bank.formats.sheet_write import LONGEST_CELL, cell_values

RED, YELLOW = "#F8D2CF", "#FFF1C2"
MOST_REMARKS = 5000  # remarks are held in memory until the end; the last column says everything for every row
COLUMN_OF = {"options": "A", "key": "answer", "reference": "answer", "row": "id", "pictures": "stem"}
VERDICT_WORDS = {"new": "新题 New", "changed": "有改动 Changed", "same": "相同 Same", "fault": "有错 Fault"}


def write(path: Path, rows: Iterable[tuple[str, str, FileItem]], say: Callable[[Note], str]) -> None:
    """``rows`` are (place, verdict, item with its notes); ``say`` puts a note into words."""
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(str(path), options) as book:
        head = book.add_format(
            {"bold": True, "text_wrap": True, "bg_color": "#E6F0EC", "border": 1, "valign": "top"}
        )
        styles = {
            colour: book.add_format({"text_wrap": True, "valign": "top", "bg_color": colour})
            for colour in (RED, YELLOW)
        }
        styles[""] = book.add_format({"text_wrap": True, "valign": "top"})
        sheet = book.add_worksheet(ITEMS)
        sheet.freeze_panes(1, 1)
        heads = [
            *((title(name), width) for name, width in COLUMNS),
            ("结论\nVerdict", 14),
            ("原因和办法\nReasons", 70),
            ("位置\nPlace", 14),
        ]
        for column, (words, width) in enumerate(heads):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, words, head)
        left = MOST_REMARKS
        for number, (place, verdict, item) in enumerate(rows, 1):
            left -= _row(sheet, number, (place, verdict, item), say, styles, left)


def _row(
    sheet: Any,
    number: int,
    told: tuple[str, str, FileItem],
    say: Callable[[Note], str],
    styles: dict[str, Any],
    left: int,
) -> int:
    """One row; how many remarks it took."""
    place, verdict, item = told
    values = cell_values(item)
    reasons: dict[str, list[Note]] = {}
    for note in item.notes:
        reasons.setdefault(COLUMN_OF.get(note.field, note.field), []).append(note)
    for column, (name, _width) in enumerate(COLUMNS):
        notes = reasons.get(name, [])
        colour = "" if not notes else RED if any(note.grave for note in notes) else YELLOW
        sheet.write_string(number, column, values.get(name, "")[:LONGEST_CELL], styles[colour])
        if notes and left > 0:
            sheet.write_comment(number, column, "\n".join(map(say, notes)), {"x_scale": 2})
    everything = "\n".join(map(say, item.notes))[:LONGEST_CELL]
    for offset, words in enumerate((VERDICT_WORDS.get(verdict, verdict), everything, place)):
        sheet.write_string(number, len(COLUMNS) + offset, words, styles[""])
    return len(reasons)
