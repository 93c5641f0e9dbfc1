"""Amounts of money as whole minor units (分) with their currency; never a float."""

from __future__ import annotations

import re
from dataclasses import dataclass

MINOR_DIGITS = {"CNY": 2, "HKD": 2, "MOP": 2, "USD": 2, "EUR": 2}
AMOUNT = re.compile(r"(-?)(\d+)(?:\.(\d+))?")


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """``minor`` units of one currency; amounts of different currencies cannot be added."""

    minor: int
    currency: str = "CNY"

    def __post_init__(self) -> None:
        if self.currency not in MINOR_DIGITS:
            raise ValueError(f"unknown currency {self.currency!r}")
        if isinstance(self.minor, bool) or not isinstance(self.minor, int):
            raise TypeError("minor units are whole")

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other).minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other).minor, self.currency)

    def __mul__(self, times: int) -> Money:
        return Money(self.minor * times, self.currency)

    def __str__(self) -> str:
        digits = MINOR_DIGITS[self.currency]
        sign = "-" if self.minor < 0 else ""
        major, rest = divmod(abs(self.minor), 10**digits)
        return f"{sign}{major}.{rest:0{digits}d}"

    def _same(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add up")
        return other


def read_amount(text: str | int, currency: str = "CNY") -> Money:
    """The amount written in major units: ``1280``, ``"1280"`` or ``"1280.50"``. Raises ValueError on anything less exact."""
    match = AMOUNT.fullmatch(str(text))
    digits = MINOR_DIGITS.get(currency, 0)
    if match is None or isinstance(text, bool) or len(match[3] or "") > digits:
        raise ValueError(f"not an amount of {currency}: {text!r}")
    minor = int(match[2]) * 10**digits + int((match[3] or "").ljust(digits, "0") or "0")
    return Money(-minor if match[1] else minor, currency)
