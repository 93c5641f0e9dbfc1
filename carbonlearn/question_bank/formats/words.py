"""The words that files use for types, truth, pools and fields, in Chinese and English, and what they mean. Odd words mean None."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from carbonlearn.question_bank.rules.item import MULTIPLE, SHORT, SINGLE, TRUE_FALSE

TYPE_NAMES = {
    SINGLE: ("单选题", "Single choice"),
    TRUE_FALSE: ("判断题", "True/false"),
    MULTIPLE: ("多选题", "Multiple choice"),
    SHORT: ("简答题", "Short answer"),
}
_TYPES = {
    SINGLE: ["单选题", "单选", "单项选择题", "单项选择", "选择题", "singlechoice"],
    TRUE_FALSE: ["判断题", "判断", "是非题", "正误题", "对错题", "truefalse"],
    MULTIPLE: ["多选题", "多选", "多项选择题", "多项选择", "不定项选择题", "multiplechoice"],
    SHORT: ["简答题", "简答", "问答题", "论述题", "案例分析题", "shortanswer", "essay"],
}
TYPE_OF = {word: kind for kind, words in _TYPES.items() for word in words}
POOL_NAMES = {"exam": ("考试题", "Exam"), "mock": ("模拟题", "Mock"), "practice": ("练习题", "Practice")}
POOL_OF = {
    "exam": "exam",
    "考试题": "exam",
    "考试": "exam",
    "mock": "mock",
    "模拟题": "mock",
    "模拟": "mock",
    "practice": "practice",
    "练习题": "practice",
    "练习": "practice",
}
RIGHT = {"正确", "对", "是", "√", "✓", "✔", "t", "true", "r", "right", "yes", "y", "1"}
WRONG = {"错误", "错", "否", "×", "x", "✗", "✘", "f", "false", "w", "wrong", "no", "n", "0"}
DIFFICULTY_OF = {
    "易": 1,
    "较易": 2,
    "中": 3,
    "中等": 3,
    "较难": 4,
    "难": 5,
    "veryeasy": 1,
    "easy": 2,
    "medium": 3,
    "difficult": 4,
    "hard": 4,
    "verydifficult": 5,
}
DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T]00:00(?::00)?)?")
BETWEEN = re.compile(r"[\s,，、;；/|+和]+")
TITLE_WORDS = re.compile(r"[\s_\-/（）()【】\[\]]+")


def folded(text: str) -> str:
    """A word for looking up: full-width forms made plain, no blanks, lower case."""
    return TITLE_WORDS.sub("", unicodedata.normalize("NFKC", text)).casefold()


def type_of(text: str) -> str | None:
    return TYPE_OF.get(folded(text))


def pool_of(text: str) -> str | None:
    return POOL_OF.get(folded(text))


def truth_of(text: str) -> bool | None:
    word = folded(text).rstrip("。.")
    return True if word in RIGHT else False if word in WRONG else None


def letters_of(text: str) -> list[str] | None:
    """``BD``, ``B、D``, ``b,d``: the letters in their order; None for anything else."""
    plain = BETWEEN.sub("", unicodedata.normalize("NFKC", text)).upper().rstrip(".。")
    return sorted(dict.fromkeys(plain)) if re.fullmatch(r"[A-H]+", plain) else None


def difficulty_of(text: str) -> int | None:
    """1 to 5, also as 2.0 or in full-width figures or words; None for anything else."""
    plain = folded(text)
    if plain in DIFFICULTY_OF:
        return DIFFICULTY_OF[plain]
    number = hundredths_of(plain)
    return number // 100 if number is not None and number % 100 == 0 and 100 <= number <= 500 else None


def hundredths_of(text: str) -> int | None:
    """Points as a number of hundredths: ``1``, ``0.5``, ``１分``."""
    plain = unicodedata.normalize("NFKC", text).strip().removesuffix("分").strip()
    try:
        number = Decimal(plain)
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number) > 1000:
        return None
    return int(number * 100)


def points_text(hundredths: int) -> str:
    """1, 0.5, 1.25."""
    return f"{(Decimal(hundredths) / 100).normalize():f}"


def day_of(text: str) -> str | None:
    """An ISO day of ``2027-06-30``, ``2027/6/30``, ``2027年6月30日``."""
    found = DAY.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if not found:
        return None
    try:
        return date(*map(int, found.groups())).isoformat()
    except ValueError:
        return None


def list_of(text: str) -> list[str]:
    """Codes separated by blanks, commas or semicolons, each once."""
    return list(dict.fromkeys(word for word in re.split(r"[\s,，、;；]+", text) if word))


def text_of_cell(value: object) -> str:
    """What a cell shows: a whole number without its point, a day as ISO."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)
