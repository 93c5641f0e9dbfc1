"""The films of lessons: their captions and their files belong together."""

from pathlib import Path

import pytest

from tools.films.__main__ import FILMS
from tools.films.canvas import Fonts
from tools.films.captions import write_vtt
from tools.films.film import Film

FOLDER = Path(__file__).resolve().parents[2] / "static" / "lessons" / "video"
SECONDS = {"boundary": 86, "coal": 100, "settlement": 102}
every_film = pytest.mark.parametrize("film", [pytest.param(film, id=name) for name, film in FILMS.items()])


def test_every_film_that_ships_has_its_program() -> None:
    assert {name: film.seconds for name, film in FILMS.items()} == SECONDS
    assert {path.stem for path in FOLDER.glob("*.mp4")} == set(FILMS)


@every_film
def test_captions_follow_one_another_and_end_within_the_film(film: Film) -> None:
    ends = 0.0
    for cue in film.cues:
        assert ends <= cue.start < cue.end <= film.seconds
        ends = cue.end


@every_film
def test_every_caption_can_be_read_in_the_time_it_stands(film: Film) -> None:
    for cue in film.cues:
        assert len(cue.zh) / (cue.end - cue.start) <= 9, cue.zh
        assert len(cue.en) / (cue.end - cue.start) <= 22, cue.en


@every_film
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_caption_file_says_what_the_script_says(film: Film, language: str) -> None:
    written = (FOLDER / f"{film.name}.{language}.vtt").read_text(encoding="utf-8")
    assert written == write_vtt(film.cues, language)


@every_film
def test_the_film_is_small_enough_for_a_phone_line(film: Film) -> None:
    for ending in ("mp4", "webm"):
        assert 100_000 < (FOLDER / f"{film.name}.{ending}").stat().st_size <= 900_000


@every_film
def test_the_mp4_can_start_before_it_is_whole(film: Film) -> None:
    data = (FOLDER / f"{film.name}.mp4").read_bytes()
    assert 0 < data.find(b"moov") < data.find(b"mdat")


@every_film
def test_every_scene_leaves_room_for_the_captions(film: Film) -> None:
    """Captions stand in the lowest seventh: nothing is drawn there but the opening's ground."""
    at = 0.0
    for seconds, _ in film.scenes:
        at += seconds
        frame = film.frame_at(at - 0.05, Fonts())
        low = frame.crop((0, 310, frame.width, frame.height))
        assert len(low.getcolors() or []) == 1, f"{film.name} at {at}"
