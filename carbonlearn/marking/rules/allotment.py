"""Who may mark a script: nobody who knows the learner by their work. The same for the two markers and for the third who decides.

Source: architecture paper, section 9: not one's own learner, not both markers of a script.
"""

from __future__ import annotations

from dataclasses import dataclass

from carbonlearn.core.decision import Decision, Reason, decided

NEEDED = {"first": 2, "second": 1, "third": 1}
"""How many different people must still mark a script of this status."""


@dataclass(frozen=True, slots=True)
class Ties:
    """What ties a marker to a script. ``serves_base``: holds any role in the base that teaches the learner, or held one while the
    learner was enrolled there; ``entered`` and ``admitted``: of any enrolment of this learner, whichever script it is.
    """

    is_writer: bool = False
    has_marked: bool = False
    serves_base: bool = False
    entered: bool = False
    admitted: bool = False


def may_mark(ties: Ties) -> Decision:
    """Whether this person may mark the script. Codes: own_sitting, already_marked, own_base, entered, admitted."""
    found = {
        "own_sitting": ties.is_writer,
        "already_marked": ties.has_marked,
        "own_base": ties.serves_base,
        "entered": ties.entered,
        "admitted": ties.admitted,
    }
    return decided([Reason(code) for code, holds in found.items() if holds])
