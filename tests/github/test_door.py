"""One suite of the door for both forges: what a command may count on wherever pull requests live."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from house import Repository

from mlops_gitops.core.errors import Error, Refused
from mlops_gitops.core.frozen import replace
from mlops_gitops.forges.change_set import ChangeSet
from mlops_gitops.forges.forge import Forge
from mlops_gitops.forges.pull_request import PullRequest, Status
from mlops_gitops.git.repository import open_repository
from mlops_gitops.orchestration.workspace import Workspace
from mlops_gitops.records import receipt
from mlops_gitops.records.receipt import Receipt

CHANGE = ChangeSet(
    "promote/staging/churn/0001-1.0.0", {"a/b.txt": b"text\n", "params.yaml": None},
    "Subject\n\nBody\n", "Title", "Words\n", ("promote", "staging"), ("bob",),
)  # fmt: skip


@dataclass
class Door:
    """A forge, opened, and the base of its repository."""

    house: Repository
    forge: Forge
    workspace: Workspace
    base: str

    def opened(self, change: ChangeSet = CHANGE) -> PullRequest:
        """A change with its branch and its pull request."""
        return self.forge.submit(change, self.base, "")

    def later(self) -> Door:
        """The same repository as the next command finds it: one command fetches once."""
        return _opened(self.house)

    def seen(self, number: int) -> PullRequest:
        """One pull request, as it is now."""
        found = self.forge.read(number)
        assert found is not None
        return found


@pytest.fixture(params=["local", "github"])
def door(request: pytest.FixtureRequest) -> Door:
    found = _opened(request.getfixturevalue("repository" if request.param == "local" else "hub"))
    assert found.workspace.forge_name == found.forge.name == request.param
    return found


def _opened(house: Repository) -> Door:
    workspace = Workspace(open_repository(str(house.root)))
    return Door(house, workspace.forge, workspace, workspace.sync())


def test_a_change_is_one_commit_on_the_base(door: Door) -> None:
    pull = door.opened()
    git = door.workspace.git
    assert door.forge.find() == [replace(door.seen(pull.number), reviews=(), writers=(), pushes=())]
    assert git.parents(pull.head) == [door.base]
    assert git.changes(door.base, pull.head) == {"a/b.txt": "A", "params.yaml": "D"}
    assert git.tree(pull.head).read("a/b.txt") == b"text\n"
    assert git.subject(pull.head) == "Subject"
    assert (pull.title, pull.body, pull.state, pull.branch) == ("Title", "Words\n", "open", CHANGE.branch)


def test_pull_requests_are_found_by_the_beginning_of_their_branch_oldest_first(door: Door) -> None:
    first = door.opened()
    second = door.opened(replace(CHANGE, branch="promote/staging/churn/0001-1.1.0"))
    door.opened(replace(CHANGE, branch="promote/staging/other/0001-1.0.0"))
    found = door.forge.find("promote/staging/churn/")
    assert [pull.number for pull in found] == [first.number, second.number]
    assert door.forge.find("rollback/") == []


def test_a_branch_takes_other_content_and_a_pull_request_other_words(door: Door) -> None:
    pull = door.opened()
    other = replace(CHANGE, files={"a/b.txt": b"other\n"}, title="Other", body="Other words\n")
    head = door.forge.submit(other, door.base, pull.head, pull).head
    seen = door.forge.find()[0]
    assert (seen.number, seen.head, seen.title, seen.body) == (pull.number, head, "Other", "Other words\n")
    assert door.workspace.git.changes(door.base, head) == {"a/b.txt": "A"}


def test_a_branch_that_somebody_changed_is_left_alone(door: Door) -> None:
    pull = door.opened()
    other = replace(CHANGE, files={"a/b.txt": b"theirs\n"})
    theirs = door.forge.submit(other, door.base, pull.head, pull).head
    with pytest.raises(Error):
        door.forge.submit(CHANGE, door.base, pull.head, pull)
    with pytest.raises(Error):
        door.forge.submit(CHANGE, door.base, "")
    assert door.forge.find()[0].head == theirs


def test_a_closed_one_is_only_found_when_asked_for(door: Door) -> None:
    pull = door.opened()
    door.forge.close(pull, "superseded by #9")
    assert door.forge.find() == []
    assert [pull.state for pull in door.forge.find(ended=True)] == ["closed"]
    assert [pull.state for pull in door.forge.pull_requests_of(CHANGE.branch)] == ["closed"]
    assert door.forge.pull_requests_of(CHANGE.branch + "0") == []
    assert door.seen(pull.number).state == "closed"


def test_there_is_no_pull_request_of_a_number_nobody_gave(door: Door) -> None:
    assert door.forge.read(4711) is None


@pytest.mark.parametrize("how", ["merge", "squash", "rebase"])
def test_a_merge_tells_what_it_brought(door: Door, how: str) -> None:
    pull = door.forge.merge(door.opened(), how, "alice@example.org")
    assert (pull.state, pull.merged_before) == ("merged", door.base)
    git = door.workspace.git
    tip = door.workspace.sync()
    git.fetch(*git.branches)
    tip = git.commit_of(git.remote_ref("main"))
    assert pull.merged_commit == tip
    assert git.changes(door.base, tip) == {"a/b.txt": "A", "params.yaml": "D"}
    assert pull.merged_at is not None and pull.merged_at.endswith("Z")
    brought = door.forge.merged_pull_requests([tip, door.base])
    assert {commit: value.number for commit, value in brought.items()} == {tip: pull.number}
    assert brought[tip].merged_before == door.base


def test_a_head_that_moved_is_not_merged(door: Door) -> None:
    pull = door.opened()
    door.forge.submit(replace(CHANGE, files={"a/b.txt": b"theirs\n"}), door.base, pull.head, pull)
    with pytest.raises(Refused):
        door.forge.merge(pull, "merge", "alice@example.org")
    assert door.forge.find()[0].state == "open"


def test_receipts_are_annotated_tags_of_the_same_content_everywhere(door: Door) -> None:
    entry = Receipt("churn#staging#1", door.base, "promotions/x.json", "sha256:" + "0" * 64, door.base, receipt.MET,
                  door.forge.name, {"approvals": []}, 1_700_000_000)  # fmt: skip
    assert door.forge.write_receipts([entry]) == {}
    door.workspace.fetch_receipts([entry.tag])
    assert door.workspace.receipts()[entry.tag] == entry
    assert list(door.forge.write_receipts([replace(entry, digest="sha256:" + "1" * 64)])) == [entry.tag]
    door.workspace.fetch_receipts([entry.tag])
    assert door.workspace.receipts()[entry.tag] == entry


def test_the_branches_at_a_commit_recorded_contract(door: Door) -> None:
    pull = door.opened()
    door.forge.find()
    door.house.sh("git", "push", "-q", "origin", f"{pull.head}:refs/heads/beside")
    door = door.later()
    assert sorted(door.forge.branches_at(pull.head)) == ["beside", pull.branch]
    assert door.forge.branches_at(door.base) == ["main"]


def test_what_cannot_be_read_is_left_out_and_told(door: Door) -> None:
    pull = door.opened()
    door.house.sh("git", "push", "-q", "origin", f"{door.base}:refs/mlops/pulls/9")
    door = door.later()
    assert [pull.number for pull in door.forge.find(ended=True)] == [pull.number]
    wanted = ["refs/mlops/pulls/9"] if door.forge.name == "local" else []
    assert list(door.forge.unreadable_pulls()) == wanted


def test_a_status_is_of_a_commit_recorded_contract(door: Door) -> None:
    pull = door.opened()
    status = Status(
        pull.head, door.base, "2026-11-24", "pending", "0 of 1 approvals from operations", "2026-11-24T00:00:00Z"
    )
    for value, said in (
        (status, "### Waits\n"),
        (replace(status, state="success", description="all holds"), "### Done\n"),
    ):
        door.forge.set_status(door.seen(pull.number), value, {})
        door.forge.write_comment(pull, said)
    said = door.forge.with_statuses(door.seen(pull.number)).statuses
    assert [(message.state, message.description) for message in said] == [
        ("pending", "0 of 1 approvals from operations"), ("success", "all holds"),
    ]  # fmt: skip
    assert all(message.commit == pull.head and door.base.startswith(message.base) for message in said)
    assert "success" in door.house.ok("pr", "list").out
    assert "all holds" in door.house.ok("pr", "show", pull.number).out
