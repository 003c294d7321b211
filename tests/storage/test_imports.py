"""What `dvc import-url` and `dvc import` bring in is read as any file; one without its bytes is not available."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from buckets import S3, Project
from house import Repository
from messages import lines_with

from mlops_gitops.documents.tree import WorkTree
from mlops_gitops.pipelines.tracked_outputs import Tracking


def test_from_a_versioned_bucket_by_dvc_s_own_hand_and_pushed_by_nobody(
    tmp_path: Path, s3: S3, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3.url)
    key = f"{tmp_path.name}/source.csv"
    s3.client.put_object(Bucket="versioned", Key=key, Body=b"a\n1\n")
    project = Project.begin(tmp_path / "r", {"storage": {"url": str(tmp_path / "storage")}})
    with project.real() as dvc:
        dvc.imp_url(f"s3://versioned/{key}", str(project.root / "x.csv"), version_aware=True)
    output = Tracking(WorkTree(str(project.root))).output("x.csv")
    assert output is not None and output.imported == f"s3://versioned/{key}"
    project.write("own.csv", "b\n")
    project.add("own.csv")  # makes the remote's folder
    assert project.dvc("push", "x.csv") == (0, "Everything is up to date.")
    assert "is not in the DVC remote 'storage'" in str(project.store.absence_reason(output.pin))
    assert project.store.read(output.pin) == b"a\n1\n"  # the cache has it


def test_an_import_without_its_bytes_says_how_to_get_them(repository: Repository, tmp_path: Path) -> None:
    (tmp_path / "source.csv").write_text((repository.root / "data/holdout.csv").read_text())
    place = repository.root / "data/outside.csv"
    with Project(repository.root).real() as dvc:
        dvc.imp_url(str(tmp_path / "source.csv"), str(place), no_download=True)
    repository.edit("models/churn/kpis.yaml", "data/holdout.csv", "data/outside.csv")
    answer = repository.run("gate", "churn")
    facts = ("data/outside.csv", "without its bytes", "dvc update data/outside.csv.dvc", "commit")
    assert answer.code == 3 and lines_with(answer.out, *facts), answer

    with Project(repository.root).real() as dvc:
        dvc.update([f"{place}.dvc"])
        dvc.push()
    place.unlink()
    repository.sh("rm", "-rf", ".dvc/cache")
    repository.ok("gate", "churn")  # pushed as any other, and fetched


def test_a_release_of_what_another_repository_keeps_is_refused_with_the_way_out(
    repository: Repository, tmp_path: Path
) -> None:
    other = Project.begin(tmp_path / "other", {"theirs": {"url": str(tmp_path / "theirs")}})
    other.write("holdout.csv", (repository.root / "data/holdout.csv").read_text() + "c50,1,1,0.9\n")
    other.add("holdout.csv")
    for words in (["add", "."], ["-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "-q", "-m", "x"]):
        subprocess.run(["git", *words], cwd=other.root, check=True)
    with Project(repository.root).real() as dvc:
        dvc.imp(str(other.root), "holdout.csv", str(repository.root / "data/theirs.csv"))
        dvc.push()
    repository.edit("models/churn/kpis.yaml", "data/holdout.csv", "data/theirs.csv")
    assert repository.ok("gate", "churn", "--format", "json").json["kpis"][0]["n"] == 51
    repository.commit("Judge on theirs")
    answer = repository.run("release", "churn", "1.0.0")
    assert answer.code == 1
    assert lines_with(answer.err, "data/theirs.csv", "is not in the DVC remote 'storage'")
    assert lines_with(answer.err, "dvc push", "another repository", "versioned bucket")
