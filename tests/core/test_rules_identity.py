from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonlearn.core import identity
from carbonlearn.core.errors import Invalid

TODAY = date(2026, 11, 21)


def make_number(region: str, born: date, order: int) -> str:
    body = f"{region}0101{born:%Y%m%d}{order:03d}"
    return body + identity.id_check_character(body)


numbers = st.builds(
    make_number,
    st.sampled_from(sorted(identity.REGIONS)),
    st.dates(date(1900, 1, 1), TODAY),
    st.integers(0, 999),
)


def test_the_standards_own_example_holds() -> None:
    read = identity.read_id_number("11010519491231002x", TODAY)
    assert read == identity.IdNumber("11010519491231002X", date(1949, 12, 31), identity.Sex.FEMALE)


def test_a_male_number_says_so() -> None:
    assert identity.read_id_number(make_number("44", date(1990, 2, 28), 11), TODAY).sex is identity.Sex.MALE


@given(numbers, st.data())
def test_every_single_wrong_digit_is_noticed(number: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, 17))
    wrong = data.draw(st.sampled_from([char for char in "0123456789" if char != number[place]]))
    with pytest.raises(Invalid):
        identity.read_id_number(number[:place] + wrong + number[place + 1 :], TODAY)


@given(numbers, st.integers(0, 16))
def test_every_swap_of_two_neighbours_is_noticed(number: str, place: int) -> None:
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    if swapped != number:
        with pytest.raises(Invalid):
            identity.read_id_number(swapped, TODAY)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("", "ID_NUMBER_FORM"),
        ("440101900101001", "ID_NUMBER_FORM"),
        ("44010119900101O01X", "ID_NUMBER_FORM"),
        ("４４０１０１１９９００１０１００１４", "ID_NUMBER_CHECK"),
        (make_number("99", date(1990, 1, 1), 1), "ID_NUMBER_REGION"),
        ("440101199002300018", "ID_NUMBER_BIRTH_DATE"),
        (make_number("44", TODAY + timedelta(days=1), 1), "ID_NUMBER_BIRTH_DATE"),
    ],
)
def test_refuses_with_the_reason(number: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        identity.read_id_number(number, TODAY)
    assert refused.value.code == code


def test_age_counts_full_years() -> None:
    born = date(2008, 2, 29)
    assert identity.age_on(born, date(2026, 2, 28)) == 17
    assert identity.age_on(born, date(2026, 3, 1)) == 18


@pytest.mark.parametrize(
    "text",
    [
        "13800138000",
        "138 0013 8000",
        "+86 138-0013-8000",
        "008613800138000",
        "１３８００１３８０００",
        "86 13800138000",
    ],
)
def test_reads_a_phone_however_it_is_typed(text: str) -> None:
    assert identity.read_phone(text) == "13800138000"


@pytest.mark.parametrize(
    "text", ["", "12800138000", "1380013800", "138001380001", "010-88888888", "1380013800O"]
)
def test_refuses_what_is_no_mobile_number(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        identity.read_phone(text)
    assert refused.value.code == "PHONE_FORM"


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张三丰", "张*丰"),
        ("张三", "张*"),
        ("张", "*"),
        ("", ""),
        ("欧阳修文", "欧**文"),
        ("买买提·艾合买提", "买**·***提"),
        ("王䶮", "王*"),
        ("Li Na", "L* *a"),
    ],
)
def test_masks_a_name(name: str, masked: str) -> None:
    assert identity.mask_name(name) == masked


@given(st.text(min_size=2, max_size=20).filter(lambda text: len(text.strip()) >= 2))
def test_a_masked_name_hides_every_inner_character(name: str) -> None:
    masked = identity.mask_name(name)
    assert len(masked) == len(name.strip())
    assert set(masked[1:-1]) <= {"*", *identity.NAME_JOINTS}


def test_masks_numbers() -> None:
    assert identity.mask_id_number("440101199001012618") == "4401**********2618"
    assert identity.mask_phone("13800138000") == "138****8000"
    assert identity.format_phone("13800138000") == "138 0013 8000"
    assert identity.mask_id_number("12345678") == "********"
    assert identity.mask_phone("1234567") == "*******"
