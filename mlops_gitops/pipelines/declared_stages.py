"""The pipelines of a tree as people declare them: dvc.yaml, .dvc files, GTO's artifacts.yaml.

tracked_outputs.py has the bytes that DVC pinned; this has what people declare a file to be. A templated path, such as
`${dir}/model.pkl`, becomes the one that dvc.lock has in its place; before the first run, the one that DVC will make.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents.tree import Tree, safe_path
from mlops_gitops.pipelines.dvc_projects import parents, project_folder, repro_command
from mlops_gitops.pipelines.merge_keys import load_as_dvc
from mlops_gitops.pipelines.stage_entries import LockedStage, command_of, mapping
from mlops_gitops.pipelines.templates import can_be, literal_parts
from mlops_gitops.pipelines.tracked_outputs import Tracking

OUT, METRIC, PLOT = "out", "metric", "plot"
_LISTS = {"metrics": METRIC, "plots": PLOT, "outs": OUT}


@frozen
class DeclaredStage:
    """A stage with real paths; one without a name is what `dvc add` tracks.

    The command is the one that ran; before the first run it is the declared one, which may hold templates.
    """

    name: str
    source: str
    command: str
    deps: tuple[str, ...]
    outs: Mapping[str, str]  # path → out, metric or plot

    @property
    def loop(self) -> str:
        """The name of the `foreach` or `matrix` it is a run of, `train` of `train@eu`; empty for any other stage."""
        return self.name.partition("@")[0] if "@" in self.name else ""


@frozen
class Artifact:
    """A declared model. `path` is None where `written` is not a file of this repository."""

    name: str
    source: str
    written: str
    path: str | None
    description: str
    labels: tuple[str, ...]


@dataclass
class Pipelines:
    """All that is declared; `broken` files do not parse, and `notes` say which paths could not be used.

    `projects` are the folders that are projects of their own: with a dvc.yaml, or with DVC's settings.
    """

    stages: list[DeclaredStage] = field(default_factory=list)
    artifacts: list[Artifact] = field(default_factory=list)
    metrics: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    broken: list[Diagnostic] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    projects: set[str] = field(default_factory=set)

    def project_of(self, path: str) -> str:
        """The project that a file lies in: the nearest around it, or the whole repository as an empty name."""
        return next((folder for folder in parents(path) if folder in self.projects), "")

    @cached_property
    def _makers(self) -> dict[str, DeclaredStage]:
        return {path: stage for stage in reversed(self.stages) for path in stage.outs}

    def outs(self) -> Iterator[str]:
        """Every path that is tracked."""
        return (path for stage in self.stages for path in stage.outs)

    def maker(self, path: str) -> DeclaredStage | None:
        """The stage that makes a file, or a folder around it."""
        return next((self._makers[place] for place in _places(path) if place in self._makers), None)

    def folder(self, path: str) -> str | None:
        """The folder, tracked as a whole, that a file lies in."""
        return next((place for place in _places(path) if place != path and place in self._makers), None)

    def made_from(self, path: str, source: str) -> bool:
        """Whether `source` goes into making `path`, through other stages too, or one stage makes both."""
        seen: set[tuple[str, str]] = set()
        pending = [path]
        while pending:
            stage = self.maker(pending.pop())
            if stage is None or (stage.source, stage.name) in seen:
                continue
            seen.add((stage.source, stage.name))
            if any(contains(it, source) or contains(source, it) for it in (*stage.deps, *stage.outs)):
                return True
            pending += stage.deps
        return False


def _places(path: str) -> Iterator[str]:
    """A path and every folder around it, nearest first."""
    while path:
        yield path
        path = posixpath.dirname(path)


def contains(folder: str, path: str) -> bool:
    """Whether `path` is `folder`, or lies in it."""
    return path == folder or path.startswith(f"{folder}/")


def has_template(text: str) -> bool:
    """Whether a text holds what DVC fills in: `${item}`."""
    return len(literal_parts(text)) > 1


def is_usable_path(path: str) -> bool:
    """Whether our files can hold a path: inside the repository, without invisible characters."""
    return safe_path(path) and path.isprintable() and not has_template(path)


def read_pipelines(tree: Tree) -> Pipelines:
    """Everything the pipeline files of a tree declare."""
    reader = _Reader(tree)
    for path in tree.paths():
        reader.file(path)
    return reader.found


class _Reader:
    def __init__(self, tree: Tree) -> None:
        self.tree, self.tracking, self.found = tree, Tracking(tree), Pipelines()

    def file(self, path: str) -> None:
        """Reads one file, when it is one of DVC's or GTO's."""
        name = posixpath.basename(path)
        if name == "dvc.yaml":
            self._pipeline(path, self._load(path))
        elif name == "dvc.lock":
            self._load(path)
        elif name.endswith(".dvc"):
            self._added(path, self._load(path))
        elif path == "artifacts.yaml":
            self._artifacts(path, self._load(path))

    def _load(self, path: str) -> dict[str, Any]:
        document = load_as_dvc(self.tree, path)
        if document is None:
            return {}
        self.found.sources.append(path)
        is_pipeline = posixpath.basename(path) == "dvc.yaml"
        self.found.projects.add(posixpath.dirname(path) if is_pipeline else project_folder(self.tree, path) or "")
        self.found.broken.extend(document.problems[:1])
        return mapping(document.data)

    def _pipeline(self, path: str, data: Mapping[str, Any]) -> None:
        folder = posixpath.dirname(path)
        lock = posixpath.join(folder, "dvc.lock")
        runs = [stage for stage in self.tracking.stages if stage.lock == lock]
        declared = self.tracking.declarations(path)
        for name, stage in mapping(data.get("stages")).items():
            # A stage with `foreach` or `matrix` has run once for each of its items: name@item.
            its_runs = [run for run in runs if run.name.split("@")[0] == name]
            body = mapping(mapping(stage).get("do")) or mapping(stage)
            self.found.stages.extend(self._stage(path, name, body, run) for run in its_runs)
            if not its_runs:
                names = declared.names(name)
                to_run = (name,) if names is None else names
                self.found.stages.extend(self._stage(path, each, declared.of(each), None) for each in to_run)
        outputs = [out for run in runs for out in run.outputs]
        self.found.metrics.extend(self._paths(path, folder, _entries(data.get("metrics")), outputs))
        self._artifacts(path, mapping(data.get("artifacts")))

    def _stage(self, path: str, name: str, body: Mapping[str, Any], run: LockedStage | None) -> DeclaredStage:
        where = posixpath.join(posixpath.dirname(path), _text(body.get("wdir")) or ".")
        about = f"{path}: stage {name}"
        deps = self._paths(about, where, _entries(body.get("deps")), run.deps if run else ())
        outputs = run.outputs if run else {}
        outs: dict[str, str] = {}
        for key, role in _LISTS.items():
            for out in self._paths(about, where, _entries(body.get(key)), outputs):
                outs.setdefault(out, role)
        ran, name = (run.command, run.name) if run else ("", name)
        return DeclaredStage(name, path, ran or command_of(body), tuple(dict.fromkeys(deps)), outs)

    def _paths(self, about: str, where: str, written: Iterable[str], known: Iterable[str]) -> list[str]:
        """The real paths: a template matches one of `known`, and never one that is written out as well."""
        places = [posixpath.normpath(posixpath.join(where, text)) for text in written if "://" not in text]
        plain = [place for place in places if not has_template(place)]
        found = [place for place in plain if is_usable_path(place)]
        for place in places:
            if has_template(place):
                matching = [path for path in known if path not in plain and can_be(place, path)]
                matching = [path for path in matching if is_usable_path(path)]
                found += matching
                if not matching:
                    repro = repro_command(about.partition(":")[0])
                    self.found.notes.append(f"{about}: no dvc.lock tells what {place} stands for: `{repro}`")
            elif not place.isprintable():
                self.found.notes.append(f"{about}: passed over {place!r}, whose characters do not all print")
        return found

    def _added(self, path: str, data: Mapping[str, Any]) -> None:
        where = posixpath.join(posixpath.dirname(path), _text(data.get("wdir")) or ".")
        listed = data.get("outs")
        names = [_text(mapping(out).get("path")) for out in listed] if isinstance(listed, list) else []
        outs = dict.fromkeys(self._paths(path, where, filter(None, names), ()), OUT)
        self.found.stages.append(DeclaredStage("", path, "", (), outs))

    def _artifacts(self, source: str, data: Mapping[str, Any]) -> None:
        for name, artifact in data.items():
            written = _text(mapping(artifact).get("path"))
            if written and artifact.get("type") == "model":
                paths = self._paths(source, posixpath.dirname(source), [written], self.found.outs())
                about = _text(artifact.get("desc")) or _text(artifact.get("description"))
                labels = tuple(label for label in _entries(artifact.get("labels")) if label)
                self.found.artifacts.append(Artifact(name, source, written, paths[0] if paths else None, about, labels))


def _text(data: Any) -> str:
    return data if isinstance(data, str) else ""


def _entries(data: Any) -> list[str]:
    """The names of a list of names, where a name with options is a mapping of one key."""
    names: list[str] = []
    for item in data if isinstance(data, list) else ():
        names += item if isinstance(item, dict) else [item] if isinstance(item, str) else []
    return names
