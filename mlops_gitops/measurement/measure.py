"""Measures prediction files: every metric has a value, or one sentence that says why it has none."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.measurement import data_checks, estimates, label_join, pairing_checks, queries, row_filter_sql
from mlops_gitops.measurement.aggregate import Counted, count, count_pairs
from mlops_gitops.measurement.columns import readings
from mlops_gitops.measurement.columns.csv_values import class_conflicts, merged_values
from mlops_gitops.measurement.contract import Engine, MeasurementRequest, Requests, Session
from mlops_gitops.measurement.results import Compared, Measured, Measurement
from mlops_gitops.measurement.row_filter import columns, parse
from mlops_gitops.measurement.rows import Rows
from mlops_gitops.metrics.metric import Metric
from mlops_gitops.records.kpis import DataSet

if TYPE_CHECKING:
    from mlops_gitops.measurement.unlabelled.stand_ins import StandIns

SPREAD = 8  # rows a distinct score has on average, from which on to group them takes less than to sort them

FEW_ROWS = 50  # up to which label and prediction may well be equal in all of them


@frozen
class _File:
    """A prediction file as far as it can be trusted; `fault` makes all of it unavailable, `faults` one metric each."""

    rows: Rows
    n: int | None = None
    fault: str = ""
    faults: Mapping[str, str] = {}
    spread: bool = False  # nearly every row has a score of its own
    counts: Mapping[str, Any] = {}
    sides: label_join.Sides | None = None  # of a data set whose labels another file holds
    missing: tuple[int, int] | None = None  # rows that have no label, and labels that have no row

    @property
    def is_identical(self) -> bool:
        """Whether the label equals the prediction in every row, and there are too many rows for that to be chance."""
        return self.counts.get("differing") == 0 and (self.n or 0) > FEW_ROWS

    def fault_of(self, metric: Metric) -> str:
        return self.fault or self.faults.get(metric.id, "")

    def fault_for(self, request: MeasurementRequest) -> str:
        """Of the candidate's file, which alone is sliced and clustered."""
        return self.fault_of(request.metric) or data_checks.gate_fault(self.rows, request.gate, self.counts)


@frozen
class _Pairs:
    """The rows two files share, counted for each request that compares; or the reason why there are none."""

    fault: str = ""
    counted: Mapping[str, Counted] = {}
    unpaired: tuple[int, int] | None = None


def measure(
    engine: Engine,
    data: DataSet,
    requests: Requests,
    candidate: str,
    baseline: str | Measured | None = None,
    labels: Mapping[str, str] = {},
) -> dict[str, Measurement]:
    """Each metric of a data set on the candidate's file and, paired by key, beside the baseline's.

    The result has the names of `requests`; `candidate` and `baseline` are paths of local files whose digests are
    verified, or for the baseline why there is none. `labels` are the paths of the files of labels, by `candidate` and
    `baseline`, where other files than the predictions hold them. Fails closed: what cannot be trusted has no value but
    a reason.
    Values are float64 in the metric's unit, rounded to 12 significant digits. Raises nothing for a bad file.
    """
    paths = {"candidate": candidate} | ({"baseline": baseline} if isinstance(baseline, str) else {})
    titles = {view: Rows(data, {}, view).title for view in paths}
    sources = [label_join.sources(data, view, path, labels.get(view)) for view, path in paths.items()]
    try:
        with engine.connect({view: file for source in sources for view, file in source.items()}) as session:
            files = {view: _read(session, Rows(data, {}, view)) for view in paths}
            if fault := files["candidate"].fault:
                return {name: _unavailable(fault, None, baseline) for name in requests}
            for view, file in files.items():
                if not file.fault:
                    files[view] = _loaded(session, file, requests.values())
            return _measured(session, requests, files["candidate"], files.get("baseline"), baseline)
    except Undecided as error:
        reason = f"{titles['candidate']} cannot be measured: {_reason(error)}"
        return {name: _unavailable(reason, None, baseline) for name in requests}


def _read(session: Session, rows: Rows) -> _File:
    if rows.data.labels:
        try:
            sides = label_join.read(session, rows.data, rows.view)
        except Undecided as error:
            return _File(rows, fault=_reason(error))
        return _File(sides.joined, sides=sides)
    try:
        types = session.columns(rows.view)
    except Undecided as error:
        return _File(rows, fault=f"{rows.title} cannot be read: {_reason(error)}")
    return _File(replace(rows, types=types, written=label_join.texts(types, rows.data.format)))


def _loaded(session: Session, file: _File, requests: Collection[MeasurementRequest]) -> _File:
    """The file with its columns typed and its rows checked."""
    rows, missing, needed = file.rows, None, _needed(file.rows, requests)
    chosen = _chosen_by(rows, requests)
    try:
        if file.sides:
            rows, missing = label_join.load(session, file.sides, needed, chosen)
        else:
            session.load(rows.view, rows.types, needed)
            if fault := data_checks.schema_fault(rows, *(["key"] if rows.data.key else []), "label"):
                return _File(rows, fault=fault)
            rows = readings.typed(session, rows, needed, chosen)
    except Undecided as error:
        return _File(rows, fault=_reason(error))
    return replace(_checked(session, rows, requests), missing=missing)


def _needed(rows: Rows, requests: Iterable[MeasurementRequest]) -> set[str]:
    """The columns that some request reads; where there are none, the first, since rows must be counted."""
    named = {*rows.data.columns().values(), *_chosen_by(rows, requests)}
    return (named & set(rows.types)) or set(list(rows.types)[:1])


def _chosen_by(rows: Rows, requests: Iterable[MeasurementRequest]) -> list[str]:
    """The columns that say which rows count, in which slice and in which cluster."""
    data = rows.data
    by = [column for request in requests if request.gate and request.gate.slices for column in request.gate.slices.by]
    chosen = columns(parse(data.where)) if data.where is not None else ()
    return list(dict.fromkeys([*by, *chosen, *([data.cluster] if data.cluster else [])]))


def _checked(session: Session, rows: Rows, requests: Iterable[MeasurementRequest]) -> _File:
    if fault := data_checks.nested_fault(rows):
        return _File(rows, fault=fault)
    if rows.data.where is not None and rows.view == "candidate":
        written = [name for name in rows.written if name not in rows.data.column_types]
        rows = replace(rows, only=row_filter_sql.sql(rows.data.where, rows.types, rows.expressions, written))
    chosen = {request.metric.id: request.metric for request in requests}
    (counts,) = session.rows(queries.soundness(rows, chosen.values()))
    if rows.data.key:
        counts["key.distinct"] = counts["rows"] if counts["key.nulls"] else label_join.distinct_keys(session, rows)
    if rows.written:
        counts |= _conflicts(session, rows, requests)
    if fault := data_checks.shared_fault(rows, counts):
        return _File(rows, counts["rows"], fault)
    faults = {name: data_checks.metric_fault(rows, metric, counts) for name, metric in chosen.items()}
    spread = SPREAD * counts.get("score.distinct", 0) > counts["rows"]
    found = {name: fault for name, fault in faults.items() if fault}
    return _File(rows, counts["rows"], "", found, spread, counts)


def _conflicts(session: Session, rows: Rows, requests: Iterable[MeasurementRequest]) -> dict[str, Any]:
    """Texts that are one value: of labels and predictions that compare as classes, and of slices and clusters."""
    gates = [request.gate for request in requests if request.gate]
    named = [column for gate in gates if gate.slices for column in gate.slices.by]
    named += [rows.data.cluster] if rows.data.cluster and any(gate.confidence for gate in gates) else []
    columns = [column for column in dict.fromkeys(named) if column in rows.types]
    (merged,) = session.rows(merged_values(rows, columns))
    found = {f"merged.{column}": texts for column, texts in merged.items()}
    if any(data_checks.compares_classes(rows, request.metric) for request in requests):
        (conflicts,) = session.rows(class_conflicts(rows))
        found |= conflicts
    return found


def _measured(
    session: Session,
    requests: Requests,
    ours: _File,
    theirs: _File | None,
    baseline: str | Measured | None,
) -> dict[str, Measurement]:
    faults = {name: ours.fault_for(request) for name, request in requests.items()}
    able = {name: request for name, request in requests.items() if not faults[name]}
    counted = count(session, ours.rows, able, spread=ours.spread) if able else {}
    pairs = _paired(session, able, ours, theirs)
    found = {}
    for name, request in requests.items():
        if name not in able:
            found[name] = _unavailable(faults[name], ours.n, baseline)
            continue
        try:
            if fault := counted[name].fault:
                raise Undecided(fault)
            against = (
                None if baseline is None or not _compares(request) else _against(request, baseline, theirs, pairs, name)
            )
            both = pairs.counted[name].slices if against and not against.reason else ()
            others = _stand_ins(session, ours, request, name)
            whole = estimates.whole(request, counted[name].cells, ours.rows.title, others.get(()))
            groups = estimates.measure_slices(request, counted[name].slices, both, ours.rows.title, others)
            found[name] = Measurement(whole, against, *groups, ours.is_identical, ours.missing)
        except Undecided as error:
            found[name] = _unavailable(f"{request.metric.id} of {ours.rows.title}: {_reason(error)}", ours.n, baseline)
    return found


def _stand_ins(session: Session, ours: _File, request: MeasurementRequest, name: str) -> StandIns:
    """What stands for the rows without a label, where the request wants that and there are some."""
    if not request.stand_ins or not ours.missing or not ours.missing[0]:
        return {}
    from mlops_gitops.measurement.unlabelled.stand_ins import stand_ins

    return stand_ins(session, ours.rows, request, name, spread=ours.spread)


def _paired(session: Session, requests: Requests, ours: _File, theirs: _File | None) -> _Pairs:
    if theirs is None:
        return _Pairs()
    data = ours.rows.data
    if data.key is None:
        return _Pairs(f"{data.name} declares no key column to pair its rows with the baseline's")
    if ours.fault or theirs.fault:
        return _Pairs(theirs.fault or f"{data.name} cannot be paired with the baseline's: {ours.fault}")
    if fault := pairing_checks.keys_fault(ours.rows, theirs.rows) or pairing_checks.kinds_fault(ours.rows, theirs.rows):
        return _Pairs(fault)
    named = _chosen_by(ours.rows, requests.values())
    alike = [name for name in named if name in ours.rows.types and name in theirs.rows.types]
    (counts,) = session.rows(queries.pairing(ours.rows, theirs.rows, alike))
    if fault := pairing_checks.pairing_fault(ours.rows, theirs.rows, counts, alike):
        return _Pairs(fault)
    unpaired = (counts["candidate"], counts["baseline"])
    if counts["candidate"] == ours.n:
        (first,) = session.rows(queries.first_keys(ours.rows, theirs.rows))
        title = f"{data.name} beside the baseline's"
        return _Pairs(pairing_checks.unshared_fault(ours.rows, theirs.rows, first, title), {}, unpaired)
    able = {name: request for name, request in requests.items() if not theirs.fault_of(request.metric)}
    counted = count_pairs(session, ours.rows, theirs.rows, able, spread=ours.spread or theirs.spread)
    return _Pairs("", counted, unpaired)


def _against(
    request: MeasurementRequest, baseline: str | Measured, theirs: _File | None, pairs: _Pairs, name: str
) -> Compared:
    why = baseline.reason if isinstance(baseline, Measured) else theirs.fault_of(request.metric) if theirs else ""
    if pairs.unpaired and pairs.fault and not why:  # no row has a partner
        return Compared(None, None, 0, pairs.fault, pairs.unpaired)
    if (fault := why or pairs.fault) or name not in pairs.counted:
        return Compared(None, None, None, fault or "the gate does not compare")
    title = f"{theirs.rows.data.name} beside the baseline's" if theirs else ""
    return estimates.compared(request, pairs.counted[name].cells, title, pairs.unpaired)


def _compares(request: MeasurementRequest) -> bool:
    return request.gate is None or request.gate.change is not None


def _unavailable(reason: str, n: int | None, baseline: str | Measured | None) -> Measurement:
    why = baseline.reason if isinstance(baseline, Measured) else reason
    return Measurement(Measured(None, n, reason), None if baseline is None else Compared(None, None, None, why))


def _reason(error: Undecided) -> str:
    return f"{error.message} ({error.help})" if error.help else error.message
