"""A tree to the release manifest it would give: card, KPIs and the digests DVC tracks."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mlops_gitops.cards.placeholders import placeholder
from mlops_gitops.core.canonical import digest, sha256
from mlops_gitops.core.errors import Error
from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.core.git_lfs import UNSUPPORTED
from mlops_gitops.core.names import did_you_mean
from mlops_gitops.core.semver import precedence
from mlops_gitops.documents.document import Route
from mlops_gitops.documents.tree import Unreadable, stored_if_possible
from mlops_gitops.pipelines import dvc_commands
from mlops_gitops.pipelines.declared_stages import read_pipelines
from mlops_gitops.pipelines.lfs_files import out_of_lfs
from mlops_gitops.pipelines.tracked_outputs import Tracking, evaluation_pins
from mlops_gitops.records import card, kpis, release
from mlops_gitops.records.card import CardArtifact
from mlops_gitops.records.kpis import Kpis
from mlops_gitops.records.live_evaluation import on_live_windows
from mlops_gitops.records.release import Lineage, LiveEvaluation, Pin, Release
from mlops_gitops.repository.snapshot import Snapshot

PROFILE = "profile.json"  # in the model's folder
PROFILE_FORMAT = b"mlops-gitops/profile/"


@frozen
class LivePlan:
    """The live windows that judge a release, and its files there: name in the manifest's `evaluation` → path."""

    evaluation: LiveEvaluation
    paths: Mapping[str, str]


@frozen
class ReleasePlan:
    """What a release of a model will pin, before its bytes are read, and why it cannot pin the rest."""

    model: str
    artifacts: tuple[Pin, ...]
    evaluation: Mapping[str, Pin]
    refusals: tuple[Error, ...] = ()
    live: LiveEvaluation | None = None

    def pins(self) -> tuple[Pin, ...]:
        """Every DVC-tracked file of the release."""
        return (*self.artifacts, *(pin for pin in self.evaluation.values() if pin.md5))


def plan_release(snapshot: Snapshot, tracking: Tracking, model: str, live: LivePlan | None = None) -> ReleasePlan:
    """The pins of a model's artifacts and evaluation files as DVC tracks them. Raises Error.

    With `live`, the evaluation files are those of live windows, and not those that kpis.yaml declares.
    """
    plan = draft_plan(snapshot, tracking, model, live)
    for refusal in plan.refusals:
        raise refusal
    return plan


def draft_plan(snapshot: Snapshot, tracking: Tracking, model: str, live: LivePlan | None = None) -> ReleasePlan:
    """The same, with the refusal of each file that has no pin. Raises Error where card or KPIs are not valid."""
    model_card, model_kpis = snapshot.card(model), require_kpis(snapshot, model)
    if model_card is None:
        path = snapshot.path_of(card.KIND, model=model)
        raise Error(f"{path} is missing or not valid", help=f"mlops-gitops validate {path}")
    if live:
        model_kpis = on_live_windows(model_kpis, live.evaluation, live.paths)
    artifacts = [_artifact_pin(tracking, artifact, model_card.path) for artifact in model_card.artifacts]
    named = [artifact.path for artifact in model_card.artifacts if not placeholder(artifact.path)]
    untracked = [path for path in named if tracking.output(path) is None]
    evaluation = {
        name: _incomplete(tracking, model, model_kpis.files()[name], pin) if isinstance(pin, str) else pin
        for name, pin in evaluation_pins(tracking, model_kpis.files()).items()
    }
    return ReleasePlan(
        model,
        tuple(pin for pin in artifacts if isinstance(pin, Pin)),
        {name: pin for name, pin in evaluation.items() if isinstance(pin, Pin)},
        (
            *(found for found in (*artifacts, *evaluation.values()) if isinstance(found, Error)),
            *_undeclared_links(snapshot, untracked, set(model_kpis.files().values())),
        ),
        live.evaluation if live else None,
    )


def _artifact_pin(tracking: Tracking, artifact: CardArtifact, card_path: str) -> Pin | Error:
    if placeholder(artifact.path):
        return Error(
            f"{card_path} does not name the model file yet", help="write its path as `path:` under `artifacts:`"
        )
    output = tracking.output(artifact.path)
    if tracking.is_in_lfs(artifact.path):
        return Error(f"{artifact.path} is in Git LFS. {UNSUPPORTED}", help=out_of_lfs(tracking.tree, artifact.path))
    if output is None:
        reason, help = dvc_commands.untracked(tracking.tree, artifact.path, tracking.untracked_reason(artifact.path))
        return Error(f"the card names this artifact, but {reason}", help=help)
    if not output.cached:
        help = "remove `cache: false` from its stage, so that its bytes go to the DVC remote"
        return Error(f"{artifact.path} is kept in Git, not in DVC's cache", help=help)
    format = "folder" if output.pin.is_folder and artifact.format == "unknown" else artifact.format
    return replace(output.pin, format=format, stage=None)


def _undeclared_links(snapshot: Snapshot, artifacts: Iterable[str], evaluation: Iterable[str]) -> Iterator[Error]:
    """What would not be tied to artifacts that no stage has made yet, by what dvc.yaml declares."""
    for artifact in artifacts:
        pipelines = read_pipelines(snapshot.tree)
        for path in sorted(evaluation):
            stage = pipelines.maker(path)
            if pipelines.maker(artifact) is not None and not pipelines.made_from(path, artifact):
                name = stage.name if stage else ""
                made = f"stage {name} does not read {artifact}" if name else "no DVC stage makes it"
                help = dvc_commands.linking(snapshot.tree, path, artifact, snapshot.project_path)
                yield Error(f"nothing ties {path} to {artifact}: {made}", help=help)


def _incomplete(tracking: Tracking, model: str, path: str, reason: str) -> Error:
    """The refusal of an evaluation file without a pin."""
    if tracking.is_in_lfs(path):
        reason, help = f"{path} is in Git LFS. {UNSUPPORTED}", out_of_lfs(tracking.tree, path)
    elif tracking.output(path) is None:
        reason, help = dvc_commands.untracked(tracking.tree, path, reason)
    else:
        help = dvc_commands.made_by(tracking.tree, path) or "restore the file"
    return Error(f"the evaluation of {model} is not complete: {reason}", help=help)


def made_of(base: Snapshot, work: Snapshot, model: str) -> set[str]:
    """The paths of what a release of a model is made of in two trees, whether the file is there or not."""
    paths = {snapshot.path_of(kind, model=model) for snapshot in (base, work) for kind in (card.KIND, kpis.KIND)}
    paths |= {profile_path(snapshot, model) for snapshot in (base, work)}
    cards = filter(None, (base.card(model), work.card(model)))
    artifacts = {artifact.path for model_card in cards for artifact in model_card.artifacts}
    files = filter(None, (base.kpis(model), work.kpis(model)))
    measured = {path for model_kpis in files for path in model_kpis.files().values()}
    for tree in (base.tree, work.tree):  # of several projects, another one's dvc.lock is no part of this release
        paths |= Tracking(tree).sources(artifacts | measured)
    return paths | {f"{path}.dvc" for path in artifacts}


def differing(base: Snapshot, work: Snapshot, paths: Iterable[str]) -> list[str]:
    """Those of the paths whose file in a work tree is not that of the base; one that is not there does not count."""
    contents = ((path, stored_if_possible(work.tree, path)) for path in sorted(paths))
    return [path for path, data in contents if data is not None and data != stored_if_possible(base.tree, path)]


def require_kpis(snapshot: Snapshot, model: str) -> Kpis:
    """The KPIs of a model. Raises Error."""
    found = snapshot.kpis(model)
    if found is None:
        path = snapshot.path_of(kpis.KIND, model=model)
        known = [name for name in snapshot.models() if snapshot.kpis(name)]
        every = f"models with valid KPIs here: {', '.join(known)}" if known else ""
        near = did_you_mean(model, known, every) if model not in snapshot.models() else every
        raise Error(f"{path} is missing or not valid", help=near or f"mlops-gitops validate, or write {path}")
    return found


def compose_manifest(
    snapshot: Snapshot, tracking: Tracking, plan: ReleasePlan, version: str,
    sha256s: Mapping[str, str], remotes: Mapping[str, str], *, compared: bool = False,
) -> Release:  # fmt: skip
    """The manifest of a planned release; one to be `compared` without the release that it supersedes. Raises Error.

    By path, `sha256s` are the digests of the artifacts' bytes and `remotes` the DVC remotes that hold the files.
    """
    model = plan.model
    artifacts = tuple(
        replace(pin, sha256=sha256s.get(pin.path), remote=remotes.get(pin.path)) for pin in plan.artifacts
    )
    evaluation = {name: replace(pin, remote=remotes.get(pin.path)) for name, pin in plan.evaluation.items()}
    return Release(
        snapshot.path_of(release.KIND, model=model, version=version),
        model,
        version,
        artifacts,
        _git_file(snapshot, snapshot.path_of(card.KIND, model=model)),
        _git_file(snapshot, snapshot.path_of(kpis.KIND, model=model)),
        evaluation,
        _lineage(tracking, artifacts[0]),
        None if compared else _supersedes(snapshot, model, version),
        _profile_pin(snapshot, tracking, model),
        plan.live,
    )


def profile_path(snapshot: Snapshot, model: str) -> str:
    """Where the reference profile of a model lies."""
    return f"{posixpath.dirname(snapshot.path_of(card.KIND, model=model))}/{PROFILE}"


def _profile_pin(snapshot: Snapshot, tracking: Tracking, model: str) -> Pin | None:
    """The pin of the model's reference profile; None without one, and for a file of another tool's making."""
    path = profile_path(snapshot, model)
    output = tracking.output(path)
    if output is not None and output.cached:
        help = f"write it with `cache: false` in its stage, or by mlops-gitops profile {model}, and commit it"
        raise Error(f"{path} is in DVC's cache, and a reference profile is kept in Git", help=help)
    data = _stored(snapshot, path)
    return Pin(path, sha256=sha256(data)) if data is not None and is_profile(data) else None


def is_profile(data: bytes) -> bool:
    """Whether bytes say that they are a reference profile, and not another tool's file of the same name."""
    return PROFILE_FORMAT in data


def _git_file(snapshot: Snapshot, path: str) -> Pin:
    data = _stored(snapshot, path)
    if data is None:
        raise Error(f"there is no {path}")
    return Pin(path, sha256=sha256(data))


def _stored(snapshot: Snapshot, path: str) -> bytes | None:
    """The bytes that Git stores, None where there are none. Raises Error."""
    try:
        return snapshot.tree.stored(path)
    except Unreadable as error:
        raise Error(f"{path} {error}") from error


def _lineage(tracking: Tracking, artifact: Pin) -> Lineage | None:
    stage = tracking.maker(artifact)
    if stage is None:
        return None
    params = digest(stage.params).removeprefix("sha256:") if stage.params else None
    return Lineage(stage.lock, stage.name, stage.deps, params)


def _supersedes(snapshot: Snapshot, model: str, version: str) -> str | None:
    lower = [other for _, other in snapshot.versions(model) if precedence(other) < precedence(version)]
    return max(lower, key=precedence, default=None)


def manifest_differences(
    manifest: Release, tracking: Tracking, snapshot: Snapshot, *, is_new: bool = True
) -> Iterator[tuple[Route, str]]:
    """Where a manifest differs from the one that its tree gives, apart from what only the bytes can tell.

    One that is not new may lack the profile: it may have been made before there were profiles. Raises Error where the
    tree gives none.
    """
    pins = [*manifest.artifacts, *manifest.evaluation.values()]
    sha256s = {pin.path: pin.sha256 for pin in manifest.artifacts if pin.sha256}
    remotes = {pin.path: pin.remote for pin in pins if pin.remote}
    paths = {name: pin.path for name, pin in manifest.evaluation.items()}
    plan = plan_release(snapshot, tracking, manifest.model, LivePlan(manifest.live, paths) if manifest.live else None)
    wanted = compose_manifest(snapshot, tracking, plan, manifest.version, sha256s, remotes, compared=True)
    wanted = replace(wanted, retraining_cause=manifest.retraining_cause)  # no tree says why it was made
    if manifest.profile is None and not is_new:
        wanted = replace(wanted, profile=None)
    yield from _compared((), replace(manifest, supersedes=None).to_data(), wanted.to_data())
    for n, pin in enumerate(manifest.artifacts):
        if not pin.is_folder and not pin.sha256:
            yield ("artifacts", n), f"{pin.path} has no sha256"


def _compared(route: Route, has: Any, wanted: Any) -> Iterator[tuple[Route, str]]:
    if isinstance(has, dict) and isinstance(wanted, dict):
        for key in [*wanted, *(key for key in has if key not in wanted)]:
            yield from _compared((*route, key), has.get(key), wanted.get(key))
    elif isinstance(has, list) and isinstance(wanted, list) and len(has) == len(wanted):
        for n, (present, expected) in enumerate(zip(has, wanted, strict=True)):
            yield from _compared((*route, n), present, expected)
    elif has != wanted:
        where = ".".join(str(step) for step in route)
        yield route, f"{where} is {_shown(has)}, and the tree that adds this manifest gives {_shown(wanted)}"


def _shown(value: Any) -> str:
    return "nothing" if value is None else "something else" if isinstance(value, dict | list) else str(value)
