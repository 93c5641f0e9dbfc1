"""The rich text of items as plain values that a typst template sets: paragraphs, tables, pictures, formulae.

Small figures that the shipped fonts lack (₂, ³) become figures set low or high, so that nothing is left blank.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

from markdown_it.token import Token

from carbonlearn.infra import formula, rich

LOW = "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₓₑₙₜ"
HIGH = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ"
SMALL = re.compile(f"([{LOW}]+)|([{HIGH}]+)|([^{LOW}{HIGH}]+)")
SPOKEN = {"⋅": "·"}

Span = dict[str, Any]
Block = dict[str, Any]


def blocks(text: str) -> list[Block]:
    """A text as blocks: {"p": spans}, {"table": rows of cells of spans} with its head first, {"math": tree}."""
    return list(_blocks(list(rich.tokens(text))))


def written(value: Any) -> str:
    """Every character that blocks would set."""
    if isinstance(value, dict):
        return "".join(written(one) for one in value.values())
    if isinstance(value, list):
        return "".join(written(one) for one in value)
    return value if isinstance(value, str) else ""


def spans(text: str) -> list[Span]:
    """A text of one paragraph as spans; of several, all their words in a row."""
    found: list[Span] = []
    for block in blocks(text):
        found += block.get("p", [block] if "math" in block else [])
    return found


def _blocks(tokens: Sequence[Token]) -> Iterator[Block]:
    rows: list[list[list[Span]]] = []
    for place, token in enumerate(tokens):
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "table_close":
            yield {"table": rows}
            rows = []
        elif token.type == "inline":
            content = _spans(token.children or [])
            if tokens[place - 1].type in ("th_open", "td_open"):
                rows[-1].append(content)
            elif content:
                yield {"p": content}
        elif token.type.startswith("math_block"):
            yield _formula(token.content)


def _spans(tokens: Sequence[Token]) -> list[Span]:
    found: list[Span] = []
    strong = False
    for token in tokens:
        if token.type in ("strong_open", "strong_close"):
            strong = token.type == "strong_open"
        elif token.type in ("softbreak", "hardbreak"):
            found.append({"br": True})
        elif token.type == "image":
            found += _picture(token)
        elif token.type.startswith("math_inline"):
            found.append(_formula(token.content))
        else:
            found += _text(token.markup if token.type in ("em_open", "em_close") else token.content, strong)
    return found


def _picture(token: Token) -> list[Span]:
    named = rich.PICTURE.match(str(token.attrs.get("src", "")))
    return [{"picture": named[1], "t": token.content}] if named else _text(token.content, False)


def _formula(source: str) -> Span:
    try:
        return {"math": formula.tree(source.strip())}
    except formula.FormulaUnknown:
        return {"code": source.strip()}


def _text(text: str, strong: bool) -> list[Span]:
    """A run of text; substances get their small figures, as on the page."""
    text = "".join(SPOKEN.get(character, character) for character in text)
    text = rich.SUBSTANCE.sub(lambda found: found[1].translate(_LOWERED), text)
    found: list[Span] = []
    for low, high, level in SMALL.findall(text):
        shift = {"low": True} if low else {"high": True} if high else {}
        words = unicodedata.normalize("NFKC", low or high) if low or high else level
        found.append({"t": words, **shift, **({"b": True} if strong else {})})
    return found


_LOWERED = str.maketrans("0123456789", LOW[:10])
