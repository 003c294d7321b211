"""The first text of models/<model>/monitoring.yaml: comments alone, which count for nothing until a person takes over.

Nothing in a repository says where the rows of a live window will lie, nor when its labels arrive. A guessed path would
be valid, and each window then missed: a monitor that alarms from its first day about a place that nobody writes to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from mlops_gitops.core.table import Columns
from mlops_gitops.discovery.evaluations import Evaluation
from mlops_gitops.discovery.prediction_tables import Predictions
from mlops_gitops.documents.kind import API_VERSION
from mlops_gitops.onboarding.file_drafts import OPERATIONS, comment_lines, file_text, yaml_scalar

TO_FILL = "…"
_PATH = '"{…}"'  # no path may hold it, so that validate names one that was forgotten
MOST_COLUMNS = 12  # more than people look at; the profile names the others
_KPIS = 2


def draft_monitoring(model: str, evaluation: Evaluation, samples: Mapping[str, Columns]) -> str | None:
    """The draft for a model whose predictions are known; None without them, since nothing would be filled in."""
    doubted = {name: table for name, (table, _) in evaluation.doubted.items()}
    name, table = next(iter((evaluation.data or doubted).items()), ("", None))
    if table is None:
        return None
    kpis = [benchmark.id for benchmark in evaluation.benchmarks if benchmark.data == name]
    lines = [
        *comment_lines(f"What is watched of {model} once it runs, how often, and which role is responsible."),
        *comment_lines(
            f"Nothing is watched yet. Fill in each {TO_FILL}, change what does not fit, take the `# ` away from the "
            f"lines below, and merge that. `mlops-gitops monitor {model} --backtest` shows first which windows of the "
            "past would have alarmed; `mlops-gitops init` then writes the workflow that runs it."
        ),
        "",
        *(f"# {line}" for line in _lines(model, table, kpis, samples.get(table.path, {}))),
    ]
    return file_text(lines)


def _lines(model: str, table: Predictions, kpis: Iterable[str], columns: Columns) -> Iterator[str]:
    yield f"apiVersion: {API_VERSION}"
    yield "kind: Monitoring"
    yield f"model: {yaml_scalar(model)}"
    yield f"owner: {OPERATIONS}  # the role whose people get the issues"
    yield f"start: {TO_FILL}  # the first day of the first window, in UTC, such as a Monday: 2026-01-05"
    yield "every: 7d"
    yield "grace: 2d  # how long after its end a window may be judged; silence for longer is an alarm itself"
    yield "environments: [production]"
    yield f"reference: release  # the profile that the release pins: mlops-gitops profile {model}"
    yield from _windows(table)
    yield from _watches(table, kpis, columns)
    yield "budget: {false_alarms: 0.1}  # a year, over all watches but quality"


def _windows(table: Predictions) -> Iterator[str]:
    yield "windows:"
    yield "  scored:  # what the model predicted: a file for each window, or with a last / a folder of parts"
    yield f"    path: {_PATH}  # such as remote://live/scored/{{environment}}/{{date}}/, live being a DVC remote"
    for meaning in ("key", "prediction", "score"):
        if meaning in table.columns:
            yield f"    {meaning}: {yaml_scalar(table.columns[meaning])}"
    yield "    # release: the column with the release that made the prediction; without it a rollout is not judged"
    if "key" in table.columns:
        yield "  labels:  # the true values; leave this and each kpi out where they are never known"
        yield f"    path: {_PATH}  # such as remote://live/labels/{{date}}.csv"
        yield f"    key: {yaml_scalar(table.columns['key'])}"
        yield f"    label: {yaml_scalar(table.columns['label'])}"
        yield f"    delay: {TO_FILL}  # how long after the end of a window its labels are complete, such as 30d"
        yield "    missing: 10 %"


def _watches(table: Predictions, kpis: Iterable[str], columns: Columns) -> Iterator[str]:
    yield "watch:"
    yield f"  - {{id: rows, quality: {{rows: {{at_least: {TO_FILL}}}, fresh: 2d}}}}"
    if "key" in table.columns:
        yield f"  - {{id: keys, quality: {{columns: {{{yaml_scalar(table.columns['key'])}: {{unique: true}}}}}}}}"
    if inputs := _inputs(table, columns):
        named = ", ".join(map(yaml_scalar, inputs))
        yield f"  - {{id: inputs, data_drift: {{columns: [{named}], effect: {{psi: 0.1}}}}}}"
    yield "  - {id: predictions, prediction_drift: {effect: {psi: 0.1}}}"
    if "key" in table.columns:
        taken = {"rows", "keys", "inputs", "predictions"}
        for id in [id for id in kpis if id not in taken][:_KPIS]:
            yield f"  - {{id: {yaml_scalar(id)}, kpi: {{id: {yaml_scalar(id)}}}}}  # at the value of its gate"


def _inputs(table: Predictions, columns: Columns) -> list[str]:
    """The columns that are not the model's answer, nor a name or a text that no two rows share."""
    others = [name for name in columns if name not in table.columns.values()]
    shared = [name for name in others if _is_profiled(columns[name])]
    return shared[:MOST_COLUMNS]


def _is_profiled(values: Iterable[str]) -> bool:
    """Whether a profile would have the column: its values are numbers, or texts that come again."""
    filled = [value for value in values if value]
    return bool(filled) and (len({*filled}) < len(filled) or all(map(_is_number, filled)))


def _is_number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True
