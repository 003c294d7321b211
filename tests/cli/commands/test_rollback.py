"""rollback: back to what ran before, and what it leaves is held."""

from __future__ import annotations

from house import Repository

LIFT = """apiVersion: mlops-gitops/v1
kind: Decision
type: lift
subject: {model: churn, release: "1.1.0", environment: staging}
role: operations
by: bob
reason: The fault was in the scale.
"""
QUARANTINE = """apiVersion: mlops-gitops/v1
kind: Decision
type: quarantine
subject: {model: churn, release: "1.0.0"}
role: operations
by: bob
reason: It leaks a name.
"""


def _two_releases(repository: Repository) -> None:
    repository.release()
    repository.promote("staging")
    repository.retrain(46)
    repository.release("1.1.0")
    repository.promote("staging", version="1.1.0")


def test_it_goes_back_and_holds_what_it_left_until_a_lift(repository: Repository) -> None:
    _two_releases(repository)
    repository.ok("rollback", "churn", "--in", "staging", "--why", "Odd scores")
    repository.merge("bob")
    assert 'release: "1.0.0"' in (repository.root / "environments/staging/churn.yaml").read_text()
    held = repository.run("promote", "churn", "--to", "staging", "--release", "1.1.0")
    assert (held.code, "staging was rolled back from churn 1.1.0" in held.err) == (1, True)
    repository.write("decisions/2026-11-24-lift.yaml", LIFT)
    repository.ok(
        "promote", "churn", "--to", "staging", "--release", "1.1.0", "--decision", "decisions/2026-11-24-lift.yaml"
    )
    repository.merge("bob")
    repository.ok("audit", "--data")
    actions = [p["action"] for p in repository.ok("history", "--format", "json").json["promotions"]]
    assert actions == ["promote", "promote", "rollback", "promote"]


def test_a_decision_merged_by_itself_counts_only_with_its_receipt(repository: Repository) -> None:
    _two_releases(repository)
    repository.ok("rollback", "churn", "--in", "staging", "--why", "Odd scores")
    repository.merge("bob")
    repository.write("decisions/2026-11-24-lift.yaml", LIFT)
    repository.commit("Lift, says Bob")
    repository.ok("record")
    refused = repository.run("promote", "churn", "--to", "staging", "--release", "1.1.0")
    assert (refused.code, "which is held since" in refused.err) == (1, True)
    assert "is ignored: no receipt proves" in repository.run("validate", "--base", "HEAD").out


def test_a_quarantined_release_goes_nowhere(repository: Repository) -> None:
    _two_releases(repository)
    repository.write("decisions/2026-11-24-leak.yaml", QUARANTINE)
    repository.commit("Quarantine")
    without = repository.run("rollback", "churn", "--in", "staging", "--why", "Odd scores")
    assert (without.code, "is held or quarantined: 1.0.0" in without.err) == (1, True)
    refused = repository.run("rollback", "churn", "--in", "staging", "--to", "1.0.0", "--why", "Odd scores")
    assert (refused.code, "churn 1.0.0 is quarantined by decisions/2026-11-24-leak.yaml" in refused.err) == (1, True)


def test_it_goes_only_where_the_environment_has_been(repository: Repository) -> None:
    repository.release()
    nothing = repository.run("rollback", "churn", "--in", "staging", "--why", "x")
    assert (nothing.code, "there is nothing to go back to" in nothing.err) == (2, True)
    repository.promote("staging")
    repository.retrain(46)
    repository.release("1.1.0")
    repository.promote("staging", version="1.1.0")
    never = repository.run("rollback", "churn", "--in", "staging", "--to", "1.2.0", "--why", "x")
    assert (never.code, "it has run: 1.0.0" in never.err) == (2, True)
