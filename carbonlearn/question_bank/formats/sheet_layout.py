"""How our Excel file is laid out: its sheets, its columns, and what it says to whoever fills it in, in Chinese and English."""

from __future__ import annotations

from dataclasses import dataclass

from carbonlearn.question_bank.formats.fields import NAMES
from carbonlearn.question_bank.rules.item import LETTERS

ITEMS, CASES, PICTURES, HELP, LISTS = ("试题 Items", "案例 Cases", "图片 Pictures", "说明 Help", "选项 Lists")
OPTIONS = LETTERS
COLUMNS: tuple[tuple[str, int], ...] = (
    ("id", 16),
    ("pool", 10),
    ("track", 16),
    ("function", 26),
    ("type", 10),
    ("difficulty", 8),
    ("case", 14),
    ("stem", 60),
    *((letter, 26) for letter in OPTIONS),
    ("answer", 24),
    ("rubric", 40),
    ("explanation", 50),
    ("source", 40),
    ("competence", 26),
    ("facts", 14),
    ("review_by", 13),
    ("version", 8),
)
"""Field and width in characters, from left to right."""
CASE_HEADS = [("编号\nID", 20), ("正文\nText", 100)]


@dataclass(frozen=True, slots=True)
class Choices:
    """What the drop-downs offer: (code, Chinese, English)."""

    tracks: tuple[tuple[str, str, str], ...] = ()
    functions: tuple[tuple[str, str, str], ...] = ()


def title(name: str) -> str:
    """A column's heading, in both languages."""
    if name in OPTIONS:
        return f"选项{name}\nOption {name}"
    chinese, english = NAMES[name]
    return f"{chinese}\n{english}"


HELP_LINES: tuple[tuple[str, str], ...] = (
    (
        "一行一题，从“试题”表的第 2 行写起；不要改表头，不要合并单元格，不要用公式。",
        "One item a row, from row 2 of the sheet Items; keep the headings, merge no cells, use no formulas.",
    ),
    (
        "编号：留空时按题干自动编号；写了编号的，同一编号再导入就是修改。1、2、3 这样的序号不是编号。",
        "ID: made from the stem when left empty; an ID that is known already means a change. 1, 2, 3 are no IDs.",
    ),
    (
        "题库、工种等级、职业功能、难度：留空的，用上传时选的。",
        "Pool, track, function, difficulty: where empty, what is chosen at the upload holds.",
    ),
    (
        "题型：单选题、多选题、判断题、简答题。",
        "Type: single choice, multiple choice, true/false, short answer.",
    ),
    (
        "选项：从 A 起连着写，3 到 8 个；判断题、简答题不写选项。",
        "Options: from A on without a gap, 3 to 8; none for true/false and short answer.",
    ),
    (
        "答案：单选写一个字母，多选写几个字母（如 ABD），判断写“正确”或“错误”，简答写参考答案。",
        "Answer: one letter; several letters (such as ABD); True or False; for a short answer the model answer.",
    ),
    (
        "得分点：只有简答题要写，每行一条，如“（1 分）说出计量器具要检定”，两条以上。",
        "Rubric: short answers only, one line each, such as “(1) says that meters are verified”, two or more.",
    ),
    (
        "解析：至少 20 个字，为什么对、错在哪里。依据：文件名、文号或条款、日期。",
        "Explanation: 20 characters or more. Source: document, number or clause, date.",
    ),
    (
        "能力点、事实：多个用“、”或逗号隔开。复核期限：如 2027-06-30。",
        "Competence, facts: separated by commas. Review by: such as 2027-06-30.",
    ),
    (
        "表格：用 Markdown 写，如 | 月份 | 用量 | 换行 | --- | --- |。公式：$E=AD\\times EF$。CO₂、m³ 直接写上下标字符。",
        "Tables in Markdown, formulae as $…$, CO₂ and m³ with their own characters.",
    ),
    (
        "图片：放在“图片”表，A 列写名称，图片放在同一行；题干里写 ![说明](media:名称)。",
        "Pictures: on the sheet Pictures, the name in column A, the picture in the same row; in the stem ![words](media:name).",
    ),
    (
        "案例：在“案例”表写编号和正文，试题里只写案例的编号。",
        "Cases: number and text on the sheet Cases; the item names the number.",
    ),
    (
        "导入后都是草稿，要由另一位审题人逐题通过才会使用。",
        "What is imported is a draft until a second person approves it.",
    ),
)
"""The sheet of instructions."""
