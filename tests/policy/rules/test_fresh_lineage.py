"""fresh-lineage: a release of stale stages is refused, with the stage, the file and what to do."""

from __future__ import annotations

import pytest
import sample
from house import Repository
from messages import lacking, lines_with

from mlops_gitops.policy.examples import PARAMETER
from mlops_gitops.policy.rule import Edit
from mlops_gitops.policy.rules.fresh_lineage import RELEASE, RULE

NEW = "releases/churn/1.2.0.yaml"


def _found(*edits: Edit) -> list[str]:
    found = list(RULE.check(sample.context(sample.edited((RELEASE, *edits)))))
    assert all((d.span.path, d.severity) == (NEW, "error") for d in found)
    return [d.message for d in found]


def test_only_what_is_certain_counts() -> None:
    command = Edit("dvc.yaml", "cmd: evaluate", "cmd: other")
    more = Edit("dvc.yaml", "deps: [data/train.csv]", "deps: [data/train.csv, lib.py]")
    assert _found(command, more) == []


def test_a_folder_that_differs_is_not_certain() -> None:
    folder = Edit("dvc.lock", f"data/train.csv, hash: md5, md5: '{'1' * 32}'", f"src, hash: md5, md5: '{'1' * 32}.dir'")
    assert _found(folder, Edit("dvc.yaml", "data/train.csv", "src"), Edit("src/a.py", None, "1\n")) == []


def test_everything_upstream_counts_and_nothing_beside_it() -> None:
    beside = Edit("dvc.yaml", "stages:\n", "stages:\n  show: {cmd: x, deps: [data/other.csv], outs: [x.html]}\n")
    dep, out = (f"[{{path: {path}, hash: md5, md5: '{'2' * 32}'}}]" for path in ("data/other.csv", "x.html"))
    lock = Edit("dvc.lock", "stages:\n", f"stages:\n  show: {{cmd: x, deps: {dep}, outs: {out}}}\n")
    assert _found(beside, lock, Edit("data/other.csv", None, "x\n")) == []
    (message,) = _found(beside, lock, Edit("data/train.csv", None, "x\n"))
    assert not lacking(message, "stage train is stale", "data/train.csv")


def test_data_that_is_tracked_under_another_digest() -> None:
    (message,) = _found(
        Edit("data/train.csv.dvc", None, f"outs: [{{path: train.csv, md5: '{'7' * 32}', hash: md5}}]\n")
    )
    assert not lacking(message, f"data/train.csv with digest {'1' * 32}", f"data/train.csv.dvc has {'7' * 32}")


def test_that_an_evaluation_read_another_artifact_is_left_to_evaluation_linked() -> None:
    digest = "b" * 31
    assert _found(Edit("dvc.lock", f"{digest}1 # read by evaluate", f"{digest}0 # read by evaluate")) == []


def test_a_frozen_stage_counts_as_fresh() -> None:
    assert (
        _found(Edit("dvc.yaml", "cmd: train,", "cmd: train, frozen: true,"), Edit("data/train.csv", None, "x\n")) == []
    )


def test_a_promotion_is_judged_by_the_tree_that_added_the_release() -> None:
    """What changed after a release is no fault of it."""
    assert (
        list(RULE.check(sample.context(sample.edited((PARAMETER, Edit("params.yaml", None, "train: {rows: 1}\n"))))))
        == []
    )


@pytest.mark.parametrize("local", [[], ["--local"]], ids=["proposed", "local"])
def test_release_refuses_early(repository: Repository, local: list[str]) -> None:
    repository.edit("params.yaml", "hits: 45", "hits: 44")
    repository.edit("pipeline.py", "0.9 - n / 1000", "0.8 - n / 1000")
    repository.commit("Change a parameter and forget the run")
    answer = repository.run("release", "churn", "1.0.0", *local)
    assert answer.code == 1
    assert lines_with(answer.out, "stage train is stale", "params.yaml", "hits was 45 and is 44")
    assert lines_with(answer.out, "stage evaluate is stale", "pipeline.py")
    assert lines_with(answer.out, "help", "dvc repro", "commit dvc.lock", "release churn 1.0.0")
    assert not (repository.root / "releases").exists()
    repository.sh("dvc", "repro", "-q")
    repository.sh("dvc", "push", "-q")
    repository.commit("Run it")
    repository.ok("release", "churn", "1.0.0", *local)


def test_a_waiver_lets_it_pass(repository: Repository) -> None:
    repository.edit("params.yaml", "hits: 45", "hits: 45 # enough")
    repository.edit("pipeline.py", "import json", "import json # and more")
    repository.commit("Change a comment")
    repository.write(
        "decisions/2026-01-05-comment.yaml",
        "apiVersion: mlops-gitops/v1\nkind: Decision\ntype: waiver\n"
        "subject: {rule: fresh-lineage, path: releases/churn/1.0.0.yaml}\n"
        "role: operations\nby: bob\nreason: Only a comment.\nexpires: 2999-01-01\n",
    )
    answer = repository.ok("release", "churn", "1.0.0", "--local")
    assert (repository.root / "releases/churn/1.0.0.yaml").exists(), answer
