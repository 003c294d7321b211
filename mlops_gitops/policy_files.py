"""Which files judge promotions: mlops.yaml, FREEZE, the KPIs of models, and the settings of DVC; and their digest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mlops_gitops import canonical
from mlops_gitops.records import kpis, project
from mlops_gitops.tree import read_if_possible

if TYPE_CHECKING:
    from mlops_gitops.snapshot import Snapshot


def is_policy(folders: Mapping[str, str], path: str) -> bool:
    """Whether the file at a path judges promotions."""
    return path in (project.PATH, project.FREEZE) or is_dvc_settings(path) or kpis.KIND.match(folders, path) is not None


def is_dvc_settings(path: str) -> bool:
    """Whether a path is DVC's `config` or `config.local` in any `.dvc` folder, in whatever case it is written."""
    parts = path.casefold().split("/")
    return len(parts) > 1 and parts[-2] == ".dvc" and parts[-1] in ("config", "config.local")


def digest_of(snapshot: Snapshot) -> str:
    """The digest of the whole policy of a tree: of the map path → SHA-256 of the bytes, in the form of RFC 8785.

    `config.local` is left out: it is a person's own, and an error where it is tracked.
    """
    paths = [path for path in snapshot.tree.every() if is_policy(snapshot.folders, path)]
    stated = [path for path in paths if not path.casefold().endswith("/config.local")]
    return canonical.digest({_printable(path): _content(snapshot, path) for path in stated})


def _content(snapshot: Snapshot, path: str) -> str:
    data = read_if_possible(snapshot.tree, path)
    return "unreadable" if data is None else canonical.sha256(data)


def _printable(path: str) -> str:
    """A path as JSON can hold it; one that is not UTF-8 as its bytes, which no path of the policy looks like."""
    data = path.encode("utf-8", "surrogateescape")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.hex()
