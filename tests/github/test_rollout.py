"""A whole rollout at GitHub: one record and receipt a wave, and GTO and the audit right however each was merged."""

from __future__ import annotations

import json

import pytest
from ground.house import House
from targeted import MANIFEST, ROLLOUT, TARGETS, VALUES, manifest, md5_of, values, write_targets

STATE = "environments/staging/churn.yaml"
WAVES = ROLLOUT.replace("{data-science: 1}", "{operations: 1}").replace(
    "[pilot]}", "[pilot], approvals: {operations: 1}}"
)


@pytest.fixture
def planned(released: House) -> House:
    """Release 1.0.0, and by pull request #1 a staging that takes it in waves as the first."""
    write_targets(released, targets=TARGETS + WAVES)
    released.edit(STATE, 'release: "1.0.0"\n', "")
    released.write(MANIFEST, manifest("none", 0))
    released.write(VALUES, values("0.0.0"))
    released.sh("git", "switch", "-q", "-c", "rollout")
    released.commit("Staging in waves", push=False)
    released.sh("git", "push", "-q", "origin", "rollout")
    released.sh("git", "switch", "-q", "main")
    released.open("rollout")
    released.merge("bob", "carol")
    return released


def _stages(house: House) -> dict[str, str]:
    """What GTO says that each stage runs."""
    house.sh("git", "fetch", "-q", "--tags", "origin")
    found: dict[str, str] = json.loads(house.sh("gto", "show", "--json"))["churn"]["stage"]
    return found


def test_a_rollout_takes_its_waves_at_github_recorded_contract(planned: House) -> None:
    planned.ok("promote", "churn", "--to", "staging")
    planned.merge("bob", how="merge")
    for how, here, due in (("squash", "canary", "cloud"), ("rebase", "cloud", "pilot"), ("", "pilot", "fleet")):
        assert _stages(planned)[f"staging_{here}"] == "v1.0.0" and "staging" not in _stages(planned)
        planned.ok("audit")
        said = planned.ok("advance", "--format", "json").json["due"][0]
        assert f"enters the wave {due}" in said["because"], said
        if how:  # the last one needs nobody
            assert "waits for approvals: operations 1" in said["because"]
            shown = planned.ok("rollout", "churn", "--in", "staging").out
            assert f"open: #{planned.pull_requests()[-1]['number']}" in shown and "not checked yet" in shown
            planned.merge("bob", how=how)
        else:
            planned.sh("git", "pull", "-q", "--ff-only", "origin", "main")
            planned.ok("record")
    assert planned.ok("advance", "--format", "json").json["due"][0]["done"] == "merged"
    planned.sh("git", "pull", "-q", "--ff-only", "origin", "main")
    planned.ok("record")
    assert _stages(planned) == {
        "staging_canary": "v1.0.0", "staging_cloud": "v1.0.0", "staging_pilot": "v1.0.0", "staging_fleet": "v1.0.0",
        "staging": "v1.0.0",
    }  # fmt: skip
    planned.ok("audit")
    assert (planned.root / MANIFEST).read_text() == manifest(md5_of(45))


def test_the_first_rollout_is_stopped_at_github_recorded_contract(planned: House) -> None:
    planned.ok("promote", "churn", "--to", "staging")
    planned.merge("bob")
    planned.ok("rollback", "churn", "--in", "staging", "--why", "Odd scores")
    planned.merge("bob", how="squash")
    assert _stages(planned) == {"staging_canary": "v1.0.0", "staging_stop": "v1.0.0"}
    planned.ok("audit")
    assert (planned.root / MANIFEST).read_text() == manifest("none", 0)
