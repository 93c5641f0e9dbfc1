"""What each permission lets a person do, in the words of the permissions table."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from carbonlearn.core.permissions import Permission

PERMISSION_NAMES = {
    Permission.ACCESS_EXTEND: _l("延长学员的学习期"),
    Permission.ACCOUNT_OWN: _l("管理自己的账号"),
    Permission.ADMISSION_APPROVE: _l("复核报名"),
    Permission.ADMISSION_CHECK: _l("初核报名"),
    Permission.ADMISSION_ENTER: _l("代学员录入报名"),
    Permission.ADMISSION_READ: _l("查看报名"),
    Permission.AUDIT_READ: _l("查看审计记录"),
    Permission.BLUEPRINT_APPROVE: _l("审定组卷方案"),
    Permission.BLUEPRINT_DRAFT: _l("起草组卷方案"),
    Permission.BLUEPRINT_READ: _l("查看组卷方案"),
    Permission.CERTIFICATE_OWN: _l("查看和下载自己的证书"),
    Permission.CERTIFICATE_READ: _l("查看学员的证书"),
    Permission.CERTIFICATE_REVOKE: _l("撤销学员的证书"),
    Permission.DESK_OPEN: _l("进入工作台"),
    Permission.EXAM_OWN: _l("预约和参加自己的考试"),
    Permission.FEE_MARK_PAID: _l("登记缴费并开通学习"),
    Permission.ITEM_APPROVE: _l("审核和停用试题"),
    Permission.ITEM_DRAFT: _l("起草和修改试题"),
    Permission.ITEM_EXPORT: _l("导出试题和答案"),
    Permission.ITEM_READ: _l("查看题库"),
    Permission.JOB_READ: _l("查看定时任务"),
    Permission.LESSON_DRAFT: _l("起草和改写课程"),
    Permission.LESSON_PUBLISH: _l("发布别人写的课程，编排目录"),
    Permission.LESSON_READ: _l("查看课程和草稿"),
    Permission.PAPER_RELEASE: _l("放行纸质试卷"),
    Permission.PERSON_DISABLE: _l("停用和恢复账号"),
    Permission.PERSON_READ: _l("查看人员"),
    Permission.PERSON_RESET: _l("发一次性重置码"),
    Permission.PROGRAMME_READ: _l("查看培训项目的规则"),
    Permission.RESULT_OWN: _l("查看自己的成绩"),
    Permission.RESULT_READ: _l("查看成绩"),
    Permission.RESULT_RELEASE: _l("发布成绩"),
    Permission.ROLE_GRANT: _l("授予和收回角色"),
    Permission.SCRIPT_ADJUDICATE: _l("裁定评卷分歧"),
    Permission.SCRIPT_MARK: _l("评阅简答题"),
    Permission.SCRIPT_OPEN: _l("打开待评的答卷"),
    Permission.STUDY_DECIDE: _l("撤销和恢复学时"),
    Permission.STUDY_OWN: _l("学习并查看自己的学时"),
    Permission.STUDY_READ: _l("查看学员的学习记录"),
    Permission.WINDOW_MANAGE: _l("加场、改期和取消场次"),
    Permission.WINDOW_READ: _l("查看考试场次"),
}
"""By permission; a test holds that none is left out."""
