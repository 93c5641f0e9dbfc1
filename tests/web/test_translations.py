"""The English catalogue against the texts that stand in the code and templates today."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po
from flask import Flask
from flask.testing import FlaskClient

from tests.support.source import ROOT

CATALOGUE = ROOT / "carbonlearn" / "locale" / "en" / "LC_MESSAGES" / "messages.po"
KEYWORDS = {
    "_": None,
    "_l": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "lazy_pgettext": ((1, "c"), 2),
}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w*\}")
CHINESE = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
CURLY = re.compile(r"[\u2018-\u201d]")
PROPER_NAMES: dict[str, str] = {}
"""A Chinese name that has no English form, and why. None so far."""
TAG = re.compile(r"<(script|style|svg)\b.*?</\1>|<[^>]+>", re.DOTALL)
NAMES_OF_LANGUAGES = {"中文"}  # each language is offered under its own name


@cache
def catalogue() -> Catalog:
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="en")


def texts(value: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value or ("",))


def entries() -> Iterator[tuple[Message, str, str]]:
    """Each entry with each of its English texts and the Chinese it stands for."""
    for entry in catalogue():
        if entry.id:
            chinese = texts(entry.id)
            for place, english in enumerate(texts(entry.string)):
                yield entry, chinese[min(place, len(chinese) - 1)], english


def extracted() -> set[tuple[str | None, str]]:
    with (ROOT / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    found = extract_from_dir(
        ROOT, methods, options, KEYWORDS, directory_filter=lambda path: ".venv" not in path
    )
    return {(context, texts(message)[0]) for _, _, message, _, context in found if texts(message)[0]}


def test_the_catalogue_holds_every_text_of_code_and_templates() -> None:
    held = {(entry.context, texts(entry.id)[0]) for entry in catalogue() if entry.id}
    found = extracted()
    assert len(found) > 1000
    assert found - held == set(), "run `make messages` and translate"


def test_every_text_is_translated_and_none_is_a_guess() -> None:
    assert [zh for entry, zh, en in entries() if not en or entry.fuzzy] == []


def test_both_sides_name_the_same_facts() -> None:
    def facts(text: str) -> Counter[str]:
        return Counter(PLACEHOLDER.findall(text))

    assert [(zh, en) for _, zh, en in entries() if facts(zh) != facts(en)] == []


def test_no_chinese_stands_in_the_english() -> None:
    assert [en for _, zh, en in entries() if CHINESE.search(en) and zh not in PROPER_NAMES] == []


def test_no_translation_can_break_the_markup_it_is_set_into() -> None:
    # Templates take a translation as markup, and often inside an attribute.
    assert [en for _, _, en in entries() if re.search(r'["<>&]', en)] == []


def test_quotation_marks_are_plain_for_chinese_fonts_draw_curly_ones_a_full_square_wide() -> None:
    assert [en for _, _, en in entries() if CURLY.search(en)] == []


def test_english_is_calm() -> None:
    assert [en for _, _, en in entries() if "!" in en] == []


def test_one_day_and_two_days_are_told_apart(app: Flask) -> None:
    from flask_babel import force_locale, ngettext

    with app.test_request_context(), force_locale("en"):
        said = [ngettext("最早的已等 %(num)s 天", "最早的已等 %(num)s 天", count) for count in (1, 2)]
    assert said == ["the oldest has waited 1 day", "the oldest has waited 2 days"]


def test_the_head_of_the_catalogue_names_the_project_and_no_placeholder() -> None:
    head = CATALOGUE.read_text("utf-8").split("\n\n", 1)[0]
    assert "Project-Id-Version: carbonlearn" in head
    assert [
        word for word in ("PROJECT", "ORGANIZATION", "EMAIL", "FULL NAME", "example") if word in head
    ] == []


@pytest.mark.parametrize("address", ["/", "/sign-in", "/v", "/password-code", "/programmes", "/nowhere"])
def test_a_page_asked_for_in_english_holds_no_chinese(client: FlaskClient, address: str) -> None:
    page = client.get(f"{address}?lang=en").get_data(as_text=True)
    words = [line.strip() for line in TAG.sub("\n", page).splitlines()]
    assert [word for word in words if CHINESE.search(word) and word not in NAMES_OF_LANGUAGES] == []
