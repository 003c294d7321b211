"""What dvc.lock says of each stage's last run is what the tree holds: sources, data, parameters and commands.

A stage whose source, parameters or input changed after it ran has made a model that nobody can make again from this
commit. Mostly `dvc repro` was forgotten, or dvc.lock was not committed with the change.

Run `dvc repro`, then commit dvc.lock. Files are hashed as DVC hashes them, without DVC; what DVC tracks is compared by
digest, so no data need be here. A folder of sources may differ because of files that Git ignores: it is only said to be
perhaps stale. What cannot be compared is noted, and a stage that predicts live rows, which only a retraining lays out,
need not have run.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic, Severity
from mlops_gitops.pipelines.declared_stages import read_pipelines
from mlops_gitops.pipelines.staleness import Staleness
from mlops_gitops.policy.examples import PARAMETER, retrained
from mlops_gitops.policy.rule import Edit, Rule
from mlops_gitops.records import retraining
from mlops_gitops.records.retraining import Retraining
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.retraining.live_files import laid_out_rows

_PREDICTS = "{cmd: predict, deps: [data/live/churn/rows.parquet], outs: [data/live/churn/holdout.parquet]}"


def check(context: Context) -> Iterator[Diagnostic]:
    """One warning a stage and cause, and a note for what could not be compared."""
    waiting = set(_waiting(context.head))
    for cause in Staleness(context.head.tree).all():
        if cause.stage in waiting:
            continue
        severity = Severity.WARNING if cause.compared else Severity.NOTE
        yield Diagnostic(RULE.id, severity, cause.message, cause.span, cause.help, cause.related)


def _waiting(head: Snapshot) -> Iterator[str]:
    """The stages whose live rows no retraining has laid out yet."""
    policies = [policy for policy in head.records(retraining.KIND, Retraining) if policy.evaluate]
    stages = read_pipelines(head.tree).stages if policies else []
    for policy in policies:
        plan = head.monitoring(policy.model)
        rows = laid_out_rows(policy, plan) if plan else ""
        if rows and head.tracking.output(rows) is None:
            yield from (stage.name for stage in stages if rows in stage.deps)


RULE = Rule(
    "stale-lock",
    __doc__,
    check,
    unplaced=True,
    ok=(
        (PARAMETER, Edit("params.yaml", None, "train: {rows: 100}\n")),
        (*retrained(), Edit("dvc.yaml", "stages:\n", f"stages:\n  predict: {_PREDICTS}\n")),
    ),
    bad=(
        (PARAMETER, Edit("params.yaml", None, "train: {rows: 12}\n")),
        (Edit("data/train.csv", None, "x\n1\n"),),
        (Edit("dvc.yaml", "stages:\n", f"stages:\n  predict: {_PREDICTS}\n"),),
        (Edit("dvc.yaml", "cmd: evaluate,", "cmd: evaluate --fast,"),),
        (Edit("dvc.yaml", "stages:\n", "stages:\n  report: {cmd: report, outs: [report.html]}\n"),),
        (
            Edit("dvc.yaml", "outs: [data/holdout.csv]", "outs: [data/holdout.csv: {cache: false}]"),
            Edit("data/holdout.csv", None, "customer_id\n"),
        ),
    ),
    about="file",
    severities=(Severity.WARNING, Severity.NOTE),
)
