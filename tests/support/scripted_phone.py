"""A phone without a screen: signs in over HTTP and sends what the exam room's and the lesson's scripts send."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar
from typing import Any

TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


class ScriptedPhone:
    """One person's session with a live server. Every request raises OSError when the server does not answer."""

    def __init__(self, url: str, username: str, password: str) -> None:
        self.url = url
        self._jar = CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self._jar))
        self.token = self._token()
        self.form("/sign-in", login=username, password=password)
        self.token = self._token("/password")

    def form(self, path: str, **fields: str) -> str:
        """Send a form as a page would; the text of the page that follows."""
        data = urllib.parse.urlencode({"csrf_token": self.token, **fields}).encode()
        with self._opener.open(
            urllib.request.Request(self.url + path, data, method="POST"), timeout=10
        ) as answer:
            return str(answer.read().decode())

    def json(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """GET, or POST when a body is given; the answer's JSON with its status as `status_code`."""
        headers = {"Accept": "application/json", "X-CSRFToken": self.token}
        data = None
        if body is not None:
            data, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        try:
            with self._opener.open(
                urllib.request.Request(self.url + path, data, headers), timeout=10
            ) as answer:
                return {**json.load(answer), "status_code": answer.status}
        except urllib.error.HTTPError as refusal:
            return {**json.load(refusal), "status_code": refusal.code}

    def _token(self, page: str = "/sign-in") -> str:
        with self._opener.open(self.url + page, timeout=10) as answer:
            found = TOKEN.search(answer.read().decode())
        assert found, f"no form token on {page}"
        return found.group(1)
