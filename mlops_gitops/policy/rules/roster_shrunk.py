"""While a rollout runs, no device leaves the roster that it was opened with.

The roster is what every share is counted of: without the devices that failed, a bad release looks well. It compares the
rosters that a change touches, and those that it makes a target name, with those that the opening record of the rollout
digested. Devices may come; they get the release by the same waves.

Put the devices back; remove them in a pull request after the rollout has settled or is taken back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mlops_gitops.core.diagnostics import Diagnostic, Severity, Span
from mlops_gitops.core.text import clipped
from mlops_gitops.documents.tree import stored_if_possible
from mlops_gitops.policy.rule import Rule, Scope
from mlops_gitops.records import desired_state
from mlops_gitops.records.desired_state import DesiredState
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.running_rollout import RunningRollout, running_rollout
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.rollout.devices import devices_of


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each roster that lost devices."""
    for environment, model in _touched(context) if context.ledger else ():
        running = running_rollout(context.ledger, context.at, environment, model)
        if running is not None:
            yield from _shrunk(context, running)


def _touched(context: Context) -> Iterable[tuple[str, str]]:
    """The pairs whose desired state changes; all, where a roster does: a rollout can have begun with another plan."""
    if context.ledger and context.targeted is not None and context.paths is None:
        return context.ledger.rolling_pairs()  # a replay's: its ledger has read all of the history
    trees = [tree for tree in (context.base, context.head) if tree]
    rosters = {path for tree in trees for state in tree.targeted_states for path in _rosters(state).values()}
    if context.ledger and not rosters.isdisjoint(context.changes):
        return context.ledger.rolling_pairs()
    matched = (desired_state.KIND.match(context.head.folders, path) for path in context.changes)
    return sorted((parts["environment"], parts["model"]) for parts in matched if parts)


def _shrunk(context: Context, running: RunningRollout) -> Iterator[Diagnostic]:
    plan, tree = running.plan, running.tree
    if plan is None or tree is None:
        return
    for name, path in _rosters(plan).items():
        now = _rosters(context.head.state(plan.environment, plan.model) or plan).get(name)
        if context.changes.keys().isdisjoint((path, now, plan.path)):
            continue
        gone = sorted(_devices(tree, path) - (_devices(context.head, now) if now else set()))
        if gone:
            names, place = clipped(", ".join(gone), 200), now or f"the target {name}"
            message = f"{running.words}, and {place} lacks {len(gone)} of its devices: {names}"
            help = "put them back until it has settled"
            yield Diagnostic(RULE.id, Severity.ERROR, message, Span(now or plan.path), help)


def _rosters(state: DesiredState) -> dict[str, str]:
    """The roster of each target that has one."""
    return {target.name: target.roster for target in state.targets if target.roster}


def _devices(tree: Snapshot, path: str) -> set[str]:
    return set(devices_of(stored_if_possible(tree.tree, path) or b""))


RULE = Rule("roster-shrunk", __doc__, check, Scope.BASE, about="DesiredState")
