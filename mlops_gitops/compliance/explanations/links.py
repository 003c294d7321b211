"""Whether the stage that made an explanation read the released artifact and data, by dvc.lock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mlops_gitops.compliance.explanations.explanation import Explanation, File, Permutation
from mlops_gitops.compliance.explanations.level import NotReached
from mlops_gitops.compliance.subject import Subject
from mlops_gitops.core.errors import Undecided
from mlops_gitops.documents.tree import stored_if_possible
from mlops_gitops.pipelines.stage_entries import LockedStage
from mlops_gitops.pipelines.tracked_outputs import Tracking
from mlops_gitops.records.kpis import LABELS, DataSet, Kpi
from mlops_gitops.records.release import Pin


def link(subject: Subject, explanation: Explanation) -> Permutation | None:
    """What a linked explanation follows from, None where it is no permutation.

    Raises NotReached where its stage read something else, Undecided where a dvc.lock cannot be parsed, Stop without
    valid KPIs.
    """
    tracking = subject.context.head.tracking
    stage = _stage(tracking, explanation)
    artifact = _artifact(subject, tracking, stage, explanation)
    table = _table(tracking, stage, explanation)
    evaluation = _evaluation(subject, tracking)
    if not explanation.is_permutation:
        _require_evaluated(tracking, explanation, artifact, list(evaluation.values()))
        return None
    kpi, data = _explained(subject, explanation)
    names = [data.name, *([f"{data.name}{LABELS}"] if data.labels else [])]
    if lacking := [name for name in names if name not in evaluation]:
        raise NotReached(f"no file is pinned for the evaluation {lacking[0]!r}", "let DVC track it, and release again")
    answers = tuple(evaluation[name] for name in names)
    _require_evaluated(tracking, explanation, artifact, answers)
    rows = _made(stage, explanation, explanation.file("rows"))
    shap = _made(stage, explanation, explanation.shap_rows) if explanation.shap_rows else None
    return Permutation(explanation, kpi, data, artifact, table, answers, rows, shap)


def _stage(tracking: Tracking, explanation: Explanation) -> LockedStage:
    data = stored_if_possible(tracking.tree, explanation.path)
    stage = tracking.made_by(explanation.path, data) if data is not None else None
    if stage is None and tracking.lock_fault:  # which may have been the stage's
        reason = f"which stage made {explanation.path} cannot be looked up: {tracking.lock_fault}"
        raise Undecided(reason, help="correct dvc.lock, or restore it from Git")
    if stage is None:
        reason = f"no stage of a dvc.lock made {explanation.path} as it is"
        raise NotReached(reason, "dvc repro, and commit dvc.lock; mlops-gitops explain init writes a stage")
    return stage


def _artifact(subject: Subject, tracking: Tracking, stage: LockedStage, explanation: Explanation) -> Pin:
    """The released artifact; before there is a release, the one that DVC tracks."""
    claimed = explanation.artifact
    if stage.deps.get(claimed.path) != claimed.md5:
        raise _unread(stage, explanation, claimed)
    released = subject.release.artifacts if subject.release else _tracked(subject, tracking)
    same = next((pin for pin in released if pin.md5 == claimed.md5), None)
    if same is None:
        what = f"release {subject.release.version}" if subject.release else "the card"
        listed = ", ".join(f"{pin.path} ({(pin.digest)[:12]})" for pin in released) or "none that DVC tracks"
        reason = f"it explains {claimed.path} ({claimed.md5[:12]}), and the artifacts of {what} are: {listed}"
        raise NotReached(reason, "dvc repro, and pin the explanation of what is released")
    return same


def _tracked(subject: Subject, tracking: Tracking) -> list[Pin]:
    outputs = (tracking.output(artifact.path) for artifact in subject.card().artifacts)
    return [output.pin for output in outputs if output]


def _table(tracking: Tracking, stage: LockedStage, explanation: Explanation) -> Pin:
    claimed = explanation.table
    if stage.deps.get(claimed.path) != claimed.md5:
        raise _unread(stage, explanation, claimed)
    output = tracking.output(claimed.path)
    if output is None or output.pin.md5 != claimed.md5:
        raise NotReached(f"DVC does not track {claimed.path} as the stage read it", "dvc repro, and commit dvc.lock")
    return output.pin


def _unread(stage: LockedStage, explanation: Explanation, claimed: File) -> NotReached:
    """Raises Undecided where the digests cannot be compared."""
    read = stage.deps.get(claimed.path)
    if claimed.path in stage.by_dvc2:
        raise _by_dvc2(explanation, claimed, stage)
    instead = f"it read {read[:12]}" if read else "it read no such file"
    reason = f"{explanation.path} says that it is of {claimed.path} ({claimed.md5[:12]}), and by {stage.lock}"
    return NotReached(f"{reason} {instead}", "dvc repro, and commit what it writes", is_refuted=True)


def _evaluation(subject: Subject, tracking: Tracking) -> Mapping[str, Pin]:
    """The pins of the evaluation files: of the release; before there is one, of what DVC tracks."""
    if subject.release:
        return subject.release.evaluation
    files = {name: path for data in subject.kpis().data.values() for name, path in data.candidate_files().items()}
    outputs = {name: tracking.output(path) for name, path in files.items()}
    return {name: output.pin for name, output in outputs.items() if output}


def _require_evaluated(tracking: Tracking, explanation: Explanation, artifact: Pin, answers: Sequence[Pin]) -> None:
    """Raises NotReached where the table is not what the released answers were made of."""
    table = explanation.table
    for pin in answers:
        output = tracking.output(pin.path)
        if table.md5 == pin.md5 or (
            output and output.pin.md5 == pin.md5 and table.md5 in tracking.holdout(pin, [artifact])
        ):
            return
    listed = ", ".join(pin.path for pin in answers) or "no evaluation file"
    reason = f"by dvc.lock {listed}, as it is released, was not made from {table.path} ({table.md5[:12]})"
    raise NotReached(reason, "explain the model on the rows that it is evaluated on")


def _explained(subject: Subject, explanation: Explanation) -> tuple[Kpi, DataSet]:
    kpis = subject.kpis()
    kpi = next((kpi for kpi in kpis.kpis if kpi.id == explanation.data["kpi"]), None)
    if kpi is None or kpi.data is None or kpi.metric != explanation.data["metric"]:
        named = f"{explanation.data['kpi']!r} of the metric {explanation.data['metric']!r}"
        known = ", ".join(f"{kpi.id} ({kpi.metric})" for kpi in kpis.kpis if kpi.data)
        raise NotReached(f"{kpis.path} has no KPI {named} on predictions", f"it has: {known}", is_refuted=True)
    return kpi, kpis.data[kpi.data]


def _made(stage: LockedStage, explanation: Explanation, claimed: File) -> Pin:
    output = stage.outputs.get(claimed.path)
    if output and output.pin.md5 != claimed.md5 and output.pin.hash is None:
        raise _by_dvc2(explanation, claimed, stage)
    if output is None or output.pin.md5 != claimed.md5:
        reason = f"{explanation.path} names {claimed.path} ({claimed.md5[:12]}), which its stage did not make"
        raise NotReached(reason, f"list it in the stage {stage.name}, and dvc repro", is_refuted=True)
    return output.pin


def _by_dvc2(explanation: Explanation, claimed: File, stage: LockedStage) -> Undecided:
    """DVC 2 hashed a text with CRLF as one with LF, so another digest does not show another file."""
    reason = f"{explanation.path} says that it is of {claimed.path} ({claimed.md5[:12]}), and {stage.lock} has a digest"
    return Undecided(
        f"{reason} of DVC 2, which a text with CRLF does not have", help=f"run the stage {stage.name} by DVC 3"
    )
