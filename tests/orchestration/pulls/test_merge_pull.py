"""pr merge on the local forge: check where needed, merge, pull and record in one step; pr open pushes."""

from __future__ import annotations

from pathlib import Path

from house import Repository
from messages import lines_with


def _released(repository: Repository) -> int:
    number: int = repository.ok("release", "churn", "1.0.0", "--format", "json").json["pull_request"]["number"]
    return number


def _state(repository: Repository, number: int) -> str:
    state: str = repository.ok("pr", "show", number, "--format", "json").json["pull_request"]["state"]
    return state


def _tip(repository: Repository) -> str:
    return repository.sh("git", "rev-parse", "refs/remotes/origin/main")


def _executable(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def test_one_step_checks_merges_pulls_and_records(repository: Repository) -> None:
    done = repository.ok("pr", "merge", _released(repository), "--format", "json").json
    assert done["check"]["status"]["state"] == "success" and (done["pulled"], done["left"]) == (True, "")
    assert "churn@v1.0.0" in [receipt["tag"] for receipt in done["record"]["receipts"]]
    assert repository.checked_out() == _tip(repository) == done["commit"]
    assert "nothing to record" in repository.ok("record").out


def test_a_check_that_holds_is_not_repeated(repository: Repository) -> None:
    number = _released(repository)
    repository.ok("check", number)
    assert repository.ok("pr", "merge", number, "--format", "json").json["check"] is None


def test_a_check_that_fails_ends_it_before_the_merge(repository: Repository) -> None:
    repository.release()
    repository.ok("promote", "churn", "--to", "staging")
    before = _tip(repository)
    answer = repository.run("pr", "merge", 2)
    assert answer.code == 1 and "error[approvals]" in answer.out
    assert lines_with(answer.out, "not merged", "mlops-gitops pr merge 2")
    assert _state(repository, 2) == "open" and _tip(repository) == before
    repository.approve_newest("bob")
    assert "churn#staging#1" in repository.ok("pr", "merge", 2).out


def test_from_the_branch_that_was_merged_it_goes_to_main(repository: Repository) -> None:
    repository.sh("git", "switch", "-q", "-c", "words")
    repository.edit("models/churn/README.md", "Pricing.", "Prices.")
    repository.commit("Words", push=False)
    opened = repository.ok("pr", "open")
    assert lines_with(opened.out, "pushed words", "origin") and lines_with(opened.out, "mlops-gitops pr merge 1")
    repository.ok("pr", "merge", 1)
    assert repository.sh("git", "branch", "--show-current") == "main" and repository.checked_out() == _tip(repository)


def test_what_is_not_committed_stays_and_the_rest_is_done(repository: Repository) -> None:
    number = _released(repository)
    repository.edit("models/churn/README.md", "Pricing.", "Prices.")
    answer = repository.ok("pr", "merge", number)
    assert lines_with(answer.out, "not committed", "git switch main && git pull")
    assert "Prices." in (repository.root / "models/churn/README.md").read_text()
    assert repository.checked_out() != _tip(repository) and _state(repository, number) == "merged"
    assert "nothing to record" in repository.ok("record").out


def test_another_branch_and_a_filter_stay_as_they_are(repository: Repository) -> None:
    number = _released(repository)
    repository.sh("git", "config", "filter.words.smudge", "./smudge.sh")
    answer = repository.ok("pr", "merge", number)
    assert lines_with(answer.out, "filter 'words'", "git pull")
    repository.sh("git", "config", "--unset", "filter.words.smudge")
    repository.sh("git", "pull", "-q", "--ff-only")
    repository.sh("git", "switch", "-q", "-c", "aside")
    repository.ok("promote", "churn", "--to", "staging")
    repository.approve_newest("bob")
    before = repository.checked_out()
    assert lines_with(repository.ok("pr", "merge", 2).out, "on aside", "git switch main")
    assert repository.checked_out() == before and repository.sh("git", "branch", "--show-current") == "aside"


def test_a_receipt_that_cannot_be_written_is_said_and_record_makes_up_for_it(repository: Repository) -> None:
    number = _released(repository)
    hook = repository.root.parent / "origin.git/hooks/update"
    _executable(hook, '#!/bin/sh\ncase "$1" in refs/tags/*) echo no tags today; exit 1;; esac\n')
    answer = repository.run("pr", "merge", number)
    assert answer.code == 3 and lines_with(answer.out, "merged into main") and lines_with(answer.out, "churn@v1.0.0")
    assert _state(repository, number) == "merged" and repository.checked_out() == _tip(repository)
    hook.unlink()
    assert "churn@v1.0.0" in repository.ok("record").out


def test_pr_open_pushes_with_the_hooks_of_the_clone_but_not_of_its_files(repository: Repository) -> None:
    repository.sh("git", "switch", "-q", "-c", "words")
    repository.edit("models/churn/README.md", "Pricing.", "Prices.")
    _executable(repository.root / ".githooks/pre-push", "#!/bin/sh\necho ran >> ../hooks.log\n")
    repository.commit("Words", push=False)
    repository.sh("git", "config", "core.hooksPath", ".githooks")
    refused = repository.run("pr", "open")
    assert refused.code == 2 and lines_with(refused.err, "core.hooksPath", ".githooks", "tracks")
    assert not (repository.root.parent / "hooks.log").exists()
    repository.sh("git", "config", "--unset", "core.hooksPath")
    _executable(repository.root / ".git/hooks/pre-push", "#!/bin/sh\necho no push before lunch >&2\nexit 1\n")
    refused = repository.run("pr", "open")
    assert refused.code == 2 and "words could not be pushed" in refused.err and "git push origin words" in refused.err
    (repository.root / ".git/hooks/pre-push").unlink()
    assert lines_with(repository.ok("pr", "open").out, "pull request #1 opened")
