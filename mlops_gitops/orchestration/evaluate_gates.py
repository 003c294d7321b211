"""From pins to gate results: bytes by digest, numbers from the engine, outcomes from the verb."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from mlops_gitops import __version__
from mlops_gitops.core import plugins
from mlops_gitops.core.canonical import digest
from mlops_gitops.core.errors import Error, Undecided
from mlops_gitops.gates.evaluate import (
    Running,
    baseline_environment,
    compare_numbers,
    judge_kpis,
    measurement_requests,
)
from mlops_gitops.gates.result import GateResult
from mlops_gitops.measurement import metrics_files
from mlops_gitops.measurement.contract import Engine, MeasurementRequest
from mlops_gitops.measurement.measure import measure
from mlops_gitops.measurement.results import Measured, Measurement
from mlops_gitops.metrics import lookup
from mlops_gitops.promotion.acceptance import accept_decision
from mlops_gitops.records.kpis import DataSet, Kpi, Kpis, MetricFile
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.release import Pin
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.ledger import Ledger
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.runtime.measurement_cache import MeasurementCache
from mlops_gitops.runtime.progress import Progress
from mlops_gitops.storage.data_store import DataStore

Pins: TypeAlias = Mapping[str, Pin | str]


def evaluate_gates(
    store: DataStore,
    kpis: Kpis,
    pins: Pins,
    running: Mapping[str, Running],
    accepted: Mapping[str, str] | None = None,
    kept: MeasurementCache | None = None,
) -> tuple[GateResult, ...]:
    """Every KPI of a model measured on its pinned files and judged. What cannot be had is not available, by name.

    With `kept`, what was measured before of the same bytes by the same definition is not measured again.
    """
    measured: dict[str, Measurement] = {}
    with tempfile.TemporaryDirectory() as folder:
        for data in kpis.data.values():
            for its, chosen in _together(data, kpis, running):
                files = _pin(pins, data.name, data.path), _before(its, data)
                measured |= _on_data(store, data, chosen, files, folder, kept)
        for kpi in kpis.kpis:
            if isinstance(kpi.metric, MetricFile):
                its, place, better = (
                    running.get(baseline_environment(kpi) or ""),
                    kpi.metric,
                    lookup.better_direction(kpi),
                )
                before = _number(store, place, better, _baseline_pin(its.pins, kpi.id, place.file)) if its else None
                now = _number(store, place, better, _pin(pins, kpi.id, place.file))
                measured[kpi.id] = compare_numbers(now, before)
    return judge_kpis(kpis, measured, running, accepted or {})


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
        return metrics_files.number_in(store.read(pin), pin.path, place, better)
    except Undecided as error:
        return Measured(None, None, error.message)


def _together(data: DataSet, kpis: Kpis, running: Mapping[str, Running]) -> Iterator[tuple[Running | None, list[Kpi]]]:
    """The KPIs of a data set by what they compare with; those that do not compare go with the first."""
    own = [kpi for kpi in kpis.kpis if kpi.data == data.name]
    known = [running.get(baseline_environment(kpi) or "") for kpi in own]
    baselines = list(dict.fromkeys(its.environment for its in known if its)) or [""]
    for place, name in enumerate(baselines):
        chosen = [
            kpi for kpi, its in zip(own, known, strict=True) if (its.environment if its else baselines[0]) == name
        ]
        its = next((its for its in known if its and its.environment == name), None)
        if chosen or not place:
            yield its, chosen


def _before(running: Running | None, data: DataSet) -> Pin | str | None:
    return _baseline_pin(running.pins, data.name, data.path) if running else None


def _on_data(
    store: DataStore, data: DataSet, kpis: list[Kpi], files: tuple[Pin | str, Pin | str | None], folder: str,
    kept: MeasurementCache | None,
) -> dict[str, Measurement]:  # fmt: skip
    """The measurements of KPIs that share a data set and a baseline, those that are kept without any data."""
    asks = measurement_requests(kpis)
    questions = {id: cache_key(data, ask, files) for id, ask in asks.items()} if kept else {}
    found = {id: its for id, asked in questions.items() if kept and asked and (its := kept.get(asked))}
    rest = {id: ask for id, ask in asks.items() if id not in found}
    fresh = _measured(store, data, rest, files, folder) if rest else {}
    for id, its in fresh.items():
        if kept and questions[id] and its.whole.value is not None and not (its.compared and its.compared.reason):
            kept.put(questions[id], its)
    return found | fresh


def cache_key(data: DataSet, ask: MeasurementRequest, files: tuple[Pin | str, Pin | str | None]) -> str:
    """The digest of what is asked: of which bytes, by which definition, with which version; empty where bytes lack."""
    read = files if ask.gate and ask.gate.change else files[:1]
    if any(isinstance(its, str) for its in read):
        return ""
    gate = ask.gate.conditions() if ask.gate else {}
    asked = {
        "files": [its.digest if isinstance(its, Pin) else None for its in read],
        "data": {name: _plain(getattr(data, name)) for name in DataSet.__match_args__ if name != "path"},
        "metric": ask.metric.id, "gate": gate, "better": ask.better, "version": __version__,
    }  # fmt: skip
    return digest(asked)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else dict(value) if isinstance(value, Mapping) else value


def _measured(
    store: DataStore,
    data: DataSet,
    asks: Mapping[str, MeasurementRequest],
    files: tuple[Pin | str, Pin | str | None],
    folder: str,
) -> dict[str, Measurement]:
    pinned = [its for its in files if isinstance(its, Pin)]
    copied = store.copies(pinned, folder, parts=(f".{data.format}",))
    candidate = _file(copied, files[0])
    baseline = None if files[1] is None else _file(copied, files[1])
    if isinstance(candidate, Measured):
        return {id: compare_numbers(candidate, baseline if isinstance(baseline, Measured) else None) for id in asks}
    engine: Engine = plugins.load("measurement.engines", "duckdb", "ENGINE")
    with Progress(f"measuring {data.name}", 1) as progress:
        (found,) = progress.each(lambda path: measure(engine, data, asks, path, baseline), [candidate])
    return found


def _file(copied: Mapping[Pin, str | Error], pin: Pin | str) -> str | Measured:
    if isinstance(pin, str):
        return Measured(None, None, pin)
    its = copied[pin]
    return Measured(None, None, its.message) if isinstance(its, Error) else its


def baselines(base: Snapshot, ledger: Ledger, kpis: Kpis, *, also: str | None = None) -> dict[str, Running]:
    """What each environment that a gate compares with runs, and `also`, by its newest record on the base."""
    found = {}
    for name in {baseline_environment(kpi) for kpi in kpis.kpis} | {also}:
        entry = ledger.current(name, kpis.model) if name else None
        if name and entry and isinstance(entry.record, Promotion):
            release = base.release(kpis.model, entry.record.release)
            pins: Pins = release.evaluation if release else {}
            found[name] = Running(name, entry.record.release, entry.digest, pins)
    return found


def accepting_decisions(context: Context, kpis: Kpis, release: str, environment: str) -> dict[str, str]:
    """The accept decision in force for each gate that has one."""
    found = {kpi.id: accept_decision(context, kpi, kpis.model, release, environment) for kpi in kpis.kpis}
    return {id: path for id, path in found.items() if path}
