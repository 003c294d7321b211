"""Whether the runs in dvc.lock are those of the tree: files and parameters compared, DVC itself not imported."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from mlops_gitops.core.diagnostics import Span
from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents.document import Document
from mlops_gitops.documents.tree import Kept, Tree
from mlops_gitops.pipelines import params_files
from mlops_gitops.pipelines.declarations import Declarations
from mlops_gitops.pipelines.dvc_hashes import Match
from mlops_gitops.pipelines.dvc_projects import parents, repro_command
from mlops_gitops.pipelines.lock_runs import (
    OUTS,
    Run,
    is_external,
    listed_paths,
    read_runs,
)
from mlops_gitops.pipelines.stage_entries import mapping
from mlops_gitops.pipelines.templates import TEMPLATE
from mlops_gitops.pipelines.tracked_outputs import Tracking
from mlops_gitops.pipelines.tree_comparison import Incomparable, TreeComparison
from mlops_gitops.records.release import Pin

NAMED = 3  # what a message lists at most
_kept: Kept[tuple[Run, ...]] = Kept(5_000, len)  # of commits, by the identity of dvc.lock and dvc.yaml


@frozen
class Cause:
    """One reason why a run is not the tree's.

    `sure` where DVC would run the stage again on every machine: a file or a parameter differs. `compared` is
    false where that is unknown, of the files `uncompared`. `path` is the file it is about.
    """

    stage: str
    message: str
    span: Span
    help: str
    related: tuple[Span, ...] = ()
    path: str = ""
    sure: bool = False
    compared: bool = True
    uncompared: tuple[str, ...] = ()


class Staleness:
    """The runs of one tree, each compared on demand."""

    def __init__(self, tree: Tree, tracking: Tracking | None = None) -> None:
        """`tracking` is of the same tree, where it was read already."""
        self.tree, self._tracking = tree, tracking
        self._makers: dict[str, tuple[Run, Pin] | None] = {}
        self._parameters: dict[str, dict[str, Any] | str] = {}  # many stages read the same file: it is read once

    @cached_property
    def tracking(self) -> Tracking:
        """What DVC tracks in the tree."""
        return self._tracking or Tracking(self.tree)

    @cached_property
    def _pipelines(self) -> tuple[tuple[Document | None, Document | None], ...]:
        """The dvc.lock and the dvc.yaml of each folder that has one."""
        names = ("dvc.lock", "dvc.yaml")
        paths = ([posixpath.join(folder, name) for name in names] for folder in self.tracking.folders)
        return tuple((self.tracking.document(lock), self.tracking.document(yaml)) for lock, yaml in paths)

    @cached_property
    def runs(self) -> tuple[Run, ...]:
        """Every run of a dvc.lock that can be read, with a dvc.yaml that can."""
        pairs = [(lock, yaml) for lock, yaml in self._pipelines if lock and yaml]
        sound = [(lock, yaml) for lock, yaml in pairs if not lock.problems + yaml.problems]
        return tuple(run for lock, yaml in sound for run in self._runs(lock, yaml))

    def _runs(self, lock: Document, yaml: Document) -> tuple[Run, ...]:
        declarations = self.tracking.declarations(yaml.path)
        key = (lock.path, self.tree.identity(lock.path), self.tracking.plain_identity(yaml.path))
        kept = _kept.get(key) if all(key) else None
        if kept is None:
            found = tuple(read_runs(lock, yaml, declarations))
            kept = _kept.add(key, found) if all(key) else found
        return kept

    def _made_at(self, path: str) -> tuple[Run, Pin] | None:
        """The declared run that made what lies at a path: the first of several."""
        if path not in self._makers:
            self._makers[path] = self._find_made(path)
        return self._makers[path]

    def _find_made(self, path: str) -> tuple[Run, Pin] | None:
        locks = {stage.lock for stage in self.tracking.makers(path)}
        locks |= {posixpath.join(folder, "dvc.lock") for folder in self.tracking.templated}  # which hide their paths
        made = (
            (run, pin)
            for lock in sorted(locks)
            for run in self._runs_of(lock)
            if run.declared
            for pin in reversed(run.outputs)
        )
        return next(((run, pin) for run, pin in made if pin.path == path), None)

    def _runs_of(self, lock: str) -> tuple[Run, ...]:
        """The runs of one dvc.lock; none where it or the dvc.yaml beside it cannot be read."""
        pair = [self.tracking.document(path) for path in (lock, posixpath.join(posixpath.dirname(lock), "dvc.yaml"))]
        sound = [document for document in pair if document and not document.problems]
        return self._runs(*sound) if len(sound) == len(pair) else ()

    @cached_property
    def _comparison(self) -> TreeComparison:
        return TreeComparison(self.tree, self.tracking, _Made(self))

    def run_making(self, path: str) -> Run | None:
        """The run that made what lies at a path."""
        found = self._made_at(path)
        return found[0] if found else None

    def upstream(self, paths: Iterable[str]) -> list[Run]:
        """The runs that made these files, and those that made what they read, nearest first."""
        found: dict[tuple[str, str], Run] = {}
        pending = list(paths)
        while pending:
            run = self.run_making(pending.pop(0))
            if run and (run.lock.path, run.name) not in found:
                found[run.lock.path, run.name] = run
                pending += [pin.path for _, pin in run.files("deps")]
        return list(found.values())

    def all(self) -> Iterator[Cause]:
        """Every cause of every dvc.lock and dvc.yaml."""
        for lock, yaml in self._pipelines:
            yield from _unread(lock, yaml)
            if yaml and not yaml.problems:
                yield from _never_run(lock, yaml, self.tracking.declarations(yaml.path))
        for run in self.runs:
            yield from self.causes(run)

    def causes(self, run: Run, *, compared: bool = False) -> Iterator[Cause]:
        """Why a run is not the tree's, and what could not be compared, unless only what is `compared` is wanted."""
        if not run.declared:
            message = f"stage {run.name} is no longer in {run.pipeline.path}, and DVC passes over its last run"
            yield Cause(run.name, message, run.place(key=True), f"remove its entry from {run.lock.path}")
            return
        unknown: dict[str, str] = {}
        if run.folder is None:
            unknown["anything"] = f"a template says its wdir in {run.pipeline.path}"
        else:
            if not run.frozen:
                yield from _command(run)
                yield from _declared_since(run)
                yield from self._deps(run, unknown)
                yield from self._params(run, run.folder, unknown)
            yield from self._outs(run, unknown)
        if unknown and not compared:
            message = f"stage {run.name} was not compared with {_listed(unknown)}"
            yield Cause(run.name, message, run.place(key=True), "", compared=False, uncompared=tuple(unknown))

    def _deps(self, run: Run, unknown: dict[str, str]) -> Iterator[Cause]:
        for n, pin in run.files("deps"):
            try:
                found = self._dep(pin)
            except Incomparable as reason:
                unknown[pin.path] = str(reason)
                continue
            if found:
                message, sure = found
                place, related = run.place("deps", n, "md5"), (run.declared_at("deps"),)
                message = f"stage {run.name} {'is' if sure else 'may be'} stale: {message}"
                yield Cause(run.name, message, place, run.repro, related, pin.path, sure)

    def _dep(self, pin: Pin) -> tuple[str, bool] | None:
        """How a dependency differs from the one that was read, and whether that is sure. Raises Incomparable."""
        made, added = self._made_at(pin.path), self.tracking.added(pin.path)
        now, source = (made[1], made[0].lock.path) if made else (added.pin, added.source) if added else (None, "")
        if now is not None:
            if now.md5 == pin.md5:
                return None
            if now.hash != pin.hash:
                raise Incomparable(f"{source} has another kind of digest for it")
            return f"it read {pin.path} with digest {pin.md5}, and {source} has {now.md5}", True
        if self.tracking.is_declared(pin.path):
            return None  # another cause says that its stage never ran, or makes more now
        if folder := next((folder for folder in parents(pin.path) if self._comparison.is_tracked(folder)), None):
            raise Incomparable(f"DVC tracks the folder {folder} as a whole")
        match = self._comparison.match(pin)
        if match is Match.LINE_ENDS:
            return f"{pin.path} differs in its line ends (CRLF or LF) from the file it read", False
        if match is Match.OTHER and pin.is_folder:
            return f"the folder {pin.path} is not the one it read (files that Git ignores count for DVC too)", False
        return (f"{pin.path} is not the file it read", True) if match is Match.OTHER else None

    def _params(self, run: Run, folder: str, unknown: dict[str, str]) -> Iterator[Cause]:
        for file, keys in run.parameters().items():
            path = posixpath.normpath(posixpath.join(folder, file))
            if path not in self._parameters:
                self._parameters[path] = params_files.read_parameters(self.tree, path)
            now = self._parameters[path]
            if isinstance(now, str):
                unknown[path] = now
                continue
            differences = list(params_files.differences(mapping(run.ran(), file), now, keys))
            if differences:
                message = f"stage {run.name} is stale: in {path}, {_first([words for _, words in differences])}"
                place, related = run.place("params", file, differences[0][0], key=True), (run.declared_at("params"),)
                yield Cause(run.name, message, place, run.repro, related, path, sure=True)

    def _outs(self, run: Run, unknown: dict[str, str]) -> Iterator[Cause]:
        for n, pin in run.files("outs"):
            made = (stage.outputs.get(pin.path) for stage in self.tracking.stages_of(run.lock.path))
            if all(output is None or output.cached for output in made):
                continue
            try:
                match = self._comparison.match(pin)
            except Incomparable as reason:
                unknown[pin.path] = str(reason)
                continue
            if match is not Match.SAME:
                how = "differs in its line ends (CRLF or LF) from what" if match is Match.LINE_ENDS else "is not what"
                message = f"{pin.path} {how} stage {run.name} made"
                place, help = run.place("outs", n, "md5"), f"{run.repro}, or restore the file"
                yield Cause(run.name, message, place, help, (), pin.path)


class _Made(Mapping[str, Pin]):
    """What the declared runs of a tree made, by path; they are all read only where all of them are wanted."""

    def __init__(self, staleness: Staleness) -> None:
        self._staleness = staleness

    def __getitem__(self, path: str) -> Pin:
        found = self._staleness._made_at(path)
        if found is None:
            raise KeyError(path)
        return found[1]

    def __iter__(self) -> Iterator[str]:
        declared = (run for run in self._staleness.runs if run.declared)
        yield from dict.fromkeys(pin.path for run in declared for pin in run.outputs)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _listed(unknown: Mapping[str, str]) -> str:
    """What could not be compared, a shared reason only once."""
    by_reason: dict[str, list[str]] = {}
    for path, reason in unknown.items():
        by_reason.setdefault(reason, []).append(path)
    return "; ".join(f"{_first(paths)}: {reason}" for reason, paths in by_reason.items())


def _first(names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def _unread(lock: Document | None, yaml: Document | None) -> Iterator[Cause]:
    if lock and lock.problems:
        yield _unreadable(lock)
    elif lock and yaml is None:
        message = f"there is no dvc.yaml beside {lock.path}, so DVC passes over it"
        yield Cause("", message, Span(lock.path), "restore dvc.yaml, or remove dvc.lock")
    elif lock and yaml and yaml.problems:
        yield _unreadable(yaml)


def _unreadable(document: Document) -> Cause:
    problem = document.problems[0]
    message = f"{document.path} cannot be read, so no stage can be compared: {problem.message}"
    return Cause("", message, problem.span, problem.help)


def _never_run(lock: Document | None, yaml: Document, declarations: Declarations) -> Iterator[Cause]:
    """The stages with outputs that a dvc.lock lacks; one finding where there is no dvc.lock at all."""
    if lock and lock.problems:
        return
    known = {run.name for run in read_runs(lock, yaml, declarations)} if lock else set()
    lacking = []
    for owner in declarations.stages:
        declaration = declarations.body(owner)
        if listed_paths(declaration, *OUTS) and declaration.get("frozen") is not True:
            lacking += [name for name in declarations.names(owner) or () if name not in known]
    if lock is None and lacking:
        message = f"there is no dvc.lock beside {yaml.path}: its stages have never run ({_first(lacking)})"
        yield Cause("", message, yaml.span(("stages",), key=True), repro_command(yaml.path))
    for name in lacking if lock else ():
        owner = declarations.owner(name)
        message = f"stage {name} has never run: {lock.path if lock else ''} does not have it"
        yield Cause(name, message, yaml.span(("stages", owner), key=True), repro_command(yaml.path))


def _command(run: Run) -> Iterator[Cause]:
    before, now = (_lines(data.get("cmd")) for data in (run.entry, run.declaration))
    if now and before != now and not any(TEMPLATE in line for line in (*now, *before)):
        message = f"stage {run.name} is stale: its command in {run.pipeline.path} is not the one that ran"
        yield Cause(run.name, message, run.place("cmd"), run.repro, (run.declared_at("cmd"),))


def _lines(command: object) -> list[str]:
    listed = command if isinstance(command, list) else [command] if command is not None else []
    return [str(line).strip() for line in listed]


def _declared_since(run: Run) -> Iterator[Cause]:
    for key, verb in (("deps", "read"), ("outs", "made")):
        if more := [path for path in run.missing_paths(key) if not is_external(path)]:
            message = f"stage {run.name} is stale: its last run is from before it {verb} {_first(more)}"
            yield Cause(run.name, message, run.place(key=True), run.repro, (run.declared_at(key),))
