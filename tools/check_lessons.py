#!/usr/bin/env python3
"""Check the lesson files: front matter, outline, length, figures, and what they refer to.

    python tools/check_lessons.py                               what the lessons and the programmes show
    python tools/check_lessons.py --facts DIR --competence DIR  also that every id named there exists

Prints one line per fault and exits 1 when there is any. It owns the rules of a lesson *file*; what a lesson
teaches is judged by people.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import yaml

from carbonlearn.core import yaml_text

MIN_CHARACTERS = 600
READING_PACE = 300  # Chinese characters a minute
SECTIONS = range(3, 7)
PAGES = range(12, 21)
NARROW_PIXELS = 328  # width of a figure on the smallest phone we draw for
MIN_TEXT_PIXELS = 12
KEYS: dict[str, type | tuple[type, ...]] = {
    "slug": str,
    "course": str,
    "title": str,
    "en": str,
    "kind": str,
    "summary": str,
    "competence": list,
    "facts": list,
    "sources": list,
    "review_by": dt.date,
    "extra_seconds": int,
    "extra_for": list,
    "video": (dict, type(None)),
}
KEYS_IF_ANY = ("trial", "slides")  # open to everybody without an account; the deck of a lesson of slides
KINDS = ("article", "video", "slides")
VIDEO_KEYS = ("mp4", "webm", "captions", "poster", "seconds")
VIDEO_KEYS_IF_ANY = ("captions_en",)
HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
FIGURE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)")
FACT_ROW = re.compile(r"^\|\s*([A-Z]\d{2,3})\s*\|", re.MULTILINE)
SECONDS = re.compile(r"(\d+)\s*秒")


@dataclass(frozen=True)
class Lesson:
    """One lesson file, split into its front matter and its Markdown body."""

    path: Path
    head: dict[str, object]
    body: str

    @property
    def pages(self) -> list[str]:
        """The words on each page of its deck; none for a lesson without one."""
        found = self.path.parent / "slides" / str(self.head.get("slides")) / "pages.json"
        if self.head.get("kind") != "slides" or not found.is_file():
            return []
        return [page["text"] for page in json.loads(found.read_text("utf-8"))["findings"]["pages"]]

    @property
    def text(self) -> str:
        """What is read of it: the pages of a deck, else the body."""
        return "\n".join(self.pages) or self.body


@dataclass(frozen=True)
class Known:
    """What lessons may refer to; None where the folder was not given, so that the check is left out."""

    courses: frozenset[str]
    facts: frozenset[str] | None
    points: frozenset[str] | None
    static: Path


def read_lesson(path: Path) -> Lesson:
    """Split a file at its two `---` lines; ValueError when there is no front matter."""
    text = path.read_text(encoding="utf-8")
    parts = re.match(r"---\n(.*?)\n---\n(.*)\Z", text, re.DOTALL)
    head = yaml_text.read(parts[1]) if parts else None
    if parts is None or not isinstance(head, dict):
        raise ValueError("no YAML front matter between two --- lines")
    return Lesson(path, head, parts[2])


def prose_characters(body: str) -> int:
    """Chinese characters of the running text; tables and figures are paid for in extra_seconds instead."""
    lines = [line for line in body.splitlines() if not line.lstrip().startswith(("|", "!["))]
    return len(HAN.findall("\n".join(lines)))


def front_matter_faults(lesson: Lesson) -> Iterator[str]:
    """Keys missing, unknown or of the wrong type, and values that no reader could use."""
    head = lesson.head
    yield from key_faults(head)
    for key, kind in KEYS.items():
        value = head.get(key)
        if key in head and (not isinstance(value, kind) or isinstance(value, bool)):
            yield f"front matter: {key} has the wrong type ({type(value).__name__})"
        elif isinstance(value, str) and not value.strip():
            yield f"front matter: {key} is empty"
        elif isinstance(value, list) and not all(isinstance(entry, str) and entry for entry in value):
            yield f"front matter: {key} must list texts"
    for key in ("competence", "facts", "sources"):
        if head.get(key) == []:
            yield f"front matter: {key} is empty"
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", str(head.get("slug"))):
        yield "front matter: slug must be lower case with hyphens"


def key_faults(head: Mapping[str, Any]) -> Iterator[str]:
    """Keys that are missing or unknown; the one that may be left out and says yes or no."""
    yield from (f"front matter: {key} is missing" for key in KEYS if key not in head)
    yield from (f"front matter: unknown key {key}" for key in head if key not in (*KEYS, *KEYS_IF_ANY))
    if not isinstance(head.get("trial", False), bool):
        yield "front matter: trial is true or false"


def extra_faults(lesson: Lesson) -> Iterator[str]:
    """The stated extra time must be the sum of what it is stated for, never a number of its own."""
    entries = [str(entry) for entry in _listed(lesson, "extra_for")]
    yield from (f"extra_for: no seconds in {entry!r}" for entry in entries if not SECONDS.search(entry))
    stated = lesson.head.get("extra_seconds")
    total = sum(int(seconds) for entry in entries for seconds in SECONDS.findall(entry))
    if stated != total:
        yield f"extra_seconds is {stated}, but extra_for adds up to {total}"


def kind_faults(lesson: Lesson, static: Path) -> Iterator[str]:
    """Only a video has a video, only slides have slides; both are there."""
    kind, video = lesson.head.get("kind"), lesson.head.get("video")
    if kind not in KINDS:
        yield f"kind is {kind!r}; must be {', '.join(KINDS)}"
    if kind != "video" and video is not None:
        yield f"a lesson of kind {kind} must have video: null"
    if ("slides" in lesson.head) != (kind == "slides"):
        yield "slides: is what a lesson of kind slides has"
    if kind == "slides" and not lesson.pages:
        yield f"there are no slides {lesson.head.get('slides')}"
    if kind == "video":
        yield from video_faults(video, static)


def video_faults(video: object, static: Path) -> Iterator[str]:
    """What a video names, and whether it is there."""
    if not isinstance(video, dict) or set(video) - set(VIDEO_KEYS_IF_ANY) != set(VIDEO_KEYS):
        yield f"video must name {', '.join(VIDEO_KEYS)}, and at most {', '.join(VIDEO_KEYS_IF_ANY)} besides"
        return
    if not isinstance(video["seconds"], (int, float)) or video["seconds"] <= 0:
        yield "video: seconds must be a number above zero"
    for key in (key for key in video if key != "seconds"):
        if not (static / "lessons" / str(video[key])).is_file():
            yield f"video: {key} file {video[key]} does not exist"


def body_faults(lesson: Lesson) -> Iterator[str]:
    """Length, headings and tone of the running text, or of the pages."""
    count = prose_characters(lesson.text)
    if count < MIN_CHARACTERS:
        yield f"{count} Chinese characters of prose; at least {MIN_CHARACTERS} are needed"
    if re.search(r"[！!](?!\[)", lesson.text):
        yield "an exclamation mark in the text"
    yield from page_faults(lesson) if lesson.pages else heading_faults(lesson)


def page_faults(lesson: Lesson) -> Iterator[str]:
    """How many pages, and what the last one is. A deck has no text beside it: that would earn nothing."""
    if len(lesson.pages) not in PAGES:
        yield f"{len(lesson.pages)} pages; {PAGES.start} to {PAGES.stop - 1} are needed"
    if not lesson.pages[-1].startswith("小结与自查"):
        yield "the last page must be 小结与自查"
    if lesson.body.strip():
        yield "a text beside slides earns nothing: it belongs on the pages"


def heading_faults(lesson: Lesson) -> Iterator[str]:
    """The sections of a text."""
    headings = re.findall(r"^## +(.*)$", lesson.body, re.MULTILINE)
    if len(headings) not in SECTIONS:
        yield f"{len(headings)} sections; {SECTIONS.start} to {SECTIONS.stop - 1} are needed"
    if re.search(r"^# ", lesson.body, re.MULTILINE):
        yield "the body has an H1; the page prints the title"
    if headings and "小结与自查" not in headings[-1]:
        yield "the last section must be 小结与自查"


def figure_faults(lesson: Lesson, static: Path) -> Iterator[str]:
    """Figures must exist below the static folder, carry an alt text, and be readable on a phone."""
    for alt, address in FIGURE.findall(lesson.body):
        path = static / address.removeprefix("/static/")
        if not alt.strip():
            yield f"figure {address} has no alt text"
        if not address.startswith("/static/lessons/"):
            yield f"figure {address} is not under /static/lessons/"
        elif not path.is_file():
            yield f"figure {address} does not exist"
        elif path.suffix == ".svg":
            yield from (f"figure {path.name}: {fault}" for fault in drawing_faults(path))


def drawing_faults(path: Path) -> Iterator[str]:
    """A drawing needs a title and a viewBox, no script or outside address, and text large enough to read."""
    source = path.read_text(encoding="utf-8")
    try:
        root = ElementTree.fromstring(source)  # noqa: S314 - our own drawings, not a stranger's
    except ElementTree.ParseError as error:
        yield f"not well-formed ({error})"
        return
    title = root.find("{http://www.w3.org/2000/svg}title")
    if title is None or not (title.text or "").strip():
        yield "has no <title>"
    if re.search(r"<script|@import|\son\w+=|href=[\"'](?!#)", source):
        yield "has a script, an import or an outside address"
    box = (root.get("viewBox") or "").split()
    if len(box) != 4:
        yield "has no viewBox"
        return
    scale = NARROW_PIXELS / float(box[2])
    sizes = [float(size) for size in re.findall(r"font-size[=:]\s*[\"']?([\d.]+)", source)]
    if sizes and min(sizes) * scale < MIN_TEXT_PIXELS:
        yield f"text of {min(sizes) * scale:.1f} px at {NARROW_PIXELS} px width"


def reference_faults(lesson: Lesson, known: Known) -> Iterator[str]:
    """Course, facts and competence points named must exist where their folder was given."""
    if lesson.head.get("course") not in known.courses:
        yield f"course {lesson.head.get('course')} is in no programme file"
    for key, pool in (("facts", known.facts), ("competence", known.points)):
        if pool is not None:
            yield from (f"{key}: {entry} is not known" for entry in _listed(lesson, key) if entry not in pool)


def lesson_faults(lesson: Lesson, known: Known) -> list[str]:
    """Every fault of one lesson, in the order in which an author would mend them."""
    return [
        *front_matter_faults(lesson),
        *extra_faults(lesson),
        *kind_faults(lesson, known.static),
        *reference_faults(lesson, known),
        *body_faults(lesson),
        *figure_faults(lesson, known.static),
    ]


def course_slugs(folder: Path) -> frozenset[str]:
    """Slugs of the courses in every programme file of the folder."""
    trees = [_load(path).get("courses") for path in sorted(folder.glob("*.yaml"))]
    return frozenset(slug for tree in trees for slug in _slugs(tree))


def fact_ids(folder: Path) -> frozenset[str]:
    """Ids in the first column of every table of the fact sheets."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.md"))]
    return frozenset(number for text in texts for number in FACT_ROW.findall(text))


def competence_points(folder: Path, weights: Path) -> frozenset[str]:
    """Function slugs of the weight tables, and `job type/level/number-kind` of every competence file."""
    points = {str(row["slug"]) for row in _load(weights)["functions"]}
    for path in sorted(folder.glob("*.yaml")):
        book = _load(path)
        points.update(f"{book['job_type']['slug']}/{rest}" for rest in _numbered(book["levels"]))
    return frozenset(points)


def _numbered(levels: Iterable[dict[str, Any]]) -> Iterator[str]:
    for level in levels:
        for content in (content for function in level["functions"] for content in function["contents"]):
            for kind in ("skills", "knowledge"):
                yield from (f"{level['level']}/{row['no']}-{kind}" for row in content.get(kind) or [])


def _slugs(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("slug"), str):
            yield node["slug"]
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from _slugs(child)


def _load(path: Path) -> dict[str, Any]:
    tree: dict[str, Any] = yaml_text.read(path.read_text(encoding="utf-8"))
    return tree


def _listed(lesson: Lesson, key: str) -> list[Any]:
    value = lesson.head.get(key)
    return value if isinstance(value, list) else []


def read_all(folder: Path) -> tuple[list[Lesson], list[str]]:
    """Every lesson of the folder, and the faults of those that cannot be read or share a slug."""
    lessons: list[Lesson] = []
    faults: list[str] = []
    for path in sorted(folder.glob("*.md")):
        try:
            lessons.append(read_lesson(path))
        except (ValueError, yaml.YAMLError) as error:
            faults.append(f"{path.name}: {error}")
    slugs = [str(lesson.head.get("slug")) for lesson in lessons]
    twice = sorted({slug for slug in slugs if slugs.count(slug) > 1})
    faults += [f"slug {slug} is used more than once" for slug in twice]
    return lessons, faults


def arguments(argv: list[str] | None) -> argparse.Namespace:
    """The command line: folders only, all with a default but the two that switch a check on."""
    parser = argparse.ArgumentParser(description="Check the lesson files.")
    parser.add_argument("folder", nargs="?", type=Path, default=Path("carbonlearn/catalogue/content/lessons"))
    parser.add_argument("--programmes", type=Path, default=Path("carbonlearn/catalogue/programmes"))
    parser.add_argument("--static", type=Path, default=Path("static"))
    parser.add_argument("--facts", type=Path, help="folder of fact sheets (*.md)")
    parser.add_argument("--competence", type=Path, help="folder of competence files (*.yaml)")
    parser.add_argument("--weights", type=Path, help="default: weights.yaml beside the competence folder")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Check every lesson of the folder; 0 when all are sound, 1 when one is not or there are none."""
    options = arguments(argv)
    points = None
    if options.competence:
        weights = options.weights or options.competence.parent / "weights.yaml"
        points = competence_points(options.competence, weights)
    facts = fact_ids(options.facts) if options.facts else None
    known = Known(course_slugs(options.programmes), facts, points, options.static)
    lessons, faults = read_all(options.folder)
    if not lessons:
        faults.append(f"no lessons in {options.folder}")
    for lesson in lessons:
        found = lesson_faults(lesson, known)
        count = prose_characters(lesson.text)
        minutes = count / READING_PACE
        print(f"{lesson.path.name}: {count} characters, about {minutes:.1f} min, {len(found)} faults")
        faults += [f"{lesson.path.name}: {fault}" for fault in found]
    for fault in faults:
        print(f"FAULT {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
