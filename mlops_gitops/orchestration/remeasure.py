"""Measures the gates of a promotion again, and looks for the bytes of its release."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping

from mlops_gitops.core.errors import Error, Refused
from mlops_gitops.gates.result import GateResult
from mlops_gitops.orchestration.evaluate_gates import accepting_decisions, baselines, evaluate_gates
from mlops_gitops.pipelines import dvc_commands
from mlops_gitops.pipelines.tracked_outputs import Tracking
from mlops_gitops.records.live_evaluation import kpis_of
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.release import KIND, Pin, Release
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.pull_facts import Pull
from mlops_gitops.storage.data_store import DataStore


def unread_artifacts(context: Context) -> dict[str, str]:
    """The artifacts of a fork's manifests, each with the reason: no data is read for a fork."""
    pins = (pin for added in context.added(KIND, Release) for pin in added.artifacts)
    return {pin.path: "no data is read for a fork, so a maintainer releases it" for pin in pins}


def data_facts(store: DataStore, context: Context, head: str) -> Pull:
    """The facts of a head that need data: its promotions' gates measured now, and the bytes that are missing."""
    gates = {record.path: remeasured_gates(store, context, record) for record in context.promotions()}
    missing = altered_artifacts(store, context)
    for record in context.promotions():
        promoted = context.head.release(record.model, record.release)
        missing |= absent_files(store, promoted) if promoted else {}
    return Pull(head, (), frozenset(), gates, missing)


def altered_artifacts(store: DataStore, context: Context) -> dict[str, str]:
    """The artifacts of manifests this change adds whose bytes do not have their digest, with the reason."""
    pins = [pin for added in context.added(KIND, Release) for pin in added.artifacts]
    with tempfile.TemporaryDirectory() as folder:
        copies = store.copies(pins, folder)
    return {pin.path: copy.message for pin, copy in copies.items() if isinstance(copy, Error)}


def remeasured_gates(store: DataStore, context: Context, record: Promotion) -> tuple[GateResult, ...]:
    """A promotion's gates, measured now by the base's KPIs; none for what was not gated."""
    kpis = context.policy.kpis(record.model)
    promoted = context.head.release(record.model, record.release)
    if not record.is_gated or kpis is None or promoted is None:
        return ()
    if context.base is None or context.ledger is None:
        return ()
    accepted = accepting_decisions(context, kpis, record.release, record.environment)
    running = baselines(context.base, context.ledger, kpis, promoted)
    return evaluate_gates(store, kpis_of(kpis, promoted), promoted.evaluation, running, accepted)


def remote_refusals(store: DataStore, tracking: Tracking, pins: Iterable[Pin]) -> Iterator[Error]:
    """Why files are not to be had from their DVC remotes: none is configured, none answers, or they are not there."""
    for pin in pins:
        try:
            store.require_remote(pin)
            reason = store.absence_reason(pin)
        except Error as error:
            yield error
            continue
        if reason:
            yield Refused(reason, help=_to_push(tracking, pin))


def _to_push(tracking: Tracking, pin: Pin) -> str:
    output, push = tracking.output(pin.path), dvc_commands.push(tracking.tree, pin.path)
    if output and output.imported:
        skipped = "dvc push passes over what comes from another repository or a versioned bucket"
        return f"{push}; where {pin.path} still lacks, keep it yourself by dvc add, since {skipped}"
    return f"{push}, and commit what it writes into dvc.lock and .dvc files"


def absent_files(store: DataStore, release: Release) -> Mapping[str, str]:
    """The files of a release whose bytes are not in the remote, and why; an unknown is a reason too."""
    found = {}
    for pin in release.stored():
        try:
            reason = store.absence_reason(pin)
        except Error as error:
            reason = error.message
        if reason:
            found[pin.path] = reason
    return found
