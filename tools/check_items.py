"""Checks the item files of the question bank and tells how they are spread.

Owns what an item file must look like before it may be loaded: its keys and their types, one unambiguous key
per item, no stem twice, every case there, that function, competence points and (when the fact sheets are at
hand) facts exist, and that a reader's word on each text stands among the reviews. The folder says for whom:
``<pool>/<job type>-<level>/<function>.yaml``.
Exit 0 when every item is sound, 1 when there is a fault.
"""

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from carbonlearn.core import yaml_text
from tools.check_words import REVIEWS, word_faults

Item = dict[str, Any]

PACKAGE = Path(__file__).resolve().parent.parent / "carbonlearn"
DEFAULT_FOLDER = PACKAGE / "question_bank" / "content"
WEIGHTS = PACKAGE / "catalogue" / "weights.yaml"
COMPETENCE = PACKAGE / "catalogue" / "competence"
PRESENCE, CASES = "presence", "cases.yaml"
COMMON = "common"  # the folder of what every job type must know
COMMON_FUNCTIONS = {"professional-ethics", "basic-knowledge"}
SINGLE, TRUE_FALSE, MULTIPLE, SHORT = "single-choice", "true-false", "multiple-choice", "short-answer"
TYPES = (SINGLE, TRUE_FALSE, MULTIPLE, SHORT)
TYPE_MARK = {SINGLE: "s", TRUE_FALSE: "t", MULTIPLE: "m", SHORT: "a"}
REQUIRED: dict[str, type] = {
    "id": str,
    "type": str,
    "function": str,
    "difficulty": int,
    "competence": list,
    "stem": str,
    "explanation": str,
    "source": str,
    "facts": list,
}
EXTRA = {
    SINGLE: {"options", "key"},
    MULTIPLE: {"options", "key"},
    TRUE_FALSE: {"key"},
    SHORT: {"reference", "rubric"},
}
OPTIONAL = {"review_by", "case", "not_with"}
ID_FORM = re.compile(r"^(?:mock-|prac-)?[a-z]+\d-[a-z]+-([stma])\d{2,}$")
FACT_FORM = re.compile(r"^\|\s*([A-Z]\d{2,3})\s*\|", re.MULTILINE)
EXPLANATION_LENGTH = range(60, 161)  # characters; shorter explains nothing, longer is not read
RUBRIC_POINTS = 3
# A stem that asks for the wrong one must say so loudly, or the item tests reading rather than knowledge.
NEGATIVE_STEM = re.compile(
    r"(不正确|不属于|不符合(?!项)|不包括|不应当|不恰当)[^，。；]{0,20}(是|有)(哪|什么|（|$)"
    r"|(错误|有误)的(是|有|一项|说法|做法)"
)
MARKED_NEGATIVE = "【不】"
ALL_OF_THE_ABOVE = re.compile(r"以上(都|均|皆)|上述(都|均|皆)")


@dataclass
class Catalogue:
    """What exists outside the item files; an empty set means: not given, so not checked."""

    functions: set[str] = field(default_factory=set)
    facts: set[str] = field(default_factory=set)
    points: set[str] = field(default_factory=set)
    cases: set[str] = field(default_factory=set)


def required_faults(item: Item) -> Iterator[str]:
    """Keys of every item that are missing, empty or wrongly typed."""
    for name, kind in REQUIRED.items():
        if not isinstance(item.get(name), kind) or isinstance(item.get(name), bool):
            yield f"{name} must be {kind.__name__}"
        elif not item[name]:
            yield f"{name} is empty"
    for name in ("competence", "facts"):
        if not all(isinstance(entry, str) for entry in item.get(name) or []):
            yield f"{name} must list texts"
    if "review_by" in item and not isinstance(item["review_by"], date):
        yield "review_by must be a date"


def enemy_list_faults(item: Item) -> Iterator[str]:
    """The list of items that it must not stand beside: where there is one, at least one id, and each once."""
    others = item.get("not_with", ["-"])
    if not isinstance(others, list) or not all(isinstance(entry, str) for entry in others):
        yield "not_with must list ids"
    elif not others or len(set(others)) < len(others):
        yield "not_with must name items, each once"


def key_faults(item: Item) -> Iterator[str]:
    """Missing, surplus or wrongly typed keys."""
    yield from required_faults(item)
    yield from enemy_list_faults(item)
    extra = EXTRA.get(str(item.get("type")), set())
    for name in sorted(extra - set(item)):
        yield f"{name} is missing"
    for name in sorted(set(item) - set(REQUIRED) - extra - OPTIONAL):
        yield f"{name} does not belong to this type of item"


def value_faults(item: Item) -> Iterator[str]:
    """Values outside their range, whatever the type."""
    form = ID_FORM.match(item["id"])
    if item["type"] not in TYPES:
        yield f"unknown type {item['type']}"
    elif form is None or form.group(1) != TYPE_MARK[item["type"]]:
        yield "id must end in -s, -t, -m or -a (as the type says) and a number of two digits"
    if not 1 <= item["difficulty"] <= 5:
        yield "difficulty must be 1 to 5"
    if len(item["explanation"]) not in EXPLANATION_LENGTH:
        yield f"explanation has {len(item['explanation'])} characters, not 60 to 160"
    if NEGATIVE_STEM.search(item["stem"]) and MARKED_NEGATIVE not in item["stem"]:
        yield f"negative stem without {MARKED_NEGATIVE}"


def option_faults(item: Item) -> Iterator[str]:
    """Options of a choice item: letters in order, all texts, all different."""
    options = item["options"]
    allowed = (4,) if item["type"] == SINGLE else (4, 5)
    if not isinstance(options, dict) or len(options) not in allowed:
        yield f"options must be {' or '.join(map(str, allowed))} in number"
        return
    if list(options) != list("ABCDE"[: len(options)]):
        yield "options must be lettered A, B, C … in order"
    texts = list(options.values())
    if not all(isinstance(text, str) and text.strip() for text in texts):
        yield "every option must be a text"
    elif len(set(texts)) < len(texts):
        yield "two options are the same"
    elif any(ALL_OF_THE_ABOVE.search(text) for text in texts):
        yield "an option refers to the other options"


def choice_faults(item: Item) -> Iterator[str]:
    """Options and key of a single or multiple choice item."""
    yield from option_faults(item)
    key, options = item["key"], item["options"]
    if not isinstance(key, list) or not isinstance(options, dict):
        yield "key must be a list of letters"
        return
    if not set(key) <= set(options) or len(set(key)) < len(key) or key != sorted(key):
        yield "key must name options, each once, in order"
    if item["type"] == SINGLE and len(key) != 1:
        yield "a single choice has exactly one key"
    if item["type"] == MULTIPLE and not 2 <= len(key) < len(options):
        yield "a multiple choice has at least two keys, never all options"


def true_false_faults(item: Item) -> Iterator[str]:
    """The key of a true/false item."""
    if not isinstance(item["key"], bool):
        yield "key must be true or false"


def short_answer_faults(item: Item) -> Iterator[str]:
    """Model answer and rubric of a short answer."""
    rubric = item["rubric"]
    if not isinstance(item["reference"], str) or not item["reference"].strip():
        yield "reference must be a text"
    if not isinstance(rubric, list) or not all(is_rubric_point(point) for point in rubric):
        yield "rubric must list points with a text"
    elif sum(point["points"] for point in rubric) != RUBRIC_POINTS:
        yield f"rubric points must sum to {RUBRIC_POINTS}"


def is_rubric_point(point: object) -> bool:
    """Whether this is {points: a number above 0, text: a text}."""
    if not isinstance(point, dict) or set(point) != {"points", "text"}:
        return False
    points, text = point["points"], point["text"]
    counts = isinstance(points, int | float) and not isinstance(points, bool)
    return counts and points > 0 and isinstance(text, str) and bool(text.strip())


ANSWER_FAULTS = {
    SINGLE: choice_faults,
    MULTIPLE: choice_faults,
    TRUE_FALSE: true_false_faults,
    SHORT: short_answer_faults,
}


def reference_faults(item: Item, catalogue: Catalogue) -> Iterator[str]:
    """Function, facts and competence points that the catalogue does not know."""
    if catalogue.functions and item["function"] not in catalogue.functions:
        yield f"unknown function {item['function']}"
    for fact in item["facts"]:
        if catalogue.facts and fact not in catalogue.facts:
            yield f"unknown fact {fact}"
    for point in item["competence"]:
        if catalogue.points and point not in catalogue.points and point != item["function"]:
            yield f"unknown competence point {point}"
    if item.get("case") and item["case"] not in catalogue.cases:
        yield f"unknown case {item['case']}"


def item_faults(item: object, catalogue: Catalogue) -> list[str]:
    """Everything wrong with one item; an item with the wrong keys is not looked into further."""
    if not isinstance(item, dict):
        return [f"an item must be a mapping, not {str(item)[:200]!r}"]
    faults = list(key_faults(item))
    if faults:
        return faults
    faults = [*value_faults(item), *reference_faults(item, catalogue)]
    if item["type"] in ANSWER_FAULTS:
        faults += ANSWER_FAULTS[item["type"]](item)
    return faults


def repeated(items: Iterable[Any], name: str) -> Iterator[str]:
    """Values of `name` that more than one item carries; blanks do not make a stem another stem."""
    counts = Counter(re.sub(r"\s", "", str(item.get(name))) for item in items if isinstance(item, dict))
    return (value for value, count in counts.items() if count > 1)


def read_items(folder: Path) -> Iterator[tuple[Path, Any]]:
    """Every item of every file under `folder`, with its file; presence questions have a checker of their own."""
    for path in sorted(folder.rglob("*.yaml")):
        if (
            {PRESENCE, REVIEWS} & set(path.relative_to(folder).parts)
            or path.parent.name == PRESENCE
            or path.name == CASES
        ):
            continue
        try:
            content = yaml_text.read(path.read_text(encoding="utf-8"))
        except yaml.YAMLError as error:
            content = f"not YAML: {error}"
        for item in content if isinstance(content, list) else [content]:
            yield path, item


def read_functions(job_type: str, level: str) -> set[str]:
    """Function slugs that the weight tables give a job type at a level; of the common folder those of every job type."""
    if job_type == COMMON:
        return COMMON_FUNCTIONS
    tables = yaml_text.read(WEIGHTS.read_text(encoding="utf-8"))["tables"]
    rows = [row for table in tables if table["job_type"] == job_type for row in table["rows"]]
    return {row["function"] for row in rows if row["percent"].get(level)} - COMMON_FUNCTIONS


def read_cases(path: Path) -> set[str]:
    """Ids of the cases that the items of a folder share."""
    return {case["id"] for case in yaml_text.read(path.read_text("utf-8"))} if path.exists() else set()


def read_facts(paths: Iterable[Path]) -> set[str]:
    """Fact ids of the fact sheets: the first cell of each table row."""
    return {fact for path in paths for fact in FACT_FORM.findall(path.read_text(encoding="utf-8"))}


def read_points(job_type: str, level_no: str) -> set[str]:
    """Competence points such as accounting/4/1.2.1-knowledge, of a level of a job type; what all jobs share has its functions alone."""
    if job_type == COMMON:
        return set(COMMON_FUNCTIONS)
    path = COMPETENCE / f"{job_type}.yaml"
    if not path.exists():
        return set()
    book = yaml_text.read(path.read_text(encoding="utf-8"))
    return {
        f"{book['job_type']['slug']}/{level['level']}/{entry['no']}-{kind}"
        for level in book["levels"]
        if str(level["level"]) == level_no
        for function in level["functions"]
        for content in function["contents"]
        for kind, name in (("skill", "skills"), ("knowledge", "knowledge"))
        for entry in content[name]
    }


def catalogue_of(folder: Path, facts: set[str]) -> Catalogue:
    """What exists for the items of a folder; nothing is known of a folder that is not named for a job type and level."""
    job_type, _, level = folder.name.rpartition("-")
    if not job_type or not level.isdigit():
        return Catalogue(facts=facts, cases=read_cases(folder / CASES))
    return Catalogue(
        read_functions(job_type, level), facts, read_points(job_type, level), read_cases(folder / CASES)
    )


def share(part: int, whole: int) -> str:
    """A share in percent, or a dash where there is nothing to share."""
    return f"{100 * part / whole:.0f}%" if whole else "–"


def key_is_longest(item: Item) -> bool:
    """Whether the one right option of a single choice is longer than every other."""
    lengths = {letter: len(text) for letter, text in item["options"].items()}
    own = lengths.pop(item["key"][0])
    return own > max(lengths.values())


def spread(counts: Counter[Any]) -> str:
    """Counts and shares in the order of their values."""
    total = sum(counts.values())
    return "  ".join(f"{value} {count} ({share(count, total)})" for value, count in sorted(counts.items()))


def print_counts(items: list[Item]) -> None:
    """The table of counts by function and type."""
    counts = Counter((item["function"], item["type"]) for item in items)
    functions = list(dict.fromkeys(item["function"] for item in items))
    print(f"{'function':34}" + "".join(f"{kind:>17}" for kind in TYPES) + f"{'all':>7}")
    for function in functions:
        row = [counts[function, kind] for kind in TYPES]
        print(f"{function:34}" + "".join(f"{count:17}" for count in row) + f"{sum(row):7}")
    totals = [sum(counts[function, kind] for function in functions) for kind in TYPES]
    print(f"{'all':34}" + "".join(f"{count:17}" for count in totals) + f"{sum(totals):7}")


def print_spread(items: list[Item]) -> None:
    """How keys and difficulty are spread, and how often the key gives itself away by its length."""
    singles = [item for item in items if item["type"] == SINGLE]
    multiples = [item for item in items if item["type"] == MULTIPLE]
    longest = sum(key_is_longest(item) for item in singles)
    print("difficulty      ", spread(Counter(item["difficulty"] for item in items)))
    print("single keys     ", spread(Counter(item["key"][0] for item in singles)))
    print("multiple keys   ", spread(Counter(letter for item in multiples for letter in item["key"])))
    print("keys per item   ", spread(Counter(len(item["key"]) for item in multiples)))
    print("true/false keys ", spread(Counter(item["key"] for item in items if item["type"] == TRUE_FALSE)))
    print("key is longest  ", f"{longest} of {len(singles)} single choices ({share(longest, len(singles))})")


def enemy_faults(entries: list[tuple[Path, Any]]) -> Iterator[str]:
    """Items that ``not_with`` names in vain: the item itself, one of another pool, none at all, or a pair told from both sides."""
    sound = [(path, item) for path, item in entries if isinstance(item, dict) and not [*key_faults(item)]]
    pools = {item["id"]: path.parent.parent for path, item in sound}
    named = {(item["id"], other) for _, item in sound for other in item.get("not_with", ())}
    for path, item in sound:
        for other in item.get("not_with", ()):
            faults = {
                "the item itself": other == item["id"],
                f"{other}, which is nowhere": other not in pools,
                f"{other}, which is in another pool": pools.get(other) not in (None, path.parent.parent),
                f"{other}, which names it already": other < item["id"] and (other, item["id"]) in named,
            }
            told = (fault for fault, holds in faults.items() if holds)
            yield from (f"{path.parent.name}/{path.name}: {item['id']}: not_with names {one}" for one in told)


def all_faults(entries: list[tuple[Path, Any]], facts: set[str]) -> list[str]:
    """One line per fault, of each item and of the items together."""
    known = {folder: catalogue_of(folder, facts) for folder in {path.parent for path, _ in entries}}
    lines = []
    for path, item in entries:
        name = item.get("id", "?") if isinstance(item, dict) else "?"
        lines += [
            f"{path.parent.name}/{path.name}: {name}: {fault}"
            for fault in item_faults(item, known[path.parent])
        ]
    items = [item for _, item in entries]
    lines += enemy_faults(entries)
    return lines + [
        f"twice: {name} {value[:60]}" for name in ("id", "stem") for value in repeated(items, name)
    ]


def parse_arguments(arguments: list[str] | None) -> argparse.Namespace:
    """Folder and, where given, the catalogue files to check against."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=DEFAULT_FOLDER, help="folder of item files")
    parser.add_argument("--facts", type=Path, nargs="+", default=[], help="fact sheets (Markdown tables)")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Check, report, and say by the exit code whether the items may be used."""
    given = parse_arguments(arguments)
    entries = list(read_items(given.folder))
    faults = all_faults(entries, read_facts(given.facts)) if entries else [f"no items under {given.folder}"]
    faults = faults or list(word_faults(given.folder))
    for fault in faults:
        print(fault, file=sys.stderr)
    if not faults:
        items = [item for _, item in entries]
        print_counts(items)
        print_spread(items)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
