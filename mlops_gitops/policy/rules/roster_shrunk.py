"""While a rollout runs, no device leaves the roster that it was opened with.

The roster is what every share is counted of: without the devices that failed, a bad release looks well. It compares the
rosters that a change touches with those that the opening record of the rollout digested. Devices may come; they get
the release by the same waves.

Put the devices back; remove them in a pull request after the rollout has settled or is taken back.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic, Severity, Span
from mlops_gitops.core.text import clipped
from mlops_gitops.documents.tree import stored_if_possible
from mlops_gitops.policy.rule import Rule, Scope
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.running_rollout import RunningRollout, running_rollout
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.rollout.devices import devices_of


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each roster that lost devices."""
    touched = any(context.head.kind_of(path) is None for path in context.changes)
    for environment, model in context.ledger.pairs() if context.ledger and touched else ():
        running = running_rollout(context.ledger, context.at, environment, model)
        if running is not None:
            yield from _shrunk(context, running)


def _shrunk(context: Context, running: RunningRollout) -> Iterator[Diagnostic]:
    plan, tree = running.plan, running.tree
    if plan is None or tree is None:
        return
    for path in plan.rosters:
        if path not in context.changes:
            continue
        gone = sorted(_devices(tree, path) - _devices(context.head, path))
        if gone:
            names = clipped(", ".join(gone), 200)
            message = f"{running.words}, and {path} lacks {len(gone)} of its devices: {names}"
            yield Diagnostic(RULE.id, Severity.ERROR, message, Span(path), "put them back until it has settled")


def _devices(tree: Snapshot, path: str) -> set[str]:
    return set(devices_of(stored_if_possible(tree.tree, path) or b""))


RULE = Rule("roster-shrunk", __doc__, check, Scope.BASE, about="DesiredState")
