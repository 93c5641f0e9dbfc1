"""What can be done with the bank, for everyone outside it."""

from carbonlearn.question_bank.services.cases import revise_case, write_case
from carbonlearn.question_bank.services.enemies import let_meet, set_apart
from carbonlearn.question_bank.services.exposure import note_exposures
from carbonlearn.question_bank.services.items import (
    Besides,
    Place,
    discard,
    draft,
    put_to_use,
    reinstate,
    retire,
    review,
    revise,
)
from carbonlearn.question_bank.services.loading import digest_of, load_cases, load_items, text_of_entry
from carbonlearn.question_bank.services.looks import note_look, note_looks
from carbonlearn.question_bank.services.sources import confirm, note_change

__all__ = [
    "Besides",
    "Place",
    "confirm",
    "digest_of",
    "discard",
    "draft",
    "let_meet",
    "load_cases",
    "load_items",
    "note_change",
    "note_exposures",
    "note_look",
    "note_looks",
    "put_to_use",
    "reinstate",
    "retire",
    "review",
    "revise",
    "revise_case",
    "set_apart",
    "text_of_entry",
    "write_case",
]
