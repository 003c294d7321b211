"""Answer a pull request that promotes nothing by its list of files: nothing of it is checked out."""

from __future__ import annotations

import argparse

from mlops_gitops.cli.command import Command
from mlops_gitops.core.errors import FAILED, PASSED, UNDECIDED, Error
from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.forges.combined_status import fork_status_reason
from mlops_gitops.forges.pull_request import PROMOTES_NOTHING, Listing, Status
from mlops_gitops.github.connect import connect
from mlops_gitops.github.forge import GitHub
from mlops_gitops.policy import guarded_paths
from mlops_gitops.reporting.report import Link, Report
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.runtime import ci_job, clock


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument(
        "number", nargs="?", type=int, metavar="N", help="the pull request (default: the one this job is about)"
    )


@frozen
class Answer:
    """What the list of files decides: the state of the status ("" leaves it to `check`), why, and the exit code."""

    state: str
    because: str
    code: int = PASSED


def run(args: argparse.Namespace) -> Report:
    """Reads the list, and sets the status where the list alone decides it."""
    event = ci_job.event() if args.number is None else None
    number = event.number if event else args.number
    if number is None:
        raise Error("there is no pull request to answer", help="mlops-gitops screen N")
    forge = GitHub(connect(ci_job.repository()))
    listing = forge.listed(number)
    answer, head = screen(listing), listing.pull.head
    if answer.state in ("failure", "pending") and listing.pull.fork and (branches := forge.branches_at(head)):
        answer = Answer("", f"{answer.because}; {fork_status_reason(branches)}", answer.code)
    if answer.state:
        now = Status(head, listing.base, clock.today().isoformat(), answer.state, answer.because, clock.now())
        keep = ("failure", "pending") if answer.state == "success" else ()
        if kept := forge.replace_status(listing.pull, now, keep):
            because = f"{answer.because}, but its commit has a {kept}: only mlops-gitops check replaces it"
            answer = Answer("", because)
    outcome = f"status {answer.state}" if answer.state else "no status was set"
    data = {"version": 1, "pull_request": number, "head": head, "state": answer.state, "because": answer.because}
    line = f"pull request #{number}: {outcome}: {answer.because}"
    return Report(data, lines=(line,), exit_code=answer.code, pull=Link(number, listing.pull.url))


def screen(listing: Listing) -> Answer:
    """What the files of a pull request decide, by the base's project."""
    project_of_default = Snapshot(Overlay(listing.default_project)).project
    branch = project_of_default.branch if project_of_default else listing.default_branch
    if listing.base_branch != branch:
        return Answer("", f"it is not onto {branch}, where merging promotes")
    snapshot = Snapshot(Overlay(listing.project))
    if fault := snapshot.project_fault:
        return Answer("failure", f"on the base, {fault}, so nothing can be judged by it", UNDECIDED)
    if not listing.complete:
        return Answer("failure", "GitHub does not list all of its files, so what it changes is not known", UNDECIDED)
    guarded = guarded_paths.changes_guarded_or_policy(snapshot.folders, listing.paths)
    states = Snapshot(Overlay({**listing.project, **listing.states}))
    guarded = guarded or guarded_paths.may_change_targets(states, listing.paths)
    if not guarded and not guarded_paths.changes_cards(snapshot.folders, listing.paths):
        if listing.merges:  # `git merge -s ours` takes back what a rebase would bring
            return Answer("", "it holds a merge, whose files GitHub does not list: mlops-gitops check judges it")
        return Answer("success", PROMOTES_NOTHING)
    if listing.pull.fork and guarded_paths.changes_promotions(snapshot.folders, listing.paths):
        why = "a fork cannot promote: a maintainer runs mlops-gitops promote, or rollback, in the repository itself"
        return Answer("failure", why, FAILED)
    if listing.pull.fork:
        return Answer("pending", f"a maintainer runs: mlops-gitops check {listing.pull.number}")
    return Answer("", "it promotes, decides, or changes the policy or a card: mlops-gitops check judges it")


COMMAND = Command("screen", __doc__.strip(), add_arguments, run)
