"""Answers go out compressed: text alone, and only what is large enough to gain by it.

Compressing pages that hold a secret can leak it to someone who can both inject text and watch lengths (BREACH). The only secret
in our pages is the CSRF token, which is signed anew for every page, so that its bytes never repeat.
"""

from __future__ import annotations

from flask import Flask
from flask_compress import Compress

SMALLEST_BYTES = 700
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
    app.config["COMPRESS_BR_LEVEL"] = 5
    app.config["COMPRESS_MIN_SIZE"] = SMALLEST_BYTES
    Compress(app)
