"""From what is known of a window to the finding of each watch."""

from __future__ import annotations

from functools import cache

from mlops_gitops.core import plugins
from mlops_gitops.monitoring.outcome import Finding, Outcome, worst
from mlops_gitops.monitoring.watch_kind import Evidence, Look, WatchKind
from mlops_gitops.records.monitoring import Watch

PACKAGE = "monitoring.watches"


@cache
def watch_kind(name: str) -> WatchKind:
    """The kind of watch of that key of monitoring.yaml. Raises LookupError for another."""
    found: WatchKind = plugins.load(PACKAGE, name, "KIND")
    return found


def judge_watch(watch: Watch, evidence: Evidence, level: float) -> Finding:
    """What a watch finds; its outcome is the worst of its comparisons, and its reason those of that outcome.

    `level` is how often a test may be wrong in one look. A watch without any comparison is not available: nothing was
    looked at.
    """
    comparisons = tuple(watch_kind(watch.kind).compare(watch.check, Look(watch, evidence, level)))
    outcome = worst(comparison.outcome for comparison in comparisons) if comparisons else Outcome.NOT_AVAILABLE
    reasons = [found.reason for found in comparisons if found.outcome is outcome and found.reason]
    reason = "; ".join(dict.fromkeys(reasons)) if comparisons else "nothing of the window could be compared"
    shared = level if watch.tested else None
    return Finding(watch.id, watch.kind, watch.action, outcome, reason, comparisons, watch.runbook, level=shared)
