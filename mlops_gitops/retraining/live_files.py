"""Which live windows judge a candidate, and the files of its evaluation there."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from datetime import datetime

from mlops_gitops.core.errors import Error, Undecided
from mlops_gitops.core.frozen import frozen
from mlops_gitops.monitoring.calendar import Period
from mlops_gitops.monitoring.in_force import is_answered_by
from mlops_gitops.records.kpis import LABELS, LIVE, DataSet, Kpis, format_by_ending
from mlops_gitops.records.monitoring import Monitoring
from mlops_gitops.records.retraining import Retraining, WindowsToJudge
from mlops_gitops.repository.ledger import Ledger
from mlops_gitops.retraining.windows import judged_periods

FOLDER = "data/live"  # where each model has a folder of its own, unless retraining.yaml names another


@frozen
class LiveFiles:
    """The files of an evaluation on live windows, by path in the repository.

    A run lays out `rows`, which a stage reads, and `labels`, which none does; `predictions` are the outputs of stages
    by data set of kpis.yaml.
    """

    rows: str
    labels: str
    predictions: Mapping[str, str]

    def evaluation(self) -> dict[str, str]:
        """Every file: name in a release's `evaluation` → path."""
        found = dict(self.predictions)
        for name in self.predictions:
            found |= {f"{name}{LABELS}": self.labels, f"{name}{LIVE}": self.rows}
        return found

    def beside(self) -> frozenset[str]:
        """Every path that laying out may write: the two files, and what makes DVC keep them and not Git."""
        laid_out = (self.rows, self.labels)
        ignored = (posixpath.join(posixpath.dirname(path), ".gitignore") for path in self.evaluation().values())
        return frozenset((*laid_out, *(f"{path}.dvc" for path in laid_out), *ignored))


def judged_data(kpis: Kpis) -> tuple[DataSet, ...]:
    """The data sets that a KPI reads, each of which has predictions of its own on the windows."""
    read = {kpi.data for kpi in kpis.kpis}
    return tuple(data for name, data in kpis.data.items() if name in read)


def live_files(policy: Retraining, plan: Monitoring, kpis: Kpis) -> LiveFiles:
    """The files of an evaluation on live windows, as retraining.yaml and its defaults name them.

    Raises Error where no such evaluation is asked for, or where its files cannot have the format of the windows.
    """
    wanted = require_windows(policy)
    folder, ending = _folder(policy, wanted), rows_format(wanted, plan)
    names = [data.name for data in judged_data(kpis)]
    if unknown := sorted(wanted.predictions.keys() - set(names)):
        raise Error(f"{policy.path} names predictions for {unknown[0]!r}, and no KPI reads a data set of that name")
    predictions = {name: wanted.predictions.get(name) or f"{folder}/{name}.{ending}" for name in names}
    for path in predictions.values():
        if format_by_ending(path) != ending:
            reason = f"{path} is not {ending}, and predictions for live windows have the format of the windows"
            raise Error(reason, help=f"let the stage write a .{ending} file, as `windows.scored` of {plan.path} is")
    labels = plan.windows.labels
    labels_ending = (labels.format if labels else "") or ending
    return LiveFiles(laid_out_rows(policy, plan), posixpath.join(folder, f"labels.{labels_ending}"), predictions)


def laid_out_rows(policy: Retraining, plan: Monitoring) -> str:
    """The path of the rows that a retraining lays out. Raises Error where it does not judge on live windows."""
    wanted = require_windows(policy)
    return posixpath.join(_folder(policy, wanted), f"rows.{rows_format(wanted, plan)}")


def _folder(policy: Retraining, wanted: WindowsToJudge) -> str:
    return wanted.folder or f"{FOLDER}/{policy.model}"


def require_windows(policy: Retraining) -> WindowsToJudge:
    """How a candidate is judged on live windows. Raises Error for a file that judges on the pipeline's holdout."""
    if policy.evaluate is None:
        reason = f"{policy.path} judges candidates on the pipeline's own holdout, and not on live windows"
        raise Error(reason, help="evaluate: {windows: 4}")
    return policy.evaluate


def rows_format(wanted: WindowsToJudge, plan: Monitoring) -> str:
    """csv or parquet: that of the windows or, where only their parts say it, of the predictions that are named."""
    endings = map(format_by_ending, wanted.predictions.values())
    return plan.windows.format or next(filter(None, endings), "parquet")


def windows_to_judge(
    policy: Retraining, plan: Monitoring, ledger: Ledger, environment: str, release: str, moment: datetime
) -> tuple[Period, ...]:
    """The newest windows whose labels are complete at a moment (UTC), as many as judge, the oldest first.

    Raises Undecided where there are not so many, or where the release in force did not answer them all.
    """
    count, found = require_windows(policy).windows, judged_periods(policy, plan, moment)
    if len(found) < count:
        have = f"{len(found)} {'has' if len(found) == 1 else 'have'}"
        raise Undecided(f"{count} windows judge a candidate, and {have} complete labels so far")
    answered = [period for period in found if is_answered_by(ledger, environment, plan, period, release)]
    if len(answered) < count:
        reason = f"{count} windows judge a candidate, and {release} answered {len(answered)} of the newest with labels"
        first = next(period for period in found if period not in answered)
        raise Undecided(f"{reason}: not that of {first.times[0]} in {environment}")
    return found


def columns_to_name(kpis: Kpis, plan: Monitoring) -> dict[str, str]:
    """The columns of the windows under the names that kpis.yaml has for what they mean: name → column.

    Raises Error where kpis.yaml gives one name two meanings.
    """
    windows = plan.windows
    key = windows.key or (windows.labels.key if windows.labels else None)
    meanings = {"key": key, "prediction": windows.prediction, "score": windows.score}
    meanings |= {f"scores.{name}": column for name, column in windows.scores.items()}
    found: dict[str, str] = {}
    for data in judged_data(kpis):
        for meaning, name in data.columns().items():
            column = meanings.get(meaning)
            if column is None:
                continue
            if found.setdefault(name, column) != column:
                reason = f"{kpis.path} calls both {found[name]!r} and {column!r} of the windows {name!r}"
                raise Error(reason, help="give what differs different names")
    return found
