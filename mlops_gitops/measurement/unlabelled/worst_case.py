"""What labels that have not come could change at most: the metric if all are against the model, and if all are for it.

A label is for the model where it is what the model predicts, or gave the higher score, and else against it. In a
ranking, labels above some score are of one class and those below it of the other: the score that does most is taken.
Of many classes a label against the model is the rarest or the most frequent other one, whichever does more. Of a
quantity a row has no loss, or the declared `loss_bound`; without that nothing says how bad a label may be.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import replace
from mlops_gitops.measurement.contract import MeasurementRequest
from mlops_gitops.measurement.rows import Rows
from mlops_gitops.measurement.sql import identifier
from mlops_gitops.metrics.aggregates import Cells
from mlops_gitops.metrics.forms.means import Means
from mlops_gitops.metrics.metric import Metric
from mlops_gitops.records.kpis import SCORES

if TYPE_CHECKING:
    from mlops_gitops.metrics.aggregates import Array

AGAINST, FOR = "against", "for"
MOST_CUTS = 100  # scores of rows without a label at which their classes may part
_CLASSES, _RANKS = ("label", "prediction"), ("score",)

Ends = tuple[float | None, float | None]


def fills(rows: Rows, metric: Metric) -> dict[str, str]:
    """The SQL of labels that rows without one are counted with, by a name.

    Two where the label changes what is summed of a row; else any will do, and it is replaced where cells are counted.
    """
    if metric.form.group_by in (_CLASSES, _RANKS) or not metric.probabilistic:
        return {"any label": _label(rows, "")}
    columns = rows.declared()
    many = [name for name in columns if name.startswith(SCORES)]
    if many:
        every = [columns[name] for name in many]
        labels = [_label(rows, rows.class_test(name.removeprefix(SCORES))) for name in many]
        return {end: _class_of(every, labels, f"{pick}({', '.join(every)})") for end, pick in _PICKS.items()}
    positive = rows.positive_test("label")
    labels = [_label(rows, positive), _label(rows, f"NOT ({positive})")]
    likely = f"{columns['score']} >= 0.5"
    return {AGAINST: f"CASE WHEN {likely} THEN {labels[1]} ELSE {labels[0]} END",
            FOR: f"CASE WHEN {likely} THEN {labels[0]} ELSE {labels[1]} END"}  # fmt: skip


_PICKS = {AGAINST: "least", FOR: "greatest"}


def _class_of(scores: Sequence[str], labels: Sequence[str], chosen: str) -> str:
    cases = " ".join(f"WHEN {score} = {chosen} THEN {label}" for score, label in zip(scores, labels, strict=True))
    return f"CASE {cases} END"


def _label(rows: Rows, test: str | None) -> str:
    """A label that some row has, as its file writes it; the first label of all where no row passes the test."""
    label, chosen = identifier(rows.data.label), f"min({identifier(rows.data.label)})"
    passing = f"{chosen} FILTER (WHERE {test})" if test else chosen
    return f"(SELECT coalesce({passing}, min({label})) FROM {identifier(rows.view)})"


def worst_case(request: MeasurementRequest, labelled: Sequence[Cells], missing: Mapping[str, Sequence[Cells]]) -> Ends:
    """The values if all missing labels are against the model, and if all are for it; None where nothing says how far.

    `labelled` are the cells of rows with a label, `missing` those of the others by the labels they are counted with.
    """
    form, better = request.metric.form, request.better
    if better is None:
        return None, None
    own = [(1.0, cells) for cells in labelled]
    others = {name: list(cells) for name, cells in missing.items()}

    def value(cells: Sequence[Cells]) -> float | None:
        try:
            return form.weighted_value([*own, *((1.0, each) for each in cells)])
        except Undecided:
            return None

    if form.group_by == _CLASSES:
        found = _by_class(value, labelled, *others.values())
    elif form.group_by == _RANKS:
        found = _by_rank(value, *others.values())
    elif set(others) == {AGAINST, FOR}:
        found = {end: [value(cells)] for end, cells in others.items()}
    elif isinstance(form, Means) and form.loss and len(form.terms) == 1:
        rows = sum(cells.n for every in others.values() for cells in every)
        largest = form.loss.largest_term
        found = {
            AGAINST: [value([_of_loss(rows, largest)])] if math.isfinite(largest) else [],
            FOR: [value([_of_loss(rows, 0.0)])],
        }
    else:
        return None, None
    worse, best = (min, max) if better == "higher" else (max, min)
    return _end(worse, found[AGAINST]), _end(best, found[FOR])


def _of_loss(rows: int, loss: float) -> Cells:
    """Rows that all have this loss, in the unit of the first term."""
    import numpy as np

    return Cells(np.array([rows]), {"0": np.zeros(1)}, None, {"0": loss})


def _end(pick: Callable[[list[float]], float], values: Iterable[float | None]) -> float | None:
    finite = [value for value in values if value is not None and math.isfinite(value)]
    return pick(finite) if finite else None


def _by_class(
    value: Callable[[Sequence[Cells]], float | None], labelled: Sequence[Cells], missing: Sequence[Cells]
) -> dict[str, list[float | None]]:
    import numpy as np

    binary = any("positive" in cells.columns for cells in missing)
    labels, rows = (np.concatenate([part[name] if name else part.rows for part in labelled]) for name in ("label", ""))
    codes, place = np.unique(labels, return_inverse=True)
    often = np.bincount(place, weights=rows)
    wrong = [0] if binary else [int(codes[often.argmin()]), int(codes[often.argmax()])]
    against = [value([_labelled(cells, _another(cells["prediction"], code, codes, binary=binary)) for cells in missing])
               for code in wrong]  # fmt: skip
    return {AGAINST: against, FOR: [value([_labelled(cells, cells["prediction"]) for cells in missing])]}


def _another(prediction: Array, code: int, codes: Array, *, binary: bool) -> Array:
    """Labels that no prediction is right about: this class, or another where it is what was predicted."""
    import numpy as np

    if binary:
        return np.asarray(1 - prediction)
    other = next((int(each) for each in codes if each != code), code)
    return np.where(prediction == code, other, code)


def _labelled(cells: Cells, label: Array) -> Cells:
    columns = {**cells.columns, "label": label} | ({"positive": label} if "positive" in cells.columns else {})
    return replace(cells, columns=columns)


def _by_rank(
    value: Callable[[Sequence[Cells]], float | None], missing: Sequence[Cells]
) -> dict[str, list[float | None]]:
    import numpy as np

    scores = np.unique(np.concatenate([cells["score"] for cells in missing]))
    cuts = [-math.inf, *np.unique(np.quantile(scores, np.linspace(0, 1, MOST_CUTS), method="lower")), 0.5]
    against = [value([_positive(cells, cells["score"] <= cut) for cells in missing]) for cut in cuts]
    return {
        AGAINST: against,
        FOR: [value([_positive(cells, cells["score"] > cut) for cells in missing]) for cut in cuts],
    }


def _positive(cells: Cells, which: Array) -> Cells:
    return replace(cells, columns={**cells.columns, "positives": cells.rows * which})
