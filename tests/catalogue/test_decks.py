"""Decks that ship with the program: taken in once, as an upload would be, and true to the text that they were made from."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy
from PIL import Image, ImageDraw
from sqlalchemy import func, select

from carbonlearn.catalogue import queries, services
from carbonlearn.catalogue.models import LessonMedia, LessonVersion, MediaFile
from carbonlearn.catalogue.queries import FOLDER
from carbonlearn.catalogue.services.decks import PDF, read_deck
from carbonlearn.core.errors import Invalid
from carbonlearn.infra import vault
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import unit_of_work
from carbonlearn.infra.media.reader import examine
from carbonlearn.infra.media.slides import save_page
from tests.factories.enrolment import GDCPA, load_catalogue
from tests.factories.people import sign_in
from tests.factories.study import Device, make_learner, make_question, set_due
from tools.make_slides import DECKS, LARGEST_PAGE, LARGEST_PDF, SOURCE, compiled, faults

LESSONS = FOLDER / "content" / "lessons"
SHIPPED = sorted(path.parent.name for path in DECKS.glob(f"*/{SOURCE}"))
LESSON = "pub-06-china-carbon-market-3"
DECK = "allowance-year"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the one lesson of slides and its deck."""
    shutil.copytree(DECKS / DECK, tmp_path / "slides" / DECK)
    shutil.copy(LESSONS / f"{LESSON}.md", tmp_path)
    return tmp_path


def load(folder: Path, clock: SettableClock) -> list[services.LoadedLesson]:
    with unit_of_work():
        return services.load_lessons(folder, clock.now())


def refusal(folder: Path, clock: SettableClock) -> str:
    with pytest.raises(Invalid) as refused:
        load(folder, clock)
    assert (refused.value.code, refused.value.facts["file"]) == ("LESSON_FAULTY", f"{LESSON}.md")
    return str(refused.value.facts["rule"])


def test_a_deck_is_stored_recorded_and_outlined_by_its_pages(
    db: SQLAlchemy, clock: SettableClock, folder: Path
) -> None:
    load_catalogue(clock.now())
    (loaded,) = load(folder, clock)
    lesson, version = queries.lesson_by_slug(LESSON)
    pages = read_deck(DECKS, DECK).findings.pages
    assert (lesson.kind, loaded.is_new, version.html) == ("slides", True, "")
    assert [part["anchor"] for part in version.outline] == [f"page-{n}" for n in range(1, len(pages) + 1)]
    assert [page["text"] for page in version.media["pages"]] == [page.text for page in pages]
    assert version.source is not None and version.source["media"] == {"pdf": version.media["pdf"]}
    rows = db.session.scalars(select(MediaFile)).all()
    assert len(rows) == 1 + len(pages) == db.session.scalar(select(func.count()).select_from(LessonMedia))
    assert all(row.uploaded_by is None and vault.media().exists(row.sha256) for row in rows)
    assert services.drafts.faults_of(version.source) == []


def test_loading_a_deck_again_changes_nothing(db: SQLAlchemy, clock: SettableClock, folder: Path) -> None:
    load_catalogue(clock.now())
    load(folder, clock)
    before = db.session.scalars(select(MediaFile.id).order_by(MediaFile.id)).all()
    (again,) = load(folder, clock)
    assert (again.is_new, again.version_number) == (False, 1)
    assert db.session.scalars(select(MediaFile.id).order_by(MediaFile.id)).all() == before


def test_other_words_on_a_page_make_a_version(db: SQLAlchemy, clock: SettableClock, folder: Path) -> None:
    load_catalogue(clock.now())
    load(folder, clock)
    deck = folder / "slides" / DECK
    shutil.copy(DECKS / SHIPPED[-1] / PDF, deck / PDF)
    other = json.loads((DECKS / SHIPPED[-1] / "pages.json").read_text("utf-8"))
    (deck / "pages.json").write_text(json.dumps(other), "utf-8")
    (again,) = load(folder, clock)
    assert (again.is_new, again.version_number) == (True, 2)
    assert db.session.scalar(select(func.count()).select_from(LessonVersion)) == 2
    assert queries.lesson_by_slug(LESSON)[1].media["pages"][0]["text"].startswith("核查全程图解")


def test_a_deck_that_is_not_there_is_named(db: SQLAlchemy, clock: SettableClock, folder: Path) -> None:
    path = folder / f"{LESSON}.md"
    path.write_text(path.read_text("utf-8").replace(f"slides: {DECK}", "slides: ../elsewhere"), "utf-8")
    assert refusal(folder, clock) == "there are no slides named '../elsewhere'"
    assert db.session.scalar(select(func.count()).select_from(MediaFile)) == 0


def test_pages_of_another_file_are_refused(db: SQLAlchemy, clock: SettableClock, folder: Path) -> None:
    (folder / "slides" / DECK / PDF).write_bytes(b"%PDF-1.7 another")
    assert refusal(folder, clock) == f"the pages of '{DECK}' were drawn of another file"


def test_a_page_that_is_missing_is_named(db: SQLAlchemy, clock: SettableClock, folder: Path) -> None:
    (folder / "slides" / DECK / "page-003.webp").unlink()
    assert refusal(folder, clock) == f"pages of '{DECK}' are missing: page-003.webp"


@pytest.mark.parametrize(
    ("old", "new"),
    [("kind: slides", "kind: article"), (f"slides: {DECK}\n", ""), ("第2页 20秒", "第40页 20秒")],
)
def test_slides_belong_to_lessons_of_slides(
    old: str, new: str, db: SQLAlchemy, clock: SettableClock, folder: Path
) -> None:
    path = folder / f"{LESSON}.md"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(Invalid) as refused:
        load(folder, clock)
    assert refused.value.code == "LESSON_FAULTY" and "slides" in str(refused.value.facts["rule"])


@pytest.mark.parametrize("name", SHIPPED)
def test_what_is_committed_is_what_its_text_makes(name: str, tmp_path: Path) -> None:
    deck = read_deck(DECKS, name)
    fresh = tmp_path / PDF
    fresh.write_bytes(compiled(DECKS / name / SOURCE))
    made = examine(fresh, tmp_path).pages
    assert [(page.width, page.height, page.text) for page in made] == [
        (page.width, page.height, page.text) for page in deck.findings.pages
    ]
    assert faults(DECKS / name, deck.findings) == []


@pytest.mark.parametrize("name", SHIPPED)
def test_a_deck_is_small_enough_for_a_phone_line(name: str) -> None:
    assert (DECKS / name / PDF).stat().st_size <= LARGEST_PDF
    pages = list((DECKS / name).glob("page-*.webp"))
    assert len(pages) == len(read_deck(DECKS, name).findings.pages)
    assert max(page.stat().st_size for page in pages) <= LARGEST_PAGE


def test_a_learner_sees_every_page_with_its_words_and_nobody_else_gets_the_pictures(
    db: SQLAlchemy, client: FlaskClient, make_client: Callable[[], FlaskClient], clock: SettableClock
) -> None:
    now = clock.now()
    load_catalogue(now, GDCPA, "demonstration", lessons=True)
    learner, _ = make_learner(now, programme=GDCPA)
    page = sign_in(client, learner, now).get(f"/lessons/{LESSON}").text
    shown = queries.lesson_by_slug(LESSON)[1].media["pages"]
    assert page.count('<section class="slide"') == page.count("这一页的文字") == len(shown)
    assert "第 15 页的画面，文字见下" in page and "登记与结算由武汉的注册登记机构办" in page
    assert '<article class="prose' not in page, "there is no text beside the slides"
    picture = client.get(f"/media/{shown[3]['media']}/file")
    assert (picture.status_code, picture.mimetype) == (200, "image/webp")
    assert picture.data == (DECKS / DECK / "page-004.webp").read_bytes()
    stranger, _ = make_learner(now)
    assert sign_in(make_client(), stranger, now).get(f"/media/{shown[3]['media']}/file").status_code == 404


def test_a_question_about_a_page_leads_to_that_page(
    db: SQLAlchemy, client: FlaskClient, clock: SettableClock
) -> None:
    now = clock.now()
    load_catalogue(now, GDCPA, lessons=True)
    learner, enrolment = make_learner(now, programme=GDCPA)
    make_question(LESSON, now, part=2)
    set_due(enrolment, 30_000)
    device = Device(client, learner, clock)
    device.open(LESSON)
    reply = device.follow(40)
    assert (reply["reason"], reply["presence"]["part"], reply["presence"]["about"]["part"]) == (
        "presence_due",
        "page-2",
        "page-2",
    )


def test_a_page_of_few_colours_is_kept_as_it_is_and_one_with_a_photo_is_not(tmp_path: Path) -> None:
    drawn = Image.new("RGB", (320, 240), "white")
    ImageDraw.Draw(drawn).rectangle((20, 30, 200, 180), fill="#0f6b4f", outline="#8a5300", width=4)
    photo = Image.merge("RGB", [Image.effect_noise((320, 240), 90) for _ in range(3)])
    for name, image in (("drawn", drawn), ("photo", photo)):
        save_page(image, tmp_path / name)
    assert b"VP8L" in (tmp_path / "drawn").read_bytes()[:32], "without loss"
    assert b"VP8 " in (tmp_path / "photo").read_bytes()[:32], "too rich for a few colours"
    with Image.open(tmp_path / "drawn") as kept:
        assert kept.convert("RGB").tobytes() == drawn.tobytes()
