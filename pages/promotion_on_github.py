"""docs/explanation/a-promotion-on-github.md: one pull request as it looks there, in the words of the code."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from difflib import unified_diff

from mlops_gitops.core import markdown
from mlops_gitops.core.frozen import replace
from mlops_gitops.forges.pull_request import STATUS
from mlops_gitops.github.notices import deployment
from mlops_gitops.github.pulls import LABEL
from mlops_gitops.github.statuses import shown_description
from mlops_gitops.orchestration.pulls.check_report import report_of
from mlops_gitops.orchestration.statuses.commit_status import CheckedHead
from mlops_gitops.pull_requests import status_comment
from mlops_gitops.records.receipt import Receipt
from mlops_gitops.reporting.job_summary import publication
from pages.github_sample import Proposal, history

_INTRODUCTION = """\
# A promotion on GitHub

`make docs` writes this page from the code and a small repository of its own. The people and the measured numbers are
made up. Every title, table, status and receipt is as the program writes it.

The model churn runs in production as release 1.3.0. Release 1.4.0 runs in staging, and alice asks for it in production
by the form in the Actions tab. Production needs one approval of data-science and one of operations. [The
set-up](../how-to/github.md) has the workflows, and [why GitHub is set up so](github.md) has the reasons.
"""
_FACTS = """\
A comment of HTML follows, which GitHub does not show: the path and the digest of the record, for programs.

### Its commit and files

One commit of two files. Its message:
"""
_STATE = """\
The desired state, which the deployment tool reads:
"""
_RECORD = """\
The record, which is only ever added. It names the bytes by digest, each gate with its numbers, the policy that judged,
who asked, and the record before it. Its list of rules is cut here:
"""
_CHECK = """\
## 2. The check run

The job of the workflow `mlops-gitops.yml` measures the gates again on the bytes that the manifest pins, and asks
[every rule](../reference/rules/index.md). Each finding is an annotation on its line. A missing approval is only a
note: it can arrive without a push, and a check run changes only with one. The status below waits for it. The job's
summary:
"""
_STATUS = """\
## 3. The commit status and the comment

The workflow `mlops-gitops-record.yml` runs on the default branch with the App's token. It sets the one status that the
ruleset requires, and explains it in one comment, which later runs edit:
"""
_APPROVED = """\
## 4. Two approvals later

bob and carol approve on the page of the pull request. Each review starts the check again. Now the status and the
comment say:
"""
_MERGED = """\
## 5. After the merge

bob presses the button, and that is the promotion: the branch says that production is to run 1.4.0. The workflow
`mlops-gitops-record.yml` writes the receipt, an annotated tag. It says who approved, in the repository itself:
"""
_DEPLOYMENT = """\
It also reports a deployment, which GitHub lists beside the repository:
"""
_END = """\
`mlops-gitops history churn` lists the record with its approvals, and `mlops-gitops audit` replays the history. What it
can prove, and what not, is in [what the audit proves](what-the-audit-proves.md).
"""


def page() -> str:
    """The page, without a last newline."""
    past, proposal = history()
    approved = proposal.approved("bob", "carol")
    receipt = past.receipts[past.merge(approved)[0].tag]
    blocks = [
        _INTRODUCTION,
        *_pull(proposal),
        _CHECK,
        publication(replace(report_of(proposal.checked(), proposal.pull), command="check")).summary,
        _STATUS,
        *_answer(proposal, proposal.checked()),
        _APPROVED,
        *_answer(approved, approved.checked()),
        _MERGED,
        *_merged(receipt),
        _END,
    ]
    return "\n\n".join(block.strip("\n") for block in blocks)


def _pull(proposal: Proposal) -> Iterator[str]:
    """The head of the pull request, its description as GitHub renders it, and its files."""
    pull, change = proposal.pull, proposal.change
    rows = (
        ("title", markdown.text(pull.title)),
        ("opened by", f"{markdown.text(pull.author.login)}, the App"),
        ("branch", markdown.code(change.branch)),
        ("labels", ", ".join(map(markdown.code, (*change.labels, LABEL)))),
        ("review requested from", " and ".join(change.reviewers)),
    )
    yield from (f"## 1. Pull request #{pull.number}", _table(("part", "text"), rows), "### Its description")
    yield from (pull.body, _FACTS, _block("text", change.message), *_files(proposal))


def _files(proposal: Proposal) -> Iterator[str]:
    """What changes in the desired state, and the record."""
    record, base = proposal.record, proposal.context.policy.tree
    state = next(path for path in proposal.change.files if path != record.path)
    before, after = ((data or b"").decode().splitlines() for data in (base.read(state), proposal.change.files[state]))
    yield from (_STATE, _block("diff", "\n".join(unified_diff(before, after, state, state, lineterm=""))), _RECORD)
    data = json.loads(record.render())
    data["predicate"]["rules"][1:] = ["…"]  # every rule there is
    shown = _block("json", json.dumps(data, indent=2, ensure_ascii=False))
    yield "\n".join(markdown.details(markdown.text(record.path), [shown]))


def _answer(proposal: Proposal, checked: CheckedHead) -> Iterator[str]:
    """The status of the head, and the comment that explains it."""
    row = (markdown.code(STATUS), checked.status.state, markdown.text(shown_description(checked.status)))
    yield _table(("status", "state", "description"), [row])
    day = proposal.context.today.isoformat()
    yield status_comment.render(checked.found, checked.head, checked.base, day)


def _merged(receipt: Receipt) -> Iterator[str]:
    """The receipt and the deployment that follows from it."""
    wanted = deployment(receipt)
    rows = [(name, markdown.text(str(wanted[name]))) for name in ("environment", "task", "ref", "description")]
    yield _block("text", f"tag {receipt.tag}\n\n{receipt.message()}")
    yield from (_DEPLOYMENT, _table(("deployment", "text"), rows))


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join([*markdown.head(columns), *map(markdown.row, rows)])


def _block(language: str, text: str) -> str:
    return f"```{language}\n{text.rstrip()}\n```"
