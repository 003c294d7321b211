"""What DVC tracks in a tree, read from dvc.lock, dvc.yaml and .dvc files: DVC itself is not imported."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence, Set
from functools import cached_property
from typing import Any

from mlops_gitops.core.canonical import git_blob
from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.documents import foreign_json
from mlops_gitops.documents.document import Document, Route
from mlops_gitops.documents.read_document import load
from mlops_gitops.documents.tree import Tree, Unreadable
from mlops_gitops.documents.worktree import path_refusal
from mlops_gitops.pipelines.dvc_hashes import folder_md5
from mlops_gitops.records.release import Member, Pin


@frozen
class Output:
    """A file or folder DVC tracks; `cached` is false where its bytes lie in Git."""

    pin: Pin
    source: str  # the dvc.lock or .dvc file that says so
    cached: bool
    imported: str | None = None  # the address or repository it came from


@frozen
class LockedStage:
    """A stage as dvc.lock pins it: the digests of one run."""

    name: str
    lock: str
    deps: Mapping[str, str]
    outputs: Mapping[str, Output]
    params: Mapping[str, Any]


class Tracking:
    """The tracked outputs of one tree. A dvc.lock that cannot be parsed tracks nothing; `lacking` says so."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self._documents: dict[str, Document | None] = {}

    def untracked_reason(self, path: str) -> str:
        """Why nothing is tracked at a path."""
        for source in (*self._locks, f"{path}.dvc"):
            document = self.document(source)
            if document and document.problems:
                return f"{path} cannot be looked up: {document.problems[0].span}: {document.problems[0].message}"
        if any(place == path for place, _ in self._added_at(path)):
            return f"{path} was imported without its bytes: run dvc update {path}.dvc, and commit that"
        return f"DVC does not track {path}"

    @cached_property
    def folders(self) -> tuple[str, ...]:
        """Every folder with a dvc.lock or a dvc.yaml, the repository's own as an empty name."""
        found = (path for path in self.tree.paths() if posixpath.basename(path) in ("dvc.lock", "dvc.yaml"))
        return tuple(dict.fromkeys(map(posixpath.dirname, found)))

    @cached_property
    def _locks(self) -> tuple[str, ...]:
        paths = (posixpath.join(folder, "dvc.lock") for folder in self.folders)
        return tuple(sorted(path for path in paths if self.tree.exists(path)))

    def document(self, path: str) -> Document | None:
        """One of DVC's files, parsed once; None where there is none."""
        if path not in self._documents:
            found = load(self.tree, path)
            self._documents[path] = _refused(found) if found else None
        return self._documents[path]

    @cached_property
    def stages(self) -> tuple[LockedStage, ...]:
        """Every stage of every dvc.lock."""
        return tuple(stage for lock in self._locks for stage in self._stages(lock))

    def _load(self, path: str) -> Any:
        document = self.document(path)
        return None if document is None or document.problems else document.data

    def _stages(self, lock: str) -> Iterator[LockedStage]:
        data = self._load(lock)
        if not isinstance(data, dict):
            return
        pipeline = self._load(lock.removesuffix("dvc.lock") + "dvc.yaml")
        declared = _mapping(pipeline, "stages")
        for name, entry in (_mapping(data, "stages") if "schema" in data else data).items():
            if isinstance(entry, dict):
                yield _stage(name, lock, entry, declaration_of(declared, name))

    @cached_property
    def _made(self) -> Mapping[str, Output]:
        return {path: output for stage in reversed(self.stages) for path, output in stage.outputs.items()}

    def output(self, path: str) -> Output | None:
        """What is tracked at `path`."""
        return self._made.get(path) or self.added(path)

    def added(self, path: str) -> Output | None:
        """What the .dvc file of `path` tracks there."""
        for place, out in self._added_at(path):
            pin = pin_of("", {**out, "path": place}) if place == path else None
            if pin:
                return Output(pin, f"{path}.dvc", out.get("cache") is not False, _origin(self._load(f"{path}.dvc")))
        return None

    def _added_at(self, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """What the .dvc file of `path` lists, each with its place; an import without its bytes has no digest."""
        data = self._load(f"{path}.dvc")
        folder = posixpath.join(posixpath.dirname(path), str(_mapping(data).get("wdir", ".")))
        for out in _list(data, "outs"):
            if isinstance(out.get("path"), str):
                yield posixpath.normpath(posixpath.join(folder, out["path"])), out

    def maker(self, pin: Pin) -> LockedStage | None:
        """The stage whose last run made exactly these bytes."""
        return next((stage for stage in self.stages if _makes(stage, pin)), None)

    def linked(self, pin: Pin, artifact: Pin) -> bool:
        """Whether the stage that made `pin` read the artifact's digest, through other stages too, or made it."""
        seen: set[tuple[str, str]] = set()
        pending = [self.maker(pin)]
        while pending:
            stage = pending.pop()
            if stage is None or (stage.lock, stage.name) in seen:
                continue
            seen.add((stage.lock, stage.name))
            if stage.deps.get(artifact.path) == artifact.md5 or _makes(stage, artifact):
                return True
            pending += [self.maker(Pin(path, md5=md5)) for path, md5 in stage.deps.items()]
        return False

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


def _refused(document: Document) -> Document:
    """The document; without data where it has a path that no file can have."""
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
    output = tracking.output(path)
    if output and output.cached:
        return output.pin
    folder = next((f for f in parents(path) if tracking.output(f)), None)
    if output is None and folder:
        return f"{path} lies in the folder {folder} that DVC tracks as a whole: make it an output of its own"
    if output is None and ignored:
        return f"{tracking.untracked_reason(path)}, and Git ignores it"
    try:
        data = tracking.tree.read(path)
    except Unreadable as error:
        return f"{path} {error}"
    if data is None:
        return f"{tracking.untracked_reason(path)}, and it is not there"
    if output and output.pin.md5 not in _md5s(data):
        return f"{path} is not what {output.source} says stage {output.pin.stage} made: run dvc repro, or restore it"
    return Pin(path, git_blob=git_blob(data), stage=output.pin.stage if output else None)


def parents(path: str) -> Iterator[str]:
    """The folders a path lies in, nearest first."""
    while path := posixpath.dirname(path):
        yield path


def _md5s(data: bytes) -> set[str]:
    import hashlib

    return {hashlib.md5(data).hexdigest(), hashlib.md5(data.replace(b"\r\n", b"\n")).hexdigest()}


def _makes(stage: LockedStage, pin: Pin) -> bool:
    output = stage.outputs.get(pin.path)
    return output is not None and pin.md5 is not None and output.pin.md5 == pin.md5


def _mapping(data: Any, key: str | None = None) -> dict[str, Any]:
    value = data.get(key) if key and isinstance(data, dict) else data
    return value if isinstance(value, dict) else {}


def _list(data: Any, key: str) -> list[dict[str, Any]]:
    value = _mapping(data).get(key)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def declaration_of(declared: Mapping[str, Any], name: str) -> dict[str, Any]:
    """What the stages of a dvc.yaml say of one of dvc.lock, `name@item` of a `foreach` or `matrix` too."""
    declaration = _mapping(declared.get(name) or declared.get(name.split("@")[0]))
    return _mapping(declaration, "do") if "do" in declaration else declaration


def _uncached(declaration: Mapping[str, Any], folder: str) -> list[re.Pattern[str]]:
    """The forms of the paths declared with `cache: false`; a `${…}` in one matches anything."""
    listed = [item for key in ("outs", "metrics", "plots") for item in _list(declaration, key)]
    options = {path: _mapping(value) for item in listed for path, value in item.items()}
    paths = [path for path, option in options.items() if option.get("cache") is False]
    return [_form(posixpath.normpath(posixpath.join(folder, path))) for path in paths]


def _form(path: str) -> re.Pattern[str]:
    """A path with templates as a pattern; each template but the last takes the shortest text and keeps it.

    That finds the same paths as trying every length, and many templates in one path cost no more than one.
    """
    first, *rest = (re.escape(part) for part in re.split(r"\$\{.*?\}", path))
    middle = "".join(f"(?>.+?{part})" for part in rest[:-1])
    return re.compile(first + middle + "".join(f".+{part}" for part in rest[-1:]))


def folder_of(lock: str, declaration: Mapping[str, Any]) -> str:
    """The folder a stage's paths are relative to."""
    wdir = declaration.get("wdir", ".")
    return posixpath.normpath(posixpath.join(posixpath.dirname(lock), wdir if isinstance(wdir, str) else "."))


def _stage(name: str, lock: str, data: dict[str, Any], declaration: dict[str, Any]) -> LockedStage:
    folder = folder_of(lock, declaration)
    in_git = _uncached(declaration, folder)
    deps = {pin.path: str(pin.md5) for item in _list(data, "deps") if (pin := pin_of(folder, item))}
    pins = [pin for item in _list(data, "outs") if (pin := pin_of(folder, item, name))]
    outputs = {pin.path: Output(pin, lock, not any(form.fullmatch(pin.path) for form in in_git)) for pin in pins}
    return LockedStage(name, lock, deps, outputs, _mapping(data, "params"))


def _origin(data: Any) -> str | None:
    """Where a .dvc file imports from, as it says."""
    for dep in _list(data, "deps"):
        url = _mapping(dep, "repo").get("url") or dep.get("path")
        return url if isinstance(url, str) else None
    return None


def pin_of(folder: str, item: Mapping[str, Any], stage: str | None = None) -> Pin | None:
    """What one entry of `deps` or `outs` pins; None where it has no MD5, nor files with one."""
    path, md5 = item.get("path"), item.get("md5")
    remote = _remote(item)
    files = _members(item, remote)
    if files and md5 is None:  # pushed to a cloud-versioned remote, a folder has no digest of its own any more
        md5 = folder_md5({member.relpath: member.md5 for member in files})
    if not isinstance(path, str) or not isinstance(md5, str):
        return None
    whole = posixpath.normpath(posixpath.join(folder, path))
    size = item.get("size")
    return Pin(
        whole,
        md5,
        "md5" if item.get("hash") == "md5" else None,
        size if isinstance(size, int) else None,
        remote=remote,
        stage=stage,
        version_id=_version(item, remote),
        files=files,
    )


def _members(item: Mapping[str, Any], remote: str | None) -> tuple[Member, ...] | None:
    """The files of a folder; None where DVC does not say what each of them is."""
    found = []
    for entry in _list(item, "files"):
        path, md5, size = entry.get("relpath"), entry.get("md5"), entry.get("size")
        if not isinstance(path, str) or not isinstance(md5, str):
            return None
        found.append(Member(path, md5, size if isinstance(size, int) else None, _version(entry, remote)))
    return tuple(found) or None


def _remote(item: Mapping[str, Any]) -> str | None:
    """The remote an entry is for, or was pushed to by version."""
    pushed = next((_mapping(entry, "cloud") for entry in [item, *_list(item, "files")] if "cloud" in entry), {})
    name = item.get("remote") or next(iter(pushed), None)
    return name if isinstance(name, str) else None


def _version(item: Mapping[str, Any], remote: str | None) -> str | None:
    """The version that was pushed to a remote."""
    version = _mapping(_mapping(item, "cloud"), remote).get("version_id") if remote else None
    return version if isinstance(version, str) else None
