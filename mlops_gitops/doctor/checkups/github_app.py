"""The workflows record as an App, or it is said what can be forged without one.

With an App, its key in an environment of the default branch, nobody else can set the status that is required or write a
receipt. Workflows of `init --github simple` do both with the token of their run, as any workflow can that a writer
pushes to a branch: the checks, the approvals at GitHub and the history are real, and status and receipts prove nothing
against a writer. It looks for the token that workflows give to `record`.

`mlops-gitops init --github app` makes simple workflows act as an App, and writes those that open pull requests.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.doctor.app_keys import recording_with_run_token
from mlops_gitops.doctor.checkup import Case, Checkup
from mlops_gitops.doctor.facts import Facts, requires_settings
from mlops_gitops.doctor.finding import Finding, fault, note, ok
from mlops_gitops.doctor.sample_edits import RECORDS_AS_RUN, WITHOUT_APP
from mlops_gitops.forges.settings import Settings
from mlops_gitops.policy.rule import Edit

_FIX = "to upgrade, make an App and run `mlops-gitops init --github app`"


@requires_settings
def examine(facts: Facts, settings: Settings) -> Iterator[Finding]:
    """One finding: as what the workflows record."""
    yield from facts.unread_workflows()
    recording = recording_with_run_token(facts.workflows)
    if facts.acts_without_app:
        yield note("this repository works without an App: anybody with write access can set the status, write receipts "
                   "and monitoring records", _FIX, recording[0])  # fmt: skip
    elif recording:
        yield fault("it records with the token of its run, though other jobs act as an App: receipts and statuses are "
                    "then of two accounts, and the App believes its own alone", _FIX, recording[0])  # fmt: skip
    else:
        yield ok("no workflow is seen to record with the token of its run")


CHECKUP = Checkup(
    "github-app",
    __doc__,
    examine,
    ok=(Case(WITHOUT_APP),),
    bad=(Case((RECORDS_AS_RUN,)),),
    unsure=(Case((Edit(".github/workflows/mlops.yml", "jobs:\n", "jobs: []\nx:\n"),)),),
)
