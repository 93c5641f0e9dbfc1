"""Words of the film on accounting boundaries."""

from tools.films.captions import Cue

CUES: tuple[Cue, ...] = (
    Cue(
        0.2,
        5.8,
        "这一讲说明怎样划定核算边界、找齐排放源。",
        "How to draw the accounting boundary and find every emission source.",
    ),
    Cue(
        6.2,
        9.8,
        "先问：报告主体是谁，哪个法人对数据负责？",
        "First: who reports, and which legal entity answers for the data?",
    ),
    Cue(
        9.8,
        13.0,
        "再问：哪些生产设施落在边界之内？",
        "Next: which production facilities lie inside the boundary?",
    ),
    Cue(
        13.0,
        17.8,
        "最后问：边界之内，排放从哪里来？",
        "Last: inside the boundary, where do emissions come from?",
    ),
    Cue(
        18.2,
        21.2,
        "按 GB/T 32150，边界跟着报告主体走。",
        "By GB/T 32150 the boundary follows the reporting entity.",
    ),
    Cue(21.2, 23.8, "主要生产系统：产出产品的装置。", "Main system: units that make the product."),
    Cue(23.8, 26.4, "辅助生产系统：例如锅炉和机修。", "Auxiliary: boilers and repair shops, for example."),
    Cue(
        26.4,
        29.4,
        "附属生产系统：只取直接为生产服务的部分。",
        "Attached: only what directly serves production.",
    ),
    Cue(
        29.4,
        33.8,
        "同在厂区的别家法人，要写明不在边界内。",
        "Another legal entity on the site stays out; write that down.",
    ),
    Cue(
        34.2,
        38.6,
        "燃料燃烧：锅炉、加热炉、内燃设备烧掉的燃料。",
        "Fuel combustion: fuel burnt in boilers, heaters and engines.",
    ),
    Cue(
        38.6,
        42.4,
        "过程排放：原料反应放出的二氧化碳，不是燃料烧出来的。",
        "Process: CO₂ from reactions of raw material, not from fuel.",
    ),
    Cue(
        42.4,
        46.6,
        "购入的电力和热力：排放发生在别处，按规定计入。",
        "Purchased power and heat: emitted elsewhere, counted here by rule.",
    ),
    Cue(
        46.6,
        51.8,
        "输出的电力和热力：按规则扣减，免得重复计算。",
        "Exported power and heat: deducted by rule, so that nothing counts twice.",
    ),
    Cue(
        52.2,
        56.2,
        "逐个排放源计算，再合计。这组数据是虚构的。",
        "Work out each source, then add up. These data are invented.",
    ),
    Cue(
        56.2,
        60.4,
        "购入电 40 000 MWh 乘 0.5306，得 21 224 吨。",
        "40 000 MWh purchased times 0.5306 gives 21 224 t.",
    ),
    Cue(
        60.4,
        65.8,
        "减去输出的两项，合计 295 460.4 吨二氧化碳。",
        "Less the two exports, the total is 295 460.4 t CO₂.",
    ),
    Cue(
        66.2,
        69.5,
        "企业边界覆盖法人的全部生产系统。",
        "The enterprise boundary covers all the entity's systems.",
    ),
    Cue(
        69.5,
        73.2,
        "设施边界只圈一类设施，例如水泥熟料生产设施。",
        "A facility boundary takes one facility, such as clinker production.",
    ),
    Cue(
        73.2,
        77.8,
        "用哪一条由适用的指南决定，两个结果不能混用。",
        "The applicable guideline decides; the two results must not be mixed.",
    ),
    Cue(
        78.2,
        81.9,
        "边界写进方案，设施变了就修订；源要逐台列清。",
        "Plan the boundary, revise it on change, list every source.",
    ),
    Cue(
        81.9,
        85.8,
        "购入计入，输出扣减。下面的文字有完整例题。",
        "Count what is bought, deduct what is sold. Full example below.",
    ),
)
