"""Changing the catalogue: programme and lesson files come in; at the desk lessons are drafted, published and placed, and media kept."""

from carbonlearn.catalogue.services import drafts, media, placements
from carbonlearn.catalogue.services.lessons import LoadedLesson, load_lessons, render
from carbonlearn.catalogue.services.programme_file import Fault, check_programme, read_programme
from carbonlearn.catalogue.services.programmes import (
    Change,
    LoadedProgramme,
    load_programme,
    programme_changes,
)
from carbonlearn.catalogue.services.publishing import publish
from carbonlearn.catalogue.services.turning import due_lessons, newest_number, turn_if_due

__all__ = [
    "Change",
    "Fault",
    "LoadedLesson",
    "LoadedProgramme",
    "check_programme",
    "drafts",
    "due_lessons",
    "load_lessons",
    "load_programme",
    "media",
    "newest_number",
    "placements",
    "programme_changes",
    "publish",
    "read_programme",
    "render",
    "turn_if_due",
]
