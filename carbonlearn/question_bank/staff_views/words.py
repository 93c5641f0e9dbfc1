"""What the bank's desk says when it refuses: one sentence for each code."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from carbonlearn.web import messages

messages.register(
    {
        "ITEM_NOT_FOUND": _l("没有找到这道试题。"),
        "ITEM_CHANGED": _l("有人刚存了第 %(number)s 版。请打开新的一版再改，您输入的还在这页上。"),
        "ITEM_REVIEWED": _l("这一版已经有了结论。"),
        "ITEM_OWN_DRAFT": _l("自己写的题要由另一位来审。"),
        "ITEM_DECISION": _l("请选通过或退回。"),
        "ITEM_NOTE_NEEDED": _l("退回要写明理由。"),
        "ITEM_NOT_IN_USE": _l("这道题不在用，不必复核。"),
        "ITEM_RETIRED": _l("这道题已经停用。要改要审，先恢复它。"),
        "ITEM_IN_USE": _l("这道题用过，不能弃用，只能停用。"),
        "ITEM_NOT_LIVE": _l("这道题不在用，不必停用。"),
        "ITEM_TYPE": _l("没有这种题型。"),
        "ITEM_STEM_LENGTH": _l("题干要有 8 到 2000 个字。"),
        "ITEM_DIFFICULTY": _l("难度是 1 到 5。"),
        "ITEM_EXPLANATION": _l("解析至少 20 个字：为什么对，错在哪里。"),
        "ITEM_EXPLANATION_LONG": _l("解析最多 2000 个字。"),
        "ITEM_SOURCE": _l("要写明依据。"),
        "ITEM_SOURCE_LONG": _l("依据最多 600 个字。"),
        "ITEM_OPTIONS_UNUSED": _l("这种题型没有选项。"),
        "ITEM_OPTIONS_COUNT": _l("选项要有 3 到 8 个，从 A 起连着写。"),
        "ITEM_OPTION_LENGTH": _l("选项不能空，也不要超过 200 个字。"),
        "ITEM_OPTIONS_TWICE": _l("有两个选项一样。"),
        "ITEM_KEY_ONE": _l("单选题要勾一个答案，而且是有的选项。"),
        "ITEM_KEY_SEVERAL": _l("多选题要勾两个以上的答案，但不能全是。"),
        "ITEM_KEY_TRUTH": _l("判断题要选正确或错误。"),
        "ITEM_KEY_UNUSED": _l("简答题没有答案字母。"),
        "ITEM_RUBRIC": _l("得分点要有两条以上，每条都有内容和分值。"),
        "ITEM_RUBRIC_LONG": _l("得分点最多 12 条，每条最多 300 个字、100 分。"),
        "ITEM_RUBRIC_UNUSED": _l("只有简答题有得分点。"),
        "ITEM_REFERENCE": _l("简答题要有参考答案。"),
        "ITEM_REFERENCE_LONG": _l("参考答案最多 4000 个字。"),
        "ITEM_FUNCTION": _l("要选一个职业功能。"),
        "ITEM_PRESENCE_TYPE": _l("随堂核验要当场能选，不能是简答题。"),
        "ITEM_PRESENCE_LESSON": _l("随堂核验要写明问哪一讲。"),
        "ITEM_PICTURE": _l("题里引用的图片不在题库：%(picture)s。先上传，再引用。"),
        "ITEM_CHECKS_NEEDED": _l("通过以前，答案、歧义、依据三项都要看过并勾上。"),
        "ITEM_NOT_REVIEWED": _l("这一版还没有通过审题，不能启用。"),
        "ITEM_NOT_RETIRED": _l("这道题没有停用。"),
        "ITEM_REVIEW_BY_PAST": _l("下次复核期限要在今天以后；原来的已经到了，请写一个新的。"),
        "ENEMY_UNKNOWN": _l("没有编号是 %(number)s 的试题。"),
        "ENEMY_SELF": _l("这就是这道题自己。"),
        "ENEMY_POOL": _l("这两道题用在不同的卷里，本来就不会同卷。"),
        "ENEMY_REASON": _l("理由要有 %(least)s 到 %(most)s 个字。"),
        "ENEMY_ALREADY": _l("和 %(number)s 已经定为不宜同卷。"),
        "ENEMY_LIFTED": _l("这一条已经解除。"),
        "ENEMY_NOT_FOUND": _l("没有找到这一条。"),
        "CASE_NOT_FOUND": _l("没有找到这个案例。"),
        "CASE_CHANGED": _l("有人刚存了案例的第 %(number)s 版。请打开新的一版再改，您输入的还在这页上。"),
        "CASE_LENGTH": _l("案例要有 40 到 4000 个字。"),
        "SOURCE_NOT_FOUND": _l("没有找到这份依据。"),
        "SOURCE_NOTE_NEEDED": _l("要写明变了什么。"),
        "PICTURE_KIND": _l("只收图片：JPEG、PNG、WebP。"),
        "PICTURE_NOT_FOUND": _l("没有找到这张图片。"),
    }
)
