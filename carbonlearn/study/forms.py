"""What a device may send to earn study time, field by field; anything else is refused."""

from __future__ import annotations

from carbonlearn.web.payload import Field

LONGEST_MS = 24 * 3600 * 1000

OPENING = {
    "lesson": Field("string", 1, 96, r"[a-z0-9]+(-[a-z0-9]+)*"),
    "enrolment": Field("string", 26, 26, required=False),
}
BEAT = {
    "seq": Field("integer", 1),
    "nonce": Field("string", 32, 32, r"[0-9a-f]{32}"),
    "playing": Field("boolean"),
    "visible": Field("boolean"),
    "from": Field("integer", 0, LONGEST_MS),
    "to": Field("integer", 0, LONGEST_MS),
}
PRESENCE_ANSWER = {"choice": Field("choice", 1, 1, r"[A-H]|true|false")}
