"""Options of form fields come in the one shape that WTForms keeps: no raw tuples, which it is about to refuse."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from wtforms import Form, SelectField

from carbonlearn.web.choices import choices_of, grouped_choices
from tests.support.source import name_of, python_files

MAKERS = {"choices_of", "grouped_choices"}


def raw_choices(source: str) -> list[int]:
    """The lines on which a field is given options by anything but the two makers."""
    given = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("Field"):
            given += [keyword.value for keyword in node.keywords if keyword.arg == "choices"]
        if isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Attribute) and target.attr == "choices" for target in node.targets
        ):
            given.append(node.value)
    return [
        value.lineno
        for value in given
        if not (isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id in MAKERS)
    ]


def test_every_field_gets_its_options_from_the_makers() -> None:
    files: list[Path] = list(python_files("carbonlearn"))
    assert any("choices" in path.read_text("utf-8") for path in files)
    raw = [f"{name_of(path)}:{line}" for path in files for line in raw_choices(path.read_text("utf-8"))]
    assert raw == []


def test_a_raw_tuple_is_noticed() -> None:
    assert raw_choices("field = SelectField(choices=[('a', 'A')])") == [1]
    assert raw_choices("form.field.choices = {'': [('a', 'A')]}") == [1]
    assert raw_choices("form.field.choices = choices_of([('a', 'A')])") == []


@pytest.mark.filterwarnings("error::DeprecationWarning:wtforms")
def test_the_options_render_in_order_under_their_headings() -> None:
    class Chooser(Form):
        plain = SelectField(choices=choices_of([("b", "Beta"), ("a", "Alpha")]))
        sorted_out = SelectField(choices=grouped_choices({"": [("", "none")], "Greek": [("a", "Alpha")]}))

    form = Chooser()
    assert [(choice.value, choice.label) for choice in form.plain.iter_choices()] == [
        ("b", "Beta"),
        ("a", "Alpha"),
    ]
    page = str(form.sorted_out())
    assert page.index('value=""') < page.index("<optgroup") < page.index('value="a"')
    assert page.count("<optgroup") == 1
