"""List the releases of a model, or of all: what their gates measured, and where each runs."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from typing import Any

from mlops_gitops.cli.arguments import add_model
from mlops_gitops.cli.command import Command
from mlops_gitops.core.frozen import frozen
from mlops_gitops.core.table import Table
from mlops_gitops.orchestration.comparison.recorded_gates import recorded_gates
from mlops_gitops.orchestration.first_merge import open_merged
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.release import Release
from mlops_gitops.reporting.report import Report
from mlops_gitops.repository.ledger import Entry, Ledger

NONE = "—"


@frozen
class Listed:
    """A release; `gates` are those of the newest record that promoted it, and `runs_in` where it is in force."""

    release: Release
    entry: Entry
    runs_in: tuple[str, ...]
    gates: Mapping[str, Mapping[str, Any]]

    def to_json(self) -> dict[str, Any]:
        """The release as data; a KPI's `value` is null where it was not available."""
        kept = ("metric", "value", "interval", "outcome")
        return {
            "model": self.release.model, "version": self.release.version, "day": self.entry.commit.day.isoformat(),
            "commit": self.entry.commit.sha, "path": self.release.path, "digest": self.entry.digest,
            "supersedes": self.release.supersedes, "runs_in": list(self.runs_in),
            "artifacts": {pin.path: pin.sha256 or pin.digest for pin in self.release.artifacts},
            "kpis": {id: {key: gate[key] for key in kept if key in gate} for id, gate in self.gates.items()},
        }  # fmt: skip

    def row(self, kpis: tuple[str, ...]) -> tuple[str, ...]:
        """The release as a line, with a cell for each of these KPIs."""
        day, runs_in = self.entry.commit.day.isoformat(), ", ".join(self.runs_in) or NONE
        return (self.release.version, day, runs_in, *(_value(self.gates.get(id, {})) for id in kpis))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    add_model(parser, optional=True)


def run(args: argparse.Namespace) -> Report:
    """Reads the branch where merging promotes, as this clone knows it."""
    merged = open_merged(args.repo, model=args.model)
    found = [listed for listed in _releases(merged.ledger) if args.model in (None, listed.release.model)]
    models = sorted({listed.release.model for listed in found})
    tables = tuple(_table(model, [listed for listed in found if listed.release.model == model]) for model in models)
    lines = () if found else ("no release on record",)
    return Report({"version": 1, "releases": [listed.to_json() for listed in found]}, (), tables, lines)


def _releases(ledger: Ledger) -> Iterator[Listed]:
    """Every release that was merged, the newest first."""
    running: dict[tuple[str, str], list[str]] = {}
    for environment, model in ledger.pairs():
        current = ledger.current(environment, model)
        if current and isinstance(current.record, Promotion):
            running.setdefault((model, current.record.release), []).append(environment)
    gates = recorded_gates(ledger)
    for entry in reversed(ledger.entries):
        if isinstance(release := entry.record, Release):
            key = release.model, release.version
            yield Listed(release, entry, tuple(running.get(key, ())), gates.get(key, {}))


def _table(model: str, found: list[Listed]) -> Table:
    kpis = tuple(dict.fromkeys(id for listed in found for id in listed.gates))
    return Table(model, ("release", "day", "runs in", *kpis), tuple(listed.row(kpis) for listed in found))


def _value(gate: Mapping[str, Any]) -> str:
    value = gate.get("value")
    return NONE if value is None else f"{value:.4g}"


COMMAND = Command("releases", __doc__.strip(), add_arguments, run)
