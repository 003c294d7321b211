"""unexpected-file: a model card or KPIs that nothing reads are an error that names where they belong."""

from __future__ import annotations

import pytest
import sample
from cases import cases
from house import Repository

from mlops_gitops.core.diagnostics import Severity
from mlops_gitops.policy.engine import validate
from mlops_gitops.policy.rule import Edit, Scope
from mlops_gitops.policy.rules.unexpected_file import RULE

CARD, KPIS = "models/churn/README.md", "models/churn/kpis.yaml"


def _found(repository: Repository, severity: str = "error") -> dict[str, str]:
    found = repository.run("validate", "--format", "json").json["diagnostics"]
    return {d["path"]: d["help"] for d in found if d["rule"] == "unexpected-file" and d["severity"] == severity}


@pytest.mark.parametrize(
    ("folder", "model"),
    [("_private", "private"), ("v1.0", "v1-0"), ("two words", "two-words"), ("-x-", "x"), ("My.Model", "My-Model"),
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
    assert _found(repository) == {f"models/other/{name}": f"move it to models/other/{right}"}


def test_a_misplaced_file_that_is_validated_by_its_name(repository: Repository) -> None:
    text = (repository.root / KPIS).read_text()
    repository.write("models/v1.0/kpis.yml", text)
    repository.write("releases/churn.yaml", "apiVersion: mlops-gitops/v1\nkind: Release\n")
    found = {
        path: [d["rule"] for d in repository.run("validate", path, "--format", "json").json["diagnostics"]]
        for path in ("models/v1.0/kpis.yml", "releases/churn.yaml", KPIS)
    }
    assert all("unexpected-file" in found.pop(path) for path in ("models/v1.0/kpis.yml", "releases/churn.yaml"))
    assert "unexpected-file" not in found[KPIS]


@pytest.mark.parametrize("path", ["models/kpis.yaml", "models/team/churn/kpis.yaml"])
def test_kpis_beside_or_below_a_models_folder(repository: Repository, path: str) -> None:
    repository.write(path, "x: 1\n")
    assert list(_found(repository)) == [path]


@cases("model", ["my_model", "Fraud", "A", "v2_Final-3"])
def test_a_model_s_name_has_capitals_and_underscores(model: str) -> None:
    edits = (
        Edit(f"models/{model}/README.md", "", "", copy=CARD),
        Edit(f"models/{model}/kpis.yaml", "model: churn", f"model: {model}", copy=KPIS),
    )
    context = sample.context(sample.edited(edits))
    assert not [finding for finding in validate(context, Scope.TREE) if finding.severity is Severity.ERROR]
    assert context.head.models() == tuple(sorted(("churn", model)))


@cases(
    "path, place",
    [
        ("releases/churn/1.2.0.yml", "releases/churn/1.2.0.yaml"),
        ("releases/churn/v1.2.0.yaml", "releases/churn/1.2.0.yaml"),
        ("releases/my model/1.2.0.YAML", "releases/my-model/1.2.0.yaml"),
        ("environments/Production/churn.yml", "environments/production/churn.yaml"),
        ("promotions/staging/churn/7.json", "promotions/staging/churn/0007.json"),
        ("decisions/2026-01-05_Outage.yaml", "decisions/2026-01-05-outage.yaml"),
        ("decisions/hotfix.yml", "decisions/hotfix.yaml"),
    ],
)
def test_a_record_that_nothing_reads(path: str, place: str) -> None:
    context = sample.context(sample.edited((Edit(path, None, "x: 1\n"),)))
    (found,) = RULE.check(context)
    assert (found.span.path, found.help) == (path, f"move it to {place}")


@cases(
    "path", ["releases/1.0.0.yaml", "decisions/2026/out.yaml", "environments/notes.txt", "releases/churn/first.yaml"]
)
def test_a_record_whose_place_nothing_tells(path: str) -> None:
    (found,) = RULE.check(sample.context(sample.edited((Edit(path, None, "x: 1\n"),))))
    assert "the form is" in found.help


def test_what_says_that_it_is_for_this_tool(repository: Repository) -> None:
    repository.write("models/churn/more/gates.yml", 'kind: KPIs\n"apiVersion": "mlops-gitops/v1"\n')
    repository.write("models/churn/watch.yaml", "apiVersion: mlops-gitops/v1\nkind: Watching\n")
    repository.write("models/churn/values.yaml", "apiVersion: v1\nkind: Service\n")
    repository.write("models/churn/card.md", "---\nlicense: mit\nmlops: {}\n---\n# Churn\n")
    found = _found(repository)
    assert set(found) == {"models/churn/more/gates.yml", "models/churn/watch.yaml"}
    assert "models/<model>/kpis.yaml" in found["models/churn/more/gates.yml"]
    assert "Watching" in found["models/churn/watch.yaml"]
    assert list(_found(repository, "warning")) == ["models/churn/card.md"]


def test_what_people_keep_beside_their_models_is_theirs(repository: Repository) -> None:
    for path in ("models/README.md", "models/churn/docs/README.md", "models/V1_old/model.pkl.dvc", "models/a_b/t.py"):
        repository.write(path, "# here\n")
    assert _found(repository) == {}
