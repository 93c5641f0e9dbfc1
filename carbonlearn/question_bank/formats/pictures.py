"""The bank's pictures for programs that do not know WebP: as PNG, the same pixels, the same bytes each time."""

from __future__ import annotations

import io

from PIL import Image


def png_of(content: bytes) -> bytes:
    with Image.open(io.BytesIO(content), formats=["WEBP", "PNG", "JPEG"]) as image:
        out = io.BytesIO()
        image.save(out, "PNG", compress_level=6)
        return out.getvalue()
