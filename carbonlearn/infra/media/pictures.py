"""Pictures are decoded and written anew: what comes out holds the pixels and nothing else, no place, no camera, no second file behind."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageOps

from carbonlearn.infra.media.kinds import IMAGE, Findings, MediaFault

MAX_PIXELS = 25_000_000
LONGEST_SIDE = 2400
QUALITY = 85
FORMATS = {"jpeg": "JPEG", "png": "PNG", "webp": "WEBP"}
OUT = "picture.webp"


def read_picture(path: Path, format_name: str, folder: Path) -> Findings:
    """Re-encode as WebP, upright, no longer than 2 400 pixels. Raises MediaFault by the header before anything large is decoded."""
    try:
        with Image.open(path, formats=[FORMATS[format_name]]) as image:
            if image.width * image.height > MAX_PIXELS:
                raise MediaFault("MEDIA_TOO_MANY_PIXELS", width=image.width, height=image.height)
            if getattr(image, "n_frames", 1) > 1:
                raise MediaFault("MEDIA_ANIMATED")
            image.load()
            plain = _plain(image)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise MediaFault("MEDIA_DAMAGED") from error
    plain.save(folder / OUT, "WEBP", quality=QUALITY, method=4)
    return Findings(IMAGE, "image/webp", file=OUT, width=plain.width, height=plain.height)


def _plain(image: Image.Image) -> Image.Image:
    """The pixels alone, in RGB or with transparency."""
    upright = ImageOps.exif_transpose(image)
    has_alpha = upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info
    upright = upright.convert("RGBA" if has_alpha else "RGB")
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    bare = Image.new(upright.mode, upright.size)
    bare.paste(upright)
    return bare
