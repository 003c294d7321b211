"""card-elsewhere: what a lost `paths:` leaves behind is a warning that says how to get it back."""

from __future__ import annotations

from house import PROJECT, Repository
from messages import lacking


def test_a_project_file_that_lost_its_paths(repository: Repository) -> None:
    for path in ("mlops.yaml", "models/churn/README.md", "models/churn/kpis.yaml"):
        (repository.root / path).unlink()
    repository.write(".gitignore", "models/\n")
    repository.ok("init")
    assert "paths:" in (repository.root / "mlops.yaml").read_text()
    assert "card-elsewhere" not in repository.run("validate").out
    repository.write("mlops.yaml", PROJECT)
    found = repository.ok("validate", "--format", "json").json["diagnostics"]
    told = {d["path"]: d["help"] for d in found if d["rule"] == "card-elsewhere"}
    assert set(told) == {"mlops-models/churn/README.md", "mlops-models/churn/kpis.yaml"}
    facts = ("`paths: {models: mlops-models}`", "mlops.yaml", "models/churn")
    assert not any(lacking(help, *facts) for help in told.values())
