"""The short silent film on a day of trading: how money and allowances change hands. Its scenes."""

from tools.films.canvas import AMBER, GREEN, GREY, INK, PALE, SAND, SCALE, WHITE, Canvas, ease, mix
from tools.films.film import Film, ending, opening
from tools.films.settlement_words import CUES

RULES = "依据 2021 年登记、交易、结算三项管理规则（试行）"


def card(c: Canvas, x: float, name: str, goods: str, money: str, share: float, colour: str) -> None:
    """Draw a company with what it holds."""
    c.box((x, 68, x + 250, 196), WHITE, colour, share, 8, 3)
    c.text(x + 20, 94, name, 28, colour, share, True)
    c.text(x + 20, 134, "配额", 25, GREY, share)
    c.text(x + 230, 134, goods, 26, INK, share, True, "rm")
    c.text(x + 20, 170, "资金", 25, GREY, share)
    c.text(x + 230, 170, money, 26, INK, share, True, "rm")


def lock(c: Canvas, x: float, y: float, share: float) -> None:
    """Draw a closed padlock, centred at (x, y)."""
    if share <= 0:
        return
    c.draw.arc(
        [(x - 9) * SCALE, (y - 20) * SCALE, (x + 9) * SCALE, (y + 4) * SCALE],
        180,
        360,
        fill=mix(AMBER, share),
        width=4 * SCALE,
    )
    c.box((x - 15, y - 8, x + 15, y + 14), AMBER, None, share, 4)
    c.dot(x, y + 2, 3, WHITE, share, AMBER)


def token(c: Canvas, x: float, y: float, words: str, colour: str, share: float) -> None:
    """Draw a bundle that is handed over, centred at (x, y)."""
    if share > 0:
        c.box((x - 84, y - 22, x + 84, y + 22), colour, None, share)
        c.text(x, y, words, 24, WHITE, share, True, "mm", colour)


def two_companies(c: Canvas, t: float) -> None:
    """Show who has what before the day begins."""
    c.heading("开市以前：两家企业")
    card(c, 44, "甲：有富余", "20 000 吨", "0 元", ease(t, 0.4), GREEN)
    card(c, 346, "乙：有缺口", "5 000 吨", "100 万元", ease(t, 4.0), AMBER)
    c.text(169, 228, "想卖 8 000 吨", 28, GREEN, ease(t, 1.6), True, "mm")
    c.text(471, 228, "想买 8 000 吨", 28, AMBER, ease(t, 5.2), True, "mm")
    c.text(320, 266, "谁先交，都怕落空", 28, INK, ease(t, 8.0), True, "mm")
    c.text(600, 288, "数据虚构", 20, GREY, ease(t, 1.0), anchor="rm")


def locking(c: Canvas, t: float) -> None:
    """Lock the goods of the seller and the money of the buyer when they enter their orders."""
    c.heading("9:30 起  申报就锁住")
    sells, bids = ease(t, 0.4), ease(t, 4.8)
    c.box((44, 68, 294, 226), WHITE, GREEN, sells, 8, 3)
    c.text(64, 96, "甲 申报卖出", 27, GREEN, sells, True)
    c.text(64, 134, "8 000 吨 × 79.20 元", 25, INK, sells)
    locked = ease(t, 2.0)
    c.box((62, 158, 276, 210), SAND, None, locked)
    lock(c, 90, 184, locked)
    c.text(118, 184, "8 000 吨锁住", 25, AMBER, locked, True, ground=SAND)
    c.box((346, 68, 596, 226), WHITE, AMBER, bids, 8, 3)
    c.text(366, 96, "乙 申报买入", 27, AMBER, bids, True)
    c.text(364, 134, "8 000 吨，限价 80 元", 24, INK, bids)
    locked = ease(t, 6.4)
    c.box((364, 158, 578, 210), SAND, None, locked)
    lock(c, 392, 184, locked)
    c.text(420, 184, "64 万元锁住", 25, AMBER, locked, True, ground=SAND)
    c.text(320, 254, "锁住的还是自己的，只是不能动", 27, INK, ease(t, 9.4), True, "mm")
    c.text(320, 286, RULES, 20, GREY, ease(t, 1.0), anchor="mm")


def traded(c: Canvas, t: float) -> None:
    """Match the two orders on a line of prices."""
    c.heading("成交")
    c.line([(80, 150), (560, 150)], GREY, ease(t, 0.3), 4)
    ask, limit = ease(t, 0.8), ease(t, 1.6)
    c.dot(200, 150, 11, GREEN, ask)
    c.text(200, 112, "卖 79.20", 27, GREEN, ask, True, "mm")
    c.dot(440, 150, 11, AMBER, limit)
    c.text(440, 112, "限价 80.00", 27, AMBER, limit, True, "mm")
    c.text(200, 186, "在这里成交", 25, GREEN, ease(t, 2.8), True, "mm")
    for y, words, number, at, colour in (
        (226, "8 000 × 79.20", "633 600 元", 4.6, INK),
        (262, "多锁的放开", "6 400 元", 6.0, AMBER),
    ):
        share = ease(t, at)
        c.text(140, y, words, 27, colour, share)
        c.text(500, y, number, 28, colour, share, True, "rm")


def data_sent(c: Canvas, t: float) -> None:
    """Send the trades from the exchange to the registry."""
    c.heading("15:00 收市  数据送去结算")
    left, right = ease(t, 0.3), ease(t, 2.2)
    c.box((44, 90, 254, 190), PALE, GREEN, left, 8, 3)
    c.text(149, 124, "交易机构", 28, GREEN, left, True, "mm", PALE)
    c.text(149, 160, "上海", 25, INK, left, False, "mm", PALE)
    c.box((386, 90, 596, 190), PALE, GREEN, right, 8, 3)
    c.text(491, 124, "注册登记机构", 28, GREEN, right, True, "mm", PALE)
    c.text(491, 160, "武汉", 25, INK, right, False, "mm", PALE)
    c.arrow((262, 152), (378, 152), AMBER, ease(t, 1.2, 1.6))
    c.text(320, 124, "成交数据", 24, AMBER, ease(t, 1.2), True, "mm")
    c.text(320, 228, "结算由登记机构办，不由交易机构办", 27, INK, ease(t, 4.4), True, "mm")
    c.text(320, 270, "账在它那里，货和钱在一处对上", 26, GREY, ease(t, 8.0), False, "mm")


def cleared(c: Canvas, t: float) -> None:
    """Write the table of what each owes and is owed."""
    c.heading("清算  逐笔、全额")
    xs = (196, 338, 474, 610)
    head = ease(t, 0.4)
    for x, words in zip(xs, ("应收资金", "应付资金", "应收配额", "应付配额"), strict=True):
        c.text(x, 84, words, 25, GREEN, head, True, "rm")
    rows = (
        ("甲", ("633 600", "0", "0", "8 000"), 4.4),
        ("乙", ("0", "633 600", "8 000", "0"), 6.0),
        ("合计", ("633 600", "633 600", "8 000", "8 000"), 8.8),
    )
    for row, (name, numbers, at) in enumerate(rows):
        share, y = ease(t, at), 130 + row * 48
        if row == 2:
            c.box((24, y - 22, 622, y + 22), PALE, None, share)
        ground = PALE if row == 2 else WHITE
        c.text(32, y, name, 26, INK, share, True, ground=ground)
        for x, number in zip(xs, numbers, strict=True):
            c.text(x, y, number, 26, GREY if number == "0" else INK, share, False, "rm", ground)
    c.text(320, 276, "应收等于应付，货和钱各平一次", 27, AMBER, ease(t, 10.0), True, "mm")


def delivered(c: Canvas, t: float) -> None:
    """Exchange goods and money in the same moment."""
    c.heading("交收  一手交货，一手交钱")
    done = ease(t, 1.2, 2.4)
    c.box((44, 68, 176, 116), PALE, GREEN, 1, 8, 3)
    c.text(110, 92, "甲", 30, GREEN, 1, True, "mm", PALE)
    c.box((464, 68, 596, 116), SAND, AMBER, 1, 8, 3)
    c.text(530, 92, "乙", 30, AMBER, 1, True, "mm", SAND)
    c.line([(128, 150), (512, 150)], PALE, 1, 3)
    c.line([(128, 202), (512, 202)], PALE, 1, 3)
    token(c, 128 + 384 * done, 150, "8 000 吨", GREEN, 1)
    token(c, 512 - 384 * done, 202, "633 600 元", AMBER, 1)
    for x, goods, money, at in ((44, "12 000 吨", "633 600 元", 4.4), (356, "13 000 吨", "366 400 元", 8.6)):
        share = ease(t, at)
        c.text(x, 248, goods, 27, GREEN, share, True)
        c.text(x, 280, money, 27, AMBER, share, True)


def compared(c: Canvas, t: float) -> None:
    """Compare the three books, and tell until when one may object."""
    c.heading("当晚  对三本账")
    for number, words in enumerate(("成交台账", "登记明细", "银行流水")):
        share, x = ease(t, 0.4 + number * 0.9), 44 + number * 190
        c.box((x, 72, x + 172, 148), PALE, GREEN, share, 8, 3)
        c.text(x + 86, 98, words, 27, GREEN, share, True, "mm", PALE)
        ticked = ease(t, 1.2 + number * 0.9)
        c.line([(x + 70, 126), (x + 80, 136), (x + 102, 114)], GREEN, ticked, 5)
    c.line([(44, 206), (596, 206)], GREY, ease(t, 3.8), 4)
    for x, words, at, colour in (
        (110, "今天收市", 3.8, INK),
        (330, "书面异议", 4.4, GREEN),
        (530, "明天开市", 5.2, AMBER),
    ):
        share = ease(t, at)
        c.dot(x, 206, 9, colour, share)
        c.text(x, 178, words, 25, colour, share, True, "mm")
    c.text(320, 252, "开市以前书面提出，逾期视为认可", 27, INK, ease(t, 6.4), True, "mm")
    c.text(320, 286, RULES, 20, GREY, ease(t, 6.8), anchor="mm")


FILM = Film(
    "settlement",
    (
        (5.0, opening(("一个交易日", "钱和配额怎样换手"), "先锁住，再成交，收市以后一起交")),
        (12.0, two_companies),
        (14.0, locking),
        (12.0, traded),
        (12.0, data_sent),
        (14.0, cleared),
        (13.0, delivered),
        (12.0, compared),
        (
            8.0,
            ending(("申报就锁住，有货有钱才成交", "逐笔全额清算，货银同时交收", "当晚对账，异议赶在开市前")),
        ),
    ),
    CUES,
    poster_at=30.8,
)
