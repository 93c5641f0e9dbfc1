"""The main story over HTTP: study, book, sit, be marked, hold a certificate that anybody can check."""

from __future__ import annotations

import re
from typing import Any

from tests.journeys.conftest import Person, Town, answer
from tests.support.installation import Solved, solved

THRESHOLD_MS = 180_000
LINE = re.compile(r'name="(line-\d+)" value="(\d+)"')
SCRIPT = re.compile(r'action="(/desk/marking/[^"]+/marks)"')


def test_a_learner_studies_sits_passes_and_holds_a_certificate(town: Town) -> None:
    lin, place = town.enter("lin"), town.enrolment("lin")
    took = town.study(lin, place, THRESHOLD_MS)
    credited = lin.get(f"/study/totals?enrolment={place}")["credited_ms"]
    assert THRESHOLD_MS <= credited <= took
    booking, starts_at = town.book_next(lin, place)
    town.sweep(seconds=max(0, (starts_at - town.clock.now()).total_seconds() - 600))
    assert lin.get(f"/exams/bookings/{booking}/ticket")["name"] == "林晓"
    sitting = town.sit_down(lin, booking, starts_at)
    items = read_paper(town, lin, sitting)
    for item in items:
        saved = lin.post(f"/sittings/{sitting}/responses", answer(item.n, item.answer))
        assert saved["saved_revision"] == 1
    receipt = lin.post(f"/sittings/{sitting}/submission", {"generation": 1})
    assert receipt["status"] == "submitted"
    town.sweep(seconds=10)
    mark_all(town, "mark")
    mark_all(town, "mei")
    town.sweep(seconds=10)
    assert lin.get("/results")["results"] == []
    release(town)
    (result,) = lin.get("/results")["results"]
    assert (result["points"], result["passed"]) == (10_000, True)
    town.sweep(seconds=10)
    (certificate,) = lin.get("/certificates")["certificates"]
    assert certificate["status"] == "valid"
    seen = town.stranger().get(f"/v/{certificate['code']}")
    assert seen["verdict"] == "valid"
    assert "林晓" not in str(seen)


def read_paper(town: Town, person: Person, sitting: str) -> list[Solved]:
    """The paper as the candidate gets it holds no key; the house knows the answers."""
    paper = person.get(f"/sittings/{sitting}/paper")
    for item in paper["items"]:
        assert set(item) <= {"n", "type", "points", "case", "stem", "options", "html"}
    with town.app.app_context():
        found = solved(sitting)
    assert [item.n for item in found] == [item["n"] for item in paper["items"]]
    return found


def mark_all(town: Town, username: str, share: int = 2) -> int:
    """Give every script that waits for this person none (0), half (1) or all (2) of each line; how many there were."""
    marker, count = town.enter(username), 0
    while found := SCRIPT.search(page := marker.page("/desk/marking")):
        lines: dict[str, list[str]] = {}
        for name, points in LINE.findall(page):
            lines.setdefault(name, []).append(points)
        marker.send(found.group(1), **{name: choices[share] for name, choices in lines.items()})
        count += 1
    return count


def release(town: Town) -> dict[str, Any]:
    """Ding, who has marked nothing, gives the password again and releases the only window."""
    ding = town.enter("ding")
    window = re.search(r'href="(/desk/results/[^"]+)"', ding.page("/desk/results"))
    assert window
    refused = ding.send(f"{window.group(1)}/release")
    assert "/confirm" in refused.location
    town.step_up(ding)
    ding.send(f"{window.group(1)}/release")
    return {"path": window.group(1)}
