"""What triggers say where there is no number yet, or of rows that are counted window by window."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlops_gitops.retraining.evidence.facts import Facts, Looks, NewRows, Released
from mlops_gitops.retraining.outcome import Verdict
from mlops_gitops.retraining.trigger import Answer


def not_released(facts: Facts) -> Answer:
    """The answer about a model that no environment runs: there is nothing that could be too old or decayed."""
    return Answer(Verdict.NOT_YET, f"no release of {facts.model} is in force")


def not_yet(released: Released, looks: Looks, limit: float, evidence: Mapping[str, Any]) -> Answer:
    """The answer about a release without a whole window that can be judged."""
    message = f"no whole window of {released.version} can be judged before {looks.due:%Y-%m-%d}"
    return Answer(Verdict.NOT_YET, message, None, limit, evidence)


def rows_message(rows: NewRows, released: Released) -> str:
    """How many rows there are since the release in force was made, and what is not counted."""
    counted = len(rows.windows) - len(rows.uncounted)
    windows = f"{counted} window{'' if counted == 1 else 's'}"
    least = "" if rows.whole else "at least "
    message = f"{least}{rows.counted:,} {rows.name} in {windows} since {released.version} was made"
    if rows.waiting:
        message += f"; the labels of {rows.waiting} more are not complete yet"
    if rows.uncounted:
        first = rows.uncounted[0]
        message += f"; {len(rows.uncounted)} could not be counted, the first of {first.window}: {first.reason}"
    return message


def rows_evidence(rows: NewRows) -> dict[str, Any]:
    """The windows that were counted, as JSON."""
    listed = [
        {"window": found.window, "rows": found.rows} | ({"reason": found.reason} if found.reason else {})
        for found in rows.windows
    ]
    return {"windows": listed, "waiting": rows.waiting}
