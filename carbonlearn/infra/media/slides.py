"""A PDF's pages as pictures with the words on them, so that nobody needs a viewer and no script of a PDF ever reaches a browser."""

from __future__ import annotations

import re
from pathlib import Path

import pypdfium2 as pdfium
from PIL import Image, ImageChops, ImageStat

from carbonlearn.infra.media.kinds import PDF, Findings, MediaFault, Page

MAX_PAGES = 200
WIDTH = 1280
MAX_HEIGHT = 2560
QUALITY = 80
FEW_COLOURS = 32
SAMPLE = 3  # every third pixel tells which colours a page has
NOT_SEEN = 40  # of 255: what the edge of a letter may be off without being seen
MAX_TEXT = 8_000
BLANKS = re.compile(r"[^\S\n]+")


def read_slides(path: Path, folder: Path) -> Findings:
    """Render every page, 1 280 pixels wide. Raises MediaFault for a locked, damaged or too long document."""
    try:
        document = pdfium.PdfDocument(path)
    except pdfium.PdfiumError as error:
        raise MediaFault("MEDIA_LOCKED" if "password" in str(error).lower() else "MEDIA_DAMAGED") from error
    if not 1 <= len(document) <= MAX_PAGES:
        raise MediaFault("MEDIA_TOO_MANY_PAGES", pages=len(document), most=MAX_PAGES)
    try:
        pages = [_page(document[number], number, folder) for number in range(len(document))]
    except pdfium.PdfiumError as error:
        raise MediaFault("MEDIA_DAMAGED") from error
    return Findings(PDF, "application/pdf", pages=pages)


def _page(page: pdfium.PdfPage, number: int, folder: Path) -> Page:
    width, height = page.get_size()
    if not (width > 0 and height > 0):
        raise MediaFault("MEDIA_DAMAGED")
    scale = min(WIDTH / width, MAX_HEIGHT / height)
    image = page.render(scale=scale).to_pil().convert("RGB")
    name = f"page-{number + 1:03}.webp"
    save_page(image, folder / name)
    text = page.get_textpage().get_text_bounded()
    page.close()
    return Page(name, image.width, image.height, words_of(text))


def save_page(image: Image.Image, path: Path) -> None:
    """A page that is drawn and written has few colours: kept in those it is sharper and half as large. A page with photos is not."""
    size = (image.width // SAMPLE + 1, image.height // SAMPLE + 1)
    colours = image.resize(size, Image.Resampling.NEAREST).quantize(
        FEW_COLOURS, Image.Quantize.MAXCOVERAGE, kmeans=1, dither=Image.Dither.NONE
    )
    few = image.quantize(palette=colours, dither=Image.Dither.NONE).convert("RGB")
    off = ImageStat.Stat(ImageChops.difference(image, few)).extrema
    if max(highest for _lowest, highest in off) <= NOT_SEEN:
        few.save(path, "WEBP", lossless=True, method=4)
    else:
        image.save(path, "WEBP", quality=QUALITY, method=4)


def words_of(text: str) -> str:
    """The words of a page as lines, without the characters that a text of ours never holds."""
    lines = (BLANKS.sub(" ", line).strip() for line in text.replace("\r", "\n").split("\n"))
    clean = "\n".join(line for line in lines if line)
    return "".join(letter for letter in clean if letter == "\n" or letter.isprintable())[:MAX_TEXT]
