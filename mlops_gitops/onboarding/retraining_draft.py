"""The first text of models/<model>/retraining.yaml: comments alone, which count for nothing until a person takes over.

When a model is to be retrained, and at what cost, nothing in a repository says; the stages that do it, it does.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence

from mlops_gitops.discovery.evaluations import Evaluation
from mlops_gitops.discovery.models import Model
from mlops_gitops.documents.kind import API_VERSION
from mlops_gitops.onboarding.file_drafts import OPERATIONS, SCIENCE, comment_lines, file_text, yaml_scalar
from mlops_gitops.pipelines.declared_stages import DeclaredStage, Pipelines

LIVE = "data/live"


def draft_retraining(model: Model, evaluation: Evaluation, pipelines: Pipelines) -> str:
    """The draft for a model whose predictions are known."""
    tables = evaluation.data or {name: table for name, (table, _) in evaluation.doubted.items()}
    made = [pipelines.maker(table.path) for table in tables.values()]
    stages = dict.fromkeys(_named([*model.stages, *filter(None, made)]))
    kpis = [benchmark.id for benchmark in evaluation.benchmarks if benchmark.data in tables]
    lines = [
        *comment_lines(f"When {model.name} is retrained, by which stages, how it is judged, and who decides."),
        *comment_lines(
            "Nothing is retrained yet. It reads what monitoring.yaml watches, so fill that in first; change what does "
            "not fit, take the `# ` away from the lines below, and merge that. `mlops-gitops retrain "
            f"{model.name} --check` then says whether it would be retrained now, and why."
        ),
        "",
        *(f"# {line}" for line in _lines(model.name, kpis, [*stages], [*tables])),
    ]
    return file_text(lines)


def _named(stages: Sequence[DeclaredStage]) -> Iterator[str]:
    """The stages as DVC names them from the top of the repository; what `dvc add` tracks is none."""
    for stage in stages:
        name, folder = stage.loop or stage.name, posixpath.dirname(stage.source)
        if name:
            yield f"{folder}/dvc.yaml:{name}" if folder else name


def _lines(model: str, kpis: Sequence[str], stages: Sequence[str], data: Sequence[str]) -> Iterator[str]:
    yield f"apiVersion: {API_VERSION}"
    yield "kind: Retraining"
    yield f"model: {yaml_scalar(model)}"
    yield f"decides: {{{SCIENCE}: 1, {OPERATIONS}: 1}}  # who approves what it proposes, and changes here"
    yield "triggers:  # one that is met is enough"
    yield from (f"  - {{id: decayed, alarm: {yaml_scalar(id)}}}  # a watch of monitoring.yaml" for id in kpis[:1])
    yield "  - {id: stale, age: 180d}"
    yield f"  - {{id: by-hand}}  # mlops-gitops retrain {model} --why TEXT"
    yield "require: {new_rows: 5000}  # since the release in force was made"
    yield "cooldown: 14d"
    yield "budget: {runs: 2 per month, minutes: 60}"
    named = ", ".join(map(yaml_scalar, stages)) or "…"
    yield f'pipeline: {{stages: [{named}]}}  # each whose outputs may change; params: {{train.until: "{{window_end}}"}}'
    yield "evaluate: {windows: 4}  # judged on the newest four windows with labels, which are not trained on: a stage"
    for name in data[:1]:
        folder = f"{LIVE}/{model}"
        yield f"  # reads {folder}/rows.csv (or .parquet, as the windows are), and writes {folder}/{name}.csv"
    yield "then: pull_request  # or issue"
