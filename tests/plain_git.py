"""Git as a person types it, in a clone that no tool of ours has touched."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

SOMEBODY = ("-c", "user.name=x", "-c", "user.email=x@example.org")


def sh(folder: Path, *words: str, data: str = "", env: Mapping[str, str] = {}) -> str:
    """What a command of git prints."""
    done = subprocess.run(
        ["git", *SOMEBODY, *words],
        cwd=folder, input=data, env=os.environ | dict(env), text=True, capture_output=True, check=True,
    )  # fmt: skip
    return done.stdout.strip()
