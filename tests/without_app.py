"""A workflow of ours, changed as docs/github.md says under "Without an App": for a try, by the run's own token."""

from __future__ import annotations

import re

_STEP = re.compile(r"      - uses: actions/create-github-app-token@.*?(?=      - )", re.DOTALL)
_JOB = re.compile(r"(?=^  [a-z]+:)", re.MULTILINE)


def without_app(text: str) -> str:
    """The text without the environment, the step and the tokens, its jobs with the permissions the step had."""
    head, jobs, rest = text.partition("jobs:\n")
    return head + jobs + "".join(map(_job, _JOB.split(rest)))


def _job(text: str) -> str:
    step = _STEP.search(text)
    if step is None:
        return text
    asked = re.findall(r"^ +permission-([a-z-]+): (read|write)", step[0], re.MULTILINE)
    permissions = "    permissions:\n" + "".join(f"      {name}: {access}\n" for name, access in asked)
    text = _STEP.sub("", text)
    text = re.sub(r"^    environment: .*\n|^          token: .*steps\.app\..*\n", "", text, flags=re.MULTILINE)
    return re.sub(r"^    permissions:.*\n(      .*\n)*?(?=    [a-z])", permissions, text, flags=re.MULTILINE)
