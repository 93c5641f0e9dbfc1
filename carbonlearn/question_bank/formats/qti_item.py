"""One QTI item of either dialect, read: what is asked, what may be chosen, what is right, how it is explained and marked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape, quoteattr

from carbonlearn.question_bank.formats.entry import FileItem
from carbonlearn.question_bank.formats.fields import put
from carbonlearn.question_bank.formats.markup import markdown_of
from carbonlearn.question_bank.formats.qti_names import camel
from carbonlearn.question_bank.formats.safe_xml import name
from carbonlearn.question_bank.formats.texts import clean, line
from carbonlearn.question_bank.formats.words import truth_of
from carbonlearn.question_bank.formats.xhtml import blocks, inline
from carbonlearn.question_bank.rules.item import LETTERS, MULTIPLE, SHORT, SINGLE, TRUE_FALSE

NOT_SHOWN = {
    "rubricBlock",
    "stylesheet",
    "feedbackBlock",
    "feedbackInline",
    "templateBlock",
    "templateInline",
    "catalogInfo",
}
OWN_PICTURE = re.compile(r"(?<=\]\(media:)[0-9a-z]{26}(?=\))")
KEPT_ATTRIBUTES = ("src", "alt", "alttext", "display", "data")


@dataclass(slots=True)
class ItemDocument:
    """A parsed item or stimulus, the names of its pictures, and the Markdown that our own package carries for its texts."""

    root: Element
    picture: Callable[[str], str | None] = lambda _address: None
    sources: Mapping[str, str] = field(default_factory=dict)


def item_of(document: ItemDocument) -> tuple[FileItem, str]:
    """The item, and the text of the case that stands in its body (empty without)."""
    item = FileItem(id=line(document.root.get("title") or document.root.get("identifier") or "")[:64])
    body = next(_named(document.root, "itemBody"), None)
    if body is None:
        item.note("row", "IMPORT_NO_BODY")
        return item, ""
    found = [one for one in body.iter() if camel(name(one)).endswith("Interaction")]
    case = next((one for one in body if one.get("class") == "case"), None)
    prompts = "".join(f"<p>{_html(prompt)}</p>" for one in found for prompt in _named(one, "prompt"))
    item.stem = _markdown(document, "stem", _html(body, case) + prompts)
    item.explanation = _explanation(document)
    if len(found) != 1:
        item.note(
            "type", "IMPORT_TYPE_NOT_OURS", said="+".join(camel(name(one)) for one in found)[:60] or "-"
        )
    else:
        _take(item, document, found[0])
    _take_rubric(item, body)
    return item, _markdown(document, "case", _html(case)) if case is not None else ""


def texts_of(document: ItemDocument, part: str) -> str:
    """The text of a stimulus."""
    body = next(_named(document.root, part), None)
    return "" if body is None else _markdown(document, "stem", _html(body))


def _named(root: Element, wanted: str) -> Iterator[Element]:
    return (one for one in root.iter() if camel(name(one)) == wanted)


def _take(item: FileItem, document: ItemDocument, interaction: Element) -> None:
    kind = camel(name(interaction))
    response = interaction.get("responseIdentifier") or interaction.get("response-identifier") or ""
    declared = next(
        (one for one in _named(document.root, "responseDeclaration") if one.get("identifier") == response),
        None,
    )
    right = _right(declared)
    if kind == "choiceInteraction":
        _take_choices(
            item,
            document,
            interaction,
            right,
            declared is not None and declared.get("cardinality") == "multiple",
        )
    elif kind == "extendedTextInteraction":
        item.type, item.reference = SHORT, clean("\n".join(right))
    else:
        item.note("type", "IMPORT_TYPE_NOT_OURS", said=kind[:60])


def _right(declared: Element | None) -> list[str]:
    """The correct values; without them those that a mapping gives points for."""
    if declared is None:
        return []
    correct = next(_named(declared, "correctResponse"), None)
    if correct is not None:
        return [value.text or "" for value in _named(correct, "value")]
    return [
        one.get("mapKey") or one.get("map-key") or ""
        for one in _named(declared, "mapEntry")
        if _number(one.get("mappedValue") or one.get("mapped-value") or "0") > 0
    ]


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _take_choices(
    item: FileItem, document: ItemDocument, interaction: Element, right: list[str], several: bool
) -> None:
    choices = list(_named(interaction, "simpleChoice"))
    truths = [truth_of("".join(choice.itertext())) for choice in choices]
    right = [value.strip() for value in right]
    if len(choices) == 2 and set(truths) == {True, False} and not several:
        item.type = TRUE_FALSE
        item.key = [
            truth
            for truth, choice in zip(truths, choices, strict=True)
            if truth is not None and choice.get("identifier") in right
        ]
        return
    if len(choices) > len(LETTERS):
        item.note("options", "ITEM_OPTIONS_COUNT")
    for letter, choice in zip(LETTERS, choices, strict=False):
        item.options[letter] = line(_markdown(document, letter, _html(choice)))
        if choice.get("identifier") in right:
            item.key.append(letter)
    item.type = MULTIPLE if several else SINGLE


def _take_rubric(item: FileItem, body: Element) -> None:
    """The rubric for scorers; of a foreign one whose lines have no points, the words go to the model answer."""
    for block in _named(body, "rubricBlock"):
        if item.type == SHORT and "scorer" in (block.get("view") or "").split():
            paragraphs = [line("".join(one.itertext())) for one in block.iter() if name(one) in ("p", "li")]
            put(
                item,
                "rubric",
                "\n".join(one for one in paragraphs if one) or clean("".join(block.itertext())),
            )


def _explanation(document: ItemDocument) -> str:
    shown = list(_named(document.root, "modalFeedback"))
    return _markdown(document, "explanation", "".join(f"<div>{_html(one)}</div>" for one in shown))


def _markdown(document: ItemDocument, part: str, html: str) -> str:
    """A text as Markdown: what travels beside it, if the XHTML is still what that gives; else what the XHTML says."""
    read = markdown_of(html, document.picture)
    source = document.sources.get(part)
    if source is None:
        return read
    made = inline(source, _same) if part in LETTERS else blocks(source, _same)
    return (
        _renamed(source, document) if markdown_of(made, lambda address: address) == _unnamed(html) else read
    )


def _same(picture_id: str) -> str:
    return f"../media/{picture_id}.webp"


def _unnamed(html: str) -> str:
    return markdown_of(html, lambda address: address)


def _renamed(source: str, document: ItemDocument) -> str:
    """The carried Markdown with the names that its pictures have in this package."""
    return OWN_PICTURE.sub(lambda found: document.picture(_same(found[0])) or found[0], source)


def _html(element: Element, without: Element | None = None) -> str:
    """What stands in an element as HTML: no namespaces, no interactions, nothing that candidates do not see."""
    parts = [escape(element.text or "")]
    for child in element:
        kind = camel(name(child))
        hidden = child is without or kind in NOT_SHOWN or kind.endswith("Interaction") or kind == "prompt"
        if not hidden:
            parts.append(_tagged(child))
        parts.append(escape(child.tail or ""))
    return "".join(parts)


def _tagged(element: Element) -> str:
    tag = name(element)
    if tag in ("qti-content-body", "printedVariable", "infoControl"):
        return _html(element)
    said = "".join(
        f" {key}={quoteattr(element.get(key, ''))}" for key in KEPT_ATTRIBUTES if element.get(key) is not None
    )
    if tag == "object" and (element.get("type") or "").startswith("image/"):
        return f"<img src={quoteattr(element.get('data', ''))} alt={quoteattr(''.join(element.itertext()).strip())}/>"
    inside = _html(element)
    return f"<{tag}{said}>{inside}</{tag}>" if inside or tag not in ("br", "img", "hr") else f"<{tag}{said}/>"
