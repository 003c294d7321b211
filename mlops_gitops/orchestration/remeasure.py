"""The gates of a promotion measured again, and the bytes of its release looked for."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping

from mlops_gitops.core.errors import Error
from mlops_gitops.gates.result import GateResult
from mlops_gitops.orchestration.evaluate_gates import accepting_decisions, baselines, evaluate_gates
from mlops_gitops.records import release
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.release import Release
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.pull_facts import Pull
from mlops_gitops.storage.data_store import DataStore


def unread_artifacts(context: Context) -> dict[str, str]:
    """The artifacts of a fork's manifests: nobody reads data because a fork says so."""
    pins = (pin for its in context.added(release.KIND, Release) for pin in its.artifacts)
    return {pin.path: "no data is read for a fork, so a maintainer releases it" for pin in pins}


def data_facts(store: DataStore, context: Context, head: str) -> Pull:
    """What the data say of a head: its promotions' gates measured now, and the bytes that are not to be had."""
    gates = {record.path: remeasured_gates(store, context, record) for record in context.promotions()}
    missing = altered_artifacts(store, context)
    for record in context.promotions():
        its = context.head.release(record.model, record.release)
        missing |= absent_files(store, its) if its else {}
    return Pull(head, (), frozenset(), gates, missing)


def altered_artifacts(store: DataStore, context: Context) -> dict[str, str]:
    """The artifacts of manifests this change adds whose bytes are not what they are said to be, with the reason."""
    pins = [pin for its in context.added(release.KIND, Release) for pin in its.artifacts]
    with tempfile.TemporaryDirectory() as folder:
        copies = store.copies(pins, folder)
    return {pin.path: its.message for pin, its in copies.items() if isinstance(its, Error)}


def remeasured_gates(store: DataStore, context: Context, record: Promotion) -> tuple[GateResult, ...]:
    """A promotion's gates, measured now by the base's KPIs; none for what was not gated."""
    kpis = context.policy.kpis(record.model)
    its = context.head.release(record.model, record.release)
    if record.action != "promote" or kpis is None or its is None or context.base is None or context.ledger is None:
        return ()
    taken = accepting_decisions(context, kpis, record.release, record.environment)
    return evaluate_gates(store, kpis, its.evaluation, baselines(context.base, context.ledger, kpis), taken)


def absent_files(store: DataStore, its: Release) -> Mapping[str, str]:
    """The files of a release whose bytes are not in the remote, and why; what cannot be told is a reason too."""
    found = {}
    for pin in (*its.artifacts, *(pin for pin in its.evaluation.values() if pin.md5)):
        try:
            reason = store.absence_reason(pin)
        except Error as error:
            reason = error.message
        if reason:
            found[pin.path] = reason
    return found
