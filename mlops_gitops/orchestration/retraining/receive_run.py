"""Job two, first half: what a run handed over, taken file by file as the base names it, and refused otherwise.

Nothing that the run left behind is executed, and none of it is believed: each byte has the digest that dvc.lock gives
it, and dvc.lock says of the named stages alone what the base's command, inputs and params have made.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable, Mapping, Sequence

from mlops_gitops.core.errors import Refused, Undecided
from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents.tree import Overlay, Tree, Unreadable, WorkTree, read_if_possible
from mlops_gitops.pipelines.dvc_places import folded_name
from mlops_gitops.records import card
from mlops_gitops.records.retraining import Retraining
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.retraining.handover import handed_run
from mlops_gitops.retraining.handover.files import (
    Expected,
    HandedFile,
    content_refusals,
    file_refusals,
    shown,
)
from mlops_gitops.retraining.handover.handed_run import HandedRun
from mlops_gitops.retraining.handover.lock_changes import StageNames, changed_outputs, lock_refusals, stage_names
from mlops_gitops.retraining.handover.stated_sizes import KnownBytes
from mlops_gitops.retraining.set_params import Value, with_params
from mlops_gitops.storage import handed_folder
from mlops_gitops.storage.handed_folder import Altered

_TOP = (handed_run.FILE, handed_run.LOG)
_SETTINGS = (".git", ".dvc", ".github", ".gitattributes", ".gitmodules", ".dvcignore")


class HandOverRefused(Refused):
    """A folder that is not taken; `reasons` name each file that is wrong."""

    def __init__(self, reasons: Sequence[str]) -> None:
        more = f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else ""
        super().__init__(f"what the run handed over is refused: {reasons[0]}{more}")
        self.reasons = tuple(reasons)


@frozen
class ReceivedRun:
    """The files that a run changes in Git, by path, and the outputs whose bytes a cache of DVC holds now."""

    files: Mapping[str, bytes]
    cached: tuple[str, ...]


def read_run(folder: str, model: str) -> HandedRun:
    """What the folder says of the run, all of it claims. Raises HandOverRefused, Undecided where nothing is there."""
    try:
        data = WorkTree(folder).read(handed_run.FILE)
    except Unreadable as error:
        raise HandOverRefused([f"{handed_run.FILE} {error}"]) from error
    if data is None:
        help = f"mlops-gitops retrain run {model} --out FOLDER fills one"
        raise Undecided(f"{folder} holds no {handed_run.FILE}, so no run was handed over", help=help)
    try:
        found = handed_run.parse(data)
    except ValueError as error:
        raise HandOverRefused([f"{handed_run.FILE}: {error}"]) from error
    if found.model != model:
        raise HandOverRefused([f"{handed_run.FILE} is of a run of {shown(found.model)}, and not of {model}"])
    return found


def receive_run(
    base: Tree, policy: Retraining, params: Mapping[str, Value], folder: str, cache: str
) -> ReceivedRun:  # fmt: skip
    """Takes what a run of `params` on the base may hand over, outputs into an empty cache. Raises HandOverRefused."""
    top = handed_folder.scan(folder)
    below = f"{handed_run.FILES}/"
    _refuse(f"{shown(file.path)} does not belong there" for file in top if not _belongs(file, below))
    found = [HandedFile(f.path.removeprefix(below), f.size, f.fault) for f in top if f.path.startswith(below)]
    _refuse(file_refusals(found))
    receiver = _Receiver(base, stage_names(policy.pipeline.stages), os.path.join(folder, handed_run.FILES), found)
    return receiver.receive(_changed(base, with_params(base, params)), cache)


def _belongs(file: HandedFile, below: str) -> bool:
    return file.path.startswith(below) or (file.path in _TOP and not file.fault)


def _changed(base: Tree, files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {path: data for path, data in files.items() if data != read_if_possible(base, path)}


def _refuse(reasons: Iterable[str]) -> None:
    if found := list(reasons):
        raise HandOverRefused(found)


@frozen
class _Receiver:
    base: Tree
    stages: StageNames
    folder: str
    found: Sequence[HandedFile]

    def receive(self, params: Mapping[str, bytes], cache: str) -> ReceivedRun:
        """The run whose params files are these, byte for byte."""
        locks = self._read(lock for lock in self.stages.by_lock if any(file.path == lock for file in self.found))
        outs = changed_outputs(self.base, Overlay({**params, **locks}, self.base), self.stages)
        small = [path for path, output in outs.items() if not output.cached]
        cached = {path: output.pin for path, output in outs.items() if output.cached}
        _refuse(_settings_refusals(self.base, outs))
        _refuse(content_refusals(self.found, Expected((*locks, *params, *small), cached)))
        _refuse(
            f"{path} is not the base's with the named params alone set"
            for path, data in self._read(params).items()
            if data != params[path]
        )
        files = {**params, **locks, **self._read(small)}
        try:
            received = handed_folder.receive(self.folder, self.found, cached, cache)
        except (Altered, Undecided) as error:
            raise HandOverRefused([str(error)]) from error
        known = KnownBytes(self.found, self.base)
        _refuse(lock_refusals(Overlay(files, self.base), self.stages, received.members, known))
        return ReceivedRun(files, tuple(cached))

    def _read(self, paths: Iterable[str]) -> dict[str, bytes]:
        """The bytes of small files. Raises HandOverRefused."""
        found = {}
        for path in paths:
            try:
                data = WorkTree(self.folder).read(path)
            except Unreadable as error:
                raise HandOverRefused([f"{shown(path)} {error}"]) from error
            if data is None:
                raise HandOverRefused([f"{shown(path)} is not handed over"])
            found[path] = data
        return found


def _settings_refusals(base: Tree, outs: Iterable[str]) -> Iterable[str]:
    """Outputs that no run may make, whatever the base's dvc.yaml says: records of ours, settings of Git and of DVC."""
    snapshot = Snapshot(base)
    for path in outs:
        kind = snapshot.kind_of(path)
        if kind is not None and kind.name != card.KIND.name:
            yield f"{path} is a file of kind {kind.name}, which no run makes"
        elif any(folded_name(part) in _SETTINGS for part in path.split("/")):
            yield f"{path} is among the settings of Git, DVC or the forge, which no run makes"
        elif posixpath.basename(path) in ("dvc.yaml", "dvc.lock") or path.endswith(".dvc"):
            yield f"{path} is a file of DVC's, which no output may be"
