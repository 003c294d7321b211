"""Where the bytes of one DVC project may lie by its settings: the local cache and the remotes."""

from __future__ import annotations

import threading

from mlops_gitops.core.errors import Error
from mlops_gitops.records.release import Pin
from mlops_gitops.storage.dvc_config import remote_section
from mlops_gitops.storage.dvc_project import DvcProject
from mlops_gitops.storage.dvc_settings import DvcSettings
from mlops_gitops.storage.remotes import DvcRemote, FolderRemote, Remote


class Stores:
    """The cache and the remotes that the settings name."""

    def __init__(self, settings: DvcSettings) -> None:
        self._settings = settings
        self._opened: dict[str, FolderRemote | DvcRemote] = {}
        self._opening = threading.Lock()

    @property
    def project(self) -> DvcProject:
        """The project."""
        return self._settings.project

    @property
    def cache(self) -> str:
        """The folder of the local cache."""
        return self._settings.cache

    def remote_name(self, pin: Pin) -> str | None:
        """The DVC remote that should hold a file: its own, or the default one."""
        return pin.remote or self._settings.value("core", "remote")

    @property
    def unset(self) -> str:
        """That there is no default remote, as a sentence."""
        project = self.project
        where = f" in {project.config}" if project.folder else ", and no DVC project" if project.folder is None else ""
        return f"no DVC remote is configured{where}"

    def require_remote(self, pin: Pin) -> str:
        """The name of a file's remote. Raises Error where there is none."""
        name = self.remote_name(pin)
        if name is None:
            reason = f"{self.unset}, so a release would live on one machine only"
            raise Error(reason, help=self.project.remedy())
        return name

    def remote(self, pin: Pin) -> Remote:
        """The remote that should hold a file, the same one each time. Raises Error where there is none."""
        return self.named(self.require_remote(pin))

    def has_remote(self, name: str) -> bool:
        """Whether a remote of this name has an address. Raises Error."""
        return self._settings.has_remote(name)

    def named(self, name: str) -> FolderRemote | DvcRemote:
        """The remote of this name, the same one each time. Raises Error where there is none."""
        with self._opening:
            if name not in self._opened:
                self._opened[name] = self._remote(name)
            return self._opened[name]

    def _remote(self, name: str) -> FolderRemote | DvcRemote:
        known = self._settings.for_dvc(name)
        url = str(self._settings.value(remote_section(name), "url"))
        if "://" not in url:
            return FolderRemote(name, url, self.project)
        return DvcRemote(name, known, self._settings.require_untracked, self.project)
