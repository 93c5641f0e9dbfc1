"""The desk's pages of the bank's health, and the figures of one item within its page."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, g, request
from werkzeug.wrappers import Response

from carbonlearn.catalogue import queries as catalogue
from carbonlearn.catalogue.framework import COMMON, rungs
from carbonlearn.core.permissions import Permission
from carbonlearn.core.windows import local_day
from carbonlearn.question_bank import queries as bank
from carbonlearn.question_bank.rules.item import EXAM, MOCK, PRACTICE, TYPES
from carbonlearn.reports import queries
from carbonlearn.reports.rules.health import months_ahead, table
from carbonlearn.web import htmx
from carbonlearn.web.guard import requires
from carbonlearn.web.i18n import ZONE, pick

bp = Blueprint("bank_health", __name__, url_prefix="/desk/items")

SHOWN = 20
POOLS = (EXAM, MOCK, PRACTICE)


@bp.get("/health")
@requires(Permission.ITEM_READ)
def index() -> Response:
    """Coverage of a track, ageing, exposure, and items whose answers look odd."""
    shelves = queries.shelves()
    tracks = _tracks({(shelf.job_type, shelf.level) for shelf in shelves})
    chosen = request.args.get("track", "")
    chosen = chosen if chosen in tracks else next(iter(tracks), "")
    pool = request.args.get("pool", EXAM)
    pool = pool if pool in POOLS else EXAM
    job_type, _bar, level = chosen.partition("|")
    mine = [
        shelf for shelf in shelves if (shelf.job_type, shelf.level, shelf.pool) == (job_type, level, pool)
    ]
    taken = _taken(shelves, job_type, level, pool)
    held = {shelf.function for shelf in mine} | {function for function, _type in taken}
    functions = sorted(held, key=_order())
    today = local_day(g.now, str(ZONE))
    return htmx.render(
        "reports/bank_health.html",
        tracks=tracks,
        track=chosen,
        pools=POOLS,
        pool=pool,
        types=TYPES,
        table=table(
            ((one.function, one.type, one.difficulty, one.count) for one in mine), functions, TYPES, taken
        ),
        is_told=bool(taken),
        names=catalogue.functions(),
        totals={one: sum(shelf.count for shelf in shelves if shelf.pool == one) for one in POOLS},
        months=months_ahead(queries.review_days(), today),
        due=bank.item_count(bank.Filters(status="due", today=today)),
        shown=queries.most_shown(SHOWN),
        suspects=queries.suspects(SHOWN),
    )


def _taken(shelves: list[queries.Shelf], job_type: str, level: str, pool: str) -> dict[tuple[str, str], int]:
    """What papers take of this shelf: of a job type's own without the functions that are common to all, and the other way round.
    Nothing takes from the practice pool."""
    if pool not in (EXAM, MOCK) or not job_type:
        return {}
    common = {shelf.function for shelf in shelves if shelf.job_type == COMMON}
    taken = queries.taken_by_papers(job_type, level, g.now, forms=pool == EXAM)
    named = catalogue.functions()
    return {
        place: count
        for place, count in taken.items()
        if place[0] in named and (place[0] in common) == (job_type == COMMON)
    }


@bp.get("/<item_id>/figures")
@requires(Permission.ITEM_READ)
def figures(item_id: str) -> Response:
    """What the released answers say about an item, version by version."""
    item = bank.item(item_id)
    return htmx.render(
        "reports/item_figures.html",
        partial="reports/_item_figures.html",
        item=item,
        rows=queries.statistics_of_item(item.id),
    )


def _tracks(held: set[tuple[str, str]]) -> dict[str, str]:
    return {
        f"{rung.job_type}|{rung.level}": f"{pick(*rung.name)} · {pick(*rung.level_name)}"
        for key, rung in sorted(rungs().items(), key=lambda entry: (entry[0][0] == COMMON, entry[0]))
        if key in held
    }


def _order() -> Callable[[str], int]:
    places = {slug: place for place, slug in enumerate(catalogue.functions())}
    return lambda slug: places.get(slug, len(places))
