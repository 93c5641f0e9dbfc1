"""The answer of a rule: yes or no, and always why, as codes with facts and never as sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from carbonlearn.core.errors import DomainError, Refused


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a rule says no: a stable lower-snake code and the numbers that a sentence needs."""

    code: str
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """Allowed with no reasons, or refused with at least one, in the order in which they should be read."""

    allowed: bool
    reasons: tuple[Reason, ...] = ()

    def __post_init__(self) -> None:
        if self.allowed == bool(self.reasons):
            raise ValueError("a decision is either allowed, or refused with reasons")

    def __bool__(self) -> bool:
        return self.allowed

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes alone, in order."""
        return tuple(reason.code for reason in self.reasons)

    def require(self, kind: type[DomainError] = Refused) -> None:
        """Return when allowed; otherwise raise ``kind`` with the first reason's code, upper-cased, and its facts."""
        if self.reasons:
            first = self.reasons[0]
            raise kind(first.code.upper(), **dict(first.facts))


YES = Decision(True)


def no(code: str, **facts: object) -> Decision:
    """Refused for one reason."""
    return Decision(False, (Reason(code, facts),))


def decided(reasons: Iterable[Reason]) -> Decision:
    """Refused for all these reasons, or allowed when there is none."""
    found = tuple(reasons)
    return Decision(not found, found)
