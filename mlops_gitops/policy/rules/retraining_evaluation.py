"""Live windows can judge a retrained candidate: they have labels and keys, and a stage predicts their rows.

With `evaluate: {windows: 4}` of retraining.yaml, a run lays out the rows of the newest windows with labels. Without a
stage that reads them and writes predictions, there is nothing to judge, and a run would end in an issue at night. It
looks for the labels in monitoring.yaml, for the keys in kpis.yaml, and in dvc.yaml for a stage of `pipeline.stages`
that reads the rows and writes the file, for each data set that a KPI reads.

Add the stage: docs/how-to/retrain.md shows one. Or let the pipeline's own holdout judge: `evaluate: holdout`.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops import GUIDES
from mlops_gitops.core.diagnostics import Diagnostic, Severity
from mlops_gitops.core.errors import Error
from mlops_gitops.pipelines.declared_stages import DeclaredStage, contains, read_pipelines
from mlops_gitops.policy.examples import RETRAINING, retrained
from mlops_gitops.policy.rule import Edit, Rule
from mlops_gitops.records import retraining
from mlops_gitops.records.retraining import Retraining
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.retraining.live_files import LiveFiles, judged_data, live_files

_HELP = f"{GUIDES}/how-to/retrain.md shows such a stage"


def check(context: Context) -> Iterator[Diagnostic]:
    """One warning for each thing without which live windows cannot judge."""
    for policy in context.head.records(retraining.KIND, Retraining):
        document = context.head.document(policy.path)
        for message, help in _faults(context.head, policy) if policy.evaluate else ():
            yield Diagnostic(RULE.id, Severity.WARNING, message, document.span(("evaluate",)), help)


def _faults(head: Snapshot, policy: Retraining) -> Iterator[tuple[str, str]]:
    plan, kpis = head.monitoring(policy.model), head.kpis(policy.model)
    if plan is None or kpis is None:
        lost = "monitoring.yaml" if plan is None else "kpis.yaml"
        yield f"live windows are to judge, and {policy.model} has no valid {lost}", f"mlops-gitops validate {lost}"
        return
    if plan.windows.labels is None:
        yield f"live windows are to judge, and {plan.path} names no labels", "add `labels:` under `windows:`"
    for data in judged_data(kpis):
        if data.key is None:
            yield (
                f"live windows are to judge, and {data.name} of {kpis.path} names no key",
                f"add `key:` to {data.name}",
            )
    try:
        files = live_files(policy, plan, kpis)
    except Error as error:
        yield error.message, error.help
        return
    yield from _stages(head, policy, files)


def _stages(head: Snapshot, policy: Retraining, files: LiveFiles) -> Iterator[tuple[str, str]]:
    pipelines = read_pipelines(head.tree)
    named = {name.rpartition(":")[2].partition("@")[0] for name in policy.pipeline.stages}
    for name, path in files.predictions.items():
        stage = pipelines.maker(path)
        if stage is None or not stage.name:
            yield f"no stage writes {path}, what a candidate predicts for the live rows of {name}", _HELP
        elif (stage.loop or stage.name) not in named:
            yield f"stage {stage.name} writes {path}, and `pipeline.stages` does not name it", "name it there"
        elif not _reads(stage, files.rows):
            yield f"stage {stage.name} writes {path}, and does not read {files.rows}", "name that among its deps"


def _reads(stage: DeclaredStage, path: str) -> bool:
    return any(contains(dep, path) for dep in stage.deps)


_PREDICTS = "deps: [models/churn/model.skops], outs: [data/holdout.csv]"
_OUTS = "outs: [data/holdout.csv, data/live/churn/holdout.parquet]"
_DEPS = "deps: [models/churn/model.skops, data/live/churn/rows.parquet]"

RULE = Rule(
    "retraining-evaluation",
    __doc__,
    check,
    about="Retraining",
    severities=(Severity.WARNING,),
    ok=(
        retrained("evaluate: {windows: 4}", "evaluate: holdout"),
        (*retrained(), Edit("dvc.yaml", _PREDICTS, f"{_DEPS}, {_OUTS}")),
    ),
    bad=(
        retrained(),
        (*retrained(), Edit("dvc.yaml", _PREDICTS, _PREDICTS.replace("outs: [data/holdout.csv]", _OUTS))),
        (*retrained("[train, evaluate]", "[train]"), Edit("dvc.yaml", _PREDICTS, f"{_DEPS}, {_OUTS}")),
        (*retrained(), Edit("models/churn/kpis.yaml", "    key: customer_id\n", "")),
        (*retrained("windows: 4", "windows: 4, predictions: {test: x.csv}"),),
        (Edit(RETRAINING, None, retrained(watching=())[-1].new),),
    ),
)
