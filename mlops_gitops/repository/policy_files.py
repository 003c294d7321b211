"""Which files judge, and their digest: the project, FREEZE, packs, KPIs, monitoring and retraining, DVC's settings.

Either name of the project is one of the policy, whichever counts: the other one could be put in its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mlops_gitops.core import canonical
from mlops_gitops.documents.tree import stored_if_possible
from mlops_gitops.pipelines.dvc_places import folded_name
from mlops_gitops.records import kpis, monitoring, pack, project, retraining

if TYPE_CHECKING:
    from mlops_gitops.repository.snapshot import Snapshot

_KINDS = (kpis.KIND, monitoring.KIND, retraining.KIND, pack.KIND)


def is_policy(folders: Mapping[str, str], path: str) -> bool:
    """Whether the file at a path judges promotions, the alarms of what was promoted, or its retraining."""
    named = path in (*project.PATHS, project.FREEZE)
    return named or is_dvc_settings(path) or any(kind.match(folders, path) is not None for kind in _KINDS)


def is_dvc_settings(path: str) -> bool:
    """Whether a path is DVC's `config` or `config.local` in any `.dvc` folder, as a file system may compare names.

    A `.dvc` that is not a folder counts too: what it leads to would hold the settings.
    """
    if path.isascii() and ".dvc" not in path.lower():
        return False  # as most are, and to fold a name takes long
    *_, above, name = ("", *map(folded_name, path.split("/")[-2:]))
    return name == ".dvc" or (above == ".dvc" and name in ("config", "config.local"))


def is_stated(folders: Mapping[str, str], path: str) -> bool:
    """The same, but for `config.local`: it is a person's own, an error where it is tracked, and counts for nobody."""
    return is_policy(folders, path) and folded_name(path.rpartition("/")[2]) != "config.local"


def digest_of(snapshot: Snapshot) -> str:
    """The digest of the whole policy of a tree: of the map path → SHA-256 of the bytes, in the form of RFC 8785."""
    stated = [path for path in snapshot.tree.every() if is_stated(snapshot.folders, path)]
    return canonical.digest({_printable(path): _content(snapshot, path) for path in stated})


def _content(snapshot: Snapshot, path: str) -> str:
    data = stored_if_possible(snapshot.tree, path)
    return "unreadable" if data is None else canonical.sha256(data)


def _printable(path: str) -> str:
    """A path as JSON can hold it; one that is not UTF-8 as its bytes, which no path of the policy looks like."""
    data = path.encode("utf-8", "surrogateescape")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.hex()
