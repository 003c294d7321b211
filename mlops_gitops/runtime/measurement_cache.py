"""Measurements kept beside the repository's own files, so that the same bytes are measured once.

They spare a person's time at a terminal, also before a promotion is proposed. A check measures for itself: what lies
in a working copy can be written by anybody who can write there, and must not decide.
"""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import suppress
from typing import Any

from mlops_gitops.core.frozen import frozen
from mlops_gitops.measurement.results import Bounds, Compared, Gap, Measured, Measurement, Slice

OFF = "MLOPS_GITOPS_NO_CACHE"
FOLDER = "mlops-gitops/measured"
_KINDS = {kind.__name__: kind for kind in (Bounds, Compared, Gap, Slice, Measured, Measurement)}


@frozen
class MeasurementCache:
    """A folder of measurements by the digest of the question each one answers."""

    folder: str

    def get(self, question: str) -> Measurement | None:
        """The measurement that answers a question; None where there is none that can be read."""
        try:
            with open(self._path(question), encoding="utf-8") as file:
                found = _decoded(json.load(file))
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None
        return found if isinstance(found, Measurement) else None

    def put(self, question: str, measured: Measurement) -> None:
        """Keeps a measurement, whole or not at all; a folder that cannot be written costs only time."""
        with suppress(OSError):
            os.makedirs(self.folder, exist_ok=True)
            handle, part = tempfile.mkstemp(dir=self.folder)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(_encoded(measured), file)
            os.replace(part, self._path(question))

    def _path(self, question: str) -> str:
        return os.path.join(self.folder, f"{question.replace(':', '-')}.json")


def open_cache(git_folder: str) -> MeasurementCache | None:
    """The measurements kept in a repository's own folder; None where the environment says that nothing is kept."""
    return None if os.environ.get(OFF) else MeasurementCache(os.path.join(git_folder, *FOLDER.split("/")))


def _encoded(value: Any) -> Any:
    kind = type(value).__name__
    if kind in _KINDS:
        return {"kind": kind} | {name: _encoded(getattr(value, name)) for name in _KINDS[kind].__match_args__}
    if isinstance(value, tuple):
        return [_encoded(item) for item in value]
    if isinstance(value, dict):
        return {"kind": "mapping", "of": {name: _encoded(item) for name, item in value.items()}}
    return value


def _decoded(data: Any) -> Any:
    if isinstance(data, list):
        return tuple(_decoded(item) for item in data)
    if not isinstance(data, dict):
        return data
    if data["kind"] == "mapping":
        return {name: _decoded(item) for name, item in data["of"].items()}
    fields = {name: _decoded(value) for name, value in data.items() if name != "kind"}
    return _KINDS[data["kind"]](**fields)
