"""A model with capitals and underscores in its name, from its card to the receipts; and names that are not allowed."""

from __future__ import annotations

from house import Repository
from messages import lacking

NAME = "My_Model"


def _renamed(repository: Repository) -> None:
    (repository.root / "models" / NAME).mkdir()
    for file in ("README.md", "kpis.yaml"):
        repository.sh("git", "mv", f"models/churn/{file}", f"models/{NAME}/{file}")
    repository.edit(f"models/{NAME}/kpis.yaml", "model: churn", f"model: {NAME}")
    repository.begin_so()


def test_it_is_released_and_promoted_and_has_receipts(repository: Repository) -> None:
    _renamed(repository)
    repository.ok("release", NAME, "1.0.0")
    repository.merge()
    repository.ok("promote", NAME, "--to", "staging")
    repository.merge("bob")
    assert f"{NAME}" in repository.ok("status", NAME).out
    assert repository.ok("audit").code == 0
    repository.sh("git", "fetch", "-q", "--tags", "origin")
    tags = repository.sh("git", "tag", "--list").splitlines()
    assert {f"{NAME}@v1.0.0", f"{NAME}#staging#1"} <= set(tags)  # tests/core/test_names.py: GTO reads such tags


def test_a_release_under_another_spelling_is_refused(repository: Repository) -> None:
    _renamed(repository)
    repository.ok("release", NAME, "1.0.0")
    repository.merge()
    other = NAME.lower()
    for file in ("README.md", "kpis.yaml"):
        text = (repository.root / "models" / NAME / file).read_text()
        repository.write(f"models/{other}/{file}", text.replace(f"model: {NAME}", f"model: {other}"))
    repository.commit("The same again")
    answer = repository.run("release", other, "1.0.0")
    assert answer.code == 1 and not lacking(answer.out, "distinct-models", other, NAME)
    assert "distinct-models" in repository.run("validate").out
