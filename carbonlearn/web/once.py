"""A word from one answer to the next page of the same sign-in, to be read there once: a code to copy, a reason already typed.

It waits sealed in a cookie that only this page is sent, which its reading takes away. Nobody can read it there, and no address holds it.
Under another sign-in, or after ten minutes, it opens no more.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from flask import after_this_request, current_app, g, request
from werkzeug.wrappers import Response

from carbonlearn.infra import vault

NAME = "once"
LASTS = timedelta(minutes=10)


def leave(response: Response, page: str, **words: str) -> Response:
    """The answer, with the words sealed for ``page`` (a path of this site)."""
    until = (g.now + LASTS).isoformat()
    plain = json.dumps([g.actor.session_hash, page, until, words], ensure_ascii=False)
    response.set_cookie(
        NAME,
        vault.cipher().encrypt(NAME, plain),
        max_age=int(LASTS.total_seconds()),
        path=page,
        httponly=True,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        samesite="Lax",
    )
    return response


def taken() -> dict[str, str]:
    """The words that wait for this page; the answer to this request takes them away. Empty when there are none that fit."""
    sealed, page = request.cookies.get(NAME), request.path
    if not sealed:
        return {}

    @after_this_request
    def _forget(response: Response) -> Response:
        response.delete_cookie(
            NAME, path=page, httponly=True, secure=current_app.config["SESSION_COOKIE_SECURE"], samesite="Lax"
        )
        return response

    return _opened(sealed, page)


def _opened(sealed: str, page: str) -> dict[str, str]:
    try:
        whose, where, until, words = json.loads(vault.cipher().decrypt(NAME, sealed))
    except (ValueError, TypeError):
        return {}
    fits = whose == g.actor.session_hash and where == page and g.now < datetime.fromisoformat(until)
    return dict(words) if fits else {}
