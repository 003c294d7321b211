"""Where something is, and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from mlops_gitops.core.frozen import frozen, replace

MAX_MESSAGE = 1000  # characters


class Severity(StrEnum):
    """How much a diagnostic weighs; only an error fails a run."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@frozen
class Span:
    """A stretch of a file: lines and columns count from 1, the end is exclusive."""

    path: str
    line: int = 1
    column: int = 1
    end_line: int = 1
    end_column: int = 1

    def __lt__(self, other: Span) -> bool:
        left, right = ((s.path, s.line, s.column, s.end_line, s.end_column) for s in (self, other))
        return left < right

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


# Where a line ends as YAML 1.2 (section 5.4), Markdown and editors have it; `str.splitlines` has more places.
BREAK = re.compile("\r\n|[\n\r]")


def lines_of(text: str) -> list[str]:
    """The lines of a text with their ends; spans count these."""
    ends = [found.end() for found in BREAK.finditer(text)]
    lines = [text[start:end] for start, end in zip([0, *ends], [*ends, len(text)], strict=True)]
    return lines if lines[-1] else lines[:-1]


@frozen
class Replacement:
    """Other text for one stretch of a file; an empty span is an insertion."""

    span: Span
    text: str


@frozen
class Fix:
    """A safe fix of one finding: it changes how something is written, or fills in what the repository knows."""

    title: str
    edits: tuple[Replacement, ...]


@frozen
class Diagnostic:
    """One finding: which rule, how severe, what is wrong, where, and what to do."""

    rule: str
    severity: Severity
    message: str
    span: Span
    help: str = ""
    related: tuple[Span, ...] = ()
    undecided: bool = False  # the rule could not tell: exit 3 rather than 1
    fix: Fix | None = None

    def to_json(self) -> dict[str, Any]:
        """The diagnostic as the JSON contract has it."""
        value: dict[str, Any] = {
            "rule": self.rule,
            "severity": self.severity.value,
            "message": self.message,
            **_place(self.span),
            "related": [{"path": s.path, "line": s.line, "column": s.column} for s in self.related],
        }
        if self.help:
            value["help"] = self.help
        if self.fix:
            edits = [_place(edit.span) | {"text": edit.text} for edit in self.fix.edits]
            value["fix"] = {"title": self.fix.title, "edits": edits}
        return value


def _place(span: Span) -> dict[str, Any]:
    return {
        "path": span.path,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }


def ordered(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Sorted by place, then rule, without repeats: the same findings print the same way everywhere.

    Their words are one printable line each, whatever the files say that they quote.
    """
    unique = dict.fromkeys(map(plain, diagnostics))
    return tuple(sorted(unique, key=lambda d: (d.span, d.rule, d.message)))


def plain(found: Diagnostic) -> Diagnostic:
    """The same, whose words are one printable line, whatever the files say that they quote."""
    message, help = _line(found.message), _line(found.help)
    return found if (message, help) == (found.message, found.help) else replace(found, message=message, help=help)


def _line(text: str) -> str:
    if len(text) > MAX_MESSAGE:
        text = text[: MAX_MESSAGE - 1] + "…"
    if text.isprintable():
        return text
    shown = (c if c.isprintable() else repr(c)[1:-1] for c in " ".join(text.split()))
    return "".join(shown)


def exit_code(diagnostics: Iterable[Diagnostic]) -> int:
    """1 when an error was found, 3 when one could not be ruled out, else 0."""
    errors = [d for d in diagnostics if d.severity is Severity.ERROR]
    if not errors:
        return 0
    return 3 if all(d.undecided for d in errors) else 1
