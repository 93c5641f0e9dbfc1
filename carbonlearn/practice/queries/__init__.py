"""Reading practice. One file a noun; the names that views and the front page use are gathered here."""

from carbonlearn.practice.queries.answers import (
    Answered,
    Stat,
    asked_question,
    card_ids,
    own_answer,
    starred_ids,
    stats,
)
from carbonlearn.practice.queries.book import BookRow, book_rows, card_count, next_due, star_count, star_rows
from carbonlearn.practice.queries.chapters import Chapter, chapters, competence
from carbonlearn.practice.queries.days import Today, today_of
from carbonlearn.practice.queries.pool import (
    PoolItem,
    Question,
    open_places,
    place_of,
    pool,
    question,
    questions,
)

__all__ = [
    "Answered",
    "BookRow",
    "Chapter",
    "PoolItem",
    "Question",
    "Stat",
    "Today",
    "asked_question",
    "book_rows",
    "card_count",
    "card_ids",
    "chapters",
    "competence",
    "next_due",
    "open_places",
    "own_answer",
    "place_of",
    "pool",
    "question",
    "questions",
    "star_count",
    "star_rows",
    "starred_ids",
    "stats",
    "today_of",
]
