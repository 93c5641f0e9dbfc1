"""A lesson as its author writes it: what it is made of, what it still lacks, how long it is, and what its page is given to show.

``Content`` is plain data, so that a draft, a version and a difference are all the same thing. Lengths are whole milliseconds and come
from the media and the text; nothing here takes one that was typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from carbonlearn.catalogue.rules.outline import Part, article_parts, recording_parts, slide_parts

ARTICLE, VIDEO, AUDIO, SLIDES = "article", "video", "audio", "slides"
KINDS = (ARTICLE, VIDEO, AUDIO, SLIDES)
TITLES = {VIDEO: "短片", AUDIO: "录音"}
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
SHORTEST_TITLE, LONGEST_TITLE = 2, 80
SHORTEST_SUMMARY, LONGEST_SUMMARY = 10, 200
QUALITY_SLACK_MS = 1_000  # two encodings of one film end within a second of each other
FIGURE = re.compile(r"!\[[^\]]*\]\(\s*<?([^)>\s]+)")
OWN_FIGURE = re.compile(r"/media/[0-9a-z]{26}/file|/static/lessons/[\w.-]+")
MEDIA_ID = re.compile(r"/media/([0-9a-z]{26})/file")
CAPTION_LANGUAGES = ("zh", "en")
LANGUAGE_LABELS = {"zh": "中文", "en": "English"}

Content = dict[str, Any]


@dataclass(frozen=True, slots=True)
class MediaFact:
    """What is known of a file that a lesson shows. ``pages`` are those of a PDF."""

    id: str
    kind: str
    content_type: str
    duration_ms: int = 0
    width: int = 0
    height: int = 0
    text: str = ""
    pages: tuple[MediaFact, ...] = field(default=())


Media = Mapping[str, MediaFact]


def blank(kind: str, title: str) -> Content:
    """A lesson to be written."""
    return {
        "kind": kind, "title": title, "en": "", "summary": "", "body": "", "media": {}, "sources": [], "facts": [], "competence": [],
        "stated": [], "review_by": "",
    }  # fmt: skip


def part_anchor(kind: str, number: int) -> str:
    """The anchor on a lesson's page of its n-th page, or of the n-th heading of its text."""
    return f"page-{number}" if kind == SLIDES else f"part-{number}"


def media_ids(content: Content) -> set[str]:
    """Every file that the lesson refers to, in its fields and in its text."""
    media = content["media"]
    named = [
        *media.get("sources", []),
        media.get("poster"),
        media.get("pdf"),
        *media.get("captions", {}).values(),
    ]
    return {one for one in named if one} | set(MEDIA_ID.findall(content["body"]))


def outline(content: Content, media: Media) -> tuple[Part, ...]:
    """The parts with their lengths. Raises ValueError while they cannot be told."""
    kind, body = content["kind"], content["body"]
    if kind == ARTICLE:
        return article_parts(body, content["stated"])
    if kind == SLIDES:
        pages = media[content["media"]["pdf"]].pages if content["media"].get("pdf") in media else ()
        if not pages:
            raise ValueError("no slides yet")
        return slide_parts([page.text for page in pages], content["stated"])
    return recording_parts(body, TITLES[kind], recording_seconds(content, media) * 1000)


def recording_seconds(content: Content, media: Media) -> int:
    """The length of the recording in whole seconds, that of its shortest encoding. Raises ValueError when there is none."""
    if "shipped" in content["media"]:
        return int(content["media"]["shipped"]["seconds"])
    lengths = [media[one].duration_ms for one in content["media"].get("sources", []) if one in media]
    if not lengths:
        raise ValueError("no recording yet")
    return min(lengths) // 1000


def faults(content: Content, media: Media, competence: frozenset[str]) -> list[tuple[str, str]]:
    """(field, stable code) of all that keeps the lesson from being published; empty when nothing does."""
    return [
        *_word_faults(content, competence),
        *_outline_faults(content, media),
        *_media_faults(content, media),
    ]


def is_title(text: str) -> bool:
    """Whether a title is neither too short nor too long, in characters."""
    return SHORTEST_TITLE <= len(text) <= LONGEST_TITLE


def _word_faults(content: Content, competence: frozenset[str]) -> Iterator[tuple[str, str]]:
    taught, figures = set(content["competence"]), FIGURE.findall(content["body"])
    wrong = {
        ("title", "LESSON_TITLE"): not is_title(content["title"]),
        ("en", "LESSON_EN"): not content["en"],
        ("summary", "LESSON_SUMMARY"): not SHORTEST_SUMMARY <= len(content["summary"]) <= LONGEST_SUMMARY,
        ("sources", "LESSON_SOURCES"): not content["sources"],
        ("competence", "LESSON_COMPETENCE"): not taught,
        ("competence", "LESSON_COMPETENCE_UNKNOWN"): not taught <= competence,
        ("review_by", "LESSON_REVIEW_BY"): not is_day(content["review_by"]),
        ("body", "LESSON_FIGURE"): any(not OWN_FIGURE.fullmatch(address) for address in figures),
        ("body", "LESSON_TRANSCRIPT"): content["kind"] == AUDIO and not content["body"].strip(),
    }
    return (fault for fault, is_so in wrong.items() if is_so)


def _outline_faults(content: Content, media: Media) -> Iterator[tuple[str, str]]:
    """What the text itself has wrong: asked for the text alone, so that a missing recording is not told twice."""
    try:
        if content["kind"] == ARTICLE:
            length = article_parts(content["body"], [])[-1].to_ms
            if not length:
                yield "body", "LESSON_EMPTY"
        else:
            recording_parts(content["body"], "", 0)
    except ValueError:
        yield "body", "LESSON_BODY"
        return
    if content["kind"] in (ARTICLE, SLIDES) and not list(_media_faults(content, media)):
        try:
            outline(content, media)
        except ValueError:
            yield "stated", "LESSON_STATED"


def _media_faults(content: Content, media: Media) -> Iterator[tuple[str, str]]:
    given, kind = content["media"], content["kind"]
    known = {one: media[one].kind for one in media_ids(content) if one in media}
    if "shipped" in given and kind == VIDEO:
        return
    wanted = {VIDEO: "video", AUDIO: "audio"}.get(kind)
    sources = given.get("sources", [])
    if wanted and (not sources or any(known.get(one) != wanted for one in sources)):
        yield "source_1", "LESSON_RECORDING"
    elif wanted and _spread([media[one].duration_ms for one in sources]) > QUALITY_SLACK_MS:
        yield "source_1", "LESSON_QUALITIES"
    if kind == SLIDES and known.get(given.get("pdf", "")) != "pdf":
        yield "pdf", "LESSON_SLIDES"
    if kind == VIDEO and known.get(given.get("captions", {}).get("zh", "")) != "captions":
        yield "captions_zh", "LESSON_CAPTIONS"
    if set(MEDIA_ID.findall(content["body"])) - {one for one, what in known.items() if what == "image"}:
        yield "body", "LESSON_FIGURE"


def _spread(lengths: list[int]) -> int:
    return max(lengths) - min(lengths)


def is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).year > 2000
    except ValueError:
        return False


def shown_media(content: Content, media: Media) -> dict[str, Any]:
    """What a lesson's page is given, by the kind: sources with their qualities, poster, captions, seconds; or the pages of slides.

    A film that ships with the program keeps its own form.
    """
    given, kind = content["media"], content["kind"]
    if "shipped" in given:
        return dict(given["shipped"])
    if kind == SLIDES:
        return {"pages": [_shown_page(page) for page in media[given["pdf"]].pages], "pdf": given["pdf"]}
    if kind not in (VIDEO, AUDIO):
        return {}
    shown: dict[str, Any] = {
        "sources": [_shown_source(media[one]) for one in best_first(given["sources"], media)],
        "seconds": recording_seconds(content, media),
    }
    if kind == VIDEO:
        shown["poster"] = given.get("poster") or None
        shown["captions"] = [
            {"lang": lang, "label": LANGUAGE_LABELS[lang], "media": given["captions"][lang]}
            for lang in CAPTION_LANGUAGES
            if given.get("captions", {}).get(lang)
        ]
    return shown


def best_first(sources: list[str], media: Media) -> list[str]:
    """The encodings with the largest picture first; of equal ones in the order given."""
    return sorted(sources, key=lambda one: -media[one].height)


def quality(fact: MediaFact) -> str:
    """What an encoding is called: the height of its picture ("720p"), or its format."""
    return f"{min(fact.width, fact.height)}p" if fact.height else fact.content_type.partition("/")[2]


def _shown_source(fact: MediaFact) -> dict[str, Any]:
    return {"label": quality(fact), "type": fact.content_type, "media": fact.id}


def _shown_page(page: MediaFact) -> dict[str, Any]:
    return {"media": page.id, "width": page.width, "height": page.height, "text": page.text}


def may_publish(writers: list[str], publisher: str) -> bool:
    """Who wrote any of a draft does not publish it."""
    return publisher not in writers
