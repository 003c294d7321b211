"""From a release, an environment and its gates to a promotion record, and to the change set that holds it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlops_gitops.core.canonical import sha256
from mlops_gitops.core.errors import Error, Refused
from mlops_gitops.core.frozen import frozen
from mlops_gitops.core.names import did_you_mean
from mlops_gitops.core.semver import precedence
from mlops_gitops.documents.document import Document
from mlops_gitops.documents.foreign.edit import edited_files
from mlops_gitops.documents.foreign.nodes import EditRefusal
from mlops_gitops.documents.tree import Overlay, Unreadable, read_if_possible
from mlops_gitops.forges.change_set import ChangeSet
from mlops_gitops.gates.result import GateResult
from mlops_gitops.gates.serialize import gate_to_data
from mlops_gitops.promotion.adoption import skipped_by_adoption
from mlops_gitops.promotion.order import earlier_releases, record_subject, replaced_by, upstream_records
from mlops_gitops.promotion.quarantine import block_reason
from mlops_gitops.pull_requests import pull_text
from mlops_gitops.records import desired_state, promotion, release
from mlops_gitops.records.desired_state import DesiredState
from mlops_gitops.records.project import PATH, Project
from mlops_gitops.records.promotion import BACK, GATED, Promotion, TargetValue, statement
from mlops_gitops.records.release import Release
from mlops_gitops.repository.approvals import required
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.ledger import Entry, Ledger
from mlops_gitops.repository.packs_in_force import packs_in_force
from mlops_gitops.repository.snapshot import Snapshot


@frozen
class ReleaseManifest:
    """A release and the bytes of its manifest; `is_new` where the base lacks it."""

    release: Release
    data: bytes
    is_new: bool


@frozen
class PromotionRequest:
    """A request to promote, roll back or adopt a release. `carried` holds the bytes of new decisions by path.

    `monitoring` is the digest of the newest monitoring record of the model in the environment, None without one.
    `targets` are the fields of target files that it sets. A wave has its name, an opening the digest of what judges the
    rollout, and an advance the approvals of its wave. `evidence` are the digests of the observations that a step or a
    return depends on; `aborts` is whether the opening of the rollout has approved that return.
    `stays` are the targets that a return leaves as they are.
    """

    action: str
    model: str
    environment: str
    manifest: ReleaseManifest
    why: str
    requested_by: Mapping[str, str]
    tool: str
    created: str
    carried: Mapping[str, bytes] = {}
    monitoring: str | None = None
    targets: tuple[TargetValue, ...] = ()
    wave: str | None = None
    rollout: str | None = None
    approvals: Mapping[str, int] | None = None
    evidence: tuple[str, ...] = ()
    aborts: bool = False
    stays: tuple[str, ...] = ()

    @property
    def release(self) -> Release:
        """The release of the manifest."""
        return self.manifest.release

    def brought(self) -> dict[str, bytes | None]:
        """The files the change brings besides the record and the desired state."""
        manifest = {self.release.path: self.manifest.data} if self.manifest.is_new else {}
        return {**manifest, **self.carried}


def find_release(base: Snapshot, work: Snapshot, model: str, version: str | None) -> ReleaseManifest:
    """The manifest to promote: the base's, else the work tree's.

    Without a version, the highest of the base and the work tree. Raises Error.
    """
    if version is None:
        versions = {r.version for snapshot in (base, work) for r in snapshot.releases(model)}
        if not versions:
            raise Error(f"{model} has no release", help=f"mlops-gitops release {model} 1.0.0, then merge it")
        version = max(versions, key=precedence)
    for snapshot in (base, work):
        found = snapshot.release(model, version)
        if found:
            return ReleaseManifest(found, _bytes(snapshot, found.path), snapshot is not base)
    path = base.path_of(release.KIND, model=model, version=version)
    raise Error(f"there is no valid {path}", help=f"mlops-gitops release {model} {version}, then merge it")


def rollback_target(context: Context, environment: str, model: str, version: str | None) -> str | None:
    """The release to go back to: the newest one before that may run, or the one named. Raises Error.

    While a rollout runs, it is the release in force; None where the first one runs, which is stopped then.
    """
    current = context.ledger.current(environment, model) if context.ledger else None
    rolling = context.ledger.rolling(environment, model) if context.ledger else []
    if rolling and current is None:
        if version is not None:
            reason = f"no release of {model} is in force in {environment}, so its rollout can only be stopped"
            raise Error(reason, help=f"mlops-gitops rollback {model} --in {environment} --why …")
        return None
    if rolling and current is not None:
        in_force = _release_of(current)
        if version not in (None, in_force):
            reason = f"{environment} is in the middle of a rollout of {model}, and goes back to {in_force} first"
            raise Error(reason, help=f"mlops-gitops rollback {model} --in {environment} --why …")
        return in_force
    earlier = earlier_releases(context.ledger, environment, model) if context.ledger else []
    if not earlier:
        raise Error(f"{environment} has run nothing of {model} before: there is nothing to go back to")
    if version is not None and version not in earlier:
        raise Error(f"{environment} has not run {model} {version} before", help=f"it has run: {', '.join(earlier)}")
    releases = (context.head.release(model, number) for number in earlier)
    able = [found.version for found in releases if found and not block_reason(context, found, environment)]
    if version is None and not able:
        raise Refused(
            f"everything {environment} has run of {model} before is held or quarantined: {', '.join(earlier)}"
        )
    return version or able[0]


def _release_of(entry: Entry) -> str:
    return entry.record.release if isinstance(entry.record, Promotion) else ""


def compose_record(
    context: Context, request: PromotionRequest, gates: tuple[GateResult, ...], rules: list[str]
) -> Promotion:
    """The promotion record. `context` holds the base, its ledger, and a head with what the request brings.

    `rules` are the ids of the rules that judge it. Raises Error where the base does not know the environment or the
    model.
    """
    base, ledger = context.base, context.ledger
    if base is None or ledger is None or base.project is None:
        name = base.project_path if base else PATH
        raise Error(f"the base has no {name}: merge it first", help="mlops-gitops init")
    policy = _policy_digest(base, base.project, request)
    newest = ledger.newest(request.environment, request.model)
    last = newest.record if newest and isinstance(newest.record, Promotion) else None
    predicate: dict[str, Any] = {
        "model": request.model,
        "environment": request.environment,
        "sequence": last.sequence + 1 if last else 1,
        "action": request.action,
        **_of_rollout(request),
        "release": request.release.version,
        "replaces": replaced_by(last, request.action) if last else None,
        "previous": last.digest if last else None,
        "upstream": _upstream(ledger, base.project, request),
        "policy": policy,
        **_packs(base, request),
        "gates": [gate_to_data(result) for result in gates if result.gate],
        **_skipped(base, request),
        "rules": rules,
        "decisions": _decisions(context, request),
        **({"targets": [value.to_data() for value in request.targets]} if request.targets else {}),
        **({"monitoring": request.monitoring} if request.monitoring else {}),
        "requested_by": dict(request.requested_by),
        "why": request.why,
        "tool": request.tool,
        "created": request.created,
    }
    parts = {"environment": request.environment, "model": request.model, "sequence": f"{predicate['sequence']:04d}"}
    path = base.path_of(promotion.KIND, **parts)
    return statement(path, list(record_subject(request.release, request.manifest.data)), predicate)


def _of_rollout(request: PromotionRequest) -> dict[str, Any]:
    """What only the records of a rollout have."""
    parts: dict[str, Any] = {"wave": request.wave, "rollout": request.rollout, "approvals": request.approvals}
    parts |= {"evidence": list(request.evidence) or None, "abort": "automatic" if request.aborts else None}
    parts |= {"stays": list(request.stays) or None}
    return {name: value for name, value in parts.items() if value is not None}


def _policy_digest(base: Snapshot, project: Project, request: PromotionRequest) -> str:
    """The digest of the policy that judges a request. Raises Error where the base lacks a part of it."""
    if request.environment not in project.environments:
        names = project.environments
        help = did_you_mean(request.environment, names, f"it has {', '.join(names)}")
        raise Error(f"there is no environment {request.environment!r} in {project.path}", help=help)
    policy = base.policy_digest(request.model)
    if policy is None:
        raise Error(f"the base has no valid KPIs for {request.model}: merge its KPIs first")
    return policy


def _packs(base: Snapshot, request: PromotionRequest) -> dict[str, Any]:
    """The base's packs, which judge a promotion and nothing else; absent where it names none. Raises Undecided."""
    judging = packs_in_force(base) if request.action in GATED else ()
    return {"packs": [pack.pin() for pack in judging]} if judging else {}


def _upstream(ledger: Ledger, project: Project, request: PromotionRequest) -> list[dict[str, str]]:
    """The records that a promotion follows; a rollback or an adoption follows none."""
    if request.action not in GATED:
        return []
    return upstream_records(ledger, project, request.model, request.release.version, request.environment)


def _skipped(base: Snapshot, request: PromotionRequest) -> dict[str, Any]:
    """What an adoption skips, which no other record has."""
    if request.action != "adopt":
        return {}
    return {"skipped": skipped_by_adoption(base, request.model, request.environment)}


def _decisions(context: Context, request: PromotionRequest) -> list[dict[str, str]]:
    target = (request.model, request.release.version, request.environment)
    used = {d.path: d.sha256 for _, d in context.decisions() if d.relaxes and d.covers(*target)}
    used |= {path: sha256(data) for path, data in request.carried.items()}
    return [{"path": path, "sha256": digest} for path, digest in sorted(used.items())]


def changed_files(base: Snapshot, record: Promotion, brought: Mapping[str, bytes | None]) -> dict[str, bytes | None]:
    """Everything the change writes: what it brings, the record, the desired state it explains, and the target files.

    Raises Error where a field of a target cannot be set alone.
    """
    path = base.path_of(desired_state.KIND, environment=record.environment, model=record.model)
    entry = base.entry(path, desired_state.KIND)
    if entry is None:
        state = DesiredState(path, record.model, record.environment, record.release).render()
        if (draft := read_if_possible(base.tree, path)) is not None:
            state += b"\n" + draft  # comments that `init` wrote, which nobody has taken over yet
    elif entry.record is None:
        raise Error(f"{path} is not valid on the base", help=f"mlops-gitops validate {path}")
    else:
        state = _edited_state(entry.document, record)
    written = {**brought, record.path: record.render(), path: state, **target_files(base, record)}
    return {name: data for name, data in written.items() if data != read_if_possible(base.tree, name)}


def _edited_state(document: Document, record: Promotion) -> bytes:
    """A desired state that says what a record says. Raises Error."""
    try:
        return desired_state.with_release(document, record.in_force, record.rolling)
    except ValueError as error:
        raise Error(f"{document.path} cannot be edited: {error}", help="undo what is unusual in its layout") from error


def target_files(base: Snapshot, record: Promotion) -> dict[str, bytes]:
    """The target files of a record with its values in them, by path. Raises Error."""
    try:
        return edited_files(base.tree, [(value.where, value.value) for value in record.targets])
    except EditRefusal as refusal:
        place = f"{record.environment}: the targets of {record.model} cannot be set"
        raise Error(f"{place}: {refusal.message} (line {refusal.line})", help=refusal.help) from refusal


def promotion_change_set(base: Snapshot, request: PromotionRequest, record: Promotion) -> ChangeSet:
    """The pull request of a record."""
    kind = record.action if record.action in (*BACK, "advance", "settle") else "promote"
    place = record.wave if kind == "advance" else record.release
    branch = f"{kind}/{record.environment}/{record.model}/{record.sequence:04d}-{place}"
    written = changed_files(base, record, request.brought())
    title, text = pull_text.promotion_text(base, Snapshot(Overlay(written, base.tree)), record)
    trailers = {"Promotion-Record": record.path, "Promotion-Digest": record.digest}
    message = pull_text.commit_message(title, request.why, trailers)
    labels = (kind, record.environment)
    return ChangeSet(branch, written, message, title, text, labels, _reviewers(base, record))


def _reviewers(base: Snapshot, record: Promotion) -> tuple[str, ...]:
    """The people who could give an approval that is needed, without the requester."""
    project = base.project
    if project is None:
        return ()
    who = record.predicate["requested_by"]
    requester = project.person(str(who.get("login") or who.get("email", "")))
    able = {member.login for role in required(record, project) or () for member in project.roles.get(role, ())}
    return tuple(sorted(able - {requester}))


def record_of_change(base: Snapshot, changed: Mapping[str, bytes | None]) -> Promotion | None:
    """The record a branch's change re-renders from; None when anything in it was not written by this tool."""
    paths = [path for path in changed if promotion.KIND.match(base.folders, path) is not None]
    data = changed[paths[0]] if len(paths) == 1 else None
    if data is None:
        return None
    entry = Snapshot(Overlay({paths[0]: data})).entry(paths[0], promotion.KIND)
    record = entry.record if entry else None
    if not isinstance(record, Promotion) or record.render() != data:
        return None
    named = {subject["name"]: subject["digest"].get("sha256") for subject in record.data["subject"]}
    named |= {decision["path"]: decision["sha256"] for decision in record.predicate["decisions"]}
    brought = {path: data for path, data in changed.items() if data is not None and named.get(path) == sha256(data)}
    try:
        return record if changed_files(base, record, brought) == dict(changed) else None
    except Error:
        return None  # a record that this tree cannot have led to


def same_content(first: Promotion, second: Promotion) -> bool:
    """Whether two records say the same, apart from the requester, the time and the version of the tool."""
    return first.essence() == second.essence()


def _bytes(snapshot: Snapshot, path: str) -> bytes:
    try:
        return snapshot.tree.read(path) or b""
    except Unreadable as error:
        raise Error(f"{path} {error}") from error
