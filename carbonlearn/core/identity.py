"""Resident identity numbers and mobile phones as people type them, and how much of a person a page may show.

Source: GB 11643-1999 (eighteen characters, ISO 7064 MOD 11-2); domain paper, "Certificates" (张*丰) and "Rights of the person".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from carbonlearn.core.errors import Invalid
from carbonlearn.core.ids import squeeze

# First two digits: provinces and regions of GB/T 2260; 81-83 residence permits of Hong Kong, Macao and
# Taiwan; 91 permanent residents.
REGIONS = frozenset(
    str(code)
    for codes in ((11, 16), (21, 24), (31, 38), (41, 47), (50, 55), (61, 66), (71, 72), (81, 84), (91, 92))
    for code in range(*codes)
)
WEIGHTS = tuple(pow(2, place, 11) for place in range(17, 0, -1))
EARLIEST_BIRTH = date(1900, 1, 1)
NAME_JOINTS = "·•・‧ "

_ID_NUMBER = re.compile(r"[0-9]{17}[0-9X]")
_MOBILE = re.compile(r"(?:\+?86|0086)?(1[3-9][0-9]{9})")


class Sex(StrEnum):
    """As the number's seventeenth digit says it."""

    FEMALE = "female"
    MALE = "male"


@dataclass(frozen=True, slots=True)
class IdNumber:
    """A resident identity number whose form, region, birth date and check character all hold."""

    number: str
    birth_date: date
    sex: Sex


def id_check_character(first_seventeen: str) -> str:
    """The eighteenth character: ISO 7064 MOD 11-2 over the first seventeen digits."""
    total = sum(weight * int(digit) for weight, digit in zip(WEIGHTS, first_seventeen, strict=True))
    return "0123456789X"[(12 - total) % 11]


def read_id_number(text: str, today: date) -> IdNumber:
    """The number as typed, without spaces, x as X; ``today`` bounds the birth date.

    Raises Invalid: ID_NUMBER_FORM, ID_NUMBER_REGION, ID_NUMBER_BIRTH_DATE, ID_NUMBER_CHECK (tested in this order).
    """
    number = squeeze(text)
    if not _ID_NUMBER.fullmatch(number):
        raise Invalid("ID_NUMBER_FORM")
    if number[:2] not in REGIONS:
        raise Invalid("ID_NUMBER_REGION")
    birth_date = _birth_date(number, today)
    if id_check_character(number[:17]) != number[17]:
        raise Invalid("ID_NUMBER_CHECK")
    return IdNumber(number, birth_date, Sex.MALE if int(number[16]) % 2 else Sex.FEMALE)


def _birth_date(number: str, today: date) -> date:
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise Invalid("ID_NUMBER_BIRTH_DATE") from None
    if not EARLIEST_BIRTH <= born <= today:
        raise Invalid("ID_NUMBER_BIRTH_DATE")
    return born


def age_on(birth_date: date, day: date) -> int:
    """Full years on a day; who was born on 29 February has the birthday on 1 March of common years."""
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


def read_phone(text: str) -> str:
    """The eleven digits of a mainland mobile number, country code and spaces taken off. Raises Invalid: PHONE_FORM."""
    match = _MOBILE.fullmatch(squeeze(text.replace("+", "").replace("＋", "")))
    if match is None:
        raise Invalid("PHONE_FORM")
    return match[1]


def format_phone(phone: str) -> str:
    """138 0013 8000, as people read a number aloud."""
    return f"{phone[:3]} {phone[3:7]} {phone[7:]}"


def mask_name(name: str) -> str:
    """First and last character stay (张*丰), of two only the first (张*); the joints of long names stay too (买**·***提)."""
    name = name.strip()
    last = len(name) - 1
    kept = {0} if last <= 1 else {0, last}
    return (
        "".join(char if place in kept or char in NAME_JOINTS else "*" for place, char in enumerate(name))
        if last
        else "*"
    )


def mask_id_number(number: str) -> str:
    """Region and last four stay: 4401**********2618. Whatever is too short to hide anything is hidden whole."""
    return f"{number[:4]}{'*' * (len(number) - 8)}{number[-4:]}" if len(number) > 10 else "*" * len(number)


def mask_phone(phone: str) -> str:
    """138****8000; whatever is too short to hide anything is hidden whole."""
    return f"{phone[:3]}{'*' * (len(phone) - 7)}{phone[-4:]}" if len(phone) > 9 else "*" * len(phone)
