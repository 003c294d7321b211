"""Where other people's code reads bytes for us: in an empty folder, and without the tokens of the forge.

DVC and the clouds' libraries take settings from the current folder, and start programs that settings name. What a pull
request brought into the work tree is out of their reach, and a token is nothing that they need.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

from mlops_gitops.runtime import webhook
from mlops_gitops.runtime.forge_credentials import WITHHELD

# Variables that name a file or a folder for DVC, a cloud's library, or what opens a connection.
PLACES = (
    "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CA_BUNDLE", "AWS_DATA_PATH",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "BOTO_CONFIG", "GOOGLE_APPLICATION_CREDENTIALS", "CLOUDSDK_CONFIG",
    "AZURE_CONFIG_DIR", "AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_FEDERATED_TOKEN_FILE", "FSSPEC_CONFIG_DIR",
    "DVC_GLOBAL_CONFIG_DIR", "DVC_SYSTEM_CONFIG_DIR", "DVC_SITE_CACHE_DIR", "NETRC", "SSL_CERT_FILE", "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "KRB5_CONFIG", "KRB5CCNAME", "SSH_AUTH_SOCK", "OSS_CREDENTIALS_FILE",
)  # fmt: skip
HOME = (".aws", ".azure", ".boto", ".config", ".dvc", ".netrc", "_netrc", ".ssh")
XDG = ("dvc", "fsspec", "gcloud", "iterative")
_inside = 0
_lock = threading.Lock()
_before: tuple[str, dict[str, str]] = ("", {})


@contextmanager
def isolated(require_untracked: Callable[[str, str], None]) -> Iterator[None]:
    """Everything in the block runs so, in whichever thread; several blocks at once end with the last of them.

    Raises Error where a variable names a file that git tracks.
    """
    _enter(require_untracked)
    try:
        yield
    finally:
        _leave()


def _enter(require_untracked: Callable[[str, str], None]) -> None:
    global _inside, _before
    with _lock:
        if not _inside:
            places = {name: path for name in PLACES if (path := _place(os.environ.get(name, "")))}
            for name, path in (*places.items(), *_at_home()):
                require_untracked(path, name)
            withheld = (*WITHHELD, *(name for name in os.environ if name.startswith(webhook.PREFIX)))
            _before = (os.getcwd(), {name: os.environ[name] for name in (*withheld, *places) if name in os.environ})
            os.chdir(_empty())
            for name in withheld:
                os.environ.pop(name, None)
            os.environ.update(places)
        _inside += 1


def _leave() -> None:
    global _inside
    with _lock:
        _inside -= 1
        if not _inside:
            folder, variables = _before
            os.chdir(folder)
            os.environ.update(variables)


def _place(value: str) -> str:
    """The absolute path that a value names, as a cloud's library reads it; "" for another value, as `KEYRING:…`."""
    path = os.path.expanduser(os.path.expandvars(value))
    return os.path.abspath(path) if value and os.path.lexists(path) else ""


def _at_home() -> Iterator[tuple[str, str]]:
    """The places below the home folder, and below XDG_CONFIG_HOME, where the libraries look by themselves."""
    home, own = os.path.expanduser("~"), os.environ.get("XDG_CONFIG_HOME", "")
    yield from (("HOME", os.path.join(home, name)) for name in HOME)
    if os.path.isdir(own):
        yield from (("XDG_CONFIG_HOME", os.path.join(os.path.abspath(own), name)) for name in XDG)


@cache
def _empty() -> str:
    folder = tempfile.mkdtemp(prefix="mlops-gitops-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def has_terminal() -> bool:
    """Whether a person can type a password: never the standard input, which holds a hook's refs."""
    try:
        os.close(os.open("CON" if os.name == "nt" else "/dev/tty", os.O_RDWR))
    except OSError:
        return False
    return True
