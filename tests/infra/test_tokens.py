from __future__ import annotations

import re

from carbonlearn.infra.tokens import keyed_hash, new_code, new_digits, new_id, new_token, same, token_hash


def test_public_ids_are_26_lower_case_characters_and_never_repeat() -> None:
    made = {new_id() for _ in range(5000)}
    assert len(made) == 5000
    assert all(re.fullmatch(r"[0-9a-hjkmnp-tv-z]{26}", one) for one in made)


def test_ids_do_not_follow_the_order_in_which_they_are_made() -> None:
    made = [new_id() for _ in range(200)]
    assert made != sorted(made)
    assert len({one[-1] for one in made}) > 20
    assert len({one[1] for one in made}) > 20


def test_a_code_for_people_has_no_letter_that_looks_like_a_digit() -> None:
    for _ in range(500):
        assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{10}", new_code(10))


def test_digits_keep_their_length() -> None:
    assert all(re.fullmatch(r"\d{7}", new_digits(7)) for _ in range(500))


def test_a_token_is_long_and_new_each_time() -> None:
    made = {new_token() for _ in range(1000)}
    assert len(made) == 1000
    assert min(map(len, made)) >= 43


def test_what_is_stored_of_a_token_is_not_the_token() -> None:
    token = new_token()
    assert len(token_hash(token)) == 64
    assert token not in token_hash(token)
    assert token_hash(token) == token_hash(token)
    assert token_hash(token) != token_hash(token + "x")


def test_a_keyed_hash_is_apart_for_each_key_purpose_and_text() -> None:
    hashes = {
        keyed_hash("key", "receipt", "text"),
        keyed_hash("yek", "receipt", "text"),
        keyed_hash("key", "nonce", "text"),
        keyed_hash("key", "receipt", "other"),
    }
    assert len(hashes) == 4
    assert same(keyed_hash("key", "receipt", "text"), keyed_hash("key", "receipt", "text"))


def test_equality_holds_for_any_script_and_for_different_lengths() -> None:
    assert same("张文丰", "张文丰")
    assert not same("张文丰", "张文")
    assert not same("", "x")
