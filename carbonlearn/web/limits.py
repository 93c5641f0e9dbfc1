"""How often one address may ask where guessing would pay. Counted in the memory of each process."""

from __future__ import annotations

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

limiter = Limiter(get_remote_address, storage_uri="memory://", headers_enabled=False)


def init_app(app: Flask) -> None:
    limiter.init_app(app)
