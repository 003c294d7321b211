"""Reporters: one report, each form safe from what its words say."""

from __future__ import annotations

import json

import pytest

from mlops_gitops import registry
from mlops_gitops.contracts import Reporter
from mlops_gitops.diagnostics import Diagnostic, Severity, Span
from mlops_gitops.report import Report, Table

HOSTILE = "a%0A\r\n::error::x,y:z \x1b[31m@everyone <b>"
FOUND = Diagnostic("rule", Severity.ERROR, HOSTILE, Span("a,b.yaml", 2, 3, 2, 5), "do this", (Span("c.yaml"),))
REPORT = Report(
    {"version": 1, "diagnostics": [FOUND.to_json()]}, (FOUND,), (Table("::title", ("x",), (("::error::row",),)),),
    ("::warning::line",), 1, {"a,b.yaml": "one\n  two\n"},
)  # fmt: skip


@pytest.mark.parametrize("name", registry.names("reporters"))
def test_a_reporter_is_named_after_its_file(name: str) -> None:
    reporter: Reporter = registry.load("reporters", name, "REPORTER")
    assert reporter.id == name and reporter.summary


def _render(name: str, *, colour: bool = False) -> str:
    reporter: Reporter = registry.load("reporters", name, "REPORTER")
    return reporter.render(REPORT, colour)


def test_text_quotes_the_line_with_a_caret() -> None:
    lines = _render("text").splitlines()
    assert "  2 |   two" in lines and "    |   ^^" in lines
    assert "  help: do this" in lines and "  also here: c.yaml:1:1" in lines


def test_text_lets_no_control_character_through() -> None:
    assert "\x1b" not in _render("text") and "\\x1b[31m" in _render("text")


def test_colour_only_when_asked() -> None:
    assert "\x1b[31m" in _render("text", colour=True)


def test_github_commands_cannot_be_forged() -> None:
    lines = _render("github").splitlines()
    assert lines[0].startswith("::error file=a%2Cb.yaml,line=2,col=3,endLine=2,title=rule::a%250A%0D%0A::error")
    assert [line for line in lines[1:] if line.lstrip().startswith(("::", "##["))] == []


def test_json_is_the_data() -> None:
    assert json.loads(_render("json")) == REPORT.data
