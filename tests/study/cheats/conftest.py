"""The table of cheats, shown at the end of a run that asks for words: `pytest -v tests/study/cheats`."""

from __future__ import annotations

import pytest

HEAD = f"{'seconds':<40}{'if believed':>18}{'time and ground':>18}{'earned':>18}{'beyond':>18}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line for each cheat and engine."""
    if terminalreporter.config.option.verbose <= 0:
        return
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    for report in reports:
        lines = [value for name, value in report.user_properties if name == "cheat"]
        if lines:
            terminalreporter.section(report.nodeid.rpartition("::")[2])
            terminalreporter.write_line(HEAD)
        for line in lines:
            terminalreporter.write_line(str(line))
