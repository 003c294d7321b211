"""GitHub: annotations as the runner reads them, and log lines that it reads as nothing else."""

from __future__ import annotations

import re

from cases import cases
from hypothesis import given, settings
from hypothesis import strategies as st
from messages import lacking

from mlops_gitops.core.diagnostics import Diagnostic, Severity, Span
from mlops_gitops.core.table import Table
from mlops_gitops.reporting.formats.github import LONG, REPORTER, SHOWN
from mlops_gitops.reporting.report import Report
from mlops_gitops.reporting.reporter import PLAIN
from mlops_gitops.reporting.workflow_commands import annotation

COMMANDS = {"error", "warning", "notice", "debug", "group", "endgroup", "add-mask", "stop-commands", "set-output"}
HOSTILE = ("::error::x", "##[error]x")
PREFIXES = (
    "", " ", "\t", "\n", "\r", "\r\n", "\x85", "\u2028", "\x0b", "\x1c", "\xa0", "\u3000", "\ufeff", "\u200b", "\u2060",
    "\ufe0f", "\u3164", "\u115f", "\u034f", "\U000e0100", "a\n", "a\r",
)  # fmt: skip


def _lines(text: str) -> list[str]:
    """Output as the runner takes it apart."""
    return re.split(r"\r\n|\r|\n", text)


def _command(line: str) -> tuple[str, dict[str, str], str] | None:
    """The command in a line, parsed as the runner's ActionCommand does: `::` after white space, or `##[` anywhere."""
    # Its comparisons count these as nothing.
    line = re.sub("[\u200b-\u200f\u2060-\u2064\ufeff\ufe00-\ufe0f\u034f\u115f\u3164\U000e0100-\U000e01ef]", "", line)
    if (start := line.lstrip()).startswith("::") and (end := start.find("::", 2)) > 0:
        name, _, words = start[2:end].partition(" ")
        if name.lower() in COMMANDS:
            pairs = [word.split("=", 1) for word in words.split(",") if "=" in word]
            data = start[end + 2 :].replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
            return name, {key: _unescaped(value) for key, value in pairs}, data
    if (at := line.find("##[")) >= 0 and "]" in line[at:]:
        name = line[at + 3 : line.index("]", at)].split(" ")[0]
        return (name, {}, "") if name.lower() in COMMANDS else None
    return None


def _unescaped(value: str) -> str:
    for token, char in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        value = value.replace(token, char)
    return value


def _found(message: str, span: Span, severity: Severity = Severity.ERROR, help: str = "") -> Diagnostic:
    return Diagnostic("rule", severity, message, span, help)


def _render(report: Report) -> list[str]:
    return _lines(REPORTER.render(report, PLAIN))


def test_an_annotation_says_what_where_and_what_to_do() -> None:
    span = Span("a,b: 100%\r\n.yaml", 2, 3, 2, 5)
    (line,) = _render(Report({}, (_found("50% ::off\r\n, x", span, help="do: this"),)))
    name, properties, data = _command(line) or ("", {}, "")
    place = {"file": span.path, "line": "2", "col": "3", "endLine": "2", "endColumn": "5", "title": "rule"}
    assert (name, properties, data) == ("error", place, "50% ::off\r\n, x\ndo: this")
    assert line.startswith("::error file=a%2Cb%3A 100%25%0D%0A.yaml,line=2,")


def test_columns_only_where_github_takes_them() -> None:
    spans = (Span("x", 1, 2, 3, 4), Span("x", 1, 2, 1, 2), Span("x", 1, 1, 6, 1))
    assert _render(Report({}, tuple(_found("a", span) for span in spans))) == [
        "::error file=x,line=1,endLine=3,title=rule::a",
        "::error file=x,line=1,col=2,endLine=1,title=rule::a",
        "::error file=x,line=1,endLine=5,title=rule::a",
    ]


@cases("prefix", PREFIXES)
@cases("hostile", HOSTILE)
def test_log_lines_are_no_commands(prefix: str, hostile: str) -> None:
    words = prefix + hostile
    table = Table(words, (words, words), ((words, words), ("", words)))
    lines = _render(Report({}, (_found("m", Span("x")),), (table,), (words, f"a {hostile}", f"#{prefix}#[error]")))
    assert [name for name, _, _ in filter(None, map(_command, lines))] == ["error"]


def test_an_annotation_holds_no_second_command() -> None:
    for prefix in PREFIXES:
        words = prefix + HOSTILE[0] + prefix + HOSTILE[1]
        lines = _render(Report({}, (Diagnostic(words, Severity.NOTE, words, Span(words), words),)))
        assert len(lines) == 1 and (_command(lines[0]) or ("",))[0] == "notice"


@settings(max_examples=150, derandomize=True, deadline=None)
@given(st.text(st.sampled_from(":#[]errorwaning \n\r\t\x85\u2028\u200b\ufeff\ufe0f%0A"), max_size=30))
def test_no_mixture_is_a_command(words: str) -> None:
    lines = _render(Report({}, (), (Table(words, (words,), ((words,),)),), (words,)))
    assert not any(map(_command, lines))


def test_plain_lines_stay_as_they_are() -> None:
    said = ("2 errors in 3 files", "  runbook: Hold the release.", "äöü", "", "models/churn.yaml:1 says ::")
    assert _render(Report({}, lines=said)) == list(said)


def test_errors_come_first_and_what_is_not_shown_is_counted_and_folded_away() -> None:
    span = Span("x")
    notes = [_found(f"n{n}", span, Severity.NOTE) for n in range(SHOWN)]
    warnings = [_found(f"w{n}", span, Severity.WARNING) for n in range(SHOWN + 1)]
    errors = [_found(f"e{n}", span) for n in range(SHOWN + 2)]
    lines = _render(Report({}, (*notes, *warnings, *errors), lines=("done",)))
    names = [(_command(line) or ("",))[0] for line in lines]
    folded = ["group", "", "", "", "endgroup"]
    assert names == ["error"] * 10 + ["warning"] * 10 + ["notice"] * 10 + folded + [""]
    assert lines[30].startswith("::group::3 more findings")
    assert not lacking(lines[30], "10 errors", "10 warnings", "10 notices")
    assert lines[31:34] == [f"x:1:1: error[rule] e{n}" for n in (10, 11)] + ["x:1:1: warning[rule] w10"]
    assert len(_render(Report({}, (*notes, *warnings[1:], *errors[2:]), lines=("done",)))) == 31


@cases("prefix", PREFIXES)
@cases("hostile", (*HOSTILE, "::endgroup::", "##[endgroup]"))
def test_nothing_folded_away_unfolds_itself(prefix: str, hostile: str) -> None:
    words = prefix + hostile
    found = [Diagnostic(words, Severity.ERROR, words, Span(words)) for _ in range(SHOWN + 2)]
    table = Table(words, (words,), tuple((words,) for _ in range(LONG + 1)))
    lines = _render(Report({}, tuple(found), (table,)))
    names = [name for name, _, _ in filter(None, map(_command, lines))]
    assert names == ["error"] * SHOWN + ["group", "endgroup"] * 2
    assert len(lines) == SHOWN + 4 + 2 + 1 + LONG + 1


def test_an_error_about_no_file_is_one_command() -> None:
    for prefix in PREFIXES:
        words = prefix + HOSTILE[0] + prefix + HOSTILE[1]
        (line,) = _lines(annotation(words, words))
        name, properties, _ = _command(line) or ("", {}, "")
        assert (name, properties) == ("error", {"title": "mlops-gitops"})
