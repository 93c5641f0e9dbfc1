"""The auditor's page: whether the chain is whole, what it holds, one record opened."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask_babel import lazy_gettext as _l

from carbonlearn.audit import names, queries
from carbonlearn.core.permissions import Permission
from carbonlearn.web.guard import requires
from carbonlearn.web.paging import PAGE_SIZE, page_of

bp = Blueprint("audit", __name__, url_prefix="/desk/audit")

WALKED_AT_ONCE = 20_000  # entries; a longer chain is walked when somebody asks for it
SOURCES = {"desk": _l("管理台"), "learner": _l("本人"), "job": _l("定时任务")}


@bp.get("")
@requires(Permission.AUDIT_READ)
def index() -> str:
    """The verdict on the whole chain, then its records, newest first. ``open`` names the record shown in full."""
    total = queries.count()
    walk = total <= WALKED_AT_ONCE or "check" in request.args
    broken_at = queries.break_in_chain() if walk else None
    asked = {name: request.args.get(name, "").strip()[:64] for name in ("action", "source", "subject")}
    rows = queries.page(_number("before"), PAGE_SIZE + 1, **asked)
    return render_template(
        "audit/index.html",
        total=total,
        walked=walk,
        broken_at=broken_at,
        asked=asked,
        page=page_of(rows, lambda row: row[0].seq),
        opened=_number("open"),
        heads=queries.day_heads(),
        sources=SOURCES,
        actions=names.ACTIONS,
        action_groups=names.grouped(),
        things=names.THINGS,
    )


def _number(name: str) -> int | None:
    text = request.args.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 16 else None
