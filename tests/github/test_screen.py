"""screen: a pull request answered by its list of files, with no repository at hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ground.checked import RECORD, asked
from ground.events import job, pull_request
from ground.house import BOT, House
from house import PROJECT, desired
from messages import lacking

from mlops_gitops.forges.pull_request import STATUS


@pytest.fixture
def empty(hub: House, tmp_path: Path) -> House:
    """The house, and a folder that holds nothing, where `screen` runs."""
    (tmp_path / "empty").mkdir()
    return House(tmp_path / "empty", hub.capsys, hub.front, hub.bridge)


def opened(house: House, files: dict[str, str | None], branch: str = "topic", *, fork: bool = False) -> int:
    if fork:
        return house.open_from_fork(branch, files)
    house.write_branch(branch, files)
    return house.open(branch)


def answered(house: House, number: int) -> tuple[int, str, str]:
    """Exit code, state, and the commit status that is there then."""
    answer = asked(house, "screen", number)
    assert answer.json["pull_request"] == number
    return answer.code, answer.json["state"], house.status(number)


@pytest.mark.parametrize("fork", [False, True], ids=["own", "fork"])
def test_what_promotes_nothing_is_a_success_recorded_contract(empty: House, fork: bool) -> None:
    paths = ("notes.txt", "models/README.md", "promotions.md", "docs/promotions/staging/churn/0001.json")
    number = opened(empty, dict.fromkeys(paths, "a\n"), fork=fork)
    assert answered(empty, number) == (0, "success", "success")
    said = empty.said(number)
    assert said.startswith("this promotes nothing; ") and "check run" in said, "which rules hold is not this status's"
    mark = empty.front.mark()
    empty.ok("screen", number)
    assert empty.front.writes(mark) == []


def test_a_fork_that_promotes_is_refused_with_the_command_recorded_contract(empty: House) -> None:
    for path in (RECORD, "environments/staging/churn.yaml", "environments/README.md"):
        number = opened(empty, {path: "a\n"}, Path(path).stem, fork=True)
        assert answered(empty, number) == (1, "failure", "failure"), path
        assert "a maintainer runs mlops-gitops promote" in empty.said(number), path


def test_a_file_that_a_target_names_is_judged_recorded_contract(empty: House) -> None:
    target = '{files: [{path: values.yaml, set: {tag: "v-{release}"}}], mutable: accepted}'
    state = desired("1.0.0") + f"targets: {{web: {target}}}\n"
    empty.write_branch("main", {"environments/staging/churn.yaml": state, "values.yaml": "tag: v-1.0.0\n"})
    for fork, state_of, branch in ((False, "", "own"), (True, "pending", "of-a-fork")):
        number = opened(empty, {"values.yaml": "tag: v-evil\n"}, branch, fork=fork)
        assert answered(empty, number)[:2] == (0, state_of)
    other = opened(empty, {"other.yaml": "tag: v-evil\n"}, "other")
    assert answered(empty, other)[1] == "success"
    # A state that cannot be read may guard any file.
    empty.write_branch("main", {"environments/staging/churn.yaml": state.replace("release:", "relase:")})
    unread = opened(empty, {"another.yaml": "tag: v-evil\n"}, "another")
    assert answered(empty, unread)[1] == ""
    asked(empty, "check", "--all")
    assert "promotes nothing" not in empty.said(unread)


def test_a_fork_that_changes_the_policy_waits_recorded_contract(empty: House) -> None:
    policy = ("mlops.yaml", "FREEZE", "models/churn/kpis.yaml", "governance/packs/house.yaml")
    # A card may take back what it says of risk, and its path alone does not say whether it does.
    for path in (*policy, "models/churn/README.md", "releases/churn/9.9.9.yaml", "decisions/x.yaml"):
        number = opened(empty, {path: "a\n"}, Path(path).stem, fork=True)
        assert answered(empty, number) == (0, "pending", "pending"), path
        assert f"mlops-gitops check {number}" in empty.said(number), path


def test_a_branch_that_promotes_is_left_to_check(empty: House) -> None:
    for path in (RECORD, "mlops.yaml", "models/churn/kpis.yaml", "models/churn/README.md"):
        number = opened(empty, {path: "a\n"}, Path(path).stem)
        assert answered(empty, number) == (0, "", ""), path


def test_a_list_that_may_be_cut_short_is_could_not_tell_recorded_contract(
    empty: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = opened(empty, {"notes.txt": "a\n"})
    whole = empty.api("GET", f"pulls/{number}")
    for after in (0, 2):  # asked before and after the lists of files and of commits
        body = whole | {"changed_files": 2}
        empty.front.answer_next(200, body=body, to="GET pulls/{pull_number}", after=after)
    assert answered(empty, number) == (3, "failure", "failure")
    assert not lacking(empty.said(number), "does not list all", "files", "not known")
    listed = [{"filename": f"{n}.txt", "status": "added"} for n in range(3_000)]
    for after in (0, 2):  # asked before and after the lists of files and of commits
        body = whole | {"changed_files": 3_000}
        empty.front.answer_next(200, body=body, to="GET pulls/{pull_number}", after=after)
    empty.front.answer_next(200, body=listed, to="GET pulls/{pull_number}/files", times=1)
    assert answered(empty, number)[:2] == (3, "failure")
    assert answered(empty, number) == (0, "", "failure")  # which `check` replaces


def test_a_file_moved_out_of_a_guarded_folder_counts_recorded_contract(empty: House) -> None:
    number = opened(empty, {"notes.txt": "a\n"}, fork=True)
    moved: dict[str, Any] = empty.api("GET", f"pulls/{number}/files")[0]
    moved |= {"status": "renamed", "previous_filename": RECORD}
    empty.front.answer_next(200, body=[moved], to="GET pulls/{pull_number}/files", times=1)
    assert answered(empty, number) == (1, "failure", "failure")


def test_every_page_of_the_list_is_read_recorded_contract(empty: House) -> None:
    empty.front.page_size = 2
    files: dict[str, str | None] = {f"{name}.txt": "a\n" for name in "abcd"}
    number = opened(empty, {**files, RECORD: "{}\n"}, fork=True)
    assert answered(empty, number) == (1, "failure", "failure")


def test_onto_another_branch_nothing_is_said(empty: House) -> None:
    empty.write_branch("release-1", {"a.txt": "a\n"})
    empty.write_branch("topic", {RECORD: "{}\n"}, base="release-1")
    number = empty.api("POST", "pulls", {"title": "x", "head": "topic", "base": "release-1"})["number"]
    answer = asked(empty, "screen", number)
    assert answer.code == 0 and not lacking(answer.json["because"], "not onto main")
    assert empty.statuses(number) == []


def test_without_a_project_the_default_places_count_recorded_contract(empty: House) -> None:
    empty.write_branch("main", {"mlops.yaml": None})
    assert answered(empty, opened(empty, {"notes.txt": "a\n"})) == (0, "success", "success")
    assert answered(empty, opened(empty, {"mlops.yaml": PROJECT}, "bring")) == (0, "", "")
    assert answered(empty, opened(empty, {RECORD: "{}\n"}, "theirs", fork=True)) == (1, "failure", "failure")


def test_the_base_s_places_count_and_not_the_head_s_recorded_contract(empty: House) -> None:
    empty.write_branch("main", {"mlops.yaml": PROJECT + "paths: {promotions: records/promoted, models: nets}\n"})
    promoted, kpis = "records/promoted/staging/churn/0001.json", "nets/churn/kpis.yaml"
    assert answered(empty, opened(empty, {promoted: "{}\n"}, "one", fork=True))[1] == "failure"
    assert answered(empty, opened(empty, {RECORD: "{}\n"}, "two", fork=True))[1] == "success"
    assert answered(empty, opened(empty, {kpis: "a: 1\n"}, "three", fork=True))[1] == "pending"
    moved: dict[str, str | None] = {"mlops.yaml": PROJECT, promoted: "{}\n"}
    assert answered(empty, opened(empty, moved, "four", fork=True))[1] == "failure"


@pytest.mark.parametrize("text", ["apiVersion: mlops-gitops/v1\nbranch: [\n", "apiVersion: mlops-gitops/v1\n"])
def test_a_base_that_cannot_be_read_decides_nothing_recorded_contract(empty: House, text: str) -> None:
    empty.write_branch("main", {"mlops.yaml": text})
    number = opened(empty, {"notes.txt": "a\n"})
    assert answered(empty, number) == (3, "failure", "failure")
    assert "on the base, mlops.yaml is not valid" in empty.said(number)


def test_a_head_that_moves_meanwhile_is_could_not_tell_recorded_contract(empty: House) -> None:
    number = opened(empty, {"notes.txt": "a\n"}, fork=True)
    before = empty.api("GET", f"pulls/{number}")
    empty.write_branch("a-fork-of/mallory/topic", {RECORD: "{}\n"})
    empty.front.answer_next(200, body=before, to="GET pulls/{pull_number}", times=1)
    answer = empty.run("screen", number)
    assert (answer.code, f"pull request #{number} changed just now" in answer.err) == (3, True)
    assert empty.statuses(number) == []
    assert answered(empty, number) == (1, "failure", "failure")


def test_the_event_names_the_pull_request_recorded_contract(
    empty: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    number = opened(empty, {"notes.txt": "a\n"}, fork=True)
    job(monkeypatch, tmp_path, "pull_request_target", pull_request(empty, number, "opened"))
    empty.ok("screen")
    assert empty.status(number) == "success"


def test_a_token_that_may_not_set_it_is_told_which_permission_recorded_contract(
    empty: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = opened(empty, {"notes.txt": "a\n"})
    monkeypatch.setenv("GITHUB_TOKEN", empty.token("reads", statuses="read"))
    answer = empty.run("screen", number)
    assert (answer.code, "statuses=write" in answer.err) == (3, True)


def test_nothing_to_answer(empty: House, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (empty.run("screen").code, empty.run("screen", 4711).code) == (2, 3)
    monkeypatch.delenv("GITHUB_REPOSITORY")
    assert "GITHUB_REPOSITORY does not name a repository" in empty.run("screen", 1).err


def test_beside_another_tool_s_file_the_other_name_counts_recorded_contract(empty: House) -> None:
    moved = PROJECT + "paths: {promotions: records/promoted}\n"
    empty.write_branch("main", {"mlops.yaml": "stage: dev\n", "mlops-gitops.yaml": moved})
    promoted = "records/promoted/staging/churn/0001.json"
    assert answered(empty, opened(empty, {promoted: "{}\n"}, "one", fork=True))[1] == "failure"
    assert answered(empty, opened(empty, {"mlops.yaml": "stage: test\n"}, "two", fork=True))[1] == "pending"
    empty.write_branch("main", {"mlops.yaml": PROJECT})
    number = opened(empty, {"notes.txt": "a\n"}, "three")
    assert answered(empty, number) == (3, "failure", "failure")
    assert "mlops.yaml and mlops-gitops.yaml are both projects" in empty.said(number)


def merged_into(house: House, branch: str, other: str) -> str:
    """A merge of another branch by which only the files of the first remain, as `git merge -s ours` makes it."""
    first, second = house.head(branch), house.head(other)
    tree = house.api("GET", f"git/commits/{first}")["tree"]["sha"]
    made = house.api("POST", "git/commits", {"message": "Merge", "tree": tree, "parents": [first, second]})["sha"]
    house.api("PATCH", f"git/refs/heads/{branch}", {"sha": made})
    return str(made)


def test_a_merge_that_hides_a_removed_record_is_left_to_check_recorded_contract(empty: House) -> None:
    empty.write_branch("evil", {"mlops.yaml": None})
    empty.write_branch("nice", {"notes.txt": "a\n"})
    merged_into(empty, "nice", "evil")
    assert answered(empty, empty.open("nice")) == (0, "", "")


def test_a_pull_request_of_one_merge_is_left_to_check_recorded_contract(empty: House) -> None:
    start = empty.head()
    empty.write_branch("main", {"more.txt": "a\n"})
    empty.api("POST", "git/refs", {"ref": "refs/heads/again", "sha": start})
    merged_into(empty, "again", "main")
    assert answered(empty, empty.open("again")) == (0, "", "")


@pytest.mark.parametrize("state", ["failure", "pending"])
def test_what_check_said_of_a_commit_is_not_replaced_recorded_contract(empty: House, state: str) -> None:
    """Closed and opened again, or retargeted, a pull request is screened again; its commit is the same."""
    number = opened(empty, {"notes.txt": "a\n"})
    head = empty.api("GET", f"pulls/{number}")["head"]["sha"]
    empty.api("POST", f"statuses/{head}", {"state": state, "context": STATUS}, who=BOT)
    assert answered(empty, number) == (0, "", state)
    empty.api("POST", f"statuses/{head}", {"state": "failure", "context": STATUS}, who="mallory")
    assert answered(empty, number) == (0, "success", "success")
