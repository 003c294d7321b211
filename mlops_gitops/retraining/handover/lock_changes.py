"""What a new dvc.lock may say that the base's does not: new runs of the named stages, of the base's own inputs."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents.tree import Tree, safe_path
from mlops_gitops.pipelines.lock_runs import OUTS, Run, is_external, items, listed_paths
from mlops_gitops.pipelines.stage_entries import Output, mapping
from mlops_gitops.pipelines.staleness import Staleness
from mlops_gitops.pipelines.templates import TEMPLATE
from mlops_gitops.retraining.handover.files import shown
from mlops_gitops.retraining.handover.stated_sizes import KnownBytes

_ENTRY = frozenset({"cmd", "deps", "params", "outs"})
_FILE = frozenset({"path", "hash", "md5", "size", "nfiles", "isexec"})
_SCHEMA = "2.0"  # of dvc.lock, and the only one that DVC reads
_MD5 = re.compile(r"[0-9a-f]{32}(\.dir)?")


@frozen
class StageNames:
    """The stages that a policy names, by the dvc.lock they are in."""

    by_lock: Mapping[str, frozenset[str]]

    def has(self, lock: str, name: str) -> bool:
        """Whether a stage is one of them; `train` names every run of a loop, such as `train@eu`."""
        return any(_is_run(named, name) for named in self.by_lock.get(lock, ()))


def stage_names(stages: Sequence[str]) -> StageNames:
    """The stages as DVC names them: `train`, or `models/churn/dvc.yaml:train` of another dvc.yaml than the first."""
    found: dict[str, frozenset[str]] = {}
    for stage in stages:
        pipeline, _, name = stage.rpartition(":")
        lock = posixpath.join(posixpath.dirname(pipeline), "dvc.lock")
        found[lock] = found.get(lock, frozenset()) | {name}
    return StageNames(found)


def changed_outputs(base: Tree, head: Tree, stages: StageNames) -> dict[str, Output]:
    """The outputs of the named stages, by path, that are not as in the base."""
    before = Staleness(base).tracking
    found: dict[str, Output] = {}
    for stage in Staleness(head).tracking.stages:
        for path, output in stage.outputs.items() if stages.has(stage.lock, stage.name) else ():
            earlier = before.output(path)
            if earlier is None or earlier.pin.digest != output.pin.digest or earlier.cached != output.cached:
                found[path] = output
    return found


def lock_refusals(
    head: Tree, stages: StageNames, members: Mapping[str, str], known: KnownBytes
) -> Iterator[str]:  # fmt: skip
    """Why the dvc.lock files of `head` are refused; in all else that they depend on `head` is the base.

    `members` are the MD5 digests of the files of folders that the stages made, by path; `known` are the bytes handed
    over, and the base.
    """
    after = Staleness(head)
    for lock in stages.by_lock:
        document = after.tracking.document(lock)
        if document is None or document.problems:
            yield f"{lock}: {document.problems[0].message if document else 'it is not there'}"
            continue
        if mapping(document.data).get("schema") != _SCHEMA:
            yield f"{lock} has another schema than {_SCHEMA}, which DVC writes"
        if more := sorted(map(str, mapping(document.data).keys() - {"schema", "stages"})):
            yield f"{lock} has the key {shown(more[0])}, which a run does not write"
        yield from _LockChanges(lock, stages, _entries(known.base, lock), after, members, known).refusals()


def _entries(tree: Tree, lock: str) -> Mapping[str, Any]:
    document = Staleness(tree).tracking.document(lock)
    return mapping(mapping(document.data if document else None), "stages")


@frozen
class _LockChanges:
    """One dvc.lock after a run, beside its entries before it; `members` and `known` are as in `lock_refusals`."""

    lock: str
    stages: StageNames
    before: Mapping[str, Any]
    after: Staleness
    members: Mapping[str, str]
    known: KnownBytes

    def refusals(self) -> Iterator[str]:
        entries = _entries(self.after.tree, self.lock)
        runs = {run.name: run for run in self.after.runs if run.lock.path == self.lock}
        for name in dict.fromkeys((*self.before, *entries)):
            same = name in entries and self.before.get(name) == entries[name]
            if not self.stages.has(self.lock, name):
                yield from () if same else self._unnamed(name, entries)
            elif name not in runs or not runs[name].declared:
                yield f"{self.lock} has no run of stage {shown(name)} that is as dvc.yaml declares it"
            else:
                yield from self._named(runs[name], same=same)
        lacking = [name for name in self.stages.by_lock[self.lock] if not any(_is_run(name, ran) for ran in entries)]
        yield from (f"{self.lock} has no run of stage {shown(name)}" for name in sorted(lacking))

    def _unnamed(self, name: str, entries: Mapping[str, Any]) -> Iterator[str]:
        what = "drops" if name not in entries else "changes" if name in self.before else "adds"
        yield f"{self.lock} {what} stage {shown(name)}, which `pipeline.stages` does not name"

    def _named(self, run: Run, *, same: bool) -> Iterator[str]:
        if not same:
            if run.frozen:
                yield f"{self.lock} changes stage {run.name}, which {run.pipeline.path} freezes"
            yield from self._keys(run)
            for key in ("deps", "outs"):
                yield from self._files(run, key)
            yield from self._more_params(run)
        yield from self._inputs(run)

    def _keys(self, run: Run) -> Iterator[str]:
        """What no run of the base's stage writes into its entry."""
        if more := sorted(map(str, run.entry.keys() - _ENTRY)):
            yield f"{self.lock} has the key {shown(more[0])} in stage {run.name}, which a run does not write"
        declared = str([run.declaration.get(key) for key in ("cmd", "wdir", "deps", "params", *OUTS)])
        if TEMPLATE in declared:
            yield f"{run.pipeline.path} has a template in stage {run.name} that cannot be filled in"
        if TEMPLATE in str(run.entry.get("cmd")):
            yield f"{self.lock} has a template in the cmd of stage {run.name}, and a run writes what it ran"

    def _files(self, run: Run, key: str) -> Iterator[str]:
        """The `deps` or `outs` of a run that are none of the stage's, or no files by their MD5."""
        listed, known = items(run.entry, key), items(mapping(self.before.get(run.name)), key)
        declared = {
            posixpath.normpath(path) for path in listed_paths(run.declaration, *([key] if key == "deps" else OUTS))
        }
        paths = [posixpath.normpath(str(item.get("path"))) for item in listed]
        for path in sorted({*paths} - declared):
            yield f"{self.lock} has {shown(path)} among the {key} of stage {run.name}, and {run.pipeline.path} does not"
        if len(set(paths)) < len(paths):
            yield f"{self.lock} lists a path twice among the {key} of stage {run.name}"
        for item in listed:
            if item in known:
                continue
            what = f"{shown(str(item.get('path')))} among the {key} of stage {run.name}"
            if not _is_file(run, item):
                yield f"{self.lock} has no MD5 of a file of the repository for {what}"
                continue
            for difference in self.known.differences(_place(run, item["path"]), item):
                yield f"{self.lock} says that {what} has {difference}"

    def _more_params(self, run: Run) -> Iterator[str]:
        asked = run.parameters()
        for file, values in run.ran().items():
            keys = asked.get(file, ())
            more = [key for key in mapping(values) if keys is not None and key not in keys]
            if more or file not in asked:
                named = f"{shown(more[0])} of {shown(file)}" if more else shown(file)
                yield f"{self.lock} has the param {named} in stage {run.name}, and {run.pipeline.path} does not"

    def _inputs(self, run: Run) -> Iterator[str]:
        """Where a run is not one of the base's command, inputs and params."""
        for cause in self.after.causes(run):
            if cause.compared:
                yield cause.message
            elif left := [path for path in cause.uncompared if path not in self._unchanged(run)]:
                yield f"stage {run.name} read {shown(left[0])}, which is not as it was: {cause.message}"

    def _unchanged(self, run: Run) -> frozenset[str]:
        """What a run read as its last one did, or as the folder now is that it lies in."""
        known = mapping(self.before.get(run.name))
        deps = [item for item in items(run.entry, "deps") if item in items(known, "deps")]
        files = [file for file, values in run.ran().items() if mapping(known, "params").get(file) == values]
        read = {_place(run, item["path"]): item.get("md5") for item in items(run.entry, "deps") if "path" in item}
        made = {path for path, md5 in read.items() if md5 is not None and self.members.get(path) == md5}
        return frozenset(
            (*(_place(run, str(item.get("path"))) for item in deps), *(_place(run, f) for f in files), *made)
        )


def _is_run(named: str, name: str) -> bool:
    """Whether a run is one of a stage, which may be a loop."""
    return named in (name, name.partition("@")[0])


def _place(run: Run, path: str) -> str:
    return posixpath.normpath(posixpath.join(run.folder or "", path))


def _is_file(run: Run, item: Mapping[str, Any]) -> bool:
    path, md5, size = item.get("path"), item.get("md5"), item.get("size")
    if not isinstance(path, str) or is_external(path) or not isinstance(md5, str) or type(size) is not int:
        return False
    sound = item.get("hash") == "md5" and _MD5.fullmatch(md5) is not None and size >= 0
    counted = type(item.get("nfiles", 0)) is int and type(item.get("isexec", True)) is bool
    return sound and counted and safe_path(_place(run, path)) and item.keys() <= _FILE
