"""A past promotion where files of the tree that judged it had been others: what rules and approvals then object to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from mlops_gitops.audit.replay import TIMED, commit_findings, history_rules, untimely_findings
from mlops_gitops.audit.what_if.answer import Objection
from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.records.project import Project
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.receipt import MET
from mlops_gitops.repository.approvals import Demand, requesters, required, unmet_by_names
from mlops_gitops.repository.ledger import Entry, Ledger
from mlops_gitops.repository.snapshot import Snapshot

# They hold a record to the very files that judged it, or are looked at gate by gate elsewhere.
_OF_ITS_OWN_POLICY = frozenset({"promotion-gates", "promotion-policy", "promotion-packs"})


@frozen
class OtherPolicy:
    """A history in which some files of the tree before each record are others: tree → path → bytes."""

    ledger: Ledger
    at: Callable[[str], Snapshot]
    files: Callable[[Snapshot], Mapping[str, bytes]]

    def bases(self, entry: Entry) -> tuple[Snapshot, Snapshot] | None:
        """The tree before a record as it was, and with the other files; None where no project judged."""
        then = self.at(entry.commit.parent) if entry.commit.parent else None
        if then is None or then.project is None:
            return None
        return then, Snapshot(Overlay(self.files(then), then.tree))

    def objections(self, entry: Entry, record: Promotion) -> Iterator[Objection]:
        """What rules and approvals object to by the other files, and did not by those of that time."""
        bases = self.bases(entry)
        projects = tuple(base.project for base in bases) if bases else (None, None)
        if bases is None or projects[0] is None or projects[1] is None:
            yield Objection("policy", "no policy judged it then", unknown=True)
        elif bases[0].folders != bases[1].folders:
            yield Objection("paths", "the folders were others then, so nothing is where it looks", unknown=True)
        elif record.environment not in projects[1].environments:
            yield Objection("promotion-policy", f"there is no environment {record.environment}")
        else:
            yield from self._rules(entry, record, bases[1])
            yield from self._times(entry, record, projects[0], projects[1])
            yield from self._approvals(entry, record, projects[0], projects[1])

    def _rules(self, entry: Entry, record: Promotion, base: Snapshot) -> Iterator[Objection]:
        known = {(found.rule, found.message) for found in self._found(entry, self.at)}
        for found in self._found(entry, lambda commit: base if commit == entry.commit.parent else self.at(commit)):
            if (found.rule, found.message) not in known and found.span.path == record.path:
                yield Objection(found.rule, found.message, unknown=found.undecided)

    def _found(self, entry: Entry, at: Callable[[str], Snapshot]) -> Sequence[Diagnostic]:
        first = next(other.position for other in self.ledger.entries if other.commit.sha == entry.commit.sha)
        rules = [rule for rule in history_rules() if rule.id not in _OF_ITS_OWN_POLICY and rule.id not in TIMED]
        found = commit_findings(entry.commit, self.ledger.until(first), at, rules, None)
        return [*found, *untimely_findings(self.ledger, entry, at, ())]

    def _times(self, entry: Entry, record: Promotion, then: Project, other: Project) -> Iterator[Objection]:
        """Nothing says when a record was merged, and the other project asks for another time."""
        receipt = self.ledger.receipt(entry)
        if (receipt is None or receipt.merged_at is None) and _times(then, record) != _times(other, record):
            yield Objection("soak", "no receipt says when it was merged", unknown=True)

    def _approvals(self, entry: Entry, record: Promotion, then: Project, other: Project) -> Iterator[Objection]:
        """What the people whom its receipt names do not meet. Who approved beside them is not on record."""
        wanted, receipt = required(record, other), self.ledger.receipt(entry)
        if not wanted or (wanted, other.roles, other.teams) == (required(record, then), then.roles, then.teams):
            return
        if receipt is None:
            yield Objection("approvals", "no receipt says who approved it", unknown=True)
        elif receipt.approved == MET:
            excluded = requesters([record]) | self.ledger.writers(entry.commit)
            unmet = unmet_by_names([Demand(other, wanted)], receipt.facts.get("approvals", []), excluded)
            yield from [Objection("approvals", f"its receipt names {unmet}")] if unmet else []


def _times(project: Project, record: Promotion) -> object:
    """What a project asks of the time of a promotion."""
    environment = project.environments.get(record.environment)
    before = [project.environments.get(name) for name in environment.after] if environment else []
    return project.freezes, environment, [found.soak for found in before if found]
