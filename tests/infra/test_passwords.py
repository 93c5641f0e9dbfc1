from __future__ import annotations

import time

import pytest

from carbonlearn.infra.passwords import hash_password, password_matches

STORED = hash_password("a quiet green morning")


def test_a_password_fits_its_own_hash_alone() -> None:
    assert password_matches(STORED, "a quiet green morning")
    assert not password_matches(STORED, "a quiet green evening")
    assert not password_matches(STORED, "")


def test_the_same_password_is_stored_differently_for_each_person() -> None:
    assert hash_password("a quiet green morning") != STORED


def test_the_hash_is_argon2id_at_the_strength_that_was_decided() -> None:
    assert STORED.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.parametrize("stored", ["", "plain text", "$argon2id$broken", "$2b$12$" + "x" * 53])
def test_a_damaged_hash_fits_nothing(stored: str) -> None:
    assert not password_matches(stored, "a quiet green morning")
    assert not password_matches(stored, stored)


def test_without_a_hash_no_password_fits_not_even_the_decoys() -> None:
    assert not password_matches(None, "no account has this password")


def test_without_a_hash_the_same_work_is_done() -> None:
    def best(stored: str | None) -> float:
        took = []
        for _ in range(5):
            began = time.perf_counter()
            password_matches(stored, "wrong")
            took.append(time.perf_counter() - began)
        return min(took)

    assert best(None) > best(STORED) / 3, "an answer without work would tell which accounts exist"
