"""The live windows that judge a candidate, read and laid out as the files of its evaluation.

Both jobs of a retraining do it for themselves: the first so that its pipeline can read the rows, the second since it
believes nothing of the first. Equal windows give equal bytes.
"""

from __future__ import annotations

import hashlib
import os
import posixpath
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.documents.tree import Tree, read_if_possible
from mlops_gitops.documents.yaml_writer import to_yaml
from mlops_gitops.measurement.windows.lay_out import LabelledWindow, LaidOut, lay_out
from mlops_gitops.monitoring.calendar import Period, path_of
from mlops_gitops.monitoring.window_data import labelled_data, with_formats
from mlops_gitops.promotion.manifest import LivePlan
from mlops_gitops.records.kpis import Kpis, format_by_ending
from mlops_gitops.records.live_evaluation import KEY, LABEL
from mlops_gitops.records.monitoring import Monitoring, Windows
from mlops_gitops.records.release import LiveEvaluation, LiveWindow
from mlops_gitops.records.retraining import Retraining
from mlops_gitops.repository.ledger import Ledger
from mlops_gitops.retraining.live_files import (
    LiveFiles,
    columns_to_name,
    judged_data,
    live_files,
    windows_to_judge,
)
from mlops_gitops.storage.data_store import DataStore
from mlops_gitops.storage.live.live_file import LiveFile, read_live_file


@frozen
class LiveSource:
    """Where windows come from: the files of a model that say it, the release in force, and the history that proves it.

    `store` reads the live data. `moment` (UTC) is when the retraining was decided: what matured later does not count.
    """

    policy: Retraining
    plan: Monitoring
    kpis: Kpis
    environment: str
    release: str
    ledger: Ledger
    store: DataStore
    moment: datetime

    @property
    def files(self) -> LiveFiles:
        """The files of the evaluation. Raises Error."""
        return live_files(self.policy, self.plan, self.kpis)

    def periods(self) -> tuple[Period, ...]:
        """The windows that judge, the oldest first. Raises Undecided."""
        return windows_to_judge(self.policy, self.plan, self.ledger, self.environment, self.release, self.moment)


@frozen
class LaidOutWindows:
    """Windows that are laid out: what the manifest says of them, and the two files by their path in the repository.

    `copies` are where the bytes are on this machine; `rows` is how many there are.
    """

    evaluation: LiveEvaluation
    files: LiveFiles
    copies: Mapping[str, str]
    rows: int

    @property
    def plan(self) -> LivePlan:
        """What a manifest pins of them."""
        return LivePlan(self.evaluation, self.files.evaluation())

    def tracked(self, tree: Tree) -> dict[str, bytes]:
        """The files by which DVC tracks them, and Git ignores them and their predictions, as they go into a tree."""
        found = {f"{path}.dvc": _dvc_file(path, copy) for path, copy in self.copies.items()}
        return found | _ignored(tree, [*self.copies, *self.files.predictions.values()])


def lay_out_windows(source: LiveSource, folder: str) -> LaidOutWindows:
    """Reads the windows that judge, and lays them out below a folder under their paths in the repository.

    Raises Error where a file asks for what cannot be, Undecided where a window is not whole or not of the release.
    """
    from mlops_gitops.measurement.engines.duckdb import ENGINE

    files, periods = source.files, source.periods()
    copies = {path: os.path.join(folder, *path.split("/")) for path in (files.rows, files.labels)}
    for copy in copies.values():
        os.makedirs(os.path.dirname(copy), exist_ok=True)
    with tempfile.TemporaryDirectory() as read:
        windows = [_read(source, period, read) for period in periods]
        to = LaidOut(
            (copies[files.rows], format_by_ending(files.rows)),
            (copies[files.labels], format_by_ending(files.labels)),
            columns_to_name(source.kpis, source.plan),
            KEY,
            LABEL,
        )
        labelled = [_labelled(source, *window) for window in windows]
        _require_formats(files, windows)
        rows = lay_out(ENGINE, labelled, to)
    found = tuple(LiveWindow(*period.times, scored.digest, labels.digest) for period, scored, labels in windows)
    return LaidOutWindows(LiveEvaluation(source.environment, source.release, found), files, copies, rows)


def _read(source: LiveSource, period: Period, folder: str) -> tuple[Period, LiveFile, LiveFile]:
    """The files of a window. Raises Undecided."""
    windows, labels = source.plan.windows, source.plan.windows.labels
    if labels is None:
        raise Undecided(f"{source.plan.path} names no labels (`windows.labels`), and a candidate is judged by them")
    found = []
    for location, declared in ((windows.path, windows.format), (labels.path, labels.format)):
        place = path_of(location, source.environment, period)
        found.append(read_live_file(source.store, place, folder, near=source.plan.path, declared=declared))
    return period, found[0], found[1]


def _labelled(source: LiveSource, period: Period, scored: LiveFile, labels: LiveFile) -> LabelledWindow:
    windows: Windows = source.plan.windows
    formats = with_formats(windows, scored.format, labels.format)
    data = labelled_data(judged_data(source.kpis)[0], _of_period(formats, source.environment, period), source.release)
    if isinstance(data, str):
        raise Undecided(data)
    return LabelledWindow(replace(data, name=f"the window of {period.times[0]}"), scored.path, labels.path)


def _of_period(windows: Windows, environment: str, period: Period) -> Windows:
    """With the places of one window, so that messages name its files."""
    labels = windows.labels
    held = replace(labels, path=path_of(labels.path, environment, period)) if labels else None
    return replace(windows, path=path_of(windows.path, environment, period), labels=held)


def _require_formats(files: LiveFiles, windows: Sequence[tuple[Period, LiveFile, LiveFile]]) -> None:
    """Raises Undecided for a window of another format than the file it is laid out in."""
    for period, scored, labels in windows:
        for path, found in ((files.rows, scored.format), (files.labels, labels.format)):
            if found != format_by_ending(path):
                reason = f"the window of {period.times[0]} is {found}, and {path} is to hold it"
                raise Undecided(reason, help="say the format of the windows in monitoring.yaml (`format`)")


def _dvc_file(path: str, copy: str) -> bytes:
    with open(copy, "rb") as file:
        md5 = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    out = {"md5": md5, "size": os.path.getsize(copy), "hash": "md5", "path": posixpath.basename(path)}
    return to_yaml({"outs": [out]}).encode()


def _ignored(tree: Tree, paths: Iterable[str]) -> dict[str, bytes]:
    """The .gitignore files that keep these out of Git, with what they have already."""
    found: dict[str, bytes] = {}
    for path in paths:
        place = posixpath.join(posixpath.dirname(path), ".gitignore")
        text = found.get(place) or read_if_possible(tree, place) or b""
        line = f"/{posixpath.basename(path)}".encode()
        if line not in text.splitlines():
            text += (b"" if not text or text.endswith(b"\n") else b"\n") + line + b"\n"
        found[place] = text
    return {place: text for place, text in found.items() if text != read_if_possible(tree, place)}
