"""A team that works on a growing repository: pull requests merged in every way, pushes, and the receipts of both."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any

from independent.repository import Files, Growing, Seen, Tag, changed

from mlops_gitops.core.canonical import digest, sha256
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.records import receipt
from mlops_gitops.repository.policy_files import digest_of, is_stated
from mlops_gitops.repository.rollout_plans import changed_plans
from mlops_gitops.repository.snapshot import Snapshot

WAYS = ("merge", "squash", "rebase", "rebase", "push")
APPROVALS = [{"role": "data-science", "by": "carol"}, {"role": "operations", "by": "bob"}]
RELEASE, PROMOTION, DECISION = "releases/", "promotions/", "decisions/"


@dataclass
class Team:
    """What the people of a sequence know, and how they work. `lines` says what they did."""

    repository: Growing
    draw: Random
    lines: list[str] = field(default_factory=list)
    pulls: int = 100

    @property
    def files(self) -> Files:
        """The files of the newest commit."""
        return self.repository.tip.files

    def text(self, path: str) -> str:
        """The text of a file."""
        return self.files[path].decode()

    def chance(self, share: float) -> bool:
        """Whether something happens that happens so often."""
        return self.draw.random() < share

    def paths(self, folder: str) -> list[str]:
        """The files below a folder."""
        return sorted(path for path in self.files if path.startswith(folder))

    def bring(
        self, what: str, changes: Mapping[str, bytes | None], how: str = "", *, record: bool | None = None
    ) -> None:
        """Puts changes on the line in some way, and mostly lets `record` write what it writes."""
        how = how or self.draw.choice(WAYS)
        before = len(self.repository.line)
        getattr(self, f"_{how}")(dict(changes))
        self.lines.append(f"{how}: {what}")
        if self.chance(0.9):
            for seen, base in zip(self.repository.line[before:], self.repository.line[before - 1 :], strict=False):
                self._record(seen, base, reviewed=how != "push")
        else:
            self.lines[-1] += ", not recorded"

    # ── ways to the branch ──

    def _push(self, changes: dict[str, bytes | None]) -> None:
        self._put(changed(self.files, changes))

    def _squash(self, changes: dict[str, bytes | None]) -> None:
        self.pulls += 1
        self._put(changed(self.files, changes))

    def _rebase(self, changes: dict[str, bytes | None]) -> None:
        """One commit, or two, of which each holds some of the files."""
        self.pulls += 1
        paths = sorted(changes)
        first = paths[: self.draw.randrange(len(paths))] if self.chance(0.3) else []
        for part in (first, paths[len(first) :]):
            if part:
                self._put(changed(self.files, {path: changes[path] for path in part}))

    def _merge(self, changes: dict[str, bytes | None]) -> None:
        self.pulls += 1
        tip, author = self.repository.tip, self.draw.choice(["alice", "alice", "alice", "bob", "carol"])
        message = "Change\n\nCo-authored-by: Bob <bob@example.org>\n" if self.chance(0.1) else "Change\n"
        branch = self.repository.commit(changed(tip.files, changes), (tip,), author, message)
        self.repository.line.append(self.repository.commit(branch.files, (tip, branch)))

    def _put(self, files: Files) -> None:
        self.repository.line.append(self.repository.commit(files, (self.repository.tip,)))

    def turn_round(self) -> None:
        """Merges the branch into one's own, which left it some commits ago, and pushes that."""
        repository, back = self.repository, self.draw.randint(2, 4)
        start = repository.line[-back]
        own = repository.commit(changed(start.files, {"docs/own.md": b"Mine\n"}), (start,))
        files = changed(repository.tip.files, {"docs/own.md": b"Mine\n"})
        turned = repository.commit(files, (own, repository.tip))
        repository.line[-back + 1 :] = [own, turned]
        self.lines.append(f"push: the line turned round, {back - 1} commits ago")

    # ── receipts ──

    def _record(self, seen: Seen, base: Seen, *, reviewed: bool) -> None:
        """What `record` writes for a commit: honest where it was reviewed, and unproven where it was pushed."""
        added = [path for path in seen.files if path not in base.files]
        for path in sorted(added):
            if named := self._tag(path, seen):
                tag, target, value = named
                self.write_receipt(tag, target, path, value, seen, reviewed=reviewed or path.startswith(RELEASE))
        differing = {path for path in {*seen.files, *base.files} if seen.files.get(path) != base.files.get(path)}
        snapshot = Snapshot(Overlay(seen.files))
        plans = changed_plans(Snapshot(Overlay(base.files)), snapshot, differing)
        files = sorted({*(path for path in differing if is_stated(snapshot.folders, path)), *plans})
        if files:
            named_file = "mlops.yaml" if "mlops.yaml" in files else files[0]
            tag = receipt.POLICY_TAG + seen.sha
            facts = {"files": files}
            self.write_receipt(tag, seen.sha, named_file, digest_of(snapshot), seen, facts, reviewed=reviewed)

    def _tag(self, path: str, seen: Seen) -> tuple[str, str, str] | None:
        """The name of a record's receipt, its target and the digest of the record."""
        data = seen.files[path]
        parts = path.split("/")
        if path.startswith(RELEASE) and len(parts) == 3:
            return f"{parts[1]}@v{parts[2].removesuffix('.yaml')}", seen.sha, f"sha256:{sha256(data)}"
        if path.startswith(DECISION):
            return receipt.DECISION_TAG + parts[1].removesuffix(".yaml"), seen.sha, f"sha256:{sha256(data)}"
        if path.startswith(PROMOTION) and (record := parsed(data)):
            said = record["predicate"]
            target = self._introduced(f"releases/churn/{said['release']}.yaml") or seen.sha
            step = said.get("wave") or ("stop" if said["action"] == "stop" else "")
            stage = f"{said['environment']}_{step}" if step else said["environment"]
            return f"churn#{stage}#{said['sequence']}", target, digest(record)
        return None

    def _introduced(self, path: str) -> str:
        return next((seen.sha for seen in self.repository.line if path in seen.files), "")

    def write_receipt(
        self, tag: str, target: str, path: str, value: str, seen: Seen, facts: Mapping[str, Any] | None = None,
        *, reviewed: bool = True,
    ) -> None:  # fmt: skip
        """A receipt. It says that the approvals were met where somebody looked."""
        at = datetime.fromtimestamp(self.repository.time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        said = {"pull_request": self.pulls, "merged_at": at, "approvals": APPROVALS} if reviewed else {"approvals": []}
        found = receipt.Receipt(
            tag, target, path, value, seen.sha, "met" if reviewed else "unproven", "local", {**(facts or {}), **said}
        )
        self.repository.tags[tag] = Tag(target, found.message())


def parsed(data: bytes) -> Any:
    """JSON, None for anything else."""
    try:
        return json.loads(data)
    except ValueError:
        return None
