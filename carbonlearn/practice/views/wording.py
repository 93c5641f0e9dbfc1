"""The words of practice: what its codes mean, and the names of types, verdicts and chapters."""

from __future__ import annotations

from collections.abc import Collection

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from carbonlearn.catalogue import queries as catalogue
from carbonlearn.catalogue.models import Lesson
from carbonlearn.infra.db import db
from carbonlearn.practice.queries.chapters import LESSON
from carbonlearn.web import messages
from carbonlearn.web.i18n import pick

messages.register(
    {
        "PRACTICE_NOT_OPEN": _l("报名开通后就可以练习。报名提前结束的，练习也随之结束。"),
        "PRACTICE_WHILE_SITTING": _l("您正在考试，交卷以后再练习。"),
        "PRACTICE_ITEM_NOT_FOUND": _l("没有找到这道练习题，它可能已经停用。"),
        "PRACTICE_ITEM_CHANGED": _l("这道题改过了，请按现在的题面再答一次。"),
        "PRACTICE_ANSWER_NOT_FOUND": _l("没有找到这次作答，或者它不属于您。"),
        "PRACTICE_ANSWER_EMPTY": _l("还没有作答。"),
        "PRACTICE_ANSWER_FORM": _l("这不是这道题的作答方式，请重新选择。"),
        "PRACTICE_VERDICT_UNKNOWN": _l("请从三个判断里选一个。"),
        "PRACTICE_SET_NOT_FOUND": _l("没有找到这一章的练习题。"),
        "PRACTICE_TOO_MANY": _l("一次最多上传 %(limit)s 条作答。"),
        "MOCK_POOL_SHORT": _l("模拟题还不够组成一份卷子。"),
        "MOCKS_ENOUGH": _l("一天之内最多考 %(most)s 次模拟，明天再来。先看看错题吧。"),
        "MOCK_NEEDS_SCRIPT": _l("模拟考试还没有开始：浏览器没有开启脚本，答案存不下来。"),
        "MOCK_NOT_ENDED": _l("交卷以后才能看答案和自评。"),
        "LINE_UNKNOWN": _l("得分点与这道题对不上，请刷新页面后再选。"),
    }
)

TYPE_NAMES = {
    "single-choice": _l("单选"),
    "true-false": _l("判断"),
    "multiple-choice": _l("多选"),
    "short-answer": _l("简答"),
}
RULES = {
    "single-choice": _l("选出一个正确的项。"),
    "true-false": _l("判断说法是否正确。"),
    "multiple-choice": _l("选出所有正确的项。"),
    "short-answer": _l("用自己的话作答，交上后对照参考答案自评。"),
}
MODE_NAMES = {
    "chapter": _l("章节练习"),
    "book": _l("错题本"),
    "stars": _l("我的收藏"),
    "daily": _l("每日一练"),
    "offline": _l("离线练习"),
    "mock": _l("模拟考试"),
}
VERDICTS = {
    "right": (_l("答对了"), "ok"),
    "partly": (_l("答到一部分"), "warn"),
    "wrong": (_l("答错了"), "danger"),
    "open": (_l("对照参考答案，自己判断"), "info"),
}


def chapter_names(keys: Collection[str]) -> dict[str, str]:
    """The names of chapters in the reader's language; a statement more only where some are lessons."""
    functions = catalogue.functions()
    slugs = [key.removeprefix(LESSON) for key in keys if key.startswith(LESSON)]
    lessons = _lesson_names(slugs) if slugs else {}
    return {key: pick(*functions[key]) if key in functions else lessons.get(key, key) for key in keys}


def _lesson_names(slugs: Collection[str]) -> dict[str, str]:
    rows = db.session.execute(
        select(Lesson.slug, Lesson.title, Lesson.en).where(Lesson.slug.in_(list(slugs)))
    )
    return {LESSON + slug: pick(title, en) for slug, title, en in rows}
