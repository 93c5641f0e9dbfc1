"""A picture of an item stands in the printed paper, in its own proportions, and nowhere where it is not shown."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

import pypdfium2
import pytest
from PIL import Image
from sqlalchemy import update

from carbonlearn.exams import jobs, queries
from carbonlearn.exams.models import Paper
from carbonlearn.exams.queries.printing import print_data
from carbonlearn.infra import vault
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import db as database
from carbonlearn.infra.db import unit_of_work
from carbonlearn.infra.pdf import render_pdf
from carbonlearn.question_bank.models import ItemPicture, ItemVersion
from tests.factories.enrolment import GDCPA
from tests.factories.exams import THRESHOLD_MS, Hall, book
from tests.factories.items import load_bank

WIDTH, HEIGHT = 320, 160


@pytest.fixture
def now(clock: SettableClock) -> datetime:
    return clock.now()


def a_picture(hall: Hall, now: datetime) -> str:
    """A picture of the bank; its id."""
    out = io.BytesIO()
    Image.new("RGB", (WIDTH, HEIGHT), "#0a7d55").save(out, "PNG")
    content = out.getvalue()
    stored = vault.media().put(io.BytesIO(content), len(content))
    with unit_of_work():
        made = ItemPicture(
            sha256=stored.key,
            kind="image/png",
            width=WIDTH,
            height=HEIGHT,
            size=len(content),
            uploaded_by=hall.actor.user_id,
            created_at=now,
        )
        database.session.add(made)
        database.session.flush()
        return made.id


def pictures_of(content: bytes) -> list[tuple[int, int]]:
    """The pictures of a PDF by their pixels."""
    found = []
    for page in pypdfium2.PdfDocument(content):
        for thing in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE]):
            found.append(tuple(thing.get_px_size()))
    return found


def test_a_picture_is_printed_with_the_items_that_show_it(db: Any, now: datetime) -> None:
    hall = Hall(now, GDCPA)
    load_bank(now)
    picture = a_picture(hall, now)
    with unit_of_work():
        db.session.execute(
            update(ItemVersion)
            .where(ItemVersion.number == 1)
            .values(stem=ItemVersion.stem + f"\n\n![流程图](media:{picture})")
        )
    booking = book(hall.window("2026-11-28"), hall.learner(THRESHOLD_MS)[0], now)
    jobs.seal_papers(hall.window("2026-11-28").seal_at)
    paper: Paper = queries.paper_for(booking)
    data = print_data(paper, "paper")
    assert list(data["pictures"]) == [picture]
    assert pictures_of(render_pdf("exam-paper", data, now)) == [(WIDTH, HEIGHT)] * paper.item_count
    for part in data["parts"]:
        for item in part["items"]:
            item["stem"] = []
    assert pictures_of(render_pdf("exam-paper", data, now)) == [], (
        "the control: without their stems there is none"
    )
