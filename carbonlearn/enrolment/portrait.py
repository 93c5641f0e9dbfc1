"""Turns what was uploaded as a portrait into a plain JPEG, or refuses it.

Pixels alone go on: the picture is decoded by a decoder of an allowed format and written anew, so that no metadata, no second
payload and no script survives. It runs before the unit of work, never inside.
"""

from __future__ import annotations

import io
import warnings

from PIL import Image, ImageOps

from carbonlearn.core.errors import Invalid
from carbonlearn.enrolment.rules.places import MAX_PHOTO_BYTES, MAX_PIXELS, photo_fault

FORMATS = ("JPEG", "PNG", "BMP")
LONGEST_SIDE = 1200
QUALITY = 88


def portrait_jpeg(upload: bytes) -> bytes:
    """The portrait as JPEG without metadata, at most 1200 px high.

    Raises Invalid: PHOTO_TOO_LARGE, PHOTO_NOT_IMAGE, PHOTO_TOO_MANY_PIXELS, PHOTO_TOO_SMALL, PHOTO_RATIO.
    """
    if len(upload) >= MAX_PHOTO_BYTES:
        raise Invalid("PHOTO_TOO_LARGE", field="photo")
    picture = _decoded(upload)
    fault = photo_fault(*picture.size)
    if fault:
        raise Invalid(fault, field="photo")
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def _decoded(upload: bytes) -> Image.Image:
    """The upright picture in RGB on white. Sizes are read from the header before a single pixel is decoded."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(upload), formats=FORMATS)
            if picture.width * picture.height > MAX_PIXELS:
                raise Invalid("PHOTO_TOO_MANY_PIXELS", field="photo")
            picture.load()
    except Invalid:
        raise
    except Image.DecompressionBombError:
        raise Invalid("PHOTO_TOO_MANY_PIXELS", field="photo") from None
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, OverflowError):
        raise Invalid("PHOTO_NOT_IMAGE", field="photo") from None
    upright = ImageOps.exif_transpose(picture)
    if upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info:
        upright = upright.convert("RGBA")
        ground = Image.new("RGBA", upright.size, "white")
        upright = Image.alpha_composite(ground, upright)
    plain = Image.new("RGB", upright.size)
    plain.paste(upright.convert("RGB"))
    return plain
