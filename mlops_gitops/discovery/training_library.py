"""The library that a model is of, as the Hub names it, where the imports of the stage that makes it show that.

Python files are parsed, never imported or run.
"""

from __future__ import annotations

import ast
import posixpath
import re
import warnings
from collections.abc import Iterator
from contextlib import suppress

from mlops_gitops.discovery.models import Model
from mlops_gitops.documents.tree import Tree, Unreadable, read_if_possible
from mlops_gitops.pipelines.declared_stages import DeclaredStage, is_usable_path

# Module → library, the special ones first: where several are imported, the first builds on those behind it.
_LIBRARIES = {
    "sentence_transformers": "sentence-transformers", "setfit": "setfit", "peft": "peft", "diffusers": "diffusers",
    "transformers": "transformers", "ultralytics": "ultralytics", "fastai": "fastai", "flair": "flair",
    "speechbrain": "speechbrain", "bertopic": "bertopic", "stable_baselines3": "stable-baselines3", "timm": "timm",
    "spacy": "spacy", "stanza": "stanza", "fasttext": "fasttext", "catboost": "catboost", "lightgbm": "lightgbm",
    "xgboost": "xgboost", "keras": "keras", "torch": "pytorch", "sklearn": "sklearn",
}  # fmt: skip
# A library that others are built on, or that many import for its splits and metrics alone.
_BELOW = ("torch", "sklearn")
# Ending → the modules whose import says who wrote such a file.
_ENDINGS = {
    "skops": ("sklearn", "skops"), "h5": ("keras", "tensorflow"), "keras": ("keras", "tensorflow"),
    "cbm": ("catboost",), "ubj": ("xgboost",),
}  # fmt: skip
_OF_ENDINGS = {"skops": "sklearn", "h5": "keras", "keras": "keras", "cbm": "catboost", "ubj": "xgboost"}
_FORMATS = frozenset(["onnx", "tflite", "gguf", "mlmodel"])  # what any library can be exported to
_LARGE = 1 << 18  # bytes of source: nobody writes as much by hand, and nesting in it could exhaust the parser
_SCRIPT = re.compile(r"(?<![^\s;&|'\"])[^\s;&|'\"]+\.py\b")


def training_library(tree: Tree, model: Model) -> str:
    """The library of all files of a model; empty where imports do not show it, or show several."""
    found = set()
    for path in model.artifacts:
        makers = [stage for stage in model.stages if path in stage.outs]
        imported = {module for stage in makers for module in _imports(tree, stage)}
        found.add(_library(posixpath.basename(path).rpartition(".")[2].lower(), imported))
    return found.pop() if len(found) == 1 else ""


def _library(ending: str, imported: set[str]) -> str:
    if ending in _FORMATS:
        return ""
    if ending in _ENDINGS:
        return "" if imported.isdisjoint(_ENDINGS[ending]) else _OF_ENDINGS[ending]
    known = [module for module in _LIBRARIES if module in imported]
    special = [module for module in known if module not in _BELOW] or known[:1]
    return _LIBRARIES[special[0]] if len(special) == 1 else ""


def _imports(tree: Tree, stage: DeclaredStage) -> Iterator[str]:
    """The top-level modules that the Python files of a stage import: its dependencies, and the scripts it runs."""
    folder = posixpath.dirname(stage.source)
    scripts = (posixpath.normpath(posixpath.join(folder, script)) for script in _SCRIPT.findall(stage.command))
    inside = (path for dep in stage.deps if not dep.endswith(".py") for path in _listed(tree, dep))
    for path in dict.fromkeys((*stage.deps, *scripts, *inside)):
        if path.endswith(".py") and is_usable_path(path):
            yield from _imported_modules(read_if_possible(tree, path) or b"")


def _listed(tree: Tree, folder: str) -> list[str]:
    with suppress(Unreadable):
        return [*tree.paths(folder)]
    return []


def _imported_modules(source: bytes) -> Iterator[str]:
    if len(source) > _LARGE:
        return
    try:
        with warnings.catch_warnings(action="ignore"):
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]
