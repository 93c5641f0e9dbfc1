"""The items that templates show: one of each type, and a case."""

from __future__ import annotations

from typing import Any

from carbonlearn.question_bank.formats.entry import FileCase, FileItem, Outgoing
from carbonlearn.question_bank.rules.item import MULTIPLE, SHORT, SINGLE, TRUE_FALSE

CASE = FileCase(
    "example-case-01",
    "某纺织厂 2025 年外购电力 1 200 MWh，自备燃气锅炉全年用天然气 30×10⁴Nm³。\n\n"
    "| 月份 | 用电（MWh） |\n| --- | --- |\n| 1 月 | 100 |\n| 2 月 | 90 |",
)
ABOUT: dict[str, Any] = {
    "pool": "practice",
    "job_type": "accounting",
    "level": "4",
    "function": "accounting-and-reporting",
    "source": "《工业企业温室气体排放核算和报告通则》（GB/T 32150）",
}
ITEMS = (
    FileItem(
        id="example-s01",
        type=SINGLE,
        difficulty=1,
        stem="下列数据中，属于活动数据的是哪一项？",
        options={
            "A": "天然气的单位热值含碳量",
            "B": "全年外购天然气的消耗量",
            "C": "天然气燃烧的碳氧化率",
            "D": "购入电力的排放因子",
        },
        key=["B"],
        explanation="活动数据是导致排放的生产或消费活动量，如燃料消耗量；其余三项都是用来求排放因子的参数。",
        **ABOUT,
    ),
    FileItem(
        id="example-t01",
        type=TRUE_FALSE,
        difficulty=2,
        stem="两份台账的燃料消耗量不一致时，应当先核对原始计量记录。",
        key=[True],
        explanation="活动数据以原始计量记录为依据，不一致时先回到原始记录核对，再决定用哪一份。",
        **ABOUT,
    ),
    FileItem(
        id="example-m01",
        type=MULTIPLE,
        difficulty=3,
        case="example-case-01",
        stem="核算该厂的排放量，应当收集哪些数据？",
        options={"A": "天然气消耗量", "B": "外购电量", "C": "职工人数", "D": "厂区绿化面积"},
        key=["A", "B"],
        explanation="天然气燃烧产生直接排放，外购电力产生间接排放，都要收集；职工人数和绿化面积与排放核算无关。",
        **ABOUT,
    ),
    FileItem(
        id="example-a01",
        type=SHORT,
        difficulty=3,
        stem="说明怎样核对全年天然气消耗量。",
        reference="先取流量计的抄表记录，再与购气发票和库存变化核对，差异超过允许范围的要查明原因并留下记录。",
        rubric=[
            {"points": 100, "text": "以计量记录为准"},
            {"points": 100, "text": "与发票等交叉核对"},
            {"points": 100, "text": "差异要查明并记录"},
        ],
        explanation="交叉核对能发现漏抄、错抄；每一处差异都要查明原因，才经得起核查。",
        **ABOUT,
    ),
)


def example(*, english: bool = False) -> Outgoing:
    """What a template holds."""
    return Outgoing(ITEMS, (CASE,), english=english)
