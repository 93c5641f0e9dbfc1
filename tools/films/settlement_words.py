"""Words of the film on a day of trading and its settlement."""

from tools.films.captions import Cue

CUES: tuple[Cue, ...] = (
    Cue(
        0.2,
        4.8,
        "一个交易日里，钱和配额怎样换手。",
        "How money and allowances change hands on a day of trading.",
    ),
    Cue(
        5.2,
        9.0,
        "甲有富余的配额，想卖 8 000 吨。",
        "Company A has allowances to spare and wants to sell 8 000 t.",
    ),
    Cue(
        9.0,
        12.8,
        "乙缺配额，账上有 100 万元，想买。",
        "Company B is short; it has one million yuan and wants to buy.",
    ),
    Cue(
        12.8,
        16.8,
        "两家互不认识，谁先交，都怕落空。",
        "They do not know each other; neither wants to hand over first.",
    ),
    Cue(
        17.2,
        21.6,
        "甲申报卖出，8 000 吨配额当场锁住。",
        "A enters its offer, and its 8 000 t are locked on the spot.",
    ),
    Cue(
        21.6,
        26.2,
        "乙按限价 80 元申报买入，锁住 64 万元。",
        "B bids with a limit of 80 yuan, and 640 000 yuan are locked.",
    ),
    Cue(
        26.2,
        30.8,
        "锁住的还是自己的，只是暂时不能动。",
        "What is locked is still theirs; it just cannot be moved.",
    ),
    Cue(
        31.2,
        35.4,
        "甲的报价 79.20 元，低于限价，成交。",
        "A asks 79.20 yuan, below the limit: the trade is made.",
    ),
    Cue(
        35.4,
        39.2,
        "货款 633 600 元，多锁的 6 400 元放开。",
        "It costs 633 600 yuan; the 6 400 locked in excess are released.",
    ),
    Cue(
        39.2, 42.8, "到这里，货和钱都还没有过户。", "So far neither the allowances nor the money have moved."
    ),
    Cue(
        43.2,
        47.4,
        "下午三点收市，成交数据从上海送到武汉。",
        "At three the market closes; Shanghai sends the trades to Wuhan.",
    ),
    Cue(47.4, 51.0, "结算由注册登记机构办，不由交易机构办。", "The registry settles, not the exchange."),
    Cue(
        51.0,
        54.8,
        "账在它那里，货和钱才能在一处对上。",
        "It keeps the ledger, so goods and money can be matched there.",
    ),
    Cue(
        55.2,
        59.4,
        "清算：每一笔单独算，不先抵销。",
        "Clearing: every trade by itself, nothing is netted first.",
    ),
    Cue(
        59.4,
        63.8,
        "甲应收 633 600 元，应付 8 000 吨；乙正相反。",
        "A is owed 633 600 yuan and owes 8 000 t; B the reverse.",
    ),
    Cue(
        63.8,
        68.8,
        "应收合计等于应付合计，货和钱各平一次。",
        "What is owed equals what is due: once for goods, once for money.",
    ),
    Cue(
        69.2,
        73.4,
        "交收：一手交货，一手交钱，同时过户。",
        "Delivery: goods and money are exchanged at the same moment.",
    ),
    Cue(73.4, 77.6, "甲剩 12 000 吨，多了 633 600 元。", "A keeps 12 000 t and has 633 600 yuan more."),
    Cue(77.6, 81.8, "乙有 13 000 吨，还剩 366 400 元。", "B has 13 000 t and 366 400 yuan left."),
    Cue(
        82.2,
        86.2,
        "当晚对三本账：台账、登记明细、银行流水。",
        "That night compare three books: own, registry and bank.",
    ),
    Cue(
        86.2,
        89.8,
        "有异议，下一个交易日开市前书面提出。",
        "Object in writing before the next trading day opens.",
    ),
    Cue(89.8, 93.8, "过了开市才说，就算认可了结果。", "Whoever speaks later has accepted the result."),
    Cue(
        94.2,
        97.6,
        "先锁住，再成交，收市以后一起交。",
        "First locked, then traded, handed over together after the close.",
    ),
    Cue(
        97.6,
        101.8,
        "逐笔全额，货银对付，当晚对账。",
        "Trade by trade in full, goods against money, checked at night.",
    ),
)
