"""DVC's settings that count: what is committed, less what could run a program, and what this machine has of its own.

Later ones win: the system's, the user's, the committed `.dvc/config`, an untracked `.dvc/config.local`. DVC gets the
outcome alone and reads no file of settings by itself.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from typing import Any

from mlops_gitops.core.errors import Error
from mlops_gitops.core.frozen import frozen
from mlops_gitops.git.tracked_paths import Tracked, require_untracked
from mlops_gitops.pipelines import dvc_places
from mlops_gitops.storage import dvc_config
from mlops_gitops.storage.dvc_config import Config, remote_section
from mlops_gitops.storage.dvc_project import DvcProject

# Every key of a remote in DVC's schema is in one of these; a test compares. An unknown key is refused.
TAKEN = frozenset({
    "url", "checksum_jobs", "jobs", "worktree", "no_traverse", "version_aware", "type", "protected", "shared",
    "slow_link_warning", "verify", "auth", "custom_auth_header", "user", "password", "ask_password", "method",
    "connect_timeout", "read_timeout", "timeout", "token", "region", "profile", "endpointurl", "access_key_id",
    "secret_access_key", "session_token", "listobjects", "use_ssl", "allow_anonymous_login", "sse",
    "sse_kms_key_id", "sse_customer_algorithm", "sse_customer_key", "acl", "grant_read", "grant_read_acp",
    "grant_write_acp", "grant_full_control", "cache_regions", "projectname", "port", "passphrase", "ask_passphrase",
    "gss_auth", "allow_agent", "max_sessions", "replication", "kerberos", "kerberos_principal", "proxy_to",
    "use_https", "data_proxy_target", "connection_string", "sas_token", "account_name", "account_key", "tenant_id",
    "client_id", "client_secret", "connection_timeout", "exclude_environment_credential",
    "exclude_visual_studio_code_credential", "exclude_shared_token_cache_credential",
    "exclude_managed_identity_credential", "oss_key_id", "oss_key_secret", "oss_endpoint",
    "gdrive_use_service_account", "gdrive_client_id", "gdrive_client_secret", "gdrive_service_account_user_email",
    "gdrive_trash_only", "gdrive_acknowledge_abuse", "ssl_verify",
})  # fmt: skip
# A file, or a program: what lies there could come with a pull request, and be run.
NAMING = frozenset({
    "configpath", "credentialpath", "keyfile", "cert_path", "key_path", "gdrive_user_credentials_file",
    "gdrive_service_account_json_file_path", "kerb_ticket", "bearer_token_command",
})  # fmt: skip
# Where this machine's credentials would go: only a base may name such an address for everybody.
ADDRESSES = frozenset({"endpointurl", "oss_endpoint", "connection_string", "proxy_to", "data_proxy_target"})
_PATHS = NAMING - {"kerb_ticket", "bearer_token_command"} | {"url", "dir"}  # those that DVC resolves


@frozen
class _Levels:
    """The settings by where they come from: system and user, the committed file, this clone alone."""

    outside: Config
    committed: Config
    local: Config


@frozen
class DvcSettings:
    """The settings of one DVC project of a repository.

    `root` is the real path of the repository. Where only the work tree holds the project, nothing of this machine is
    combined with an address that it names. `tracked` gives git's modes and paths of the index's files that are, in any
    case, at or below some paths of the repository.
    """

    root: str
    project: DvcProject
    tracked: Tracked = lambda _: ()

    @property
    def inside(self) -> str:
        """The folder that committed paths count from."""
        return self.project.inside(self.root)

    @property
    def cache(self) -> str:
        """The folder of the local cache. Raises Error."""
        return self.value("cache", "dir") or os.path.join(self.inside, "cache")

    def value(self, section: str, key: str) -> str | None:
        """One setting; None where it is not set. Raises Error."""
        return self._whole.get(section, {}).get(key)

    def has_remote(self, name: str) -> bool:
        """Whether a remote of this name has an address. Raises Error."""
        return self.value(remote_section(name), "url") is not None

    def for_dvc(self, name: str) -> Mapping[str, Any]:
        """What DVC is to know of a remote, and of those that its address refers to. Raises Error."""
        remotes = {remote: self._whole[remote_section(remote)] for remote in self._chain(name)}
        for remote in remotes:
            self._refuse(remote)
        return {"core": self._whole.get("core", {}), "remote": remotes}

    def for_clone(self) -> Config:
        """The core, cache and remotes for a clone in another folder, where relative paths lead elsewhere. Raises Error.

        Each remote is held to what `for_dvc` holds it to.
        """
        for name in dvc_config.remotes(self._whole):
            if self.has_remote(name):
                self.for_dvc(name)
        taken = {remote_section(name) for name in dvc_config.remotes(self._whole)} | {"core", "cache"}
        return {section: values for section, values in self._whole.items() if section in taken}

    @cached_property
    def _whole(self) -> Config:
        return dvc_config.merged([self._levels.outside, self._levels.committed, self._levels.local])

    @cached_property
    def _levels(self) -> _Levels:
        outside, local = dvc_config.merged(self._machine()), self._local()
        try:
            committed = dvc_config.absolute_paths(self.inside, dvc_config.parse(self.project.text), ("url", "dir"))
        except ValueError as error:
            raise Error(f"{self.project.config} cannot be read: {error}") from error
        if self.project.base:
            return _Levels(outside, committed, local)
        own = dvc_config.merged([outside, local])
        committed = {name: values for name, values in committed.items() if "url" not in own.get(name, {})}
        addressed = {name for name, values in committed.items() if "url" in values}
        return _Levels(_without(outside, addressed), committed, _without(local, addressed))

    def _machine(self) -> Iterator[Config]:
        """The settings of the system and of the user, which lie outside of any repository. Raises Error."""
        for folder in _folders():
            path = os.path.join(folder, "config")
            if os.path.isfile(path):
                self.require_untracked(path, "DVC's settings of this machine")
                yield _read(path)

    def _local(self) -> Config:
        """The untracked `config.local`. Raises Error for one that git tracks, or that is reached through a link."""
        path = os.path.join(self.inside, "config.local")
        if not os.path.lexists(path):
            return {}
        for place, reason in dvc_places.faults(self.tracked([posixpath.dirname(self.project.config)])):
            raise Error(f"{place}: {reason}", help=f"git rm --cached {place}")
        if os.path.realpath(path) != path:  # a link of any folder above it could lead to what git tracks
            wrong = f"{self.project.config}.local is reached through a symbolic link"
            raise Error(wrong, help="put the file itself there")
        return _read(path)

    def _chain(self, name: str) -> Iterator[str]:
        """A remote, and the one that `url = remote://NAME/…` refers to, and so on. Raises Error."""
        seen = list[str]()
        while name.lower() not in seen:
            url = self.value(remote_section(name), "url")
            if url is None:
                where = "the base's" if self.project.base else "the work tree's"
                reason = f"there is no DVC remote {name!r} in {where} {self.project.config}"
                raise Error(reason, help=self.project.command("remote list"))
            if not self.project.base and seen and self._is_committed(seen[0]) != self._is_committed(name):
                reason = f"the DVC remote {seen[0]!r} of the work tree refers to {name!r} of this machine"
                raise Error(reason, help=f"merge {self.project.config} first")
            seen.append(name.lower())
            yield name.lower()
            scheme, _, rest = url.partition("://")
            if scheme.lower() != "remote":
                return
            name = rest.partition("/")[0]
        raise Error(f"the DVC remote {name!r} refers to itself")

    def _is_committed(self, name: str) -> bool:
        return remote_section(name) in self._levels.committed

    def _refuse(self, name: str) -> None:
        """Raises Error for a committed setting, or a file that a setting of this machine names, that must not count."""
        section = remote_section(name)
        local = self._levels.local.get(section, {})
        for key, value in self._levels.committed.get(section, {}).items():
            reason = "" if key in local else self._reason(key, value)
            if reason:
                unset = self.project.command(f"remote modify --unset {name} {key}")
                private = self.project.command(f"remote modify --local {name} {key} VALUE")
                wrong = f"`{key}` of the DVC remote {name!r} in {self.project.config} {reason}"
                raise Error(wrong, help=f"{unset}, and where it is needed: {private}")
        for key, value in {**self._levels.outside.get(section, {}), **local}.items():
            if key in _PATHS & NAMING:
                self.require_untracked(value, f"`{key}` of the DVC remote {name!r}")

    def _reason(self, key: str, value: str) -> str:
        """Why a committed setting must not count; "" where it may."""
        if key in NAMING or (key == "ssl_verify" and value.lower() not in ("true", "false")):
            return "names a file or a program, which is for each machine to say"
        if key in ADDRESSES and not self.project.base:
            return "is an address that the base branch does not name, so no credentials are sent there"
        return "" if key in TAKEN else "is not known to this version"

    def require_untracked(self, path: str, what: str) -> None:
        """Raises Error where a path leads to what git tracks here: a pull request can change it."""
        require_untracked(self.root, path, self.tracked, f"{what} names", help="put it outside the repository")


def _without(config: Config, sections: Collection[str]) -> Config:
    return {name: values for name, values in config.items() if name not in sections}


def _folders() -> list[str]:
    """Where DVC keeps the settings of the system and of the user."""
    try:
        import platformdirs  # DVC needs it too: without it there is no DVC whose settings could count
    except ImportError:
        return []
    return [
        os.environ.get("DVC_SYSTEM_CONFIG_DIR") or platformdirs.site_config_dir("dvc", "iterative"),
        os.environ.get("DVC_GLOBAL_CONFIG_DIR") or platformdirs.user_config_dir("dvc", "iterative"),
    ]


def _read(path: str) -> Config:
    """A file of settings that only this machine can write. Raises Error."""
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise Error(f"{path} cannot be read: {error}") from error
    try:
        found = dvc_config.parse(text)
    except ValueError:
        found = _by_dvc(path)  # what only DVC reads: lists, interpolation
    return dvc_config.absolute_paths(os.path.dirname(path), found, _PATHS)


def _by_dvc(path: str) -> Config:
    from dvc.config import Config as DvcConfig
    from dvc.exceptions import DvcException

    try:
        named = DvcConfig.load_file(path)
    except DvcException as error:
        raise Error(f"{path} cannot be read: {error}") from error
    found: Config = {}
    for section, values in named.items():
        if section in ("remote", "machine", "db"):
            found |= {f'{section} "{name.lower()}"': remote for name, remote in values.items()}
        else:
            found[section] = values
    return found
