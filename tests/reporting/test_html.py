"""HTML: a page that stands by itself, in which nothing that a file says is markup."""

from __future__ import annotations

from html.parser import HTMLParser

from mlops_gitops.core.diagnostics import Diagnostic, Severity, Span
from mlops_gitops.core.table import Table
from mlops_gitops.reporting.formats.html import REPORTER
from mlops_gitops.reporting.formats.text import REPORTER as TEXT
from mlops_gitops.reporting.report import Report
from mlops_gitops.reporting.reporter import PLAIN, Screen

HOSTILE = "<img src=x onerror=alert(1)> & \x1b[31m \u202e"


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)


def test_what_a_file_says_is_text_and_never_markup() -> None:
    finding = Diagnostic("governance", Severity.WARNING, HOSTILE, Span("a<b>.md"), HOSTILE)
    page = REPORTER.render(Report({}, (finding,), (Table(HOSTILE, (HOSTILE,), ((HOSTILE,),)),), (HOSTILE,)), PLAIN)
    parser = _Tags()
    parser.feed(page)
    assert set(parser.seen) <= {"html", "head", "meta", "title", "style", "body", "h1", "h2", "table", "thead",
                                "tbody", "tr", "th", "td", "p"}  # fmt: skip
    assert "\x1b" not in page and "\u202e" not in page and page.count("&lt;img") == 6


def test_it_fetches_nothing() -> None:
    page = REPORTER.render(Report({}, lines=("see https://example.org",)), PLAIN)
    assert "src=" not in page and "href=" not in page and "url(" not in page


def test_a_table_wraps_in_a_terminal() -> None:
    table = Table("t", ("id", "what"), (("A-1", "word " * 30), ("A-2", "x" * 50)))
    lines = TEXT.render(Report({}, (), (table,)), Screen(width=60)).splitlines()
    assert max(len(line) for line in lines) <= 60
    assert sum("word" in line for line in lines) > 2 and "".join(lines).count("x") == 50
