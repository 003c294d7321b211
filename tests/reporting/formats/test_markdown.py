"""Markdown: through a real renderer, what a card says is text and nothing else."""

from __future__ import annotations

import re
from html import unescape

from cases import cases
from hostile import HOSTILE, REFERENCES, tokens, words
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it.token import Token

from mlops_gitops.core import markdown
from mlops_gitops.core.diagnostics import Diagnostic, Severity, Span
from mlops_gitops.core.table import Table
from mlops_gitops.reporting.formats.markdown import LIMIT, REPORTER
from mlops_gitops.reporting.report import Report
from mlops_gitops.reporting.reporter import PLAIN

PLAIN_KINDS = {"inline", "text", "hardbreak", "softbreak"}


def _assert_plain(source: str, shape: set[str]) -> list[Token]:
    """The source's tokens, which are of this shape and refer to nothing."""
    found = tokens(source)
    kinds = {token.type.removesuffix("_open").removesuffix("_close") for token in found}
    assert kinds <= PLAIN_KINDS | shape, source
    assert not REFERENCES.search(words(found)), source
    assert all(char.isprintable() or char == "\n" for char in source), source
    return found


@cases("hostile", HOSTILE)
def test_text_is_text(hostile: str) -> None:
    source = markdown.text(hostile)
    found = _assert_plain(source, {"paragraph"})
    assert not re.match(r"\s*[/#=>+*-]", source)
    # The reader loses no word of it.
    shown = words(found).replace("\u2060", "")
    assert re.sub(r"\\[xu][0-9a-f]+", "", shown) == re.sub(
        r"[^ -~]|\\[xu][0-9a-f]+", "", " ".join(hostile.replace("\u2028", " ").split())
    )


@cases("hostile", HOSTILE)
def test_code_is_code_or_text(hostile: str) -> None:
    shape = {"paragraph", "table", "thead", "tbody", "tr", "th", "td", "code_inline"}
    _assert_plain(f"x {markdown.code(hostile)} y", {"paragraph", "code_inline"})
    drawn = "\n".join([*markdown.head(("a", "b")), markdown.row((markdown.code(hostile), markdown.code(hostile)))])
    found = _assert_plain(drawn, shape)
    assert sum(token.type == "td_open" for token in found) == 2


def test_a_name_as_code_can_be_copied() -> None:
    assert markdown.code("models/a b/@x #1.yaml:3:4") == "`models/a b/@x #1.yaml:3:4`"


def test_a_digest_can_be_copied() -> None:
    digest = "sha256:" + "0123456789abcdef" * 4
    assert unescape(markdown.text(digest)) == digest


def _report(words: str) -> Report:
    found = tuple(
        Diagnostic(words, severity, words, Span(words, 1, 2, 1, 3), words, undecided=severity is Severity.ERROR)
        for severity in Severity
    )
    table = Table(words, (words, "b"), ((words, words), (words, "b")))
    return Report({"version": 1}, found, (table, table), (words, "x", words, "", words), 1, {})


SHAPE = {"heading", "paragraph", "table", "thead", "tbody", "tr", "th", "td", "code_inline", "html_inline"}


def _assert_safe(words: str) -> None:
    source = REPORTER.render(_report(words), PLAIN)
    found = _assert_plain(source, SHAPE)
    html = [token.content for token in found if token.type == "html_inline"]
    assert set(html) <= {"<br>"} and len(html) == (3 if words else 0)
    assert sum(token.type == "td_open" for token in found) == 3 * 4 + 2 * 4
    assert sum(token.type == "heading_open" for token in found) == (3 if words else 1)


@cases("hostile", HOSTILE)
def test_a_report_is_its_own_shape_and_no_other(hostile: str) -> None:
    _assert_safe(hostile)


@settings(max_examples=150, derandomize=True, deadline=None)
@given(st.lists(st.sampled_from(HOSTILE), min_size=1, max_size=4).map("".join) | st.text(max_size=20))
def test_no_mixture_changes_the_shape(words: str) -> None:
    _assert_safe(words)


def test_the_verdict_is_the_headline_and_errors_come_first() -> None:
    span = Span("a b.yaml", 3, 4, 3, 5)
    found = (
        Diagnostic("r-1", Severity.NOTE, "n", span),
        Diagnostic("r-2", Severity.ERROR, "e", span, "do this"),
        Diagnostic("r-3", Severity.WARNING, "w", span),
        Diagnostic("r-4", Severity.ERROR, "u", span, undecided=True),
    )
    lines = REPORTER.render(Report({}, found, (), ("Two of us.", "Done."), 1), PLAIN).split("\n")
    assert lines == [
        "### mlops-gitops: failed, 2 errors, 1 warning, 1 note",
        "",
        "| severity | rule | place | finding |",
        "| --- | --- | --- | --- |",
        "| error | `r-2` | `a b.yaml:3:4` | e<br>do this |",
        "| error, could not tell | `r-4` | `a b.yaml:3:4` | u |",
        "| warning | `r-3` | `a b.yaml:3:4` | w |",
        "| note | `r-1` | `a b.yaml:3:4` | n |",
        "",
        "Two of us.\\",
        "Done.",
    ]


@cases(
    "data, code, said",
    [
        ({"diagnostics": []}, 0, "passed"),
        ({}, 0, "done"),
        ({}, 1, "failed"),
        ({}, 3, "could not decide"),
        ({}, 2, "usage or configuration"),
        ({}, 130, "exit code 130"),
    ],
)
def test_could_not_tell_is_never_passed(data: dict[str, object], code: int, said: str) -> None:
    assert REPORTER.render(Report(data, exit_code=code), PLAIN) == f"### mlops-gitops: {said}"


def test_what_is_too_much_for_a_comment_is_counted() -> None:
    long = "<@" * 2000
    found = [Diagnostic("r", Severity.WARNING, f"{n} {long}", Span(f"{n}.yaml"), long) for n in range(500)]
    found.append(Diagnostic("r", Severity.ERROR, "the worst", Span("z.yaml")))
    tables = tuple(Table(long, ("a",), tuple((f"{n} {long}",) for n in range(100))) for _ in range(40))
    text = REPORTER.render(Report({}, tuple(found), tables, tuple([long] * 300), 1), PLAIN)
    assert LIMIT * 0.8 < len(text) <= LIMIT
    assert "the worst" in text.split("\n")[4]
    listed = text.count("| warning |")
    assert listed >= 3 and f"… and {500 - listed} more findings." in text
    assert " more rows." in text and " more tables." in text and " more lines." in text
    assert {token.content for token in tokens(text) if token.type == "html_inline"} == {"<br>"}
