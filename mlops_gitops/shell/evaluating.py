"""From pins to gate results: bytes by digest, numbers from the engine, outcomes from the verb."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from typing import TypeAlias

from mlops_gitops import gate, measures, numbers, registry
from mlops_gitops.contracts import Context, Engine
from mlops_gitops.edges.data import DataStore
from mlops_gitops.errors import Undecided
from mlops_gitops.gate import Pair, Running
from mlops_gitops.ledger import Ledger
from mlops_gitops.records.kpis import DataSet, Kpi, Kpis, MetricFile
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.release import Pin
from mlops_gitops.results import GateResult, Measured
from mlops_gitops.rules.promotion_gates import acceptance
from mlops_gitops.shell.measuring import measure
from mlops_gitops.snapshot import Snapshot

Pins: TypeAlias = Mapping[str, Pin | str]


def evaluate(
    store: DataStore,
    kpis: Kpis,
    pins: Pins,
    running: Mapping[str, Running],
    accepted: Mapping[str, str] | None = None,
) -> tuple[GateResult, ...]:
    """Every KPI of a model measured on its pinned files and judged. What cannot be had is not available, by name."""
    engine: Engine = registry.load("engines", "duckdb", "ENGINE")
    measured: dict[str, Pair] = {}
    with tempfile.TemporaryDirectory() as folder:
        for data in kpis.data.values():
            for baseline in dict.fromkeys(gate.compared_with(k) for k in kpis.kpis if k.data == data.name):
                its = running.get(baseline or "")
                chosen = [k for k in kpis.kpis if k.data == data.name and gate.compared_with(k) == baseline]
                measured |= _on_data(store, engine, data, chosen, pins, its, folder)
        for kpi in kpis.kpis:
            if isinstance(kpi.metric, MetricFile):
                its, place, better = running.get(gate.compared_with(kpi) or ""), kpi.metric, measures.better_of(kpi)
                before = _number(store, place, better, _baseline_pin(its.pins, kpi.id, place.file)) if its else None
                measured[kpi.id] = Pair(_number(store, place, better, _pin(pins, kpi.id, place.file)), before)
    return gate.results(kpis, measured, running, accepted or {})


def _pin(pins: Pins, name: str, path: str | None = None) -> Pin | str:
    """The pin of an evaluation file; a candidate's must be of the very file the KPIs read."""
    pin = pins.get(name, f"the release pins no evaluation file for {name!r}")
    if isinstance(pin, Pin) and path is not None and pin.path != path:
        return f"the release pins {pin.path} for {name!r}, and the KPIs read {path}"
    return pin


def _baseline_pin(pins: Pins, name: str, path: str) -> Pin | str:
    """The baseline's pin, under the name its KPIs had then for the same file."""
    renamed = (its for its in pins.values() if isinstance(its, Pin) and its.path == path)
    lost = f"the baseline's release pins neither {name!r} nor {path}; until one does, leave out no_worse_than"
    return pins.get(name) or next(renamed, lost)


def _number(store: DataStore, place: MetricFile, better: str | None, pin: Pin | str) -> Measured:
    if isinstance(pin, str):
        return Measured(None, None, pin)
    try:
        return numbers.number_in(store.read(pin), pin.path, place, better)
    except Undecided as error:
        return Measured(None, None, error.message)


def _on_data(
    store: DataStore, engine: Engine, data: DataSet, kpis: list[Kpi], pins: Pins,
    running: Running | None, folder: str,
) -> dict[str, Pair]:  # fmt: skip
    candidate = _file(store, _pin(pins, data.name, data.path), folder)
    baseline = _file(store, _baseline_pin(running.pins, data.name, data.path), folder) if running else None
    if isinstance(candidate, Measured):
        return {kpi.id: Pair(candidate, baseline if isinstance(baseline, Measured) else None) for kpi in kpis}
    chosen = gate.metrics_of(kpis)
    lost = baseline if isinstance(baseline, Measured) else None
    found = measure(engine, data, chosen, candidate, None if isinstance(baseline, Measured) else baseline)
    return {id: Pair(value, lost or before) for id, (value, before) in found.items()}


def _file(store: DataStore, pin: Pin | str, folder: str) -> str | Measured:
    if isinstance(pin, str):
        return Measured(None, None, pin)
    try:
        return store.copy(pin, folder)
    except Undecided as error:
        return Measured(None, None, error.message)


def running(base: Snapshot, ledger: Ledger, kpis: Kpis, *, also: str | None = None) -> dict[str, Running]:
    """What each environment that a gate compares with runs, and `also`, by its newest record on the base."""
    found = {}
    for name in {gate.compared_with(kpi) for kpi in kpis.kpis} | {also}:
        entry = ledger.current(name, kpis.model) if name else None
        if name and entry and isinstance(entry.record, Promotion):
            release = base.release(kpis.model, entry.record.release)
            pins: Pins = release.evaluation if release else {}
            found[name] = Running(name, entry.record.release, entry.digest, pins)
    return found


def accepted(context: Context, kpis: Kpis, release: str, environment: str) -> dict[str, str]:
    """The accept decision in force for each gate that has one."""
    found = {kpi.id: acceptance(context, kpi, kpis.model, release, environment) for kpi in kpis.kpis}
    return {id: path for id, path in found.items() if path}
