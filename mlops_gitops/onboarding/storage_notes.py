"""What the DVC projects of a repository lack before anybody else can read a release's bytes."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence

from mlops_gitops.core.frozen import frozen
from mlops_gitops.pipelines.dvc_projects import config_path, dvc_command
from mlops_gitops.records.monitoring import Monitoring, remote_name


@frozen
class ProjectStorage:
    """Where the bytes of one DVC project go.

    `folder` is None for pipeline files that no project is around, `remote` is the address of the default remote by the
    settings that Git can keep, "" where there is none and None where only DVC can tell, and `lost` says that Git does
    not keep those settings. `named` are the addresses of all its remotes by name, in lower case.
    """

    folder: str | None
    remote: str | None = ""
    lost: bool = False
    named: Mapping[str, str] = {}


def addresses(projects: Sequence[ProjectStorage]) -> tuple[str, ...]:
    """The addresses of the remotes, each once."""
    return tuple(dict.fromkeys(project.remote for project in projects if project.remote))


def live_addresses(projects: Sequence[ProjectStorage], plans: Iterable[Monitoring]) -> tuple[str, ...]:
    """The addresses of the remotes where live data arrives, each once."""
    named = {name: address for project in projects for name, address in project.named.items()}
    remotes = [remote_name(location) for plan in plans for location in plan.locations()]
    return tuple(dict.fromkeys(named[name.lower()] for name in remotes if name.lower() in named))


def storage_notes(projects: Sequence[ProjectStorage]) -> Iterator[str]:
    """A sentence on each project whose bytes a release could not be read from."""
    for project in projects:
        path, push = config_path(project.folder or ""), dvc_command("push", project.folder)
        add = dvc_command("remote add -d storage URL", project.folder)
        if project.folder is None:
            yield f"DVC's files lie in no DVC project, and a release is read from its remote: `dvc init`, `{add}`"
        elif project.remote == "":
            yield f"no DVC remote is configured in {path}, and a release is read from it: `{add}`, commit, `{push}`"
        elif project.lost:
            keep = f"git add --force {shlex.quote(path)}"
            yield f"Git does not keep {path}, which says where a release is read from: `{keep}`"
