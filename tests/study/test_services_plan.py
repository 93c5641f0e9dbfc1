"""A beat finds its span by an index, however long the ledger is."""

from __future__ import annotations

import pytest
from flask_sqlalchemy import SQLAlchemy

from carbonlearn.study.services.hot import EXTEND


@pytest.mark.only_on("sqlite")  # PostgreSQL sees by itself that the index says the same
def test_a_beat_reads_no_table_from_one_end_to_the_other(db: SQLAlchemy) -> None:
    words = str(EXTEND.compile(db.engine))
    with db.engine.connect() as connection:
        steps = connection.exec_driver_sql("EXPLAIN QUERY PLAN " + words, (None,) * words.count("?"))
        plan = " / ".join(step.detail for step in steps)
    assert "uq_study_spans_one_open" in plan
    assert "SCAN" not in plan
