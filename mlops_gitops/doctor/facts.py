"""The facts that checkups examine: the files of the base branch and the settings of the forge."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property, wraps

from mlops_gitops.core.frozen import frozen
from mlops_gitops.doctor import app_keys, workflow_files
from mlops_gitops.doctor.candidate import Candidate
from mlops_gitops.doctor.check_names import check_names
from mlops_gitops.doctor.finding import Finding, not_needed, unverified
from mlops_gitops.doctor.workflow_files import Workflow
from mlops_gitops.doctor.workflow_runs import runs_command, starts_on_pull_requests
from mlops_gitops.forges.pull_request import STATUS
from mlops_gitops.forges.settings import Required, Settings, Unknown
from mlops_gitops.repository.snapshot import Snapshot


@frozen
class Facts:
    """The files of the base branch, and the settings of the forge.

    `settings` is None where the remote is a folder: the local forge has none. `remotes` are the DVC remotes of the
    base, folder of a DVC project → name → settings. `candidate` is what is here, to be merged and released. `shallow`
    says that this clone lacks history.
    """

    base: Snapshot
    branch: str
    settings: Settings | None
    remotes: Mapping[str, Mapping[str, Mapping[str, str]] | Unknown]
    candidate: Candidate
    shallow: bool = False

    @cached_property
    def workflows(self) -> Mapping[str, Workflow]:
        """Every workflow of the base that can be read, by path."""
        return {path: workflow for path, workflow in self._all_workflows.items() if isinstance(workflow, Workflow)}

    @cached_property
    def _all_workflows(self) -> Mapping[str, Workflow | Unknown]:
        return workflow_files.read_workflows(self.base.tree)

    @cached_property
    def acts_without_app(self) -> bool:
        """Whether the workflows record with the token of their run, and no job is seen to take an App's key."""
        return app_keys.acts_without_app(self.workflows)

    @cached_property
    def needs_no_approval(self) -> bool:
        """Whether no environment of the base asks for approvals: one person decides alone."""
        project = self.base.project
        return project is not None and not any(each.approvals for each in project.environments.values())

    def unread_workflows(self) -> Iterator[Finding]:
        """A finding for each workflow that cannot be read: what a checkup looks for may be in there."""
        for path, workflow in self._all_workflows.items():
            if isinstance(workflow, Unknown):
                yield unverified(f"the workflow cannot be read: {workflow.reason}", "fix the file", path)

    def makers(self) -> Mapping[str, tuple[Workflow, ...] | Unknown]:
        """The workflows started by pull requests that make each required check, or run our `check` for its status.

        Unknown where none is seen to make it and one may. Checks that another App than Actions reports are left out.
        """
        if self.settings is None:
            return {}
        checks = [check for check in self.settings.required() if _may_be_of_actions(check, self.settings)]
        return {check.context: self._makers(check.context) for check in checks}

    def _makers(self, context: str) -> tuple[Workflow, ...] | Unknown:
        workflows = self.workflows
        started = [workflow for workflow in workflows.values() if starts_on_pull_requests(workflow)]
        if context == STATUS:
            candidates = [(workflow, runs_command(workflow, workflows, "check")) for workflow in started]
        else:
            candidates = [(workflow, check_names(workflow, workflows).makes(context)) for workflow in started]
        makers = tuple(workflow for workflow, makes in candidates if makes)
        if not makers and any(makes is None for _, makes in candidates):
            return Unknown(f"an expression or another repository decides whether a workflow makes {context!r}")
        return makers


def _may_be_of_actions(check: Required, settings: Settings) -> bool:
    """Whether GitHub Actions may report a required check, as far as the settings show."""
    known = isinstance(settings.actions_app, int)
    return check.context == STATUS or check.app in (None, settings.actions_app) or not known


def requires_settings(
    examine: Callable[[Facts, Settings], Iterator[Finding]],
) -> Callable[[Facts], Iterator[Finding]]:
    """Makes a checkup of the forge's settings not needed where the remote is a folder, which has none."""

    @wraps(examine)
    def examine_facts(facts: Facts) -> Iterator[Finding]:
        if facts.settings is None:
            return iter([not_needed("a remote that is a folder has no settings")])
        return examine(facts, facts.settings)

    return examine_facts
