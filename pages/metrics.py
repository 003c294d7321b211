"""docs/reference/metrics.md: the metrics as a page, byte for byte the same for the same metrics."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mlops_gitops.core import markdown
from mlops_gitops.metrics.labels import columns_label, direction_label, intervals_label, limits_label, range_label
from mlops_gitops.metrics.metric import Family, Metric

_INTRODUCTION = """\
# Metrics

`make docs` writes this page from the metrics themselves, and `mlops-gitops metrics` lists them.

A KPI names one of them as its `metric`, and in `data` the file whose columns it is measured on
([files](files.md#kpis)). Instead of one of these, `metric: {file: metrics.json, key: p95_ms}` reads a number that a DVC
stage measured; `better` then says which direction is better, where the gate does not. Of a series, such as a plots file
of DVC or of DVCLive, `point: last` takes the last row and `point: best` the best one:
`metric: {file: dvclive/plots/metrics/val_loss.tsv, key: val_loss, point: best}`. A point that is no finite number makes
the best one not available.

**Columns.** `label` is the true value and `prediction` the predicted one. `score` is a probability of the positive
class; `threshold` makes predictions of it. `scores` are such columns for each of many classes; in each row they sum to
1, as far as rounding to 3 or more decimals lets them, and they are taken as they are, as scikit-learn does. A metric of
two classes takes `positive` as its positive class, by default 1 or true; one of classes takes as many as labels and
predictions have. `label: {path, key, column}` is a column of another file, joined to the predictions by key.

**Bounds.** The methods that decide where a gate has a `confidence`: for a value, for dependent rows, and for a change.
`mlops-gitops metrics ID` says from how many rows on each holds. Without one a metric has a value and no bounds, and a
gate on it can have no `confidence`.

**Losses.** A mean of losses says nothing of what a row that was not drawn may lose. `loss_bound: 50` beside `metric:`
declares that no row loses more: bounds then hold, and a row beyond it makes the KPI not available. With `cap: 50` a
larger loss counts as 50, and the metric is called "capped at 50" wherever it is shown, recorded or compared. A row's
loss is the metric of that row alone (of r2, the distance of prediction and label). The scores of a log loss and of a
Brier score bound it by themselves.

**Rows.** All rows of the file count, or those that its `where` keeps:
`where: "region in ('EU', 'UK') and not age < 18"`. A comparison with an empty value is neither true nor false, and such
a row is left out, unless `or region is null` keeps it.

**Types.** A column of a CSV file is a number where all its values in the whole file are, else a boolean (true and
false, t and f, yes and no) where all are, else text. A label and a prediction of which only one is text compare as they
are written, and so does a column that `where` compares with a text. What may be one class or two, such as 1.1 and 1.10,
is an error, until `columns: {label: text}` in the data set says what is meant. A number in kpis.yaml is rounded to the
type of a floating-point column before they compare; integers and decimals compare exactly, and two floating-point
columns in the narrower type. A key is never compared as a floating-point number. A column of dates or timestamps
compares with a text such as 2026-01-31 or 2026-01-31T12:00:00Z; one without a zone is in UTC. The log loss clips a
score at the machine epsilon of its type, as scikit-learn does: 2.2e-16 in double precision, 1.2e-7 in single (`columns:
{score: float32}`), 9.8e-4 in half.

**Undefined.** Where a metric has no value, the gate is "not available" and nothing is promoted: it is never taken for
0, even where scikit-learn warns and does. Missing labels, predictions and scores make it not available as well, and so
do numbers that are not finite. Labels and predictions that are quantities must lie within 1e30, and the largest not
within 1e-30: the powers of other quantities do not fit in double precision.

Those with a section below are counts and sums in SQL, and a test holds them to scikit-learn within `1e-9`.
"""
_FAMILY = """
## From scikit-learn

`sklearn:` and the name of a function of `sklearn.metrics` that takes labels and one column of predictions or scores. A
score is better when higher; an error, a loss or a deviance when lower. The installed scikit-learn computes it, from
columns in memory; there are no bounds. A scorer `neg_…` is minus a loss: what is measured and judged is the loss, and
the tables say "sign turned".
"""


def page(own: Sequence[Metric | Family], library: Family) -> str:
    """The page, without a last newline."""
    contents = [*markdown.head(("metric", "measures", "better")), *map(_entry, own)]
    blocks = [_INTRODUCTION, "\n".join(contents), *("\n".join(_section(entry)) for entry in own), _FAMILY]
    rows = [
        markdown.row([_link(metric), columns_label(metric), direction_label(metric)])
        for metric in library.listed_metrics()
    ]
    return "\n".join([*blocks, *markdown.head(("metric", "columns", "better")), *rows])


def _entry(entry: Metric | Family) -> str:
    metric = _first_metric(entry)
    return markdown.row([f"[`{metric.id}`](#{entry.id})", markdown.text(metric.summary), direction_label(metric)])


def _first_metric(entry: Metric | Family) -> Metric:
    return entry if isinstance(entry, Metric) else entry.listed_metrics()[0]


def _link(metric: Metric) -> str:
    return f"[`{metric.id}`]({metric.source})"


def _section(entry: Metric | Family) -> Iterator[str]:
    metric = _first_metric(entry)
    yield from ("", f"## {entry.id}", "", metric.summary, "")
    if isinstance(entry, Family):
        yield f"- Written `{metric.id}`, or with another {entry.takes.removeprefix('a ')} after the colon"
    yield f"- Columns: {columns_label(metric)}{', of two classes' if metric.binary else ''}"
    yield f"- Range: {range_label(metric)}"
    yield f"- Better: {direction_label(metric)}"
    yield f"- Bounds by: {intervals_label(metric)}"
    yield from (f"- Losses: {limits}" for limits in [limits_label(metric)] if limits)
    yield f"- Undefined, thus not available, where {metric.undefined}"
    yield f"- Source: {metric.source}"
    for columns, value in metric.examples[:1]:
        yield f"- Example: {'; '.join(f'{name} {_values(column)}' for name, column in columns.items())} gives {value:g}"


def _values(column: Sequence[object]) -> str:
    return f"`{', '.join(map(str, column))}`"
