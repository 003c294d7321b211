"""List what is checked, or explain one rule: why it asks, when it runs, what it finds fault with."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from mlops_gitops.cli.command import Command
from mlops_gitops.core.errors import Error
from mlops_gitops.core.table import Table
from mlops_gitops.policy import catalogue
from mlops_gitops.policy.catalogue import Explained
from mlops_gitops.policy.rule import Edit
from mlops_gitops.reference.rules_page import example, page
from mlops_gitops.reporting.report import Report

WIDTH = 100


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("id", nargs="?", metavar="ID", help="explain this one, as findings name it (default: list all)")
    parser.add_argument("--page", action="store_true", help="print docs/rules.md: all of them as one Markdown page")


def run(args: argparse.Namespace) -> Report:
    """Reads nothing but the rules."""
    if args.id and args.page:
        raise Error("--page is about all rules: leave out the ID, or leave out --page")
    if args.id:
        its = catalogue.find(args.id)
        return Report(_data([its]), lines=tuple(_explained(its)))
    every = catalogue.every()
    if args.page:
        text = page(every)
        return Report({"version": 1, "page": text}, lines=(text,))
    rows = tuple(
        (its.id, its.when, " or ".join(its.severities), "yes" if its.waivable else "no", its.summary) for its in every
    )
    lines = ("mlops-gitops rules ID explains one of them.",)
    return Report(_data(every), tables=(Table("", ("rule", "runs", "gives", "waivable", "asks"), rows),), lines=lines)


def _data(found: Sequence[Explained]) -> dict[str, Any]:
    return {
        "version": 1,
        "rules": [
            {
                "id": its.id, "summary": its.summary, "explanation": its.explanation,
                "about": catalogue.PARTS[its.about], "scope": its.scope,
                "severities": list(its.severities), "waivable": its.waivable, "ignorable": its.ignorable,
                "standing": its.standing,
                "ok": _edits(its.ok), "bad": _edits(its.bad),
            }
            for its in found
        ],
    }  # fmt: skip


def _edits(examples: Sequence[Sequence[Edit]]) -> list[list[dict[str, str | None]]]:
    """Examples as data: an edit without `old` gives the file the content `new`, or removes it."""
    return [[{"path": e.path, "copy": e.copy, "old": e.old, "new": e.new} for e in edits] for edits in examples]


def _explained(its: Explained) -> Iterator[str]:
    yield f"{its.id}: {its.summary}"
    for paragraph in its.explanation.split("\n\n"):
        yield "\n" + textwrap.fill(paragraph, WIDTH, break_long_words=False, break_on_hyphens=False)
    yield f"\nruns {its.when}: {its.where.replace('`', '')}"
    yield from textwrap.wrap(its.passes(), WIDTH)
    for title, examples in (("finds fault with", its.bad), ("accepts", its.ok)):
        for edits in examples:
            yield f"\n{title}:"
            yield from (f"  {line}" for line in example(edits))


COMMAND = Command("rules", __doc__.strip(), arguments, run)
