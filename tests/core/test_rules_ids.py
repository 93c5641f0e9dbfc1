from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonlearn.core import ids
from carbonlearn.core.errors import Invalid

numbers = st.builds(
    ids.CertificateNumber,
    st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=12),
    st.integers(2000, 9999),
    st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=12),
    st.integers(1, ids.SERIAL_LIMIT),
)


@pytest.mark.parametrize(("digits", "check"), [("79462", "3"), ("00200667308", "5")])
def test_check_digit_agrees_with_published_iso_7064_examples(digits: str, check: str) -> None:
    assert ids.mod_11_10(digits) == check
    assert ids.mod_11_10_holds(digits + check)


@given(st.text("0123456789", min_size=1, max_size=20), st.data())
def test_every_single_wrong_digit_is_noticed(digits: str, data: st.DataObject) -> None:
    good = digits + ids.mod_11_10(digits)
    place = data.draw(st.integers(0, len(good) - 1))
    wrong = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != good[place]]))
    assert not ids.mod_11_10_holds(good[:place] + wrong + good[place + 1 :])


@pytest.mark.parametrize("digits", ["", "5", "٣٤", "12a4"])
def test_what_is_no_string_of_digits_never_holds(digits: str) -> None:
    assert not ids.mod_11_10_holds(digits)


def test_a_certificate_number_is_written_in_five_parts() -> None:
    number = ids.CertificateNumber("GDCPA", 2026, "4", 12)
    text = str(number)
    assert text.rpartition("-")[0] == "GDCPA-2026-4-000012"
    assert ids.mod_11_10_holds("1613122510" + "2026" + "4" + "000012" + text[-1])


@given(numbers, st.sampled_from(["", "-", " ", "－", "–", " - "]), st.booleans())
def test_a_certificate_number_is_read_however_it_is_typed(
    number: ids.CertificateNumber, joint: str, lower: bool
) -> None:
    typed = joint.join(str(number).split("-"))
    assert ids.read_certificate_number(typed.lower() if lower else typed) == number


@pytest.mark.parametrize(
    "text", ["", "GDCPA", "GDCPA-2026-4-12-1", "G-2026-4-000012-1", "GDCPA-2026-4-000000-1", "'; --"]
)
def test_refuses_what_has_not_the_form_of_a_certificate_number(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        ids.read_certificate_number(text)
    assert refused.value.code == "CERTIFICATE_NUMBER_FORM"


@given(numbers, st.integers(1, 9))
def test_refuses_a_certificate_number_with_a_wrong_check_digit(
    number: ids.CertificateNumber, shift: int
) -> None:
    text = str(number)
    with pytest.raises(Invalid) as refused:
        ids.read_certificate_number(text[:-1] + str((int(text[-1]) + shift) % 10))
    assert refused.value.code == "CERTIFICATE_NUMBER_CHECK"


def test_a_certificate_number_outside_its_bounds_cannot_be_made() -> None:
    for issuer, year, level, serial in [
        ("gdcpa", 2026, "4", 1),
        ("GDCPA", 1999, "4", 1),
        ("GDCPA", 2026, "", 1),
        ("GDCPA", 2026, "4", 0),
    ]:
        with pytest.raises(ValueError, match="no certificate number"):
            ids.CertificateNumber(issuer, year, level, serial)


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.integers(1, 9999))
def test_a_ticket_number_survives_writing_and_reading(day: date, serial: int) -> None:
    text = ids.ticket_number(day, serial)
    assert len(text) == 12
    assert ids.read_ticket_number(text) == ids.read_ticket_number(text.replace(" ", "-")) == (day, serial)
    assert ids.read_ticket_number(text.replace(" ", "")) == (day, serial)


def test_the_ticket_of_the_last_saturday_reads_as_the_paper_shows() -> None:
    assert ids.ticket_number(date(2026, 11, 28), 7) == "2611 28 0007"


@pytest.mark.parametrize("text", ["", "2611 31 0001", "2613 01 0001", "261128001", "26112800011"])
def test_refuses_a_ticket_number_of_no_day(text: str) -> None:
    with pytest.raises(Invalid):
        ids.read_ticket_number(text)


@given(st.binary(min_size=10, max_size=10))
def test_a_certificate_code_keeps_all_eighty_bits(random_bytes: bytes) -> None:
    code = ids.certificate_code(random_bytes)
    value = 0
    for char in code:
        value = value * 32 + ids.CROCKFORD.index(char)
    assert value.to_bytes(10, "big") == random_bytes
    assert ids.read_certificate_code(ids.grouped(code).lower()) == code


def test_letters_that_look_alike_are_read_as_what_was_meant() -> None:
    assert ids.crockford_normalise("oOiI lL01", 8) == "00111101"
    assert ids.crockford_normalise("ＡＢ１２", 4) == "AB12"
    assert ids.crockford_normalise("U234", 4) is None
    assert ids.crockford_normalise("123", 4) is None


@given(st.binary(min_size=32, max_size=32))
def test_a_receipt_code_has_two_groups_of_four(digest: bytes) -> None:
    code = ids.receipt_code(digest)
    assert len(code) == 9
    assert code[4] == "-"
    assert ids.read_receipt_code(code.replace("-", " ").lower()) == code


def test_a_receipt_code_begins_with_the_first_forty_bits() -> None:
    assert ids.receipt_code(bytes([0xFF] * 5 + [0] * 27)) == "ZZZZ-ZZZZ"
    with pytest.raises(ValueError, match="SHA-256"):
        ids.receipt_code(b"short")
