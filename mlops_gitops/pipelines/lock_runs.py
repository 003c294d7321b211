"""The last run of each stage by dvc.lock, beside its present declaration in dvc.yaml."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from mlops_gitops.core.diagnostics import Span
from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents.document import Document, Route
from mlops_gitops.documents.tree import safe_path
from mlops_gitops.pipelines.declarations import Declarations
from mlops_gitops.pipelines.dvc_projects import repro_command
from mlops_gitops.pipelines.stage_entries import folder_of, mapping, pin_of
from mlops_gitops.pipelines.templates import PARAMS, TEMPLATE, can_be
from mlops_gitops.records.release import Pin

OUTS = ("outs", "metrics", "plots")


@frozen
class Run:
    """One stage as dvc.lock pins it, and its declaration."""

    name: str
    lock: Document
    route: Route
    entry: Mapping[str, Any]
    pipeline: Document
    declarations: Declarations

    @cached_property
    def declared(self) -> bool:
        """Whether dvc.yaml still has it."""
        return self.declarations.makes(self.name)

    @cached_property
    def declaration(self) -> Mapping[str, Any]:
        """Its entry in dvc.yaml."""
        return self.declarations.of(self.name)

    @cached_property
    def folder(self) -> str | None:
        """The folder its paths are relative to; None where a template says it."""
        wdir = self.declaration.get("wdir", ".")
        return None if TEMPLATE in str(wdir) else folder_of(self.lock.path, self.declaration)

    @property
    def frozen(self) -> bool:
        """Whether dvc.yaml says not to run it again."""
        return self.declaration.get("frozen") is True

    @property
    def repro(self) -> str:
        """The command that runs it again."""
        return repro_command(self.lock.path)

    def place(self, *steps: str | int, key: bool = False) -> Span:
        """A place in its entry of dvc.lock."""
        return self.lock.span((*self.route, *steps), key=key)

    def declared_at(self, key: str) -> Span:
        """The place in dvc.yaml of one of its keys, or of the stage."""
        owner = self.declarations.owner(self.name)
        route: Route = ("stages", owner)
        body: Route = (*route, "do") if "do" in mapping(self.declarations.stages, owner) else route
        return self.pipeline.span((*body, key), key=True) if key in self.declaration else self.pipeline.span(route)

    def files(self, key: str) -> tuple[tuple[int, Pin], ...]:
        """The `deps` or `outs` of the run that are still declared and lie in the repository, with their position."""
        return self._outs if key == "outs" else self._deps

    @cached_property
    def _outs(self) -> tuple[tuple[int, Pin], ...]:
        return tuple(self._files("outs"))

    @cached_property
    def _deps(self) -> tuple[tuple[int, Pin], ...]:
        return tuple(self._files("deps"))

    def _files(self, key: str) -> Iterator[tuple[int, Pin]]:
        declared = listed_paths(self.declaration, *([key] if key == "deps" else OUTS))
        for n, item in enumerate(items(self.entry, key)):
            pin = pin_of(self.folder or "", item, self.name) if not is_external(item.get("path")) else None
            if pin and safe_path(pin.path) and any(_means(text, str(item["path"])) for text in declared):
                yield n, pin

    @cached_property
    def outputs(self) -> tuple[Pin, ...]:
        """The `outs` of the run that are still declared and lie in the repository."""
        return tuple(pin for _, pin in self.files("outs"))

    def missing_paths(self, key: str) -> list[str]:
        """The paths declared now, written out, that the run knows nothing of."""
        ran = {posixpath.normpath(str(item.get("path"))) for item in items(self.entry, key)}
        plain = [
            text for text in listed_paths(self.declaration, *([key] if key == "deps" else OUTS)) if TEMPLATE not in text
        ]
        return [text for text in plain if not is_external(text) and posixpath.normpath(text) not in ran]

    def parameters(self) -> dict[str, tuple[str, ...] | None]:
        """The declared parameters: file → dotted keys, None for the whole file; of templates, those that ran."""
        listed = self.declaration.get("params")
        found: dict[str, tuple[str, ...] | None] = {}
        for file, keys in _asked(listed if isinstance(listed, list) else []):
            before = found.get(file, ())
            found[file] = None if not keys or before is None else (*before, *keys)
        if any(TEMPLATE in file for file in found):
            found |= {file: tuple(mapping(self.entry.get("params"), file)) for file in self.ran() if file not in found}
        return {file: self._filled(file, keys) for file, keys in found.items() if TEMPLATE not in file}

    def _filled(self, file: str, keys: tuple[str, ...] | None) -> tuple[str, ...] | None:
        if keys is None or not any(TEMPLATE in key for key in keys):
            return keys
        return tuple(dict.fromkeys((*(key for key in keys if TEMPLATE not in key), *mapping(self.ran(), file))))

    def ran(self) -> Mapping[str, Any]:
        """The parameters it ran with: file → dotted key → value."""
        return mapping(self.entry, "params")


def read_runs(lock: Document, pipeline: Document, declarations: Declarations) -> Iterator[Run]:
    """Every stage of a dvc.lock, with the dvc.yaml beside it."""
    data = mapping(lock.data)
    route: Route = ("stages",) if "schema" in data else ()  # DVC 1 had no `stages:`
    for name, entry in (mapping(data, "stages") if route else data).items():
        if isinstance(entry, dict):
            yield Run(name, lock, (*route, name), entry, pipeline, declarations)


def listed_paths(declaration: Mapping[str, Any], *keys: str) -> list[str]:
    """The paths an entry of dvc.yaml lists, as it writes them."""
    found: list[str] = []
    for key in keys:
        listed = declaration.get(key)
        for item in listed if isinstance(listed, list) else []:
            found += [item] if isinstance(item, str) else list(mapping(item))
    return found


def is_external(path: Any) -> bool:
    """Whether a path of dvc.yaml or dvc.lock leads out of the repository by its spelling."""
    return not isinstance(path, str) or "://" in path or posixpath.isabs(path)


def items(data: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """The list of mappings at a key, each at its own position."""
    listed = data.get(key)
    return [mapping(item) for item in listed] if isinstance(listed, list) else []


def _asked(listed: list[Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for item in listed:
        if isinstance(item, str):
            yield PARAMS, (item,)
        for file, keys in mapping(item).items():
            yield file, tuple(map(str, keys)) if isinstance(keys, list) else ()


def _means(declared: str, path: str) -> bool:
    return posixpath.normpath(declared) == posixpath.normpath(path) or can_be(declared, path, least=1)
