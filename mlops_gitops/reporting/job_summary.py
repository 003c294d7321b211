"""What a job of GitHub Actions publishes of a report: its summary, and the outputs of its step."""

from __future__ import annotations

from collections.abc import Mapping

from mlops_gitops.core import plugins
from mlops_gitops.core.frozen import frozen
from mlops_gitops.reporting.report import Report
from mlops_gitops.reporting.reporter import PLAIN, Reporter

OUTCOMES = {0: "passed", 1: "failed", 2: "misused"}


@frozen
class Publication:
    """The summary in Markdown; outputs; and files, by the output that names each: its own name and its text."""

    summary: str
    outputs: Mapping[str, str]
    files: Mapping[str, tuple[str, str]]


def publication(report: Report) -> Publication:
    """All that is published of a report; nothing in it depends on the place or the time."""
    number, url = (str(report.pull.number), report.pull.url) if report.pull else ("", "")
    outputs = {
        "outcome": OUTCOMES.get(report.exit_code, "undecided"),
        "exit-code": str(report.exit_code),
        "pull-request-number": number,
        "pull-request-url": url,
    }
    files = {"diagnostics": ("diagnostics.json", _rendered(report, "json"))}
    if "diagnostics" in report.data:  # else there is nothing for code scanning to show, nor to close
        files["sarif-file"] = ("results.sarif", _rendered(report, "sarif"))
    return Publication(_rendered(report, "markdown").rstrip("\n"), outputs, files)


def stopped(command: str, code: int, message: str, help: str) -> Report:
    """The report of a command that stopped before it had one."""
    lines = (f"error: {message}", *([f"help: {help}"] if help else []))
    return Report({"version": 1, "error": message, "help": help}, lines=lines, exit_code=code, command=command)


def _rendered(report: Report, output: str) -> str:
    """What the command line prints in this format."""
    reporter: Reporter = plugins.load("reporting.formats", output, "REPORTER")
    return reporter.render(report, PLAIN) + "\n"
