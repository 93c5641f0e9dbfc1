"""Menus: an entry is shown to whoever may enter it. The factory names the entries in one list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, g, request, url_for

from carbonlearn.core.permissions import Permission


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
    app.add_template_global(rail_items)


def rail_items() -> list[dict[str, Any]]:
    """The rail of the actor: only what they may open, the current one marked."""
    actor = g.get("actor")
    if actor is None:
        return []
    blueprint = request.endpoint or ""
    return [
        {
            "label": str(entry.label),
            "icon": entry.icon,
            "href": url_for(entry.endpoint),
            "group": entry.group,
            "current": blueprint == entry.endpoint
            or blueprint.rsplit(".", 1)[0] == entry.endpoint.rsplit(".", 1)[0],
        }
        for entry in current_app.extensions["carbonlearn_nav"]
        if actor.may(entry.permission)
    ]
