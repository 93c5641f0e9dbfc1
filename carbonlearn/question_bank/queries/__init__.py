"""Reading the item bank: what papers are made of, what lists and the editor show, and the items that ship with the program."""

from carbonlearn.question_bank.queries.cases import (
    CaseRow,
    case,
    case_of_version,
    case_rows,
    case_text,
    cases_for,
    newest_of_case,
)
from carbonlearn.question_bank.queries.desk import (
    Filters,
    ItemRow,
    VersionRow,
    due_for_review,
    history,
    is_due,
    item,
    item_count,
    item_rows,
    looks,
    newest_version,
    review_day,
    review_day_of,
    stage,
)
from carbonlearn.question_bank.queries.likeness import Like, like
from carbonlearn.question_bank.queries.pictures import known_pictures, picture
from carbonlearn.question_bank.queries.shipped import (
    presence_entries,
    shipped_cases,
    shipped_items,
    shipped_presence,
)
from carbonlearn.question_bank.queries.sources import SourceRow, changes, source, source_rows
from carbonlearn.question_bank.queries.supply import (
    BankItem,
    PresenceItem,
    live_items,
    presence_items,
    stocked,
    supply,
)
from carbonlearn.question_bank.queries.writers import writers

__all__ = [
    "BankItem",
    "CaseRow",
    "Filters",
    "ItemRow",
    "Like",
    "PresenceItem",
    "SourceRow",
    "VersionRow",
    "case",
    "case_of_version",
    "case_rows",
    "case_text",
    "cases_for",
    "changes",
    "due_for_review",
    "history",
    "is_due",
    "item",
    "item_count",
    "item_rows",
    "known_pictures",
    "like",
    "live_items",
    "looks",
    "newest_of_case",
    "newest_version",
    "picture",
    "presence_entries",
    "presence_items",
    "review_day",
    "review_day_of",
    "shipped_cases",
    "shipped_items",
    "shipped_presence",
    "source",
    "source_rows",
    "stage",
    "stocked",
    "supply",
    "writers",
]
