"""The App's key lies in an environment that only the base branch can use.

The App sets the required status and writes the receipts, so anyone who holds its key can forge both. A secret of the
repository is given to every branch's workflow, and so is one of an environment without a limit: a writer pushes a
branch whose workflow takes it. It looks for jobs that make an App's token, or give one that is not the run's own to
a command that writes to GitHub; each must name an environment, and Settings must limit that to the base branch. A job
that names an environment which is not there makes it, without a limit. Whether the same secret also lies in the
repository GitHub does not tell here.

Settings → Environments → the one that the job names → Deployment branches: Selected → the base branch. Keep the key
there and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mlops_gitops.doctor.app_keys import takes_key
from mlops_gitops.doctor.checkup import Case, Checkup
from mlops_gitops.doctor.facts import Facts, requires_settings
from mlops_gitops.doctor.finding import Finding, fault, not_needed, note, ok, unverified
from mlops_gitops.doctor.workflow_files import EXPRESSION, Job, Workflow
from mlops_gitops.forges.settings import BranchRules, Limit, Settings, Unknown
from mlops_gitops.policy.rule import Edit


@requires_settings
def examine(facts: Facts, settings: Settings) -> Iterator[Finding]:
    """One finding for each job that takes the key without an environment, and one for each environment it lies in."""
    yield from facts.unread_workflows()
    workflows = facts.workflows
    jobs = [(path, job, takes_key(job)) for path, workflow in workflows.items() for job in workflow.jobs]
    taking = [(path, job, certain) for path, job, certain in jobs if certain is not False]
    users: dict[str, list[str]] = {}
    for path, job, certain in taking:
        if job.environment and EXPRESSION not in job.environment:
            users.setdefault(job.environment, []).append(job.id)
        else:
            yield _without_environment(path, job, certain)
    for name, ids in users.items():
        yield _environment_finding(name, _jobs(ids), facts, settings)
    if not taking:
        yield from _calls_elsewhere(workflows)


def _jobs(ids: list[str]) -> str:
    return f"the job {ids[0]}" if len(ids) == 1 else f"the jobs {', '.join(ids)}"


def _without_environment(path: str, job: Job, certain: bool | None) -> Finding:
    fix = "keep the key in an environment limited to the default branch, and name it: environment: NAME"
    if job.environment:
        return unverified(
            f"could not tell which environment the job {job.id} runs in: an expression decides", fix, path
        )
    if certain is None:
        return unverified(f"could not tell whether the job {job.id}, which names no environment, runs a command that "
                          "writes: an expression decides", fix, path)  # fmt: skip
    return fault(f"the job {job.id} takes an App's key, or a token made elsewhere, but names no environment, so it "
                 "is a secret of the repository, which any branch's workflow can read", fix, path)  # fmt: skip


def _environment_finding(name: str, jobs: str, facts: Facts, settings: Settings) -> Finding:
    """Whether only the base branch may use an environment. Names that differ only in case are one environment."""
    branch, limits = facts.branch, settings.environments
    if isinstance(limits, Unknown):
        return unverified(f"could not tell who may use the environment {name!r} of {jobs}: {limits.reason}")
    limited = f"{name} → Deployment branches: Selected → {branch}"
    folded = {known.casefold(): limit for known, limit in limits.items()}
    if name.casefold() not in folded:
        return fault(f"there is no environment {name!r}, which {jobs} would make without a limit on branches",
                     f"Settings → Environments → New environment {limited}")  # fmt: skip
    fix = f"Settings → Environments → {limited}"
    limit = folded[name.casefold()]
    if isinstance(limit, Unknown):
        return unverified(f"could not tell who may use the environment {name!r} of {jobs}: {limit.reason}")
    if limit is None:
        return fault(f"every branch may use the environment {name!r}, so any branch's workflow can take the key of "
                     f"{jobs}", fix)  # fmt: skip
    if limit.protected:
        return _limited_by_protection(name, branch, settings, fix)
    return _limited_by_names(name, branch, limit, fix)


def _limited_by_names(environment: str, branch: str, limit: Limit, fix: str) -> Finding:
    others = [f"the branch {name}" for name in limit.branches if name != branch]
    others += [f"the tag {name}" for name in limit.tags]
    if others:
        return fault(f"not only {branch} may use the environment {environment!r}, but also {', '.join(others)}", fix)
    if not limit.branches:
        return fault(f"no branch may use the environment {environment!r}, so nothing that needs the key can run", fix)
    return ok(f"only {branch} may use the environment {environment!r}; keep the key there and nowhere else")


def _limited_by_protection(environment: str, branch: str, settings: Settings, fix: str) -> Finding:
    """GitHub lets every branch use such an environment while no branch has a protection rule."""
    rules = settings.protection
    if isinstance(rules, BranchRules):
        return note(f"only protected branches may use the environment {environment!r}: {branch}, and any other that a "
                    "rule protects, as one for * does every branch", fix)  # fmt: skip
    reason = rules.reason if rules else f"{branch} has none of the classic rules, and where no branch has, all may"
    return unverified(f"only protected branches may use the environment {environment!r}, but which those are "
                      f"is not known: {reason}", fix)  # fmt: skip


def _calls_elsewhere(workflows: Mapping[str, Workflow]) -> Iterator[Finding]:
    elsewhere = [
        (path, job) for path, workflow in workflows.items() for job in workflow.jobs
        if job.calls and job.calls.removeprefix("./") not in workflows
    ]  # fmt: skip
    for path, job in elsewhere:
        yield unverified(f"the job {job.id} calls a workflow that is not here, which may take the key: {job.calls}",
                         path=path)  # fmt: skip
    if not elsewhere:
        yield not_needed("no job is seen to take an App's key")


_PROMOTE = ".github/workflows/promote.yml"
_MLOPS = ".github/workflows/mlops.yml"
_NAMED = "    environment: mlops-gitops\n"
_GIVEN = "${{ steps.app.outputs.token }}"
_APP = "      - uses: actions/create-github-app-token@v3\n        with: {private-key: '${{ secrets.KEY }}'}\n"
_OTHER = "      - uses: example/app-token@v1\n        with: {app_id: 254, private_key: '${{ secrets.KEY }}'}\n"
_SSH = "      - uses: example/ssh@v1\n        with: {private-key: '${{ secrets.KEY }}'}\n"
_CHECK = "with: {command: check}"


def _limit(limit: Limit | Unknown | None, name: str = "mlops-gitops") -> dict[str, object]:
    return {"environments": {name: limit}}


def _tokened(command: str, given: str = "${{ secrets.APP_TOKEN }}") -> Edit:
    return Edit(_MLOPS, _CHECK, f"with: {{command: '{command}', token: '{given}'}}")


CHECKUP = Checkup(
    "key-environment",
    __doc__,
    examine,
    ok=(
        Case((Edit(_PROMOTE, _GIVEN, "${{ github.token }}"), Edit(_PROMOTE, _NAMED, ""))),
        Case((_tokened("check --no-status"),)),
        Case((Edit(_MLOPS, "    steps:\n", f"    steps:\n{_SSH}"),)),
        Case((_tokened("check", "${{ github.token }}"),)),
        Case((Edit(_PROMOTE, _NAMED, "    environment: {name: MLOps-GitOps}\n"),)),
        Case(settings={**_limit(Limit(protected=True)), "protection": BranchRules("the classic protection of main")}),
    ),
    bad=(
        Case((Edit(_PROMOTE, _NAMED, ""),)),
        Case((Edit(_MLOPS, "    steps:\n", f"    steps:\n{_APP}"),)),
        Case((Edit(_MLOPS, "    steps:\n", f"    steps:\n{_OTHER}"),)),
        Case((_tokened("check"),)),
        Case((_tokened("record", "${{ secrets.APP_TOKEN || github.token }}"),)),
        Case(settings=_limit(None)),
        Case(settings={"environments": {}}),
        Case(settings=_limit(Limit(branches=("main",)), "production")),
        Case(settings=_limit(Limit(branches=("main", "release/*")))),
        Case(settings=_limit(Limit(branches=("ma*",)))),
        Case(settings=_limit(Limit(branches=("main",), tags=("v*",)))),
        Case(settings=_limit(Limit())),
    ),
    unsure=(
        Case(settings={"environments": Unknown("the token lacks actions: read")}),
        Case(settings=_limit(Unknown("the server is down"))),
        Case(settings=_limit(Limit(protected=True))),
        Case(settings={**_limit(Limit(protected=True)), "protection": Unknown("the token may not read it")}),
        Case((Edit(_PROMOTE, "environment: mlops-gitops", "environment: '${{ inputs.where }}'"),)),
        Case((_tokened("${{ inputs.command }}"),)),
        Case((Edit(_PROMOTE, None, "on: workflow_dispatch\njobs:\n"
                   "  promote: {uses: example/shared/.github/workflows/promote.yml@v1, secrets: inherit}\n"),)),
        Case((Edit(_MLOPS, "jobs:\n", "jobs: []\nx:\n"),)),
    ),
)  # fmt: skip
