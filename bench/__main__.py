"""``make bench``, or ``python -m bench [--engine sqlite|pg|both] [--seconds S] [--candidates N]``; with ``--crowd N [--crowd-seconds S]``
B2-crowd alone; with ``--papers N [--programme KEY]`` the assembly of papers from N seeds alone."""

from __future__ import annotations

import argparse
import signal
import sys

from bench.crowded import measure_crowd
from bench.databases import ENGINES
from bench.engine import SAVERS, measure, stage
from bench.papers import measure_papers
from bench.weight import weigh


def main() -> int:
    """Run what is asked; every result is one line on standard output. A goal of papers that was missed makes the run fail."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    wanted = _arguments()
    if wanted.papers:
        return 1 if measure_papers(wanted.papers, wanted.programme, wanted.track) else 0
    engines = ENGINES if wanted.engine == "both" else (wanted.engine,)
    for engine in engines:
        if wanted.crowd:
            measure_crowd(engine, wanted.crowd, wanted.crowd_seconds)
            continue
        with stage(engine, wanted.seconds, SAVERS + wanted.candidates) as (bench, cohort, place):
            measure(bench, cohort, place)
            if engine == engines[0]:
                weigh(cohort)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--engine", choices=(*ENGINES, "both"), default="both")
    parser.add_argument("--seconds", type=float, default=2.5, help="how long each leg lasts")
    parser.add_argument(
        "--candidates", type=int, default=1500, help="how many can begin a sitting, once each"
    )
    parser.add_argument(
        "--crowd", type=int, default=0, help="only B2-crowd: B2 beside so many learners on their own time"
    )
    parser.add_argument(
        "--crowd-seconds", type=float, default=60.0, help="how long the crowd studies after all have begun"
    )
    parser.add_argument(
        "--papers", type=int, default=0, help="only papers: from so many seeds for each track"
    )
    parser.add_argument(
        "--programme", default="gdcpa-petrochem", help="of --papers: a programme's key, or all"
    )
    parser.add_argument("--track", default="", help="of --papers: one track alone, such as accounting-4")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
