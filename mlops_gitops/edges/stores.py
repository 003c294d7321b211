"""Where the bytes of one repository may lie by its DVC settings: the local cache and the remotes."""

from __future__ import annotations

import os
import threading
from functools import cached_property
from pathlib import Path

from mlops_gitops.edges import dvc_config
from mlops_gitops.edges.remotes import DvcRemote, FolderRemote, Remote
from mlops_gitops.errors import Error
from mlops_gitops.records.release import Pin


class Stores:
    """The cache and the remotes that a trusted `.dvc/config` names, with this machine's own settings over it."""

    def __init__(self, root: str, folder: str, config: str) -> None:
        self._root, self._folder, self._config = root, folder, config
        self._inside = os.path.join(os.path.realpath(root), folder)
        self._opened: dict[str, Remote] = {}
        self._opening = threading.Lock()

    @cached_property
    def _settings(self) -> dvc_config.Config:
        local = Path(self._inside) / "config.local"
        own = local.read_text("utf-8", "replace") if local.is_file() else ""
        try:
            whole = dvc_config.merged({self._inside: self._config})
            for section, values in dvc_config.merged({self._inside: own}).items():
                whole.setdefault(section, {}).update(values)
        except (ValueError, OSError) as error:
            raise Error(f"{self._folder}/config cannot be read: {error}") from error
        return whole

    @property
    def cache(self) -> str:
        """The folder of the local cache."""
        return self._settings.get("cache", {}).get("dir") or os.path.join(self._root, self._folder, "cache")

    def remote_name(self, pin: Pin) -> str | None:
        """The DVC remote that should hold a file: its own, or the default one."""
        return pin.remote or self._settings.get("core", {}).get("remote")

    def require_remote(self, pin: Pin) -> str:
        """The name of a file's remote. Raises Error where there is none."""
        name = self.remote_name(pin)
        if name is None:
            raise Error(
                "no DVC remote is configured, so a release would live on one machine only",
                help="dvc remote add -d storage URL, commit .dvc/config, then dvc push",
            )
        return name

    def remote(self, pin: Pin) -> Remote:
        """The remote that should hold a file, the same one each time. Raises Error where there is none."""
        name = self.require_remote(pin)
        settings = self._settings.get(f'remote "{name.lower()}"')
        if settings is None or "url" not in settings:
            raise Error(f"there is no DVC remote {name!r} in {self._folder}/config", help="dvc remote list")
        with self._opening:
            if name not in self._opened:
                away = "://" in settings["url"]
                self._opened[name] = (
                    DvcRemote(name, self._inside, self._config) if away else FolderRemote(name, settings["url"])
                )
            return self._opened[name]
