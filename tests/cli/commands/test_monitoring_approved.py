"""A monitoring.yaml that is pushed past its owner is found; a draft in comments needs nobody."""

from __future__ import annotations

from house import Repository
from messages import lines_with

from mlops_gitops.policy.examples import MONITORING, WATCHED


def test_one_that_is_pushed_past_its_owner_is_unproven(repository: Repository) -> None:
    repository.to_production()
    repository.write(MONITORING, f"# {WATCHED.replace(chr(10), chr(10) + '# ')}\n")
    repository.commit("A draft in comments")
    repository.ok("record")
    assert repository.run("audit").code == 0
    repository.write(MONITORING, WATCHED)
    repository.commit("Pushed past everybody")
    audit = repository.run("audit")
    assert audit.code == 3 and lines_with(audit.out, MONITORING, "no receipt")
