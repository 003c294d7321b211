"""Whether the policy along a line was approved: for the second audit, from docs/reference/policies.md."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from independent.approvals import Demand, highest, kpi_needs, met, policy_approvals, record_needs
from independent.ledger import Commit, Entry, History, Receipt, Tree, canonical
from independent.steps_of_waves import plan_changes
from independent.waves import running

POLICY = "mlops-gitops/policy/"
_FILES = re.compile(
    r"mlops(-gitops)?\.yaml|FREEZE|models/[^/]+/(kpis|monitoring|retraining)\.yaml|governance/packs/[^/]+\.yaml"
    r"|(.*/)?\.dvc/config"
)


def judges(path: str) -> bool:
    """Whether a file is one of the policy."""
    return _FILES.fullmatch(path) is not None


def policy_digest(tree: Tree) -> str:
    """The digest of the whole policy of a tree."""
    from hashlib import sha256

    paths = [path for path in tree.files if judges(path)]
    return canonical({path: sha256(tree.bytes_of(path) or b"").hexdigest() for path in paths})


@dataclass(frozen=True)
class Change:
    """A commit that changes the policy, with the files of it."""

    commit: Commit
    files: list[str]

    @property
    def tag(self) -> str:
        """The name of its receipt."""
        return POLICY + self.commit.sha

    @property
    def path(self) -> str:
        """The file by which it is named."""
        return "mlops.yaml" if "mlops.yaml" in self.files else self.files[0]


@dataclass(frozen=True)
class State:
    """The commit that left the policy unproven, -1 where it is proven, and the last one that was proven."""

    since: int = -1
    proven: int = -1


@dataclass
class Policy:
    """The policy along a history."""

    history: History

    @cached_property
    def changes(self) -> list[Change]:
        """Every change from the first valid project on."""
        found, begun = [], False
        for commit in self.history.line:
            begun = begun or commit.tree.project is not None
            plans = plan_changes(commit.base, commit.tree, commit.changes) if commit.number else {}
            files = sorted({*(path for path in commit.changes if judges(path)), *plans})
            if begun and files:
                found.append(Change(commit, files))
        return found

    def receipt(self, change: Change) -> Receipt | None:
        """The receipt of a change, where it is of this commit and of these files."""
        found = self.history.receipts.get(change.tag)
        if found is None or {found.target, found.says("commit")} != {change.commit.sha}:
            return None
        return found if found.says("files") == change.files else None

    def states_policy(self, entry: Entry) -> bool:
        """Whether an entry is a proven decision that states the policy of its own tree."""
        if entry.kind != "decision" or entry.data["type"] != "policy" or not self.history.proven(entry):
            return False
        return bool(entry.data["subject"]["policy"] == policy_digest(entry.commit.tree))

    @cached_property
    def baseline(self) -> Entry | None:
        """The first decision that states the policy, where no receipt of the policy is older."""
        first = next(filter(self.states_policy, self.history.entries), None)
        older = (change for change in self.changes if first and change.commit.number <= first.commit.number)
        return None if any(map(self.receipt, older)) else first

    @cached_property
    def predates(self) -> bool:
        """Whether this repository is older than receipts of the policy."""
        if not self.changes or self.baseline or any(map(self.receipt, self.changes)):
            return False
        return any(map(self.history.receipt, self.history.entries))

    def in_baseline(self, commit: Commit) -> bool:
        """Whether a commit is the baseline's or older."""
        return self.baseline is not None and commit.number <= self.baseline.commit.number

    @cached_property
    def states(self) -> list[State]:
        """How far the policy is proven after each commit."""
        found: list[State] = []
        state = State()
        changes = {change.commit.number: change for change in self.changes}
        stating = {entry.commit.number for entry in self.history.entries if self.states_policy(entry)}
        for commit in self.history.line:
            if change := changes.get(commit.number):
                state = self._after(change, state, found)
            if commit.number in stating:
                state = State(-1, commit.number)
            found.append(state)
        return found

    def _after(self, change: Change, state: State, found: list[State]) -> State:
        number = change.commit.number
        if self.predates or self.in_baseline(change.commit) or self.fault(change, found):
            return State(number if state.since < 0 else state.since, state.proven)
        base = self._base(change)
        start = found[base] if base >= 0 else State()
        return State(start.since, start.proven if start.since >= 0 else number)

    def _base(self, change: Change) -> int:
        """The commit before the pull request of a change; -1 for none."""
        at = self.changes.index(change)
        while at and self._same_pull(self.changes[at - 1], change):
            at -= 1
        return self.changes[at].commit.number - 1

    def _same_pull(self, one: Change, other: Change) -> bool:
        pulls = [found.says("pull_request") or None if found else None for found in map(self.receipt, (one, other))]
        return pulls[0] is not None and pulls[0] == pulls[1] and not self.in_baseline(one.commit)

    def fault(self, change: Change, states: list[State] | None = None) -> str:
        """Why a change is not proven: "unknown" or "wrong"; "" where it is."""
        found = self.history.receipts.get(change.tag)
        if found is None:
            return "unknown"
        if self.receipt(change) is None or found.says("digest") != policy_digest(change.commit.tree):
            return "wrong"
        if found.says("approved") != "met":
            return "wrong" if found.says("approved") == "unmet" else "unknown"
        if found.says("forge") != "local":
            return "unknown"
        demands = self._demands(change)
        able = demands is not None and met(demands, found.says("approvals") or [], self.history.writers(change.commit))
        return "" if able else "wrong"

    def _demands(self, change: Change) -> list[Demand] | None:
        """What the policy before a pull request asks for all that it changes of the policy; None where nothing does."""
        base = self._base(change)
        if base < self.changes[0].commit.number:
            return []
        before, after = self.history.line[base].tree, change.commit.tree
        if before.project is None:
            return None
        brought = [each for each in self.changes if base < each.commit.number <= change.commit.number]
        paths = {path for each in brought for path in each.files if before.files.get(path) != after.files.get(path)}
        needs = (self._needs(before, after, path, before.project) for path in paths)
        return [(before.project, each) for each in needs if each]

    def _needs(self, before: Tree, after: Tree, path: str, project: dict[str, Any]) -> dict[str, int]:
        there = (path in before.files) == (path in after.files)
        plain = path == "FREEZE" or path.endswith(".dvc/config")
        if not plain and there and before.data(path) == after.data(path):
            return {}  # a comment
        if not judges(path):
            owner = plan_changes(before, after, {path: "M"}).get(path)
            known = owner in project["roles"]
            return ({str(owner): 1} if known else policy_approvals(project)) if owner else {}
        if path.endswith("/kpis.yaml"):
            return kpi_needs(before, after, path, project) if path in before.files else {}
        if path.endswith(("/monitoring.yaml", "/retraining.yaml")):
            return _named(before.data(path) or after.data(path), project)
        return policy_approvals(project)

    # ── the approvals of records ──

    def record_demands(self, entry: Entry) -> list[Demand] | None:
        """What the tree before a record asks for it; None where nothing does."""
        project = entry.commit.base.project
        needs = record_needs(entry, project)
        if entry.kind == "promotion" and entry.data["action"] == "advance":
            needs = self._wave_needs(entry)
        if project is None or needs is None:
            return None
        if entry.kind != "decision" or entry.data["type"] != "policy":
            return [(project, needs)]
        demands: list[Demand] = [(project, highest(needs, _to_state(entry.commit.base, project)))]
        state = self.states[entry.commit.number - 1]
        proven = state.proven if state.proven >= 0 else self._judged_last()
        last = self.history.line[proven].tree if state.since >= 0 and proven >= 0 else None
        if last is not None and last.project is not None:
            demands.append((last.project, _to_state(last, last.project)))
        return demands

    def _wave_needs(self, entry: Entry) -> dict[str, int] | None:
        """What the step into a wave needs: as the opening planned it, and as the record says."""
        data = entry.data
        promotions = [each for each in self.history.entries if each.kind == "promotion"]
        same = [e for e in promotions if all(e.data[name] == data[name] for name in ("model", "environment"))]
        rolls = running([e for e in same if e.data["sequence"] < data["sequence"]])
        wave = next((wave for wave in rolls.waves if wave["name"] == data["wave"]), None) if rolls else None
        return highest(wave.get("approvals", {}), data["approvals"]) if wave else None

    def _judged_last(self) -> int:
        for entry in reversed(self.history.entries):
            if entry.kind == "promotion" and self.history.proven(entry) and entry.commit.base.project:
                return entry.commit.number - 1
        return -1

    # ── what is unexplained ──

    @cached_property
    def judged_unproven(self) -> list[tuple[Entry, int]]:
        """Each record that an unproven policy judged, and the commit that left it so."""
        found = []
        for entry in () if self.predates else self.history.entries:
            since = self.states[entry.commit.number - 1].since if entry.commit.number else -1
            judged = entry.kind == "promotion" or (entry.relaxes and entry.data["type"] != "policy")
            if since >= 0 and judged and not self.in_baseline(entry.commit):
                found.append((entry, since))
        return found

    def unexplained(self) -> set[tuple[str, str]]:
        """The commits and files of the policy, or judged by it, that nothing proves; "" for no commit."""
        found: set[tuple[str, str]] = set()
        if self.predates:
            found.add(("", "mlops.yaml"))
        for change in () if self.predates else self.changes:
            fault = "" if self.in_baseline(change.commit) else self.fault(change)
            if fault == "unknown" and change.tag in self.history.lightweight:
                fault = "wrong"
            if fault and not (fault == "unknown" and self._resolved(change)):
                found.add((change.commit.sha, change.path))
        found |= {(entry.commit.sha, entry.path) for entry, _ in self.judged_unproven}
        known = {change.tag for change in self.changes}
        for tag, receipt in self.history.receipts.items():
            if tag.startswith(POLICY) and tag not in known:
                found.add(("", receipt.says("path") or "mlops.yaml"))
        return found

    def _resolved(self, change: Change) -> bool:
        """Whether the policy was proven again after a change, and judged nothing in between."""
        since = self.states[change.commit.number].since
        judged = {number for _, number in self.judged_unproven}
        return since < 0 or (since not in judged and since != self.states[-1].since)


def _named(data: Any, project: dict[str, Any]) -> dict[str, int]:
    """The approvals that a monitoring.yaml or retraining.yaml names itself."""
    found = dict(data.get("decides") or {data.get("owner"): 1}) if isinstance(data, dict) else {}
    return found if found and found.keys() <= project["roles"].keys() else policy_approvals(project)


def _to_state(tree: Tree, project: dict[str, Any]) -> dict[str, int]:
    """The approvals of a decision that states the whole policy: the policy's own, and an owner of each file."""
    owners = set()
    for path in tree.files:
        data = tree.data(path) if path.startswith("models/") and judges(path) else None
        if isinstance(data, dict):
            owners |= {data.get("owner"), *(kpi.get("owner") for kpi in data.get("kpis", ()))}
    owners |= {state["rollout"]["owner"] for _, state in tree.of_kind("state") if "rollout" in state}
    return highest({owner: 1 for owner in owners if owner in project["roles"]}, policy_approvals(project))
