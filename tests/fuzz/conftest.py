"""Says how many inputs were tried."""

from __future__ import annotations

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [*terminalreporter.stats.get("passed", ()), *terminalreporter.stats.get("failed", ())]
    tried = sum(int(value) for report in reports for name, value in report.user_properties if name == "tried")
    if tried:
        terminalreporter.write_line(f"{tried:,} hostile inputs tried")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.failed and "soak" in report.keywords:
        print(report.longreprtext, flush=True)  # at once: a soak takes long to end
