"""The refusals that the domain foresees: five kinds, each with a stable code and the facts of the case.

A kind knows nothing of HTTP and carries no sentence; the web edge maps kinds to statuses and codes to texts.
"""

from __future__ import annotations

import re
from typing import ClassVar

CODE = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*")


class DomainError(Exception):
    """A refusal with a stable upper-snake ``code`` and its ``facts``; raise one of the five kinds, never this."""

    kind: ClassVar[str] = "domain"

    def __init__(self, code: str, /, **facts: object) -> None:
        if not CODE.fullmatch(code):
            raise ValueError(f"an error code is UPPER_SNAKE, not {code!r}")
        super().__init__(code)
        self.code = code
        self.facts: dict[str, object] = facts

    @property
    def message_key(self) -> str:
        """The key under which the sentence for this error is looked up."""
        return f"error.{self.code.lower()}"

    def __str__(self) -> str:
        named = ", ".join(f"{name}={value!r}" for name, value in self.facts.items())
        return f"{self.code}({named})" if named else self.code


class Invalid(DomainError):
    """What was sent does not meet its form or its bounds; sending something else may succeed."""

    kind = "invalid"


class Refused(DomainError):
    """This actor may not do this, however it is asked."""

    kind = "refused"


class SignInNeeded(Refused):
    """A refusal that signing in may lift."""


class NotFound(DomainError):
    """There is no such thing, or it is not this actor's to see."""

    kind = "not_found"


class Conflict(DomainError):
    """The thing is not in a state that allows this; someone or something was first."""

    kind = "conflict"


class Late(DomainError):
    """It would have been right, but the time for it has passed."""

    kind = "late"
