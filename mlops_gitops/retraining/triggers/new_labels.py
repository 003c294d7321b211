"""So many labelled rows became complete since the release in force was made, counted in the windows of monitoring."""

from __future__ import annotations

from mlops_gitops.records.retraining import NewLabels
from mlops_gitops.retraining.evidence.facts import Facts, NewRows
from mlops_gitops.retraining.evidence.unknown import not_released, rows_evidence, rows_message
from mlops_gitops.retraining.outcome import Verdict
from mlops_gitops.retraining.trigger import Answer, TriggerKind


def answer(check: NewLabels, facts: Facts) -> Answer:
    """Met where those that could be counted are enough; not met where all could be counted and are not."""
    if facts.released is None:
        return not_released(facts)
    rows = facts.rows
    if isinstance(rows, NewRows) and not rows.labelled:
        rows = "monitoring.yaml names no labels (`windows.labels`)"
    if isinstance(rows, str):
        return Answer(Verdict.NOT_AVAILABLE, rows, None, float(check.rows))
    enough = rows.counted >= check.rows
    verdict = Verdict.MET if enough else Verdict.NOT_AVAILABLE if rows.uncounted else Verdict.NOT_MET
    message = rows_message(rows, facts.released)
    return Answer(verdict, message, float(rows.counted), float(check.rows), rows_evidence(rows))


TRIGGER = TriggerKind("new_labels", __doc__, "labelled rows", answer)
