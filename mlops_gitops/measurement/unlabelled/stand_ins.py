"""Rows without a label counted beside the others: by group, by stratum of the score, and by whether they have a label.

The strata are plain: the score is cut at its nine deciles over all rows of the file, with or without a label.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.measurement import data_checks, queries
from mlops_gitops.measurement.aggregate import Counted, count
from mlops_gitops.measurement.contract import MeasurementRequest, Session
from mlops_gitops.measurement.label_join import unlabelled_view
from mlops_gitops.measurement.reasons import counted
from mlops_gitops.measurement.rows import Rows
from mlops_gitops.measurement.sql import identifier, literal, number
from mlops_gitops.measurement.unlabelled.strata import MOST_STRATA, Strata, strata, total, widened
from mlops_gitops.measurement.unlabelled.worst_case import fills, worst_case
from mlops_gitops.metrics.aggregates import Cells
from mlops_gitops.records.gate import Conditions, Gate, Slices
from mlops_gitops.records.kpis import SCORES
from mlops_gitops.statistics.estimate import Estimate

LABELLED, INTERVAL = "mlops-gitops labelled", "mlops-gitops interval"

Group: TypeAlias = tuple[tuple[str, str | None], ...]  # the values that the rows of a slice share; () is all rows


@frozen
class Part:
    """The rows of one group, one interval of the score, with a label or without."""

    group: Group
    interval: int
    labelled: bool
    cells: Cells


@frozen
class StandIn:
    """What stands for a group with rows that have no label; `value` is None where the metric is not made of parts."""

    score: str
    strata: Strata
    value: float | None
    worst_case: tuple[float | None, float | None]


StandIns: TypeAlias = Mapping[Group, StandIn]


def stand_ins(session: Session, rows: Rows, request: MeasurementRequest, view: str, *, spread: bool) -> StandIns:
    """The stand-in of all rows, and of each group that has rows with and without a label.

    `rows` are those with a label, and `view` names what is counted. Raises Undecided where the others cannot be.
    """
    score, title = _score(rows)
    found = {}
    for name, fill in fills(rows, request.metric).items():
        every = _every(session, rows, request, f"{rows.view}.{view}.{name}", fill, score)
        found[name] = _parts(count(session, every, {name: _by_interval(request)}, spread=spread)[name])
    parts = next(iter(found.values()))
    groups: dict[Group, list[Part]] = defaultdict(list)
    for part in parts:
        groups[()].append(part)
        if part.group:
            groups[part.group].append(part)
    filled = {name: [part for part in parts if not part.labelled] for name, parts in found.items()}
    return {
        group: _stand_in(request, title, own, {name: _within(others, group) for name, others in filled.items()})
        for group, own in groups.items()
        if {part.labelled for part in own} == {True, False}
    }


def standing_in(estimate: Estimate, found: StandIn, span: tuple[float, float]) -> Estimate:
    """The estimate of labelled rows alone, moved to the value of all rows, its bounds wider; within `span`."""
    value = found.value or 0.0

    def bounds(alpha: float) -> tuple[float, float]:
        labelled = estimate.value, estimate.lower(alpha), estimate.upper(alpha)
        return widened(value, labelled, found.strata.sizes, span)

    return replace(estimate, value=value, lower=lambda alpha: bounds(alpha)[0], upper=lambda alpha: bounds(alpha)[1])


def _within(parts: Iterable[Part], group: Group) -> list[Part]:
    return [part for part in parts if group in ((), part.group)]


def _stand_in(
    request: MeasurementRequest, title: str, parts: Sequence[Part], others: Mapping[str, Sequence[Part]]
) -> StandIn:
    labelled = [part for part in parts if part.labelled]
    found = strata(total({part.interval: _pair(part)} for part in parts))
    weighed = [(found.weight(part.interval), part.cells) for part in labelled]
    value = request.metric.form.weighted_value(weighed)
    missing = {name: [part.cells for part in every] for name, every in others.items()}
    return StandIn(title, found, value, worst_case(request, [part.cells for part in labelled], missing))


def _pair(part: Part) -> tuple[int, int]:
    return (part.cells.n, 0) if part.labelled else (0, part.cells.n)


def _parts(found: Counted) -> list[Part]:
    if found.fault:
        raise Undecided(found.fault)
    parts = []
    for values, cells in found.slices:
        labelled, interval, *group = values.items()
        if interval[1] is None:
            raise Undecided(f"{counted(cells.n, 'row')} without a score cannot be put into a stratum")
        parts.append(Part(tuple(group), int(interval[1]), labelled[1] == "true", cells))
    return parts


def _by_interval(request: MeasurementRequest) -> MeasurementRequest:
    """The request for values alone, by what rows are put together by."""
    own = request.gate.slices.by if request.gate and request.gate.slices else ()
    return replace(request, gate=Gate(slices=Slices((LABELLED, INTERVAL, *own), 1, Conditions())))


def _score(rows: Rows) -> tuple[str, str]:
    """The SQL of what strata are made by and its name: the score, the largest score of a class, or the prediction."""
    columns = rows.declared()
    many = [columns[name] for name in columns if name.startswith(SCORES)]
    if "score" in columns:
        return columns["score"], "score"
    if many:
        return f"greatest({', '.join(many)})", "largest score"
    if "prediction" in columns:
        return columns["prediction"], "prediction"
    raise Undecided(f"{rows.title} has neither a score nor a prediction by which rows could stand for one another")


def _every(session: Session, rows: Rows, request: MeasurementRequest, view: str, fill: str, score: str) -> Rows:
    """All rows, `fill` in the place of a label that has not come. Raises Undecided where they cannot be trusted."""
    label = identifier(rows.data.label)
    joined, only = identifier(rows.view), f" WHERE {rows.only}" if rows.only else ""
    query = (
        f"SELECT *, true AS {identifier(LABELLED)} FROM {joined}{only} UNION ALL BY NAME "
        f"SELECT *, {fill} AS {label}, false AS {identifier(LABELLED)} FROM {identifier(unlabelled_view(rows))}"
    )
    (edges,) = session.rows(f"SELECT quantile_disc({score}, {_PLACES}) AS edges FROM ({query})")
    known = sorted(set(edges["edges"] or ()))
    tests = " + ".join(f"CAST({score} > {_value(edge)} AS INTEGER)" for edge in known) or "CAST(NULL AS INTEGER)"
    session.keep(view, f"SELECT *, {tests} AS {identifier(INTERVAL)} FROM ({query})")
    types = {**rows.types, LABELLED: "BOOLEAN", INTERVAL: "INTEGER"}
    every = replace(rows, view=view, types=types, only="")
    (counts,) = session.rows(queries.soundness(every, [request.metric]))
    counts["key.distinct"] = counts["rows"]  # both files were held to that
    if fault := data_checks.shared_fault(every, counts) or data_checks.metric_fault(every, request.metric, counts):
        raise Undecided(f"rows without a label cannot be estimated from labelled ones: {fault}")
    return every


_PLACES = f"[{', '.join(str(place / MOST_STRATA) for place in range(1, MOST_STRATA))}]"


def _value(edge: float | str) -> str:
    return literal(edge) if isinstance(edge, str) else number(edge)
