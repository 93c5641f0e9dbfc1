"""When two versions of a programme ask for the same examination: the same fingerprint, one paper; else a paper for each. And which of
its forms a candidate gets.

Source: domain paper: an enrolment is held to the version it began under.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from carbonlearn.core.canonical import canonical_json
from carbonlearn.exams.rules.blueprint import Blueprint


def fingerprint(blueprint: Blueprint, pool: tuple[str, str], pass_points: int, duration_seconds: int) -> str:
    """SHA-256, in hexadecimal, of all that makes an examination what it is: items, worth, functions, pool, pass line and time.

    Points are hundredths; ``pool`` is the job type and level whose items it draws on. Names do not count, and neither does whether the
    number of items was stated or follows from the types.
    """
    content = {
        "types": [[quota.type, quota.count, quota.points] for quota in blueprint.types],
        "functions": [[weight.function, weight.percent] for weight in blueprint.functions],
        "total_points": blueprint.total_points,
        "item_count": blueprint.count,
        "pool": list(pool),
        "pass_points": pass_points,
        "duration_seconds": duration_seconds,
    }
    return sha256(canonical_json(content)).hexdigest()


def least_met(forms: Sequence[frozenset[str]], met: frozenset[str], serial: int) -> int:
    """The place of the form of which a candidate has met the fewest items; of equal ones in turn, so that neighbours by ticket differ."""
    counts = [len(form & met) for form in forms]
    equal = [place for place, count in enumerate(counts) if count == min(counts)]
    return equal[serial % len(equal)]
