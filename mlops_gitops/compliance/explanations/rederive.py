"""The numbers of a permutation derived again: the baseline, the importances, and which of them is above 0."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from mlops_gitops.compliance.explanations import additivity, answers
from mlops_gitops.compliance.explanations.answers import Sources, answer_column
from mlops_gitops.compliance.explanations.explanation import Explanation, Permutation
from mlops_gitops.compliance.explanations.level import Derived, FeatureImportance, NotReached
from mlops_gitops.core.errors import Error
from mlops_gitops.core.frozen import replace
from mlops_gitops.measurement.contract import Engine, MeasurementRequest, Session
from mlops_gitops.measurement.measure import measure
from mlops_gitops.measurement.results import Bounds, Slice
from mlops_gitops.measurement.sql import literal
from mlops_gitops.metrics import lookup
from mlops_gitops.metrics.aggregates import Array
from mlops_gitops.records.gate import Change, Conditions, Gate, Slices
from mlops_gitops.records.kpis import DataSet
from mlops_gitops.statistics.multiple_testing import holm

CONFIDENCE = 0.95  # where the gate has none
_PAIRED = Conditions(no_worse_than=Change("released", 0.0))
_SAME = 1e-9  # of two numbers derived from the same rows
_SAME_ORDER = 1e-3  # of two correlations of ranks, in which a tie may be broken by the last digit of a sum


def rederive(engine: Engine, permutation: Permutation, sources: Sources, folder: str) -> Derived:
    """What follows from the files of a permutation. `folder` is for tables that are made on the way.

    Raises NotReached where the explanation says something else, Undecided where a file cannot be read.
    """
    request = _request(permutation)
    with engine.connect(sources.files("inputs", "answers", "labels", "whatif", "shap"), into=folder) as session:
        tolerance = answers.load(session, permutation)
        answers.require_permutations(session, permutation.explanation, tolerance)
        additive = additivity.require_additive(session, permutation, tolerance) if permutation.shap_rows else None
        sides = _write_sides(session, permutation.explanation, folder, sources.formats["answers"])
    baseline = _require_baseline(engine, permutation, sources, request)
    each, together = _measured(engine, permutation.data, sources.formats["answers"], request, sides)
    sign = -1.0 if request.better == "lower" else 1.0
    features = _features(permutation.explanation, request, each, together, sign)
    stability = _require_stability(permutation.explanation, _by_feature(each, sign))
    stated = permutation.explanation.data
    confidence = request.gate.confidence if request.gate else None
    return Derived(
        request.metric.id, stated["sample"], stated["repeats"], baseline, confidence or CONFIDENCE, features, stability,
        additive,
    )  # fmt: skip


def _request(permutation: Permutation) -> MeasurementRequest:
    kpi, data = permutation.kpi, permutation.data
    answer_column(data)
    try:
        metric, better = lookup.kpi_metric(kpi), lookup.better_direction(kpi)
    except Error as error:
        raise NotReached(error.message, error.help) from error
    if metric is None or better is None:
        raise NotReached(f"nothing says whether more of {kpi.id} is better", "write `better:` in kpis.yaml")
    has = {"label", "score" if data.score else "prediction", *(["prediction"] if data.threshold is not None else [])}
    if not metric.needs <= has:
        reason = f"{metric.id} needs {', '.join(sorted(metric.needs - has))} of a permuted row, and there is its score"
        raise NotReached(reason, f"explain a KPI on scores, or declare the threshold of {data.name}")
    confidence = (kpi.gate.confidence if kpi.gate else None) or CONFIDENCE
    return MeasurementRequest(metric, Gate(confidence=confidence), better)


def _require_baseline(engine: Engine, permutation: Permutation, sources: Sources, request: MeasurementRequest) -> float:
    """The gate's value on the released answers. Raises NotReached where the explanation has another."""
    labels = {"candidate": sources.paths["labels"]} if "labels" in sources.paths else {}
    asked = {"baseline": replace(request, gate=None)}
    measured = measure(engine, permutation.data, asked, sources.paths["answers"], labels=labels)["baseline"].whole
    if measured.value is None:
        raise NotReached(measured.reason, f"mlops-gitops gate {permutation.explanation.data['model']}")
    stated = permutation.explanation.data["baseline"]
    if not _agree(stated, measured.value):
        reason = f"its baseline is {stated:.12g}, and {request.metric.id} of what is released is {measured.value:.12g}"
        raise NotReached(reason, "make it again", is_refuted=True)
    return measured.value


def _agree(stated: float, derived: float) -> bool:
    return abs(stated - derived) <= _SAME * max(1.0, abs(derived))


# ── the paired gate on (released, permuted) rows ──


def _write_sides(session: Session, explanation: Explanation, folder: str, file_format: str) -> tuple[str, str]:
    """The permuted rows and beside them the released ones, as two prediction files with a key."""
    numbers = ", ".join(f"({literal(name)}, {n:d})" for n, name in enumerate(explanation.features))
    source = f"drawn d JOIN sample s ON s.id = d.id JOIN (VALUES {numbers}) f(name, n) ON f.name = d.feature"
    key = "f.n || '|' || d.repeat || '|' || d.id AS key, 'f' || f.n AS feature, 'r' || d.repeat AS repeat"
    paths = []
    for name, answer in (("permuted", "d.p"), ("released", "s.p")):
        path = os.path.join(folder, f"{name}.{file_format}")
        query = f"SELECT {key}, s.label AS label, {answer} AS answer, s.cluster AS cluster FROM {source}"  # noqa: S608 (quoted)
        session.write(query, path, file_format)
        paths.append(path)
    return paths[0], paths[1]


def _measured(
    engine: Engine, data: DataSet, file_format: str, request: MeasurementRequest, sides: tuple[str, str]
) -> tuple[Sequence[Slice], Sequence[Slice]]:
    """The change of the metric in each repeat of each feature, and of all repeats of a feature with its bounds."""
    score, prediction = ("answer", None) if data.score else (None, "answer")
    both = replace(
        data, path="", format=file_format, key="key", label="label", labels=None, cluster="cluster",
        score=score, prediction=prediction, column_types={},
    )  # fmt: skip
    confidence = request.gate.confidence if request.gate else None
    requests = {
        "each": replace(request, gate=_gate(("feature", "repeat"), None)),
        "together": replace(request, gate=_gate(("feature",), confidence)),
    }
    found = measure(engine, both, requests, *sides)
    for name, measurement in found.items():
        reasons = [measurement.whole.reason, *(part.compared.reason for part in measurement.slices if part.compared)]
        if reason := next(filter(None, reasons), ""):
            raise NotReached(
                f"the metric of permuted rows cannot be compared ({name}): {reason}", "explain another KPI"
            )
    return found["each"].slices, found["together"].slices


def _gate(by: tuple[str, ...], confidence: float | None) -> Gate:
    slices = Slices(by, 1, _PAIRED)
    return Gate(no_worse_than=_PAIRED.no_worse_than, confidence=confidence, slices=slices)


def _by_feature(each: Sequence[Slice], sign: float) -> dict[str, list[float]]:
    """The importance in each repeat, by the number of the feature, in the order of repeats."""
    found: dict[str, dict[int, float]] = {}
    for part in each:
        change = part.compared.change if part.compared else None
        repeat = int(str(part.values["repeat"]).removeprefix("r"))
        found.setdefault(str(part.values["feature"]), {})[repeat] = -sign * (change or 0.0)
    return {feature: [repeats[n] for n in sorted(repeats)] for feature, repeats in found.items()}


def _features(
    explanation: Explanation, request: MeasurementRequest, each: Sequence[Slice], together: Sequence[Slice], sign: float
) -> tuple[FeatureImportance, ...]:
    """Every feature with its importance and bounds. Raises NotReached where the explanation says another number."""
    repeats, bounds = _by_feature(each, sign), _bounds(request, together)
    p_values = {
        (n, name): bounds[f"f{n}"].refutes["no_worse_than"]
        for n, name in enumerate(explanation.features)
        if not bounds[f"f{n}"].few
    }
    important = holm(p_values, request.gate.alpha or 0.0) if request.gate else frozenset()
    found = []
    for n, stated in enumerate(explanation.data["features"]):
        each_repeat, bound = repeats[f"f{n}"], bounds[f"f{n}"]
        value = sum(each_repeat) / len(each_repeat)
        _require_same(stated, value, each_repeat)
        lower, upper = (-bound.upper, -bound.lower) if sign > 0 else (bound.lower, bound.upper)
        is_important = (n, stated["name"]) in important
        found.append(FeatureImportance(stated["name"], value, lower, upper, is_important, bound.few))
    return tuple(found)


def _bounds(request: MeasurementRequest, together: Sequence[Slice]) -> dict[str, Bounds]:
    """The bounds of the change, permuted less released, by the number of the feature."""
    found = {str(part.values["feature"]): part.compared.bounds for part in together if part.compared}
    bounds = {name: each for name, each in found.items() if each}
    if len(bounds) < len(found):
        reason = f"{request.metric.id} has no bounds of a difference"
        raise NotReached(reason, "explain a KPI on a metric with bounds")
    return bounds


def _require_same(stated: Mapping[str, Any], value: float, repeats: Sequence[float]) -> None:
    name = stated["name"]
    if not _agree(stated["importance"], value):
        said = f"the importance of {name} is {stated['importance']:.6g}"
        raise NotReached(f"{said}, and by the permuted rows it is {value:.6g}", "make it again", is_refuted=True)
    ends = (min(repeats), max(repeats))
    if "interval" in stated and not all(map(_agree, stated["interval"], ends)):
        said = f"the interval of {name} is {stated['interval'][0]:.6g} to {stated['interval'][1]:.6g}"
        reason = f"{said}, and by the repeats it is {ends[0]:.6g} to {ends[1]:.6g}"
        raise NotReached(reason, "make it again", is_refuted=True)


def _require_stability(explanation: Explanation, repeats: Mapping[str, Sequence[float]]) -> float | None:
    """How far the repeats agree. Raises NotReached where the explanation says otherwise."""
    stability = _stability([repeats[f"f{n}"] for n in range(len(explanation.features))])
    stated = explanation.data["stability"]
    if (stability is None) != (stated is None) or (stability is not None and abs(stability - stated) > _SAME_ORDER):
        derived = "not defined" if stability is None else f"{stability:.6g}"
        reason = f"its stability is {stated}, and by the repeats it is {derived}"
        raise NotReached(reason, "make it again", is_refuted=True)
    return stability


def _stability(importances: Sequence[Sequence[float]]) -> float | None:
    """The mean of Spearman's correlation over all pairs of repeats; `importances` are (features, repeats)."""
    import numpy as np

    columns = np.array(importances).T
    columns = np.round(columns / (np.abs(columns).max() or 1.0), 9)  # what sums differ in by chance is no order
    if len(columns) < 2 or any(len(set(column)) < 2 for column in columns.tolist()):
        return None
    ranks = [_mean_ranks(column) for column in columns]
    return float(np.mean([np.corrcoef(*pair)[0, 1] for pair in combinations(ranks, 2)]))


def _mean_ranks(values: Array) -> Array:
    import numpy as np

    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[places]
