"""The pipeline of retraining.yaml can be run: its stages and its params are in the files of DVC.

A retraining is decided by a schedule, and fails at night where a stage was renamed. It checks that each stage is one of
its dvc.yaml; that each param is in its file, as one value that can be written; and that a value holds no other
placeholder than `{window_end}`, which needs a monitoring.yaml that says when windows end.

Correct the name (the nearest one is offered), or write the param into its file with the value that it has by default.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.core.errors import Error
from mlops_gitops.core.names import did_you_mean
from mlops_gitops.documents.document import Route
from mlops_gitops.policy.examples import retrained
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.records import monitoring, retraining
from mlops_gitops.records.retraining import PLACEHOLDERS, Retraining
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.retraining.set_params import with_params

_PLACEHOLDER = re.compile(r"\{([a-z_]{1,40})\}")


def check(context: Context) -> Iterator[Diagnostic]:
    """One error a fault, at the stage or the param that is wrong."""
    for policy in context.head.records(retraining.KIND, Retraining):
        document = context.head.document(policy.path)
        for route, message, help in (*_stages(context.head, policy), *_params(context.head, policy)):
            yield document.problem(RULE.id, message, ("pipeline", *route), help=help)


def _stages(head: Snapshot, policy: Retraining) -> Iterator[tuple[Route, str, str]]:
    for n, written in enumerate(policy.pipeline.stages):
        file, _, stage = written.rpartition(":")
        path, route = file or "dvc.yaml", ("stages", n)
        document = head.tracking.document(path)
        if document is None or document.problems:
            fault = f"there is no {path}" if document is None else f"{path}: {document.problems[0].message}"
            yield route, f"the stage {written} is not known: {fault}", "name a dvc.yaml: models/churn/dvc.yaml:train"
        elif not head.tracking.declarations(path).makes(stage):
            known = list(head.tracking.declarations(path).stages)
            help = did_you_mean(stage, known, f"it has {', '.join(known)}")
            yield route, f"there is no stage {stage!r} in {path}", help


def _params(head: Snapshot, policy: Retraining) -> Iterator[tuple[Route, str, str]]:
    for name, value in policy.pipeline.params.items():
        route = ("params", name)
        for placeholder in _PLACEHOLDER.findall(value) if isinstance(value, str) else ():
            if placeholder not in PLACEHOLDERS:
                known = ", ".join(f"{{{each}}}" for each in PLACEHOLDERS)
                yield route, f"nothing fills in {{{placeholder}}} of the param {name}", f"known: {known}"
            elif head.monitoring(policy.model) is None:
                path = head.path_of(monitoring.KIND, model=policy.model)
                message = f"the param {name} needs {{{placeholder}}}, and there is no valid {path}"
                yield route, message, "mlops-gitops init drafts one"
        try:
            with_params(head.tree, {name: value})
        except Error as error:
            yield route, error.message, error.help


_PARAMS = ("stages: [train, evaluate]", 'stages: [train, evaluate], params: {train.until: "{window_end}"}')
_FILE = Edit("params.yaml", None, "train:\n  until: 2026-01-01\n")
RULE = Rule(
    "retraining-pipeline",
    __doc__,
    check,
    Scope.FILE,
    about="Retraining",
    kinds=("Retraining",),
    ok=(retrained(), (*retrained(*_PARAMS), _FILE)),
    bad=(
        retrained("stages: [train, evaluate]", "stages: [tarin]"),
        retrained("stages: [train, evaluate]", "stages: [models/churn/dvc.yaml:train]"),
        retrained(*_PARAMS),
        (*retrained(*_PARAMS, "train.until:", "config.toml:until:"), Edit("config.toml", None, 'until = "2026"\n')),
        (*retrained(*_PARAMS, "train.until:", "train.untill:"), _FILE),
        (*retrained(*_PARAMS, "{window_end}", "{window_start}"), _FILE),
        (*retrained(*_PARAMS, "evaluate: {windows: 4}", "evaluate: holdout", watching=()), _FILE),
    ),
)
