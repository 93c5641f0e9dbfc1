"""When two versions of a programme ask for the same examination: the same fingerprint, one paper; else a paper for each.

Source: domain paper: an enrolment is held to the version it began under.
"""

from __future__ import annotations

from hashlib import sha256

from carbonlearn.core.canonical import canonical_json
from carbonlearn.exams.rules.blueprint import Blueprint


def fingerprint(blueprint: Blueprint, pool: tuple[str, str], pass_points: int, duration_seconds: int) -> str:
    """SHA-256, in hexadecimal, of all that makes an examination what it is: items, worth, functions, pool, pass line and time.

    Points are hundredths; ``pool`` is the job type and level whose items it draws on. Names do not count.
    """
    content = {
        "types": [[quota.type, quota.count, quota.points] for quota in blueprint.types],
        "functions": [[weight.function, weight.percent] for weight in blueprint.functions],
        "total_points": blueprint.total_points,
        "item_count": blueprint.item_count,
        "pool": list(pool),
        "pass_points": pass_points,
        "duration_seconds": duration_seconds,
    }
    return sha256(canonical_json(content)).hexdigest()
