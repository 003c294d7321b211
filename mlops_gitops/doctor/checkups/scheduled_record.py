"""A schedule writes the receipts that events have missed.

Pushes are lost, runs are cancelled, and a merge by a bot with the run's own token starts nothing. `record` works from
the state of the branch, so a run once a day writes what is missing; it also judges open promotions again, whose base,
freeze or baseline has changed since. GitHub switches schedules off in a public repository after 60 days without a
commit.

Add `schedule: [{cron: '17 5 * * *'}]` to the workflow that runs `mlops-gitops record`.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.doctor.checkup import Case, Checkup
from mlops_gitops.doctor.facts import Facts, requires_settings
from mlops_gitops.doctor.finding import Finding, fault, note, ok, unverified
from mlops_gitops.doctor.workflow_runs import runs_command
from mlops_gitops.forges.settings import Repository, Settings
from mlops_gitops.policy.rule import Edit


@requires_settings
def examine(facts: Facts, settings: Settings) -> Iterator[Finding]:
    """Whether a schedule runs `record`, and a note where GitHub will switch it off."""
    workflows = facts.workflows
    scheduled = {path: workflow for path, workflow in workflows.items() if "schedule" in workflow.triggers}
    recording = {path: runs_command(workflow, workflows, "record") for path, workflow in scheduled.items()}
    known = [path for path, runs in recording.items() if runs]
    if known:
        yield ok(f"{known[0]} runs record on a schedule")
        yield from _expiry(settings, known[0])
        return
    unread = list(facts.unread_workflows())
    yield from unread
    if None in recording.values() or unread:
        yield unverified("could not tell whether a scheduled workflow runs record: another repository, an expression "
                         "or a workflow that cannot be read decides")  # fmt: skip
    else:
        yield fault("no scheduled workflow is seen to run record: what a lost event missed stays without a receipt",
                    "add schedule: [{cron: '17 5 * * *'}] to the workflow that runs mlops-gitops record")  # fmt: skip


def _expiry(settings: Settings, path: str) -> Iterator[Finding]:
    if not isinstance(settings.repository, Repository) or not settings.repository.private:
        yield note("in a public repository the schedule is switched off after 60 days without a commit",
                   f"then: gh workflow enable {path.rpartition('/')[2]}", path)  # fmt: skip


_MLOPS = ".github/workflows/mlops.yml"
_CRON = "  schedule: [{cron: '17 5 * * *'}]\n"

CHECKUP = Checkup(
    "scheduled-record",
    __doc__,
    examine,
    ok=(
        Case(settings={"repository.private": False}),
        Case((Edit(_MLOPS, _CRON, ""), Edit(".github/workflows/nightly.yml", None, f"on:\n{_CRON}jobs:\n"
              "  again: {uses: ./.github/workflows/mlops.yml}\n"))),
    ),
    bad=(
        Case((Edit(_MLOPS, _CRON, ""),)),
        Case((Edit(_MLOPS, "mlops-gitops record", "echo recorded"),)),
    ),
    unsure=(
        Case((Edit(_MLOPS, _CRON, ""), Edit(".github/workflows/nightly.yml", None, f"on:\n{_CRON}jobs:\n"
              "  again: {uses: example/shared/.github/workflows/record.yml@v1}\n"))),
        Case((Edit(_MLOPS, "jobs:\n", "jobs: []\nx:\n"),)),
    ),
)  # fmt: skip
