"""Reading the item bank: what papers are made of, what lists and the editor show, and the items that ship with the program."""

from carbonlearn.question_bank.queries.desk import (
    Filters,
    ItemRow,
    VersionRow,
    due_for_review,
    history,
    item,
    item_count,
    item_rows,
    newest_version,
)
from carbonlearn.question_bank.queries.shipped import (
    presence_entries,
    shipped_cases,
    shipped_items,
    shipped_presence,
)
from carbonlearn.question_bank.queries.supply import (
    BankItem,
    PresenceItem,
    live_items,
    presence_items,
    stocked,
    supply,
)

__all__ = [
    "BankItem",
    "Filters",
    "ItemRow",
    "PresenceItem",
    "VersionRow",
    "due_for_review",
    "history",
    "item",
    "item_count",
    "item_rows",
    "live_items",
    "newest_version",
    "presence_entries",
    "presence_items",
    "shipped_cases",
    "shipped_items",
    "shipped_presence",
    "stocked",
    "supply",
]
