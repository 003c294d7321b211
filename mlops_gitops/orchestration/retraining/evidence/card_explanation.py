"""The explanation of the release in force: the evidence that its own card pins, read by digest."""

from __future__ import annotations

from mlops_gitops.core.canonical import sha256
from mlops_gitops.core.errors import Error
from mlops_gitops.documents.tree import stored_if_possible
from mlops_gitops.orchestration.workspace import Workspace
from mlops_gitops.records import card
from mlops_gitops.records.card import Card, Evidence
from mlops_gitops.records.release import Pin, Release
from mlops_gitops.repository.ledger import Entry
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.retraining.evidence.explanation import EVIDENCE, importances
from mlops_gitops.retraining.evidence.facts import Importance


def card_explanation(workspace: Workspace, manifest: Entry) -> Importance | str:
    """The importance of the features of a release, or why it is not known."""
    release = manifest.record
    if not isinstance(release, Release):
        return "the release in force has no manifest"
    then = workspace.at(manifest.commit.sha)
    entry = then.entry(release.card.path, card.KIND)
    pinned = stored_if_possible(then.tree, release.card.path)
    if entry is None or not isinstance(entry.record, Card) or pinned is None or sha256(pinned) != release.card.sha256:
        return f"{release.card.path} at the commit of {release.version} is not the card that it pins"
    found = next((evidence for evidence in entry.record.evidence if evidence.id == EVIDENCE), None)
    if found is None:
        return f"the card of {release.version} has no evidence `{EVIDENCE}` (mlops.evidence in {release.card.path})"
    try:
        return _read(workspace, then, found)
    except Error as error:
        return error.message
    except ValueError as error:
        return f"{found.path} says no importance: {error}"


def _read(workspace: Workspace, then: Snapshot, evidence: Evidence) -> Importance | str:
    """The importance that a file has. Raises Error where its bytes are not to be had, ValueError where it has none."""
    if evidence.md5 is not None:
        output = then.tracking.output(evidence.path)
        pin = output.pin if output else Pin(evidence.path, md5=evidence.md5)
        if pin.md5 != evidence.md5:
            return f"{evidence.path} is not the file that the card pins"
        return Importance(importances(workspace.store_here().read(pin)), evidence.path, f"md5:{evidence.md5}")
    data = stored_if_possible(then.tree, evidence.path)
    if data is None or sha256(data) != evidence.sha256:
        return f"{evidence.path} is not the file that the card pins"
    return Importance(importances(data), evidence.path, f"sha256:{evidence.sha256}")
