"""Which git processes this program starts, as git itself tells in the events of GIT_TRACE2_EVENT.

What git starts by itself, such as `git-upload-pack` for a fetch from a folder, is left out, and so is `git version`,
which GitPython runs as it is imported.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def traced(trace: Path) -> Iterator[None]:
    """Git writes its events to a file in the block."""
    os.environ["GIT_TRACE2_EVENT"] = str(trace)
    try:
        yield
    finally:
        del os.environ["GIT_TRACE2_EVENT"]


def started(trace: Path) -> list[str]:
    """The git commands of a trace that no other git command started, without the settings that each of ours gets."""
    events = [json.loads(line) for line in trace.read_text().splitlines()]
    ours = [event["argv"][1:] for event in events if event["event"] == "start" and "/" not in event["sid"]]
    commands = [" ".join(words[2 * words.count("-c") :]) for words in ours]
    return [command for command in commands if command != "version"]
