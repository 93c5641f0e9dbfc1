"""Forms without a token: on pages that set no cookie, a browser says by itself where a form was sent from."""

from __future__ import annotations

from flask import request

from carbonlearn.core.errors import Refused


def refuse_other_sites() -> None:
    """Raises Refused for what another site sent."""
    origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
    own = request.host_url.rstrip("/")
    foreign = site in ("cross-site", "same-site") if site else origin not in (None, own)
    if foreign:
        raise Refused("CROSS_SITE")
