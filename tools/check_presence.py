"""Checks the presence questions: the short questions that ask, while somebody studies, whether they are there.

Owns what such a file must look like: one for each lesson, at least two questions on every part that has running
text (of a deck, at least one on every three pages), keys spread so that guessing one letter does not pay, and no
question that comes near another one or near an item of an exam. Exit 0 when every file is sound, 1 when there is
a fault.
"""

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from carbonlearn.core import yaml_text
from tools.check_items import ALL_OF_THE_ABOVE, MARKED_NEGATIVE, NEGATIVE_STEM, SINGLE, TRUE_FALSE, read_items
from tools.check_lessons import Lesson, prose_characters, read_all

Question = dict[str, Any]

PACKAGE = Path(__file__).resolve().parent.parent / "carbonlearn"
LESSONS = PACKAGE / "catalogue" / "content" / "lessons"
CONTENT = PACKAGE / "question_bank" / "content"

KEYS = {SINGLE: {"id", "part", "type", "stem", "options", "key", "explanation"}}
KEYS[TRUE_FALSE] = KEYS[SINGLE] - {"options"}
SECTION, PAGE = "节", "页"
FEWEST, FEWEST_OF_A_PART = 8, 2
LONGEST_STRETCH = 2  # pages of a deck in a row that nothing is asked about
SINGLE_SHARE = (0.6, 0.75)  # about two thirds; a true/false question is guessed too easily to be the rule
LONGEST_STEM, LONGEST_OPTION = 60, 30  # read on a phone, in the middle of a lesson
EXPLANATION_LENGTH = range(20, 101)
WIDEST_GAP = 6  # characters between the shortest and the longest option of one question
KEY_LONGEST_SHARE = 0.25  # what chance would give; more, and the longest option may be picked unread
LETTER_SHARE = (0.2, 0.3)
NEAR = 0.5  # Jaccard index of the three-character runs of two stems
LETTERS = ["A", "B", "C", "D"]


def key_names_faults(question: object) -> Iterator[str]:
    """Keys missing or surplus, and texts that are none."""
    if not isinstance(question, dict) or question.get("type") not in KEYS:
        yield f"must be a mapping with type {SINGLE} or {TRUE_FALSE}"
        return
    if set(question) != KEYS[question["type"]]:
        yield f"keys must be {', '.join(sorted(KEYS[question['type']]))}"
        return
    for name in ("id", "stem", "explanation"):
        if not isinstance(question[name], str) or not question[name].strip():
            yield f"{name} must be a text"
    if type(question["part"]) is not int:
        yield "part must be a number"


def text_faults(question: Question, unit: str) -> Iterator[str]:
    """Lengths, negative stems, and whether the explanation says where the lesson tells it."""
    stem, explanation = question["stem"], question["explanation"]
    if len(stem) > LONGEST_STEM:
        yield f"stem has {len(stem)} characters, more than {LONGEST_STEM}"
    if NEGATIVE_STEM.search(stem) and MARKED_NEGATIVE not in stem:
        yield f"negative stem without {MARKED_NEGATIVE}"
    if len(explanation) not in EXPLANATION_LENGTH:
        yield f"explanation has {len(explanation)} characters, not 20 to 100"
    if not re.match(rf"第{question['part']}{unit}|小结与自查", explanation):
        yield f"explanation must begin with its place: 第{question['part']}{unit} or 小结与自查"


def answer_faults(question: Question) -> Iterator[str]:
    """Options and key."""
    if question["type"] == TRUE_FALSE:
        if question["key"] not in ([True], [False]) or type(question["key"][0]) is not bool:
            yield "key must be [true] or [false]"
        return
    options = question["options"]
    if not isinstance(options, dict) or list(options) != LETTERS:
        yield "options must be lettered A to D in order"
        return
    if question["key"] not in [[letter] for letter in LETTERS]:
        yield "key must be one letter in a list"
    yield from option_faults(list(options.values()))


def option_faults(texts: list[Any]) -> Iterator[str]:
    """Four different short texts of similar length."""
    if not all(isinstance(text, str) and text.strip() for text in texts):
        yield "every option must be a text"
        return
    lengths = [len(text) for text in texts]
    if len(set(texts)) < len(texts):
        yield "two options are the same"
    if max(lengths) > LONGEST_OPTION or max(lengths) - min(lengths) > WIDEST_GAP:
        yield f"options have {min(lengths)} to {max(lengths)} characters"
    if any(ALL_OF_THE_ABOVE.search(text) for text in texts):
        yield "an option refers to the other options"


def question_faults(question: Question, unit: str = SECTION) -> list[str]:
    """Everything wrong with one question; one with the wrong keys is not looked into further. ``unit`` is what parts are called."""
    found = list(key_names_faults(question))
    return found or [*text_faults(question, unit), *answer_faults(question)]


def parts_with_prose(lesson: Lesson) -> tuple[int, list[int]]:
    """How many parts a lesson has, and the numbers of those with running text. The pages of a deck are too short to count singly."""
    if lesson.pages:
        return len(lesson.pages), []
    parts = re.split(r"^## +.*$", lesson.body, flags=re.MULTILINE)[1:]
    return len(parts), [number for number, text in enumerate(parts, 1) if prose_characters(text)]


def spread_faults(questions: list[Question], lesson: Lesson) -> Iterator[str]:
    """How the questions of one lesson are spread over parts, types and keys."""
    last, asked = parts_with_prose(lesson)
    parts = Counter(question["part"] for question in questions)
    kinds = Counter(question["type"] for question in questions)
    truths = Counter(question["key"][0] for question in questions if question["type"] == TRUE_FALSE)
    letters = Counter(question["key"][0] for question in questions if question["type"] == SINGLE)
    if len(questions) < FEWEST:
        yield f"{len(questions)} questions, fewer than {FEWEST}"
    yield from (f"there is no part {part}" for part in sorted(parts) if not 1 <= part <= last)
    yield from (
        f"part {part} has {parts[part]} questions" for part in asked if parts[part] < FEWEST_OF_A_PART
    )
    if lesson.pages:
        yield from stretch_faults(sorted(parts), last)
    if not SINGLE_SHARE[0] <= kinds[SINGLE] / max(len(questions), 1) <= SINGLE_SHARE[1]:
        yield f"{kinds[SINGLE]} of {len(questions)} are single choices; about two thirds are wanted"
    if abs(truths[True] - truths[False]) > 1:
        yield f"{truths[True]} true, {truths[False]} false"
    if max(letters[letter] for letter in LETTERS) - min(letters[letter] for letter in LETTERS) > 1:
        yield f"keys are not spread: {dict(sorted(letters.items()))}"


def stretch_faults(asked: list[int], last: int) -> Iterator[str]:
    """Stretches of pages without a question: whoever is asked there is asked about something long ago."""
    for before, after in pairwise([0, *asked, last + 1]):
        if after - before - 1 > LONGEST_STRETCH:
            yield f"no question on pages {before + 1} to {after - 1}"


def file_faults(path: Path, lesson: Lesson) -> tuple[list[Question], list[str]]:
    """The sound questions of a lesson's file, and its faults."""
    if not path.is_file():
        return [], ["no such file"]
    try:
        content = yaml_text.read(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        return [], [f"not YAML: {error}"]
    if (
        not isinstance(content, dict)
        or set(content) != {"lesson", "items"}
        or not isinstance(content["items"], list)
    ):
        return [], ["must have lesson and a list of items"]
    faults = [] if content["lesson"] == path.stem else [f"lesson is {content['lesson']}"]
    starts = [
        f"presence-{path.stem}",
        "presence-" + "-".join(path.stem.split("-")[:2]),
    ]  # the first lessons' ids are short
    unit = PAGE if lesson.pages else SECTION
    for number, question in enumerate(content["items"], 1):
        found = question_faults(question, unit)
        if not found and question["id"] not in [f"{start}-{number:02}" for start in starts]:
            found = [f"id must be {starts[0]}-{number:02}"]
        faults += [f"question {number}: {fault}" for fault in found]
    questions = [question for question in content["items"] if not question_faults(question, unit)]
    return questions, faults or list(spread_faults(questions, lesson))


def runs(stem: str) -> frozenset[str]:
    """The three-character runs of a stem, without blanks and punctuation."""
    text = re.sub(r"[\W_]", "", stem)
    return frozenset(text[start : start + 3] for start in range(max(len(text) - 2, 1)))


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Jaccard index: 0 nothing in common, 1 the same."""
    return len(one & other) / len(one | other)


def near_faults(stems: list[str], exam_stems: list[str]) -> Iterator[str]:
    """Pairs that ask nearly the same: a presence question must give nothing of an exam away."""
    cut = [(stem, runs(stem)) for stem in [*stems, *exam_stems]]
    holders: dict[str, list[int]] = {}
    for place, (stem, own) in enumerate(cut):
        # Only those that share a run can be near, and few do: every pair would take a minute.
        for other in sorted({earlier for run in own for earlier in holders.get(run, ())}):
            if other < len(stems) and likeness(own, cut[other][1]) >= NEAR:
                yield f"near each other: {cut[other][0]} / {stem}"
        for run in own:
            holders.setdefault(run, []).append(place)


def bank_faults(questions: list[Question]) -> Iterator[str]:
    """What only all questions together can show: habits of the author that a guesser could use."""
    singles = [question for question in questions if question["type"] == SINGLE]
    letters = Counter(question["key"][0] for question in singles)
    for letter in LETTERS:
        if singles and not LETTER_SHARE[0] <= letters[letter] / len(singles) <= LETTER_SHARE[1]:
            yield f"{letters[letter]} of {len(singles)} keys are {letter}"
    if sum(map(key_is_longest, singles)) > KEY_LONGEST_SHARE * len(singles):
        yield f"the key is the longest option in {sum(map(key_is_longest, singles))} of {len(singles)}"


def key_is_longest(question: Question) -> bool:
    """Whether the right option is longer than every other."""
    lengths = {letter: len(text) for letter, text in question["options"].items()}
    own = lengths.pop(question["key"][0])
    return own > max(lengths.values())


def main(arguments: list[str] | None = None) -> int:
    """Check every lesson's file; 0 when all are sound."""
    parser = argparse.ArgumentParser(description="Check the presence questions.")
    parser.add_argument("folder", nargs="?", type=Path, default=CONTENT / "presence")
    parser.add_argument("--lessons", type=Path, default=LESSONS)
    parser.add_argument("--exam-items", type=Path, default=CONTENT)
    given = parser.parse_args(arguments)
    lessons, faults = read_all(given.lessons)
    by_name = {f"{lesson.head['slug']}.yaml": lesson for lesson in lessons}
    faults += [f"{path.name}: no such lesson" for path in given.folder.glob("*") if path.name not in by_name]
    questions: list[Question] = []
    for name, lesson in by_name.items():
        sound, found = file_faults(given.folder / name, lesson)
        questions += sound
        faults += [f"{name}: {fault}" for fault in found]
        print(f"{name}: {len(sound)} questions, {len(found)} faults")
    exam_stems = [str(item["stem"]) for _, item in read_items(given.exam_items) if isinstance(item, dict)]
    faults += [
        *bank_faults(questions),
        *near_faults([question["stem"] for question in questions], exam_stems),
    ]
    for fault in faults:
        print(f"FAULT {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
