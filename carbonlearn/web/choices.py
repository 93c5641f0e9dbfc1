"""The options of a form's select and radio fields, in the shape that WTForms asks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from wtforms import SelectChoice


def choices_of(pairs: Iterable[tuple[Any, Any]], group: str | None = None) -> list[SelectChoice]:
    """One option for each (value, text), in order; all under one heading when ``group`` is given."""
    return [SelectChoice(value, text, optgroup=group) for value, text in pairs]


def grouped_choices(groups: Mapping[str, Iterable[tuple[Any, Any]]]) -> list[SelectChoice]:
    """The options of every group under its heading; those of the group without a name stand first and under none."""
    return [one for group, pairs in groups.items() for one in choices_of(pairs, group or None)]
