"""The rich text of items: a small Markdown, formulae, chemical notation and pictures, as sanitised HTML.

Paragraphs, line breaks, ``**strong**``, tables, ``$LaTeX$`` (shown as MathML), ``![words](media:<picture id>)``; formulae of substances
(CO2e, CH4, also in units: tCO2e) get their small figures by themselves. Everything else is text as it was typed: no list, heading, link
or HTML; so are tables that would have more than ``MAX_CELLS`` cells.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import nh3
from latex2mathml.converter import convert
from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, table
from markdown_it.token import Token
from markupsafe import Markup, escape
from mdit_py_plugins.dollarmath import dollarmath_plugin

from carbonlearn.infra.remembering import remembered

MAX_CELLS = 2000
"""Cells of all tables of a text, those counted that are not written out: a short row stands for as many as its table has columns."""
KEPT_BYTES = 16 * 1024 * 1024
PICTURES = "/item-pictures/"
PICTURE = re.compile(r"media:([0-9a-z]{26})\Z")
MATH = {
    "math", "mrow", "mi", "mo", "mn", "msub", "msup", "msubsup", "mfrac", "msqrt", "mroot", "mover", "munder", "munderover",
    "mtext", "mspace", "mtable", "mtr", "mtd", "mstyle", "mpadded",
}  # fmt: skip
TAGS = MATH | {
    "p", "br", "strong", "sub", "table", "thead", "tbody", "tr", "th", "td", "img", "div", "code",
}  # fmt: skip
ATTRIBUTES = {
    "img": {"src", "alt", "loading", "decoding"},
    "div": {"tabindex", "class"},
    "th": {"scope"},
    "math": {"display", "alttext"},
    "mo": {"stretchy", "fence", "form"},
    "mi": {"mathvariant"},
}
ELEMENTS = "H|He|Li|Be|B|C|N|O|F|Ne|Na|Mg|Al|Si|P|S|Cl|Ar|K|Ca|Ti|V|Cr|Mn|Fe|Co|Ni|Cu|Zn|As|Se|Br|Sr|Zr|Mo|Ag|Cd|Sn|I|Ba|W|Pt|Au|Hg|Pb"
MASSES = ("t", "kt", "Mt", "Gt", "g", "mg", "kg")
AFTER = "|".join([r"(?<![A-Za-z0-9])", *(rf"(?<=(?<![A-Za-z]){mass})" for mass in MASSES)])
"""Where the formula of a substance may begin: where a word does, or after the unit of its mass (tCO2e)."""
SUBSTANCE = re.compile(rf"(?:{AFTER})((?:(?:{ELEMENTS})\d{{0,2}}){{2,8}})(?=e?(?![A-Za-z0-9.]))")
JOINT = re.compile(r"(?<=\d) (?=\d{3}(?!\d)|[A-Za-z%℃°µ万亿元])")
"""The space within a number, or between a number and its unit."""
FIGURES = re.compile(r"\d+")


@remembered(KEPT_BYTES)
def html(text: str) -> Markup:
    """A text as HTML: paragraphs, or plain words where there is only one of them."""
    rendered = _markdown().render(text).strip()
    if rendered.startswith("<p>") and rendered.count("<p>") == 1 and rendered.endswith("</p>"):
        rendered = rendered[3:-4]
    return _clean(rendered)


@remembered(KEPT_BYTES)
def inline(text: str) -> Markup:
    """A text of one line, such as an option, as HTML without blocks."""
    return _clean(_markdown().renderInline(text))


def is_plain(text: str) -> bool:
    """Whether a text shows as exactly what was typed."""
    return html(text) == escape(text)


def tokens(text: str) -> Sequence[Token]:
    """What a text is made of, for whoever sets it in another form than HTML."""
    return _markdown().parse(text)


def plain(text: str) -> str:
    """A text as words alone, on one line: for lists, searching and comparing. A picture is its words, a formula its source."""
    return " ".join(" ".join(_words(tokens(text))).split())


def pictures_in(text: str) -> list[str]:
    """The ids of the pictures that a text shows, in its order."""
    found = [
        PICTURE.match(str(token.attrs.get("src", "")))
        for token in _flat(tokens(text))
        if token.type == "image"
    ]
    return [match[1] for match in found if match]


def _words(found: Sequence[Token]) -> list[str]:
    """The words of each block: of a paragraph, of a cell of a table."""
    return ["".join(map(_word, token.children or [])) for token in found if token.type == "inline"] + [
        token.content for token in found if token.type == "math_block"
    ]


def _word(token: Token) -> str:
    if token.type in ("em_open", "em_close"):
        return token.markup
    return " " if token.type in ("softbreak", "hardbreak") else token.content


def _flat(found: Sequence[Token]) -> list[Token]:
    flat: list[Token] = []
    for token in found:
        flat += _flat(token.children) if token.type == "inline" and token.children else [token]
    return flat


def _clean(rendered: str) -> Markup:
    rendered = rendered.replace("<table>", '<div class="table-box" tabindex="0"><table>')
    rendered = rendered.replace("</table>", "</table></div>").replace("<th>", '<th scope="col">')
    cleaned = nh3.clean(rendered, tags=TAGS, attributes=ATTRIBUTES, url_schemes=set(), link_rel=None)
    return Markup(cleaned)  # noqa: S704 - cleaned in the line before


@lru_cache(maxsize=1)
def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("zero", {"html": False, "breaks": True})
    markdown.enable(["table", "newline", "escape", "emphasis", "image"])
    markdown.use(
        dollarmath_plugin, allow_space=False, allow_digits=False, renderer=_formula, double_inline=True
    )
    markdown.block.ruler.at("table", _table, {"alt": ["paragraph", "reference"]})
    markdown.core.ruler.push("item_text", _fit)
    markdown.add_render_rule("em_open", _as_typed)
    markdown.add_render_rule("em_close", _as_typed)
    markdown.add_render_rule("text", _text)
    markdown.add_render_rule("image", _picture)
    return markdown


def _table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A table of a size that people read. The first that would be too large, and every one after it, stays text."""
    if state.env.get("no_more_tables") or not table(state, start, end, True):
        return False
    rule = state.getLines(start + 1, start + 2, 0, False)
    columns, rows = sum(1 for piece in rule.split("|") if piece.strip()), 1
    left = MAX_CELLS - state.env.get("cells", 0)
    while columns * rows <= left and start + rows + 1 < end and not state.isEmpty(start + rows + 1):
        rows += 1
    if columns * rows > left:
        state.env["no_more_tables"] = True
        return False
    if not silent:
        state.env["cells"] = state.env.get("cells", 0) + columns * rows
    return silent or table(state, start, end, False)


def _fit(state: Any) -> None:
    """Drop the style attributes of aligned columns, which the page's policy refuses; mark the words that stand in cells."""
    before = ""
    for token in state.tokens:
        token.attrs.pop("style", None)
        if before in ("th_open", "td_open"):
            for child in token.children or []:
                child.meta["cell"] = True
        before = token.type


def _as_typed(_renderer: Any, found: Sequence[Token], place: int, _options: Any, _env: Any) -> str:
    """A single star or underline is a character: people write 3*4*5."""
    return str(escape(found[place].markup))


def _text(_renderer: Any, found: Sequence[Token], place: int, _options: Any, _env: Any) -> str:
    """Words as HTML. In the narrow cells of a table a number stays on one line, with its unit."""
    token = found[place]
    words = JOINT.sub("\N{NO-BREAK SPACE}", token.content) if token.meta.get("cell") else token.content
    return SUBSTANCE.sub(_substance, str(escape(words)))


def _substance(found: re.Match[str]) -> str:
    return FIGURES.sub(lambda figures: f"<sub>{figures[0]}</sub>", found[1])


def _formula(source: str, options: dict[str, Any]) -> str:
    """A formula as MathML that tells its source to a reader; as its source where it cannot be read."""
    display = "block" if options.get("display_mode") else "inline"
    try:
        made = convert(source, display=display)
    except Exception:
        return f"<code>{escape(source)}</code>"
    return made.replace("<math ", f'<math alttext="{escape(source)}" ', 1)


def _picture(_renderer: Any, found: Sequence[Token], place: int, _options: Any, _env: Any) -> str:
    """A picture of the bank; its words alone where the address is anything else."""
    token = found[place]
    named = PICTURE.match(str(token.attrs.get("src", "")))
    words = escape(token.content)
    if named is None:
        return str(words)
    return f'<img src="{PICTURES}{named[1]}" alt="{words}" loading="lazy" decoding="async">'
