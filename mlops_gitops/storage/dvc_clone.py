"""DVC at work in a clone: with the settings of the repository it is of, and without the credentials of a forge."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from shutil import which

from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import frozen
from mlops_gitops.runtime import forge_credentials
from mlops_gitops.runtime.programs import limited
from mlops_gitops.storage.dvc_settings import DvcSettings

# As in the repository's own settings, but that nothing of a cache can be written over through a link.
_OWN = {
    "core": {"analytics": "false", "autostage": "false", "check_update": "false"},
    "cache": {"type": "reflink,copy"},
}


def write_settings(settings: DvcSettings, clone: str, cache: str) -> None:
    """Writes the settings of a DVC project into its clone, for this user alone to read, with `cache` as its cache.

    Raises Error for settings that must not count, Undecided where they cannot be written.
    """
    try:
        from configobj import ConfigObj  # DVC's own reader and writer of its settings
    except ImportError as error:
        raise _not_installed() from error
    found = {section: dict(values) for section, values in settings.for_clone().items()}
    for section, values in _OWN.items():
        found[section] = found.get(section, {}) | values
    found["cache"]["dir"] = cache
    file = ConfigObj(found, interpolation=False, encoding="utf-8")
    place = os.path.join(settings.project.inside(clone), "config.local")
    try:
        with open(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            file.write(out)
    except OSError as error:
        raise Undecided(f"DVC's settings cannot be written into {place}: {error.strerror}") from error


@frozen
class Dvc:
    """DVC in a folder; what it prints is added to the file `log`."""

    folder: str
    log: str

    def data(self, *words: str, seconds: float) -> limited.Ended:
        """A command that moves data, and runs nothing of the repository. Raises Undecided."""
        return self._run(words, forge_credentials.for_data(), seconds)

    def commands(self, *words: str, seconds: float) -> limited.Ended:
        """A command that runs those of dvc.yaml. Raises Undecided."""
        return self._run(words, forge_credentials.for_commands(), seconds)

    def _run(self, words: Sequence[str], environment: dict[str, str], seconds: float) -> limited.Ended:
        return limited.run([*_program(), *words], self.folder, environment, self.log, seconds)


def _program() -> list[str]:
    """The DVC that is installed beside this tool, else the one on the PATH. Raises Undecided."""
    if find_spec("dvc") is not None:
        return [sys.executable, "-P", "-m", "dvc"]
    if which("dvc"):
        return ["dvc"]
    raise _not_installed()


def _not_installed() -> Undecided:
    return Undecided("DVC is not installed, and it runs the pipeline", help="pip install 'mlops-gitops[gates]'")
