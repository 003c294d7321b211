"""What DVC tracks in a tree, read from dvc.lock, dvc.yaml and .dvc files: DVC itself is not imported."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from functools import cached_property
from typing import Any

from mlops_gitops.core.canonical import git_blob
from mlops_gitops.core.frozen import replace
from mlops_gitops.core.git_lfs import UNSUPPORTED
from mlops_gitops.documents import foreign_json
from mlops_gitops.documents.document import Document, Route
from mlops_gitops.documents.tree import Kept, Tree, Unreadable
from mlops_gitops.documents.worktree import path_refusal
from mlops_gitops.pipelines.declarations import Declarations
from mlops_gitops.pipelines.dvc_hashes import files_of_folders
from mlops_gitops.pipelines.dvc_projects import file_command, parents, repro_command
from mlops_gitops.pipelines.lfs_files import LfsFiles, out_of_lfs
from mlops_gitops.pipelines.lock_runs import OUTS, listed_paths
from mlops_gitops.pipelines.merge_keys import load_as_dvc
from mlops_gitops.pipelines.path_index import PIPELINE, Indexes, PathIndex, Said
from mlops_gitops.pipelines.stage_entries import (
    LockedStage,
    Output,
    folder_of,
    import_source,
    locked_stage,
    malformed,
    mapping,
    mappings,
    pin_of,
)
from mlops_gitops.pipelines.templates import TEMPLATE
from mlops_gitops.records.release import Pin

# By path and identity: of 1,000 pipelines, those of the base and of the head.
_documents: Kept[Document] = Kept(4_000_000, lambda document: len(document.text))
_declarations: Kept[Declarations] = Kept(2_000)
_stages: Kept[tuple[LockedStage, ...]] = Kept(20_000, len)
_makers = Indexes[LockedStage]()
_declared = Indexes[bool]()

NOT_TRACKED = "DVC does not track "  # how the reason begins where DVC's files say nothing of a path


class Tracking:
    """The tracked outputs of one tree. A dvc.lock that DVC could not read tracks nothing; `lock_fault` says why."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self._documents: dict[str, Document | None] = {}
        self._declarations: dict[str, Declarations] = {}

    def untracked_reason(self, path: str) -> str:
        """Why nothing is tracked at a path."""
        if fault := self._fault((*self._locks, f"{path}.dvc")):
            return f"{path} cannot be looked up: {fault}"
        if self.is_in_lfs(path):
            return f"{path} is kept by Git LFS, and not by DVC"
        if any(place == path for place, _ in self._added_at(path)):
            update = file_command(self.tree, "update", f"{path}.dvc")
            return f"{path} was imported without its bytes: run {update}, and commit that"
        return f"{NOT_TRACKED}{path}"

    @cached_property
    def folders(self) -> tuple[str, ...]:
        """Every folder with a dvc.lock or a dvc.yaml, the repository's own as an empty name."""
        return tuple(dict.fromkeys(map(posixpath.dirname, self.tree.named(PIPELINE))))

    @property
    def lock_fault(self) -> str:
        """What is wrong with the first dvc.lock that DVC could not read, and where; empty where it reads each."""
        return self._fault(self._locks)

    def _fault(self, sources: Iterable[str]) -> str:
        documents = (self.document(source) for source in sources)
        problems = (document.problems[0] for document in documents if document and document.problems)
        return next((f"{problem.span}: {problem.message}" for problem in problems), "")

    @cached_property
    def _locks(self) -> tuple[str, ...]:
        paths = (posixpath.join(folder, "dvc.lock") for folder in self.folders)
        return tuple(sorted(path for path in paths if self.tree.exists(path)))

    def document(self, path: str) -> Document | None:
        """One of DVC's files, parsed once; None where there is none."""
        if path not in self._documents:
            self._documents[path] = _read(self.tree, path)
        return self._documents[path]

    @cached_property
    def stages(self) -> tuple[LockedStage, ...]:
        """Every stage of every dvc.lock."""
        return tuple(stage for lock in self._locks for stage in self._stages(lock))

    def declarations(self, path: str) -> Declarations:
        """The stages that a dvc.yaml makes, found once; none of one that cannot be read."""
        if path not in self._declarations:
            self._declarations[path] = self._declared(path)
        return self._declarations[path]

    def _declared(self, path: str) -> Declarations:
        key = (path, self.plain_identity(path))
        if key[1] and (kept := _declarations.get(key)):
            return kept
        document = self.document(path)
        found = Declarations(self.tree, document if document and not document.problems else None)
        return _declarations.add(key, found) if key[1] else found

    def plain_identity(self, path: str) -> str | None:
        """The identity of a dvc.yaml without templates: it alone says what its stages are."""
        document = self.document(path)
        return self.tree.identity(path) if document and TEMPLATE not in document.text else None

    def _load(self, path: str) -> Any:
        document = self.document(path)
        return None if document is None or document.problems else document.data

    def _stages(self, lock: str) -> tuple[LockedStage, ...]:
        pipeline = lock.removesuffix("dvc.lock") + "dvc.yaml"
        key = (lock, self.tree.identity(lock), self.plain_identity(pipeline))
        if not all(key):
            return tuple(self._read_stages(lock, pipeline))
        kept = _stages.get(key)
        return _stages.add(key, tuple(self._read_stages(lock, pipeline))) if kept is None else kept

    def _read_stages(self, lock: str, pipeline: str) -> Iterator[LockedStage]:
        data = self._load(lock)
        if not isinstance(data, dict):
            return
        declared = self.declarations(pipeline)
        for name, entry in (mapping(data, "stages") if "schema" in data else data).items():
            if isinstance(entry, dict):
                yield locked_stage(name, lock, entry, declared.of(name))

    def stages_of(self, lock: str) -> tuple[LockedStage, ...]:
        """The stages of one dvc.lock; none where there is no such file."""
        return self._stages(lock) if self.tree.exists(lock) else ()

    @cached_property
    def _makers(self) -> PathIndex[LockedStage]:
        return _makers.index(self.tree, lambda: self.folders, self._makers_in)

    def _makers_in(self, folder: str) -> Said[LockedStage]:
        stages = self.stages_of(posixpath.join(folder, "dvc.lock"))
        values = tuple((path, stage) for stage in stages for path in stage.outputs)
        return Said(values, self._is_settled(folder))

    def _is_settled(self, folder: str) -> bool:
        pipeline = self.document(posixpath.join(folder, "dvc.yaml"))
        return pipeline is None or TEMPLATE not in pipeline.text

    def makers(self, path: str) -> tuple[LockedStage, ...]:
        """The stages whose last run made a file at a path, in order of their dvc.lock: the first one counts."""
        return self._makers.at(path)

    @cached_property
    def templated(self) -> list[str]:
        """The folders whose dvc.yaml has templates."""
        return self._makers.unsettled

    @cached_property
    def _declared_outputs(self) -> PathIndex[bool]:
        return _declared.index(self.tree, lambda: self.folders, self._declared_in)

    def _declared_in(self, folder: str) -> Said[bool]:
        path = posixpath.join(folder, "dvc.yaml")
        listed = (
            (posixpath.normpath(posixpath.join(folder_of(path, declaration), out)), True)
            for declaration in (self.declarations(path).all() if self.document(path) else ())
            for out in listed_paths(declaration, *OUTS)
        )
        return Said(tuple(dict(listed).items()), self._is_settled(folder))

    def is_declared(self, path: str) -> bool:
        """Whether a dvc.yaml declares an output at a path, whether its stage has run or not."""
        return bool(self._declared_outputs.at(path))

    def output(self, path: str) -> Output | None:
        """What is tracked at `path`."""
        made = self.makers(path)
        return made[0].outputs[path] if made else self.added(path)

    def added(self, path: str) -> Output | None:
        """What the .dvc file of `path` tracks there."""
        for place, out in self._added_at(path):
            pin = pin_of("", {**out, "path": place}) if place == path else None
            if pin:
                return Output(
                    pin, f"{path}.dvc", out.get("cache") is not False, import_source(self._load(f"{path}.dvc"))
                )
        return None

    def _added_at(self, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """What the .dvc file of `path` lists, each with its place; an import without its bytes has no digest."""
        data = self._load(f"{path}.dvc")
        folder = posixpath.join(posixpath.dirname(path), str(mapping(data).get("wdir", ".")))
        for out in mappings(data, "outs"):
            if isinstance(out.get("path"), str):
                yield posixpath.normpath(posixpath.join(folder, out["path"])), out

    @cached_property
    def _lfs(self) -> LfsFiles:
        return LfsFiles(self.tree)

    def is_in_lfs(self, path: str) -> bool:
        """Whether Git LFS keeps a file, or its pointer lies where the file of DVC's should be."""
        output = self.output(path)
        return self._lfs.is_pointer(path) if output and output.cached else self._lfs.keeps(path)

    def sources(self, paths: Iterable[str]) -> set[str]:
        """The dvc.lock and .dvc files that say what lies at these paths, and what the stages that made it read."""
        found, seen, pending = set[str](), set[str](), list(paths)
        while pending:
            output = self.output(pending.pop())
            if output is None or output.pin.path in seen:
                continue
            seen.add(output.pin.path)
            found.add(output.source)
            stage = self.maker(output.pin)
            pending += stage.deps if stage else ()
        return found

    def maker(self, pin: Pin) -> LockedStage | None:
        """The stage whose last run made exactly these bytes."""
        return next((stage for stage in self.makers(pin.path) if _makes(stage, pin)), None)

    def made_by(self, path: str, data: bytes) -> LockedStage | None:
        """The stage whose last run made a file with these bytes, whatever line ends a checkout gives a text."""
        digests = _md5s(data)
        return next((stage for stage in self.makers(path) if stage.outputs[path].pin.md5 in digests), None)

    def linked(self, pin: Pin, artifact: Pin) -> bool:
        """Whether the stage that made `pin` read the artifact's digest, through other stages too, or made it."""
        seen: set[tuple[str, str]] = set()
        pending = [self.maker(pin)]
        while pending:
            stage = pending.pop()
            if stage is None or (stage.lock, stage.name) in seen:
                continue
            seen.add((stage.lock, stage.name))
            read = self._read_by(stage)
            if read.get(artifact.path) == artifact.md5 or _makes(stage, artifact):
                return True
            pending += [self.maker(Pin(path, md5=md5)) for path, md5 in read.items()]
        return False

    def _read_by(self, stage: LockedStage) -> Mapping[str, str]:
        """What a stage read, path → MD5; of a folder that it read as a whole, its files too where they are known."""
        if not any(md5.endswith(".dir") for md5 in stage.deps.values()):
            return stage.deps
        return {**dict(files_of_folders(self.tree, self._digests, stage.deps)), **stage.deps}

    @cached_property
    def _digests(self) -> Mapping[str, str]:
        made = (outputs for stage in reversed(self.stages) for outputs in stage.outputs.items())
        return {path: str(output.pin.md5) for path, output in made}

    def holdout(self, pin: Pin, artifacts: Sequence[Pin]) -> dict[str, str]:
        """What DVC tracks of what an evaluation read, digest → path, but for the artifacts and what they made.

        What a stage made of an artifact differs with each model, so what that stage read counts in its place.
        """
        output = self.output(pin.path)
        found: dict[str, str] = {}
        seen, pending = set[tuple[str, str]](), [self.maker(output.pin) if output else None]
        while pending:
            stage = pending.pop()
            if stage is None or (stage.lock, stage.name) in seen:
                continue
            seen.add((stage.lock, stage.name))
            for path, md5 in stage.deps.items():
                source = next(filter(None, map(self.output, (path, *parents(path)))), None)
                if source is None or source.pin.path in {artifact.path for artifact in artifacts}:
                    continue
                if self._made_of(source.pin, artifacts):
                    pending.append(self.maker(source.pin))
                else:
                    found[md5] = path
        return found

    def _made_of(self, pin: Pin, artifacts: Sequence[Pin]) -> bool:
        """Whether a stage read one of the artifacts to make it, not made it beside one."""
        stage = self.maker(pin)
        beside = stage is not None and any(_makes(stage, artifact) for artifact in artifacts)
        return not beside and any(self.linked(pin, artifact) for artifact in artifacts)


def _read(tree: Tree, path: str) -> Document | None:
    identity = tree.identity(path)
    if identity and (kept := _documents.get((path, identity))):
        return kept
    document = load_as_dvc(tree, path)
    found = _refused(document) if document else None
    return _documents.add((path, identity), found) if identity and found else found


def _refused(document: Document) -> Document:
    """The document; without data where it has not DVC's form, or a path that no file can have."""
    if not document.problems and (fault := malformed(document.path, document.data)):
        route, reason = fault
        problem = document.problem("syntax", f"not the form of DVC: {reason}", route)
        return replace(document, data=None, problems=(problem,))
    for route, text in _paths(document.data, ()):
        if wrong := path_refusal(text):
            problem = document.problem("syntax", f"a path {wrong}: {foreign_json.quoted(text)}", route)
            return replace(document, data=None, problems=(problem,))
    return document


def _paths(data: Any, route: Route) -> Iterator[tuple[Route, str]]:
    """The paths that one of DVC's files names, with their place."""
    for key, value in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        if isinstance(value, str) and key in ("path", "relpath", "wdir"):
            yield (*route, key), value
        yield from _paths(value, (*route, key))


def evaluation_pins(
    tracking: Tracking, files: Mapping[str, str], ignored: Set[str] = frozenset()
) -> dict[str, Pin | str]:
    """The pin of each evaluation file, or the sentence that says why it has none.

    `ignored` are the paths that Git ignores: without DVC, such a file is on this machine only.
    """
    return {name: _evaluation_pin(tracking, path, path in ignored) for name, path in files.items()}


def _evaluation_pin(tracking: Tracking, path: str, ignored: bool) -> Pin | str:
    if tracking.is_in_lfs(path):
        return f"{path} is in Git LFS. {UNSUPPORTED}; {out_of_lfs(tracking.tree, path)}"
    output = tracking.output(path)
    if output and output.cached:
        return output.pin
    folder = next((f for f in parents(path) if tracking.output(f)), None)
    if output is None and folder:
        return f"{path} lies in the folder {folder} that DVC tracks as a whole: make it an output of its own"
    if output is None and ignored:
        return f"{tracking.untracked_reason(path)}, and Git ignores it"
    try:
        data, stored = tracking.tree.read(path), tracking.tree.stored(path)
    except Unreadable as error:
        return f"{path} {error}"
    if data is None or stored is None:
        return f"{tracking.untracked_reason(path)}, and it is not there"
    if output and output.pin.md5 not in _md5s(data):
        made = f"{path} is not what {output.source} says stage {output.pin.stage} made"
        return f"{made}: run {repro_command(output.source)}, or restore it"
    return Pin(path, git_blob=git_blob(stored), stage=output.pin.stage if output else None)


def _md5s(data: bytes) -> set[str]:
    """The digests that DVC may have written of a text: with the line ends of this checkout, or of another."""
    import hashlib

    folded = data.replace(b"\r\n", b"\n")
    return {hashlib.md5(form).hexdigest() for form in (data, folded, folded.replace(b"\n", b"\r\n"))}


def _makes(stage: LockedStage, pin: Pin) -> bool:
    output = stage.outputs.get(pin.path)
    return output is not None and pin.md5 is not None and output.pin.md5 == pin.md5
