"""What is wrong in a YAML file: at the place to edit, with what to do there."""

from __future__ import annotations

import pytest
from cases import cases
from messages import lacking

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.documents.read_document import parse


def _problem(text: str, path: str = "a.yaml") -> Diagnostic:
    (problem,) = parse(path, text.encode()).problems
    assert problem.rule == "syntax"
    return problem


def _place(problem: Diagnostic) -> str:
    return f"{problem.span.line}:{problem.span.column}"


@cases(
    "text, place, bracket",
    [
        ("gate: {at_least: 0.9\n", "1:7", "{"),
        ("gate: {at_least: 0.9\n\n# a comment\n", "1:7", "{"),
        ("a:\n  - {id: x, tags: [a, b\n  - {id: y}\n", "2:19", "["),
        ("a:\n  - {id: x, metric: {file: m, key: k}\n  - {id: y}\n", "2:5", "{"),
        ("a: [x, y\nb: 1\n", "1:4", "["),
        ("{a: 1\n", "1:1", "{"),
        ("a: [{b: 'it''s', c: \"}\"}  # ]\n", "1:4", "["),
    ],
)
def test_a_bracket_that_is_never_closed_is_pointed_at(text: str, place: str, bracket: str) -> None:
    problem = _problem(text)
    assert _place(problem) == place
    assert not lacking(problem.message, f"bracket {bracket} is never closed")
    assert {"{": "}", "[": "]"}[bracket] in problem.help


def test_a_bracket_that_another_one_closes_names_both_places() -> None:
    problem = _problem("a: {b: [1, 2}\n")
    assert (_place(problem), [str(span) for span in problem.related]) == ("1:8", ["a.yaml:1:13"])
    assert not lacking(problem.message, "bracket [ is closed by }")


def test_the_places_of_a_card_count_from_its_first_line() -> None:
    problem = _problem("---\nlicense: mit\ntags: [a\n  }\n---\n# A\n", "README.md")
    assert (_place(problem), [span.line for span in problem.related]) == ("3:7", [4])


@cases(
    "text, place, facts, help",
    [
        ("a: {b: 1, c: 2 d: 3}\n", "1:17", ("comma",), "comma"),
        ("a: [\n  x: 1\n  y: 2\n]\n", "3:4", ("comma",), "comma"),
        ("a: 1]\nb: [c]]\n", "2:7", ("] closes nothing",), "remove it"),
        ("a: ]\n", "1:4", ("] closes nothing",), "remove it"),
        ("a: [1,, 2]\n", "1:7", ("no value before this comma",), "remove the comma"),
        ('a: "x\nb: 1\n', "1:4", ('quote "', "never closed"), "where the text ends"),
        ('a: "x\nb: "y"\n', "1:4", ('quote "', "not closed in its line"), "where the text ends"),
        ("a: ['x]\nb: ['y']\n", "1:5", ("quote '", "not closed in its line"), "where the text ends"),
        ("a: 'it's'\n", "1:8", ("behind the closing quote",), "written twice"),
        ("a:\n  b: 1\n\tc: 2\n", "3:1", ("tab",), "spaces"),
        ("a:\n\tb: 1\n", "2:1", ("tab",), "spaces"),
        ("a: |\n\tb\n", "2:1", ("tab",), "spaces"),
        ("a: @team  # who\n", "1:4", ("cannot start with @",), 'put it in quotes: "@team"'),
        ("a: [x, `y`]\n", "1:8", ("cannot start with `",), 'put it in quotes: "`y`"'),
        ("a: %d items\n", "1:4", ("cannot start with %",), 'put it in quotes: "%d items"'),
        ("a: *.csv\n", "1:4", ("*.csv",), 'put it in quotes: "*.csv"'),
        ("a: *all\n", "1:4", ("alias *all",), 'put it in quotes: "*all"'),
        ("a: !x 1\n", "1:4", ("tag !x",), "without it"),
        ("a: !!int 1\n", "1:4", ("tag !!int",), "without it"),
        ("a: {login: b, emails:}\n", "1:21", ("colon of emails",), "emails: "),
        ("a: why: this\n", "1:7", ("second colon", "why: this"), 'put it in quotes: "why: this"'),
        ("a 1\nb: 2\n", "2:2", ("key cannot stand here",), "lack its colon"),
        ("a: 1\nb\nc: 2\n", "2:1", ("no colon", "b"), "key: value"),
        ("a:\n  b: 1\n c: 2\n", "3:2", ("indentation",), "align it"),
        ("a: [x, (y], z)\n", "1:11", ("behind the closing bracket", ", z)"), "all of it"),
        ("a: [1, }\n", "1:4", ("bracket [ is closed by }",), "add ]"),
        ("a: {b: [1,\n", "1:8", ("bracket [ is never closed",), "add ]"),
        ("- a\nb: 1\n", "2:1", ("key where an item",), "start it with -"),
        ("a: 1\n- b\n", "2:1", ("item of a list where a key",), "indent it"),
        ("a: - b\n", "1:4", ("item of a list cannot start in this line",), "[a, b]"),
        ('a: "\\q"\n', "1:5", ("\\q", "not an escape"), "single quotes"),
        ("a: |text\n", "1:5", ("behind the |",), "next line"),
        ("%YAML 2.0\n---\na: 1\n", "1:1", ("%YAML 2.0",), "remove the line"),
        ("a: 1\n---\nb: 2\n", "2:1", ("second YAML document",), "remove this line"),
    ],
)
def test_a_fault_says_what_to_do_at_its_place(text: str, place: str, facts: tuple[str, ...], help: str) -> None:
    problem = _problem(text)
    assert _place(problem) == place
    assert all(fact in problem.message for fact in facts), problem.message
    assert help in problem.help, problem.help


@pytest.mark.parametrize("separator", ["\x85", "\u2028", "\u2029"])
def test_separators_of_yaml_1_1_end_no_line_and_no_comment(separator: str) -> None:
    source = f"a: 1  # one{separator}b: 2\nc: 'x{separator}y'\n? 'k{separator}'\n: 3\nd: 4\n"
    document = parse("a.yaml", source.encode())
    assert document.data == {"a": 1, "c": f"x{separator}y", f"k{separator}": 3, "d": 4}
    assert str(document.span(("d",))) == "a.yaml:5:4"
    assert str(document.span((f"k{separator}",))) == "a.yaml:4:3"
    assert _place(_problem(f"a: 'x{separator}y'\nb: [\n")) == "2:4"


def test_a_byte_that_is_not_text_is_pointed_at() -> None:
    (problem,) = parse("README.md", "---\nlicense: mit\n---\nCafé ".encode() + b"\xe9t\xe9\n").problems
    assert (problem.rule, _place(problem)) == ("unreadable", "4:6")
