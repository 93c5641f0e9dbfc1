"""The numbers that people read, type and dictate: their form, their check digit, and how forgivingly they are read.

Source: domain paper, "Numbers people read". Nothing here makes an id up; randomness and counters come from outside.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from carbonlearn.core.errors import Invalid

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CERTIFICATE_CODE_BYTES = 10  # 80 bits, the least that cannot be guessed
CERTIFICATE_CODE_LENGTH = 16
RECEIPT_LENGTH = 8
SERIAL_LIMIT = 999_999
TICKET_SERIAL_LIMIT = 9_999

_LOOK_ALIKES = str.maketrans({"O": "0", "I": "1", "L": "1"})
_CERTIFICATE = re.compile(r"([A-Z]{2,12})(\d{4})([0-9A-Z]{1,12})(\d{6})(\d)")
_ISSUER, _LEVEL = re.compile(r"[A-Z]{2,12}"), re.compile(r"[0-9A-Z]{1,12}")


def squeeze(text: str) -> str:
    """The text as typed, without spaces and dashes of any script, full-width forms folded, in upper case."""
    folded = unicodedata.normalize("NFKC", text)
    return "".join(
        char for char in folded if unicodedata.category(char) not in ("Zs", "Pd", "Cc", "Cf", "Sm")
    ).upper()


def crockford_encode(data: bytes, length: int) -> str:
    """The first ``length`` Crockford base32 characters (5 bits each) of some bytes. Raises ValueError when bits are lacking."""
    if len(data) * 8 < length * 5:
        raise ValueError(f"{length} characters need {length * 5} bits")
    number = int.from_bytes(data, "big") >> (len(data) * 8 - length * 5)
    return "".join(CROCKFORD[(number >> 5 * place) & 31] for place in reversed(range(length)))


def crockford_normalise(text: str, length: int) -> str | None:
    """What was meant: O read as 0, I and L as 1, spaces, dashes and case ignored. None when it cannot be such a code."""
    code = squeeze(text).translate(_LOOK_ALIKES)
    return code if len(code) == length and all(char in CROCKFORD for char in code) else None


def grouped(code: str, size: int = 4, by: str = "-") -> str:
    """The code in groups, for reading aloud."""
    return by.join(code[start : start + size] for start in range(0, len(code), size))


def mod_11_10(digits: str) -> str:
    """The check digit of a string of digits after ISO 7064 MOD 11,10."""
    carry = 10
    for digit in digits:
        carry = ((carry + int(digit)) % 10 or 10) * 2 % 11
    return str((11 - carry) % 10)


def mod_11_10_holds(digits: str) -> bool:
    """Whether the last digit is the check digit of those before it."""
    return digits.isascii() and digits.isdigit() and len(digits) > 1 and mod_11_10(digits[:-1]) == digits[-1]


def _in_digits(text: str) -> str:
    """Letters as two digits (A is 10, Z is 35), so that a check digit over digits covers them too."""
    return "".join(str(int(char, 36)) for char in text)


@dataclass(frozen=True, slots=True)
class CertificateNumber:
    """``ISSUER-YEAR-LEVEL-SERIAL-C``; the serial counts within issuer and year, C covers all that stands before it."""

    issuer: str
    year: int
    level: str
    serial: int

    def __post_init__(self) -> None:
        known = _ISSUER.fullmatch(self.issuer) and _LEVEL.fullmatch(self.level)
        if not known or not 2000 <= self.year <= 9999 or not 1 <= self.serial <= SERIAL_LIMIT:
            raise ValueError(f"no certificate number: {self.issuer} {self.year} {self.level} {self.serial}")

    @property
    def check_digit(self) -> str:
        """ISO 7064 MOD 11,10 over issuer, year, level and serial."""
        return mod_11_10(_in_digits(f"{self.issuer}{self.year:04d}{self.level}{self.serial:06d}"))

    def __str__(self) -> str:
        return f"{self.issuer}-{self.year:04d}-{self.level}-{self.serial:06d}-{self.check_digit}"


def read_certificate_number(text: str) -> CertificateNumber:
    """The number as typed, with or without hyphens and spaces.

    Raises Invalid: CERTIFICATE_NUMBER_FORM, CERTIFICATE_NUMBER_CHECK.
    """
    match = _CERTIFICATE.fullmatch(squeeze(text))
    if match is None or int(match[4]) == 0 or int(match[2]) < 2000:
        raise Invalid("CERTIFICATE_NUMBER_FORM")
    number = CertificateNumber(match[1], int(match[2]), match[3], int(match[4]))
    if number.check_digit != match[5]:
        raise Invalid("CERTIFICATE_NUMBER_CHECK")
    return number


def ticket_number(day: date, serial: int) -> str:
    """The admission ticket's number ``YYMM DD NNNN``: the exam day and a serial within it."""
    if not 2000 <= day.year <= 2099 or not 1 <= serial <= TICKET_SERIAL_LIMIT:
        raise ValueError(f"no ticket number for {day} and {serial}")
    return f"{day:%y%m %d} {serial:04d}"


def read_ticket_number(text: str) -> tuple[date, int]:
    """Exam day and serial of a ticket number as typed. Raises Invalid: TICKET_NUMBER_FORM."""
    digits = squeeze(text)
    if not re.fullmatch(r"[0-9]{10}", digits):
        raise Invalid("TICKET_NUMBER_FORM")
    try:
        day = date(2000 + int(digits[:2]), int(digits[2:4]), int(digits[4:6]))
    except ValueError:
        raise Invalid("TICKET_NUMBER_FORM") from None
    return day, int(digits[6:])


def receipt_code(digest: bytes) -> str:
    """Eight characters in two groups from the SHA-256 digest of what was handed in."""
    if len(digest) != 32:
        raise ValueError("a receipt code is taken from a SHA-256 digest")
    return grouped(crockford_encode(digest, RECEIPT_LENGTH))


def read_receipt_code(text: str) -> str | None:
    """A receipt code as typed, in its two groups, or None."""
    code = crockford_normalise(text, RECEIPT_LENGTH)
    return grouped(code) if code else None


def certificate_code(random_bytes: bytes) -> str:
    """The 16 characters of a certificate's code from 80 random bits, as stored and as in the QR."""
    if len(random_bytes) != CERTIFICATE_CODE_BYTES:
        raise ValueError("a certificate code is 80 bits")
    return crockford_encode(random_bytes, CERTIFICATE_CODE_LENGTH)


def read_certificate_code(text: str) -> str | None:
    """A certificate code as typed, as stored, or None."""
    return crockford_normalise(text, CERTIFICATE_CODE_LENGTH)
