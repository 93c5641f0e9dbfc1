"""How often one address may ask where guessing would pay. Counted in the memory of each process.

Only views that carry ``@limited`` are counted, by the decorator itself: no other request pays for it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Flask, current_app, request
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from werkzeug.exceptions import TooManyRequests

View = TypeVar("View", bound=Callable[..., Any])


class Limits:
    """The counts of one application."""

    def __init__(self) -> None:
        self._storage = MemoryStorage()
        self._limiter = MovingWindowRateLimiter(self._storage)

    def hit(self, item: RateLimitItem, *names: str) -> bool:
        """Count one try; false when there were too many."""
        return self._limiter.hit(item, *names)

    def reset(self) -> None:
        """Forget every count (tests start anew)."""
        self._storage.reset()


def init_app(app: Flask) -> None:
    app.extensions["limiter"] = {Limits()}


def limited(rule: str, key: Callable[[], str] | None = None) -> Callable[[View], View]:
    """At most so many calls (``20 per minute``) for each address, or for each ``key``; beyond that the answer is 429."""
    item = parse(rule)

    def decorate(view: View) -> View:
        @wraps(view)
        def counted(*arguments: Any, **named: Any) -> Any:
            (limits,) = current_app.extensions["limiter"]
            if not limits.hit(item, str(request.endpoint), key() if key else request.remote_addr or "-"):
                raise TooManyRequests
            return view(*arguments, **named)

        return cast(View, counted)

    return decorate
