"""What act says of a run: what its steps printed, and which workflow commands a runner takes out of that."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Command:
    """A workflow command that the runner took from a step's output, such as error, or set-output."""

    name: str
    properties: Mapping[str, str]
    text: str


@dataclass(frozen=True, repr=False)
class Run:
    """What came of a run: act's exit code, its log, and what GitHub would have shown."""

    code: int
    log: list[dict[str, Any]]

    @property
    def printed(self) -> str:
        """What the steps printed, without workflow commands."""
        return "\n".join(entry["msg"].rstrip("\n") for entry in self.log if entry.get("raw_output"))

    @property
    def commands(self) -> list[Command]:
        """The workflow commands that were taken, in order; what is written to a job's files is not among them."""
        return [_command(entry["raw"]) for entry in self.log if "command" in entry and "raw" in entry]

    @property
    def annotations(self) -> list[Command]:
        """The errors and warnings among them, which GitHub shows at a file or at the job."""
        return [command for command in self.commands if command.name in ("error", "warning")]

    @property
    def summary(self) -> str:
        """The job's summary."""
        return "".join(entry["content"] for entry in self.log if entry.get("command") == "summary")

    @property
    def ran(self) -> list[tuple[str, str]]:
        """The jobs that ran, each with its result."""
        return [(entry["jobID"], entry["jobResult"]) for entry in self.log if "jobResult" in entry]

    def __repr__(self) -> str:
        return "\n".join([f"exit code {self.code}", *(entry["msg"] for entry in self.log)])


def _command(raw: str) -> Command:
    """A command as GitHub's runner takes it apart: properties end at the first `::`, where act takes the last."""
    found = re.fullmatch(r"(?:::|##\[)([^\s:\]]+)(?: (.*?))?(?:::|\])(.*)", raw.rstrip("\r\n"))
    assert found, raw
    pairs = (entry.partition("=") for entry in (found[2] or "").split(",") if entry)
    return Command(found[1], {name: _plain(value) for name, _, value in pairs}, _plain(found[3]))


def _plain(text: str) -> str:
    for escape, char in (("%3A", ":"), ("%2C", ","), ("%0A", "\n"), ("%0D", "\r"), ("%25", "%")):
        text = text.replace(escape, char)
    return text
