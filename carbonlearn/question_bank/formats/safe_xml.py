"""XML from strangers: no document type, no entities of its own, nothing fetched; long files element by element."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import IO, Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring, iterparse

from carbonlearn.question_bank.formats.entry import FileFault


def parsed(content: bytes) -> Element:
    """A small document. Raises FileFault."""
    try:
        return fromstring(content, forbid_dtd=True)
    except DefusedXmlException as error:
        raise FileFault("IMPORT_XML_DOCTYPE") from error
    except (ParseError, ValueError, LookupError) as error:
        raise FileFault("IMPORT_XML_BROKEN", where=_where(error)) from error


def ended(stream: IO[bytes], wanted: set[str]) -> Iterator[tuple[str, Element]]:
    """The elements of these names (without their namespaces) as they end, each forgotten when the next one is asked for."""
    try:
        yield from _ended(iterparse(stream, events=("start", "end"), forbid_dtd=True), wanted)
    except DefusedXmlException as error:
        raise FileFault("IMPORT_XML_DOCTYPE") from error
    except (ParseError, ValueError, LookupError) as error:
        raise FileFault("IMPORT_XML_BROKEN", where=_where(error)) from error


def _ended(events: Iterable[tuple[str, Element]], wanted: set[str]) -> Iterator[tuple[str, Element]]:
    around: list[Element] = []
    inside = 0
    for event, element in events:
        if name(element) in wanted:
            inside += 1 if event == "start" else -1
            if event == "end" and not inside:
                yield name(element), element
                for one in (element, *around[-1:]):
                    one.clear()
        elif not inside and event == "start":
            around.append(element)
        elif not inside:
            around.pop().clear()


def name(element: Element) -> str:
    """An element's name without its namespace."""
    return _local(element.tag)


@lru_cache(maxsize=1024)
def _local(tag: Any) -> str:
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _where(error: Exception) -> str:
    place = getattr(error, "position", None)
    return f"{place[0]}:{place[1]}" if place else "-"
