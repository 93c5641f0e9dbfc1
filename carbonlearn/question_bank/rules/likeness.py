"""How alike two texts are asked to be before a person is told: what is compared, and from where on.

Only words and figures count: spaces, punctuation and width do not make a text another text.
"""

from __future__ import annotations

import unicodedata
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from zlib import crc32

NEAR = 80  # percent of the characters, in order, that two texts share
GRAM = 3
RAREST = 16
SLOTS = 1 << 22  # numbers for pieces; two that share one are compared in vain, no more
MOST = 65_535
SHIFT = 32
MASK = (1 << SHIFT) - 1


def bare(text: str) -> str:
    """Letters, figures and signs of reckoning alone, in one width and one case."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(letter for letter in folded if letter.isalnum() or letter in "+-×÷%")


def pairs_to_compare(texts: Mapping[str, str], against: Iterable[str]) -> Iterator[tuple[str, str]]:
    """For each name in ``against`` the other names whose bare text may be alike, so that ten thousand need not be compared each with each.

    Two texts are compared when they share one of their rarest pieces of three characters. That finds what was copied and changed here
    and there (the tests measure how surely), and misses only what was changed evenly all over, which nobody would call a copy.
    """
    names = list(texts)
    often = array("H", bytes(2 * SLOTS))
    for text in texts.values():
        for piece in _pieces(text):
            often[piece] = min(often[piece] + 1, MOST)
    prefixes, starts, holders = array("L"), array("L", [0]), array("Q")
    for number, text in enumerate(texts.values()):
        prefix = _prefix(_pieces(text), often)
        prefixes.extend(prefix)
        starts.append(len(prefixes))
        holders.extend(piece << SHIFT | number for piece in prefix)
    holders = array("Q", sorted(holders))
    places = {name: number for number, name in enumerate(names)}
    for name in against:
        number = places[name]
        mine = prefixes[starts[number] : starts[number + 1]]
        others = {other for piece in mine for other in _holding(holders, piece)} - {number}
        yield from ((name, other) for other in sorted(names[one] for one in others))


def _holding(holders: Sequence[int], piece: int) -> Iterator[int]:
    """The numbers of the texts that have this piece among their rarest."""
    for at in range(bisect_left(holders, piece << SHIFT), len(holders)):
        if holders[at] >> SHIFT != piece:
            return
        yield holders[at] & MASK


def _pieces(text: str) -> set[int]:
    """The pieces of a text as numbers: ten thousand texts have too many to hold each as a string."""
    padded = f"\x02{text}\x03"
    return {
        crc32(padded[start : start + GRAM].encode("utf-8", "surrogatepass")) % SLOTS
        for start in range(max(1, len(padded) - GRAM + 1))
    }


def _prefix(pieces: Iterable[int], often: Sequence[int]) -> list[int]:
    """The rarest pieces that any other text has as well."""
    shared = (piece for piece in pieces if often[piece] > 1)
    return sorted(shared, key=lambda piece: (often[piece], piece))[:RAREST]
