"""The permissions table speaks in words: no permission stands there by its code alone."""

from __future__ import annotations

from carbonlearn.accounts.permission_names import PERMISSION_NAMES
from carbonlearn.core.permissions import Permission


def test_every_permission_has_words_of_its_own() -> None:
    assert set(PERMISSION_NAMES) == set(Permission)
    assert len({str(words.format()) for words in PERMISSION_NAMES.values()}) == len(Permission)
