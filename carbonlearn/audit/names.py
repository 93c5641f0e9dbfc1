"""What the acts of the audit chain are called for a reader. An act without a name here is shown by its code."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

THINGS = {
    "session": _l("登录"),
    "password": _l("密码"),
    "user": _l("账号"),
    "role": _l("角色"),
    "enrolment": _l("报名"),
    "entitlement": _l("考试资格"),
    "programme": _l("培训项目"),
    "lesson": _l("课程"),
    "item": _l("试题"),
    "items": _l("题库"),
    "window": _l("考试场次"),
    "holiday": _l("放假安排"),
    "booking": _l("预约"),
    "paper": _l("试卷"),
    "sitting": _l("考试"),
    "script": _l("答卷"),
    "result": _l("成绩"),
    "certificate": _l("证书"),
    "seed": _l("演示数据"),
}
ACTIONS = {
    "session:open": _l("登录"),
    "session:close": _l("退出登录"),
    "session:revoke": _l("让一台设备退出"),
    "session:step_up": _l("再次确认密码"),
    "password:change": _l("修改密码"),
    "password:code": _l("发一次性重置码"),
    "password:reset": _l("用重置码设密码"),
    "user:create": _l("建立账号"),
    "user:correct": _l("更正个人资料"),
    "user:locale": _l("改界面语言"),
    "user:disable": _l("停用账号"),
    "user:enable": _l("恢复账号"),
    "role:grant": _l("授予角色"),
    "role:revoke": _l("收回角色"),
    "enrolment:enter": _l("录入报名"),
    "enrolment:amend": _l("改正报名"),
    "enrolment:approve": _l("通过报名"),
    "enrolment:return": _l("退回报名"),
    "enrolment:open": _l("登记缴费并开通"),
    "enrolment:extend": _l("延长学习期"),
    "enrolment:expire": _l("学习期到期"),
    "enrolment:complete": _l("结业"),
    "enrolment:withdraw": _l("退出报名"),
    "enrolment:override_hours": _l("同意课时不足时报名"),
    "entitlement:grant": _l("给考试资格"),
    "programme:load": _l("装入培训项目"),
    "lesson:draft": _l("起草课程"),
    "lesson:publish": _l("发布课程"),
    "item:load": _l("装入试题"),
    "item:draft": _l("起草试题"),
    "item:revise": _l("修改试题"),
    "item:approve": _l("通过试题"),
    "item:return": _l("退回试题"),
    "item:retire": _l("停用试题"),
    "window:materialise": _l("按规则排场次"),
    "window:add": _l("加场"),
    "window:move": _l("改期"),
    "window:capacity": _l("改名额"),
    "window:cancel": _l("取消场次"),
    "holiday:load": _l("装入放假安排"),
    "booking:take": _l("预约考试"),
    "booking:cancel": _l("取消预约"),
    "booking:release": _l("释放预约"),
    "booking:use": _l("用预约入场"),
    "booking:no_show": _l("缺考"),
    "paper:seal": _l("封存试卷"),
    "paper:short": _l("题库不够组卷"),
    "sitting:check_in": _l("签到"),
    "sitting:start": _l("开始答题"),
    "sitting:take_over": _l("换设备作答"),
    "sitting:submit": _l("交卷"),
    "sitting:time_out": _l("到时自动交卷"),
    "sitting:absent": _l("没有开始答题"),
    "sitting:auto_mark": _l("客观题判分"),
    "script:mark": _l("评卷"),
    "script:adjudicate": _l("裁定分歧"),
    "result:confirm": _l("成绩合成"),
    "result:release": _l("发布成绩"),
    "certificate:issue": _l("签发证书"),
    "certificate:blocked": _l("暂不能发证"),
    "certificate:revoke": _l("撤销证书"),
    "seed:load": _l("装入演示数据"),
}


def grouped() -> list[tuple[str, object, list[tuple[str, object]]]]:
    """The acts by the thing they touch, for a select: prefix, name of the thing, its acts."""
    return [
        (
            f"{thing}:",
            name,
            [(code, words) for code, words in ACTIONS.items() if code.startswith(f"{thing}:")],
        )
        for thing, name in THINGS.items()
        if any(code.startswith(f"{thing}:") for code in ACTIONS)
    ]
