"""The short silent film on the data of a lot of coal, from the weighbridge to the annual report: its scenes."""

from tools.films.canvas import AMBER, GREEN, GREY, INK, PALE, SAND, SCALE, WHITE, Canvas, ease
from tools.films.coal_words import CUES
from tools.films.film import Film, ending, opening

NOTE = "数据虚构"


def truck(c: Canvas, x: float, y: float, load: float) -> None:
    """Draw a lorry standing on y; `load` (0 to 1) is how full it is."""
    if load > 0:
        heap = ((x + 10, y - 72), (x + 74, y - 72 - 40 * load), (x + 156, y - 72))
        c.draw.polygon([(across * SCALE, down * SCALE) for across, down in heap], fill=INK)
    c.box((x, y - 72, x + 166, y - 24), GREEN, None, 1, 4)
    c.box((x + 172, y - 82, x + 226, y - 24), PALE, GREEN, 1, 7)
    for wheel in (x + 34, x + 74, x + 194):
        c.dot(wheel, y - 15, 15, INK)
        c.dot(wheel, y - 15, 6, WHITE)


def reading(c: Canvas, y: float, name: str, number: str, share: float, colour: str = INK) -> None:
    """Write one line of the weighbridge's display."""
    c.text(400, y, name, 26, GREY, share)
    c.text(604, y, number, 28, colour, share, True, "rm")


def weighing(c: Canvas, t: float) -> None:
    """Weigh the lorry full, empty it, weigh it again."""
    c.heading("第一步  过磅")
    at = -230 + 294 * ease(t, 0.2, 2.0)
    truck(c, at, 218, 1 - ease(t, 4.2, 1.4))
    c.box((44, 218, 312, 232), SAND, AMBER, 1, 2)
    c.line([(70, 232), (70, 250)], AMBER)
    c.line([(286, 232), (286, 250)], AMBER)
    c.text(178, 258, "地磅", 24, AMBER, 1, anchor="mm")
    c.box((376, 84, 620, 250), WHITE, GREEN, 1, 8, 3)
    reading(c, 116, "毛重", "49.62 吨", ease(t, 2.4))
    reading(c, 162, "皮重", "15.84 吨", ease(t, 6.2))
    c.line([(396, 190), (604, 190)], GREY, ease(t, 8.0), 2)
    reading(c, 220, "净重", "33.78 吨", ease(t, 8.4), GREEN)
    c.text(498, 274, "磅单（数据虚构）", 24, GREY, ease(t, 9.6), anchor="mm")


def belt(c: Canvas, t: float, share: float) -> None:
    """Draw a belt with coal going by over its scale."""
    c.line([(36, 168), (290, 168)], INK, share, 4)
    for wheel in range(48, 290, 40):
        c.dot(wheel, 176, 6, GREY, share)
    if share >= 1:
        for lump in range(8):
            x = 36 + (lump * 32 + t * 36) % 250
            c.dot(x, 158 - (lump % 3) * 2, 8, INK)
    c.box((138, 186, 188, 214), SAND, AMBER, share, 4)
    c.text(163, 200, "秤", 24, AMBER, share, True, "mm", SAND)


def two_ways(c: Canvas, t: float) -> None:
    """Measure the coal burnt by the belt scale and by taking stock."""
    c.heading("第二步  两条路，一个数")
    shown, stock = ease(t, 0.4), ease(t, 4.6)
    c.text(36, 84, "皮带秤：每月累计", 26, GREEN, shown, True)
    belt(c, t, shown)
    c.text(36, 240, "12 000 吨", 34, GREEN, ease(t, 2.4), True)
    c.text(350, 84, "盘存：账上推算", 26, AMBER, stock, True)
    rows = (("期初库存", "3 200", 5.2), ("＋ 购入", "12 460", 6.2), ("－ 期末库存", "3 600", 7.2))
    for row, (name, number, at) in enumerate(rows):
        share, y = ease(t, at), 118 + row * 34
        c.text(350, y, name, 25, INK, share)
        c.text(610, y, number, 25, INK, share, anchor="rm")
    c.line([(350, 210), (610, 210)], GREY, ease(t, 8.0), 2)
    c.text(350, 240, "12 060 吨", 34, AMBER, ease(t, 8.2), True)
    c.text(320, 284, "相差 60 吨，0.5%", 26, INK, ease(t, 9.6), True, "mm")


def samples(c: Canvas, t: float) -> None:
    """Let a sample go through its four stations, each leaving a record."""
    c.heading("第三步  样品走四环")
    stations = (
        (92, "采样", "时间、地点", 0.4),
        (244, "制样", "封签编号", 4.0),
        (396, "送样", "交接单", 6.0),
        (548, "检测", "报告编号", 8.6),
    )
    for number, (x, name, record, at) in enumerate(stations):
        share = ease(t, at)
        if number:
            c.line([(x - 108, 140), (x - 44, 140)], GREY, share, 4)
        c.dot(x, 140, 42, PALE, share)
        c.text(x, 140, name, 28, GREEN, share, True, "mm", PALE)
        c.text(x, 206, record, 24, INK, share, anchor="mm")
    moved = sum(ease(t, at, 1.2) for at in (4.0, 6.0, 8.6))
    c.box((82 + moved * 152, 76, 102 + moved * 152, 98), AMBER, None, ease(t, 1.0), 4)
    tied = ease(t, 10.4)
    c.line([(244, 226), (244, 252), (548, 252), (548, 226)], AMBER, tied, 3)
    c.box((318, 236, 474, 268), WHITE, None, tied)
    c.text(396, 252, "编号对得上", 26, AMBER, tied, True, "mm")


def column(c: Canvas, x: float, water: float, carbon: float, name: str, share: float) -> None:
    """Draw a ton of coal as a column of water, carbon and the rest, in percent."""
    if share <= 0:
        return
    top, tall = 84.0, 176.0
    c.box((x, top, x + 140, top + tall), SAND, None, share, 0)
    c.box((x, top, x + 140, top + tall * water), "#b8d8ee", None, share, 0)
    c.box((x, top + tall * (1 - carbon), x + 140, top + tall), INK, None, share, 0)
    c.text(
        x + 70, top + tall * (1 - carbon / 2), f"碳 {carbon * 100:.2f}%", 24, WHITE, share, True, "mm", INK
    )
    c.text(x + 152, top + max(10, tall * water / 2), f"水 {water * 100:.1f}%", 24, "#2b6a94", share)
    c.text(x + 70, 280, name, 25, INK, share, True, "mm")


def one_basis(c: Canvas, t: float) -> None:
    """Convert the carbon content from the air-dried to the as-received basis."""
    c.heading("第四步  换到同一个基")
    column(c, 40, 0.03, 0.618, "空干基", ease(t, 0.4))
    column(c, 372, 0.12, 0.5607, "收到基", ease(t, 4.8))
    share = ease(t, 8.4)
    c.arrow((262, 150), (356, 150), AMBER, ease(t, 4.2))
    c.text(190, 196, "× (100 − 12)", 24, AMBER, share)
    c.text(190, 230, "÷ (100 − 3)", 24, AMBER, share)


def multiplied(c: Canvas, t: float) -> None:
    """Put the factors together, one after the other."""
    c.heading("第五步  相乘")
    tiles = (
        (28, "12 000", "煤量，吨", 0.4),
        (178, "0.5607", "含碳量", 1.4),
        (328, "0.99", "氧化率", 2.4),
        (478, "44/12", "碳变二氧化碳", 4.2),
    )
    for number, (x, value, name, at) in enumerate(tiles):
        share = ease(t, at)
        c.box((x, 92, x + 128, 150), PALE, GREEN, share)
        c.text(x + 64, 121, value, 30, GREEN, share, True, "mm", PALE)
        c.text(x + 64, 172, name, 22, INK, share, anchor="mm")
        if number:
            c.text(x - 11, 121, "×", 28, GREY, share, True, "mm")
    share = ease(t, 7.2)
    c.box((120, 206, 520, 262), GREEN, None, share)
    c.text(320, 234, "＝ 24 424 吨二氧化碳", 32, WHITE, share, True, "mm", GREEN)
    c.text(320, 284, "氧化率按 99% 设，" + NOTE, 22, GREY, ease(t, 8.2), anchor="mm")


def months(c: Canvas, t: float) -> None:
    """Fill the twelve months and add them up."""
    c.heading("第六步  月月存证，年终相加")
    for month in range(12):
        share = ease(t, 0.5 + month * 0.35, 0.5)
        x, y = 40 + month % 6 * 94, 76 + month // 6 * 62
        c.box((x, y, x + 82, y + 50), WHITE, GREEN, 1, 6)
        c.box((x, y, x + 82, y + 50), PALE, GREEN, share, 6)
        c.text(x + 41, y + 25, f"{month + 1} 月", 24, GREEN, max(share, 0.3), True, "mm", PALE)
    c.text(320, 214, "每月结束后 40 个自然日内", 26, AMBER, ease(t, 1.6), True, "mm")
    share = ease(t, 5.2)
    c.box((170, 238, 470, 286), GREEN, None, share)
    c.text(320, 262, "年报里的一行", 28, WHITE, share, True, "mm", GREEN)


def backwards(c: Canvas, t: float) -> None:
    """Walk from the annual report back to the ticket."""
    c.heading("倒着走一遍")
    steps = (
        (552, "年报", 0.4),
        (436, "月份", 4.0),
        (320, "煤量", 5.0),
        (204, "班报", 6.0),
        (88, "磅单", 8.2),
    )
    for number, (x, name, at) in enumerate(steps):
        share = ease(t, at)
        colour = GREEN if number < 4 else AMBER
        if number:
            c.arrow((x + 74, 150), (x + 46, 150), GREY, share)
        c.box((x - 44, 116, x + 44, 184), WHITE, GREY, 1, 8)
        c.box((x - 44, 116, x + 44, 184), PALE if number < 4 else SAND, colour, share, 8, 3)
        c.text(x, 150, name, 28, colour, max(share, 0.25), True, "mm", PALE)
    c.text(320, 226, "随手抽一个数，十分钟内找到原始单", 28, INK, ease(t, 8.8), True, "mm")
    c.text(320, 268, "中间断一环，前面的数都悬着", 26, AMBER, ease(t, 9.8), False, "mm")


FILM = Film(
    "coal",
    (
        (5.0, opening(("一批煤的数据", "从地磅到年报"), "每一步一个数，每个数找得到来处")),
        (12.0, weighing),
        (14.0, two_ways),
        (14.0, samples),
        (13.0, one_basis),
        (12.0, multiplied),
        (10.0, months),
        (12.0, backwards),
        (8.0, ending(("一步一个数，一数一张单", "两条路互相印证", "倒着走也要走得通"))),
    ),
    CUES,
    poster_at=16.6,
)
