"""An installation with candidates for the exam room, and a slow line to it."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Flask

from tests.support.live_server import LiveServer


@dataclass
class Hall:
    """A running installation, and the application over the same rows to put candidates into it."""

    server: LiveServer
    app: Flask

    def now(self) -> datetime:
        return self.app.extensions["carbonlearn_clock"].now()

    def candidate(self, *, begun: bool = True, **over: Any) -> tuple[Any, str]:
        """A candidate and the id of the sitting, begun or waiting."""
        from tests.factories.sittings import a_candidate, a_ready_sitting, a_running_sitting

        over = {"starts_in": timedelta(0)} | over
        with self.app.app_context():
            person = a_candidate(self.now(), **over)
            make = a_running_sitting if begun else a_ready_sitting
            return person, make(person, self.now()).id

    def same_person(self, person: Any) -> Any:
        from tests.factories.sittings import another_device

        with self.app.app_context():
            return another_device(person, self.now())

    def answers(self, sitting: str) -> dict[int, Any]:
        from carbonlearn.sittings.queries import final_answers

        with self.app.app_context():
            return final_answers(sitting)


class SlowLine:
    """A line to the server on which every answer travels for a while, whether or not its page still waits for it."""

    def __init__(self, server: str, delay: float) -> None:
        self.delay, self.address = delay, urlsplit(server)
        self.door = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.door.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self.door.accept()
                far = socket.create_connection((self.address.hostname, self.address.port))
                for one, other, out in ((near, far, True), (far, near, False)):
                    threading.Thread(target=self._carry, args=(one, other, out), daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket, out: bool) -> None:
        here, there = urlsplit(self.url).netloc.encode(), self.address.netloc.encode()
        with contextlib.suppress(OSError):
            while chunk := one.recv(65536):
                if out and chunk.startswith(b"POST") and b"/responses" in chunk:
                    time.sleep(self.delay)
                other.sendall(chunk.replace(here, there) if out else chunk)
            other.shutdown(socket.SHUT_WR)
