"""Whole numbers for an integer program: HiGHS, one thread, a fixed seed, to the proven optimum, and its word checked exactly.

The solver reckons in floating point. What leaves here was rounded and then held against every row in whole numbers, so noise can
make it fail loudly but never err quietly. Where its presolve undoes itself (with many pairs of items that exclude each other, release 1.15
reduces a program to nothing, finds its own answer breaking rows, and says so) the program is solved as it stands.

One program is solved at a time in a process. Who asks says how long they would wait: a page a moment, the sealing of a paper a minute.
"""

from __future__ import annotations

import threading
from importlib.metadata import version
from typing import Final

import highspy
import numpy

from carbonlearn.core.program import Program, Row
from carbonlearn.infra.clock import stopwatch

SECONDS: Final = 20.0
OPTIONS: Final[dict[str, bool | int | float | str]] = {
    "output_flag": False,
    "threads": 1,
    "parallel": "off",
    "random_seed": 0,
    "mip_heuristic_effort": 0.0,  # programs of this size are solved sooner by branching alone
    "mip_heuristic_run_feasibility_jump": False,
    "mip_rel_gap": 0.0,
}

RELEASE: Final = f"highspy {version('highspy')}"
GAP: Final = 0.9  # costs are whole: nothing can be better by less than one
_lock = threading.Lock()


class SolverFailed(RuntimeError):
    """The solver gave up or gave numbers that do not keep to the program."""


class OutOfTime(SolverFailed):
    """Whether there is an answer was not found out in the time given."""


class Patience:
    """A solver for all programs of one question, which gives up so many seconds after it was made; waiting for its turn counts.

    Any two give the same answers where they give any, so they count as equal: what one found is good for the other.
    """

    def __init__(self, seconds: float) -> None:
        self._until = stopwatch() + seconds

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Patience)

    def __hash__(self) -> int:
        return hash(Patience)

    def __call__(self, program: Program) -> tuple[int, ...] | None:
        """The values of least cost, or None when none keep to every row. Raises SolverFailed."""
        return _solved(program, self._until)


def solve(program: Program) -> tuple[int, ...] | None:
    """The same for a program by itself, which may take its time."""
    return Patience(SECONDS)(program)


def _solved(program: Program, until: float) -> tuple[int, ...] | None:
    if any(not row.terms and not row.holds(()) for row in program.rows):
        return None
    if not _lock.acquire(timeout=max(0.0, until - stopwatch())):
        raise OutOfTime("another program was being solved all the time")
    try:
        found = _run(program, until)
    finally:
        _lock.release()
    if found is None:
        return None
    values = tuple(round(value) for value in found)
    if not program.holds(values):
        raise SolverFailed("the solver's numbers do not keep to the program")
    return values


def _run(program: Program, until: float) -> list[float] | None:
    highs, status = _tried(program, until)
    if status == highspy.HighsModelStatus.kSolveError:
        highs, status = _tried(program, until, presolve="off")
    if status == highspy.HighsModelStatus.kTimeLimit:
        raise OutOfTime("the solver's time is over")
    if status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible):
        return None
    if status != highspy.HighsModelStatus.kOptimal:
        raise SolverFailed(f"the solver stopped: {highs.modelStatusToString(status)}")
    return list(highs.getSolution().col_value)


def _tried(program: Program, until: float, **besides: str) -> tuple[highspy.Highs, highspy.HighsModelStatus]:
    left = until - stopwatch()
    if left <= 0:
        raise OutOfTime("no time is left")
    highs = highspy.Highs()  # type: ignore[no-untyped-call]
    for name, value in (OPTIONS | {"time_limit": left, "mip_abs_gap": program.slack + GAP} | besides).items():
        highs.setOptionValue(name, value)
    highs.passModel(_model(program))
    highs.run()
    return highs, highs.getModelStatus()


def _model(program: Program) -> highspy.HighsLp:
    rows = [row for row in program.rows if row.terms]
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(program.uppers), len(rows)
    model.col_cost_ = numpy.array(program.costs, dtype=numpy.double)
    model.col_lower_ = numpy.zeros(len(program.uppers))
    model.col_upper_ = numpy.array(program.uppers, dtype=numpy.double)
    model.row_lower_ = numpy.array([_low(row) for row in rows], dtype=numpy.double)
    model.row_upper_ = numpy.array([_high(row) for row in rows], dtype=numpy.double)
    model.integrality_ = [highspy.HighsVarType.kInteger] * len(program.uppers)
    starts = numpy.cumsum([0, *(len(row.terms) for row in rows)])
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = starts
    model.a_matrix_.index_ = numpy.array([column for row in rows for column, _ in row.terms])
    model.a_matrix_.value_ = numpy.array(
        [times for row in rows for _, times in row.terms], dtype=numpy.double
    )
    return model


def _low(row: Row) -> float:
    return -highspy.kHighsInf if row.low is None else row.low


def _high(row: Row) -> float:
    return highspy.kHighsInf if row.high is None else row.high
