"""profile: the reference profile of the data that the KPIs read, as DVC tracks it."""

from __future__ import annotations

import hashlib
import json

from house import Repository
from messages import lacking

OUT = "models/churn/profile.json"


def test_it_is_written_for_the_data_that_the_kpis_read(repository: Repository) -> None:
    answer = repository.ok("profile", "churn")
    profile = json.loads((repository.root / OUT).read_text())
    data = (repository.root / "data/holdout.csv").read_bytes()
    assert profile["data"]["sha256"] == hashlib.sha256(data).hexdigest()
    assert profile["data"]["digest"] == f"md5:{hashlib.md5(data).hexdigest()}"
    assert profile["rows"] == 50
    assert profile["columns"]["churned"]["counts"] == [25, 25]
    assert list(profile["left_out"]) == ["customer"]
    assert "left out: customer" in answer.out
    assert OUT in answer.out
    before = (repository.root / OUT).read_bytes()
    repository.ok("profile", "churn")
    assert (repository.root / OUT).read_bytes() == before
    assert before.endswith(b"}\n")
    repository.ok("validate")


def test_json_and_other_places(repository: Repository) -> None:
    repository.write("live/more.csv", "customer,age\n" + "".join(f"c{n},{n % 3}\n" for n in range(90)))
    answer = repository.ok("profile", "churn", "--data", "live/more.csv", "--out", "live/p.json", "--format", "json")
    assert answer.json["path"] == "live/p.json"
    assert answer.json["profile"]["columns"]["age"]["counts"] == [30, 30, 30]
    assert answer.json["profile"]["data"]["digest"].startswith("git:")


def test_it_writes_nothing_outside_and_over_nothing_else(repository: Repository) -> None:
    readme = (repository.root / "models/churn/README.md").read_bytes()
    for place in ("../p.json", "models/churn/README.md", ".git/p.json", "data/holdout.csv/p.json"):
        answer = repository.run("profile", "churn", "--out", place)
        assert answer.code == 2, place
    assert (repository.root / "models/churn/README.md").read_bytes() == readme
    assert not (repository.root.parent / "p.json").exists()
    assert repository.run("profile", "churn", "--data", "../data.csv").code == 2


def test_data_that_is_not_to_be_had(repository: Repository) -> None:
    assert repository.run("profile", "churn", "--data", "live/none.csv").code == 3
    repository.sh("rm", "-rf", ".dvc/cache", "../storage", "data/holdout.csv")
    assert repository.run("profile", "churn").code == 3
    assert not (repository.root / OUT).exists()


def test_of_several_data_sets_one_is_named(repository: Repository) -> None:
    """A file of a data set is read as that declares it: here with a filter, and a key of its own."""
    second = '  live:\n    path: live/scored.csv\n    key: visit\n    label: churned\n    where: "age > 0"\n'
    repository.edit("models/churn/kpis.yaml", "kpis:\n", f"{second}kpis:\n")
    rows = "".join(f"v{n},c{n % 7},{n % 3},{n % 2}\n" for n in range(90))
    repository.write("live/scored.csv", f"visit,customer,age,churned\n{rows}")
    answer = repository.run("profile", "churn")
    assert (answer.code, lacking(answer.err, "2 data sets", "data/holdout.csv", "live/scored.csv", "--data")) == (2, [])
    profile = repository.ok("profile", "churn", "--data", "live/scored.csv", "--format", "json").json["profile"]
    assert (profile["rows"], profile["data"]["where"]) == (60, "age > 0")
    assert profile["columns"]["age"]["counts"] == [30, 30]
    assert sorted(profile["left_out"]) == ["customer", "visit"]


def test_what_it_prints_fits_80_columns(repository: Repository) -> None:
    lines = repository.ok("profile", "churn").out.splitlines()
    assert max(map(len, lines)) <= 80
    assert [line.split() for line in lines[4:7]] == [
        [name, "number", "0", "2"] for name in ("churned", "predicted", "probability")
    ]
