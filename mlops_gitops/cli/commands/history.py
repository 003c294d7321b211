"""List the promotions of a repository, newest first, what ran where on a day, or the retrainings."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from mlops_gitops.cli.arguments import add_environment, add_model, parse_day
from mlops_gitops.cli.command import Command
from mlops_gitops.core.errors import Error
from mlops_gitops.core.table import Table
from mlops_gitops.orchestration.first_merge import no_remote_notes, open_merged
from mlops_gitops.orchestration.known_names import require_known
from mlops_gitops.orchestration.retraining.records import past_retrainings
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.reporting.lazily import LazyMapping, LazySequence
from mlops_gitops.reporting.report import Report
from mlops_gitops.repository.ledger import Entry, Ledger
from mlops_gitops.retraining.tables.history_table import history_table

PAGE = 50  # rows
_COLUMNS = ("day", "model", "environment", "no.", "release", "replaces", "action", "approvals", "commit", "record")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    add_model(parser, optional=True)
    add_environment(parser, "--in", required=False)
    parser.add_argument("--at", type=parse_day, metavar="DATE", help="what ran at the end of this UTC day")
    parser.add_argument(
        "--retraining", action="store_true", help="the retrainings instead: cause, outcome, who decided"
    )


def run(args: argparse.Namespace) -> Report:
    """Reads the first-parent history: the order is that of the merges, never that of the tags.

    Text shows the newest first, and each page as soon as it is read; JSON has the oldest first.
    """
    if args.retraining:
        return _retrainings(args)
    merged = open_merged(args.repo, model=args.model, environment=args.environment)
    ledger = merged.ledger if args.model else merged.ledger_of_tip
    promotions = LazySequence(_promotions(ledger, args))
    lines = (*no_remote_notes(merged.workspace), *(() if promotions else ("no promotions on record",)))

    def data() -> Mapping[str, Any]:
        return {"version": 1, "promotions": [_data(ledger, *each) for each in reversed(promotions)]}

    return Report(LazyMapping(data), (), LazySequence(_pages(ledger, promotions)), lines)


def _promotions(ledger: Ledger, args: argparse.Namespace) -> Iterator[tuple[Entry, Promotion]]:
    """The promotions that are asked for, newest first."""
    ran: set[tuple[str, str]] = set()
    for entry in reversed(ledger.promoted(args.model)) if args.model else ledger.every_promotion():
        record = entry.record
        if not isinstance(record, Promotion) or args.environment not in (None, record.environment):
            continue
        if args.at is not None:
            pair = record.environment, record.model
            if entry.commit.day > args.at or record.wave is not None or pair in ran:
                continue
            ran.add(pair)
        yield entry, record


def _pages(ledger: Ledger, promotions: Iterable[tuple[Entry, Promotion]]) -> Iterator[Table]:
    rows = (_row(ledger, *each) for each in promotions)
    while page := tuple(islice(rows, PAGE)):
        yield Table("", _COLUMNS, page)


def _retrainings(args: argparse.Namespace) -> Report:
    """The retrainings on record, those that the policy held up as well."""
    if args.environment or args.at:
        raise Error("--retraining goes without --in and --at", help="mlops-gitops history [MODEL] --retraining")
    merged = open_merged(args.repo)
    found = past_retrainings(merged.workspace, args.model)
    if not found:  # a model that is gone has its records still
        require_known(merged.tree, model=args.model)
    data = {"version": 1, "retrainings": [past.to_json() for past in found]}
    lines = () if found else (f"no retraining{f' of {args.model}' if args.model else ''} is on record",)
    return Report(data, (), (history_table(found),) if found else (), lines)


def _approvals(ledger: Ledger, entry: Entry) -> str:
    receipt = ledger.receipt(entry)
    return receipt.approved if receipt else "no receipt"


def _row(ledger: Ledger, entry: Entry, record: Promotion) -> tuple[str, ...]:
    action = f"{record.action} {record.wave}" if record.wave else record.action
    return (
        entry.commit.day.isoformat(), record.model, record.environment, f"{record.sequence:04d}", record.release,
        record.replaces or "—", action, _approvals(ledger, entry), entry.commit.sha[:10], entry.digest[:17],
    )  # fmt: skip


def _data(ledger: Ledger, entry: Entry, record: Promotion) -> dict[str, object]:
    names = ("model", "environment", "sequence", "action", "release", "replaces", "why", "requested_by")
    fields = {name: record.predicate[name] for name in names}
    fields |= {"wave": record.wave} if record.wave else {}
    receipt = ledger.receipt(entry)
    return fields | {
        "day": entry.commit.day.isoformat(), "commit": entry.commit.sha, "record": entry.digest,
        "path": record.path, "approvals": _approvals(ledger, entry),
        "approved_by": list(receipt.facts.get("approvals", [])) if receipt else [],
    }  # fmt: skip


COMMAND = Command("history", __doc__.strip(), add_arguments, run)
