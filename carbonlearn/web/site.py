"""Flask itself, without what none of our views needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask


class Site(Flask):
    """The application. Every view and every function around it is an ordinary one; Flask asks at each request whether it is a coroutine."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function itself."""
        return func
