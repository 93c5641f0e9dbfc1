"""Answers go out compressed: text alone, and only what is large enough to gain by it.

Compressing pages that hold a secret can leak it to someone who can both inject text and watch lengths (BREACH). The only secret
in our pages is the CSRF token. Should it leak, it still buys nothing from another site: the session cookie is SameSite=Lax, and
so stays at home when a stranger's page posts.
"""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import brotli  # type: ignore[import-untyped]
from flask import Flask, Response, request
from flask_compress import Compress

SMALLEST_BYTES = 700
BROTLI_LEVEL = 5
TYPES = [
    "text/html",
    "text/css",
    "text/javascript",
    "text/vtt",
    "application/json",
    "application/manifest+json",
    "image/svg+xml",
]


def init_app(app: Flask) -> None:
    app.config["COMPRESS_MIMETYPES"] = TYPES
    app.config["COMPRESS_ALGORITHM"] = ["br", "gzip"]
    app.config["COMPRESS_ALGORITHM_STREAMING"] = ["br"]
    app.config["COMPRESS_BR_LEVEL"] = BROTLI_LEVEL
    app.config["COMPRESS_MIN_SIZE"] = SMALLEST_BYTES
    app.config["COMPRESS_REGISTER"] = False
    compress = Compress(app)

    @app.after_request
    def compress_what_gains(response: Response) -> Response:
        """A small answer is the same in every encoding, so nothing is weighed, and it does not vary. What is packed stays so."""
        if "Content-Encoding" in response.headers:
            response.vary.add("Accept-Encoding")
            return response
        length = response.headers.get("Content-Length", 0, type=int)
        return response if 0 < length < SMALLEST_BYTES else compress.after_request(response)


@dataclass(frozen=True, slots=True)
class Frozen:
    """The beginning of many answers, compressed once: its bytes, and the same as deflate blocks that anything may follow."""

    plain: bytes
    deflated: bytes

    @classmethod
    def of(cls, plain: bytes) -> Frozen:
        packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
        return cls(plain, packer.compress(plain) + packer.flush(zlib.Z_FULL_FLUSH))


class Packed:
    """A text that goes out again and again: compressed at most once for each encoding."""

    def __init__(self, text: str) -> None:
        self.plain = text.encode()
        self._packed: dict[str, bytes] = {}

    def response(self, content_type: str) -> Response:
        """The text in the first of our encodings that the asker takes."""
        accepted = request.accept_encodings
        encoding = next((name for name in PACKERS if accepted[name]), "")
        if not encoding:
            return Response(self.plain, content_type=content_type)
        body = self._packed.get(encoding)
        if body is None:
            body = self._packed[encoding] = PACKERS[encoding](self.plain)
        answer = Response(body, content_type=content_type)
        answer.headers["Content-Encoding"] = encoding
        return answer


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "br": lambda plain: brotli.compress(plain, quality=BROTLI_LEVEL),
    "gzip": gzip.compress,
}


def begun_by(first: Frozen, rest: bytes, mimetype: str) -> Response:
    """An answer of a frozen beginning and the rest; for whoever takes gzip only the rest is compressed now."""
    if not request.accept_encodings["gzip"]:
        return Response(first.plain + rest, mimetype=mimetype)
    answer = Response(_gzip(first, rest), mimetype=mimetype)
    answer.headers["Content-Encoding"] = "gzip"
    return answer


def _gzip(first: Frozen, rest: bytes) -> bytes:
    packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    check = zlib.crc32(rest, zlib.crc32(first.plain))
    size = (len(first.plain) + len(rest)) & 0xFFFFFFFF
    header = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
    return b"".join(
        (header, first.deflated, packer.compress(rest), packer.flush(), struct.pack("<LL", check, size))
    )
