"""What the DVC projects of a repository lack before anybody else can read a release's bytes."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from mlops_gitops.core.frozen import frozen
from mlops_gitops.pipelines.dvc_projects import config_path, dvc_command


@frozen
class ProjectStorage:
    """Where the bytes of one DVC project go.

    `folder` is None for pipeline files that no project is around, `remote` is the address of the default remote by the
    settings that Git can keep, "" where there is none and None where only DVC can tell, and `lost` says that Git does
    not keep those settings.
    """

    folder: str | None
    remote: str | None = ""
    lost: bool = False


def addresses(projects: Sequence[ProjectStorage]) -> tuple[str, ...]:
    """The addresses of the remotes, each once."""
    return tuple(dict.fromkeys(project.remote for project in projects if project.remote))


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
