"""Menus: an entry is shown to whoever may enter it. The factory names the entries in one list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, g, request, url_for
from flask_babel import gettext, lazy_pgettext
from flask_babel import lazy_gettext as _l

from carbonlearn.core.permissions import STAFF_ROLES, Actor, Permission, Role


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the desk's rail. ``group`` numbers the block it stands in; ``label`` is lazily translated text."""

    endpoint: str
    label: Any
    icon: str
    permission: Permission
    group: int


def init_app(app: Flask, entries: list[Entry]) -> None:
    app.extensions["carbonlearn_nav"] = entries
    app.context_processor(_rail)


def _rail() -> dict[str, Any]:
    """What the desk's frame needs: the entries that the actor may open, in groups; which one is current; who is signed in."""
    actor = g.get("actor")
    if actor is None or not actor.is_staff:
        return {}
    groups: dict[int, list[tuple[str, str, str, str]]] = {}
    for entry in current_app.extensions["carbonlearn_nav"]:
        if actor.may(entry.permission):
            row = (entry.endpoint, url_for(entry.endpoint), entry.icon, str(entry.label))
            groups.setdefault(entry.group, []).append(row)
    return {
        "rail_items": [groups[number] for number in sorted(groups)],
        "rail_current": _current(),
        "rail_counts": None,
        "person": {"name": actor.name, "role": _roles(actor), "href": url_for("accounts.me")},
    }


def _current() -> str:
    """The endpoint of the entry that this page belongs to: its own, or the one of the same part of the desk."""
    endpoints = [entry.endpoint for entry in current_app.extensions["carbonlearn_nav"]]
    if request.endpoint in endpoints:
        return request.endpoint or ""
    above = [endpoint for endpoint in endpoints if request.path.startswith(url_for(endpoint) + "/")]
    return max(above, key=lambda endpoint: len(url_for(endpoint)), default="")


def _roles(actor: Actor) -> str:
    return gettext("、").join(str(ROLE_NAMES[role]) for role in sorted(actor.roles & STAFF_ROLES))


ROLE_NAMES = {
    Role.ASSOCIATION_ADMIN: _l("协会管理员"),
    Role.AUDITOR: _l("审计员"),
    Role.AUTHOR: _l("命题人"),
    Role.BASE_ADMIN: _l("基地管理员"),
    Role.CHIEF_EXAMINER: _l("主考"),
    Role.EMPLOYER: _l("用人单位"),
    Role.LEARNER: lazy_pgettext("role", "学员"),
    Role.MARKER: _l("阅卷人"),
    Role.PROCTOR: _l("监考员"),
    Role.SYSTEM_ADMIN: _l("系统管理员"),
}
"""The roles as people read them."""
