"""What study is called on pages and in records: reasons why time did not count, kinds of lessons, answers to presence questions."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from carbonlearn.study.rules.credit import BeatReason
from carbonlearn.web.i18n import class_hours

REASONS = {
    BeatReason.PAUSED: _l("暂停或没有往下看"),
    BeatReason.HIDDEN: _l("页面不在前台"),
    BeatReason.PRESENCE_DUE: _l("随堂核验没有作答"),
    BeatReason.DAILY_CAP: _l("当天已计满上限"),
    BeatReason.QUIET_HOURS: _l("夜间不计入的时段"),
    BeatReason.LEASE_LOST: _l("这一课已在别的设备打开"),
    BeatReason.ALREADY_CREDITED: _l("这一段以前计入过"),
    BeatReason.LESSON_COMPLETE: _l("这一讲已全部计入"),
    BeatReason.GAP: _l("断网或没有上报超过 65 秒"),
    BeatReason.ACCESS_CLOSED: _l("学习期没有开始或已经结束"),
    BeatReason.SESSION_CLOSED: _l("这次学习已经结束"),
}
"""Why a stretch of time did not count, as the learner and the base read it."""


def reason_text(reason: str) -> str:
    """The words for a stored reason; one that this version no longer knows is shown as it is."""
    known = BeatReason._value2member_map_.get(reason)
    return str(REASONS[known]) if known in REASONS else reason


def clock_text(milliseconds: int) -> str:
    """Clock time in words: 1 小时 48 分, 3 分 20 秒. Never called class hours."""
    seconds = milliseconds // 1000
    hours, rest = divmod(seconds, 3600)
    if hours:
        return _("%(hours)s 小时 %(minutes)s 分", hours=hours, minutes=rest // 60)
    return _("%(minutes)s 分 %(seconds)s 秒", minutes=rest // 60, seconds=rest % 60)


def class_hours_text(milliseconds: int, minutes_per_class_hour: int) -> str:
    """Class hours in words, rounded down to a tenth: 2.4 课时."""
    return _("%(hours)s 课时", hours=class_hours(milliseconds // 1000, minutes_per_class_hour))


def answer_text(correct: bool | None) -> str:
    """How a presence question was answered."""
    return {True: _("答对"), False: _("答错，另出一题"), None: _("没有作答")}[correct]


SIGNALS = {
    "zero_variance": (
        _l("上报的间隔一模一样"),
        _l("每次上报隔多久由服务器随机指定，诚实的页面间隔必然长短不一。间隔几乎不变，多半是脚本在代发。"),
    ),
    "impossible_rhythm": (
        _l("节奏与服务器的要求无关"),
        _l("页面会按服务器每次指定的间隔上报。这里的间隔与指定的没有关系，页面自己做不出来。"),
    ),
    "instant_answers": (
        _l("核验作答快得来不及读题"),
        _l("读完题目和选项至少要两三秒。多次在 1.5 秒内作答，可能是脚本在点。"),
    ),
    "guessing": (
        _l("核验首答正确率像在猜"),
        _l("跟着学的人多数题第一次就答对。首答正确率低到接近随机，可能没有人在看。"),
    ),
    "clockwork": (
        _l("核验作答时间几乎相同"),
        _l("每道题长短难易不同，用时自然不同。连续六次相差不到 0.4 秒，不像人。"),
    ),
    "unbroken": (
        _l("连续四小时没有任何停顿"),
        _l("四个小时没有暂停、没有切走页面、核验都马上作答。可能是人很专心，也可能不是人。"),
    ),
}
"""Each signal of the review queue: its name, and what it may mean."""

EVIDENCE = {
    "beats": _l("上报次数"),
    "deviation_ms": _l("间隔的离散（毫秒）"),
    "slope_percent": _l("对指定间隔的响应（%）"),
    "answers": _l("作答次数"),
    "fastest_ms": _l("最快一次（毫秒）"),
    "checks": _l("首答次数"),
    "right": _l("首答答对"),
    "chance_percent": _l("乱猜的期望（%）"),
    "within_ms": _l("彼此相差（毫秒）"),
    "credited_ms": _l("连续计入"),
}


def signal_text(signal: str) -> str:
    """The name of a signal."""
    return str(SIGNALS[signal][0]) if signal in SIGNALS else signal


def signal_meaning(signal: str) -> str:
    """What a signal may mean, in a sentence or two that leave the judgement to the reader."""
    return str(SIGNALS[signal][1]) if signal in SIGNALS else ""


def evidence_lines(evidence: Mapping[str, int]) -> list[tuple[str, str]]:
    """The figures that raised a signal, with their names."""
    return [
        (str(EVIDENCE.get(key, key)), clock_text(value) if key == "credited_ms" else str(value))
        for key, value in evidence.items()
    ]
