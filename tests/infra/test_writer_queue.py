from __future__ import annotations

import threading
from pathlib import Path

from carbonlearn.infra.db import WriterQueue


def test_a_writer_that_rests_lets_another_process_in_before_it_writes_again(tmp_path: Path) -> None:
    """Two queues on one file stand for two processes: each has a file lock of its own."""
    steady, other = WriterQueue(str(tmp_path / "lock")), WriterQueue(str(tmp_path / "lock"))
    steady.rest_seconds = 0.2
    order: list[str] = []
    asking = threading.Event()

    def write_once() -> None:
        asking.set()
        with other:
            order.append("other")

    waiter = threading.Thread(target=write_once)
    for _ in range(2):
        with steady:
            order.append("steady")
            if not asking.is_set():
                waiter.start()
                asking.wait()
    waiter.join()
    assert order == ["steady", "other", "steady"]
