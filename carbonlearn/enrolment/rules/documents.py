"""Which documents an application needs, and what is still missing or was returned.

Source: the programme files' ``documents``: required or not, ``one_of_group`` (one of the group is enough), ``sides``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from carbonlearn.core.decision import Decision, Reason, decided


class DocumentState(StrEnum):
    """Of one line of the checklist; RETURNED: handed in, found at fault, to be handed in again."""

    MET = "met"
    MISSING = "missing"
    RETURNED = "returned"
    NOT_NEEDED = "not_needed"


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """A document of the programme and where it stands; ``missing_parts`` are its sides that are still lacking."""

    slug: str
    state: DocumentState
    group: str | None = None
    missing_parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Checklist:
    """The lines in the programme's order, and whether the application may be handed in."""

    lines: tuple[DocumentLine, ...]
    decision: Decision


def document_checklist(
    documents: Sequence[Mapping[str, Any]], handed_in: Iterable[str], returned: Iterable[str] = ()
) -> Checklist:
    """Which documents are met. ``handed_in`` and ``returned`` are slugs; a document with sides comes whole or as ``slug-side``.

    Reason codes: document_missing (slug, parts), document_returned (slug), document_group_missing (group, any of slugs).
    """
    have, faulty = frozenset(handed_in), frozenset(returned)
    met_groups = {
        one["one_of_group"] for one in documents if one.get("one_of_group") and _is_met(one, have, faulty)
    }
    lines = tuple(_line(one, have, faulty, met_groups) for one in documents)
    return Checklist(lines, decided(_document_reasons(lines)))


def _parts(document: Mapping[str, Any], have: frozenset[str]) -> tuple[str, ...]:
    """The slugs under which the document is expected: itself, or its sides when it did not come whole."""
    slug, sides = str(document["slug"]), document.get("sides") or ()
    return tuple(f"{slug}-{side}" for side in sides) if sides and slug not in have else (slug,)


def _is_met(document: Mapping[str, Any], have: frozenset[str], faulty: frozenset[str]) -> bool:
    return (
        all(part in have and part not in faulty for part in _parts(document, have))
        and document["slug"] not in faulty
    )


def _line(
    document: Mapping[str, Any], have: frozenset[str], faulty: frozenset[str], met_groups: set[str]
) -> DocumentLine:
    slug, group, parts = str(document["slug"]), document.get("one_of_group"), _parts(document, have)
    if _is_met(document, have, faulty):
        return DocumentLine(slug, DocumentState.MET, group)
    if group in met_groups or not document.get("required", True):
        return DocumentLine(slug, DocumentState.NOT_NEEDED, group)
    lacking = tuple(part for part in parts if part not in have)
    state = (
        DocumentState.MISSING
        if lacking and not faulty.intersection((slug, *parts))
        else DocumentState.RETURNED
    )
    return DocumentLine(slug, state, group, lacking if len(parts) > 1 else ())


def _document_reasons(lines: Sequence[DocumentLine]) -> Iterator[Reason]:
    told: set[str] = set()
    for line in lines:
        if line.state is DocumentState.RETURNED:
            yield Reason("document_returned", {"slug": line.slug})
        elif line.state is DocumentState.MISSING and line.group is None:
            yield Reason("document_missing", {"slug": line.slug, "parts": line.missing_parts})
        elif line.state is DocumentState.MISSING and line.group is not None and line.group not in told:
            told.add(line.group)
            any_of = tuple(other.slug for other in lines if other.group == line.group)
            yield Reason("document_group_missing", {"group": line.group, "any_of": any_of})
