"""Whether a tree knows the model or the environment that somebody names, without reading every file for it."""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.errors import Error
from mlops_gitops.core.names import did_you_mean
from mlops_gitops.orchestration.workspace import require_project
from mlops_gitops.repository.snapshot import Snapshot


def require_known(snapshot: Snapshot, *, model: str | None = None, environment: str | None = None) -> None:
    """Raises Error for a model or environment that the tree does not know, with those it does."""
    if model is not None and not _knows_model(snapshot, model):
        _require("model", model, _models(snapshot), snapshot)
    if environment is not None and environment not in (snapshot.project.environments if snapshot.project else ()):
        _require("environment", environment, _environments(snapshot), snapshot)


def _knows_model(snapshot: Snapshot, model: str) -> bool:
    return model in snapshot.models() or any(snapshot.releases(model))


def _models(snapshot: Snapshot) -> Iterator[str]:
    """Every model with a card, KPIs or a release."""
    yield from snapshot.models()
    yield from (release.model for release in snapshot.releases())


def _environments(snapshot: Snapshot) -> Iterator[str]:
    """Every environment of the project, or with a desired state."""
    yield from snapshot.project.environments if snapshot.project else ()
    yield from (state.environment for state in snapshot.states())


def _require(what: str, name: str, names: Iterator[str], snapshot: Snapshot) -> None:
    known = list(dict.fromkeys(names))
    if name in known:
        return
    if not known:
        require_project(snapshot)
    every = f"there {'is' if len(known) == 1 else 'are'} {', '.join(known) or 'none'}"
    raise Error(f"there is no {what} {name!r}", help=did_you_mean(name, known, every))
