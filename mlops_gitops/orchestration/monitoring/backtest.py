"""Every past window judged as it would have been when it was due: after those before it, by the mutes of its day."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator

from mlops_gitops import __version__
from mlops_gitops.core.frozen import replace
from mlops_gitops.monitoring.calendar import is_matured, newest_complete, period
from mlops_gitops.monitoring.history.chain import Chain
from mlops_gitops.monitoring.history.looks_due import by_labels
from mlops_gitops.monitoring.history.record import statement
from mlops_gitops.monitoring.outcome import Observation
from mlops_gitops.orchestration.monitoring.observe import observe
from mlops_gitops.orchestration.monitoring.read_windows import Monitor


def backtest(monitor: Monitor) -> Iterator[Observation]:
    """What would be on record had this monitoring.yaml been there from its start; nothing is written.

    Each window sees the records of those before it, so the first live windows of a release are its baseline.
    """
    plan, (_, plain) = monitor.plan, by_labels(monitor.plan)
    chain, newest = Chain(monitor.environment, plan.model), newest_complete(plan, monitor.now)
    for window in (period(plan, index) for index in range(newest.index + 1 if newest else 0)):
        watches = plan.watches if is_matured(plan, window, monitor.now) else plain
        if not watches:
            continue
        with tempfile.TemporaryDirectory() as folder:
            found = observe(replace(monitor, chain=chain, when_due=True), window, watches, folder)
        record = statement(found, chain.newest, f"mlops-gitops {__version__}", window.times[1])
        chain = replace(chain, records=(*chain.records, record))
        yield found
