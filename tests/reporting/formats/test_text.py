"""Text: the quoted line and its caret, whatever the line is made of."""

from __future__ import annotations

import re

from cases import cases
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_gitops.core import text
from mlops_gitops.core.diagnostics import Diagnostic, Severity, Span
from mlops_gitops.core.table import Table
from mlops_gitops.documents.read_document import parse
from mlops_gitops.reporting.formats.text import REPORTER
from mlops_gitops.reporting.report import Report
from mlops_gitops.reporting.reporter import PLAIN, Screen


def _render(*report: object, colour: bool = False) -> str:
    return REPORTER.render(Report(*report), Screen(colour))  # type: ignore[arg-type]


def _about(source: str, span: Span, message: str = "no", **more: object) -> list[str]:
    found = Diagnostic("rule", Severity.ERROR, message, span, **more)  # type: ignore[arg-type]
    return _render({}, (found,), (), (), 1, {span.path: source}).split("\n")


def _span(line: int, column: int, end: int) -> Span:
    return Span("a.yaml", line, column, line, end)


def _marked(lines: list[str]) -> str:
    """What stands above the carets, found by terminal columns."""
    quoted, carets = lines[1], lines[2]
    first, width = carets.index("^"), carets.count("^")
    column, marked = 0, ""
    for char in quoted:
        if first <= column < first + width:
            marked += char
        column += text.cells(char)
    return marked


def test_the_line_has_a_caret_and_a_help_line() -> None:
    lines = _about("one\n  two\n", _span(2, 3, 5), help="do this", related=(Span("c.yaml"),))
    assert lines[:3] == ["a.yaml:2:3: error[rule] no", "  2 |   two", "    |   ^^"]
    assert lines[3:] == ["  also here: c.yaml:1:1", "  help: do this"]


def test_colour_only_when_asked() -> None:
    found = Diagnostic("rule", Severity.ERROR, "no", Span("a.yaml"))
    assert "\x1b[31m" in _render({}, (found,), colour=True)
    assert "\x1b" not in _render({}, (found,))


@cases(
    "line, what, carets",
    [
        ("漢字: 値 x", "値", 2),
        ("👩: x 🚀 y", "🚀", 2),
        ("e\u0301te\u0301: x", "x", 1),
        ("한국: 가", "가", 2),
        ("\u1112\u1161\u11ab: x", "x", 1),
        ("ＡＢ: x", "x", 1),
        ("\ta:\tx", "x", 1),
        ("\u202eabc: x", "x", 1),
        ("a\u200d\ufeff: x", "x", 1),
        ("a\xa0b: x", "x", 1),
        ("\x1b[31m: x", "x", 1),
    ],
)
def test_the_caret_stands_under_its_part(line: str, what: str, carets: int) -> None:
    start = line.index(what) + 1
    lines = _about(line, _span(1, start, start + len(what)))
    assert _marked(lines) == what and lines[2].count("^") == carets


def test_the_caret_covers_what_a_character_is_shown_as() -> None:
    lines = _about("a: \u202ex", _span(1, 4, 5))
    assert lines[1] == "  1 | a: \\u202ex" and lines[2] == "    |    ^^^^^^"


def test_a_long_line_is_cut_around_the_span() -> None:
    line = "".join(chr(ord("a") + n % 26) for n in range(5000))
    for start in (1, 100, 199, 201, 2500, 4990, 5000):
        lines = _about(line, _span(1, start, min(start + 7, 5001)))
        assert _marked(lines) == line[start - 1 : start + 6]
        quoted = lines[1].removeprefix("  1 | ")
        assert len(quoted.strip("…")) == 200
        assert quoted.startswith("…") == (start >= 100) and quoted.endswith("…") == (start < 4900)


def test_a_long_line_of_wide_characters_is_cut_around_the_span() -> None:
    line = "漢" * 300 + "target" + "字" * 300
    assert _marked(_about(line, _span(1, 301, 307))) == "target"


def test_a_span_longer_than_the_window_shows_its_beginning() -> None:
    lines = _about("k: " + "v" * 1000, _span(1, 4, 1004))
    assert lines[1].startswith("  1 | k: v") and lines[1].endswith("v…")
    assert lines[2] == "    |    " + "^" * 197


def test_a_line_of_a_file_is_the_line_that_is_shown() -> None:
    source = "a: 1\rb: 2\r\nc: 'x\x85y\u2028z\u2029'  # a\u2028b\nd: 6\n"
    document = parse("a.yaml", source.encode())
    assert document.data == {"a": 1, "b": 2, "c": "x\x85y\u2028z\u2029", "d": 6}
    for key in "abcd":
        span = document.span((key,), key=True)
        assert text.lines(source)[span.line - 1][span.column - 1] == key
    assert str(document.span(("d",))) == "a.yaml:4:4"
    assert _about("a: \x0b\x0c\nb: 2", _span(2, 1, 2))[1] == "  2 | b: 2"


def test_a_span_beyond_the_end_of_its_line_points_there() -> None:
    assert _about("ab", _span(1, 40, 44))[1:] == ["  1 | ab", "    |   ^"]
    assert _about("ab\n", _span(2, 1, 1))[1:] == ["  2 | ", "    | ^"]
    assert len(_about("ab", _span(7, 1, 2))) == 1


def test_a_span_of_several_lines_runs_to_the_end_of_its_first() -> None:
    assert _about("ab cd\nef", Span("a.yaml", 1, 4, 2, 2))[2] == "    |    ^^"


def test_no_word_of_a_card_steers_the_terminal_or_makes_a_line_of_its_own() -> None:
    lines = _about("x", _span(1, 1, 2), message="a\nb.yaml:1:1: error[rule] \x1b[31m\u202e", help="x\r\nhelp: \x07")
    assert lines[0] == "a.yaml:1:1: error[rule] a\\x0ab.yaml:1:1: error[rule] \\x1b[31m\\u202e"
    assert lines[-1] == "  help: x\\x0d\\x0ahelp: \\x07"


def test_columns_of_a_table_line_up_under_wide_characters() -> None:
    drawn = _render({}, (), (Table("", ("a", "b"), (("漢字", "1"), ("e\u0301", "2"))),)).split("\n")
    ends = {text.cells(line[: line.rindex(line[-1])]) for line in (drawn[0], *drawn[2:])}
    assert ends == {6}


@settings(max_examples=150, derandomize=True, deadline=None)
@given(
    line=st.text(
        st.characters(exclude_categories=["Cs"], exclude_characters="\n\r\x85\u2028\u2029"), min_size=1, max_size=450
    ),
    start=st.integers(1, 500),
    length=st.integers(0, 300),
)
def test_the_carets_always_stand_below_the_quoted_line(line: str, start: int, length: int) -> None:
    lines = _about(line, _span(1, start, start + length))
    assert len(lines) == 3
    assert re.fullmatch(r"    \|  *\^+", lines[2])
    assert len(lines[2]) <= max(text.cells(lines[1]), 7) + 1


def test_other_places_of_the_same_file_stand_on_one_line() -> None:
    related = (Span("a.yaml", 3, 1, 3, 2), Span("a.yaml", 5, 7, 5, 9), Span("b.yaml", 2, 1, 2, 2))
    found = Diagnostic("schema", Severity.ERROR, "no", Span("a.yaml"), related=related)
    lines = REPORTER.render(Report({}, (found,)), PLAIN).splitlines()
    assert [line for line in lines if "also" in line] == ["  also here: a.yaml:3:1, 5:7", "  also here: b.yaml:2:1"]
