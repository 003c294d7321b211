"""The inventory of models: what runs where, who is responsible for it, who approved it, and what is open about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, TypeAlias

from mlops_gitops.core.frozen import frozen
from mlops_gitops.core.table import Table
from mlops_gitops.records.decision import Decision
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.release import Release
from mlops_gitops.repository.ledger import Entry, Ledger
from mlops_gitops.repository.snapshot import Snapshot

_Pair: TypeAlias = tuple[str, str]  # environment, model
_COLUMNS = ("model", "environment", "release", "owners", "risk class", "promoted", "action", "approved by",
            "open decisions", "monitoring", "shared data")  # fmt: skip


@frozen
class Item:
    """One model in one environment; `environment` and `release` are empty for a model that runs nowhere.

    `shared` are the data sets of its release that a release of another model in use has too: path → models.
    """

    model: str
    environment: str
    release: str
    owners: tuple[str, ...]
    risk: str
    promoted: str
    action: str
    approvers: tuple[str, ...]
    decisions: tuple[str, ...]
    monitoring: str
    shared: Mapping[str, tuple[str, ...]]

    def to_json(self) -> dict[str, Any]:
        """The item as data."""
        lists = {name: list(getattr(self, name)) for name in ("owners", "approvers", "decisions")}
        names = ("model", "environment", "release", "risk", "promoted", "action")
        texts = {name: getattr(self, name) for name in names}
        shared = {path: list(models) for path, models in self.shared.items()}
        return texts | lists | {"monitoring": self.monitoring, "shared_data": shared}


def inventory(tree: Snapshot, ledger: Ledger, today: date, monitored: Mapping[_Pair, str]) -> list[Item]:
    """Every model of a tree in every environment that runs it, by the records of a ledger.

    `monitored` says in words how the last window of a pair ended.
    """
    running = {pair: entry for pair in ledger.pairs() if (entry := ledger.current(*pair))}
    data = {pair: _data(_release(tree, entry)) for pair, entry in running.items()}
    found = []
    for model in sorted({*tree.models(), *(name for _, name in running)}):
        pairs = [pair for pair in running if pair[1] == model] or [("", model)]
        for pair in pairs:
            found.append(_item(tree, ledger, today, pair, (monitored.get(pair, ""), _shared(pair, data))))
    return found


def _item(
    tree: Snapshot, ledger: Ledger, today: date, pair: _Pair, known: tuple[str, Mapping[str, tuple[str, ...]]]
) -> Item:
    environment, model = pair
    card, entry = tree.card(model), ledger.current(environment, model)
    record = entry.record if entry and isinstance(entry.record, Promotion) else None
    owners = tuple(f"{owner['name']} ({owner['role']})" for owner in card.block["owners"]) if card else ()
    return Item(
        model, environment, record.release if record else "", owners, card.risk if card else "no valid card",
        entry.commit.day.isoformat() if entry and record else "", record.action if record else "",
        tuple(_approvers(ledger, entry)) if entry else (), tuple(_open(ledger, today, pair, record)), *known,
    )  # fmt: skip


def _approvers(ledger: Ledger, entry: Entry) -> Iterator[str]:
    receipt = ledger.receipt(entry)
    if receipt is None:
        yield "no receipt"
        return
    if not ledger.proven(entry):
        yield f"approvals {receipt.approved}"
    yield from (f"{approval['by']} ({approval['role']})" for approval in receipt.facts.get("approvals", []))


def _open(ledger: Ledger, today: date, pair: _Pair, record: Promotion | None) -> Iterator[str]:
    """The decisions in force about a model here, and the waivers of its files."""
    environment, model = pair
    for entry in ledger.decisions(today):
        decision = entry.record
        if not isinstance(decision, Decision):
            continue
        releases = ("", record.release if record else "")
        here = decision.environment in (None, environment) and decision.release in releases
        if (decision.model == model and here) or (decision.type == "waiver" and f"/{model}/" in decision.file):
            yield f"{decision.type} {decision.path} until {decision.expires or 'lifted'}"


def _release(tree: Snapshot, entry: Entry) -> Release | None:
    record = entry.record
    return tree.release(record.model, record.release) if isinstance(record, Promotion) else None


def _data(release: Release | None) -> dict[str, str]:
    """The data of a release by path: what it was trained on and judged on, by digest."""
    if release is None:
        return {}
    judged = {pin.path: pin.digest for pin in release.evaluation.values() if pin.md5}
    return judged | dict(release.lineage.deps if release.lineage else {})


def _shared(pair: _Pair, data: Mapping[_Pair, Mapping[str, str]]) -> dict[str, tuple[str, ...]]:
    found = {}
    for path, digest in data.get(pair, {}).items():
        models = sorted({model for (_, model), other in data.items() if model != pair[1] and digest in other.values()})
        if models:
            found[path] = tuple(models)
    return found


def inventory_table(items: list[Item]) -> Table:
    """A row for each item."""
    return Table("", _COLUMNS, tuple(map(_row, items)))


def _row(item: Item) -> tuple[str, ...]:
    shared = "; ".join(f"{path} (also {', '.join(models)})" for path, models in item.shared.items())
    cells = (
        item.model, item.environment, item.release, ", ".join(item.owners), item.risk, item.promoted, item.action,
        ", ".join(item.approvers), "; ".join(item.decisions), item.monitoring, shared,
    )  # fmt: skip
    return tuple(cell or "—" for cell in cells)
