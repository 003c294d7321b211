"""Where something is, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

MAX_MESSAGE = 1000  # characters


class Severity(StrEnum):
    """How much a diagnostic weighs; only an error fails a run."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of a file: lines and columns count from 1, the end is exclusive."""

    path: str
    line: int = 1
    column: int = 1
    end_line: int = 1
    end_column: int = 1

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding: which rule, how severe, what is wrong, where, and what to do."""

    rule: str
    severity: Severity
    message: str
    span: Span
    help: str = ""
    related: tuple[Span, ...] = ()
    undecided: bool = False  # the rule could not tell: exit 3 rather than 1

    def to_json(self) -> dict[str, Any]:
        """The diagnostic as the JSON contract has it."""
        value: dict[str, Any] = {
            "rule": self.rule,
            "severity": self.severity.value,
            "message": self.message,
            "path": self.span.path,
            "line": self.span.line,
            "column": self.span.column,
            "end_line": self.span.end_line,
            "end_column": self.span.end_column,
            "related": [{"path": s.path, "line": s.line, "column": s.column} for s in self.related],
        }
        return value | ({"help": self.help} if self.help else {})


def ordered(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Sorted by place, then rule, without repeats: the same findings print the same way everywhere.

    Their words are one printable line each, whatever the files say that they quote.
    """
    unique = dict.fromkeys(_plain(found) for found in diagnostics)
    return tuple(sorted(unique, key=lambda d: (d.span, d.rule, d.message)))


def _plain(found: Diagnostic) -> Diagnostic:
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
