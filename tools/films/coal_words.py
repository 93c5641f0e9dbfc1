"""Words of the film on the data of a lot of coal."""

from tools.films.captions import Cue

CUES: tuple[Cue, ...] = (
    Cue(
        0.2,
        4.8,
        "跟着一批煤，看它的数据怎样走到年报。",
        "Follow a lot of coal and see how its data reach the annual report.",
    ),
    Cue(
        5.2,
        9.0,
        "车上磅，毛重 49.62 吨。磅单当场打印。",
        "On the weighbridge: 49.62 t gross. The ticket is printed at once.",
    ),
    Cue(9.0, 12.6, "卸完再称一次，皮重 15.84 吨。", "Unloaded and weighed again: 15.84 t tare."),
    Cue(
        12.6,
        16.8,
        "相减，净重 33.78 吨。三个数都写在磅单上。",
        "The difference, 33.78 t net. All three stand on the ticket.",
    ),
    Cue(
        17.2,
        21.6,
        "烧了多少，皮带秤累计一个月，12 000 吨。",
        "What was burnt: the belt scale adds up 12 000 t in a month.",
    ),
    Cue(
        21.6,
        26.2,
        "盘存另算一遍：期初加购入，减期末，12 060 吨。",
        "Stock-taking: opening plus bought less closing makes 12 060 t.",
    ),
    Cue(
        26.2,
        30.8,
        "两条路相差 0.5%，互相印证，才敢用。",
        "The two ways differ by 0.5 %: they confirm each other.",
    ),
    Cue(
        31.2,
        35.4,
        "含碳多少要靠样品。采样，记时间和地点。",
        "The carbon content needs samples. Taken: note time and place.",
    ),
    Cue(
        35.4,
        39.8,
        "制样封好，封签有编号；送样有交接单。",
        "Prepared and sealed, with a number; sent with a hand-over slip.",
    ),
    Cue(
        39.8,
        44.8,
        "检测报告上的样品编号，要与封签对得上。",
        "The sample number in the report must match the seal.",
    ),
    Cue(
        45.2,
        49.4,
        "报告写的是空干基，煤是按收到基烧的。",
        "The report is on air-dried basis; coal is burnt as received.",
    ),
    Cue(
        49.4, 53.6, "水多了，同样一吨煤里的碳就少。", "With more water there is less carbon in the same ton."
    ),
    Cue(
        53.6,
        57.8,
        "用两个水分一换，61.80% 变成 56.07%。",
        "Converted by the two moistures, 61.80 % becomes 56.07 %.",
    ),
    Cue(
        58.2,
        62.0,
        "现在可以相乘：煤量，含碳，氧化率。",
        "Now multiply: coal, carbon content, oxidation rate.",
    ),
    Cue(62.0, 65.6, "再乘 44/12，碳变成二氧化碳。", "Times 44 over 12, and carbon becomes carbon dioxide."),
    Cue(
        65.6,
        69.8,
        "这个月，24 424 吨。少一个凭据，它就站不住。",
        "This month: 24 424 t. With one record missing it cannot stand.",
    ),
    Cue(
        70.2,
        74.6,
        "每月结束后四十个自然日内，把数据存证。",
        "Within 40 calendar days after each month the data are filed.",
    ),
    Cue(
        74.6,
        79.8,
        "十二个月相加，才是年报里的那一行。",
        "Twelve months added up are that one line of the annual report.",
    ),
    Cue(
        80.2,
        84.2,
        "现在倒着走：从年报里的一个数出发。",
        "Now walk back, from one number in the annual report.",
    ),
    Cue(84.2, 88.0, "找到月份，找到煤量，找到班报。", "Find the month, the coal, the record of the shift."),
    Cue(
        88.0,
        91.8,
        "最后找到那张磅单。走得通，才叫可追溯。",
        "And the ticket itself. If you get there, it is traceable.",
    ),
    Cue(92.2, 95.8, "一步一个数，一数一张单。", "One number at each step, one record for each number."),
    Cue(
        95.8,
        99.8,
        "两条路互相印证；倒着走也要走得通。",
        "Two ways confirm each other; it must also work backwards.",
    ),
)
