"""All benchmarks of one engine, in the order in which a cohort lives through them: save, study, start, look, hand in, be checked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from bench import goals
from bench.conversations import Beats, Form, Phone, again_and_again, each_once, open_form, saves
from bench.databases import Ground, ground
from bench.filled import fill
from bench.load import Conversation, request, run
from bench.measure import Bench
from bench.servers import ROOT, THREADS, WORKERS, free_port, serve_carbonlearn, serve_floor

SAVERS, LEARNERS = 32, 32
FILLED = 1000
PREPARING_SECONDS = 60.0


class Cohort:
    """The synthetic people of one run, as the load generator acts for them."""

    def __init__(self, port: int, tokens: dict[str, Any]) -> None:
        self.port, self.tokens = port, tokens
        self.form: Form = open_form(port)
        self._candidates = tokens["candidates"]
        self.savers, self.starters = self._candidates[:SAVERS], self._candidates[SAVERS:]
        self.started: list[dict[str, str]] = []
        self._revision = 0
        self.beats = [
            Beats(self.phone(one), one["session"], one["nonce"]) for one in tokens["learners"][:LEARNERS]
        ]
        self.crowd = tokens["learners"][LEARNERS:]

    def phone(self, person: dict[str, Any]) -> Phone:
        return Phone(self.port, self.form, person["cookie"])

    def start_savers(self) -> list[str]:
        """Begin the sittings of those who will save; the item types of their paper."""
        wanted = (self._start(one) for one in self.savers)
        self._all_well(run(self.port, PREPARING_SECONDS, [each_once(wanted)]).errors)
        heard: list[bytes] = []

        def read() -> Conversation:
            _status, body = yield self.phone(self.savers[0]).get(
                f"/sittings/{self.savers[0]['sitting']}/clock"
            )
            _status, body = yield request(
                "GET", f"/sittings/{self.savers[0]['sitting']}/paper", self._plain()
            )
            heard.append(body)

        self._all_well(run(self.port, PREPARING_SECONDS, [read()]).errors)
        return [item["type"] for item in json.loads(heard[0])["items"]]

    def saving(self, types: list[str]) -> list[Conversation]:
        """Each goes on above every revision that an earlier leg may have used."""
        self._revision += 10_000
        return [saves(self.phone(one), one["sitting"], types, self._revision) for one in self.savers]

    def starting(self) -> list[Conversation]:
        wanted = self._noted(iter(self.starters))
        return [each_once(wanted) for _ in range(goals.START.clients)]

    def stop_starting(self) -> None:
        """Each connection may have taken one more candidate than it had time to begin."""
        self.started = self.started[: -goals.START.clients] or self.started

    def looking(self, path: str, as_page: bool) -> list[Conversation]:
        chosen = self.started[: goals.PAGE.clients]
        paths = [path.format(one["sitting"]) for one in chosen]
        phones = [self.phone(one) for one in chosen]
        return [
            again_and_again(phone.page(where) if as_page else phone.get(where))
            for phone, where in zip(phones, paths, strict=True)
        ]

    def handing_in(self) -> list[Conversation]:
        wanted = (
            self.phone(one).post(f"/sittings/{one['sitting']}/submission", {"generation": 1})
            for one in self.started[:FILLED]
        )
        return [each_once(wanted) for _ in range(goals.SUBMIT.clients)]

    def checking(self) -> list[Conversation]:
        """Strangers without a cookie, all at one certificate."""
        headers = {
            "Host": f"127.0.0.1:{self.port}",
            "Accept": "text/html",
            "Accept-Encoding": "gzip, deflate, br",
        }
        page = request("GET", f"/v/{self.tokens['certificate']}", headers)
        return [again_and_again(page) for _ in range(goals.PUBLIC.clients)]

    def _start(self, one: dict[str, str]) -> bytes:
        return self.phone(one).post(f"/sittings/{one['sitting']}/start", {})

    def _noted(self, people: Iterator[dict[str, str]]) -> Iterator[bytes]:
        for one in people:
            self.started.append(one)
            yield self._start(one)

    def _plain(self) -> dict[str, str]:
        return {
            "Host": f"127.0.0.1:{self.port}", "Accept": "application/json",
            "Cookie": f"carbonlearn={self.savers[0]['cookie']}",
        }  # fmt: skip

    @staticmethod
    def _all_well(errors: int) -> None:
        if errors:
            raise RuntimeError(f"{errors} requests of the preparation failed")


@contextmanager
def stage(
    engine: str, seconds: float, candidates: int, crowd: int = 0
) -> Iterator[tuple[Bench, Cohort, Ground]]:
    """Databases, population and both servers of one engine; ``crowd`` is how many learners there are beside those of B2."""
    with ExitStack() as stack:
        place, port = stack.enter_context(ground(engine)), free_port()
        environment = environment_of(place, port)
        tokens = _seed(environment, place.folder, candidates, LEARNERS + crowd)
        product = stack.enter_context(serve_carbonlearn(environment, port))
        floor = stack.enter_context(serve_floor(environment))
        yield Bench(engine, floor, product, seconds), Cohort(port, tokens), place


def measure(bench: Bench, cohort: Cohort, place: Ground) -> None:
    """Every benchmark of one engine, one line each."""
    types = cohort.start_savers()
    bench.measure(goals.SAVE, lambda: cohort.saving(types))
    bench.measure(goals.BEAT, lambda: [one.conversation() for one in cohort.beats])
    bench.measure(goals.START, cohort.starting, warm=False)
    cohort.stop_starting()
    fill(place.url, [one["sitting"] for one in cohort.started[:FILLED]], types)
    bench.measure(goals.PAGE, lambda: cohort.looking("/sittings/{}/paper", False))
    bench.measure(goals.ROOM, lambda: cohort.looking("/sittings/{}", True))
    bench.measure(goals.SUBMIT, cohort.handing_in, warm=False)
    bench.measure(goals.PUBLIC, cohort.checking)


def environment_of(place: Ground, port: int) -> dict[str, str]:
    """What the product, its commands and the floor are told."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CARBONLEARN_")}
    return kept | {
        "CARBONLEARN_ENV": "development",
        "CARBONLEARN_DATABASE_URL": place.url,
        "CARBONLEARN_DATA_DIR": str(place.folder),
        "CARBONLEARN_BIND": f"127.0.0.1:{port}",
        "CARBONLEARN_WORKERS": WORKERS,
        "CARBONLEARN_THREADS": THREADS,
        "BENCH_FLOOR_DATABASE": place.floor,
    }


def _seed(environment: dict[str, str], folder: Path, candidates: int, learners: int) -> dict[str, Any]:
    command = [
        sys.executable, "-m", "carbonlearn.cli", "seed", "load", "--candidates", str(candidates), "--learners",
        str(learners),
    ]  # fmt: skip
    subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, check=True)
    tokens: dict[str, Any] = json.loads((folder / "load-tokens.json").read_text())
    return tokens
