"""The predictions of a new release come from its artifact: the stage that made them read exactly those bytes.

Good figures say nothing when another model made the predictions: after a retraining without `dvc repro`, the old
results would carry the new artifact through its gate. For each manifest the change adds or promotes, it reads
dvc.lock in the tree that introduced the manifest, and asks whether the stage that made each evaluation file depends,
directly or through other stages, on exactly the pinned bytes; so does one that depends on a folder whose digest shows
that they were in it. A file of labels, which no model makes, need not, and neither need the baseline's answers in live
windows.

Put the artifact among the deps of that stage, run `dvc repro`, and release again. Where an evaluation file truly
comes from elsewhere, `unlinked_evaluation: allow` under `policies:` of mlops.yaml makes a file that no stage made a
warning.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from mlops_gitops.core.diagnostics import Diagnostic, Severity
from mlops_gitops.pipelines import dvc_commands
from mlops_gitops.pipelines.tracked_outputs import Tracking
from mlops_gitops.policy.examples import new_release
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.records.kpis import LABELS, LIVE
from mlops_gitops.records.release import Pin, Release
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.snapshot import Snapshot


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each evaluation file that was made from other bytes, or by no stage at all."""
    allowed = context.policy.project is not None and context.policy.project.unlinked_evaluation == "allow"
    own = context.policy.project_path
    for manifest, tree in context.manifests():
        find = partial(_findings, context.head, manifest, tree, own, Severity.WARNING if allowed else Severity.ERROR)
        yield from context.manifest_findings(RULE.id, manifest, tree, (own, allowed), find)


def _findings(head: Snapshot, manifest: Release, tree: Snapshot, own: str, severity: Severity) -> Iterator[Diagnostic]:
    tracking = tree.tracking
    for name, pin in manifest.evaluation.items():
        if name.endswith((LABELS, LIVE)):
            continue
        route = ("evaluation", name)
        output = tracking.output(pin.path)
        if output is None or output.pin.stage is None:
            message = f"no DVC stage made {pin.path}, so nothing ties it to this artifact"
            help = dvc_commands.linking(tree.tree, pin.path, manifest.artifacts[0].path, own)
            yield Diagnostic(RULE.id, severity, message, head.document(manifest.path).span(route), help)
            continue
        for artifact in manifest.artifacts:
            if not tracking.linked(output.pin, artifact):
                message = f"stage {output.pin.stage} did not make {pin.path} from this {artifact.path}"
                help = _help(tracking, output.pin, artifact, own)
                yield head.document(manifest.path).problem(RULE.id, message, route, help=help)


def _help(tracking: Tracking, output: Pin, artifact: Pin, project_path: str) -> str:
    stage = tracking.maker(output)
    read = stage.deps.get(artifact.path) if stage else None
    seen = f"it read {read}; the release pins {artifact.md5}: " if read else ""
    return f"{seen}{dvc_commands.linking(tracking.tree, output.path, artifact.path, project_path)}, and release again"


RULE = Rule(
    "evaluation-linked",
    __doc__,
    check,
    Scope.BASE,
    severities=(Severity.ERROR, Severity.WARNING),
    ok=((new_release("1.2.0"),),),
    bad=(
        (
            Edit(
                "dvc.lock",
                "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb1 # read by evaluate",
                "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb0 # read by evaluate",
            ),
            new_release("1.2.0"),
        ),
    ),
)
