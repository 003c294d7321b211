"""A schedule judges live data, and something else notices when the schedule stops.

What monitoring.yaml watches is judged by `mlops-gitops monitor`, which nothing starts but a schedule. GitHub switches
off the schedules of a public repository after 60 days without a commit, and a watch that nobody runs looks as if all
were well: `monitor --heartbeat` finds windows that should have been judged, so a workflow that pushes or other
workflows start runs it as well. With `--dry-run`, `--backtest` or `--window`, monitor records no outcome of the newest
window, so a schedule of these does not count.

Run `mlops-gitops init --github` for a workflow that monitors, and add a step with `command: monitor --heartbeat` to
the workflow that records.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

from mlops_gitops.doctor.checkup import Case, Checkup
from mlops_gitops.doctor.facts import Facts, requires_settings
from mlops_gitops.doctor.finding import Finding, fault, not_needed, seen_in_workflows
from mlops_gitops.doctor.workflow_files import Workflow
from mlops_gitops.doctor.workflow_runs import may_run, words_of_commands
from mlops_gitops.forges.settings import Settings
from mlops_gitops.policy.examples import MONITORING, watched
from mlops_gitops.policy.rule import Edit
from mlops_gitops.records import monitoring

HEARTBEAT, WINDOW = "--heartbeat", "--window"
_RECORDS_NOTHING = {HEARTBEAT, "--backtest", "--dry-run"}
_BY_HAND = {"schedule", "workflow_dispatch", "repository_dispatch", "workflow_call"}


@requires_settings
def examine(facts: Facts, settings: Settings) -> Iterator[Finding]:
    """One finding on what judges, and one on what notices that nothing does."""
    if not facts.base.has(monitoring.KIND):
        yield not_needed("no model has a monitoring.yaml")
        return
    unread = list(facts.unread_workflows())
    yield from unread
    workflows = facts.workflows
    judging = {path: _judges(found, workflows) for path, found in workflows.items() if "schedule" in found.triggers}
    beating = {path: _beats(found, workflows) for path, found in workflows.items() if {*found.triggers} - _BY_HAND}
    fix = "mlops-gitops init --github writes a workflow that does"
    missing = "no scheduled workflow is seen to run monitor: no job judges what monitoring.yaml watches"
    yield seen_in_workflows(judging, "judges live data on a schedule", fault(missing, fix), unread=bool(unread))
    missing = "no workflow that pushes or other workflows start is seen to run monitor --heartbeat: a schedule "
    missing += "that was switched off stays unnoticed"
    fix = "add a step with command: monitor --heartbeat to the workflow that runs record"
    well = "notices windows that were not judged, without a schedule"
    yield seen_in_workflows(beating, well, fault(missing, fix), unread=bool(unread))


def _judges(workflow: Workflow, workflows: Mapping[str, Workflow]) -> bool | None:
    return _monitors(workflow, workflows, _records_newest)


def _beats(workflow: Workflow, workflows: Mapping[str, Workflow]) -> bool | None:
    return _monitors(workflow, workflows, lambda arguments: HEARTBEAT in arguments)


def _records_newest(arguments: Collection[str]) -> bool | None:
    """Whether `monitor` records the newest window; None where an expression or the shell says which window it is."""
    options = {word.partition("=")[0] for word in arguments}
    if WINDOW in options and not options & _RECORDS_NOTHING:
        return None if any(mark in word for word in arguments for mark in "$`") else False
    return not options & _RECORDS_NOTHING


def _monitors(
    workflow: Workflow, workflows: Mapping[str, Workflow], wanted: Callable[[Collection[str]], bool | None]
) -> bool | None:
    """Whether a workflow runs `monitor` with such arguments; None where that is not seen."""
    commands = words_of_commands(workflow, workflows)
    answers = [wanted(words[1:]) for words in commands if words[0] == "monitor"]
    if True in answers:
        return True
    return None if None in answers or may_run(workflow, workflows) else False


_MLOPS, _NIGHTLY = ".github/workflows/mlops.yml", ".github/workflows/monitor.yml"
(_WATCHED,) = watched()
_SCHEDULED = "on: {schedule: [{cron: '41 * * * *'}]}\njobs:\n  monitor:\n    runs-on: ubuntu-latest\n    steps:\n"


def _nightly(arguments: str) -> Edit:
    return Edit(_NIGHTLY, None, f"{_SCHEDULED}      - run: mlops-gitops monitor {arguments}\n")


_MONITOR = _nightly("--in production")
_RECORD = "      - run: mlops-gitops record\n"
_HEARTBEAT = Edit(_MLOPS, _RECORD, f"{_RECORD}      - run: mlops-gitops monitor --heartbeat\n")
_ELSEWHERE = "example/shared/.github/workflows/monitor.yml@v1"

CHECKUP = Checkup(
    "scheduled-monitor",
    __doc__,
    examine,
    ok=(
        Case((_WATCHED, _MONITOR, _HEARTBEAT)),
        Case((Edit(MONITORING, None, "# apiVersion: mlops-gitops/v1\n"),)),
    ),
    bad=(
        Case((_WATCHED,)),
        Case((_WATCHED, _MONITOR)),
        Case((_WATCHED, _HEARTBEAT)),
        Case((_WATCHED, _HEARTBEAT, _nightly("--backtest"))),
        Case((_WATCHED, _HEARTBEAT, _nightly("churn --dry-run"))),
        Case((_WATCHED, _HEARTBEAT, _nightly("--window live/2026-01-05.csv"))),
        Case((_WATCHED, _HEARTBEAT, _nightly("--window=2026-01-05"))),
        Case((_WATCHED, _MONITOR, Edit(".github/workflows/beat.yml", None,
              f"{_SCHEDULED}      - run: mlops-gitops monitor --heartbeat\n"))),
    ),
    unsure=(
        Case((_WATCHED, _HEARTBEAT, _nightly("--window $(date +%F)"))),
        Case((_WATCHED, _HEARTBEAT, Edit(_NIGHTLY, None, "on: {schedule: [{cron: '41 * * * *'}]}\njobs:\n"
              f"  monitor: {{uses: {_ELSEWHERE}}}\n"))),
        Case((_WATCHED, _MONITOR, Edit(".github/workflows/ci.yml", "jobs:\n", "jobs: []\nx:\n"))),
    ),
)  # fmt: skip
