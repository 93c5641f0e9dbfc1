"""What a lesson page plays or shows: the recording's qualities and captions, or the pages of a deck, each with its address.

A lesson loaded from a file names static files; one written at the desk names uploads. The page sees one shape for both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for

from carbonlearn.catalogue.models import LessonVersion
from carbonlearn.web.assets import asset

RECORDED = ("video", "audio")
FILE_TYPES = {"webm": "video/webm", "mp4": "video/mp4"}
FILE_CAPTIONS = {"captions": "zh", "captions_en": "en"}


@dataclass(frozen=True, slots=True)
class Source:
    """One file of one quality."""

    url: str
    type: str


@dataclass(frozen=True, slots=True)
class Quality:
    """A quality by its label, with the file formats that a browser may choose from."""

    label: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Caption:
    """A caption file and its language, ``zh`` or ``en``."""

    lang: str
    url: str


@dataclass(frozen=True, slots=True)
class Recording:
    """A film or a sound recording; ``qualities`` has at least one."""

    poster: str | None
    qualities: tuple[Quality, ...]
    captions: tuple[Caption, ...]

    @property
    def sources(self) -> tuple[Source, ...]:
        """Every file, for sound, where the browser alone chooses."""
        return tuple(source for quality in self.qualities for source in quality.sources)


@dataclass(frozen=True, slots=True)
class Slide:
    """One page of a deck as a picture, with its words."""

    anchor: str
    title: str
    url: str
    width: int
    height: int
    text: str


def recording_of(kind: str, media: Mapping[str, Any]) -> Recording | None:
    """What the player of this lesson needs; None for a lesson that is read."""
    if kind not in RECORDED or not media:
        return None
    return _uploaded(media) if "sources" in media else _from_files(media)


def slides_of(version: LessonVersion) -> tuple[Slide, ...]:
    """The pages of a deck in order; empty for other lessons. Page and part of the outline are the same thing."""
    pages: Sequence[Mapping[str, Any]] = version.media.get("pages", ())
    return tuple(
        Slide(
            part["anchor"], part["title"], _upload(page["media"]), page["width"], page["height"], page["text"]
        )
        for part, page in zip(version.outline, pages, strict=True)
    )


def _uploaded(media: Mapping[str, Any]) -> Recording:
    by_label: dict[str, list[Source]] = {}
    for source in media["sources"]:
        by_label.setdefault(source["label"], []).append(Source(_upload(source["media"]), source["type"]))
    poster = media.get("poster")
    return Recording(
        poster=_upload(poster) if poster else None,
        qualities=tuple(Quality(label, tuple(sources)) for label, sources in by_label.items()),
        captions=tuple(Caption(one["lang"], _upload(one["media"])) for one in media.get("captions", ())),
    )


def _from_files(media: Mapping[str, Any]) -> Recording:
    files = tuple(Source(_static(media[name]), kind) for name, kind in FILE_TYPES.items() if media.get(name))
    captions = tuple(
        Caption(lang, _static(media[name])) for name, lang in FILE_CAPTIONS.items() if media.get(name)
    )
    return Recording(_static(media["poster"]), (Quality("", files),), captions)


def _static(name: str) -> str:
    return asset(f"lessons/{name}")


def _upload(media_id: str) -> str:
    return url_for("media.file", media_id=media_id, variant="file")
