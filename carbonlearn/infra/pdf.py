"""PDF documents: typst templates, shipped fonts, and the promise that no character is silently left out.

The templates stand in ``templates/pdf``; data reaches them as JSON in ``sys.inputs``, never as markup, so a name such as
``#import "x"`` stays a name. Documents are PDF/A-2b with all fonts embedded: what was issued can be opened in thirty years.
"""

from __future__ import annotations

import base64
import io
import json
import threading
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, cast

import typst
from PIL import Image, ImageOps

from carbonlearn.infra.glyphs import FONT_FILES, FontsMissing, font_paths, missing_glyphs
from carbonlearn.infra.qr import qr_svg

__all__ = ["FontsMissing", "GlyphsMissing", "PhotoUnreadable", "missing_glyphs", "render_pdf", "warm_up"]

TEMPLATE_DIR = Path(__file__).resolve().parents[2] / "templates" / "pdf"
STANDARD: Final = "a-2b"
PHOTO_PIXELS = (500, 700)  # five to seven: 300 dots an inch at the 42 mm of the certificate
PHOTO_BYTES = 45_000
PHOTO_QUALITIES = (88, 80, 70, 55, 40, 25)
QR_KEYS = ("verify_url", "qr_text")

_lock = threading.Lock()


class GlyphsMissing(ValueError):
    """The data has characters that no shipped font draws; ``characters`` lists them."""

    def __init__(self, characters: list[str]) -> None:
        self.characters = characters
        named = ", ".join(f"{character} U+{ord(character):04X}" for character in characters)
        super().__init__(f"no shipped font can draw {named}")


class PhotoUnreadable(ValueError):
    """The photo is not an image that can be read."""


def render_pdf(template_name: str, data: dict[str, Any], made_at: datetime | None = None) -> bytes:
    """The document as PDF/A-2b bytes.

    ``template_name`` is a file of ``templates/pdf`` without its ending. In ``data``, ``photo`` is JPEG or PNG bytes (or their
    base64, or a path) or None, and ``verify_url`` or ``qr_text`` becomes the QR code. With ``made_at`` (aware) as its date
    the same data gives the same bytes. Raises GlyphsMissing, PhotoUnreadable, FontsMissing.
    """
    absent = missing_glyphs("".join(_texts(data)))
    if absent:
        raise GlyphsMissing(absent)
    inputs = {"data": json.dumps(_prepared(data), ensure_ascii=False)}
    template = TEMPLATE_DIR / f"{template_name}.typ"
    whole = made_at and made_at.replace(microsecond=0)  # typst refuses parts of a second
    with _lock:
        result, warnings = _compiler().compile_with_warnings(
            template, format="pdf", sys_inputs=inputs, pdf_standards=STANDARD, timestamp=whole
        )
    if warnings:  # an unknown font is only a warning to typst, and leaves a page without a word on it
        raise RuntimeError(f"{template.name}: {warnings[0].message}")
    return cast(bytes, result)


def warm_up() -> None:
    """Load the fonts now rather than at the first document. Raises FontsMissing."""
    missing_glyphs("")
    with _lock:
        _compiler()


@lru_cache(maxsize=1)
def _compiler() -> typst.Compiler:
    """The one compiler of this process; used only under the lock, since it refuses to be entered twice."""
    folder = font_paths()[0].parent
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(folder)])
    if len(fonts.fonts()) < len(FONT_FILES):
        raise FontsMissing(f"only {len(fonts.fonts())} of {len(FONT_FILES)} fonts in {folder} can be read")
    return typst.Compiler(root=TEMPLATE_DIR, font_paths=fonts, package_path=TEMPLATE_DIR)


def _prepared(data: dict[str, Any]) -> dict[str, Any]:
    photo = data.get("photo")
    ready = {**data, "photo": list(_portrait(_image_bytes(photo))) if photo else None}
    for key in QR_KEYS:
        if data.get(key):
            ready["qr_svg"] = qr_svg(data[key])
    return ready


def _texts(value: Any) -> list[str]:
    """Every text of the data that may be printed; the photo, which may be base64 or a path, is none."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for key, part in value.items() if key != "photo" for text in _texts(part)]
    if isinstance(value, list | tuple):
        return [text for part in value for text in _texts(part)]
    return []


def _image_bytes(photo: bytes | str | Path) -> bytes:
    if isinstance(photo, Path):
        return photo.read_bytes()
    return base64.b64decode(photo) if isinstance(photo, str) else photo


def _portrait(content: bytes) -> bytes:
    """The photo upright, cut to five by seven about its upper middle, small enough to print well, with no metadata left."""
    try:
        with Image.open(io.BytesIO(content)) as image:
            upright = ImageOps.exif_transpose(image).convert("RGB")
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise PhotoUnreadable("the photo cannot be read as an image") from error
    return _jpeg(ImageOps.fit(upright, PHOTO_PIXELS, Image.Resampling.LANCZOS, centering=(0.5, 0.35)))


def _jpeg(image: Image.Image) -> bytes:
    """The image at the best quality that keeps a printed sheet under 200 kB."""
    for quality in PHOTO_QUALITIES:
        out = io.BytesIO()
        image.save(out, "JPEG", quality=quality, optimize=True)
        if out.tell() <= PHOTO_BYTES:
            break
    return out.getvalue()
