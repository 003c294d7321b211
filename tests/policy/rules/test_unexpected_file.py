"""unexpected-file: a model card or KPIs that nothing reads are an error that names where they belong."""

from __future__ import annotations

import pytest
from house import Repository

CARD, KPIS = "models/churn/README.md", "models/churn/kpis.yaml"


def _found(repository: Repository) -> dict[str, str]:
    found = repository.run("validate", "--format", "json").json["diagnostics"]
    return {d["path"]: d["help"] for d in found if d["rule"] == "unexpected-file" and d["severity"] == "error"}


@pytest.mark.parametrize(
    ("folder", "model"),
    [("my_model", "my-model"), ("Churn", "churn"), ("v1.0", "v1-0"), ("two words", "two-words"), ("-x-", "x"),
     ("é", "<model>"), ("m" * 64, "m" * 63)],
)  # fmt: skip
def test_a_folder_that_no_model_can_be_called_after(repository: Repository, folder: str, model: str) -> None:
    repository.write(f"models/{folder}/README.md", "---\nlicense: nonsense\n---\n# m\n")
    repository.write(f"models/{folder}/kpis.yaml", "gate: {at_leest: 0.9}\n")
    found = _found(repository)
    assert set(found) == {f"models/{folder}/README.md", f"models/{folder}/kpis.yaml"}
    assert found[f"models/{folder}/kpis.yaml"].endswith(f" models/{model}/kpis.yaml")


@pytest.mark.parametrize(
    ("name", "right"),
    [("readme.md", "README.md"), ("Readme.md", "README.md"), ("kpis.yml", "kpis.yaml"), ("KPIs.yaml", "kpis.yaml"),
     ("kpi.yaml", "kpis.yaml")],
)  # fmt: skip
def test_a_file_that_is_called_almost_as_it_must_be(repository: Repository, name: str, right: str) -> None:
    repository.write(f"models/other/{name}", "x: 1\n")
    assert _found(repository) == {f"models/other/{name}": f"git mv it to models/other/{right}"}


@pytest.mark.parametrize("path", ["models/kpis.yaml", "models/team/churn/kpis.yaml"])
def test_kpis_beside_or_below_a_models_folder(repository: Repository, path: str) -> None:
    repository.write(path, "x: 1\n")
    assert list(_found(repository)) == [path]


def test_what_people_keep_beside_their_models_is_theirs(repository: Repository) -> None:
    for path in ("models/README.md", "models/churn/docs/README.md", "models/V1_old/model.pkl.dvc", "models/a_b/t.py"):
        repository.write(path, "# here\n")
    assert _found(repository) == {}
