from __future__ import annotations

import base64

import pytest

from carbonlearn.infra.cipher import CipherError, FieldCipher

CIPHER = FieldCipher("k" * 40)
NUMBER = "440106199001011237"


def test_a_field_comes_back_as_it_was() -> None:
    assert CIPHER.decrypt("id_number", CIPHER.encrypt("id_number", NUMBER)) == NUMBER
    assert CIPHER.decrypt("name", CIPHER.encrypt("name", "䶮㛃𬭎")) == "䶮㛃𬭎"
    assert CIPHER.decrypt_bytes("file", CIPHER.encrypt_bytes("file", b"")) == b""


def test_the_same_text_is_never_stored_the_same_way_twice() -> None:
    assert len({CIPHER.encrypt("id_number", NUMBER) for _ in range(50)}) == 50


def test_what_is_stored_does_not_hold_the_text() -> None:
    stored = base64.b64decode(CIPHER.encrypt("id_number", NUMBER))
    assert NUMBER.encode() not in stored


def test_what_was_encrypted_for_one_purpose_cannot_be_read_for_another() -> None:
    with pytest.raises(CipherError, match="phone"):
        CIPHER.decrypt("phone", CIPHER.encrypt("id_number", NUMBER))


def test_another_key_reads_nothing() -> None:
    with pytest.raises(CipherError):
        FieldCipher("x" * 40).decrypt("id_number", CIPHER.encrypt("id_number", NUMBER))


@pytest.mark.parametrize("place", [0, 11, 12, 20, -1])
def test_one_changed_byte_anywhere_is_noticed(place: int) -> None:
    stored = bytearray(CIPHER.encrypt_bytes("paper", b"sealed questions"))
    stored[place] ^= 1
    with pytest.raises(CipherError):
        CIPHER.decrypt_bytes("paper", bytes(stored))


@pytest.mark.parametrize("length", [0, 5, 12, 20])
def test_what_was_cut_short_is_noticed(length: int) -> None:
    stored = CIPHER.encrypt_bytes("paper", b"sealed questions")
    with pytest.raises(CipherError):
        CIPHER.decrypt_bytes("paper", stored[:length])


@pytest.mark.parametrize("stored", ["", "not base64!", "AAAA"])
def test_a_field_that_never_was_one_is_refused_as_such(stored: str) -> None:
    with pytest.raises(CipherError):
        CIPHER.decrypt("phone", stored)


def test_a_blind_index_finds_equal_texts_again_and_only_those() -> None:
    index = CIPHER.blind_index("id_number", NUMBER)
    assert index == FieldCipher("k" * 40).blind_index("id_number", NUMBER)
    assert index != CIPHER.blind_index("id_number", NUMBER[:-1] + "X")
    assert index != CIPHER.blind_index("phone", NUMBER)
    assert index != FieldCipher("x" * 40).blind_index("id_number", NUMBER)
    assert len(index) == 32
    assert NUMBER not in index
