"""Our Moodle and QTI files as readers see them that were written elsewhere."""

from __future__ import annotations

import zipfile
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from carbonlearn.infra import rich
from carbonlearn.question_bank.formats.entry import FileItem, said
from carbonlearn.question_bank.formats.kinds import pieces
from tests.factories.item_files import shipped, written

ITEMS, CASES = shipped()
CHOICES = ("single-choice", "multiple-choice")


def items_in(path: Path) -> list[FileItem]:
    return [piece for piece in pieces(path, path.parent)[1] if isinstance(piece, FileItem)]


def test_another_moodle_reader_finds_every_choice_with_its_fractions(tmp_path: Path) -> None:
    """moodle-xml-parser (MIT) knows multichoice questions."""
    reader: Any = import_module("moodle_xml_parser.parser")
    found = reader._parse_root_to_questions(
        reader._parse_to_root(written(tmp_path / "a.xml", "moodle", ITEMS, CASES).read_bytes())
    )
    wanted = [item for item in ITEMS if item.type in CHOICES]
    assert len(found["multichoice"]) == len(wanted) > 500
    for item, one in zip(wanted, found["multichoice"], strict=True):
        assert (one.name, one.single) == (item.id, item.type == "single-choice")
        assert [option.answer for option in one.options] == list(item.options.values())
        assert [
            letter
            for letter, option in zip(item.options, one.options, strict=True)
            if float(option.score_fraction) > 0
        ] == item.key


def test_another_qti_reader_finds_choices_keys_and_explanations(tmp_path: Path) -> None:
    """onyx2moodle (MIT) reads QTI 2.1 items."""
    _read_by_onyx(written(tmp_path / "a.zip", "qti21", ITEMS, CASES), ITEMS)


def test_a_qti_3_package_says_the_same_to_readers_that_are_not_ours(tmp_path: Path) -> None:
    """citolab-qti-convert (GPL, for tests alone) reads QTI 3.0 and writes 2.1, which onyx2moodle reads; our reader has no part in it."""
    converter: Any = import_module("qti_convert")
    some = [item for number, item in enumerate(ITEMS) if number % 5 == 0]
    converter.downgrade_package(
        str(written(tmp_path / "a.zip", "qti30", some, CASES)), str(tmp_path / "b.zip")
    )
    assert {item.type for item in some} == {item.type for item in ITEMS}
    _read_by_onyx(tmp_path / "b.zip", some)


def _read_by_onyx(package: Path, items: list[FileItem]) -> None:
    reader: Any = import_module("onyx2moodle.parser")
    folder = package.parent / "package"
    with zipfile.ZipFile(package) as archive:
        archive.extractall(folder)
    for item in items:
        one = reader.parse_item(folder / "items" / f"{item.id}.xml")
        (interaction,) = one.interactions
        right = one.response_decls["RESPONSE"].correct_values
        assert len(one.feedback) == 1 and one.title == item.id
        if item.type in CHOICES:
            assert interaction.kind == "choice" and list(right) == item.key
            assert [choice.identifier for choice in interaction.choices] == list(item.options)
        elif item.type == "true-false":
            assert list(right) == [str(item.key[0]).lower()]
        else:
            assert interaction.kind == "extendedText"


@pytest.mark.parametrize(("kind", "convert"), [("qti21", "upgrade_package"), ("qti30", "downgrade_package")])
def test_a_package_that_another_program_converts_to_the_other_version_says_the_same(
    tmp_path: Path, kind: str, convert: str
) -> None:
    """citolab-qti-convert (GPL, for tests alone) puts shared stimuli into each body on the way to 2.1; all else must stay."""
    converter: Any = import_module("qti_convert")
    source, target = written(tmp_path / "a.zip", kind, ITEMS, CASES), tmp_path / "b.zip"
    getattr(converter, convert)(str(source), str(target))
    got = items_in(target)
    assert len(got) == len(ITEMS)
    texts = {case.id: case.text for case in CASES}
    for was, now in zip(ITEMS, got, strict=True):
        inlined = f"{texts[was.case]}\n\n" if kind == "qti30" and was.case else ""
        # a table may be spelt in more than one way; what is shown is the same
        assert rich.html(now.stem) == rich.html(inlined + was.stem)
        assert said(now) | {"stem": ""} == said(was) | {"stem": ""}
