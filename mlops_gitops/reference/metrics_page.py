"""docs/reference/metrics.md: the metrics as a page, byte for byte the same for the same metrics."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from mlops_gitops.core import markdown
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
class; `threshold` makes predictions of it. `scores` are such columns for each of many classes. A metric of two classes
takes `positive` as its positive class, by default 1 or true; one of classes takes as many as labels and predictions
have.

**Bounds.** The methods that decide where a gate has a `confidence`: for a value, for dependent rows, and for a change.
`mlops-gitops metrics ID` says from how many rows on each holds. Without one a metric has a value and no bounds, and a
gate on it can have no `confidence`.

**Rows.** All rows of the file count, or those that its `where` keeps:
`where: "region in ('EU', 'UK') and not age < 18"`. A comparison with an empty value is neither true nor false, and such
a row is left out, unless `or region is null` keeps it.

**Undefined.** Where a metric has no value, the gate is "not available" and nothing is promoted: it is never taken for
0, even where scikit-learn warns and does. Missing labels, predictions and scores make it not available as well, and so
do numbers that are not finite.

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
    blocks = [_INTRODUCTION, "\n".join(contents), *("\n".join(_section(its)) for its in own), _FAMILY]
    rows = [markdown.row([_linked(its), columns(its), direction(its)]) for its in library.listed_metrics()]
    return "\n".join([*blocks, *markdown.head(("metric", "columns", "better")), *rows])


def columns(its: Metric) -> str:
    """The columns it is measured on."""
    return ", ".join(sorted(its.needs))


def span(its: Metric) -> str:
    """Its range, in words where it has no end."""
    low, high = its.range
    if math.isinf(low) and math.isinf(high):
        return "as its source says"
    if math.isinf(low):
        return f"at most {high:g}"
    return f"{low:g} or more" if math.isinf(high) else f"{low:g} to {high:g}"


def direction(its: Metric) -> str:
    """Which direction is better."""
    return its.better or "as the KPI says"


def bounds(its: Metric) -> str:
    """The interval methods that decide with a confidence."""
    return ", ".join(its.form.intervals) or "none: a point only"


def _entry(its: Metric | Family) -> str:
    first = _first(its)
    return markdown.row([f"[`{first.id}`](#{its.id})", markdown.text(first.summary), direction(first)])


def _first(its: Metric | Family) -> Metric:
    return its if isinstance(its, Metric) else its.listed_metrics()[0]


def _linked(its: Metric) -> str:
    return f"[`{its.id}`]({its.source})"


def _section(whole: Metric | Family) -> Iterator[str]:
    its = _first(whole)
    yield from ("", f"## {whole.id}", "", its.summary, "")
    if isinstance(whole, Family):
        yield f"- Written `{its.id}`, or with another {whole.takes.removeprefix('a ')} after the colon"
    yield f"- Columns: {columns(its)}{', of two classes' if its.binary else ''}"
    yield f"- Range: {span(its)}"
    yield f"- Better: {direction(its)}"
    yield f"- Bounds by: {bounds(its)}"
    yield f"- Undefined, thus not available, where {its.undefined}"
    yield f"- Source: {its.source}"
    for given, value in its.examples[:1]:
        yield f"- Example: {'; '.join(f'{name} {_listed(column)}' for name, column in given.items())} gives {value:g}"


def _listed(column: Sequence[object]) -> str:
    return f"`{', '.join(map(str, column))}`"
