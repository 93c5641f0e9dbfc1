"""The short silent film on accounting boundaries and emission sources: its scenes."""

from tools.films.boundary_words import CUES
from tools.films.canvas import AMBER, GREEN, GREY, INK, PALE, SAND, WHITE, Canvas, ease
from tools.films.film import Film, ending, opening

NOTE = "数据虚构，单位吨；电 0.5306（2023年全国），热 0.11"


def tag(c: Canvas, x: float, y: float, mark: str, words: str, colour: str, share: float) -> None:
    """Write a numbered label: a filled disc with its mark, then the words."""
    if share > 0:
        c.dot(x, y, 14, colour, share)
        c.text(x, y, mark, 20, WHITE, share, True, "mm", colour)
        c.text(x + 21, y, words, 24, colour, share, True)


def columns(c: Canvas, x: float, y: float, share: float) -> None:
    """Draw a process unit: two towers and a vessel joined by a pipe, standing on y."""
    c.line([(x + 8, y - 12), (x + 92, y - 12)], GREY, share)
    for left, top, wide in ((0, 58, 18), (30, 44, 18), (62, 28, 38)):
        c.box((x + left, y - top, x + left + wide, y), WHITE, GREEN, share, 7, 3)


def boiler(c: Canvas, x: float, y: float, share: float) -> None:
    """Draw a boiler house with its stack, standing on y."""
    c.box((x + 62, y - 62, x + 76, y), WHITE, AMBER, share, 2, 3)
    c.box((x, y - 34, x + 56, y), WHITE, AMBER, share, 3, 3)
    c.line([(x + 14, y - 10), (x + 24, y - 24), (x + 34, y - 10)], AMBER, share)


def pylon(c: Canvas, x: float, y: float, share: float) -> None:
    """Draw a transmission tower, standing on y."""
    c.line([(x - 16, y), (x, y - 56), (x + 16, y)], GREY, share)
    c.line([(x - 20, y - 40), (x + 20, y - 40)], GREY, share)
    c.line([(x - 10, y - 20), (x + 10, y - 20)], GREY, share)


def puffs(c: Canvas, x: float, y: float, t: float, share: float, ground: str) -> None:
    """Draw three puffs rising from (x, y), moving with t."""
    for step in range(3):
        phase = (t * 0.45 + step / 3) % 1
        if share > 0:
            c.dot(x + phase * 8, y - phase * 20, 3 + phase * 3, GREY, share * (1 - phase) * 0.8, ground)


def plant(c: Canvas, fence: float, main: float, auxiliary: float, attached: float) -> None:
    """Draw the works inside its fence; each part has its own share of appearance."""
    if attached:
        c.box((36, 226, 396, 276), SAND, None, attached)
        c.text(216, 251, "附属生产系统：直接为生产服务", 22, INK, attached, anchor="mm", ground=SAND)
    c.box((36, 84, 210, 214), PALE, None, main)
    c.text(123, 194, "主要生产系统", 24, INK, main, True, "mm", PALE)
    columns(c, 74, 176, main)
    c.box((222, 84, 396, 214), SAND, None, auxiliary)
    c.text(309, 194, "辅助生产系统", 24, INK, auxiliary, True, "mm", SAND)
    boiler(c, 268, 176, auxiliary)
    c.dashes((22, 66, 410, 288), GREEN, fence)


def questions(c: Canvas, t: float) -> None:
    """Ask the three questions in their order."""
    c.heading("动笔之前，三个问题")
    rows = ("报告主体是谁？", "哪些设施在边界之内？", "边界之内有哪些排放源？")
    for row, words in enumerate(rows):
        share, y = ease(t, 0.6 + row * 3.2), 92 + row * 74
        c.box((40, y - 28, 600, y + 28), PALE, None, share)
        c.text(120, y, words, 30, INK, share, True, ground=PALE)
        if share > 0:
            c.dot(82, y, 20, GREEN, share)
            c.text(82, y, str(row + 1), 26, WHITE, share, True, "mm", GREEN)


def systems(c: Canvas, t: float) -> None:
    """Put up the works: fence, then the three systems, then what lies outside."""
    c.heading("第一步  划边界")
    plant(c, ease(t, 0.4, 2.2), ease(t, 3.2), ease(t, 5.8), ease(t, 8.4))
    c.text(428, 96, "虚线：报告主体", 24, GREEN, ease(t, 1.2), True)
    for row, (at, words) in enumerate(((3.2, "生产装置"), (5.8, "锅炉、机修等"), (8.4, "只算为生产服务"))):
        share, y = ease(t, at), 142 + row * 36
        c.line([(428, y), (434, y + 6), (445, y - 7)], GREEN, share)
        c.text(454, y, words, 24, INK, share)
    c.text(428, 256, "别的法人：不在内", 24, AMBER, ease(t, 11.4), True)


def sources(c: Canvas, t: float) -> None:
    """Walk through the works and mark the four groups of sources."""
    c.heading("第二步  找排放源")
    plant(c, 1, 1, 1, 1)
    burning, process, bought, sold = (ease(t, at) for at in (0.8, 4.6, 8.4, 12.6))
    puffs(c, 337, 110, t, burning, SAND)
    puffs(c, 83, 114, t + 0.5, process, PALE)
    tag(c, 242, 102, "1", "燃烧", AMBER, burning)
    tag(c, 116, 102, "2", "过程", GREEN, process)
    pylon(c, 606, 150, bought)
    c.arrow((572, 136), (402, 136), AMBER, bought)
    tag(c, 434, 104, "3", "购入电、热", AMBER, bought)
    c.text(426, 164, "计入总量", 22, INK, bought)
    c.arrow((402, 248), (606, 248), GREEN, sold)
    tag(c, 434, 216, "4", "输出电、热", GREEN, sold)
    c.text(426, 276, "从总量中扣减", 22, INK, sold)


def total(c: Canvas, t: float) -> None:
    """Add up an invented works, line by line."""
    c.heading("第三步  按源计算再合计")
    rows = (
        ("燃料燃烧", "180 000.0", "＋"),
        ("过程排放", "95 000.0", "＋"),
        ("购入电 40 000 MWh", "21 224.0", "＋"),
        ("购入热 30 000 GJ", "3 300.0", "＋"),
        ("输出电 6 000 MWh", "3 183.6", "－"),
        ("输出热 8 000 GJ", "880.0", "－"),
    )
    for row, (name, number, sign) in enumerate(rows):
        share, y = ease(t, 0.5 + row * 1.3), 68 + row * 29
        colour = GREEN if sign == "－" else INK
        c.text(60, y, sign, 24, colour, share, True, "mm")
        c.text(84, y, name, 24, colour, share)
        c.text(560, y, number, 24, colour, share, anchor="rm")
    share = ease(t, 8.6)
    c.box((36, 234, 604, 274), PALE, None, share)
    c.text(84, 254, "合计", 26, GREEN, share, True, ground=PALE)
    c.text(560, 254, "295 460.4 吨", 26, GREEN, share, True, "rm", PALE)
    c.text(320, 290, NOTE, 20, GREY, ease(t, 9.4), anchor="mm")


def two_levels(c: Canvas, t: float) -> None:
    """Show the enterprise boundary with the facility boundary inside it."""
    c.heading("同一座工厂，两条边界")
    outer, inner = ease(t, 0.5), ease(t, 3.6)
    c.box((36, 66, 380, 286), WHITE, GREEN, outer, 10, 4)
    c.text(56, 92, "企业边界", 26, GREEN, outer, True)
    c.box((66, 130, 350, 262), SAND, AMBER, inner, 10, 4)
    c.text(86, 156, "设施边界", 26, AMBER, inner, True, ground=SAND)
    columns(c, 90, 246, inner)
    boiler(c, 240, 246, inner)
    c.text(400, 104, "按法人报送", 24, GREEN, outer)
    c.text(400, 136, "全部生产系统", 24, INK, outer)
    c.text(400, 186, "如熟料生产设施", 24, AMBER, inner)
    c.text(400, 218, "只算该设施", 24, INK, inner)
    c.text(400, 266, "用哪条，看指南", 26, INK, ease(t, 7.4), True)


FILM = Film(
    "boundary",
    (
        (6.0, opening(("核算边界与", "排放源的划分"), "先划边界，再找排放源，最后才计算")),
        (12.0, questions),
        (16.0, systems),
        (18.0, sources),
        (14.0, total),
        (12.0, two_levels),
        (8.0, ending(("边界先写进方案，变了要修订", "源要逐台列清，不漏也不重", "购入计入，输出扣减"))),
    ),
    CUES,
    poster_at=50.5,
)
