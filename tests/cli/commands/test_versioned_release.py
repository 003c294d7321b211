"""A release of data in a cloud-versioned bucket: pinned by version, checked, and fetched though newer ones were put."""

from __future__ import annotations

import shutil
from pathlib import Path

import yaml
from buckets import S3, Project
from house import Repository
from messages import lines_with


def test_the_version_that_was_released_is_what_is_fetched(repository: Repository, tmp_path: Path, s3: S3) -> None:
    project = Project(repository.root)
    settings = f"    url = s3://versioned/churn\n    endpointurl = {s3.url}\n    version_aware = true\n"
    repository.write(".dvc/config", "[core]\n    remote = bucket\n['remote \"bucket\"']\n" + settings)
    repository.commit("Keep data in a versioned bucket")
    answer = repository.run("release", "churn", "1.0.0")
    assert answer.code == 1 and lines_with(answer.err, "models/churn/model.skops", "no version_id", "'bucket'"), answer
    assert lines_with(answer.err, "help", "dvc push", "commit", "dvc.lock")

    with project.real() as dvc:
        dvc.push()
    repository.commit("Push")
    repository.release()
    manifest = yaml.safe_load((repository.root / "releases/churn/1.0.0.yaml").read_text())
    (artifact,), holdout = manifest["artifacts"], manifest["evaluation"]["holdout"]
    pushed = s3.versions("churn")
    assert (artifact["remote"], artifact["version_id"]) == ("bucket", pushed["churn/models/churn/model.skops"])
    assert holdout["version_id"] == pushed["churn/data/holdout.csv"]
    repository.promote("staging")

    s3.client.put_object(Bucket="versioned", Key="churn/models/churn/model.skops", Body=b"model 50\n")
    shutil.rmtree(repository.root / ".dvc/cache")
    for path in ("models/churn/model.skops", "data/holdout.csv"):
        (repository.root / path).unlink()
    repository.ok("fetch", "churn", "--in", "staging", "--out", tmp_path / "out")
    assert (tmp_path / "out/models/churn/model.skops").read_text() == "model 45\n"
    assert repository.ok("gate", "churn", "--release", "1.0.0", "--format", "json").json["kpis"][0]["value"] == 0.9

    text = (repository.root / "releases/churn/1.0.0.yaml").read_text()
    repository.sh("git", "switch", "-q", "-c", "another")
    other = text.replace('"1.0.0"', '"1.0.1"').replace(artifact["version_id"], s3.versions("churn/models").popitem()[1])
    repository.write("releases/churn/1.0.1.yaml", other)
    repository.commit("Another version of the model", push=False)
    repository.sh("git", "push", "-q", "origin", "another")
    repository.ok("pr", "open")
    said = repository.run("check", repository.ok("pr", "list", "--format", "json").json["pull_requests"][-1]["number"])
    assert said.code == 1
    assert "error[release-digests] artifacts.0.version_id is" in said.out
    assert "altered in the DVC remote 'bucket'" in said.out
