"""Bringing the catalogue in: programme files and lesson files, each checked, versioned and audited."""

from carbonlearn.catalogue.services.lessons import LoadedLesson, load_lessons
from carbonlearn.catalogue.services.programme_file import Fault, check_programme, read_programme
from carbonlearn.catalogue.services.programmes import (
    Change,
    LoadedProgramme,
    load_programme,
    programme_changes,
)

__all__ = [
    "Change",
    "Fault",
    "LoadedLesson",
    "LoadedProgramme",
    "check_programme",
    "load_lessons",
    "load_programme",
    "programme_changes",
    "read_programme",
]
