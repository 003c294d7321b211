"""A checkpoint: an annotated tag that keeps what an audit found of a line up to one commit.

`mlops-gitops/checkpoint/<commit>` is on that commit. It says by which tool and rules the audit was made, and of which
receipts, so that a later audit can tell whether it would still find the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from mlops_gitops.core.diagnostics import Diagnostic, Fix, Replacement, Severity, Span
from mlops_gitops.core.frozen import asdict, frozen
from mlops_gitops.documents import foreign_json

CHECKPOINT_TAG = "mlops-gitops/checkpoint/"  # then the commit
FORMAT = "mlops-gitops/checkpoint/v1"
_RULE = re.compile("[a-z0-9]+(-[a-z0-9]+)*")
_TEXTS = ("commit", "tool", "rules", "forge", "policy")
_MAPS = ("folders", "receipts")


@frozen
class Settled:
    """What a report says of commits beside findings, where nothing of the usual kind that comes later changes it.

    `tags` is the digest of all tags that look like receipts. `promotions` are how many records there are; `unapproved`
    of them needed no approval. `entries` are the commit and path of each record that is read again: adoptions, and what
    depends on other branches. `changes` are those of the policy: commit, day, file, approvals; `digest` is of the
    policy now. `targeted` are the environments and models whose desired states have targets, `environments` those with
    records.
    """

    tags: str
    promotions: int
    unapproved: int
    self_declared: bool
    entries: tuple[tuple[str, ...], ...]
    changes: tuple[tuple[str, ...], ...]
    digest: str
    targeted: tuple[tuple[str, ...], ...]
    environments: tuple[tuple[str, ...], ...]

    def to_json(self) -> dict[str, Any]:
        """The same as JSON."""
        data: dict[str, Any] = asdict(self)
        return data


@frozen
class Checkpoint:
    """What the tag says. `rules` is the digest of the program's files, `folders` are those of the newest tree.

    `receipts` has a digest of the receipts of each model, "" standing for those of decisions and of the policy.
    `policy` says where the receipts of the policy begin. What was found is in `commits` and `listed` by commit, as
    `audit.findings` has both, and in `records` by commit and path. `settled` is None where later commits can change
    what a report says of these ones.
    """

    commit: str
    tool: str
    rules: str
    forge: str
    folders: Mapping[str, str]
    receipts: Mapping[str, str]
    policy: str
    commits: Mapping[str, tuple[Diagnostic, ...]]
    listed: Mapping[str, tuple[Diagnostic, ...]]
    records: Mapping[str, Mapping[str, Diagnostic]]
    settled: Settled | None = None
    time: int = 0

    @property
    def tag(self) -> str:
        """The name of the tag."""
        return CHECKPOINT_TAG + self.commit

    @property
    def target(self) -> str:
        """The commit that it is on."""
        return self.commit

    @property
    def faults(self) -> int:
        """How many errors it keeps."""
        return sum(map(len, self.commits.values())) + sum(map(len, self.records.values()))

    def message(self) -> str:
        """The tag's message: a line for people, then all of it as JSON."""
        data = {name: getattr(self, name) for name in (*_TEXTS, *_MAPS)}
        for name in ("commits", "listed"):
            data[name] = {sha: list(map(_written, found)) for sha, found in getattr(self, name).items()}
        data["records"] = {
            sha: {path: _written(found) for path, found in paths.items()} for sha, paths in self.records.items()
        }
        data["settled"] = self.settled.to_json() if self.settled else None
        text = json.dumps({"format": FORMAT, **data}, separators=(",", ":"))
        return f"audited up to commit {self.commit[:10]}\n\n{text}\n"


def parse(tag: str, target: str, message: str, time: int = 0) -> Checkpoint | None:
    """The checkpoint in a tag's message; None where it holds none, or one of another commit."""
    try:
        data = foreign_json.parse(message.partition("\n\n")[2], may_repeat=False)
        found = _checkpoint(data, time)
        named = data["format"] == FORMAT and found.tag == tag and found.target == target
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    return found if named else None


def _checkpoint(data: Mapping[str, Any], time: int) -> Checkpoint:
    """The checkpoint of its data. Raises ValueError, TypeError, KeyError, AttributeError for any other data."""
    commit, tool, rules, forge, policy = (str(data[name]) for name in _TEXTS)
    folders, receipts = ({str(key): str(value) for key, value in data[name].items()} for name in _MAPS)
    commits, listed = (
        {sha: tuple(map(_read, found)) for sha, found in data[name].items()} for name in ("commits", "listed")
    )
    records = {sha: {path: _read(found) for path, found in at.items()} for sha, at in data["records"].items()}
    settled = _settled(data["settled"]) if data["settled"] is not None else None
    return Checkpoint(commit, tool, rules, forge, folders, receipts, policy, commits, listed, records, settled, time)


def _settled(data: Mapping[str, Any]) -> Settled:
    """Raises ValueError, TypeError, KeyError, AttributeError for any data but that of `Settled`."""
    numbers = data["promotions"], data["unapproved"]
    widths = {"entries": 2, "changes": 4, "targeted": 2, "environments": 1}
    rows = {name: tuple(tuple(map(_text, row)) for row in data[name]) for name in widths}
    narrow = all(len(row) == width for name, width in widths.items() for row in rows[name])
    if not all(type(number) is int and number >= 0 for number in numbers) or not narrow:
        raise ValueError("settled does not have its form")
    if not isinstance(data["self_declared"], bool):
        raise TypeError("self_declared is not a boolean")
    texts = {name: _text(data[name]) for name in ("tags", "digest")}
    return Settled(**dict(data) | rows | texts)


def _written(found: Diagnostic) -> dict[str, Any]:
    data: dict[str, Any] = asdict(found)
    return data


def _read(data: Any) -> Diagnostic:
    found = dict(data)
    edits = found["fix"]["edits"] if found["fix"] else ()
    replacements = tuple(Replacement(_span(edit["span"]), _text(edit["text"])) for edit in edits)
    found |= {
        "severity": Severity(found["severity"]), "span": _span(found["span"]),
        "related": tuple(map(_span, found["related"])),
        "fix": Fix(_text(found["fix"]["title"]), replacements) if found["fix"] else None,
    }  # fmt: skip
    if not _RULE.fullmatch(found["rule"]) or not isinstance(found["undecided"], bool):
        raise ValueError("it is no finding")
    return Diagnostic(**found | {name: _text(found[name]) for name in ("message", "help")})


def _span(data: Any) -> Span:
    span = Span(**data)
    numbers = (span.line, span.column, span.end_line, span.end_column)
    if not isinstance(span.path, str) or not all(type(number) is int and number > 0 for number in numbers):
        raise ValueError("it is no place in a file")
    return span


def _text(data: Any) -> str:
    if not isinstance(data, str):
        raise TypeError("it is no text")
    return data
