"""The bytes of evidence: from DVC's caches and remotes, and from a tree."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping

from mlops_gitops.compliance.category_counts import count_categories
from mlops_gitops.compliance.explanations.answers import Sources
from mlops_gitops.compliance.explanations.explanation import Permutation
from mlops_gitops.compliance.explanations.level import Derived
from mlops_gitops.compliance.subject import Counts, Evidence
from mlops_gitops.core.canonical import sha256
from mlops_gitops.core.errors import Error, Undecided
from mlops_gitops.documents.tree import Tree, stored_if_possible
from mlops_gitops.records.kpis import format_by_ending
from mlops_gitops.records.release import Pin
from mlops_gitops.storage.data_store import DataStore


def evidence_of(store: DataStore, tree: Tree, *, rerun: bool = False) -> Evidence:
    """Bytes from DVC's caches and remotes by digest, and from a tree those that Git keeps.

    With `rerun` models that explanations are about are run, in a sandbox.
    """

    def absence(pin: Pin) -> str:
        try:
            return store.absence_reason(pin) or ""
        except Error as error:
            return error.message

    def counts(pin: Pin, columns: Mapping[str, str]) -> Counts:
        from mlops_gitops.measurement.engines.duckdb import ENGINE

        file_format = "parquet" if pin.path.lower().endswith(".parquet") else "csv"
        with tempfile.TemporaryDirectory() as folder:
            return count_categories(ENGINE, _copy(store, tree, pin, folder), file_format, columns)

    def rederived(permutation: Permutation) -> Derived:
        from mlops_gitops.compliance.explanations.rederive import rederive
        from mlops_gitops.measurement.engines.duckdb import ENGINE

        with tempfile.TemporaryDirectory() as folder:
            return rederive(ENGINE, permutation, copied_sources(store, permutation, folder), folder)

    return Evidence(absence, counts, rederived, (lambda permutation: _rerun(store, permutation)) if rerun else None)


def _rerun(store: DataStore, permutation: Permutation) -> int:
    """How many answers an ONNX model gives again. Raises NotReached, Undecided."""
    from mlops_gitops.compliance.explanations.rerun import require_onnx, rerun
    from mlops_gitops.measurement.engines.duckdb import ENGINE
    from mlops_gitops.runtime.programs.rerun import score

    require_onnx(permutation)
    model = store.read(permutation.artifact)
    with tempfile.TemporaryDirectory() as folder:
        sources = copied_sources(store, permutation, folder)
        return rerun(ENGINE, permutation, sources, lambda rows: score(model, rows))


def copied_sources(store: DataStore, permutation: Permutation, folder: str) -> Sources:
    """Verified copies of the files of a permutation. Raises Undecided where one is out of reach."""
    pins = permutation.pins()
    copies = store.copies(pins.values(), folder)
    if lost := next((copy for copy in copies.values() if isinstance(copy, Error)), None):
        raise Undecided(lost.message, help=lost.help)
    data = permutation.data
    formats = {"answers": data.format, "labels": data.labels.format if data.labels else ""}
    formats |= {name: format_by_ending(pin.path) for name, pin in pins.items() if name not in formats}
    return Sources({name: str(copies[pin]) for name, pin in pins.items()}, formats)


def _copy(store: DataStore, tree: Tree, pin: Pin, folder: str) -> str:
    """A copy of the pinned bytes. Raises Undecided where they are out of reach, or others."""
    if pin.md5:
        found = store.copies([pin], folder)[pin]
        if isinstance(found, Error):
            raise Undecided(found.message, help=found.help)
        return found
    data = stored_if_possible(tree, pin.path)
    if data is None or sha256(data) != pin.sha256:
        raise Undecided(f"{pin.path} is not there as it is pinned", help="commit it, or correct its digest")
    path = os.path.join(folder, "rows")
    with open(path, "wb") as file:
        file.write(data)
    return path
