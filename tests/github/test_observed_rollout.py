"""Evidence at GitHub: a job hands it in, its starter approves no step that needs it, and a failed wave goes back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from ground import objects
from ground.house import House
from messages import lines_with
from targeted import MANIFEST, VALUES, manifest, values, write_targets
from watched_rollout import OBSERVE, report, service

RECORDS = "refs/heads/mlops-gitops/monitoring"
STATE = "environments/staging/churn.yaml"
TARGETS = f"""targets:
  eu-api:
    files:
      - path: {MANIFEST}
        select: {{kind: InferenceService, name: churn}}
        set:
          spec.predictor.model.storageUri: "s3://models/{{md5}}/model.skops"
          spec.predictor.canaryTrafficPercent: "{{traffic}}"
    observe: kserve
rollout:
  owner: operations
  evidence: forge
  abort: automatic
  waves:
    - {{name: canary, targets: [eu-api], traffic: 10}}
    - {{name: cloud, targets: [eu-api], approvals: {{data-science: 1}}}}
"""


@pytest.fixture
def rolling(released: House) -> House:
    """Release 1.0.0 in the first wave of an observed rollout."""
    write_targets(released, targets=TARGETS)
    released.edit(STATE, 'release: "1.0.0"\n', "")
    released.write(MANIFEST, manifest("none", 0))
    released.write(VALUES, values("0.0.0"))
    released.sh("git", "switch", "-q", "-c", "rollout")
    released.commit("Staging in waves", push=False)
    released.sh("git", "push", "-q", "origin", "rollout")
    released.sh("git", "switch", "-q", "main")
    released.open("rollout")
    released.merge("bob", "carol")
    released.ok("promote", "churn", "--to", "staging")
    released.merge("bob")
    return released


def _see(house: House, share: int) -> str:
    return house.ok(*OBSERVE, "eu-api", "--from", report(house, service(share, 45))).out


def test_who_hands_in_evidence_does_not_approve_what_rests_on_it_recorded_contract(rolling: House) -> None:
    assert "trust: claimed" in _see(rolling, 10)
    claimed = rolling.run("rollout", "churn", "--in", "staging")
    assert claimed.code == 3 and "evidence: forge" in claimed.out
    with rolling.form("carol"):
        assert "trust: forge" in _see(rolling, 10)
    assert "enters the wave cloud" in rolling.ok("advance").out
    number = int(rolling.pull_requests()[-1]["number"])
    rolling.approve(number, "carol")
    refused = rolling.run("check", number)
    assert rolling.status(number) == "pending" and lines_with(
        refused.out, "observation-author", "carol", "0002.json"
    ), refused
    rolling.merge("alice")
    rolling.ok("audit")


def test_a_failed_wave_goes_back_by_itself_recorded_contract(rolling: House, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:  # GitHub's clock, two hours ahead
        patch.setattr(objects, "now", lambda: f"{datetime.now(UTC) + timedelta(hours=2):%Y-%m-%dT%H:%M:%SZ}")
        apart = rolling.run(*OBSERVE, "eu-api", "--from", report(rolling, service(100, 45)))
    assert apart.code == 3 and "clock" in apart.err and not rolling.sh("git", "ls-remote", "origin", RECORDS)
    with rolling.form("carol"):
        _see(rolling, 100)
    done = rolling.run("advance", "--format", "json")
    assert done.code == 1 and done.json["due"][0]["done"] == "merged", done
    rolling.sh("git", "pull", "-q", "--ff-only", "origin", "main")
    rolling.ok("record")
    assert (rolling.root / MANIFEST).read_text() == manifest("none", 0)
    mark = rolling.front.mark()
    assert rolling.ok("advance").out == "nothing is due\n" and not rolling.front.writes(mark)
    rolling.ok("audit")
