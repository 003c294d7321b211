"""Reports on a change set: what would be written, and what was done."""

from __future__ import annotations

from collections.abc import Sequence

from mlops_gitops.core.frozen import asdict
from mlops_gitops.forges.change_set import ChangeSet
from mlops_gitops.orchestration.propose import Proposal
from mlops_gitops.reporting.report import Link, Report


def dry_run(change: ChangeSet) -> Report:
    """Exactly the value that would be written."""
    lines = [
        f"branch   {change.branch}",
        f"title    {change.title}",
        "",
        change.message.rstrip(),
        "",
        change.body.rstrip(),
    ]
    for path, data in change.files.items():
        lines += ["", f"── {path}" if data is not None else f"── {path} (removed)"]
        lines += [data.decode("utf-8", "replace").rstrip()] if data is not None else []
    return Report({"version": 1, "change": change.to_json()}, lines=tuple(lines))


def proposal_report(proposal: Proposal, *, waits: Sequence[str] = ()) -> Report:
    """The pull request, what it waits for beside approvals, and what to do with it."""
    pull = proposal.pull
    words = {"unchanged": "is open already and says the same: nothing was written"}
    lines = [f"pull request #{pull.number} {words.get(proposal.done, proposal.done)}: {pull.title}"]
    lines += [f"closed #{number}, which it supersedes" for number in proposal.superseded]
    lines += [f"note: {note}" for note in pull.notes]
    lines += [f"it waits: {reason}" for reason in waits]
    lines += [pull.url] if pull.url else []
    if proposal.done != "unchanged":
        lines.append(f"next: mlops-gitops pr show {pull.number}")
    data = {
        "version": 1,
        "done": proposal.done,
        "pull_request": {k: v for k, v in asdict(pull).items() if k in ("number", "branch", "head", "title", "state")},
        "superseded": list(proposal.superseded),
        "waits": list(waits),
    }
    return Report(data, lines=tuple(lines), pull=Link(pull.number, pull.url))
