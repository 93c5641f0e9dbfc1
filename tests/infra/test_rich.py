"""The rich text of items: what it shows, what stays as typed, and what never gets through."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonlearn.infra import rich

PICTURE = "0123456789abcdefghjkmnpqrs"
ALLOWED = rich.TAGS


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1. 开头的数字不成列表", "1. 开头的数字不成列表"),
        ("# 不是标题 - 不是列表", "# 不是标题 - 不是列表"),
        ("3*4*5 与 C_ar/M_ad", "3*4*5 与 C_ar/M_ad"),
        ("排放量【**不**】包括", "排放量【<strong>不</strong>】包括"),
        (
            "折合CO2e，CH4、N2O、CaCO3",
            "折合CO<sub>2</sub>e，CH<sub>4</sub>、N<sub>2</sub>O、CaCO<sub>3</sub>",
        ),
        (
            "5tCO2e、kgCO2e、0.57 tCO2/MWh、万tCO2、ktN2O",
            "5tCO<sub>2</sub>e、kgCO<sub>2</sub>e、0.57 tCO<sub>2</sub>/MWh、万tCO<sub>2</sub>、ktN<sub>2</sub>O",
        ),
        (
            "acc3-tco2-m01、NetCO2、atCO2、tCO、tGB32150、kgce、tce",
            "acc3-tco2-m01、NetCO2、atCO2、tCO、tGB32150、kgce、tce",
        ),
        ("PM2.5、ISO14064、A4、GB32150、HFC-134a、CO₂", "PM2.5、ISO14064、A4、GB32150、HFC-134a、CO₂"),
        ("收 $5 和 $6", "收 $5 和 $6"),
        ("甲\n乙", "甲<br>\n乙"),
        ("甲\n\n乙", "<p>甲</p>\n<p>乙</p>"),
    ],
)
def test_a_text_shows_as_people_mean_it(text: str, shown: str) -> None:
    assert str(rich.html(text)) == shown


def test_a_formula_becomes_mathml_and_keeps_its_source_for_readers() -> None:
    shown = rich.html(r"按 $AD=Ma\times 10^{-3}$ 计算")
    assert "<math" in shown and "<msup>" in shown
    assert r'alttext="AD=Ma\times 10^{-3}"' in shown


def test_a_formula_that_cannot_be_read_stays_as_its_source() -> None:
    assert str(rich.html(r"$\frac{$")) == r"<code>\frac{</code>"


def test_a_table_scrolls_in_a_box_of_its_own() -> None:
    shown = rich.html("下表：\n\n| 月 | t |\n| --- | --- |\n| 1 | 2 |")
    assert '<div class="table-box" tabindex="0"><table>' in shown
    assert '<th scope="col">月</th>' in shown


def test_a_number_in_a_cell_stays_on_one_line_with_its_unit() -> None:
    text = "用煤 200 000 t：\n\n| 用电 | 300 000 MWh 以上 | 3 种 |\n| --- | --- | --- |\n| 1 200 000 t | 12 % 与 5 tCO2 | 2026 1 |"
    shown = rich.html(text)
    for cell in (
        "300\xa0000\xa0MWh 以上",
        "3 种",
        "1\xa0200\xa0000\xa0t",
        "12\xa0% 与 5\xa0tCO<sub>2</sub>",
        "2026 1",
    ):
        assert f">{cell}</t".replace("\xa0", "&nbsp;") in shown
    assert "用煤 200 000 t" in shown, "words outside of tables stay as they were typed"
    assert "\xa0" not in rich.plain(text)


def test_a_picture_of_the_bank_is_shown_and_any_other_address_is_words_alone() -> None:
    assert f'src="{rich.PICTURES}{PICTURE}"' in rich.html(f"![流程图](media:{PICTURE})")
    for address in (
        "https://elsewhere.example/a.png",
        "media:../../etc",
        "data:image/png;base64,AAAA",
        "//x/y",
    ):
        assert "<img" not in rich.html(f"![流程图]({address})")
    assert rich.pictures_in(f"a ![x](media:{PICTURE}) ![y](http://z/)") == [PICTURE]


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[看](javascript:alert(1))",
        '![" onerror="alert(1)](media:0123456789abcdefghjkmnpqrs)',
        r"$\text{<img src=x onerror=alert(1)>}$",
        r'$"><script>alert(1)</script>$',
        "<style>*{display:none}</style>",
        "| <b onclick=x>a</b> |\n|---|\n| b |",
    ],
)
def test_nothing_that_runs_gets_through(text: str) -> None:
    for shown in (rich.html(text), rich.inline(text)):
        tags = re.findall(r"<([a-zA-Z]+)((?:[^<>\"]|\"[^\"]*\")*)>", shown)
        assert {name.lower() for name, _ in tags} <= ALLOWED
        attributes = {name for _, inside in tags for name in re.findall(r"([\w-]+)=\"", inside)}
        assert attributes <= {name for names in rich.ATTRIBUTES.values() for name in names}


def test_a_list_shows_the_words_alone() -> None:
    text = f"甲 **乙**\n| 月 |\n\n| 月 | t |\n|---|---|\n| 1 | 2 |\n\n$x^2$ ![图](media:{PICTURE})"
    assert rich.plain(text) == "甲 乙 | 月 | 月 t 1 2 x^2 图"


@given(st.text(max_size=300))
def test_any_text_can_be_shown_and_none_brings_a_tag_of_its_own(text: str) -> None:
    shown = rich.html(text)
    assert {name.lower() for name in re.findall(r"<([a-zA-Z]+)", shown)} <= ALLOWED
    rich.inline(text)
    rich.plain(text)


def bomb(characters: int) -> str:
    """A table with many columns and short rows: the cells that nobody wrote are the charge."""
    columns = characters // 8
    rows = (characters - 4 * columns) // 3
    return "|a" * columns + "|\n" + "|-" * columns + "|\n" + "|b\n" * rows


@pytest.mark.parametrize("text", [bomb(2_000), "\n\n".join([bomb(2_000)] * 9)], ids=["one", "nine"])
def test_a_table_that_would_grow_stays_the_text_that_it_is(text: str) -> None:
    assert len(rich.html(text)) < 10 * len(text)
    assert len(rich.tokens(text)) < len(text)
    assert "<table>" not in rich.html(text)


def test_a_table_of_a_size_that_people_read_is_a_table_and_too_many_of_them_are_not() -> None:
    table = "| 月 | 用煤 | 用电 | 热力 |\n| --- | --- | --- | --- |\n" + "| 1 | 2 | 3 | 4 |\n" * 60
    assert rich.html(table).count("<tr>") == 61
    many = "\n\n".join([table] * 20)
    assert rich.html(many).count("<td>") <= rich.MAX_CELLS
    assert 1 <= rich.html(many).count("<table>") < 20


def test_what_is_remembered_stays_within_its_bytes() -> None:
    rich.html("一段普通的文字，只为了被记住。")
    for number in range(3_000):
        rich.html(f"**{number}** " + "长" * 2_000)
    held = rich.html.held  # type: ignore[attr-defined]
    assert 0 < held.bytes <= held.most_bytes == rich.KEPT_BYTES
    assert str(rich.html("**甲**")) == "<strong>甲</strong>"
