"""The bank's Markdown as XHTML that stands in other programs' files: paragraphs, tables, pictures, formulae as MathML."""

from __future__ import annotations

import re
from collections.abc import Callable
from xml.sax.saxutils import escape, quoteattr

from defusedxml.ElementTree import fromstring
from latex2mathml.converter import convert
from markdown_it.token import Token

from carbonlearn.infra import rich
from carbonlearn.question_bank.formats.markup import markdown_of

PICTURE = re.compile(r"media:([^\s()]+)\Z")
NOT_PLAIN = re.compile(r"[\\*_$|!\[\]\t\xa0]|  |\n |\A ")
PARAGRAPHS = re.compile(r"\n{2,}")
DECLARATION = re.compile(r"<\?xml[^>]*\?>|<!DOCTYPE[^>]*>")

Address = Callable[[str], str]
"""Where the file keeps the picture of this id."""


def is_plain(text: str) -> bool:
    """Whether a text has nothing but words, so that its XHTML says everything."""
    return NOT_PLAIN.search(text) is None


def blocks(text: str, address: Address) -> str:
    """A text as blocks."""
    if is_plain(text):
        return "".join(f"<p>{_lines(part)}</p>" for part in PARAGRAPHS.split(text) if part)
    return "".join(_block(token, address) for token in rich.tokens(text))


def inline(text: str, address: Address) -> str:
    """A text of one line, without blocks."""
    if is_plain(text):
        return escape(text)
    return "".join(
        _words(token, address) for token in rich.tokens(text) if token.type in ("inline", "math_block")
    )


def keeps(text: str, made: str, picture: Callable[[str], str | None]) -> bool:
    """Whether reading the XHTML gives the text back; where not, its Markdown has to travel beside it."""
    return is_plain(text) or markdown_of(made, picture) == text


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br/>")


OPENED = {
    f"{name}_open": tag
    for name, tag in (
        ("paragraph", "p"),
        ("table", "table"),
        ("thead", "thead"),
        ("tbody", "tbody"),
        ("tr", "tr"),
        ("th", "th"),
        ("td", "td"),
    )
}


def _block(token: Token, address: Address) -> str:
    if token.type in OPENED:
        return f"<{OPENED[token.type]}>"
    if token.type.endswith("_close"):
        return f"</{OPENED[token.type.removesuffix('close') + 'open']}>"
    if token.type == "math_block":
        return f"<p>{_formula(token.content, 'block')}</p>"
    return _words(token, address)


def _words(token: Token, address: Address) -> str:
    if token.type == "math_block":
        return _formula(token.content, "inline")
    return "".join(_word(child, address) for child in token.children or [])


def _word(token: Token, address: Address) -> str:
    if token.type in ("softbreak", "hardbreak"):
        return "<br/>"
    if token.type == "strong_open":
        return "<strong>"
    if token.type == "strong_close":
        return "</strong>"
    if token.type in ("em_open", "em_close"):
        return escape(token.markup)
    if token.type in ("math_inline", "math_inline_double"):
        return _formula(token.content, "inline" if token.type == "math_inline" else "block")
    if token.type == "image":
        return _picture(token, address)
    return escape(token.content)


def _picture(token: Token, address: Address) -> str:
    found = PICTURE.match(str(token.attrs.get("src", "")))
    words = token.content
    return f"<img src={quoteattr(address(found[1]))} alt={quoteattr(words)}/>" if found else escape(words)


def _formula(source: str, display: str) -> str:
    """MathML that carries its source in ``alttext``; the source itself where it cannot be read."""
    try:
        made = DECLARATION.sub("", convert(source, display=display))
        made = made.replace("<math ", f"<math alttext={quoteattr(source)} ", 1)
        fromstring(made)  # what the converter makes of odd sources is not always XML
    except Exception:
        return escape(f"${source}$")
    return made
