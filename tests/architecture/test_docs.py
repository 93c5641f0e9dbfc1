from __future__ import annotations

import ast
import re
from collections import Counter

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po
from flask import Flask
from jinja2 import Environment

from tests.support.source import ROOT, name_of, python_files, templates

CATALOGUE = ROOT / "carbonlearn" / "locale" / "en" / "LC_MESSAGES" / "messages.po"
KEYWORDS = {
    "_": None,
    "_l": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "sentence": None,
}
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")
HAN = re.compile(r"[\u3400-\u9fff]")


def settings_read() -> set[str]:
    """The names of the settings that the program asks the environment for."""
    tree = ast.parse((ROOT / "carbonlearn" / "infra" / "config.py").read_text("utf-8"))
    names = {
        argument.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for argument in node.args[:2]
        if isinstance(argument, ast.Constant)
        and isinstance(argument.value, str)
        and re.fullmatch(r"[A-Z][A-Z_]+", argument.value)
    }
    return {f"CARBONLEARN_{name}" for name in names}


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_every_setting_is_documented(readme: str) -> None:
    read = settings_read()
    assert {"CARBONLEARN_DATABASE_URL", "CARBONLEARN_FIELD_KEY", "CARBONLEARN_WORKERS"} <= read
    text = (ROOT / readme).read_text("utf-8")
    assert sorted(name for name in read if name not in text) == []


def test_no_table_is_named_twice() -> None:
    names = Counter(
        node.value.value
        for path in python_files("carbonlearn")
        if path.name == "models.py"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Assign)
        and getattr(node.targets[0], "id", "") == "__tablename__"
        and isinstance(node.value, ast.Constant)
    )
    assert len(names) > 30
    assert [name for name, count in names.items() if count > 1] == []


def messages_of_templates() -> dict[str, str]:
    found: dict[str, str] = {}
    environment = Environment(extensions=["jinja2.ext.i18n"])
    for path in templates():
        if "gallery" not in path.parts:
            for _, _, message in environment.extract_translations(path.read_text("utf-8")):
                for text in message if isinstance(message, tuple) else (message,):
                    if text:
                        found.setdefault(text, name_of(path))
    return found


def messages_of_python() -> dict[str, str]:
    found: dict[str, str] = {}
    for path in python_files("carbonlearn"):
        for _, message, _, _ in extract_from_file("python", str(path), keywords=KEYWORDS):
            for text in message if isinstance(message, tuple) else (message,):
                if text:
                    found.setdefault(text, name_of(path))
    return found


def english() -> dict[str, str]:
    with CATALOGUE.open("rb") as file:
        catalogue = read_po(file)
    return {
        part: (entry.string if isinstance(entry.string, str) else entry.string[0])
        for entry in catalogue
        if entry.id and not entry.fuzzy
        for part in (entry.id if isinstance(entry.id, tuple) else (entry.id,))
    }


@pytest.mark.parametrize("messages", [messages_of_templates, messages_of_python], ids=["templates", "python"])
def test_every_sentence_has_an_english_translation(messages) -> None:  # type: ignore[no-untyped-def]
    wanted, known = messages(), english()
    assert len(wanted) > 100
    missing = {text: place for text, place in wanted.items() if HAN.search(text) and not known.get(text)}
    assert missing == {}, f"{len(missing)} sentences without English"


def test_a_translation_names_the_same_facts_and_holds_no_chinese() -> None:
    differing = {
        zh: en
        for zh, en in english().items()
        if en and sorted(set(PLACEHOLDER.findall(zh))) != sorted(set(PLACEHOLDER.findall(en)))
    }
    assert differing == {}


def test_the_compiled_catalogue_is_the_one_that_is_written(app: Flask) -> None:
    from flask_babel import force_locale, gettext

    with app.test_request_context(), force_locale("en"):
        shown = {zh: gettext(zh) for zh in list(english())[:50]}
    assert all(not HAN.search(en) or HAN.search(english()[zh]) for zh, en in shown.items())
