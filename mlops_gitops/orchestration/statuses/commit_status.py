"""A checked head: its findings, and the status that follows from them."""

from __future__ import annotations

from datetime import date

from mlops_gitops.core import plugins
from mlops_gitops.core.diagnostics import Diagnostic, Severity, ordered
from mlops_gitops.core.errors import Error
from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.core.text import visible
from mlops_gitops.forges.pull_request import PROMOTES_NOTHING, PullRequest, Status
from mlops_gitops.orchestration.governance.evidence import evidence_of
from mlops_gitops.orchestration.governance.requirements import governance_findings
from mlops_gitops.orchestration.pull_context import promotes, pull_context
from mlops_gitops.orchestration.workspace import Workspace
from mlops_gitops.policy import engine
from mlops_gitops.policy.rule import Scope
from mlops_gitops.pull_requests import status_comment
from mlops_gitops.repository.context import Context
from mlops_gitops.runtime import clock


@frozen
class CheckedHead:
    """A head and every finding of its check."""

    context: Context
    found: tuple[Diagnostic, ...]
    head: str
    base: str
    has_check_runs: bool  # whether the forge has check runs, which report what needs no status
    paths: tuple[str, ...] = ()  # all that differs from the base, and what a commit of it brings only in passing
    head_status: Status | None = None  # the status its head has now, where that is not the head's own
    status_note: str = ""  # why that is so, or why its head has no status

    @property
    def promotes(self) -> bool:
        """Whether it promotes, decides, or changes what judges; else the status has nothing to withhold."""
        return promotes(self.context, self.paths)

    @property
    def counts(self) -> bool:
        """Whether findings decide the status: without check runs it is all that the forge shows of the check."""
        return self.promotes or not self.has_check_runs

    @property
    def status(self) -> Status:
        """The status of the head."""
        errors = [d for d in self.found if d.severity is Severity.ERROR] if self.counts else []
        lasting = [d for d in errors if d.rule not in standing_rules()]
        state = "failure" if lasting else "pending" if errors else "success"
        success = "every rule, gate and approval holds" if self.counts else PROMOTES_NOTHING
        description = (lasting or errors)[0].message if errors else success
        return _status(self.head, self.base, state, description)


def standing_rules() -> frozenset[str]:
    """The rules whose answer can change without a push: the status reports it, never a check run."""
    return frozenset(rule.id for rule in plugins.all_of("policy.rules", "RULE") if rule.standing)


def check_head(
    workspace: Workspace, base: str, head: str, pull: PullRequest | None, today: date, *, for_status: bool = False
) -> CheckedHead:
    """Checks a head and writes nothing to the forge. Raises Error.

    `for_status` where nothing but the status is asked for: no rule is run where it says the same whatever they find.
    """
    context = pull_context(workspace, base, head, pull, today)
    paths = (*context.pull.paths, *context.pull.passing) if context.pull else ()
    has_check_runs = pull is not None and not workspace.forge.self_declared
    checked = CheckedHead(context, (), head, base, has_check_runs, paths)
    if for_status and not checked.counts:
        return checked
    fork = pull is not None and pull.fork  # for which no data is read
    evidence = None if fork else evidence_of(workspace.store(base), context.head.tree)
    found = engine.existing_as_warnings(context, engine.validate(context, Scope.PULL))
    found = ordered((*found, *governance_findings(context, evidence)))
    return replace(checked, found=found)


def comment_text(checked: CheckedHead) -> str:
    """The comment that explains a status."""
    return status_comment.render(checked.found, checked.head, checked.base, checked.status.day)


def undecided_status(head: str, base: str, error: Error) -> Status:
    """The status of a head that could not be checked: an older answer must not remain."""
    return _status(head, base, "failure", f"could not be judged: {error.message}")


def _status(head: str, base: str, state: str, description: str) -> Status:
    """A status now; what it quotes from a file shows no control character."""
    return Status(head, base, clock.today().isoformat(), state, visible(description, keep="\n"), clock.now())
