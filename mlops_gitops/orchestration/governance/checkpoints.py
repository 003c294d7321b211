"""Checkpoints, gathered and written: which of them an audit can go on from, and the one that an audit makes."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from mlops_gitops import __version__
from mlops_gitops.audit.findings import Circumstances, Findings, Known, make_checkpoint, misfit
from mlops_gitops.core.canonical import sha256
from mlops_gitops.core.errors import Error, Undecided
from mlops_gitops.core.frozen import frozen
from mlops_gitops.core.text import clipped, visible
from mlops_gitops.documents import schema_files
from mlops_gitops.forges.checkpoint import CHECKPOINT_TAG, Checkpoint, parse
from mlops_gitops.git.parse_output import Tag
from mlops_gitops.orchestration.governance.settled import settled
from mlops_gitops.orchestration.workspace import Workspace
from mlops_gitops.promotion.policy_history import PolicyHistory
from mlops_gitops.repository.ledger import Ledger
from mlops_gitops.repository.snapshot import Snapshot

_PACKAGE = Path(__file__).parents[2]
_JUDGING = ("PyYAML", "jsonschema", "jsonschema-rs", "markdown-it-py", "rfc8785")  # whose words a finding may hold
_SHOWN = 3  # of checkpoints that cannot be used
MOST = 1000  # errors in a checkpoint


@frozen
class Chosen:
    """The checkpoint to go on from, None for none, and why newer ones were passed over, newest first."""

    known: Known
    reasons: tuple[str, ...] = ()


def choose_checkpoint(workspace: Workspace, policy: PolicyHistory, tip: Snapshot) -> Chosen:
    """The newest checkpoint of a line that an audit of it can go on from."""
    named = list(_checkpoints(workspace))
    if not named:
        return Chosen(Known())
    numbers = {commit.sha: number for number, commit in enumerate(policy.ledger.commits, 1)}
    now, ids = circumstances(policy.ledger, tip), workspace.tag_ids()
    reasons = list[str]()
    found = sorted(named, key=lambda each: numbers.get(each[0].removeprefix(CHECKPOINT_TAG), 0))
    for tag, checkpoint in reversed(found):
        reason = misfit(checkpoint, policy, now, ids) if checkpoint else "it is not a checkpoint that can be read"
        if checkpoint and not reason:
            return Chosen(Known(numbers[checkpoint.commit], checkpoint), tuple(reasons[:_SHOWN]))
        reasons.append(f"the checkpoint {clipped(visible(tag), 100)} cannot be used: {reason}")
    return Chosen(Known(), tuple(reasons[:_SHOWN]))


def _checkpoints(workspace: Workspace) -> Iterator[tuple[str, Checkpoint | None]]:
    for name, tag in _tags(workspace).items():
        yield name, parse(name, tag.target, tag.message, tag.time) if tag else None


def _tags(workspace: Workspace) -> dict[str, Tag | None]:
    """Every tag with the name of a checkpoint; None for one that is not annotated."""
    git, ids = workspace.git, workspace.tag_ids()
    return {name: git.tag(name, id) for name, id in ids.items() if name.startswith(CHECKPOINT_TAG)}


def circumstances(ledger: Ledger, tip: Snapshot) -> Circumstances:
    """What an answer about the past depends on now."""
    return Circumstances(f"mlops-gitops {__version__}", rules_digest(), ledger.forge, tip.folders)


def rules_digest() -> str:
    """The digest of every file of this program, schemas too, and of what it runs on: any of them may judge."""
    found = {"python": sys.version} | {name: metadata.version(name) for name in _JUDGING}
    for top in (str(_PACKAGE), schema_files.folder()):
        for folder, folders, files in os.walk(top):
            folders[:] = [name for name in folders if name != "__pycache__"]
            for name in files:
                path = os.path.join(folder, name)
                found[os.path.relpath(path, os.path.dirname(top))] = sha256(Path(path).read_bytes())
    text = "\n".join(f"{name} {digest}" for name, digest in sorted(found.items()))
    return f"sha256:{sha256(text.encode())}"


def write_checkpoint(workspace: Workspace, policy: PolicyHistory, tip: Snapshot, found: Findings) -> Checkpoint:
    """Writes what an audit of the whole branch found, at its tip. Raises Error, Undecided."""
    made = composed_checkpoint(workspace, policy, tip, found)
    there = _tags(workspace)
    if made.tag in there:
        _require_same(made, there[made.tag])
        return made
    for reason in workspace.forge.write_receipts([made]).values():
        raise Undecided(f"the checkpoint {made.tag} could not be written: {reason}")
    workspace.fetch_receipts([made.tag])
    return made


def _require_same(made: Checkpoint, there: Tag | None) -> None:
    """Raises Undecided where the tag of a checkpoint is there and says something else: it is never replaced."""
    if there is None or parse(made.tag, there.target, there.message, there.time) != made:
        help = "the next commit gets one of its own; where the tag is forged, delete it"
        raise Undecided(f"the tag {made.tag} is there already, and says something else", help=help)


def composed_checkpoint(workspace: Workspace, policy: PolicyHistory, tip: Snapshot, found: Findings) -> Checkpoint:
    """The checkpoint of an audit of the whole branch. Raises Error where none can be made."""
    if tip.project is None:
        help = "mlops-gitops init, commit, and push or merge it"
        raise Error("nothing judges yet, so there is no checkpoint to make", help=help)
    ids = workspace.tag_ids()
    made = make_checkpoint(policy, found, circumstances(policy.ledger, tip), ids, settled(policy, found, ids))
    if made.faults > MOST:
        raise Error(f"the audit found {made.faults} errors, and a checkpoint keeps {MOST} at most")
    if parse(made.tag, made.target, made.message(), made.time) != made:
        raise Error("a checkpoint cannot keep what this audit found", help="mlops-gitops audit")
    return made
