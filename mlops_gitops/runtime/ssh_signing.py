"""Signatures by SSH keys, made by ssh-keygen."""

from __future__ import annotations

import os
import subprocess

from mlops_gitops.core.errors import Error


def sign(data: bytes, key: str, namespace: str) -> bytes:
    """The armoured signature of bytes by the private key in a file, or by the agent's where it is a public one.

    Raises Error where ssh-keygen is missing or refuses.
    """
    if not os.path.isfile(key):
        raise Error(f"there is no key {key}", help="ssh-keygen -t ed25519 makes one")
    command = ["ssh-keygen", "-Y", "sign", "-f", key, "-n", namespace]
    try:
        done = subprocess.run(command, input=data, capture_output=True, check=False)
    except FileNotFoundError as error:
        raise Error("ssh-keygen is not installed, and --sign needs it", help="install OpenSSH 8.2 or newer") from error
    if done.returncode:
        reason = " ".join(done.stderr.decode("utf-8", "replace").split())
        raise Error(f"ssh-keygen did not sign with {key}: {reason}", help="ssh-add it, where it has a passphrase")
    return done.stdout
