"""Excel files: the sheet that has a stem column, row by row; cases and pictures from their sheets.

Values come from calamine, which runs no macro and computes no formula. Where a cell holds a formula or belongs to a merged range, nobody
can know what its author meant: the row says so and is not taken.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError

from carbonlearn.question_bank.formats.archive import opened
from carbonlearn.question_bank.formats.entry import FileCase, FileFault, FileItem, Piece
from carbonlearn.question_bank.formats.fields import answer, field_of, put
from carbonlearn.question_bank.formats.sheet_parts import formula_cells, pictures_of, sheet_paths
from carbonlearn.question_bank.formats.texts import clean, line
from carbonlearn.question_bank.formats.words import folded, letters_of, text_of_cell, truth_of
from carbonlearn.question_bank.rules.item import LETTERS, MULTIPLE, SHORT, SINGLE, TRUE_FALSE

HEAD_WITHIN = 10
CASE_SHEETS = {"案例cases", "案例", "cases"}
PICTURE_SHEETS = {"图片pictures", "图片", "pictures"}
OPTION_HEAD = re.compile(r"(?:选项|option|答案选项|备选项)?([a-h])(?:选项|option[a-h])?")
NEEDED = {"stem"}
MAX_COLUMNS = 60

Row = list[Any]


def read(path: Path) -> Iterator[Piece]:
    """The items, cases and pictures of a workbook. Raises FileFault."""
    try:
        with opened(path) as archive, CalamineWorkbook.from_path(str(path)) as book:
            yield from _read(archive, book)
    except PasswordError as error:
        raise FileFault("IMPORT_LOCKED") from error
    except CalamineError as error:
        raise FileFault("IMPORT_BROKEN_ARCHIVE") from error


def _read(archive: zipfile.ZipFile, book: CalamineWorkbook) -> Iterator[Piece]:
    paths = sheet_paths(archive)
    named = {folded(name): name for name in book.sheet_names}
    taken = False
    for name in book.sheet_names:
        if folded(name) in CASE_SHEETS | PICTURE_SHEETS:
            continue
        sheet = book.get_sheet_by_name(name)
        head = _head(sheet)
        if head:
            taken = True
            yield from _items(sheet, *head, formula_cells(archive, paths.get(name, "")))
    if not taken:
        raise FileFault("IMPORT_NO_ITEM_SHEET", sheets="、".join(book.sheet_names)[:120])
    for one in sorted(CASE_SHEETS & named.keys()):
        yield from _cases(book.get_sheet_by_name(named[one]))
    for one in sorted(PICTURE_SHEETS & named.keys()):
        names = {
            number: text_of_cell(row[0]) for number, row in _rows(book.get_sheet_by_name(named[one])) if row
        }
        yield from pictures_of(archive, paths.get(named[one], ""), names)


def _rows(sheet: CalamineSheet) -> Iterator[tuple[int, Row]]:
    """Each row with its number as Excel counts; cells from column A on."""
    if sheet.start is None:
        return
    for number, row in enumerate(sheet.iter_rows(), 1):
        yield number, row[:MAX_COLUMNS]


def _head(sheet: CalamineSheet) -> tuple[int, list[str]] | None:
    """Where the headings stand and what each column is; None for a sheet without a stem column."""
    for number, row in _rows(sheet):
        if number > HEAD_WITHIN:
            return None
        columns = [_column(text_of_cell(cell)) for cell in row]
        if set(columns) >= NEEDED and len(set(columns) - {""}) > 1:
            return number, columns
    return None


def _column(words: str) -> str:
    """The field or option letter of a heading; empty for one that means nothing to us."""
    for one in (words, *words.split("\n")):
        name = field_of(one)
        if name:
            return name
        option = OPTION_HEAD.fullmatch(folded(one))
        if option:
            return option[1].upper()
    return ""


def _items(
    sheet: CalamineSheet, head: int, columns: Sequence[str], formulas: dict[int, str]
) -> Iterator[FileItem]:
    merged = _merged(sheet, head)
    place = re.sub(r"\s.*", "", sheet.name)[:40]
    for number, row in _rows(sheet):
        texts = [text_of_cell(cell) for cell in row]
        if number <= head or not any(text.strip() for text in texts):
            continue
        said: dict[str, str] = {}
        for name, text in zip(columns, texts, strict=False):
            said[name] = (
                said.get(name) or text
            )  # of two columns that mean the same, the first that says something
        item = _item(said, columns, texts)
        item.place = f"{place}!{number}"
        if number in formulas:
            item.note("row", "IMPORT_FORMULA", cells=formulas[number])
        if number in merged:
            item.note("row", "IMPORT_MERGED", cells=merged[number])
        yield item


def _item(said: dict[str, str], columns: Sequence[str], texts: Sequence[str]) -> FileItem:
    item = FileItem()
    for name, text in said.items():
        if name and name not in LETTERS and name != "answer":
            # the drop-downs show a code with its name behind
            put(item, name, text.strip().split(" ")[0] if name in ("track", "function") else text)
    item.options = {letter: line(said[letter]) for letter in LETTERS if said.get(letter, "").strip()}
    told = next(
        (text for name, text in zip(columns, texts, strict=False) if name == "answer" and text.strip()), ""
    )
    item.type = item.type or _guessed(item, told)
    if told:
        answer(item, told)
    return item


def _guessed(item: FileItem, told: str) -> str:
    if any(note.field == "type" for note in item.notes):
        return ""
    if item.options:
        return MULTIPLE if len(letters_of(told) or []) > 1 else SINGLE
    return TRUE_FALSE if truth_of(told) is not None else SHORT


def _merged(sheet: CalamineSheet, head: int) -> dict[int, str]:
    """The rows below the headings that a merged range touches, each with that range."""
    found = {}
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or []:
        for row in range(top, min(bottom, top + 1000) + 1):
            if row + 1 > head:
                found[row + 1] = f"{_letter(left)}{top + 1}:{_letter(right)}{bottom + 1}"
    return found


def _letter(column: int) -> str:
    return (chr(64 + column // 26) if column >= 26 else "") + chr(65 + column % 26)


def _cases(sheet: CalamineSheet) -> Iterator[FileCase]:
    for number, row in _rows(sheet):
        texts = [text_of_cell(cell) for cell in row[:2]]
        if number > 1 and len(texts) == 2 and texts[0].strip():
            yield FileCase(
                line(texts[0]), clean(texts[1]), f"{re.sub(r'[ ].*', '', sheet.name)[:40]}!{number}"
            )
