"""How alike two texts are asked to be before a person is told: what is compared, and from where on.

Only words and figures count: spaces, punctuation and width do not make a text another text.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

NEAR = 80  # percent of the characters, in order, that two texts share
GRAM = 3
RAREST = 16


def bare(text: str) -> str:
    """Letters, figures and signs of reckoning alone, in one width and one case."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(letter for letter in folded if letter.isalnum() or letter in "+-×÷%")


def pairs_to_compare(texts: Mapping[str, str], against: Iterable[str]) -> Iterator[tuple[str, str]]:
    """For each name in ``against`` the other names whose bare text may be alike, so that ten thousand need not be compared each with each.

    Two texts are compared when they share one of their rarest pieces of three characters. That finds what was copied and changed here
    and there (the tests measure how surely), and misses only what was changed evenly all over, which nobody would call a copy.
    """
    pieces = {name: _pieces(text) for name, text in texts.items()}
    often = Counter(piece for found in pieces.values() for piece in found)
    prefixes = {name: _prefix(found, often) for name, found in pieces.items()}
    holders: dict[str, list[str]] = {}
    for name, prefix in prefixes.items():
        for piece in prefix:
            holders.setdefault(piece, []).append(name)
    for name in against:
        others = {other for piece in prefixes[name] for other in holders[piece]} - {name}
        yield from ((name, other) for other in sorted(others))


def _pieces(text: str) -> frozenset[str]:
    padded = f"\x02{text}\x03"
    return frozenset(padded[start : start + GRAM] for start in range(max(1, len(padded) - GRAM + 1)))


def _prefix(pieces: frozenset[str], often: Counter[str]) -> list[str]:
    """The rarest pieces that any other text has as well."""
    shared = (piece for piece in pieces if often[piece] > 1)
    return sorted(shared, key=lambda piece: (often[piece], piece))[:RAREST]
