"""The film on accounting boundaries: its captions and its files belong together."""

import runpy
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILM = ROOT / "static" / "lessons" / "video"
SECONDS = 86
WORDS: dict[str, Any] = runpy.run_path(str(ROOT / "tools" / "boundary_captions.py"))


def test_captions_follow_one_another_and_end_within_the_film() -> None:
    ends = 0.0
    for cue in WORDS["CUES"]:
        assert ends <= cue.start < cue.end <= SECONDS
        ends = cue.end


def test_every_caption_can_be_read_in_the_time_it_stands() -> None:
    for cue in WORDS["CUES"]:
        assert len(cue.zh) / (cue.end - cue.start) <= 9
        assert len(cue.en) / (cue.end - cue.start) <= 22


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_caption_file_says_what_the_script_says(language: str) -> None:
    written = (FILM / f"boundary.{language}.vtt").read_text(encoding="utf-8")
    assert written == WORDS["write_vtt"](WORDS["CUES"], language)


@pytest.mark.parametrize("name", ["boundary.mp4", "boundary.webm"])
def test_the_film_is_small_enough_for_a_phone_line(name: str) -> None:
    assert 100_000 < (FILM / name).stat().st_size <= 900_000


def test_the_mp4_can_start_before_it_is_whole() -> None:
    data = (FILM / "boundary.mp4").read_bytes()
    assert 0 < data.find(b"moov") < data.find(b"mdat")
