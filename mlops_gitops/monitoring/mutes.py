"""Which findings people have muted: a muted alarm is recorded, and opens no issue and fails nothing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from mlops_gitops.core.frozen import replace
from mlops_gitops.monitoring.outcome import Finding
from mlops_gitops.records.decision import Decision
from mlops_gitops.records.monitoring import Monitoring

TYPE = "mute"


def muted(finding: Finding, plan: Monitoring, environment: str, decisions: Iterable[Decision], today: date) -> Finding:
    """A finding with the path of the decision that mutes it, where one does.

    `decisions` are those that a receipt proves. `today` is the UTC day on which the monitor runs, not that of the
    window. Of several, the one that lasts longest counts.
    """
    found = [each for each in decisions if mutes(each, plan, finding.watch, environment) and not each.expired(today)]
    longest = max(found, key=lambda each: (each.expires or date.max, each.path), default=None)
    return replace(finding, muted=longest.path) if longest else finding


def mutes(decision: Decision, plan: Monitoring, watch: str, environment: str) -> bool:
    """Whether a decision is about a watch in an environment, and taken by the role that owns the plan.

    Without an environment it is about all. Any other role could silence what it does not own.
    """
    about = (decision.type, decision.model, decision.watch) == (TYPE, plan.model, watch)
    return about and decision.environment in (None, environment) and decision.role == plan.owner
