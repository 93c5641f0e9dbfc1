"""The two dialects of QTI that we speak. 3.0 says everything of 2.1 with a prefix and hyphens; what is written is the same."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from xml.sax.saxutils import quoteattr

HUMP = re.compile(r"(?<!^)(?=[A-Z])")
WRAPPED = {"rubricBlock", "modalFeedback"}  # whose content 3.0 puts into a body of its own
LOM = "http://ltsc.ieee.org/xsd/LOM"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
SIDECAR = "carbonlearn.json"
MANIFEST = "imsmanifest.xml"
DIFFICULTIES = {1: "very easy", 2: "easy", 3: "medium", 4: "difficult", 5: "very difficult"}


@dataclass(frozen=True, slots=True)
class Dialect:
    """The names of one version."""

    version: str
    namespace: str
    schema: str
    item_type: str
    manifest: str
    package: tuple[str, str]  # schema and its version, as the manifest says them

    @property
    def is_new(self) -> bool:
        return self.version == "3.0"

    def name(self, camel: str) -> str:
        """``itemBody`` or ``qti-item-body``."""
        return f"qti-{_hyphened(camel)}" if self.is_new else camel

    def element(self, camel: str, attributes: Mapping[str, object], inside: str = "") -> str:
        """An element with its attributes, in this dialect."""
        said = "".join(
            f" {_hyphened(name) if self.is_new and ':' not in name else name}={quoteattr(str(value))}"
            for name, value in attributes.items()
        )
        tag = self.name(camel)
        if self.is_new and camel in WRAPPED:
            inside = f"<qti-content-body>{inside}</qti-content-body>"
        return f"<{tag}{said}>{inside}</{tag}>" if inside else f"<{tag}{said}/>"


def _hyphened(camel: str) -> str:
    return HUMP.sub("-", camel).lower()


QTI21 = Dialect(
    "2.1",
    "http://www.imsglobal.org/xsd/imsqti_v2p1",
    "http://www.imsglobal.org/xsd/qti/qtiv2p1/imsqti_v2p1.xsd",
    "imsqti_item_xmlv2p1",
    "http://www.imsglobal.org/xsd/imscp_v1p1",
    ("QTIv2.1 Package", "1.0.0"),
)
QTI30 = Dialect(
    "3.0",
    "http://www.imsglobal.org/xsd/imsqtiasi_v3p0",
    "https://purl.imsglobal.org/spec/qti/v3p0/schema/xsd/imsqti_asiv3p0_v1p0.xsd",
    "imsqti_item_xmlv3p0",
    "http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1",
    ("QTI Package", "3.0.0"),
)
STIMULUS_TYPE = "imsqti_stimulus_xmlv3p0"


@lru_cache(maxsize=1024)
def camel(name: str) -> str:
    """An element's or attribute's name as 2.1 spells it, from either dialect."""
    if name.startswith("qti-"):
        name = name[4:]
    first, *rest = name.split("-")
    return first + "".join(part.title() for part in rest)
