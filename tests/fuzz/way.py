"""The whole way of one input, from bytes to every output, and what must hold of it whatever the bytes are."""

from __future__ import annotations

import faulthandler
import json
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sample
from fuzz.inputs import FILES, replaced

from mlops_gitops.core import plugins
from mlops_gitops.core.diagnostics import Diagnostic, Severity
from mlops_gitops.core.errors import Error
from mlops_gitops.core.frozen import replace
from mlops_gitops.documents.document import Document
from mlops_gitops.documents.read_document import parse
from mlops_gitops.documents.splice import splice
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.policy import engine
from mlops_gitops.policy.rule import Scope
from mlops_gitops.reporting.findings import findings_report
from mlops_gitops.reporting.report import Report
from mlops_gitops.reporting.reporter import Reporter, Screen
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.ledger import Ledger
from mlops_gitops.repository.snapshot import Snapshot

REPORTERS: list[Reporter] = [
    plugins.load("reporting.formats", name, "REPORTER") for name in plugins.names("reporting.formats")
]
BASE = Snapshot(Overlay(FILES))
assert all(entry.record is not None for entry in BASE.entries())
LEDGER: Ledger = sample.ledger_of(FILES)
_BREAKS = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


class Hang(BaseException):
    """An input that took too long: no `except Exception` may swallow it."""


@contextmanager
def alarm(seconds: int) -> Iterator[None]:
    """Raises Hang when the block takes longer; what hangs outside Python ends the process a little later."""

    def ring(*_: object) -> None:
        raise Hang(f"longer than {seconds} seconds")

    before = signal.signal(signal.SIGALRM, ring)
    faulthandler.dump_traceback_later(seconds + 20, exit=True)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        faulthandler.cancel_dump_traceback_later()
        signal.signal(signal.SIGALRM, before)


def go(path: str, raw: bytes) -> list[str]:
    """Every output for the sample with `raw` at `path`; what must hold of it is asserted."""
    head = Snapshot(Overlay({**FILES, path: raw}))
    report = _report(head, path)
    assert _report(head, path) == report, "what was read before changes what is found"
    outputs = [reporter.render(report, Screen(colour)) for reporter in REPORTERS for colour in (False, True)]
    assert_outputs(outputs)
    found = report.diagnostics
    lines = {path: _lines(head, path) for path in {span.path for d in found for span in (d.span, *d.related)}}
    for diagnostic in found:
        assert_placed(diagnostic, lines)
    for entry in head.entries():
        assert (entry.record is None) == bool(entry.problems), f"{entry.document.path} has neither record nor problem"
    assert_spliced(parse(path, raw))
    return outputs


def told(found: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    """The findings that count: the sample's training data lies nowhere, which is noted each time."""
    return tuple(d for d in found if d.severity is not Severity.NOTE)


def judged(tree: Snapshot) -> tuple[Diagnostic, ...]:
    """What validate and validate --base say of a tree, on the sample as the base."""
    changes = {
        path: "M" if path in FILES else "A" for path in tree.tree.paths() if tree.tree.read(path) != FILES.get(path)
    }
    whole = Context(tree, sample.TODAY, BASE, LEDGER, changes, at=lambda _: BASE)
    found = engine.validate(Context(tree, sample.TODAY), Scope.TREE)
    return found + engine.validate(whole, Scope.BASE)


def _report(head: Snapshot, path: str) -> Report:
    """What is found in the tree and in the file by itself; why the file cannot be judged by itself, as its lines."""
    found = judged(head)
    lines: tuple[str, ...] = ()
    try:
        named = engine.snapshot_of_paths(head.tree, [path])
        found += engine.validate(Context(named, sample.TODAY), Scope.FILE)
    except Error as error:
        lines = (error.message, error.help)
    report = findings_report(found, head, files=len(head.index))
    return replace(report, lines=(*report.lines, *lines))


def assert_outputs(outputs: list[str]) -> None:
    """JSON is JSON, and all of it can be written as UTF-8."""
    json.loads(outputs[2 * [reporter.id for reporter in REPORTERS].index("json")])
    for text in outputs:
        text.encode()


def _lines(head: Snapshot, path: str) -> list[str]:
    return _BREAKS.split((head.tree.read(path) or b"").decode("utf-8", "replace").removeprefix("\ufeff"))


def assert_placed(found: Diagnostic, lines_of: dict[str, list[str]]) -> None:
    """The diagnostic is one printable line, about a stretch that lies inside its file."""
    assert found.message and found.message.isprintable() and found.help.isprintable(), found
    for span in (found.span, *found.related):
        lines = lines_of[span.path]
        assert 1 <= span.line <= span.end_line <= len(lines), found
        assert 1 <= span.column <= len(lines[span.line - 1]) + 1, found
        assert (span.line, span.column) <= (span.end_line, span.end_column), found


def assert_spliced(document: Document) -> None:
    """A scalar rewritten in the text is the only thing that changes in the data."""
    if document.problems:
        return
    for route in list(_scalars(document.data))[:8]:
        try:
            edited = splice(document, route, '"spliced \u00e9"')
        except ValueError:
            continue
        again = parse(document.path, edited.encode())
        assert again.data == replaced(document.data, route, "spliced \u00e9"), (route, edited)
        assert again.body == document.body


def _scalars(value: Any, route: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _scalars(inner, (*route, key))
    else:
        yield route
