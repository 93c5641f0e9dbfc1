"""A paper's proof in lines for the terminal: what was asked and met, or what the bank lacks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from carbonlearn.catalogue.queries import functions
from carbonlearn.core.decision import Reason
from carbonlearn.exams.queries import Preview, form_letter

TYPES = {
    "single-choice": "single choice",
    "true-false": "true/false",
    "multiple-choice": "multiple choice",
    "short-answer": "short answer",
}


def paper_lines(seed: str, preview: Preview) -> list[str]:
    """The lines of one seed: a head, then every form's quotas, or every lack and fault."""
    if not preview.stands:
        return [f"{seed}: NOT MET", *(f"  {line}" for line in _why_not(preview))]
    lines = [f"{seed}: met"]
    for form, proof in enumerate(preview.proofs, start=1):
        lines += [f"  form {form_letter(form)}", *(f"    {line}" for line in _quotas(proof))]
    return lines


def _why_not(preview: Preview) -> Iterator[str]:
    yield from (_reason(reason) for reason in (*preview.faults, *preview.broken))
    if preview.assembly is not None:
        yield from (_reason(reason) for reason in preview.assembly.faults)
        for lack in preview.assembly.lacks:
            more = f"{lack.count} more {TYPES.get(lack.type, lack.type)} item{'s' if lack.count > 1 else ''}"
            yield f"{_function(lack.function)} needs {more} at difficulty {lack.difficulty}"


def _quotas(proof: Mapping[str, Any]) -> Iterator[str]:
    yield _pair("items", proof["items"]) + "  " + _pair("points", _points(proof["points"]))
    yield "  ".join(_pair(TYPES.get(row["type"], row["type"]), row) for row in proof["types"])
    for row in proof["functions"]:
        below = f"  of them {row['lower'] / 100:g} from the level below" if row["lower"] else ""
        yield _pair(f"{_function(row['function'])} ({row['percent']} %)", _points(row)) + below
    bands = (f"{row['difficulty']}: {row['met']} ({row['low']}-{row['high']})" for row in proof["difficulty"])
    yield "difficulty " + "  ".join(bands) + f"  mean {proof['mean_difficulty'] / 100:.2f}"
    yield f"enemies together: {proof['enemies']['met']} ({proof['enemies']['kept_out']} items kept out)"
    yield from (
        f"shared with form {form_letter(row['form'])}: {row['met']} (at most {row['most']})"
        for row in proof["shared"]
    )


def _pair(name: str, row: Mapping[str, Any]) -> str:
    return f"{name} {row['met']}/{row['asked']}"


def _points(row: Mapping[str, Any]) -> dict[str, str]:
    return {name: f"{row[name] / 100:g}" for name in ("asked", "met")}


def _function(slug: str) -> str:
    return functions().get(slug, (slug, slug))[0]


def _reason(reason: Reason) -> str:
    facts = " ".join(f"{name}={value}" for name, value in reason.facts.items())
    return f"{reason.code} {facts}".rstrip()
