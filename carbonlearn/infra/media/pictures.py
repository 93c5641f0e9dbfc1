"""Pictures are decoded and written anew: what comes out holds the pixels and nothing else, no place, no camera, no second file behind."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageOps

from carbonlearn.infra.media.kinds import IMAGE, Findings, MediaFault

MAX_PIXELS = 25_000_000
LONGEST_SIDE = 2400
SPARING_SIDE = 1600
SPARING_PIXELS = 4_000_000
QUALITY = 85
FORMATS = {"jpeg": "JPEG", "png": "PNG", "webp": "WEBP"}
OUT = "picture.webp"


def read_picture(path: Path, format_name: str, folder: Path, *, is_sparing: bool = False) -> Findings:
    """Re-encode as WebP, upright, no longer than 2 400 pixels. Raises MediaFault by the header before anything large is decoded.

    ``is_sparing``: where memory is short, a large JPEG is decoded at a half or a quarter of its size at once.
    """
    try:
        with Image.open(path, formats=[FORMATS[format_name]]) as image:
            if image.width * image.height > MAX_PIXELS:
                raise MediaFault("MEDIA_TOO_MANY_PIXELS", width=image.width, height=image.height)
            if getattr(image, "n_frames", 1) > 1:
                raise MediaFault("MEDIA_ANIMATED")
            if is_sparing and format_name == "jpeg":
                _take_smaller(image)
            image.load()
            plain = _plain(image, SPARING_SIDE if is_sparing else LONGEST_SIDE)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise MediaFault("MEDIA_DAMAGED") from error
    del image  # its pixels are not needed while the new ones are written
    plain.save(folder / OUT, "WEBP", quality=QUALITY, method=4)
    return Findings(IMAGE, "image/webp", file=OUT, width=plain.width, height=plain.height)


def prepare() -> None:
    """Load what reads and writes pictures: for a process that limits its memory afterwards."""
    Image.init()


def _take_smaller(image: Image.Image) -> None:
    """Have a JPEG decoded at the largest of its own scales that is small enough."""
    for scale in (1, 2, 4, 8):
        if image.width * image.height <= SPARING_PIXELS * scale**2:
            break
    if scale > 1:
        image.draft(None, (image.width // scale, image.height // scale))


def _plain(image: Image.Image, longest: int) -> Image.Image:
    """The pixels alone, in RGB or with transparency."""
    ImageOps.exif_transpose(image, in_place=True)
    has_alpha = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    mode = "RGBA" if has_alpha else "RGB"
    upright = image if image.mode == mode else image.convert(mode)
    upright.thumbnail((longest, longest))
    bare = Image.new(upright.mode, upright.size)
    bare.paste(upright)
    return bare
