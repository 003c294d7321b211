"""List what is checked, or explain one rule: why it asks, when it runs, what it finds fault with."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from mlops_gitops.cli.command import Command
from mlops_gitops.core.table import Table
from mlops_gitops.policy import catalogue
from mlops_gitops.policy.catalogue import CatalogueEntry
from mlops_gitops.policy.example_diff import example_diff
from mlops_gitops.policy.rule import Edit
from mlops_gitops.reporting.report import Report

WIDTH = 100


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument("id", nargs="?", metavar="ID", help="explain this one, as findings name it (default: list all)")


def run(args: argparse.Namespace) -> Report:
    """Reads nothing but the rules."""
    if args.id:
        entry = catalogue.find_entry(args.id)
        return Report(_data([entry]), lines=tuple(_explanation(entry)))
    entries = catalogue.catalogue_entries()
    rows = tuple(
        (entry.id, entry.when, " or ".join(entry.severities), "yes" if entry.waivable else "no", entry.summary)
        for entry in entries
    )
    lines = ("mlops-gitops rules ID explains one of them.",)
    return Report(_data(entries), tables=(Table("", ("rule", "runs", "gives", "waivable", "asks"), rows),), lines=lines)


def _data(entries: Sequence[CatalogueEntry]) -> dict[str, Any]:
    return {
        "version": 1,
        "rules": [
            {
                "id": entry.id, "summary": entry.summary, "explanation": entry.explanation,
                "about": catalogue.PARTS[entry.about], "scope": entry.scope,
                "severities": list(entry.severities), "waivable": entry.waivable, "ignorable": entry.ignorable,
                "standing": entry.standing,
                "ok": _edits(entry.ok), "bad": _edits(entry.bad),
            }
            for entry in entries
        ],
    }  # fmt: skip


def _edits(examples: Sequence[Sequence[Edit]]) -> list[list[dict[str, str | None]]]:
    """Examples as data: an edit without `old` gives the file the content `new`, or removes it."""
    return [[{"path": e.path, "copy": e.copy, "old": e.old, "new": e.new} for e in edits] for edits in examples]


def _explanation(entry: CatalogueEntry) -> Iterator[str]:
    yield f"{entry.id}: {entry.summary}"
    for paragraph in entry.explanation.split("\n\n"):
        yield "\n" + textwrap.fill(paragraph, WIDTH, break_long_words=False, break_on_hyphens=False)
    yield f"\nruns {entry.when}: {entry.where.replace('`', '')}"
    yield from textwrap.wrap(entry.suppression_text(), WIDTH)
    for title, examples in (("finds fault with", entry.bad), ("accepts", entry.ok)):
        for edits in examples:
            yield f"\n{title}:"
            yield from (f"  {line}" for line in example_diff(edits))


COMMAND = Command("rules", __doc__.strip(), add_arguments, run)
