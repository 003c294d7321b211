"""From pins to gate results: bytes by digest, numbers from the engine, outcomes from the gates."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from mlops_gitops import __version__
from mlops_gitops.core.canonical import digest
from mlops_gitops.core.errors import Error, Undecided
from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.gates.evaluate import (
    baseline_environment,
    compare_numbers,
    judge_kpis,
    measurement_requests,
)
from mlops_gitops.gates.result import Baseline, GateResult
from mlops_gitops.measurement import metrics_files
from mlops_gitops.measurement.contract import MeasurementRequest
from mlops_gitops.measurement.measure import measure
from mlops_gitops.measurement.results import Measured, Measurement
from mlops_gitops.metrics import lookup
from mlops_gitops.promotion.decisions import accept_decision
from mlops_gitops.records.kpis import LABELS, LIVE, DataSet, Kpi, Kpis, LabelFile, LiveAnswers, MetricFile
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.release import Pin, Release
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.ledger import Ledger
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.runtime.measurement_cache import MeasurementCache
from mlops_gitops.runtime.progress import Progress
from mlops_gitops.storage.data_store import DataStore

SOFTWARE = ("duckdb", "numpy", "scikit-learn", "scipy")  # that decides what a fresh measurement is

Pins: TypeAlias = Mapping[str, Pin | str]


@frozen
class EvaluationFiles:
    """A data set with the pins of its files: the candidate's, and the baseline's, None where nothing is compared.

    The pins are in the order of `DataSet.candidate_files`. Where a file has no pin, a sentence in place of all says
    why.
    """

    data: DataSet
    candidate: tuple[Pin, ...] | str
    baseline: tuple[Pin, ...] | str | None

    def pins(self) -> list[Pin]:
        """Every pin that is there."""
        return [pin for side in (self.candidate, self.baseline) if isinstance(side, tuple) for pin in side]


def evaluate_gates(
    store: DataStore,
    kpis: Kpis,
    pins: Pins,
    running: Mapping[str, Baseline],
    accepted: Mapping[str, str] | None = None,
    cache: MeasurementCache | None = None,
) -> tuple[GateResult, ...]:
    """The results of a model's KPIs, measured on its pinned files. A file that cannot be had is not available, by name.

    With `cache`, what was measured before on the same bytes by the same definition is not measured again, as long as
    the bytes are still there.
    """
    measured: dict[str, Measurement] = {}
    with tempfile.TemporaryDirectory() as folder:
        measurer = _Measurer(store, folder, cache)
        for data in kpis.data.values():
            for baseline, chosen in _by_baseline(data, kpis, running):
                candidate = _all(_candidate_pin(pins, *file) for file in data.candidate_files().items())
                before = _baseline_pins(data, pins, baseline) if baseline else None
                measured |= measurer.measurements(EvaluationFiles(data, candidate, before), chosen)
    for kpi in kpis.kpis:
        if isinstance(kpi.metric, MetricFile):
            measured[kpi.id] = _file_measurement(store, kpi, kpi.metric, pins, running)
    return judge_kpis(kpis, measured, running, accepted or {})


def _all(pins: Iterable[Pin | str]) -> tuple[Pin, ...] | str:
    """The pins, or the first sentence in place of one."""
    found = tuple(pins)
    return next((pin for pin in found if isinstance(pin, str)), tuple(pin for pin in found if isinstance(pin, Pin)))


def _candidate_pin(pins: Pins, name: str, path: str) -> Pin | str:
    """The pin of a candidate's evaluation file, which must be the very file that the KPIs read."""
    pin = pins.get(name, f"the release pins no evaluation file for {name!r}")
    if isinstance(pin, Pin) and pin.path != path:
        return f"the release pins {pin.path} for {name!r}, and the KPIs read {path}"
    return pin


def _baseline_pins(data: DataSet, pins: Pins, baseline: Baseline) -> tuple[Pin, ...] | str:
    """The pins of the baseline: its own release's or, on live windows, of what it answered there by the candidate's."""
    live = data.live
    if live is None:
        return _all(_baseline_pin(baseline.pins, *file) for file in data.candidate_files().items())
    if baseline.release != live.release:
        runs = f"and {baseline.environment} runs {baseline.release}: retrain again"
        return f"the live windows are those that {live.release} answered in {live.environment}, {runs}"
    files = {f"{data.name}{LIVE}": live.path} | {f"{data.name}{LABELS}": data.labels.path if data.labels else ""}
    return _all(_candidate_pin(pins, *file) for file in files.items())


def _baseline_pin(pins: Pins, name: str, path: str) -> Pin | str:
    """The baseline's pin, or the one that its KPIs had under another name for the same file."""
    renamed = (pin for pin in pins.values() if isinstance(pin, Pin) and pin.path == path)
    missing = f"the baseline's release pins neither {name!r} nor {path}; until one does, leave out no_worse_than"
    return pins.get(name) or next(renamed, missing)


def _file_measurement(
    store: DataStore, kpi: Kpi, place: MetricFile, pins: Pins, running: Mapping[str, Baseline]
) -> Measurement:
    """The measurement of a number in a metrics file, beside the baseline's."""
    baseline, better = running.get(baseline_environment(kpi) or ""), lookup.better_direction(kpi)
    before = _number(store, place, better, _baseline_pin(baseline.pins, kpi.id, place.file)) if baseline else None
    return compare_numbers(_number(store, place, better, _candidate_pin(pins, kpi.id, place.file)), before)


def _number(store: DataStore, place: MetricFile, better: str | None, pin: Pin | str) -> Measured:
    if isinstance(pin, str):
        return Measured(None, None, pin)
    try:
        return metrics_files.number_in(store.read(pin), pin.path, place, better)
    except Undecided as error:
        return Measured(None, None, error.message)


def _by_baseline(
    data: DataSet, kpis: Kpis, running: Mapping[str, Baseline]
) -> Iterator[tuple[Baseline | None, list[Kpi]]]:
    """The KPIs of a data set by their baseline; those that compare with nothing go with the first."""
    own = [(kpi, running.get(baseline_environment(kpi) or "")) for kpi in kpis.kpis if kpi.data == data.name]
    environments = dict.fromkeys(baseline.environment for _, baseline in own if baseline)
    first = next(iter(environments), "")
    for environment in environments or [first]:
        chosen = [pair for pair in own if (pair[1].environment if pair[1] else first) == environment]
        yield next((baseline for _, baseline in chosen if baseline), None), [kpi for kpi, _ in chosen]


@frozen
class _Measurer:
    """Measures data sets: where the bytes come from, the folder for their copies, and the measurements kept before."""

    store: DataStore
    folder: str
    cache: MeasurementCache | None

    def measurements(self, files: EvaluationFiles, kpis: list[Kpi]) -> dict[str, Measurement]:
        """The measurements of KPIs that share a data set and a baseline; the cache has verified bytes only."""
        requests = measurement_requests(kpis)
        formats = (files.data.format, *([files.data.labels.format] if files.data.labels else []))
        endings = tuple(f".{ending}" for ending in dict.fromkeys(formats))
        copies = self.store.copies(files.pins(), self.folder, parts=endings)
        candidate = _copied(copies, files.candidate)
        baseline = None if files.baseline is None else _copied(copies, files.baseline)
        missing = baseline if isinstance(baseline, Measured) else None
        if isinstance(candidate, Measured):
            return {id: compare_numbers(candidate, missing) for id in requests}
        present = replace(files, baseline=missing.reason) if missing else files
        keys = {id: cache_key(present, request) for id, request in requests.items()} if self.cache else {}
        known = {id: kept for id, key in keys.items() if self.cache and key and (kept := self.cache.get(key))}
        rest = {id: request for id, request in requests.items() if id not in known}
        fresh = _measure(files.data, rest, candidate, baseline) if rest else {}
        for id, measurement in fresh.items():
            if self.cache and keys[id] and _is_complete(measurement):
                self.cache.put(keys[id], measurement)
        return known | fresh


def _measure(
    data: DataSet,
    requests: Mapping[str, MeasurementRequest],
    candidate: Sequence[str],
    baseline: Sequence[str] | Measured | None,
) -> dict[str, Measurement]:
    from mlops_gitops.measurement.engines.duckdb import ENGINE

    sides = {"candidate": candidate} | (
        {} if baseline is None or isinstance(baseline, Measured) else {"baseline": baseline}
    )
    labels = {side: paths[1] for side, paths in sides.items() if len(paths) > 1}
    before = baseline if baseline is None or isinstance(baseline, Measured) else baseline[0]
    with Progress(f"measuring {data.name}", 1) as progress:
        (found,) = progress.each(lambda path: measure(ENGINE, data, requests, path, before, labels), [candidate[0]])
    return found


def _is_complete(measurement: Measurement) -> bool:
    lacks_baseline = measurement.compared is not None and bool(measurement.compared.reason)
    return measurement.whole.value is not None and not lacks_baseline


def _copied(copies: Mapping[Pin, str | Error], pins: tuple[Pin, ...] | str) -> tuple[str, ...] | Measured:
    """The paths of the copies of files, or why one of them has none."""
    if isinstance(pins, str):
        return Measured(None, None, pins)
    found = [copies[pin] for pin in pins]
    if lost := next((copy for copy in found if isinstance(copy, Error)), None):
        return Measured(None, None, lost.message)
    return tuple(copy for copy in found if isinstance(copy, str))


def cache_key(files: EvaluationFiles, request: MeasurementRequest) -> str:
    """The digest of a measurement's bytes, definition and software; empty where bytes or the engine are missing."""
    compares = request.gate is not None and request.gate.change is not None
    sides = (files.candidate, files.baseline) if compares else (files.candidate,)
    software = {name: _version(name) for name in SOFTWARE}
    if any(isinstance(side, str) for side in sides) or software["duckdb"] is None:
        return ""
    data = {name: _plain(getattr(files.data, name)) for name in DataSet.__match_args__ if name != "path"}
    gate = request.gate.conditions() if request.gate else {}
    digests = [[pin.digest for pin in side] if isinstance(side, tuple) else None for side in sides]
    key = {"files": digests, "data": data, "metric": request.metric.id, "gate": gate, "better": request.better}
    return digest(key | {"version": __version__, "software": software})


def _version(name: str) -> str | None:
    from importlib import metadata

    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _plain(value: Any) -> Any:
    if isinstance(value, LabelFile | LiveAnswers):
        return {name: getattr(value, name) for name in type(value).__match_args__}
    return list(value) if isinstance(value, tuple) else dict(value) if isinstance(value, Mapping) else value


def baselines(
    base: Snapshot, ledger: Ledger, kpis: Kpis, candidate: Release | None = None, *, also: str | None = None
) -> dict[str, Baseline]:
    """What each environment that a gate compares with runs, and `also`, by its newest record on the base.

    A baseline that has the very artifacts of the release `candidate` says so.
    """
    found = {}
    for name in {baseline_environment(kpi) for kpi in kpis.kpis} | {also}:
        entry = ledger.current(name, kpis.model) if name else None
        if name and entry and isinstance(entry.record, Promotion):
            release = base.release(kpis.model, entry.record.release)
            pins: Pins = release.evaluation if release else {}
            same = candidate is not None and release is not None and candidate.has_artifacts_of(release)
            found[name] = Baseline(name, entry.record.release, entry.digest, pins, same)
    return found


def accepting_decisions(context: Context, kpis: Kpis, release: str, environment: str) -> dict[str, str]:
    """The path of the accept decision in force for each gate that has one."""
    found = {kpi.id: accept_decision(context, kpi, kpis.model, release, environment) for kpi in kpis.kpis}
    return {id: path for id, path in found.items() if path}
