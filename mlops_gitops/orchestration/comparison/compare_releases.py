"""Compares two releases of a model: KPIs measured on the same rows, and what the manifests pin differently."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlops_gitops.core.canonical import digest, sha256
from mlops_gitops.core.errors import Error
from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.core.names import did_you_mean
from mlops_gitops.documents.tree import stored_if_possible
from mlops_gitops.gates.result import Baseline, GateResult
from mlops_gitops.measurement.results import Compared
from mlops_gitops.orchestration.comparison.recorded_gates import recorded_gates
from mlops_gitops.orchestration.evaluate_gates import evaluate_gates
from mlops_gitops.orchestration.first_merge import Merged
from mlops_gitops.pipelines.tracked_outputs import Tracking
from mlops_gitops.promotion.manifest import require_kpis
from mlops_gitops.pull_requests.figures import kpi_row
from mlops_gitops.pull_requests.release_differences import Details, Difference, differences
from mlops_gitops.records.gate import Change, Gate
from mlops_gitops.records.kpis import Kpi, MetricFile
from mlops_gitops.records.live_evaluation import kpis_of
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.release import Release
from mlops_gitops.repository.snapshot import Snapshot

CONFIDENCE = 0.95  # of the bounds of a change, where the KPI's gate names none


@frozen
class KpiComparison:
    """A KPI of two releases; `old` and `new` are on the rows that both have, in the metric's unit.

    `interval` holds the bounds of the change, new less old. `how` says how they were compared, or why they could not.
    """

    id: str
    metric: str
    better: str | None
    old: float | None
    new: float | None
    how: str
    rows: int | None = None
    interval: tuple[float, float] | None = None

    def row(self) -> tuple[str, ...]:
        """The comparison in the columns of `kpi_columns`."""
        row = kpi_row(self.id, self.old, self.new, self.better, self.how, self.interval)
        return row if self.is_known else (*row[:-1], self.how)

    @property
    def is_known(self) -> bool:
        """Whether there is a value of both."""
        return self.old is not None and self.new is not None

    def to_json(self) -> dict[str, Any]:
        """The comparison as data."""
        change = self.new - self.old if self.new is not None and self.old is not None else None
        return {
            "id": self.id, "metric": self.metric, "better": self.better, "before": self.old, "after": self.new,
            "change": change, "change_interval": self.interval, "rows": self.rows, "compared": self.how,
        }  # fmt: skip


@frozen
class Comparison:
    """All that differs between two releases, and their KPIs beside each other."""

    old: Release
    new: Release
    kpis: tuple[KpiComparison, ...]
    differences: tuple[Difference, ...]


def compare_releases(merged: Merged, model: str, old: str, new: str) -> Comparison:
    """The comparison of two releases, each a version or the environment that runs it. Raises Error.

    A KPI that cannot be measured here is compared by the numbers on record.
    """
    first, second = (find_release(merged, model, name) for name in (old, new))
    details = [_details(merged, release) for release in (first, second)]
    return Comparison(first, second, tuple(_kpis(merged, first, second)), tuple(differences(first, second, *details)))


def find_release(merged: Merged, model: str, name: str) -> Release:
    """The release of a version, or the one that an environment runs. Raises Error."""
    current = merged.ledger.current(name, model)
    version = current.record.release if current and isinstance(current.record, Promotion) else name
    found = merged.tree.release(model, version) or merged.workspace.own.release(model, version)
    if found is None:
        versions = [release.version for release in merged.tree.releases() if release.model == model]
        environments = [environment for environment, of in merged.ledger.pairs() if of == model]
        every = f"there are {', '.join([*versions, *environments]) or 'none'}"
        help = did_you_mean(name, environments, every)
        raise Error(f"{model} has no release {name}, and no environment of that name runs it", help=help)
    return found


def _kpis(merged: Merged, old: Release, new: Release) -> list[KpiComparison]:
    kpis = kpis_of(require_kpis(merged.tree, new.model), new)
    compared = replace(kpis, kpis=tuple(_comparing(kpi, old.version) for kpi in kpis.kpis))
    before = {old.version: Baseline(old.version, old.version, None, old.evaluation)}
    workspace = merged.workspace
    results = evaluate_gates(
        workspace.store_here(merged.base), compared, new.evaluation, before, cache=workspace.measurement_cache()
    )
    recorded = recorded_gates(merged.ledger)
    gates = [recorded.get((new.model, release.version), {}) for release in (old, new)]
    return [_compared(result, *(gate.get(result.id) for gate in gates)) for result in results]


def _comparing(kpi: Kpi, baseline: str) -> Kpi:
    """The KPI with a gate that asks for the change alone, against any rows that both have."""
    own = kpi.gate.confidence if kpi.gate else None
    confidence = None if isinstance(kpi.metric, MetricFile) else own or CONFIDENCE
    gate = Gate(no_worse_than=Change(baseline, 0.0, unpaired=1.0), confidence=confidence)
    return replace(kpi, gate=gate, better=kpi.better_by_gate())  # a threshold that says which is better is gone


def _compared(result: GateResult, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> KpiComparison:
    compared = result.measurement.compared
    shown = result.id, result.metric, result.better
    if compared is not None and compared.change is not None:
        bounds = (compared.bounds.lower, compared.bounds.upper) if compared.bounds else None
        return KpiComparison(*shown, compared.baseline, compared.candidate, _how(compared), compared.n, bounds)
    if old and new and old["metric"] == new["metric"] and None not in (old["value"], new["value"]):
        return KpiComparison(*shown, old["value"], new["value"], "as recorded")
    reason = (compared.reason if compared else "") or result.candidate.reason or "not measured"
    return KpiComparison(*shown, compared.baseline if compared else None, result.candidate.value, reason)


def _how(compared: Compared) -> str:
    if compared.n is None:
        return "in metrics files"
    alone = sum(compared.unpaired or ())
    return f"on the same {compared.n:,} rows" + (f", without {alone:,} that one of them lacks" if alone else "")


def _details(merged: Merged, release: Release) -> Details:
    """The parameters and the card of a release, as they were when it was merged; only what has the pinned digest."""
    entry = merged.ledger.manifest(release.model, release.version)
    tree = merged.workspace.at(entry.commit.sha) if entry else merged.workspace.work
    return Details(_params(tree, release), _card(tree, release))


def _params(tree: Snapshot, release: Release) -> Mapping[str, Any] | None:
    lineage = release.lineage
    if lineage is None or lineage.params_sha256 is None:
        return {} if lineage else None
    stages = (
        stage for stage in Tracking(tree.tree).stages if (stage.lock, stage.name) == (lineage.lock, lineage.stage)
    )
    params = next((stage.params for stage in stages), {})
    return params if digest(params) == f"sha256:{lineage.params_sha256}" else None


def _card(tree: Snapshot, release: Release) -> Any:
    data = stored_if_possible(tree.tree, release.card.path)
    return tree.card(release.model) if data is not None and sha256(data) == release.card.sha256 else None
