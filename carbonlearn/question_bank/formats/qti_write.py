"""QTI packages, 2.1 and 3.0: an item a file, a manifest with what the items are about, pictures, and the cases.

What XHTML cannot give back exactly (some Markdown) lies beside, in ``carbonlearn.json``, and holds for as long as the XHTML is unchanged.
"""

from __future__ import annotations

import json
import posixpath
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from carbonlearn.infra import rich
from carbonlearn.question_bank.formats import xhtml
from carbonlearn.question_bank.formats.carried import tags_of
from carbonlearn.question_bank.formats.entry import FileCase, FileItem, Outgoing
from carbonlearn.question_bank.formats.fields import rubric_text
from carbonlearn.question_bank.formats.qti_names import (
    DIFFICULTIES,
    LOM,
    MANIFEST,
    SIDECAR,
    STIMULUS_TYPE,
    XSI,
    Dialect,
)
from carbonlearn.question_bank.rules.item import MULTIPLE, SHORT, TRUE_FALSE

IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")
COUNTED = re.compile(r"item-\d+")  # what items are called here whose number is no identifier, and no others
EPOCH = (2026, 1, 1, 0, 0, 0)  # archives of the same items are the same bytes
TRUTH = (("true", "正确"), ("false", "错误"))


def write(path: Path, outgoing: Outgoing, dialect: Dialect) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as archive:
        package = _Package(archive, dialect, outgoing)
        cases = {case.id: case for case in outgoing.cases}
        for number, case in enumerate(outgoing.cases, 1):
            package.add_case(case, number)
        for number, item in enumerate(outgoing.counted(), 1):
            package.add_item(item, cases.get(item.case), number)
        package.finish()


@dataclass(slots=True)
class _Package:
    """The archive as it grows: resources for the manifest, texts whose Markdown has to go along, pictures that were shown."""

    archive: zipfile.ZipFile
    dialect: Dialect
    outgoing: Outgoing
    resources: list[str] = field(default_factory=list)
    sources: dict[str, dict[str, str]] = field(default_factory=dict)
    pictures: dict[str, bool] = field(default_factory=dict)
    stimuli: dict[str, str] = field(default_factory=dict)

    def add_item(self, item: FileItem, case: FileCase | None, number: int) -> None:
        is_usable = IDENTIFIER.fullmatch(item.id) and not COUNTED.fullmatch(item.id)
        identifier = item.id if is_usable else f"item-{number}"
        href = f"items/{identifier}.xml"
        made = _Item(self, item, href)
        self._put(href, made.document(identifier, case))
        self._resource(identifier, self.dialect.item_type, href, made.shown, _lom(item))

    def add_case(self, case: FileCase, number: int) -> None:
        """A stimulus of its own in 3.0; 2.1 has none, there a case stands in each of its items."""
        if not self.dialect.is_new:
            return
        href = f"stimuli/case-{number}.xml"
        body, shown = self.blocks(href, "stem", case.text)
        attributes = {"xmlns": self.dialect.namespace, "identifier": f"case-{number}", "title": case.id}
        inside = self.dialect.element("stimulusBody", {}, body)
        self._put(href, self.dialect.element("assessmentStimulus", attributes, inside))
        self._resource(f"case-{number}", STIMULUS_TYPE, href, shown, "")
        self.stimuli[case.id] = href

    def blocks(self, href: str, name: str, text: str, *, one_line: bool = False) -> tuple[str, list[str]]:
        """A text as XHTML and the pictures it shows. ``name``: under which its Markdown goes along if it must."""
        made = (xhtml.inline if one_line else xhtml.blocks)(text, _address)
        if not xhtml.keeps(text, made, _name_at):
            self.sources.setdefault(href, {})[name] = text
        shown = [one for one in rich.pictures_in(text) if self._keep(one)] if "](media:" in text else []
        return made, shown

    def _keep(self, picture_id: str) -> bool:
        """Put a picture into the archive, once; whether it is there."""
        if picture_id not in self.pictures:
            content = self.outgoing.picture(picture_id)
            self.pictures[picture_id] = content is not None
            if content is not None:
                self._put(f"media/{picture_id}.webp", content)
                self._resource(f"media-{picture_id}", "webcontent", f"media/{picture_id}.webp", [], "")
        return self.pictures[picture_id]

    def _put(self, href: str, content: str | bytes) -> None:
        told = zipfile.ZipInfo(href, EPOCH)
        told.compress_type = zipfile.ZIP_DEFLATED
        head = (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            if isinstance(content, str) and href.endswith(".xml")
            else ""
        )
        self.archive.writestr(told, head + content if isinstance(content, str) else content)

    def _resource(self, identifier: str, kind: str, href: str, shown: Iterable[str], about: str) -> None:
        files = "".join(f'<file href="media/{one}.webp"/>' for one in shown)
        self.resources.append(
            f"<resource identifier={quoteattr(identifier)} type={quoteattr(kind)} href={quoteattr(href)}>{about}"
            f"<file href={quoteattr(href)}/>{files}</resource>"
        )

    def finish(self) -> None:
        if self.sources:
            self._put(SIDECAR, json.dumps({"sources": self.sources}, ensure_ascii=False))
            self._resource("carbonlearn", "webcontent", SIDECAR, [], "")
        schema, version = self.dialect.package
        head = (
            f'<manifest xmlns={quoteattr(self.dialect.manifest)} xmlns:lom="{LOM}" identifier="carbonlearn-items">'
            f"<metadata><schema>{schema}</schema><schemaversion>{version}</schemaversion></metadata><organizations/><resources>"
        )
        self._put(MANIFEST, head + "\n".join(self.resources) + "</resources></manifest>")


class _Item:
    """One item's document. ``shown`` collects its pictures."""

    def __init__(self, package: _Package, item: FileItem, href: str) -> None:
        self._package, self._item, self._href = package, item, href
        self._dialect = package.dialect
        self.shown: list[str] = []

    def document(self, identifier: str, case: FileCase | None) -> str:
        attributes = {
            "xmlns": self._dialect.namespace,
            "xmlns:xsi": XSI,
            "xsi:schemaLocation": f"{self._dialect.namespace} {self._dialect.schema}",
            "identifier": identifier,
            "title": self._item.id,
            "adaptive": "false",
            "timeDependent": "false",
            "xml:lang": "zh-CN",
        }
        stimulus = self._package.stimuli.get(self._item.case)
        parts = [
            *self._declarations(),
            self._stimulus(stimulus) if stimulus else "",
            self._element("itemBody", {}, self._body(case if not stimulus else None)),
            self._processing(),
            self._explanation(),
        ]
        return self._element("assessmentItem", attributes, "".join(parts))

    def _element(self, name: str, attributes: dict[str, object] | dict[str, str], inside: str = "") -> str:
        return self._dialect.element(name, attributes, inside)

    def _text(self, name: str, text: str, *, one_line: bool = False) -> str:
        made, shown = self._package.blocks(self._href, name, text, one_line=one_line)
        self.shown += shown
        return made

    def _declarations(self) -> list[str]:
        item = self._item
        short, several = item.type == SHORT, item.type == MULTIPLE
        values = (
            [item.reference]
            if short and item.reference
            else [str(one).lower() if isinstance(one, bool) else one for one in item.key]
        )
        correct = (
            self._element("correctResponse", {}, "".join(self._value(one) for one in values))
            if values
            else ""
        )
        said = {
            "identifier": "RESPONSE",
            "cardinality": "multiple" if several else "single",
            "baseType": "string" if short else "identifier",
        }
        score = {"identifier": "SCORE", "cardinality": "single", "baseType": "float"}
        return [
            self._element("responseDeclaration", said, correct),
            self._element("outcomeDeclaration", score, self._element("defaultValue", {}, self._value("0"))),
            self._element(
                "outcomeDeclaration",
                {"identifier": "FEEDBACK", "cardinality": "single", "baseType": "identifier"},
            ),
        ]

    def _value(self, text: str) -> str:
        return self._element("value", {}, escape(text))

    def _stimulus(self, href: str) -> str:
        base = posixpath.basename(href).removesuffix(".xml")
        return self._element(
            "assessmentStimulusRef", {"identifier": base, "href": f"../{href}", "title": self._item.case}
        )

    def _body(self, case: FileCase | None) -> str:
        parts = [f'<div class="case">{self._text("case", case.text)}</div>' if case else ""]
        parts.append(f'<div class="stem">{self._text("stem", self._item.stem)}</div>')
        if self._item.type == SHORT:
            lines = rubric_text(self._item).split("\n") if self._item.rubric else []
            rubric = "".join(f"<p>{escape(one)}</p>" for one in lines)
            parts.append(self._element("rubricBlock", {"view": "scorer"}, rubric) if rubric else "")
            parts.append(
                self._element(
                    "extendedTextInteraction", {"responseIdentifier": "RESPONSE", "expectedLines": 10}
                )
            )
        else:
            parts.append(self._choices())
        return "".join(parts)

    def _choices(self) -> str:
        if self._item.type == TRUE_FALSE:
            offered = [(name, words) for name, words in TRUTH]
        else:
            offered = [
                (letter, self._text(letter, words, one_line=True))
                for letter, words in self._item.options.items()
            ]
        inside = "".join(
            self._element("simpleChoice", {"identifier": name}, words) for name, words in offered
        )
        most = 0 if self._item.type == MULTIPLE else 1
        return self._element(
            "choiceInteraction",
            {"responseIdentifier": "RESPONSE", "shuffle": "false", "maxChoices": most},
            inside,
        )

    def _processing(self) -> str:
        """Full marks for the key and none otherwise, then the explanation; a short answer is marked by people."""
        feedback = self._outcome("FEEDBACK", "identifier", "EXPLANATION")
        if self._item.type == SHORT:
            return self._element("responseProcessing", {}, feedback)
        named: dict[str, str] = {"identifier": "RESPONSE"}
        right = self._element("match", {}, self._element("variable", named) + self._element("correct", named))
        when = self._element("responseIf", {}, right + self._outcome("SCORE", "float", "1"))
        otherwise = self._element("responseElse", {}, self._outcome("SCORE", "float", "0"))
        return self._element(
            "responseProcessing", {}, self._element("responseCondition", {}, when + otherwise) + feedback
        )

    def _outcome(self, name: str, kind: str, value: str) -> str:
        return self._element(
            "setOutcomeValue", {"identifier": name}, self._element("baseValue", {"baseType": kind}, value)
        )

    def _explanation(self) -> str:
        if not self._item.explanation:
            return ""
        said = {"outcomeIdentifier": "FEEDBACK", "identifier": "EXPLANATION", "showHide": "show"}
        return self._element("modalFeedback", said, self._text("explanation", self._item.explanation))


def _address(picture_id: str) -> str:
    return f"../media/{picture_id}.webp"


def _name_at(address: str) -> str | None:
    """What a picture is called while we look whether a text reads back: its id."""
    return posixpath.basename(address).removesuffix(".webp")


def _lom(item: FileItem) -> str:
    """What the manifest tells of an item: its number, our own fields as keywords, its difficulty, what it is based on."""
    words = "".join(
        f'<lom:keyword><lom:string language="zh">{escape(tag)}</lom:string></lom:keyword>'
        for tag in tags_of(item)
    )
    number = f"<lom:identifier><lom:catalog>carbonlearn</lom:catalog><lom:entry>{escape(item.id)}</lom:entry></lom:identifier>"
    parts = [f"<lom:general>{number}{words}</lom:general>"]
    if item.difficulty in DIFFICULTIES:
        value = f"<lom:source>LOMv1.0</lom:source><lom:value>{DIFFICULTIES[item.difficulty]}</lom:value>"
        parts.append(f"<lom:educational><lom:difficulty>{value}</lom:difficulty></lom:educational>")
    if item.source:
        kind = "<lom:kind><lom:source>LOMv1.0</lom:source><lom:value>isbasedon</lom:value></lom:kind>"
        told = (
            f'<lom:description><lom:string language="zh">{escape(item.source)}</lom:string></lom:description>'
        )
        parts.append(f"<lom:relation>{kind}<lom:resource>{told}</lom:resource></lom:relation>")
    return f"<metadata><lom:lom>{''.join(parts)}</lom:lom></metadata>"
