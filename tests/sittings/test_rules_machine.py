from __future__ import annotations

from itertools import product

import pytest

from carbonlearn.core.errors import Conflict, Refused
from carbonlearn.sittings.rules.machine import TABLE, By, Event, Status, may, step

# Every permitted (status, event, status after, actors), written out by hand from the integrity paper.
PERMITTED = """
admitted    check_in    checked_in  candidate
admitted    late        absent      system
checked_in  id_reject   checked_in  proctor proctor_pair chief chief_pair
checked_in  id_approve  ready       proctor proctor_pair chief chief_pair
checked_in  id_deny     terminated  chief chief_pair
checked_in  late        absent      system
checked_in  void        void        chief_pair
ready       start       running     candidate
ready       late        absent      system
ready       void        void        chief_pair
running     save        running     candidate
running     pause       paused      proctor proctor_pair chief chief_pair
running     submit      submitted   candidate
running     deadline    timed_out   system
running     terminate   terminated  proctor_pair chief chief_pair
running     void        void        chief_pair
paused      resume      running     proctor proctor_pair chief chief_pair
paused      submit      submitted   candidate
paused      deadline    timed_out   system
paused      terminate   terminated  proctor_pair chief chief_pair
paused      void        void        chief_pair
submitted   late_batch  submitted   candidate
submitted   close       closed      system
submitted   void        void        chief_pair
timed_out   late_batch  timed_out   candidate
timed_out   close       closed      system
timed_out   void        void        chief_pair
terminated  late_batch  terminated  candidate
terminated  close       closed      system
terminated  void        void        chief_pair
absent      void        void        chief_pair
closed      void        void        chief_pair
"""
ROWS = {
    tuple(line.split()[:2]): (line.split()[2], set(line.split()[3:]))
    for line in PERMITTED.strip().splitlines()
}


@pytest.mark.parametrize(("status", "event", "by"), list(product(Status, Event, By)))
def test_every_triple_is_in_the_table_or_refused(status: Status, event: Event, by: By) -> None:
    to, actors = ROWS.get((status.value, event.value), (None, set()))
    if to is None:
        with pytest.raises(Conflict):
            step(status, event, by)
    elif by.value not in actors:
        with pytest.raises(Refused):
            step(status, event, by)
    else:
        assert step(status, event, by).value == to
    assert may(status, event, by) == (by.value in actors)


def test_a_single_proctor_ends_nothing_and_nobody_returns_from_the_end() -> None:
    ends = {Status.SUBMITTED, Status.TIMED_OUT, Status.TERMINATED, Status.ABSENT, Status.CLOSED, Status.VOID}
    for row in TABLE.values():
        if row.to in ends and row.status not in ends:
            assert By.PROCTOR not in row.by
        if row.status in ends:
            assert row.to in ends
    assert {status for status in Status if not any(row.status is status for row in TABLE.values())} == {
        Status.VOID
    }
