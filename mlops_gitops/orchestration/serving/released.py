"""What a service calls to load the model that its environment runs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from mlops_gitops.core.frozen import frozen
from mlops_gitops.orchestration.first_merge import open_merged
from mlops_gitops.orchestration.serving.running_release import installed, running_release
from mlops_gitops.orchestration.workspace import open_workspace

_WAIT = 120.0  # seconds, for another worker of the same service that fetches at this moment


@frozen
class Released:
    """A release that an environment runs, and its files on this machine.

    `files` are the local files by their path in the repository, below the folder `path`, and `digests` their digests:
    `md5:…`, by which they were verified. `record` is the digest of the promotion record that brought it into force,
    and `approved` whether a receipt in this clone proves its approvals.
    """

    model: str
    environment: str
    version: str
    path: Path
    files: Mapping[str, Path]
    digests: Mapping[str, str]
    record: str
    approved: bool


def released(
    model: str, *, env: str, repo: str | os.PathLike[str] = ".", into: str | os.PathLike[str] | None = None,
    update: bool = False,
) -> Released:  # fmt: skip
    """Fetches the release of `model` that the environment `env` runs, as the clone `repo` knows it, and verifies it.

    With `update` the clone is brought up to date first, which needs its remote. The bytes come from DVC's cache or
    remote, and are kept below the clone's own folder of Git, or in the folder `into`, which becomes a link. Of `into`
    or of that folder, the version in use and the one before stay; what is there is verified and not fetched again.

    Raises Error, whose `message` and `help` say what is wrong and what to do: Undecided, a kind of it, where something
    is out of reach, such as the remote.
    """
    if update:
        open_workspace(os.fspath(repo)).update()
    merged = open_merged(os.fspath(repo), model=model, environment=env)
    entry, release = running_release(merged, model, env)
    kept = os.path.join(merged.workspace.git.layout.common_folder, "mlops-gitops", "released", env, model)
    out = os.path.abspath(kept if into is None else os.fspath(into))
    os.makedirs(os.path.dirname(out), exist_ok=True)
    pins, _ = installed(merged.workspace.store(merged.base), release, out, wait=_WAIT)
    path = Path(os.path.realpath(out))
    return Released(
        model, env, release.version, path, MappingProxyType({pin.path: path / pin.path for pin in pins}),
        MappingProxyType({pin.path: f"md5:{pin.md5}" for pin in pins}), entry.digest, merged.ledger.proven(entry),
    )  # fmt: skip
