"""Print the JSON Schema of a kind of file, for an editor or another validator; without KIND, list them."""

from __future__ import annotations

import argparse
import json

from mlops_gitops.cli.arguments import require_json
from mlops_gitops.cli.command import Command
from mlops_gitops.core.errors import Error
from mlops_gitops.core.names import did_you_mean
from mlops_gitops.core.table import Table
from mlops_gitops.documents import schema_validation
from mlops_gitops.documents.kind import Kind
from mlops_gitops.records.project import default_place
from mlops_gitops.reporting.report import Report
from mlops_gitops.repository.snapshot import KINDS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    names = ", ".join(kind.schema for kind in _kinds())
    parser.add_argument("kind", nargs="?", metavar="KIND", help=f"one of {names}; or as `kind:` spells it")


def run(args: argparse.Namespace) -> Report:
    """Prints a schema of the package as pure JSON."""
    if args.kind:
        require_json(args, "a schema")
        schema = schema_validation.schema(_kind(args.kind).schema)
        return Report(schema, lines=(json.dumps(schema, indent=2, ensure_ascii=False),))
    rows = tuple(
        (kind.schema, kind.name, default_place(kind), schema_validation.schema(kind.schema)["description"])
        for kind in _kinds()
    )
    data = [{"schema": name, "kind": kind, "file": file, "description": about} for name, kind, file, about in rows]
    lines = ("mlops-gitops schema KIND prints one.",)
    return Report({"version": 1, "schemas": data}, (), (Table("", ("schema", "kind", "file", "holds"), rows),), lines)


def _kinds() -> tuple[Kind, ...]:
    """The kinds of file of a tree, and those of the records on a branch of their own."""
    from mlops_gitops.retraining.record import BRANCH_KINDS

    return *KINDS, *BRANCH_KINDS


def _kind(name: str) -> Kind:
    known = {spelling: kind for kind in _kinds() for spelling in (kind.schema, kind.name)}
    folded = {spelling.casefold(): kind for spelling, kind in known.items()}
    if name.casefold() in folded:
        return folded[name.casefold()]
    every = f"known: {', '.join(kind.schema for kind in _kinds())}"
    raise Error(
        f"there is no kind of file {name!r}",
        help=did_you_mean(name, [*(k.name for k in _kinds()), *(k.schema for k in _kinds())], every),
    )


COMMAND = Command("schema", __doc__.strip(), add_arguments, run)
