"""Which jobs take an App's key, or a token that is not their run's own; and whether a repository does without one."""

from __future__ import annotations

import re
from collections.abc import Mapping

from mlops_gitops.doctor.workflow_files import ANY, Job, Step, Workflow
from mlops_gitops.doctor.workflow_runs import OPENS, RUN_TOKEN, command_tokens, writes

WRITES = OPENS | {"record", "screen", "check"}
_MAKES = "actions/create-github-app-token"
# What actions that make such a token name the two inputs they need; a private key alone may be of SSH.
_KEY = re.compile(r"(app(lication)?[-_]?)?private[-_]?key", re.IGNORECASE)
_APP_ID = re.compile(r"(github[-_]?)?(app(lication)?|client)[-_]?id", re.IGNORECASE)
_OWN = re.compile(r"(\$\{\{\s*(secrets\.GITHUB_TOKEN|github\.token)\s*\}\})?", re.IGNORECASE)


def takes_key(job: Job) -> bool | None:
    """Whether a job takes the key, or a token made with it elsewhere; None where an expression decides."""
    takes = [_step_takes_key(step) for step in job.steps]
    return True if True in takes else None if None in takes else False


def _step_takes_key(step: Step) -> bool | None:
    named = [str(name) for name in step.inputs]
    if step.action == _MAKES or (any(map(_KEY.fullmatch, named)) and any(map(_APP_ID.fullmatch, named))):
        return True
    if all(_OWN.fullmatch(token.strip()) for token in step.tokens()):
        return False
    commands = step.commands()
    if any(writes(WRITES, name, arguments) for name, arguments in commands):
        return True
    return None if any(name == ANY for name, _ in commands) else False


def recording_with_run_token(workflows: Mapping[str, Workflow]) -> list[str]:
    """The workflows that visibly give the token of their run to `record`."""
    return [path for path, found in workflows.items() if RUN_TOKEN in command_tokens(found, workflows, {"record"})]


def acts_without_app(workflows: Mapping[str, Workflow]) -> bool:
    """Whether jobs record with the token of their run, and none is seen to take an App's key."""
    jobs = [job for workflow in workflows.values() for job in workflow.jobs]
    return bool(recording_with_run_token(workflows)) and not any(takes_key(job) for job in jobs)
