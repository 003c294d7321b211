"""The workflows of a repository without an App: the same jobs, which act with the token of their own run.

What opens pull requests is left out: one that a run's own token opens starts no check.
"""

from __future__ import annotations

import re

from mlops_gitops.doctor import workflow_files
from mlops_gitops.documents.tree import Tree, read_if_possible

_APP = "actions/create-github-app-token@"
_STEP = re.compile(r"^      - uses: .*?(?=^      - |^  [a-z]|\Z)", re.DOTALL | re.MULTILINE)
_JOB = re.compile(r"(?=^  [a-z]+:)", re.MULTILINE)
_PERMISSION = re.compile(r"^ +permission-([a-z-]+): (read|write)", re.MULTILINE)
_REASONS = {
    "actions": "who started the run that asked for a promotion",
    "contents": "the repository; where it writes, receipts and records",
    "deployments": "each promotion, where GitHub shows deployments",
    "issues": "what was merged unapproved, and alarms",
    "pull-requests": "reviews; where it writes, comments",
    "statuses": "mlops-gitops/promotion",
}
_OPENS = "          command: advance\n"


def without_app(text: str) -> str:
    """A workflow of ours without the App: no environment, no key, and jobs with the permissions that the App had."""
    head, jobs, rest = text.partition("jobs:\n")
    head = head.replace("with the App's key", "by the run's own token")
    return head + jobs + "".join(map(_job_without_app, _JOB.split(rest)))


def _job_without_app(text: str) -> str:
    steps = _STEP.findall(text)
    asked = [found for step in steps if _APP in step for found in _PERMISSION.findall(step)]
    if not asked:
        return text
    for step in steps:
        if _APP in step or _OPENS in step:
            text = text.replace(step, "")
    lines = (f"      {name}: {access} # {_REASONS[name]}\n" for name, access in asked)
    permissions = "    permissions:\n" + "".join(lines)
    text = re.sub(r"^    environment: .*\n", "", text, flags=re.MULTILINE)
    text = re.sub(r"^    permissions:.*\n(      .*\n)*?(?=    [a-z])", permissions, text, flags=re.MULTILINE)
    return text.replace("${{ steps.app.outputs.token }}", "${{ github.token }}")


def acts_without_app(tree: Tree, names: tuple[str, ...]) -> bool:
    """Whether workflows of ours are there, and none of them makes an App's token; `names` are their file names."""
    texts = [read_if_possible(tree, f"{workflow_files.FOLDER}/{name}") for name in names]
    found = [text for text in texts if text is not None]
    return bool(found) and all(_APP.encode() not in text for text in found)
