"""audit checkpoint keeps what an audit found; audit --since-checkpoint goes on from there, or says why it does not."""

from __future__ import annotations

import json

import pytest
from house import Repository

TAG = "mlops-gitops/checkpoint/"


@pytest.fixture
def kept(repository: Repository) -> Repository:
    """A release in staging, a checkpoint of that, and a promotion later."""
    repository.release()
    repository.promote("staging")
    repository.ok("audit", "checkpoint")
    return repository


def names(repository: Repository) -> list[str]:
    return repository.sh("git", "ls-remote", "origin", f"refs/tags/{TAG}*").splitlines()


def test_it_is_one_tag_of_the_remote_and_the_next_audit_goes_on_from_it(kept: Repository) -> None:
    tip = kept.sh("git", "rev-parse", "origin/main")
    assert [line.partition("\t")[2] for line in names(kept)] == [f"refs/tags/{TAG}{tip}", f"refs/tags/{TAG}{tip}^{{}}"]
    assert f"{TAG}{tip}" in kept.ok("audit", "checkpoint").out  # once more: the same tag
    assert len(names(kept)) == 2
    kept.promote("production")
    assert f"kept the checkpoint {TAG}{tip}" in kept.ok("audit", "checkpoint").out  # two commits need no other one
    whole = kept.ok("audit", "--format", "json").json
    since = kept.ok("audit", "--since-checkpoint", "--format", "json").json
    assert since["since"] == {"tag": f"{TAG}{tip}", "commit": tip, "faults": 0, "commits": 3, "refused": []}
    assert whole["since"] is None
    assert since | {"since": None, "notes": whole["notes"]} == whole
    assert f"{TAG}{tip}" in kept.ok("audit", "--since-checkpoint").out
    assert TAG not in kept.ok("audit").out


def test_a_fault_after_it_is_found_and_one_that_it_keeps_is_reported(kept: Repository) -> None:
    kept.edit("environments/staging/churn.yaml", 'release: "1.0.0"', 'release: "9.9.9"')
    kept.commit("By hand")
    found = kept.run("audit", "--since-checkpoint", "--format", "json").json
    assert found["diagnostics"] == kept.run("audit", "--format", "json").json["diagnostics"] != []
    assert kept.run("audit", "checkpoint").code == 1
    kept.write("notes.md", "More\n")
    kept.commit("Go on")
    later = kept.run("audit", "--since-checkpoint", "--format", "json")
    assert (later.code, later.json["since"]["faults"] > 0) == (1, True)
    assert later.json["diagnostics"] == kept.run("audit", "--format", "json").json["diagnostics"]


def test_without_one_that_fits_everything_is_judged_and_it_says_why(kept: Repository) -> None:
    tip = kept.sh("git", "rev-parse", "origin/main")
    for folder in ("refs/tags", "refs/mlops/tags"):
        kept.sh("git", "update-ref", "-d", f"{folder}/churn#staging#1")
    lacking = kept.run("audit", "--since-checkpoint", "--format", "json")
    assert lacking.code == 3 and lacking.json["since"]["tag"] is None
    assert lacking.json["diagnostics"] == kept.run("audit", "--format", "json").json["diagnostics"]
    assert "churn" in lacking.json["since"]["refused"][0] and f"{TAG}{tip}" in lacking.json["since"]["refused"][0]
    kept.sh("git", "tag", "-f", f"{TAG}{tip}", tip)
    light = kept.run("audit", "--since-checkpoint")
    assert light.code == 3 and "no checkpoint" in light.out
    kept.sh("git", "tag", "-d", f"{TAG}{tip}")
    kept.sh("git", "update-ref", "-d", f"refs/mlops/tags/{TAG}{tip}")
    assert "every commit" in kept.run("audit", "--since-checkpoint").out


def test_it_writes_nothing_on_a_dry_run_and_replaces_no_tag(repository: Repository) -> None:
    repository.release()
    repository.ok("audit", "checkpoint", "--dry-run")
    assert names(repository) == []
    tip = repository.sh("git", "rev-parse", "origin/main")
    repository.sh("git", "tag", "-a", "-m", "other", f"{TAG}{tip}", tip)
    repository.sh("git", "push", "-q", "origin", f"refs/tags/{TAG}{tip}")
    refused = repository.run("audit", "checkpoint")
    assert refused.code == 3 and f"{TAG}{tip}" in refused.err
    assert repository.run("audit", "--since-checkpoint", "--rev", "HEAD").code == 2


def test_a_forged_one_is_believed_until_an_audit_of_everything_names_it(kept: Repository) -> None:
    kept.edit("environments/staging/churn.yaml", 'release: "1.0.0"', 'release: "9.9.9"')
    by_hand = kept.commit("By hand")
    kept.edit("environments/staging/churn.yaml", 'release: "9.9.9"', 'release: "1.0.0"')
    tip = kept.commit("And back")
    assert kept.run("audit", "checkpoint").code == 1
    message = kept.sh("git", "cat-file", "tag", f"{TAG}{tip}").partition("\n\n")[2]
    head, _, body = message.partition("\n\n")
    assert by_hand in json.loads(body)["commits"]
    forged = f"{head}\n\n{json.dumps({**json.loads(body), 'commits': {}})}"
    kept.sh("git", "tag", "-f", "-a", "-m", forged, f"{TAG}{tip}", tip)
    kept.sh("git", "push", "-q", "-f", "origin", f"refs/tags/{TAG}{tip}")
    assert kept.run("audit", "--since-checkpoint").code == 0
    for words in ((), ("checkpoint",)):
        found = kept.run("audit", *words, "--format", "json").json["diagnostics"]
        assert [each["rule"] for each in found] == ["explained-change", "checkpoint"]
        assert f"{TAG}{tip}" in found[-1]["message"]
