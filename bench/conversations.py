"""What the virtual candidates, learners and strangers say, request by request, as a phone would."""

from __future__ import annotations

import itertools
import json
import re
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bench.load import Conversation, request

ENCODINGS = {"Accept-Encoding": "gzip, deflate, br", "Accept-Language": "zh-CN"}
ANSWERS = {
    "single-choice": ["A"],
    "multiple-choice": ["A", "B"],
    "true-false": True,
    "short-answer": "先划定核算边界，再识别排放源，按缺省值或实测值计算并留存凭证。",
}
BEAT_MS = 20_000


@dataclass(frozen=True, slots=True)
class Form:
    """The cookie and the token of one page with a form: what every POST has to show."""

    cookie: str
    token: str


def open_form(port: int) -> Form:
    """Cookie and token as the sign-in page gives them to anybody."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in", timeout=20) as answer:
        cookie = answer.headers["Set-Cookie"].split(";")[0]
        token = re.search(r'name="csrf_token" value="([^"]+)"', answer.read().decode())
    if token is None:
        raise RuntimeError("the sign-in page shows no form token")
    return Form(cookie, token[1])


class Phone:
    """One signed-in device: makes the bytes of its requests."""

    def __init__(self, port: int, form: Form, cookie: str) -> None:
        self._get = {
            "Host": f"127.0.0.1:{port}", "Accept": "application/json", "Cookie": f"carbonlearn={cookie}", **ENCODINGS,
        }  # fmt: skip
        self._post = {
            **self._get, "Cookie": f"carbonlearn={cookie}; {form.cookie}", "X-CSRFToken": form.token,
            "Content-Type": "application/json",
        }  # fmt: skip

    def get(self, path: str) -> bytes:
        return request("GET", path, self._get)

    def page(self, path: str) -> bytes:
        return request("GET", path, self._get | {"Accept": "text/html"})

    def post(self, path: str, body: dict[str, Any]) -> bytes:
        return request("POST", path, self._post, json.dumps(body, ensure_ascii=False).encode())


def saves(phone: Phone, sitting: str, types: list[str], first_revision: int) -> Conversation:
    """Answer after answer of one's own sitting, from the first item to the last and again, with rising revisions."""
    revision = first_revision
    while True:
        for item, kind in enumerate(types, start=1):
            wish = {
                "item": item, "revision": revision, "generation": 1, "operation_id": f"{item}-{revision}",
                "value": ANSWERS[kind],
            }  # fmt: skip
            yield phone.post(f"/sittings/{sitting}/responses", wish)
        revision += 1


class Beats:
    """One learner's chain of nonces; it outlives a conversation, so that the next one goes on from it."""

    def __init__(self, phone: Phone, session: str, nonce: str) -> None:
        self._phone, self._session = phone, session
        self._seq, self._nonce, self._at = 1, nonce, 0

    def conversation(self) -> Conversation:
        while True:
            claim = {
                "seq": self._seq, "nonce": self._nonce, "playing": True, "visible": True, "from": self._at,
                "to": self._at + BEAT_MS,
            }  # fmt: skip
            status, body = yield self._phone.post(f"/study/sessions/{self._session}/beats", claim)
            if status == 200:
                self._hear(json.loads(body))

    def _hear(self, reply: dict[str, Any]) -> None:
        self._seq, self._nonce = reply["seq"] + 1, reply["nonce"]
        if reply["painted"]:
            self._at = reply["painted"][-1][1]


def each_once(wanted: Iterator[bytes]) -> Conversation:
    """The next of a common supply, until it is used up: for what can be done once by each candidate."""
    yield from wanted


def again_and_again(wanted: bytes) -> Conversation:
    """The same request for ever."""
    while True:
        yield wanted


def floor_saves(port: int, attempt: int) -> Conversation:
    """Upserts of the floor, over the slots of one attempt. Each round brings other values: SQLite writes nothing, and waits for no disk,
    when a row is set to what it holds."""
    headers = {"Host": f"127.0.0.1:{port}", "Content-Type": "application/json"}
    for value in itertools.count():
        for slot in range(96):
            body = json.dumps({"attempt": attempt, "slot": slot, "value": f'["{value}"]'}).encode()
            yield request("POST", "/save", headers, body)


def floor_hello(port: int) -> Conversation:
    """The floor's bare page."""
    return again_and_again(request("GET", "/hello", {"Host": f"127.0.0.1:{port}"}))
