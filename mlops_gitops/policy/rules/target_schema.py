"""The documents of targets fit their schemas, and rosters list each device once.

A manifest with a misspelt key is taken by a cluster, which drops the key in silence: a canary would get all of the
traffic. It holds the document of each target with a `schema:` to that JSON Schema, and takes it strictly: a key that
an object of the schema does not list is an error. Of a roster it asks for the columns device and group, for each
device once, and for a device in each group and share that a wave names: it is what every later count is out of.

Correct the file, or renew the schema from the cluster's own definition.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic, Severity, Span
from mlops_gitops.core.text import clipped
from mlops_gitops.documents.tree import stored_if_possible
from mlops_gitops.policy.examples import MANIFEST, ROSTER, TARGETED
from mlops_gitops.policy.rule import Edit, Rule
from mlops_gitops.records.desired_state import DesiredState
from mlops_gitops.records.rollout import WHOLE
from mlops_gitops.repository.context import Context
from mlops_gitops.rollout.devices import devices_of, is_reached
from mlops_gitops.rollout.target_kind import kind_of


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each fault that a target's schema or table has."""
    for state in context.head.states():
        for target in state.targets:
            for fault in kind_of(target.kind).faults(target, context.head.tree):
                span = Span(fault.path, fault.line, 1, fault.line, 2)
                message = f"{fault.message} (target {target.name} of {state.model} in {state.environment})"
                yield Diagnostic(RULE.id, Severity.ERROR, message, span, fault.help)
        yield from _empty_groups(context, state)
        yield from _empty_shares(context, state)


def _empty_shares(context: Context, state: DesiredState) -> Iterator[Diagnostic]:
    """One error for each wave whose share of a fleet is too small for one device: it would show nothing."""
    rosters = {target.name: target.roster for target in state.targets if target.roster}
    for n, wave in enumerate(state.rollout.waves if state.rollout else ()):
        named = {name: _devices(context, rosters[name]) for name in wave.targets if name in rosters}
        devices = [(name, *device) for name, groups in named.items() for device in groups.items()]
        known = {group for _, _, group in devices}
        if wave.percent == WHOLE or not known or len(named) < len(wave.targets) or not known.issuperset(wave.groups):
            continue  # all of them, none at all, files besides, or a group that is reported itself
        if not any(is_reached([wave], *device) for device in devices):
            message = f"{wave.percent} % of the {len(devices)} devices in the wave {wave.name} is none of them"
            route = ("rollout", "waves", n, "percent")
            yield context.head.document(state.path).problem(RULE.id, message, route, help="a larger percent, or groups")


def _empty_groups(context: Context, state: DesiredState) -> Iterator[Diagnostic]:
    """One error for each group that a wave names and no device is in: the wave would bring the release to nobody."""
    rosters = {target.name: target.roster for target in state.targets if target.roster}
    for n, wave in enumerate(state.rollout.waves if state.rollout else ()):
        named = [rosters[name] for name in wave.targets if name in rosters]
        groups = {group for path in named for group in _devices(context, path).values()}
        for m, group in enumerate(wave.groups):
            if groups and group not in groups:  # a roster without any is reported itself
                message = f"no device of {', '.join(named)} is in the group {group} of the wave {wave.name}"
                help = f"groups: {clipped(', '.join(sorted(groups)), 200)}"
                route = ("rollout", "waves", n, "groups", m)
                yield context.head.document(state.path).problem(RULE.id, message, route, help=help)


def _devices(context: Context, path: str) -> dict[str, str]:
    return devices_of(stored_if_possible(context.head.tree, path) or b"")


RULE = Rule(
    "target-schema",
    __doc__,
    check,
    ok=(TARGETED,),
    bad=(
        (
            *TARGETED,
            Edit(MANIFEST, "canaryTrafficPercent: 100", "canaryTrafficPercent: 100\n    canaryTraficPercent: 1"),
        ),
        (*TARGETED, Edit(ROSTER, "till-2,pilot", "till-1,pilot")),
    ),
)
