"""What the lesson editor sends: named fields, unknown ones refused, lists one entry a line."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from werkzeug.datastructures import MultiDict

from carbonlearn.catalogue.rules.lesson import AUDIO, SLIDES, VIDEO, Content
from carbonlearn.core.errors import Invalid
from carbonlearn.web.i18n import ZONE

LONGEST = {
    "title": 120, "en": 200, "summary": 400, "body": 60_000, "sources": 6_000, "competence": 6_000, "stated": 4_000, "review_by": 20,
}  # fmt: skip
LINES = ("sources", "competence", "stated")
SOURCES = ("source_1", "source_2", "source_3", "source_4")
MEDIA_FIELDS = {VIDEO: (*SOURCES, "poster", "captions_zh", "captions_en"), AUDIO: SOURCES, SLIDES: ("pdf",)}
BESIDE = ("csrf_token", "revision", "replaces", "added")
LONGEST_BESIDE = 200

Form = MultiDict[str, str]


def read_content(form: Form, before: Content) -> Content:
    """The content that was typed over another. Raises Invalid for a field that the editor does not have, or far too long a text."""
    media_fields = MEDIA_FIELDS.get(before["kind"], ())
    for name, values in form.lists():
        if name not in (*LONGEST, *media_fields, *BESIDE) or len(values) > 1:
            raise Invalid("UNKNOWN_FIELD", field=name[:40])
        if len(values[0]) > LONGEST.get(name, LONGEST_BESIDE):
            raise Invalid("INVALID_FIELD", field=name, rule="wrong_length")
    typed: dict[str, Any] = {name: _plain(form.get(name, "")) for name in LONGEST if name in form}
    for name in LINES:
        if name in typed:
            typed[name] = [line.strip() for line in typed[name].splitlines() if line.strip()]
    return {**before, **typed, "media": _media(form, before)}


def _plain(text: str) -> str:
    """With line ends as our own files have them; the text itself is left as it was typed, but for blanks around one line."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return lines if "\n" in lines else lines.strip()


def _media(form: Form, before: Content) -> dict[str, Any]:
    """The files chosen. A film that ships with the program stays until other recordings are chosen."""
    kind = before["kind"]
    fields = MEDIA_FIELDS.get(kind, ())
    if not any(name in form for name in fields):
        return dict(before["media"])
    if kind == SLIDES:
        return {"pdf": form["pdf"]} if form.get("pdf") else {}
    sources = list(dict.fromkeys(form[name] for name in SOURCES if form.get(name)))
    if not sources and "shipped" in before["media"]:
        return dict(before["media"])
    chosen: dict[str, Any] = {"sources": sources}
    if kind == VIDEO:
        chosen["poster"] = form.get("poster", "")
        chosen["captions"] = {
            lang: form[name] for lang in ("zh", "en") if form.get(name := f"captions_{lang}")
        }
    return chosen


def number_of(form: Form, name: str) -> int:
    """A whole number of the form, 0 where there is none."""
    text = form.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def beginning_of(text: str) -> datetime | None:
    """The first instant of a day as the programmes count days; None for no day. Raises Invalid."""
    if not text:
        return None
    try:
        return datetime.combine(date.fromisoformat(text), time(), ZONE)
    except ValueError as error:
        raise Invalid("LESSON_DAY", field="effective_from") from error


def only(form: Form, *allowed: str) -> None:
    """Raises Invalid for a field that is not among these."""
    for name in form:
        if name not in (*allowed, "csrf_token"):
            raise Invalid("UNKNOWN_FIELD", field=name[:40])
